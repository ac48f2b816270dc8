// Who may be meant by a logged message: the rows of the clinic's patients that its case needs.
#pragma once

#include "engine/ports/message_log.hpp"
#include "engine/pseudonym/message.hpp"

#include <string>
#include <vector>

namespace aorta::cli {

/// The patient under whom the message stands, and the candidates of its reviews, in the order of their
/// numbers; what is known of them, address and emergency contact too, goes into `known`.
result<std::vector<model::patient>> people_of(const ports::message_detail& message, ports::message_log& log,
                                              pseudonym::people& known);

/// `patients.csv` of a case, as `read_roster` takes it.
std::string roster_text(const std::vector<model::patient>& rows);

} // namespace aorta::cli
