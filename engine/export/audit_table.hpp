// The audit as tables and as sentences: for supervisors, and for the person whose record it was.
#pragma once

#include "engine/export/language.hpp"
#include "engine/ports/access.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aorta::exports {

/// Who, when, from where, which resource, which request with what was searched for, which answer with its
/// error (what Cyprus law 59(I)/2019, section 32, asks of an audit trail). One row a line (RFC 4180), with a
/// header.
std::string audit_csv(std::span<const ports::audit_entry> rows);

/// What was done, as one sentence without personal data: `Τα εργαστηριακά αποτελέσματα διαβάστηκαν`.
std::string deed(const ports::audit_entry& row, language in);
/// How it ended, in words: done, refused, failed.
std::string end_of(const ports::audit_entry& row, language in);

} // namespace aorta::exports
