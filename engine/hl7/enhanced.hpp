// Enhanced acknowledgement (HL7 v2.5.1 chapter 2.9.3): what MSH-15 and MSH-16 ask for.
#pragma once

#include "engine/hl7/message.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace aorta::hl7 {

/// HL70155: when an acknowledgement is sent.
enum class ack_condition : uint8_t { always, never, on_error, on_success };
/// Nothing for a word that is none of AL, NE, ER, SU.
std::optional<ack_condition> ack_condition_from(std::string_view word) noexcept;
/// Whether somebody who asks so hears of this outcome.
bool is_wanted(ack_condition when, bool good) noexcept;

struct acks_asked {
  ack_condition accept = ack_condition::always;      ///< MSH-15: CA, CE, CR
  ack_condition application = ack_condition::always; ///< MSH-16: AA, AE, AR

  /// An error that nobody wants to hear as an accept acknowledgement is told as an application's, if that is
  /// wanted: silence is a defect unless both asked for it.
  bool tells_refusal_as_accept() const noexcept { return is_wanted(accept, false); }
};

/// Nothing when both fields are empty: original mode. Of two fields one of which is empty, that one asks for
/// nothing (NE). A word that no table has counts as AL, since an answer too many does no harm.
std::optional<acks_asked> asked_acks(const message& msg);

} // namespace aorta::hl7
