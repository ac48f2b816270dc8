// Look-ups of people by others' systems: QBP^Q22 (find candidates), QBP^Q23 (get corresponding identifiers)
// and QRY^A19 (HL7 v2.5.1 chapters 3.3.19, 3.3.57, 3.3.58; segments in chapter 5.5 and 5.10.5). What is
// asked, and what is told. Whom it means is decided as of any message (engine/identity).
#pragma once

#include "engine/base/result.hpp"
#include "engine/hl7/message.hpp"
#include "engine/identity/identity.hpp"
#include "engine/lab/notice_reader.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::query {

enum class kind : uint8_t { candidates, identifiers, patient }; ///< Q22, Q23, A19
std::string_view name(kind) noexcept;                           ///< for traces
/// Nothing when it is none of them.
std::optional<kind> kind_of(std::string_view type, std::string_view event) noexcept;

inline constexpr size_t default_most = 10, greatest_most = 100; ///< people in an answer

struct question {
  kind is = kind::candidates;
  identity::claims who;                   ///< the criteria, read as the PID that they describe
  std::vector<identity::id_kind> domains; ///< whose numbers are wanted (QPD-8 of Q22, QPD-4 of Q23); empty:
                                          ///< all
  size_t most = default_most;             ///< RCP-2, QRD-7
  bool only_certain = false;              ///< QPD-4 of Q22 asks for a confidence: candidates have none
  std::string asked;                      ///< the segments that ask, as text, for the audit
  hl7::decoder charset = *hl7::decoder::make({}); ///< in which it was asked, and is answered
};

/// Errors, with their places in the message: `segment_missing` (QPD, QRD), `segment_sequence` (two of them),
/// `field_missing` where nothing that is asked can find anybody, `unknown_key` for numbers of an authority
/// whose numbers the clinic does not hold, `table_value` for what is not done here (deferred answers,
/// displays, other fields of PID), `data_type` for what cannot be read, at MSH-2 for want of delimiters.
result<question> read(const hl7::message& msg, kind is, const lab::notice_reading& how);

/// Whom the question means, of those that were met: who is certain; else, of Q22 and A19, the candidates that
/// nothing that is asked contradicts. `unknown_key` for a Q23 whose number is held by more than one.
result<std::vector<const model::patient*>> meant(const question& asked, const identity::decision& made,
                                                 std::span<const model::patient> met);

/// Which fields of PID are told beside the numbers (PID-3).
struct disclosure {
  bool name = false, birth_date = false, sex = false; ///< PID-5, PID-7, PID-8
};

/// One person's fields of PID as an answer writes them: in the delimiters and the charset of the question.
struct told_person {
  model::patient_id id = 0;
  std::string numbers, name, birth_date, sex; ///< PID-3, 5, 7, 8
};

struct answer {
  size_t found = 0;                ///< how many there are; at most `question::most` of them are told
  std::vector<told_person> people; ///< who have none of the numbers that are wanted are not among them
};

/// `to`: the message that asked. Error: `table_value` at MSH-18 where its charset lacks a letter of the
/// answer.
result<answer> tell(const question& asked, std::span<const model::patient* const> people, disclosure allowed,
                    const hl7::message& to, std::string_view clinic_code);

} // namespace aorta::query
