#include "engine/identity/likeness.hpp"

#include <algorithm>

namespace aorta::identity {

agreement compare_birth_date(const claims& who, const model::patient& known) {
  if (!known.birth_date || weigh_date(*known.birth_date) == date_weight::nothing) return agreement::unsaid;
  if (who.birth_date) {
    if (weigh_date(*who.birth_date) == date_weight::nothing) return agreement::unsaid;
    return *who.birth_date == *known.birth_date ? agreement::agrees : agreement::differs;
  }
  const bool placeholder = who.birth_year && *who.birth_year <= std::chrono::year{1901} &&
    who.birth_month.value_or(std::chrono::January) == std::chrono::January;
  if (!who.birth_year || placeholder) return agreement::unsaid;
  const bool other_month = who.birth_month && *who.birth_month != known.birth_date->month();
  return *who.birth_year != known.birth_date->year() || other_month ? agreement::differs : agreement::unsaid;
}

agreement compare_sex(const claims& who, const model::patient& known) {
  const auto told = [](model::gender sex) {
    return sex == model::gender::male || sex == model::gender::female;
  };
  if (!told(who.sex) || !told(known.sex)) return agreement::unsaid;
  return who.sex == known.sex ? agreement::agrees : agreement::differs;
}

std::string held_id(id_kind kind, const model::patient& known) {
  const auto number = [&]() -> std::string {
    switch (kind) {
      case id_kind::cyprus_id: return normalise(kind, known.cyprus_id);
      case id_kind::arc: return normalise(kind, known.arc_number);
      case id_kind::mrn: return normalise(kind, known.mrn);
      case id_kind::gesy: return normalise(kind, known.gesy_beneficiary_id);
      case id_kind::passport:
      case id_kind::other: return {};
    }
    return {};
  }();
  return is_placeholder(kind, number) ? std::string() : number;
}

namespace {

/// A number that the patient had before is the patient's, and contradicts nothing.
bool has_alias(const model::patient& known, id_kind kind, const std::string& value) {
  return std::any_of(known.aliases.begin(), known.aliases.end(), [&](const model::number_alias& each) {
    return each.kind == lookup_kind(kind) && each.value == value;
  });
}

} // namespace

agreement compare_id(const claims& who, id_kind kind, const model::patient& known) {
  const std::string held = held_id(kind, known);
  if (held.empty() && known.aliases.empty()) return agreement::unsaid;
  agreement found = agreement::unsaid;
  for (const auto& id : who.ids) {
    if (id.kind != kind || id.value.empty() || is_placeholder(kind, id.value)) continue;
    if (id.value == held || has_alias(known, kind, id.value)) return agreement::agrees;
    if (!held.empty()) found = agreement::differs;
  }
  return found;
}

} // namespace aorta::identity
