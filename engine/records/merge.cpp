#include "engine/records/merge.hpp"

#include "engine/fhir/document.hpp"
#include "engine/identity/likeness.hpp"
#include "engine/records/people.hpp"

#include <algorithm>
#include <array>

namespace aorta::records {
namespace {

using identity::agreement;
using identity::id_kind;
using model::patient_id;

constexpr std::array numbered{id_kind::cyprus_id, id_kind::arc, id_kind::mrn, id_kind::gesy};
constexpr std::array national{id_kind::cyprus_id, id_kind::arc, id_kind::gesy};

/// The column of `patients` with the number of this kind; null: there is none.
const char* column_of(id_kind kind) noexcept {
  switch (kind) {
    case id_kind::cyprus_id: return "cyprus_id";
    case id_kind::arc: return "arc_number";
    case id_kind::mrn: return "mrn";
    case id_kind::gesy: return "gesy_beneficiary_id";
    default: return nullptr;
  }
}

merge_outcome for_person(std::string_view review, std::vector<std::string> reasons,
                         std::vector<patient_id> who) {
  merge_outcome out;
  out.is = merge_outcome::kind::needs_person;
  out.review = std::string(review);
  out.reasons = std::move(reasons);
  out.survivor = who.front();
  out.candidates = std::move(who);
  return out;
}

ports::patient_merge written_down(patient_id survivor, const merge_reason& why) {
  ports::patient_merge out;
  out.survivor = survivor;
  out.message = why.message;
  out.by = why.by;
  return out;
}

result<std::vector<model::record>> read_people(ports::record_session& in,
                                               const std::vector<patient_id>& who) {
  ports::row_query ask;
  ask.of = model::table::patients;
  ask.with_entries = false;
  for (const auto id : who) ask.keys.push_back(std::to_string(id));
  auto found = in.rows(ask);
  if (!found) return found.error();
  std::vector<model::record> out;
  for (const auto id : who) {
    const auto at = std::find_if(found->begin(), found->end(),
                                 [&](const auto& each) { return each.row.key() == std::to_string(id); });
    if (at == found->end())
      return error{error_code::unknown_key, "", "the clinic has no " + patient_text(id)};
    out.push_back(std::move(at->row));
  }
  return out;
}

/// What tells that they are two: whoever merges them has to look at it first.
std::vector<std::string> differences(const model::record& a, const model::record& b) {
  std::vector<std::string> out;
  const auto said = claims_of(b);
  const auto known = person_of(a);
  const auto differs = [&](std::string_view what, agreement is) {
    if (is == agreement::differs) out.push_back(std::string(what) + " differs");
  };
  differs("birth date", identity::compare_birth_date(said, known));
  differs("sex", identity::compare_sex(said, known));
  for (const auto kind : national) differs(identity::name(kind), identity::compare_id(said, kind, known));
  return out;
}

std::vector<ports::patient_alias> numbers_of(const model::record& row, patient_id survivor) {
  std::vector<ports::patient_alias> out;
  for (const auto kind : numbered) {
    const auto value = row.text(column_of(kind));
    const auto plain = identity::normalise(kind, value);
    if (!plain.empty() && !identity::is_placeholder(kind, plain))
      out.push_back({survivor, std::string(identity::lookup_kind(kind)), value});
  }
  return out;
}

std::string words_for(const ports::immovable& what) {
  if (what.twice) return "both have a row in " + what.table + " of which there can be only one: " + what.why;
  return "rows of " + what.table + " cannot be moved: " + what.why;
}

status tell(ports::record_session& in, std::string_view event, const ports::patient_merge& what) {
  const auto id = to_text(what.id);
  std::string payload = R"({"merge_id":")" + id + R"(","patient_id":")" + std::to_string(what.survivor) + '"';
  if (what.merged) payload += R"(,"merged_id":")" + std::to_string(*what.merged) + '"';
  if (!what.number_kind.empty()) payload += R"(,"number":")" + what.number_kind + '"';
  return in.event(std::string(event), what.survivor, id, payload + "}");
}

/// The owner of a number by rows and aliases; nobody, or the one whom it is not.
result<std::vector<patient_id>> owners(ports::record_session& in, id_kind kind, const std::string& plain) {
  const identity::lookup_key key{std::string(identity::lookup_kind(kind)), plain};
  return in.patients_by({&key, 1});
}

std::string number_words(id_kind kind, std::string_view what, patient_id who) {
  return "the " + std::string(what) + " " + std::string(identity::name(kind)) + " is that of " +
    patient_text(who);
}

} // namespace

result<patient_id> last_survivor(ports::record_session& in, patient_id who) {
  constexpr int longest_chain = 1000; // no circle can be written; one that is there must not hang
  for (int i = 0; i < longest_chain; ++i) {
    const auto all = in.merges().standing({&who, 1});
    if (!all) return all.error();
    const auto on = std::find_if(all->begin(), all->end(),
                                 [&](const auto& each) { return each.merged == who; });
    if (on == all->end()) return who;
    who = on->survivor;
  }
  return error{error_code::internal, "", "the merges of " + patient_text(who) + " lead in a circle"};
}

