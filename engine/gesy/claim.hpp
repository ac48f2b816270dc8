// A claim for a service to a beneficiary: what is checked of it before it is sent, and by what it is known
// again when nobody heard the answer. Amounts are whole cents of EUR.
#pragma once

#include "engine/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::gesy {

struct claim_line {
  std::string procedure_code, description;
  int64_t quantity = 0, unit_cents = 0, total_cents = 0;
  std::vector<std::string> diagnosis_codes;
};

struct claim {
  std::string referral_id, provider_id, beneficiary_id, service_date, encounter_type;
  std::vector<std::string> diagnosis_codes;
  std::string primary_diagnosis_code;
  std::vector<claim_line> lines;
  int64_t total_cents = 0;
};

/// What is wrong with something that was sent, or cannot be said of it.
struct finding {
  enum class weight : uint8_t { wrong, unchecked } is = weight::wrong;
  std::string where; ///< `line_items[1].quantity`
  std::string text;
};

struct read_claim {
  claim what;
  std::vector<finding> findings; ///< nothing wrong among them: it may be sent
  bool may_be_sent() const noexcept;
};
/// Of our JSON. Quantities and sums, dates, and codes by their form alone: `today` (2026-11-27) is the
/// clinic's. Which codes there are nobody can say without their tables: `unchecked`.
read_claim read(std::string_view ours, const std::string& today);

/// The same text for the same service: beneficiary, referral, date, and lines whatever their order and
/// however their numbers are written. It names a person: to be kept as a keyed hash alone. Nothing: it does
/// not say enough.
std::optional<std::string> likeness(std::string_view ours);

/// Why a service of that date is not covered by a referral (as `as_ours` has it); empty: it is.
std::string referral_fault(std::string_view referral, std::string_view service_date);

/// Whether this may be that claim, although it does not say enough to be sure.
bool may_be_like(std::string_view ours, std::string_view claim);

/// What a body as `as_ours` has it says of one member, as a text; empty: nothing.
std::string said(std::string_view ours, std::string_view field);

/// Nothing more becomes of such a claim.
bool has_ended(std::string_view status) noexcept;

} // namespace aorta::gesy
