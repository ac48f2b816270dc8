// Rows of `security_audit`: how they are written, asked for and read.
#pragma once

#include "engine/ports/access.hpp"
#include "engine/store/sql/record_link.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace aorta::store {

/// One statement for all of them on PostgreSQL, one an entry on SQLite. A path under which something was
/// found names it by its id. One that was refused may hold anything, an ID card's number too: it is sealed.
/// So is always what was searched for, and why it was refused; of very long ones the beginning.
std::vector<sql_text> insert_audit(std::span<const ports::audit_entry> entries, dialect speaks,
                                   id_source& ids, cipher& locks);

/// Of one entry: actor, peer, method, resource, outcome, criteria and fault as they are stored.
struct audit_cells {
  std::string actor, peer, method, resource, outcome;
  std::optional<std::string> criteria, fault;
};
audit_cells cells_of(const ports::audit_entry& e, cipher& locks);

struct audit_question {
  model::clinic_id clinic = 0;
  std::optional<model::patient_id> patient;
  std::string id;
  std::optional<timestamp> from, to; ///< inclusive
  std::string cursor;
  int limit = 0;
};
/// Newest first. Throws `failure` (`invalid`) for a cursor that no page gave.
sql_text audit_sql(const audit_question& what, dialect speaks);
ports::audit_entry read_entry(const text_row& row, cipher& locks);
std::string audit_cursor(const ports::audit_entry& last);

} // namespace aorta::store
