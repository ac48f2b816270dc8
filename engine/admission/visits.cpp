#include "engine/admission/visits.hpp"

#include "engine/records/rows.hpp"

#include <algorithm>

namespace aorta::admission {
namespace {

using model::table;

/// A visit of which only updates have told has no state yet: it may be open.
bool is_open(const known_row& of) {
  const auto status = of.row.text("status");
  return status == "in_progress" || status.empty();
}

timestamp begin_of(const known_row& of) {
  timestamp at = timestamp::min();
  (void)from_iso(of.row.text("actual_start"), at);
  return at;
}

bool was_discharged(const known_row& of) {
  const auto line = of.story.fields.find("status");
  if (of.row.text("status") != "completed" || line == of.story.fields.end()) return false;
  const auto& all = line->second.all();
  return std::any_of(all.begin(), all.end(), [](const auto& s) { return s.event == "A03"; });
}

std::optional<std::string> time_text(const std::optional<timestamp>& at) {
  return at ? std::optional(to_iso(*at)) : std::nullopt;
}

} // namespace

/// A visit that nobody told of before begins with what says that somebody came, or will come. An update or a
/// discharge of a visit with a number is one too: the first message may have been missed, or comes later.
bool visits::makes() const noexcept {
  switch (what_.what) {
    case event::admit:
    case event::register_visit:
    case event::preadmit: return true;
    default: return !what_.stay->number.empty();
  }
}

status visits::ask_person(std::string why) {
  ports::review_item item;
  item.kind = "which-visit";
  item.reasons_json = R"([{"where":"PV1-19","rule":"which-visit","detail":")" + why + "\"}]";
  rules_.push_back({"PV1-19", "which-visit", why});
  asked_ = true;
  return room_.in.review(room_.message, item);
}

/// Without a number: the one that is open, or for A13 the one that was closed by a discharge.
known_row* visits::only_open(event what) {
  const bool reopens = what == event::cancel_discharge;
  known_row* found = nullptr;
  for (auto& each : all_) {
    if (begin_of(each) > spoken_) continue; // it was not there yet
    if (reopens && is_open(each)) return nullptr;
    if (!(reopens ? was_discharged(each) : is_open(each))) continue;
    if (found != nullptr) return nullptr;
    found = &each;
  }
  return found;
}

/// The visit of this number. Who gave it is compared where both say so.
result<known_row*> visits::find_numbered() {
  const auto& stay = *what_.stay;
  if (auto held = records::hold_number(room_.in, table::encounters, stay.number); !held) return held.error();
  ports::row_query ask;
  ask.of = table::encounters;
  ask.equals = {{"visit_number", stay.number}};
  auto rows = records::read_rows(room_.in, ask);
  if (!rows) return rows.error();
  all_ = std::move(*rows);
  known_row *exact = nullptr, *near = nullptr;
  bool others = false, several = false;
  for (auto& each : all_) {
    const auto by = each.row.text("visit_authority");
    const bool same = by == stay.authority;
    if (!same && !by.empty() && !stay.authority.empty()) continue;
    if (each.row.text("patient_id") != std::to_string(patient_)) {
      others = others || same;
      continue;
    }
    if (same) exact = &each;
    several = several || near != nullptr;
    near = &each;
  }
  if (exact != nullptr) return exact;
  if (near != nullptr && !several) return near;
  if (several || others)
    if (auto asked = ask_person(several ? "several visits of this patient have the number"
                                        : "another patient has a visit of this number");
        !asked)
      return asked.error();
  return nullptr;
}

result<known_row*> visits::find() {
  const auto& stay = *what_.stay;
  if (!stay.number.empty()) return find_numbered();
  ports::row_query ask;
  ask.of = table::encounters;
  ask.patients = {patient_};
  auto rows = records::read_rows(room_.in, ask);
  if (!rows) return rows.error();
  all_ = std::move(*rows);
  if (what_.what == event::admit || what_.what == event::register_visit || what_.what == event::preadmit) {
    const auto begins = time_text(what_.what == event::preadmit
                                    ? stay.planned
                                    : std::optional(stay.start.value_or(what_.happened.value_or(spoken_))));
    const std::string_view column = what_.what == event::preadmit ? "scheduled_start" : "actual_start";
    for (auto& each : all_)
      if (begins && each.row[column] == begins) return &each;
    return nullptr;
  }
  auto* only = only_open(what_.what);
  if (only == nullptr && what_.what != event::update)
    if (auto asked = ask_person("no visit number, and not exactly one visit that can be meant"); !asked)
      return asked.error();
  return only;
}

