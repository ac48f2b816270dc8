#include "engine/lab/notice_reader.hpp"

#include "engine/lab/person.hpp"
#include "engine/lab/value.hpp"

#include <utility>

namespace aorta::lab {

notice_reader::notice_reader(text_reader of, const local_zone& in, const notice_reading& how, notice& into)
    : text(std::move(of)),
      zone(in),
      clinic_code(how.clinic_code),
      into_(&into) {}

result<notice_reader> notice_reader::open(const hl7::message& msg, const notice_reading& how, notice& into) {
  const auto* zone = find_zone(std::string(how.time_zone));
  if (zone == nullptr) return error{error_code::internal, "", "the route's time zone is not known"};
  auto text = text_reader::make(msg, how.charset);
  if (!text) return text.error();
  notice_reader all(std::move(*text), *zone, how, into);
  const auto msh = msg.segment(0);
  into.charset = all.text.charset().name();
  const auto application = all.text.first(msh, 3), facility = all.text.first(msh, 4);
  if (!application.empty() || !facility.empty()) into.who.sender = application + "|" + facility;
  all.offset = default_offset(all.text.first(msh, 7), *zone);
  into.at = all.time(msh, 7);
  return all;
}

std::optional<timestamp> notice_reader::time(const hl7::segment_view& from, size_t field, size_t component) {
  const auto sent = component == 0 ? text.first(from, field) : text.get(from, field, 1, component);
  if (trimmed(sent).empty() || says_no_time(sent)) return std::nullopt;
  if (const auto told = read_local(trimmed(sent), zone, offset)) return told->when.at;
  note(std::string(from.name()) + "-" + std::to_string(field), "time", "not a time: it counts as not told");
  return std::nullopt;
}

void notice_reader::event(const hl7::segment_view& evn) {
  const auto told = read_local(text.first(evn, 2), zone, offset);
  const auto header = into_->at;
  if (const auto at = time(evn, 2)) into_->at = at;
  if (told && header && told->when.told <= model::moment::precision::day && *header >= told->when.at &&
      *header < told->when.at + std::chrono::hours{24})
    into_->at = header;
}

number notice_reader::number_at(const hl7::segment_view& from, size_t field) {
  number out{text.first(from, field), text.get(from, field, 1, 2)};
  if (out.authority.empty()) out.authority = text.get(from, field, 1, 3);
  return out;
}

number notice_reader::visit_number(const hl7::segment_view& pv1) {
  number out{text.first(pv1, 19), text.get(pv1, 19, 1, 4, 1)};
  if (out.authority.empty()) out.authority = text.get(pv1, 19, 1, 4, 2);
  return out;
}

std::string notice_reader::words_at(const hl7::segment_view& from, size_t field) {
  for (const size_t component : {2, 5, 1})
    if (auto words = text.get(from, field, 1, component); !trimmed(words).empty())
      return std::string(trimmed(words));
  return {};
}

std::string notice_reader::place_at(const hl7::segment_view& from, size_t field) {
  std::string out;
  for (const size_t component : {1, 2, 3, 4}) {
    const auto part = text.get(from, field, 1, component, 1);
    if (!trimmed(part).empty()) out.append(out.empty() ? "" : ", ").append(trimmed(part));
  }
  return out;
}

status notice_reader::person(const hl7::segment_view& pid, std::initializer_list<size_t> bounded) {
  if (++persons_ > 1)
    return error{error_code::segment_sequence, "PID[2]",
                 "one message with two patients: they are never mixed"};
  if (auto within = check_bounds(pid, bounded); !within) return within;
  lab::person of{into_->who, into_->rules};
  read_person(text, pid, clinic_code, of);
  return done{};
}

status notice_reader::person_told(std::string_view without) const {
  if (persons_ == 0) return error{error_code::segment_missing, "PID", std::string(without)};
  if (into_->who.ids.empty() && into_->who.names.empty())
    return error{error_code::field_missing, "PID-3", "neither a number nor a name of the patient"};
  return done{};
}

status notice_reader::unreadable(const hl7::segment_view& segment) const {
  if (const auto& wrong = text.failed())
    return error{error_code::data_type, std::string(segment.name()) + "-" + std::to_string(wrong->field),
                 wrong->text};
  return done{};
}

} // namespace aorta::lab
