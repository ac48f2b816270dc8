// Which messages a changed rule concerns, and what laboratories send that no rule knows.
#pragma once

#include "engine/ports/message_log.hpp"
#include "engine/store/access/access_session.hpp"

namespace aorta::store {

/// Throw `failure`.
std::vector<uuid> find_affected(dialect speaks, const run_alone& run, const ports::affected_filter& by);
std::vector<ports::sent_example> read_unmapped_examples(dialect speaks, const run_alone& run,
                                                        model::clinic_id clinic, const std::string& lab,
                                                        const std::string& code, int most);
void forget_unmapped(dialect speaks, const run_alone& run, model::clinic_id clinic, const std::string& lab,
                     const std::string& code);

} // namespace aorta::store
