// Who may ask, and who has asked: keys, tokens, assertions, the audit. Each call is a transaction of its own.
#pragma once

#include "engine/store/records/record_talk.hpp"

#include <span>
#include <string>

namespace aorta::store {

struct audit_question {
  model::clinic_id clinic = 0;
  std::optional<model::patient_id> patient;
  std::string id;
  std::optional<timestamp> from, to; ///< inclusive
  std::string cursor;
  int limit = 0;
};
void write_audit(record_talk& with, std::span<const ports::audit_entry> entries);
ports::page<ports::audit_entry> read_audit(record_talk& with, const audit_question& what); ///< newest first

std::optional<ports::api_key> key_by(record_talk& with, std::string_view column,
                                     const std::string& value); ///< not a revoked one
std::vector<ports::clinic> all_clinics(record_talk& with);
void keep_token(record_talk& with, std::string_view secret, const ports::access_token& what);
std::optional<ports::access_token> find_token(record_talk& with, std::string_view secret);
bool use_assertion(record_talk& with, const std::string& client, const std::string& jti, timestamp until);

} // namespace aorta::store