status visits::make() {
  const auto keys = room_.in.reserve(table::encounters, 1);
  if (!keys) return keys.error();
  known_row fresh;
  fresh.fresh = true;
  fresh.story.made_by = to_text(room_.message);
  fresh.row = model::record(table::encounters);
  fresh.row.set("encounter_id", std::to_string(keys->front()));
  fresh.row.set("patient_id", std::to_string(patient_));
  if (!what_.stay->number.empty()) fresh.row.set("visit_number", what_.stay->number);
  if (!what_.stay->authority.empty()) fresh.row.set("visit_authority", what_.stay->authority);
  all_.push_back(std::move(fresh));
  at_ = &all_.back();
  return done{};
}

void visits::say(std::string_view column, std::optional<std::string> value,
                 std::vector<std::string> takes_back, std::optional<event> as) {
  records::statement one;
  one.at = spoken_;
  one.value = std::move(value);
  one.by = to_text(room_.message);
  one.event = code(as.value_or(what_.what));
  one.takes_back = std::move(takes_back);
  // Without a transfer that is known, its cancellation does not tell where the patient is.
  one.mute = what_.what == event::cancel_transfer && !one.takes_back.empty();
  records::say(*at_, column, std::move(one));
}

void visits::say_state() {
  const auto& stay = *what_.stay;
  const auto happened = what_.happened.value_or(spoken_);
  switch (what_.what) {
    case event::admit:
    case event::register_visit:
      say("status", "in_progress");
      say("actual_start", to_iso(stay.start.value_or(happened)));
      break;
    case event::preadmit:
      say("status", "planned");
      if (const auto planned = stay.planned ? stay.planned : stay.start)
        say("scheduled_start", to_iso(*planned));
      break;
    case event::discharge:
      say("status", "completed");
      say("actual_end", to_iso(stay.end.value_or(happened)));
      break;
    case event::cancel_admit:
      // An A13 whose A03 never came tells of the admission too.
      say("status", "cancelled", {"A01", "A04", "A13"});
      say("actual_start", std::nullopt, {"A01", "A04"});
      break;
    case event::cancel_discharge:
      say("status", "in_progress", {"A03"});
      say("actual_end", std::nullopt, {"A03"});
      break;
    case event::to_inpatient: say("encounter_type", "inpatient"); break;
    case event::to_outpatient: say("encounter_type", "outpatient"); break;
    default:
      if (stay.start) say("actual_start", to_iso(*stay.start));
      if (!stay.end) break;
      if (at_->row.text("status") == "cancelled") break;
      say("status", "completed", {}, event::discharge); // an A08 or A02 that tells the end: A13 takes it back
                                                        // too
      say("actual_end", to_iso(*stay.end), {}, event::discharge);
  }
}

void visits::say_all() {
  say_state();
  const auto is_state = what_.what == event::to_inpatient || what_.what == event::to_outpatient;
  bool located = false;
  for (const auto& [column, value] : what_.stay->says) {
    if (is_state && column == "encounter_type") continue;
    located = located || column == "location";
    say(column, value);
  }
  if (what_.what == event::cancel_transfer && !located) say("location", std::nullopt, {"A02"});
  const bool typed = at_->row[std::string_view("encounter_type")].has_value();
  if (!typed && what_.what == event::admit) say("encounter_type", "inpatient");
  if (!typed && what_.what == event::register_visit) say("encounter_type", "outpatient");
}

/// By licence number alone, and only where one user of the clinic's system has it: none is ever made.
status visits::say_attending() {
  if (what_.stay->attending.empty()) return done{};
  const auto user = records::user_of_licence(room_.in, what_.stay->attending);
  if (!user) return user.error();
  if (*user) say("attending_physician_id", *user);
  else rules_.push_back({"PV1-7", "attending", "no user has this licence number: kept in the message alone"});
  return done{};
}

result<bool> visits::run() {
  auto found = find();
  if (!found) return found.error();
  at_ = *found;
  if (at_ == nullptr && (asked_ || !makes())) return false;
  if (at_ == nullptr)
    if (auto made = make(); !made) return made.error();
  say_all();
  if (auto attended = say_attending(); !attended) return attended.error();
  const bool changed = at_->fresh || !at_->changed.empty();
  for (const auto& column : at_->changed)
    rules_.push_back({"encounters." + column, at_->fresh ? "set" : "changed", {}});
  if (auto written = records::write(room_, {at_}); !written) return written.error();
  return changed;
}

} // namespace aorta::admission
