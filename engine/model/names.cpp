#include "engine/model/lab.hpp"
#include "engine/model/patient.hpp"

#include <array>

namespace aorta::model {
namespace {

constexpr std::array<std::string_view, 4> statuses{"preliminary", "final", "corrected", "cancelled"};
constexpr std::array<std::string_view, 7> flags{"normal",        "low",      "high",         "critical_low",
                                                "critical_high", "abnormal", "indeterminate"};
constexpr std::array<std::string_view, 10> kinds{"none",  "number", "comparator", "range",    "ratio",
                                                 "titre", "code",   "text",       "datetime", "attachment"};
constexpr std::array<std::string_view, 4> genders{"unknown", "male", "female", "other"};

template <class E, size_t N>
std::optional<E> find(const std::array<std::string_view, N>& words, std::string_view word) noexcept {
  for (size_t i = 0; i < N; ++i)
    if (words[i] == word) return E(i);
  return std::nullopt;
}

} // namespace

std::string_view name(result_status s) noexcept { return statuses[size_t(s)]; }
std::string_view name(abnormal_flag f) noexcept { return flags[size_t(f)]; }
std::string_view name(value_kind k) noexcept { return kinds[size_t(k)]; }
std::string_view name(gender g) noexcept { return genders[size_t(g)]; }
std::optional<result_status> result_status_from(std::string_view w) noexcept {
  return find<result_status>(statuses, w);
}
std::optional<abnormal_flag> abnormal_flag_from(std::string_view w) noexcept {
  return find<abnormal_flag>(flags, w);
}
std::optional<value_kind> value_kind_from(std::string_view w) noexcept { return find<value_kind>(kinds, w); }
std::optional<gender> gender_from(std::string_view w) noexcept { return find<gender>(genders, w); }

} // namespace aorta::model
