#include "engine/admission/file.hpp"

#include "engine/admission/visits.hpp"
#include "engine/records/merge.hpp"
#include "engine/records/people.hpp"
#include "engine/records/rows.hpp"

#include <algorithm>

namespace aorta::admission {
namespace {

using model::table;
using kind = identity::decision::kind;
using records::known_row, records::read_rows, records::to_review;

constexpr std::string_view dead = "dead"; ///< the event of PID-30
constexpr std::string_view made_here = "created-by-admission";

/// What can be the first that is heard of somebody, and says enough to know them again by.
bool may_be_first(const notice& what) {
  using identity::id_kind;
  switch (what.what) {
    case event::admit:
    case event::register_visit:
    case event::preadmit:
    case event::update:
    case event::add_person:
    case event::update_person: break;
    default: return false;
  }
  const bool numbered = std::any_of(what.who.ids.begin(), what.who.ids.end(), [](const auto& id) {
    return id.kind != id_kind::other && id.kind != id_kind::passport && !id.value.empty() &&
      !identity::is_placeholder(id.kind, id.value);
  });
  const bool dated = what.who.birth_date &&
    identity::weigh_date(*what.who.birth_date) == identity::date_weight::whole && !what.who.names.empty() &&
    !what.who.names.front().given.empty();
  return numbered || dated;
}

class work {
public:
  work(const filing_room& room, const notice& what, const identity::decision& decided)
      : room_(room),
        what_(what) {
    out_.decision = decided;
    spoken_ = records::spoken_of(what.at, room);
  }

  result<outcome> run() {
    auto done = whom();
    if (done && out_.decision.is == kind::same) done = change();
    if (!done) return done.error();
    return std::move(out_);
  }

private:
  void note(std::string where, std::string rule, std::string detail) {
    out_.rules.push_back({std::move(where), std::move(rule), std::move(detail)});
  }
  status whom();
  status look_again();
  status make_person();
  result<std::vector<model::patient>> candidates(const identity::claims& who) const;
  status find_person();
  status join();
  status rename();
  status heed(const result<records::merge_outcome>& of);
  status change();
  status say_person();
  status say_numbers();
  bool stands_by_its_name() const;
  void say_one(std::string_view column, std::optional<std::string> value, std::string event_name);
  void deny_death();
  status tell(bool visit_changed);

