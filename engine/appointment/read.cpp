#include "engine/appointment/notice.hpp"
#include "engine/lab/person.hpp"
#include "engine/lab/text_reader.hpp"
#include "engine/lab/time.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aorta::appointment {
namespace {

using lab::trimmed, lab::upper_code;

struct coded {
  std::string_view code;
  event is;
};
constexpr std::array events{coded{"S12", event::book},   coded{"S13", event::reschedule},
                            coded{"S14", event::modify}, coded{"S15", event::cancel},
                            coded{"S17", event::erase},  coded{"S26", event::no_show}};

struct word_pair {
  std::string_view sent, column;
};
template <size_t N>
std::string_view word_of(const std::array<word_pair, N>& all, std::string_view sent) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& each) { return each.sent == sent; });
  return found == all.end() ? std::string_view() : found->column;
}

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
  reader(lab::text_reader text, const lab::local_zone& zone, const reading& how)
      : read_(std::move(text)),
        zone_(zone),
        how_(how) {}

  status header(const hl7::segment_view& msh);
  status take(const hl7::segment_view& segment);
  result<notice> end();
  const lab::text_reader& text() const noexcept { return read_; }

private:
  std::optional<timestamp> time(const hl7::segment_view& from, size_t field, size_t component = 0);
  number number_at(const hl7::segment_view& from, size_t field);
  std::string words_at(const hl7::segment_view& from, size_t field);
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
  void note(std::string where, std::string rule, std::string detail) {
    out_.rules.push_back({std::move(where), std::move(rule), std::move(detail)});
  }

  lab::text_reader read_;
  const lab::local_zone& zone_;
  const reading& how_;
  notice out_;
  std::optional<std::chrono::minutes> offset_, lasts_; ///< offset: of times that tell none
  std::optional<timestamp> earliest_;                  ///< of its resources
  size_t persons_ = 0, schedules_ = 0, services_ = 0, places_ = 0;
  std::string services_text_;
};

std::optional<timestamp> reader::time(const hl7::segment_view& from, size_t field, size_t component) {
  const auto sent = component == 0 ? read_.first(from, field) : read_.get(from, field, 1, component);
  if (trimmed(sent).empty() || lab::says_no_time(sent)) return std::nullopt;
  if (const auto told = lab::read_local(trimmed(sent), zone_, offset_)) return told->when.at;
  note(std::string(from.name()) + "-" + std::to_string(field), "time", "not a time: it counts as not told");
  return std::nullopt;
}

number reader::number_at(const hl7::segment_view& from, size_t field) {
  number out{read_.first(from, field), read_.get(from, field, 1, 2)};
  if (out.authority.empty()) out.authority = read_.get(from, field, 1, 3);
  return out;
}

/// What people read of a coded field: its words, else its code.
std::string reader::words_at(const hl7::segment_view& from, size_t field) {
  for (const size_t component : {2, 5, 1})
    if (auto text = read_.get(from, field, 1, component); !trimmed(text).empty())
      return std::string(trimmed(text));
  return {};
}

std::optional<std::chrono::minutes> reader::span_at(const hl7::segment_view& from, size_t field,
                                                    size_t units) {
  const auto sent = read_.first(from, field);
  int count = 0;
  const auto [end, wrong] = std::from_chars(sent.data(), sent.data() + sent.size(), count);
  constexpr int longest = 60 * 24 * 31;
  if (wrong != std::errc{} || end != sent.data() + sent.size() || count <= 0 || count > longest)
    return std::nullopt;
  const auto unit = upper_code(read_.first(from, units));
  if (unit.empty() || unit.starts_with("MIN") || unit == "M") return std::chrono::minutes{count};
  if (unit == "H" || unit.starts_with("HR") || unit.starts_with("HOUR")) return std::chrono::hours{count};
  return std::nullopt; // seconds are what others write by mistake
}

status reader::header(const hl7::segment_view& msh) {
  const auto what = event_from(read_.get(msh, 9, 1, 2));
  if (!what)
    return error{error_code::unsupported_event, "MSH-9.2", "no event of an appointment that is known here"};
  out_.what = *what;
  out_.charset = read_.charset().name();
  const auto application = read_.first(msh, 3), facility = read_.first(msh, 4);
  if (!application.empty() || !facility.empty()) out_.who.sender = application + "|" + facility;
  offset_ = lab::default_offset(read_.first(msh, 7), zone_);
  out_.at = time(msh, 7);
  return done{};
}

void reader::take_schedule(const hl7::segment_view& sch) {
  out_.placer = number_at(sch, 1), out_.filler = number_at(sch, 2);
  out_.event_reason = words_at(sch, 6);
  out_.reason = words_at(sch, 7);
  for (const size_t field : {8, 7})
    if (out_.type.empty()) out_.type = word_of(types, upper_code(read_.first(sch, field)));
  lasts_ = span_at(sch, 9, 10);
  out_.start = time(sch, 11, 4), out_.end = time(sch, 11, 5);
  const auto state = upper_code(read_.first(sch, 25));
  out_.state = word_of(states, state);
  if (out_.state.empty() && !state.empty())
    note("SCH-25", "state", "no state that an appointment has here: it counts as not told");
}

