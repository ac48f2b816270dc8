#include "engine/admission/reading.hpp"
#include "engine/lab/person.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aorta::admission {
namespace {

struct coded {
  std::string_view code;
  event is;
};
constexpr std::array events{coded{"A01", event::admit},
                            coded{"A02", event::transfer},
                            coded{"A03", event::discharge},
                            coded{"A04", event::register_visit},
                            coded{"A05", event::preadmit},
                            coded{"A06", event::to_inpatient},
                            coded{"A07", event::to_outpatient},
                            coded{"A08", event::update},
                            coded{"A11", event::cancel_admit},
                            coded{"A12", event::cancel_transfer},
                            coded{"A13", event::cancel_discharge},
                            coded{"A28", event::add_person},
                            coded{"A31", event::update_person},
                            coded{"A40", event::merge},
                            coded{"A34", event::merge},
                            coded{"A47", event::change_number}};

bool names_two(event what) noexcept { return what == event::merge || what == event::change_number; }

bool is_about_visit(event what) noexcept {
  return what != event::add_person && what != event::update_person && !names_two(what);
}

status take(reader& all, const hl7::segment_view& segment, size_t& persons, size_t& joined) {
  const auto name = segment.name();
  if (name == "PID") {
    if (++persons > 1)
      return error{error_code::segment_sequence, "PID[2]",
                   "one message with two patients: they are never mixed"};
    if (auto bounded = lab::check_bounds(segment, {2, 3, 4, 5, 11, 13}); !bounded) return bounded;
    read_patient(all, segment);
  } else if (name == "MRG") {
    if (++joined > 1)
      return error{error_code::segment_sequence, "MRG[2]", "one message that joins several: send one each"};
    if (auto bounded = lab::check_bounds(segment, {1, 7}); !bounded) return bounded;
    lab::read_numbers(all.read, segment, 1, false, all.how.clinic_code, all.out.prior);
    lab::read_names(all.read, segment, 7, all.out.prior_names);
  } else if (name == "NK1") {
    read_contact(all, segment);
  } else if (name == "EVN") {
    all.speaks_of(segment);
    all.out.happened = all.time(segment, 6);
  } else if (name == "PV1" && is_about_visit(all.out.what)) {
    if (auto bounded = lab::check_bounds(segment, {3, 19}); !bounded) return bounded;
    read_visit(all, segment);
  } else if (name == "PV2" && all.out.stay) {
    if (auto bounded = lab::check_bounds(segment, {3}); !bounded) return bounded;
    read_visit_more(all, segment);
  } else if (name == "DG1" && all.out.stay) {
    all.diagnoses.add(all, segment);
  }
  return done{};
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

std::optional<timestamp> reader::time(const hl7::segment_view& from, size_t field) {
  const auto sent = read.first(from, field);
  if (sent.empty() || lab::says_no_time(sent)) return std::nullopt;
  const auto told = lab::read_local(sent, zone, offset);
  if (told) return told->when.at;
  note(std::string(from.name()) + "-" + std::to_string(field), "time", "not a time: it counts as not told");
  return std::nullopt;
}

/// EVN-2; a day alone says less than MSH-7 of that day.
void reader::speaks_of(const hl7::segment_view& evn) {
  const auto sent = read.first(evn, 2);
  const auto told = lab::read_local(sent, zone, offset);
  const auto header = out.at;
  if (const auto at = time(evn, 2)) out.at = at;
  if (!told || !header || told->when.told > model::moment::precision::day) return;
  if (*header >= told->when.at && *header < told->when.at + std::chrono::hours{24}) out.at = header;
}

result<notice> read(const hl7::message& msg, const reading& how) {
  const auto* zone = lab::find_zone(std::string(how.time_zone));
  if (zone == nullptr) return error{error_code::internal, "", "the route's time zone is not known"};
  auto text = lab::text_reader::make(msg, how.charset);
  if (!text) return text.error();
  reader all{std::move(*text), *zone, {}, how};
  const auto header = msg.segment(0);
  const auto what = event_from(all.read.get(header, 9, 1, 2));
  if (!what)
    return error{error_code::unsupported_event, "MSH-9.2", "no event of an admission that is known here"};
  all.out.what = *what;
  all.out.charset = all.read.charset().name();
  const auto application = all.read.first(header, 3), facility = all.read.first(header, 4);
  if (!application.empty() || !facility.empty()) all.out.who.sender = application + "|" + facility;
  all.offset = lab::default_offset(all.read.first(header, 7), *zone);
  all.out.at = all.time(header, 7);
  size_t persons = 0, joined = 0;
  for (size_t i = 0; i < msg.segments(); ++i) {
    const auto segment = msg.segment(i);
    if (auto taken = take(all, segment, persons, joined); !taken) return taken.error();
    if (const auto& wrong = all.read.failed())
      return error{error_code::data_type, std::string(segment.name()) + "-" + std::to_string(wrong->field),
                   wrong->text};
  }
  if (persons == 0) return error{error_code::segment_missing, "PID", "an admission without a patient"};
  if (all.out.who.ids.empty() && all.out.who.names.empty())
    return error{error_code::field_missing, "PID-3", "neither a number nor a name of the patient"};
  if (names_two(*what) && all.out.prior.empty())
    return error{error_code::segment_missing, "MRG", "it does not say whose number MRG-1 was"};
  if (*what == event::change_number) {
    all.out.changed = std::exchange(all.out.who.ids, all.out.prior);
    std::erase_if(all.out.person, [](const auto& s) { return is_number(s.first); }); // only by its own rules
  }
  if (all.out.stay) all.diagnoses.tell(all.out);
  return std::move(all.out);
}

} // namespace aorta::admission
