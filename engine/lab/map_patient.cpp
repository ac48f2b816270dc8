#include "engine/lab/mapping.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>
#include <unordered_map>

namespace aorta::lab {
namespace {

/// Who issued a number: CX.4's name, else its universal id, else the jurisdiction (CX.9). Empty only when
/// nothing of it is said.
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
    const auto type = upper_code(all.read.get(pid, 5, n, 7));
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

/// The date as told: a birthday has no time zone. What is less than a day, or no date at all, is not the same
/// as nothing.
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

/// HL7 table 0001, and the words that fixed-width and Greek systems write, in either script. A is ambiguous
/// there; a Greek capital alpha is not that A.
struct sex_words {
  model::gender sex;
  std::string_view words;
};
constexpr sex_words known_words[] = {
  {model::gender::male, "M male man boy άρρεν άρρενος άρσεν αρσενικό άνδρας αγόρι arsen arseniko"},
  {model::gender::female, "F female woman girl θήλυ θήλεος θηλυκό γυναίκα κορίτσι Θ thilu thilyko"},
  {model::gender::other, "O other A ambiguous άλλο"},
  {model::gender::unknown, "U unknown N unk undefined unspecified άγνωστο άγνωστος"},
};

const std::unordered_map<std::string, model::gender>& sexes() {
  static const auto made = [] {
    std::unordered_map<std::string, model::gender> out;
    for (const auto& [sex, words] : known_words)
      for (size_t at = 0; at < words.size();) {
        const size_t end = std::min(words.find(' ', at), words.size());
        out.emplace(identity::fold_exactly(words.substr(at, end - at)), sex);
        at = end + 1;
      }
    return out;
  }();
  return made;
}

void add_sex(mapping& all, const hl7::segment_view& pid) {
  auto& who = all.out.who;
  const auto sent = all.read.first(pid, 8);
  const auto text = trimmed(sent);
  constexpr std::string_view alpha = "\xCE\x91";
  if (text == alpha) {
    who.sex = model::gender::male;
    return;
  }
  const auto word = identity::fold_exactly(text);
  if (word.empty()) return; // nothing, or a dash for it
  const auto known = sexes().find(word);
  if (known != sexes().end()) {
    who.sex = known->second;
    return;
  }
  who.sex_unreadable = true;
  all.note("PID-8", "sex", "a word that no table has: a doubt");
}

} // namespace

void map_patient(mapping& all, const hl7::segment_view& pid) {
  add_ids(all, pid, 3, false);
  add_ids(all, pid, 2, true);
  add_ids(all, pid, 4, true);
  add_names(all, pid);
  add_birth_date(all, pid);
  add_sex(all, pid);
}

} // namespace aorta::lab
