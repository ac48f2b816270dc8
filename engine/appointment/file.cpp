#include "engine/appointment/file.hpp"

#include "engine/base/decimal.hpp"

#include <algorithm>

namespace aorta::appointment {
namespace {

using model::table;
using records::known_row;

constexpr const char* placer_number = "placer_appointment_number";
constexpr const char* filler_number = "filler_appointment_number";

bool same_giver(std::string_view a, std::string_view b) { return a.empty() || b.empty() || a == b; }

bool fits(const known_row& row, const char* column, const char* giver, const number& by) {
  return !by.value.empty() && row.row.text(column) == by.value &&
    same_giver(row.row.text(giver), by.authority);
}

/// By the number of whoever keeps the schedule; by the placer's where one of both has none of those.
bool is_same(const known_row& row, const notice& what) {
  const auto filler = row.row.text(filler_number);
  if (!filler.empty() && !what.filler.value.empty())
    return fits(row, filler_number, "filler_appointment_authority", what.filler);
  return fits(row, placer_number, "placer_appointment_authority", what.placer);
}

void change_cell(known_row& row, const char* column, const std::string& value) {
  if (value.empty() || !row.row.text(column).empty()) return;
  row.row.set(column, value);
  row.changed.emplace_back(column);
}

std::optional<std::string> minutes_between(const notice& what) {
  if (!what.start || !what.end) return std::nullopt;
  return std::to_string(std::chrono::duration_cast<std::chrono::minutes>(*what.end - *what.start).count());
}

class work {
public:
  work(const records::filing_room& room, const notice& what, model::patient_id patient, outcome& out)
      : room_(room),
        what_(what),
        patient_(patient),
        out_(out),
        spoken_(records::spoken_of(what.at, room)) {}

  status run();

private:
  bool ends() const noexcept {
    return what_.what == event::cancel || what_.what == event::erase || what_.what == event::no_show;
  }
  status find();
  status make();
  status ask_person(const char* kind, const char* where, std::string why);
  /// By the clinic's own word: it began, or is over.
  bool took_place() const;
  bool moves() const; ///< it tells of another time
  void say(std::string_view column, std::optional<std::string> value) {
    say(column, std::move(value), spoken_);
  }
  void say(std::string_view column, std::optional<std::string> value, timestamp at);
  void say_state();
  void say_times();
  status say_provider();
  status tell();

