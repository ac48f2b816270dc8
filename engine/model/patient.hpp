// A clinic's patient as the store keeps it, decrypted.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::model {

using patient_id = int64_t;
using clinic_id = int64_t;

enum class gender : uint8_t { unknown, male, female, other };
std::string_view name(gender) noexcept;
std::optional<gender> gender_from(std::string_view) noexcept; ///< the column's words

/// A number that once was somebody's, or another row's of the same person.
struct number_alias {
  std::string kind, value; ///< as `identity::lookup_key` has them
  friend bool operator==(const number_alias&, const number_alias&) = default;
};

struct patient {
  patient_id id = 0;
  std::string mrn, first_name, last_name;
  std::optional<std::chrono::year_month_day> birth_date;
  gender sex = gender::unknown;
  std::string cyprus_id, arc_number, gesy_beneficiary_id, phone, email, city;
  std::vector<number_alias> aliases; ///< of those numbers that were looked for
};

} // namespace aorta::model
