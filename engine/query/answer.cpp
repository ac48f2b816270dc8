#include "engine/identity/likeness.hpp"
#include "engine/query/query.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace aorta::query {
namespace {

using identity::agreement;
using identity::id_kind;

constexpr std::array held_kinds{id_kind::mrn, id_kind::cyprus_id, id_kind::arc, id_kind::gesy};

/// Every criterion of a question is meant: who differs in one is not asked for. Where the matcher would show
/// a spelling to a person, it is shown here too.
bool contradicts(const identity::claims& who, const model::patient& known) {
  if (identity::compare_sex(who, known) == agreement::differs ||
      identity::compare_birth_date(who, known) == agreement::differs)
    return true;
  for (const auto kind : held_kinds)
    if (identity::compare_id(who, kind, known) == agreement::differs) return true;
  return identity::compare_name(who, known) == agreement::differs &&
    identity::compare_name_and_birth_date(who, known) == identity::fit::none;
}

const model::patient* find(std::span<const model::patient> among, model::patient_id id) {
  const auto found = std::find_if(among.begin(), among.end(),
                                  [&](const auto& each) { return each.id == id; });
  return found == among.end() ? nullptr : &*found;
}

/// Texts of ours in the delimiters and the charset of the question.
class writer {
public:
  writer(const question& asked, const hl7::delimiters& marks) : asked_(asked), marks_(marks) {}

  std::string text(std::string_view what) {
    auto out = asked_.charset.encode(hl7::escape(what, marks_));
    if (out) return std::move(*out);
    lacks_ = true;
    return {};
  }
  std::string components(std::initializer_list<std::string_view> all) {
    std::string out;
    for (const auto each : all) (out += text(each)) += marks_.component;
    while (!out.empty() && out.back() == marks_.component) out.pop_back();
    return out;
  }
  bool lacks_letters() const noexcept { return lacks_; }

private:
  const question& asked_;
  const hl7::delimiters& marks_;
  bool lacks_ = false;
};

/// CX: number, whose it is, of what type (HL70203), as `identity::type_id` reads them.
struct cx {
  std::string_view number, authority, type;
};
cx number_of(const model::patient& who, id_kind kind, std::string_view clinic_code) {
  switch (kind) {
    case id_kind::mrn: return {who.mrn, clinic_code, "MR"};
    case id_kind::cyprus_id: return {who.cyprus_id, "CY", "NNCYP"};
    case id_kind::arc: return {who.arc_number, "ARC", "ARC"};
    case id_kind::gesy: return {who.gesy_beneficiary_id, "GESY", "NH"};
    case id_kind::passport:
    case id_kind::other: break;
  }
  return {};
}

std::string numbers_of(const model::patient& who, const question& asked, writer& out, char repetition,
                       std::string_view clinic_code) {
  std::string all;
  for (const auto kind : held_kinds) {
    const bool wanted = asked.domains.empty() ||
      std::find(asked.domains.begin(), asked.domains.end(), kind) != asked.domains.end();
    const auto held = number_of(who, kind, clinic_code);
    if (!wanted || held.number.empty()) continue;
    if (!all.empty()) all += repetition;
    all += out.components({held.number, "", "", held.authority, held.type});
  }
  return all;
}

std::string day_of(const model::patient& who) {
  if (!who.birth_date) return {};
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%04d%02u%02u", int(who.birth_date->year()),
                unsigned(who.birth_date->month()), unsigned(who.birth_date->day()));
  return buffer;
}

/// HL70001.
std::string_view letter_of(model::gender sex) noexcept {
  switch (sex) {
    case model::gender::male: return "M";
    case model::gender::female: return "F";
    case model::gender::other: return "O";
    case model::gender::unknown: break;
  }
  return "U";
}

} // namespace

result<std::vector<const model::patient*>> meant(const question& asked, const identity::decision& made,
                                                 std::span<const model::patient> met) {
  using outcome = identity::decision::kind;
  std::vector<const model::patient*> out;
  const auto add = [&](model::patient_id id) {
    if (const auto* known = find(met, id); known != nullptr) out.push_back(known);
  };
  if (made.is == outcome::same && made.patient) add(*made.patient);
  if (made.is != outcome::review || asked.only_certain) return out;
  for (const auto id : made.candidates) add(id);
  std::erase_if(out, [&](const auto* each) { return contradicts(asked.who, *each); });
  if (asked.is == kind::identifiers && !out.empty())
    return error{error_code::unknown_key, "QPD-3",
                 "it is not certain whose number this is: a person must look"};
  return out;
}

result<answer> tell(const question& asked, std::span<const model::patient* const> people, disclosure allowed,
                    const hl7::message& to, std::string_view clinic_code) {
  const auto& marks = to.marks();
  answer out;
  writer in(asked, marks);
  for (const auto* each : people) {
    told_person one{each->id, numbers_of(*each, asked, in, marks.repetition, clinic_code), {}, {}, {}};
    if (one.numbers.empty() || ++out.found > asked.most) continue;
    if (allowed.name) one.name = in.components({each->last_name, each->first_name});
    if (allowed.birth_date) one.birth_date = day_of(*each);
    if (allowed.sex) one.sex = letter_of(each->sex);
    out.people.push_back(std::move(one));
  }
  if (in.lacks_letters())
    return error{error_code::table_value, "MSH-18",
                 "this charset lacks letters of the answer: ask in UNICODE UTF-8"};
  return out;
}

} // namespace aorta::query
