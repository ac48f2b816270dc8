#include "engine/appointment/notice.hpp"
#include "engine/lab/value.hpp"

#include <array>
#include <charconv>

namespace aorta::appointment {
namespace {

using lab::trimmed, lab::upper_code, lab::word_of, lab::word_pair;

using coded = lab::event_code<event>;
constexpr std::array events{coded{"S12", event::book},   coded{"S13", event::reschedule},
                            coded{"S14", event::modify}, coded{"S15", event::cancel},
                            coded{"S17", event::erase},  coded{"S26", event::no_show}};

/// SCH-25 (HL70278); on a waiting list and blocked are no states of an appointment here.
constexpr std::array states{word_pair{"BOOKED", "scheduled"},   word_pair{"PENDING", "scheduled"},
                            word_pair{"OVERBOOK", "scheduled"}, word_pair{"STARTED", "in_progress"},
                            word_pair{"COMPLETE", "completed"}, word_pair{"CANCELLED", "cancelled"},
                            word_pair{"DC", "cancelled"},       word_pair{"DELETED", "cancelled"},
                            word_pair{"NOSHOW", "no_show"}};
/// SCH-7 (HL70276), and the clinic's own words wherever a service is named.
constexpr std::array types{word_pair{"FOLLOWUP", "follow_up"},
                           word_pair{"CHECKUP", "consultation"},
                           word_pair{"ROUTINE", "consultation"},
                           word_pair{"WALKIN", "consultation"},
                           word_pair{"CONSULTATION", "consultation"},
                           word_pair{"FOLLOW_UP", "follow_up"},
                           word_pair{"ECHO", "echo"},
                           word_pair{"STRESS_TEST", "stress_test"},
                           word_pair{"HOLTER", "holter"},
                           word_pair{"PROCEDURE", "procedure"},
                           word_pair{"ECG", "ecg"},
                           word_pair{"PRE_OP", "pre_op"}};

constexpr size_t most_resources = 100; ///< of each sort; those past them stand in the message alone

class reader {
public:
  reader(lab::notice_reader& from, notice& into) : all_(from), out_(into) {}

  status take(const hl7::segment_view& segment);
  status end();

private:
  std::optional<std::chrono::minutes> span_at(const hl7::segment_view& from, size_t field, size_t units);
  void take_schedule(const hl7::segment_view& sch);
  void take_service(const hl7::segment_view& ais);
  void take_place(const hl7::segment_view& ail);
  void begins(const std::optional<timestamp>& at) {
    if (at && (!earliest_ || *at < *earliest_)) earliest_ = at;
  }
  static void join(std::string& all, std::string_view one) {
    if (!trimmed(one).empty()) all.append(all.empty() ? "" : ", ").append(trimmed(one));
  }

