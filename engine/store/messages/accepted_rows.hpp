// Messages whose receipt alone was acknowledged (`accepted_messages`). Whoever files one takes its row up in
// the same transaction (`ledger::begin`); this is for whoever looks for them.
#pragma once

#include "engine/ports/message_log.hpp"
#include "engine/store/protect/cipher.hpp"
#include "engine/store/sql/database.hpp"

#include <optional>
#include <vector>

namespace aorta::store {

std::vector<ports::accepted_message> find_accepted(conversation& with, model::clinic_id clinic,
                                                   const uuid& after, int most);
/// But those that cannot be read with the key.
std::vector<ports::stored_message> stored_messages(conversation& with, model::clinic_id clinic,
                                                   const std::vector<uuid>& messages, cipher& locks);
/// Nothing where there is none.
std::optional<ports::accepted_backlog> backlog_of(conversation& with, const ports::clinic& of);
std::vector<uuid> filed_of(conversation& with, model::clinic_id clinic, const std::vector<uuid>& messages);
/// `body`: of the acknowledgement, sealed.
void end_acceptance(conversation& with, const database& of, const ports::message_record& message,
                    const ports::forward* acknowledgement, const std::string& body);

} // namespace aorta::store
