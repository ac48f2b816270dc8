// Contents of attachments, kept once a clinic, and how a note names them.
#pragma once

#include "engine/document/notice.hpp"
#include "engine/records/told.hpp"

#include <optional>
#include <string>

namespace aorta::document {

/// Keeps what is attached in `document_contents`, as far as it is not there. What names it in
/// `structured_data`: `{"attachments": [{"id", "content_type", "size"}], "pointers": [{"url",
/// "content_type"}]}`; nothing where nothing is attached.
result<std::optional<std::string>> attach(const records::filing_room& room, const notice& what);

} // namespace aorta::document
