#include "engine/hl7/enhanced.hpp"

#include "engine/base/text.hpp"

namespace aorta::hl7 {

std::optional<ack_condition> ack_condition_from(std::string_view word) noexcept {
  if (word == "AL") return ack_condition::always;
  if (word == "NE") return ack_condition::never;
  if (word == "ER") return ack_condition::on_error;
  if (word == "SU") return ack_condition::on_success;
  return std::nullopt;
}

bool is_wanted(ack_condition when, bool good) noexcept {
  switch (when) {
    case ack_condition::always: return true;
    case ack_condition::never: return false;
    case ack_condition::on_error: return !good;
    case ack_condition::on_success: return good;
  }
  return true;
}

std::optional<acks_asked> asked_acks(const message& msg) {
  if (msg.segments() == 0) return std::nullopt;
  const auto word = [&](size_t field) { return upper(trimmed(msg.segment(0).get(field, 1, 1).raw, " ")); };
  const auto accept = word(15), application = word(16);
  const auto says = [](const std::string& text) { return !text.empty() && text != "\"\""; };
  if (!says(accept) && !says(application)) return std::nullopt;
  const auto read = [&](const std::string& text) {
    return says(text) ? ack_condition_from(text).value_or(ack_condition::always) : ack_condition::never;
  };
  return acks_asked{read(accept), read(application)};
}

} // namespace aorta::hl7
