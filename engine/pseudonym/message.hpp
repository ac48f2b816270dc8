// A message, and the patients whom it may mean, with pseudonyms in place of what tells who they are.
#pragma once

#include "engine/hl7/message.hpp"
#include "engine/model/patient.hpp"
#include "engine/pseudonym/pseudonyms.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::pseudonym {

/// Who a case is about: what must not be in it, and whole dates of birth.
struct people {
  known_data known;
  std::vector<std::chrono::year_month_day> births;
};
/// What PID, NK1, GT1, IN1 and MRG say. `charset`: as the sender's profile names it; empty: MSH-18 counts.
void learn(const hl7::message& msg, std::string_view charset, people& into);
void learn(const model::patient& who, people& into);

/// Only fields that hold nothing of a person stay as they are (`content_of`). Bytes that are no text of the
/// message's charset become Latin letters. The bytes of the whole message, with its own delimiters and line
/// ends.
std::string rewritten(const hl7::message& msg, std::string_view charset, pseudonyms& by);
/// Its row of a roster; no aliases.
model::patient rewritten(const model::patient& who, pseudonyms& by);

/// A place where something of these people still stands.
struct leak {
  std::string where; ///< `OBX[2]-5.1`
  std::string_view what;
};
/// The first one. In MSH the words of an address are those of the sender's name (a city), and no leak.
std::optional<leak> find_leak(const hl7::message& msg, std::string_view charset, const known_data& known);

/// A document of the type and completeness of this one that tells nothing.
std::string neutral_document(std::string_view content);

} // namespace aorta::pseudonym