result<merge_outcome> merge_patients(ports::record_session& in, patient_id survivor, patient_id merged,
                                     const merge_reason& why) {
  if (const auto locked = in.lock({std::string(ports::people_lock)}); !locked) return locked.error();
  const auto into = last_survivor(in, survivor), from = last_survivor(in, merged);
  if (!into) return into.error();
  if (!from) return from.error();
  if (*into == *from) return merge_outcome{.is = merge_outcome::kind::already_so, .survivor = *into};
  if (const auto locked = in.lock({ports::patient_lock(*into), ports::patient_lock(*from)}); !locked)
    return locked.error();
  const auto rows = read_people(in, {*into, *from});
  if (!rows) return rows.error();
  const std::vector<patient_id> both{*into, *from};
  for (size_t i = 0; i < both.size(); ++i)
    if ((*rows)[i].text("is_deleted") == "true")
      return for_person("merge-unclear", {patient_text(both[i]) + " was deleted here"}, both);
  if (auto found = differences(rows->front(), rows->back()); !found.empty())
    return for_person("merge-differs", std::move(found), both);
  auto what = written_down(*into, why);
  what.merged = *from;
  const auto joined = in.merges().join(what, numbers_of(rows->back(), *into));
  if (!joined) return joined.error();
  if (*joined) return for_person("merge-blocked", {words_for(**joined)}, both);
  if (const auto told = tell(in, "patient_merged", what); !told) return told.error();
  return merge_outcome{.survivor = *into, .merge = what.id};
}

result<merge_outcome> rename_patient(ports::record_session& in, patient_id who, id_kind kind,
                                     std::string_view old_number, std::string_view new_number,
                                     const merge_reason& why) {
  const auto* column = column_of(kind);
  const auto old_plain = identity::normalise(kind, old_number),
             new_plain = identity::normalise(kind, new_number);
  if (column == nullptr || new_plain.empty() || identity::is_placeholder(kind, new_plain))
    return error{error_code::invalid, "", "no patient can have this number"};
  if (const auto locked = in.lock({std::string(ports::people_lock)}); !locked) return locked.error();
  const auto is = last_survivor(in, who);
  if (!is) return is.error();
  if (const auto locked = in.lock({ports::patient_lock(*is)}); !locked) return locked.error();
  const auto rows = read_people(in, {*is});
  if (!rows) return rows.error();
  const auto held = rows->front().text(column);
  const auto held_plain = identity::normalise(kind, held);
  if (held_plain == new_plain) return merge_outcome{.is = merge_outcome::kind::already_so, .survivor = *is};
  for (const auto& [words, plain] : {std::pair("new", new_plain), std::pair("old", old_plain)}) {
    if (plain.empty() || identity::is_placeholder(kind, plain)) continue;
    const auto found = owners(in, kind, plain);
    if (!found) return found.error();
    for (const auto other : *found)
      if (other != *is) return for_person("number-taken", {number_words(kind, words, other)}, {*is, other});
  }
  if (!held_plain.empty() && held_plain != old_plain)
    return for_person(
      "number-taken",
      {patient_text(*is) + " has another " + std::string(identity::name(kind)) + " than the old one"}, {*is});
  auto what = written_down(*is, why);
  what.number_kind = std::string(identity::lookup_kind(kind));
  what.old_number = held;
  what.new_number = std::string(new_number);
  std::vector<ports::patient_alias> numbers;
  if (!old_plain.empty() && !identity::is_placeholder(kind, old_plain))
    numbers.push_back({*is, what.number_kind, held.empty() ? std::string(old_number) : held});
  if (const auto made = in.merges().renumber(what, numbers); !made) {
    if (made.error().code != error_code::conflict) return made.error();
    return for_person(
      "number-taken",
      {"the new " + std::string(identity::name(kind)) + " stands in another row of the clinic"}, {*is});
  }
  return merge_outcome{.survivor = *is, .merge = what.id};
}

result<ports::patient_merge> unmerge_patient(ports::record_session& in, patient_id who,
                                             const ports::person& by) {
  if (const auto locked = in.lock({std::string(ports::people_lock)}); !locked) return locked.error();
  if (const auto known = read_people(in, {who}); !known) return known.error();
  const auto all = in.merges().standing({&who, 1});
  if (!all) return all.error();
  if (all->empty())
    return error{error_code::conflict, "",
                 "nobody was merged with " + patient_text(who) + ": nothing to take back"};
  const auto what = all->front();
  const auto erased = in.erasure().last(what.survivor);
  if (!erased) return erased.error();
  if (*erased && (*erased)->done_at)
    return error{error_code::conflict, "",
                 patient_text(what.survivor) + " was erased: nobody knows any more who was who"};
  const auto now = last_survivor(in, what.survivor);
  if (!now) return now.error();
  if (*now != what.survivor)
    return error{error_code::conflict, "",
                 patient_text(what.survivor) + " was merged into " + patient_text(*now) +
                   " since: take that back first"};
  std::vector<std::string> locks{ports::patient_lock(what.survivor)};
  if (what.merged) locks.push_back(ports::patient_lock(*what.merged));
  if (const auto locked = in.lock(std::move(locks)); !locked) return locked.error();
  if (!what.merged) {
    if (const auto back = in.merges().number_back(what, by); !back) return back.error();
    return what;
  }
  const auto parted = in.merges().part(what, by);
  if (!parted) return parted.error();
  if (*parted) return error{error_code::conflict, (*parted)->table, words_for(**parted)};
  if (const auto told = tell(in, "patient_unmerged", what); !told) return told.error();
  return what;
}

ports::review_item review_of(const merge_outcome& of) {
  fhir::document json;
  auto* reasons = json.array();
  for (const auto& each : of.reasons) {
    auto* one = json.push(*reasons, json.object());
    json.add(*one, "rule", of.review);
    json.add(*one, "detail", each);
  }
  auto* people = json.array();
  for (const auto id : of.candidates) json.push(*people, json.string(std::to_string(id)));
  ports::review_item out;
  out.kind = of.review;
  out.reasons_json = fhir::write(*reasons);
  out.candidates_json = fhir::write(*people);
  out.state = "open";
  return out;
}

} // namespace aorta::records
