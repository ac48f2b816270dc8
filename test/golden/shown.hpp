// What a golden file shows of a reply and of kept messages (README.md in this folder).
#pragma once

#include "engine/model/record.hpp"

#include <string>
#include <vector>

namespace aorta::golden {

/// Replies as lines, an empty line between two; TIME and ID in place of MSH-7 and MSH-10.
std::string shown_replies(const std::vector<std::string>& replies);

/// `messages` as `GET /api/messages/{id}` shows them: what became of each, its review items' kinds, its
/// results.
std::string shown_rows(const std::vector<std::string>& messages);
/// The trace of each.
std::string shown_traces(const std::vector<std::string>& messages);
/// Rows of the clinic's tables, without what is NULL.
std::string shown_records(const std::vector<model::record>& rows);

} // namespace aorta::golden
