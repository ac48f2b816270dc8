#include "engine/lab/mapping.hpp"
#include "engine/lab/person.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>
#include <unordered_map>

namespace aorta::lab {

std::string issuer(text_reader& read, const hl7::segment_view& pid, size_t field, size_t n) {
  auto who = read.get(pid, field, n, 4, 1);
  if (who.empty()) who = read.get(pid, field, n, 4, 2);
  return who.empty() ? read.get(pid, field, n, 9, 1) : who;
}

namespace {

/// `19580400` and `19580000` are what some systems write when the day, or the month, is not known.
std::string_view without_unknown_parts(std::string_view date) noexcept {
  for (const size_t size : {8, 6})
    if (date.size() == size && date.ends_with("00")) date.remove_suffix(2);
  return date;
}

/// The date as told: a birthday has no time zone. What is less than a day, or no date at all, is not the same
/// as nothing.
void add_birth_date(text_reader& read, const hl7::segment_view& pid, person& all) {
  const auto sent = read.first(pid, 7);
  const auto text = without_unknown_parts(trimmed(sent));
  if (text.empty()) return;
  auto& who = all.who;
  const auto time = told_time(text);
  if (!time) {
    who.birth_date_unreadable = true;
    all.rules.push_back({"PID-7", "birth-date", "not a date: a doubt"});
    return;
  }
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time->local)};
  if (time->precision >= model::moment::precision::day) {
    who.birth_date = date;
    return;
  }
  all.rules.push_back({"PID-7", "birth-date", "not a whole day: it can contradict, not agree"});
  who.birth_year = date.year();
  if (time->precision == model::moment::precision::month) who.birth_month = date.month();
}

/// HL7 table 0001, and the words that fixed-width and Greek systems write, in either script. A is ambiguous
/// there; a Greek capital alpha is not that A.
struct sex_words {
  model::gender sex;
  std::string_view words;
};
constexpr sex_words known_sexes[] = {
  {model::gender::male, "M male man boy άρρεν άρρενος άρσεν αρσενικό άνδρας αγόρι arsen arseniko"},
  {model::gender::female, "F female woman girl θήλυ θήλεος θηλυκό γυναίκα κορίτσι Θ thilu thilyko"},
  {model::gender::other, "O other A ambiguous άλλο"},
  {model::gender::unknown, "U unknown N unk undefined unspecified άγνωστο άγνωστος"},
};

const std::unordered_map<std::string, model::gender>& sexes() {
  static const auto made = [] {
    std::unordered_map<std::string, model::gender> out;
    for (const auto& [sex, words] : known_sexes)
      for (size_t at = 0; at < words.size();) {
        const size_t end = std::min(words.find(' ', at), words.size());
        out.emplace(identity::fold_exactly(words.substr(at, end - at)), sex);
        at = end + 1;
      }
    return out;
  }();
  return made;
}

void add_sex(text_reader& read, const hl7::segment_view& pid, person& all) {
  auto& who = all.who;
  const auto sent = read.first(pid, 8);
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
  all.rules.push_back({"PID-8", "sex", "a word that no table has: a doubt"});
}

} // namespace

void read_numbers(text_reader& read, const hl7::segment_view& from, size_t field, bool typed_only,
                  std::string_view clinic, std::vector<identity::typed_id>& into) {
  for (size_t n = 1; n <= from.repetitions(field); ++n) {
    const auto value = read.get(from, field, n, 1, 1), type = read.get(from, field, n, 5);
    if (value.empty() || (typed_only && type.empty())) continue;
    auto id = identity::type_id(value, type, issuer(read, from, field, n), clinic);
    if (!id.value.empty() && std::find(into.begin(), into.end(), id) == into.end())
      into.push_back(std::move(id));
  }
}

void read_names(text_reader& read, const hl7::segment_view& from, size_t field,
                std::vector<identity::person_name>& into) {
  std::vector<identity::person_name> others;
  for (size_t n = 1; n <= from.repetitions(field); ++n) {
    identity::person_name name{read.get(from, field, n, 1, 1), read.get(from, field, n, 2)};
    if (name.family.empty() && name.given.empty()) continue;
    const auto type = upper_code(read.get(from, field, n, 7));
    (type == "L" || type.empty() ? into : others).push_back(std::move(name));
  }
  for (auto& name : others) into.push_back(std::move(name));
}

void read_person(text_reader& read, const hl7::segment_view& pid, std::string_view clinic, person& into) {
  read_numbers(read, pid, 3, false, clinic, into.who.ids);
  read_numbers(read, pid, 2, true, clinic, into.who.ids);
  read_numbers(read, pid, 4, true, clinic, into.who.ids);
  read_names(read, pid, 5, into.who.names);
  add_birth_date(read, pid, into);
  add_sex(read, pid, into);
}

status check_bounds(const hl7::segment_view& of, std::initializer_list<size_t> fields) {
  constexpr size_t most_repetitions = 100, most_bytes = 16 * 1024;
  for (const size_t field : fields)
    if (of.repetitions(field) > most_repetitions || of.field(field).raw.size() > most_bytes)
      return error{error_code::data_type, std::string(of.name()) + "-" + std::to_string(field),
                   "more than one person or visit has"};
  return done{};
}

void map_patient(mapping& all, const hl7::segment_view& pid) {
  person of{all.out.who, all.out.rules};
  read_person(all.read, pid, all.context.clinic_code, of);
}

} // namespace aorta::lab