void reader::take_service(const hl7::segment_view& ais) {
  begins(time(ais, 4));
  if (++services_ > most_resources) return;
  join(services_text_, words_at(ais, 3));
  if (const auto type = word_of(types, upper_code(read_.first(ais, 3))); !type.empty()) out_.type = type;
  if (!lasts_) lasts_ = span_at(ais, 7, 8);
}

/// PL: point of care, room, bed, facility, as far as each is told.
void reader::take_place(const hl7::segment_view& ail) {
  begins(time(ail, 6));
  if (++places_ > most_resources) return;
  std::string place;
  for (const size_t component : {1, 2, 3, 4}) join(place, read_.get(ail, 3, 1, component, 1));
  if (!place.empty()) out_.location.append(out_.location.empty() ? "" : "; ").append(place);
}

status reader::take(const hl7::segment_view& segment) {
  const auto name = segment.name();
  const bool resource = name == "AIS" || name == "AIL" || name == "AIP" || name == "AIG";
  if (name == "PID") {
    if (++persons_ > 1)
      return error{error_code::segment_sequence, "PID[2]",
                   "one message with two patients: they are never mixed"};
    if (auto bounded = lab::check_bounds(segment, {2, 3, 4, 5}); !bounded) return bounded;
    lab::person of{out_.who, out_.rules};
    lab::read_person(read_, segment, how_.clinic_code, of);
  } else if (name == "SCH") {
    if (++schedules_ > 1)
      return error{error_code::segment_sequence, "SCH[2]",
                   "one message with two appointments: send one each"};
    take_schedule(segment);
  } else if (name == "TQ1") {
    if (const auto at = time(segment, 7)) out_.start = at;
    if (const auto at = time(segment, 8)) out_.end = at;
  } else if (resource && upper_code(read_.first(segment, 2)) == "D") {
    return done{}; // it takes part no more
  } else if (name == "AIS") {
    take_service(segment);
  } else if (name == "AIL") {
    take_place(segment);
  } else if (name == "AIP") {
    begins(time(segment, 6));
    if (auto who = std::string(trimmed(read_.first(segment, 3)));
        !who.empty() && out_.providers.size() < most_resources)
      out_.providers.push_back(std::move(who));
  } else if (name == "AIG") {
    begins(time(segment, 8));
  }
  return done{};
}

result<notice> reader::end() {
  if (schedules_ == 0) return error{error_code::segment_missing, "SCH", "it tells of no appointment"};
  if (persons_ == 0) return error{error_code::segment_missing, "PID", "an appointment without a patient"};
  if (out_.who.ids.empty() && out_.who.names.empty())
    return error{error_code::field_missing, "PID-3", "neither a number nor a name of the patient"};
  if (out_.placer.value.empty() && out_.filler.value.empty())
    return error{error_code::field_missing, "SCH-2", "neither SCH-1 nor SCH-2 says which appointment it is"};
  if (!services_text_.empty()) out_.reason = std::move(services_text_);
  if (!out_.start) out_.start = earliest_;
  if (out_.start && !out_.end && lasts_) out_.end = *out_.start + *lasts_;
  if (out_.start && out_.end && *out_.end <= *out_.start) {
    note("TQ1-8", "end", "it ends before it begins: it counts as not told");
    out_.end.reset();
  }
  return std::move(out_);
}

} // namespace

std::string_view code(event what) noexcept {
  return std::find_if(events.begin(), events.end(), [&](const auto& each) { return each.is == what; })->code;
}

std::optional<event> event_from(std::string_view code) noexcept {
  const auto found = std::find_if(events.begin(), events.end(),
                                  [&](const auto& each) { return each.code == code; });
  return found == events.end() ? std::nullopt : std::optional(found->is);
}

result<notice> read(const hl7::message& msg, const reading& how) {
  const auto* zone = lab::find_zone(std::string(how.time_zone));
  if (zone == nullptr) return error{error_code::internal, "", "the route's time zone is not known"};
  auto text = lab::text_reader::make(msg, how.charset);
  if (!text) return text.error();
  reader all(std::move(*text), *zone, how);
  if (auto headed = all.header(msg.segment(0)); !headed) return headed.error();
  for (size_t i = 0; i < msg.segments(); ++i) {
    const auto segment = msg.segment(i);
    if (auto taken = all.take(segment); !taken) return taken.error();
    if (const auto& wrong = all.text().failed())
      return error{error_code::data_type, std::string(segment.name()) + "-" + std::to_string(wrong->field),
                   wrong->text};
  }
  return all.end();
}

} // namespace aorta::appointment