  const records::filing_room& room_;
  const notice& what_;
  const model::patient_id patient_;
  outcome& out_;
  timestamp spoken_;
  std::vector<known_row> all_;
  known_row* at_ = nullptr;
  bool of_another_ = false, several_ = false;
};

status work::find() {
  for (const auto& [column, number] :
       {std::pair{filler_number, &what_.filler}, {placer_number, &what_.placer}}) {
    if (number->value.empty()) continue;
    if (auto held = records::hold_number(room_.in, table::appointments, number->value); !held) return held;
    ports::row_query ask;
    ask.of = table::appointments;
    ask.equals = {{column, number->value}};
    auto rows = records::read_rows(room_.in, ask);
    if (!rows) return rows.error();
    for (auto& each : *rows) {
      const auto known = std::any_of(all_.begin(), all_.end(),
                                     [&](const auto& row) { return row.row.key() == each.row.key(); });
      if (!known && is_same(each, what_)) all_.push_back(std::move(each));
    }
  }
  for (auto& each : all_) {
    if (each.row.text("patient_id") != std::to_string(patient_)) {
      of_another_ = of_another_ || each.row.text("status") != "cancelled";
      continue;
    }
    several_ = at_ != nullptr;
    at_ = &each;
  }
  // What a person has taken to somebody else has left a row behind of which nobody tells any more.
  if (at_ != nullptr && of_another_ && !several_ && records::left_behind(*at_)) at_ = nullptr;
  return done{};
}

status work::ask_person(const char* kind, const char* where, std::string why) {
  ports::review_item item;
  item.kind = kind;
  item.reasons_json = std::string("[{\"where\":\"") + where + "\",\"rule\":\"" + kind + "\",\"detail\":\"" +
    why + "\"}]";
  out_.rules.push_back({where, kind, std::move(why)});
  return room_.in.review(room_.message, item);
}

status work::make() {
  const auto keys = room_.in.reserve(table::appointments, 1);
  if (!keys) return keys.error();
  known_row fresh;
  fresh.fresh = true;
  fresh.story.made_by = to_text(room_.message);
  fresh.row = model::record(table::appointments);
  fresh.row.set("appointment_id", std::to_string(keys->front()));
  fresh.row.set("patient_id", std::to_string(patient_));
  all_.push_back(std::move(fresh));
  at_ = &all_.back();
  return done{};
}

bool work::took_place() const {
  const auto status = at_->row.text("status");
  if (status != "in_progress" && status != "completed" && status != "checked_in") return false;
  const auto words = at_->story.fields.find("status");
  return words == at_->story.fields.end() || words->second.counts() != status;
}

bool work::moves() const {
  timestamp stands;
  return what_.start && from_iso(at_->row.text("start_time"), stands) && stands != *what_.start;
}

void work::say(std::string_view column, std::optional<std::string> value, timestamp at) {
  records::statement one;
  one.at = at;
  one.value = std::move(value);
  one.by = to_text(room_.message);
  one.event = code(what_.what);
  records::say(*at_, column, std::move(one));
}

void work::say_state() {
  switch (what_.what) {
    case event::cancel:
    case event::erase:
      say("status", "cancelled");
      say("cancelled_at", to_iso(spoken_));
      say("cancellation_reason",
          !what_.event_reason.empty()     ? what_.event_reason
            : what_.what == event::cancel ? std::optional<std::string>()
                                          : "booked by mistake");
      break;
    case event::no_show:
      say("status", "no_show");
      say("cancelled_at", std::nullopt);
      say("cancellation_reason", std::nullopt);
      break;
    case event::book:
    case event::reschedule:
      say("status", what_.state.empty() ? "scheduled" : what_.state);
      say("cancelled_at", std::nullopt);
      say("cancellation_reason", std::nullopt);
      break;
    case event::modify:
      if (!what_.state.empty()) say("status", what_.state);
      else if (at_->fresh) say("status", "scheduled", {}); // whatever is told of it says more, older or not
      break;
  }
}

/// What is moved without a word of its end lasts as long as before.
void work::say_times() {
  const auto before = at_->row.text("start_time");
  if (what_.start) say("start_time", to_iso(*what_.start));
  const auto now = at_->row.text("start_time");
  timestamp begins;
  const bool end_fits = what_.end && (!from_iso(now, begins) || *what_.end > begins);
  if (end_fits) say("end_time", to_iso(*what_.end));
  else if (what_.end)
    out_.rules.push_back({"TQ1-8", "end", "it would end before it begins: kept in the message alone"});
  if (end_fits && what_.start) say("duration_minutes", minutes_between(what_));
  if (end_fits || before.empty() || before == now) return;
  const auto lasts = decimal::from_text(at_->row.text("duration_minutes"));
  say("end_time",
      lasts ? std::optional(to_iso(*what_.start + std::chrono::minutes{int64_t(lasts->number())}))
            : std::nullopt);
}

status work::say_provider() {
  for (const auto& licence : what_.providers) {
    const auto user = records::user_of_licence(room_.in, licence);
    if (!user) return user.error();
    if (!*user) continue;
    say("provider_id", *user);
    return done{};
  }
  if (!what_.providers.empty())
    out_.rules.push_back(
      {"AIP-3", "provider", "no user has one of these licence numbers: kept in the message alone"});
  return done{};
}

status work::run() {
  if (auto found = find(); !found) return found;
  if (several_)
    return ask_person("which-appointment", "SCH-2", "several appointments of the patient have the number");
  if (at_ == nullptr && of_another_)
    return ask_person("appointment-of-another", "SCH-2",
                      "the number is that of an appointment of another patient");
  if (at_ == nullptr && ends() && !what_.start)
    return ask_person("unknown-appointment", "SCH-1",
                      "nobody told of it before, and it has no time: what is booked later would stand");
  if (at_ == nullptr && !what_.start) {
    out_.rules.push_back({"SCH-11", "unknown-appointment", "nobody told of it before, and it has no time"});
    return done{};
  }
  if (at_ != nullptr && took_place() && (ends() || what_.what == event::reschedule || moves()))
    return ask_person("appointment-took-place", "MSH-9.2",
                      "the clinic says that it began or is over: it stands");
  if (at_ == nullptr)
    if (auto made = make(); !made) return made;
  change_cell(*at_, placer_number, what_.placer.value);
  change_cell(*at_, "placer_appointment_authority", what_.placer.authority);
  change_cell(*at_, filler_number, what_.filler.value);
  change_cell(*at_, "filler_appointment_authority", what_.filler.authority);
  if (!at_->fresh && took_place()) // its state is the clinic's
    out_.rules.push_back({"SCH-25", "state", "the clinic says that it began or is over"});
  else say_state();
  say_times();
  if (!what_.type.empty()) say("appointment_type", what_.type);
  if (!what_.reason.empty()) say("reason", what_.reason);
  if (!what_.location.empty()) say("location", what_.location);
  if (auto said = say_provider(); !said) return said;
  if (auto written = records::write(room_, {at_}); !written) return written;
  return tell();
}

/// Thin: who listens reads with a key of his own, which is audited.
status work::tell() {
  for (const auto& column : at_->changed)
    out_.rules.push_back({"appointments." + column, at_->fresh ? "set" : "changed", {}});
  if (!at_->fresh && at_->changed.empty()) return done{};
  const std::string payload = "{\"patient_id\":\"" + std::to_string(patient_) + "\",\"appointment_id\":\"" +
    at_->row.key() + "\"}";
  return room_.in.event(at_->fresh ? "appointment_created" : "appointment_changed", patient_, {}, payload);
}

} // namespace

result<outcome> file(const records::filing_room& room, const notice& what,
                     const identity::decision& decided) {
  return records::file_for_patient<outcome>(room, decided, [&](model::patient_id patient, outcome& out) {
    return work(room, what, patient, out).run();
  });
}

status take_back(const records::filing_room& room, model::patient_id patient, bool leaves) {
  return records::take_back(room, table::appointments, patient, leaves, [](known_row& each) {
    each.row.set("status", "cancelled");
    each.changed.emplace_back("status");
  });
}

} // namespace aorta::appointment
