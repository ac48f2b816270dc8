#include "engine/lab/mapping.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>

namespace aorta::lab {
namespace {

/// Who issued a number: CX.4's name, else its universal id, else the jurisdiction (CX.9). Empty only when nothing of it is said.
std::string issuer(mapping& all, const hl7::segment_view& pid, size_t field, size_t n) {
  auto who = all.read.get(pid, field, n, 4, 1);
  if (who.empty()) who = all.read.get(pid, field, n, 4, 2);
  return who.empty() ? all.read.get(pid, field, n, 9, 1) : who;
}

void add_ids(mapping& all, const hl7::segment_view& pid, size_t field, bool typed_only) {
  auto& ids = all.out.who.ids;
  for (size_t n = 1; n <= pid.repetitions(field); ++n) {
    const auto value = all.read.get(pid, field, n, 1, 1), type = all.read.get(pid, field, n, 5);
    if (value.empty() || (typed_only && type.empty())) continue;
    auto id = identity::type_id(value, type, issuer(all, pid, field, n), all.context.clinic_code);
    if (!id.value.empty() && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(std::move(id));
  }
}

/// XPN: family (its surname proper), given; legal names (type L, or none) first.
void add_names(mapping& all, const hl7::segment_view& pid) {
  std::vector<identity::person_name> others;
  for (size_t n = 1; n <= pid.repetitions(5); ++n) {
    identity::person_name name{all.read.get(pid, 5, n, 1, 1), all.read.get(pid, 5, n, 2)};
    if (name.family.empty() && name.given.empty()) continue;
    const auto type = all.read.get(pid, 5, n, 7);
    (type == "L" || type.empty() ? all.out.who.names : others).push_back(std::move(name));
  }
  for (auto& name : others) all.out.who.names.push_back(std::move(name));
}

/// `19580400` and `19580000` are what some systems write when the day, or the month, is not known.
std::string_view without_unknown_parts(std::string_view date) noexcept {
  for (const size_t size : {8, 6})
    if (date.size() == size && date.ends_with("00")) date.remove_suffix(2);
  return date;
}

/// The date as told: a birthday has no time zone. What is less than a day, or no date at all, is not the same as nothing.
void add_birth_date(mapping& all, const hl7::segment_view& pid) {
  const auto sent = all.read.first(pid, 7);
  const auto text = without_unknown_parts(trimmed(sent));
  if (text.empty()) return;
  auto& who = all.out.who;
  const auto time = told_time(text);
  if (!time) {
    who.birth_date_unreadable = true;
    return all.note("PID-7", "birth-date", "not a date: a doubt");
  }
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time->local)};
  if (time->precision >= model::moment::precision::day) {
    who.birth_date = date;
    return;
  }
  all.note("PID-7", "birth-date", "not a whole day: it can contradict, not agree");
  who.birth_year = date.year();
  if (time->precision == model::moment::precision::month) who.birth_month = date.month();
}

model::gender sex_of(std::string_view code) noexcept {
  if (code == "M" || code == "m") return model::gender::male;
  if (code == "F" || code == "f") return model::gender::female;
  if (code == "O" || code == "o" || code == "A" || code == "a") return model::gender::other;
  return model::gender::unknown;
}

} // namespace

void map_patient(mapping& all, const hl7::segment_view& pid) {
  add_ids(all, pid, 3, false);
  add_ids(all, pid, 2, true);
  add_ids(all, pid, 4, true);
  add_names(all, pid);
  add_birth_date(all, pid);
  all.out.who.sex = sex_of(all.read.first(pid, 8));
}

} // namespace aorta::lab