  const filing_room& room_;
  const notice& what_;
  outcome out_;
  timestamp spoken_{};
  std::optional<known_row> person_;
};

status work::whom() {
  if (out_.decision.is == kind::same) {
    if (what_.what == event::merge) // its locks come first
      if (auto joined = join(); !joined) return joined;
    if (what_.what == event::change_number)
      if (auto renamed = rename(); !renamed) return renamed;
    return find_person();
  }
  if (out_.decision.is != kind::none || !room_.may_create || !may_be_first(what_)) return done{};
  if (auto locked = room_.in.lock({std::string(ports::people_lock)}); !locked) return locked;
  return look_again();
}

/// Under the lock: whoever was faster has made the person whom this message means.
status work::look_again() {
  auto found = candidates(what_.who);
  if (!found) return found.error();
  out_.decision = identity::decide(what_.who, *found);
  if (out_.decision.is == kind::review) return done{};
  if (out_.decision.is == kind::none) return make_person();
  return find_person();
}

/// What a person must see of it stands in the review queue; the message is filed all the same.
status work::heed(const result<records::merge_outcome>& of) {
  if (!of) return of.error();
  using outcome_kind = records::merge_outcome::kind;
  if (of->is == outcome_kind::needs_person) {
    note("MRG-1", of->review, "nothing was joined or changed: a person is asked");
    return room_.in.review(room_.message, records::review_of(*of));
  }
  note("MRG-1", of->is == outcome_kind::done ? std::string(code(what_.what)) : "already-so", {});
  if (of->survivor != 0) out_.decision.patient = of->survivor;
  return done{};
}

/// Whoever MRG names becomes a part of whoever PID names.
status work::join() {
  identity::claims prior;
  prior.ids = what_.prior;
  prior.names = what_.prior_names;
  auto found = candidates(prior);
  if (!found) return found.error();
  const auto decided = identity::decide(prior, *found);
  if (decided.is != kind::same) { // also when nobody has the number: whom it means may still come
    records::merge_outcome unclear;
    unclear.is = records::merge_outcome::kind::needs_person;
    unclear.review = "merge-unclear";
    unclear.reasons = decided.evidence;
    if (decided.is == kind::none)
      unclear.reasons.push_back("the clinic has nobody under the number of MRG-1");
    unclear.candidates = decided.candidates;
    return heed(unclear);
  }
  return heed(
    records::merge_patients(room_.in, *out_.decision.patient, *decided.patient, {room_.message, {}}));
}

status work::rename() {
  for (const auto& before : what_.prior)
    for (const auto& now : what_.changed) {
      const bool known = before.kind != identity::id_kind::other &&
        before.kind != identity::id_kind::passport;
      if (!known || now.kind != before.kind || now.value == before.value) continue;
      const auto& told = now.kind == identity::id_kind::mrn && !what_.mrn.empty() ? what_.mrn : now.value;
      if (auto renamed = heed(records::rename_patient(room_.in, *out_.decision.patient, now.kind,
                                                      before.value, told, {room_.message, {}}));
          !renamed)
        return renamed;
      break; // one number of each kind
    }
  return done{};
}

result<std::vector<model::patient>> work::candidates(const identity::claims& who) const {
  std::vector<model::patient> out;
  const auto ids = room_.in.patients_by(identity::lookup_keys(who));
  if (!ids) return ids.error();
  if (ids->empty()) return out;
  ports::row_query ask;
  ask.with_entries = false;
  for (const auto id : *ids) ask.keys.push_back(std::to_string(id));
  const auto rows = room_.in.rows(ask);
  if (!rows) return rows.error();
  const auto aliases = room_.in.merges().aliases(*ids);
  if (!aliases) return aliases.error();
  for (const auto& each : *rows) {
    auto& person = out.emplace_back(records::person_of(each.row));
    for (const auto& alias : *aliases)
      if (alias.patient == person.id) person.aliases.push_back(records::looked_up(alias));
  }
  return out;
}

status work::find_person() {
  auto held = records::hold_patient(room_, out_.decision);
  if (!held) return held.error();
  person_ = std::move(*held);
  return done{};
}

status work::make_person() {
  const bool named = std::any_of(what_.person.begin(), what_.person.end(),
                                 [](const auto& s) { return s.first == "last_name"; });
  if (!named) {
    to_review(out_.decision, "nobody is made who has no family name");
    return done{};
  }
  const auto keys = room_.in.reserve(table::patients, 1);
  if (!keys) return keys.error();
  person_.emplace();
  person_->fresh = true;
  person_->story.made_by = to_text(room_.message);
  person_->row = model::record(table::patients);
  const auto id = std::to_string(keys->front());
  person_->row.set("patient_id", id);
  person_->row.set("gender", "unknown");
  person_->row.set("mrn", what_.mrn.empty() ? records::newcomers_mrn(id, 1) : what_.mrn);
  out_.decision = {
    kind::same, keys->front(), std::string(made_here), {"nobody fits, and this route may create"}, {}, {},
    {}};
  return done{};
}

/// PID-30 is N: whoever said otherwise before is taken back, and nothing else.
void work::deny_death() {
  records::statement one;
  one.at = spoken_;
  one.by = to_text(room_.message);
  one.event = "alive";
  one.takes_back = {std::string(dead)};
  one.mute = true;
  records::say(*person_, "status", std::move(one));
}

void work::say_one(std::string_view column, std::optional<std::string> value, std::string event_name) {
  records::statement one;
  one.at = spoken_;
  one.value = std::move(value);
  one.by = to_text(room_.message);
  one.event = std::move(event_name);
  records::say(*person_, column, std::move(one));
}

/// The spelling in which the clinic has the name stands while the message names it too, in whatever script.
bool work::stands_by_its_name() const {
  const auto family = identity::fold_exactly(person_->row.text("last_name")),
             given = identity::fold_exactly(person_->row.text("first_name"));
  const auto& names = what_.who.names;
  return !person_->fresh && std::any_of(names.begin(), names.end(), [&](const auto& each) {
    return identity::fold_exactly(each.family) == family && identity::fold_exactly(each.given) == given;
  });
}

/// A number that is new to the patient must be nobody else's.
status work::say_numbers() {
  model::record probe(table::patients);
  bool any = false;
  for (const auto& [column, value] : what_.person)
    if (value && is_number(column) && person_->row[column] != value) {
      probe.set(column, value);
      any = true;
    }
  if (person_->fresh) probe.set("mrn", person_->row[std::string_view("mrn")]);
  if (!any && !person_->fresh) return done{};
  if (!person_->fresh)
    if (auto locked = room_.in.lock({std::string(ports::people_lock)}); !locked) return locked;
  for (const auto& key : records::number_keys(probe)) {
    const auto holders = room_.in.patients_by({&key, 1});
    if (!holders) return holders.error();
    for (const auto other : *holders) {
      if (std::to_string(other) == person_->row.key()) continue;
      out_.decision.candidates.push_back(other);
      to_review(out_.decision, "patient " + std::to_string(other) + " has this " + key.kind + " already");
      return done{};
    }
  }
  return done{};
}

status work::say_person() {
  if (auto numbers = say_numbers(); !numbers || out_.decision.is != kind::same) return numbers;
  const bool kept = stands_by_its_name();
  for (const auto& [column, value] : what_.person) {
    const bool names_it = column == "last_name" || column == "first_name";
    say_one(column, kept && names_it ? person_->row[column] : value,
            std::string(column == "status" ? dead : code(what_.what)));
  }
  if (what_.deceased_denied) deny_death();
  return done{};
}

status work::change() {
  const bool fresh = person_->fresh;
  if (auto said = say_person(); !said) return said;
  if (out_.decision.is != kind::same) return done{};
  if (auto written = records::write(room_, {&*person_}); !written) return written;
  for (const auto& column : person_->changed) note("patients." + column, fresh ? "set" : "changed", {});
  bool visit_changed = false;
  if (what_.stay) {
    visits of(room_, what_, *out_.decision.patient, spoken_, out_.rules);
    auto done = of.run();
    if (!done) return done.error();
    visit_changed = *done;
  }
  return tell(visit_changed);
}

/// Thin: who listens reads with a key of his own, which is audited.
status work::tell(bool visit_changed) {
  const auto patient = out_.decision.patient;
  const std::string payload = "{\"patient_id\":\"" + std::to_string(*patient) + "\"}";
  const auto event = [&](const char* type) { return room_.in.event(type, patient, {}, payload); };
  if (person_->fresh) {
    if (auto told = event("patient_created"); !told) return told;
  } else if (!person_->changed.empty()) {
    if (auto told = event("patient_updated"); !told) return told;
  }
  return visit_changed ? event("encounter_changed") : status(done{});
}

} // namespace

namespace {

/// Whether any row of the clinic names the patient.
result<bool> is_named(const filing_room& room, model::patient_id patient) {
  for (size_t i = 0; i < model::tables; ++i) {
    const auto of = model::table(i);
    if (of == table::patients || !model::shape(of).has_patient) continue;
    ports::row_query ask;
    ask.of = of;
    ask.patients = {patient};
    ask.limit = 1;
    ask.with_entries = false;
    const auto rows = room.in.rows(ask);
    if (!rows) return rows.error();
    if (!rows->empty()) return true;
  }
  return false;
}

/// The row was never told of but by what is taken back: a visit is cancelled, a person goes, unless something
/// of theirs is here.
status unmake(const filing_room& room, known_row& at) {
  if (at.row.of == table::encounters) {
    at.row.set("status", "cancelled");
    at.changed.emplace_back("status");
    return done{};
  }
  const auto named = is_named(room, std::stoll(at.row.key()));
  if (!named) return named.error();
  if (*named) return done{};
  at.row.set("is_deleted", "true");
  at.changed.emplace_back("is_deleted");
  return done{};
}

} // namespace

result<outcome> file(const filing_room& room, const notice& what, const identity::decision& decided) {
  return work(room, what, decided).run();
}

status take_back(const filing_room& room, model::patient_id patient, bool leaves) {
  if (auto locked = room.in.lock({ports::patient_lock(patient)}); !locked) return locked;
  const auto message = to_text(room.message);
  std::vector<known_row> all;
  for (const auto of : {table::patients, table::encounters}) {
    ports::row_query ask;
    ask.of = of;
    if (of == table::patients) ask.keys = {std::to_string(patient)};
    else ask.patients = {patient};
    auto rows = read_rows(room.in, ask);
    if (!rows) return rows.error();
    for (auto& each : *rows)
      if (records::forget(each, message) || each.story.made_by == message) all.push_back(std::move(each));
  }
  std::vector<known_row*> changed;
  for (auto& each : all) {
    if (leaves && each.story.made_by == message && !records::told_by_messages(each))
      if (auto unmade = unmake(room, each); !unmade) return unmade;
    changed.push_back(&each);
  }
  return records::write(room, changed);
}

} // namespace aorta::admission
