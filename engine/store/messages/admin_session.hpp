#pragma once

#include "engine/ports/message_log.hpp"
#include "engine/store/sql/database.hpp"

namespace aorta::store {

/// Connects at once, so that a store which is away is told here.
std::unique_ptr<ports::message_log> make_admin_session(std::shared_ptr<database> of);

/// From the cells of `result_columns()`.
ports::stored_result read_result(const text_row& row, bool current);
/// Results and their history.
std::vector<ports::stored_result> read_results(conversation& with, model::clinic_id clinic,
                                               const std::string& where, const text_row& values,
                                               bool history);
void add_attachments(conversation& with, model::clinic_id clinic, model::patient_id patient,
                     std::vector<ports::stored_result>& to);

} // namespace aorta::store
