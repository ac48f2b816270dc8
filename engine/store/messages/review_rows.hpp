// The work list, and what persons decided, read and written for the admin session.
#pragma once

#include "engine/ports/message_log.hpp"
#include "engine/store/sql/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aorta::store {

ports::page<ports::review_item> read_reviews(conversation& with, const ports::review_filter& filter);
std::optional<ports::review_item> read_review(conversation& with, model::clinic_id clinic, const uuid& id,
                                              cipher& locks);
std::vector<ports::review_item> read_message_reviews(conversation& with, model::clinic_id clinic,
                                                     const uuid& message);
/// False when it was closed before.
bool resolve_review(conversation& with, model::clinic_id clinic, const uuid& id, const std::string& action,
                    const std::string& reason, const ports::person& by, timestamp now);

std::vector<ports::message_link> read_links(conversation& with, model::clinic_id clinic, const uuid& message);
std::vector<ports::result_word> read_words(conversation& with, model::clinic_id clinic, const uuid& message,
                                           cipher& locks);

/// Throws `failure` (`invalid`) for a cursor that no page gave.
ports::page<ports::unmapped_code> read_unmapped(conversation& with, model::clinic_id clinic,
                                                const std::string& cursor, int limit);
ports::page<ports::event_row> read_events(conversation& with, model::clinic_id clinic,
                                          std::optional<bool> delivered, const std::string& cursor,
                                          int limit);
void add_open_work(conversation& with, model::clinic_id clinic, ports::open_work& to);

ports::page<ports::learned> read_decisions(conversation& with, model::clinic_id clinic,
                                           const std::string& cursor, int limit);
/// Nothing: there is none. False: it was withdrawn before.
std::optional<bool> withdraw_decision(conversation& with, const database& of, model::clinic_id clinic,
                                      const uuid& id, const ports::person& by);
/// Messages that were filed because of a decision which holds no more, and still stand where it put them, are
/// shown to a person.
void ask_about_uses(conversation& with, const database& of, model::clinic_id clinic, const uuid& decision,
                    timestamp now);

} // namespace aorta::store
