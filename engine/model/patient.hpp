// A clinic's patient as the store keeps it, decrypted.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::model {

using patient_id = int64_t;
using clinic_id = int64_t;

enum class gender : uint8_t { unknown, male, female, other };
std::string_view name(gender) noexcept;
std::optional<gender> gender_from(std::string_view) noexcept; ///< the column's words

struct patient {
  patient_id id = 0;
  std::string mrn, first_name, last_name;
  std::optional<std::chrono::year_month_day> birth_date;
  gender sex = gender::unknown;
  std::string cyprus_id, arc_number, gesy_beneficiary_id, phone, email, city;
};

} // namespace aorta::model
