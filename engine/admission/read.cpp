#include "engine/admission/reading.hpp"
#include "engine/lab/person.hpp"

#include <array>
#include <utility>

namespace aorta::admission {
namespace {

using coded = lab::event_code<event>;
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

bool is_about_visit(event what) noexcept {
  return what != event::add_person && what != event::update_person && !names_two(what);
}

status take(reader& all, const hl7::segment_view& segment, size_t& joined) {
  const auto name = segment.name();
  if (name == "PID") return read_patient(all, segment);
  if (name == "MRG") {
    if (++joined > 1)
      return error{error_code::segment_sequence, "MRG[2]", "one message that joins several: send one each"};
    if (auto bounded = lab::check_bounds(segment, {1, 7}); !bounded) return bounded;
    lab::read_numbers(all.from.text, segment, 1, false, all.from.clinic_code, all.out.prior);
    lab::read_names(all.from.text, segment, 7, all.out.prior_names);
  } else if (name == "NK1") {
    read_contact(all, segment);
  } else if (name == "EVN") {
    all.from.event(segment);
    all.out.happened = all.from.time(segment, 6);
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

std::string_view code(event what) noexcept { return lab::code_of(events, what); }

std::optional<event> event_from(std::string_view code) noexcept { return lab::event_of(events, code); }

result<notice> read(const hl7::message& msg, const lab::notice_reading& how) {
  notice out;
  auto from = lab::notice_reader::open(msg, how, out);
  if (!from) return from.error();
  const auto what = from->event_told(events, "an admission");
  if (!what) return what.error();
  out.what = *what;
  reader all{*from, out};
  size_t joined = 0;
  if (auto taken = from->each_segment([&](const auto& segment) { return take(all, segment, joined); });
      !taken)
    return taken.error();
  if (auto told = from->person_told("an admission without a patient"); !told) return told.error();
  if (names_two(*what) && out.prior.empty())
    return error{error_code::segment_missing, "MRG", "it does not say whose number MRG-1 was"};
  if (*what == event::change_number) {
    out.changed = std::exchange(out.who.ids, out.prior);
    std::erase_if(out.person, [](const auto& s) { return is_number(s.first); }); // only by its own rules
  }
  if (out.stay) all.diagnoses.tell(out);
  return out;
}

} // namespace aorta::admission