  lab::notice_reader& all_;
  notice& out_;
  std::optional<std::chrono::minutes> lasts_;
  std::optional<timestamp> earliest_; ///< of its resources
  size_t schedules_ = 0, services_ = 0, places_ = 0;
  std::string services_text_;
};

std::optional<std::chrono::minutes> reader::span_at(const hl7::segment_view& from, size_t field,
                                                    size_t units) {
  const auto sent = all_.text.first(from, field);
  int count = 0;
  const auto [end, wrong] = std::from_chars(sent.data(), sent.data() + sent.size(), count);
  constexpr int longest = 60 * 24 * 31;
  if (wrong != std::errc{} || end != sent.data() + sent.size() || count <= 0 || count > longest)
    return std::nullopt;
  const auto unit = upper_code(all_.text.first(from, units));
  if (unit.empty() || unit.starts_with("MIN") || unit == "M") return std::chrono::minutes{count};
  if (unit == "H" || unit.starts_with("HR") || unit.starts_with("HOUR")) return std::chrono::hours{count};
  return std::nullopt; // seconds are what others write by mistake
}

void reader::take_schedule(const hl7::segment_view& sch) {
  out_.placer = all_.number_at(sch, 1), out_.filler = all_.number_at(sch, 2);
  out_.event_reason = all_.words_at(sch, 6);
  out_.reason = all_.words_at(sch, 7);
  for (const size_t field : {8, 7})
    if (out_.type.empty()) out_.type = word_of(types, upper_code(all_.text.first(sch, field)));
  lasts_ = span_at(sch, 9, 10);
  out_.start = all_.time(sch, 11, 4), out_.end = all_.time(sch, 11, 5);
  const auto state = upper_code(all_.text.first(sch, 25));
  out_.state = word_of(states, state);
  if (out_.state.empty() && !state.empty())
    all_.note("SCH-25", "state", "no state that an appointment has here: it counts as not told");
}

void reader::take_service(const hl7::segment_view& ais) {
  begins(all_.time(ais, 4));
  if (++services_ > most_resources) return;
  join(services_text_, all_.words_at(ais, 3));
  if (const auto type = word_of(types, upper_code(all_.text.first(ais, 3))); !type.empty()) out_.type = type;
  if (!lasts_) lasts_ = span_at(ais, 7, 8);
}

void reader::take_place(const hl7::segment_view& ail) {
  begins(all_.time(ail, 6));
  if (++places_ > most_resources) return;
  if (const auto place = all_.place_at(ail, 3); !place.empty())
    out_.location.append(out_.location.empty() ? "" : "; ").append(place);
}

status reader::take(const hl7::segment_view& segment) {
  const auto name = segment.name();
  const bool resource = name == "AIS" || name == "AIL" || name == "AIP" || name == "AIG";
  if (name == "PID") return all_.person(segment);
  if (name == "SCH") {
    if (++schedules_ > 1)
      return error{error_code::segment_sequence, "SCH[2]",
                   "one message with two appointments: send one each"};
    take_schedule(segment);
  } else if (name == "TQ1") {
    if (const auto at = all_.time(segment, 7)) out_.start = at;
    if (const auto at = all_.time(segment, 8)) out_.end = at;
  } else if (resource && upper_code(all_.text.first(segment, 2)) == "D") {
    return done{}; // it takes part no more
  } else if (name == "AIS") {
    take_service(segment);
  } else if (name == "AIL") {
    take_place(segment);
  } else if (name == "AIP") {
    begins(all_.time(segment, 6));
    if (auto who = std::string(trimmed(all_.text.first(segment, 3)));
        !who.empty() && out_.providers.size() < most_resources)
      out_.providers.push_back(std::move(who));
  } else if (name == "AIG") {
    begins(all_.time(segment, 8));
  }
  return done{};
}

status reader::end() {
  if (schedules_ == 0) return error{error_code::segment_missing, "SCH", "it tells of no appointment"};
  if (auto told = all_.person_told("an appointment without a patient"); !told) return told;
  if (out_.placer.value.empty() && out_.filler.value.empty())
    return error{error_code::field_missing, "SCH-2", "neither SCH-1 nor SCH-2 says which appointment it is"};
  if (!services_text_.empty()) out_.reason = std::move(services_text_);
  if (!out_.start) out_.start = earliest_;
  if (out_.start && !out_.end && lasts_) out_.end = *out_.start + *lasts_;
  if (out_.start && out_.end && *out_.end <= *out_.start) {
    all_.note("TQ1-8", "end", "it ends before it begins: it counts as not told");
    out_.end.reset();
  }
  return done{};
}

} // namespace

std::string_view code(event what) noexcept { return lab::code_of(events, what); }

std::optional<event> event_from(std::string_view code) noexcept { return lab::event_of(events, code); }

result<notice> read(const hl7::message& msg, const lab::notice_reading& how) {
  notice out;
  auto from = lab::notice_reader::open(msg, how, out);
  if (!from) return from.error();
  const auto what = from->event_told(events, "an appointment");
  if (!what) return what.error();
  out.what = *what;
  reader appointment(*from, out);
  if (auto taken = from->each_segment([&](const auto& segment) { return appointment.take(segment); }); !taken)
    return taken.error();
  if (auto whole = appointment.end(); !whole) return whole.error();
  return out;
}

} // namespace aorta::appointment
