#include "engine/lab/mapping.hpp"

#include <algorithm>
#include <limits>

namespace aorta::lab {
namespace {

constexpr size_t most_repetitions = 100; ///< of PID-2 to PID-5

/// Where in the message the mapping stands.
struct course {
  enum class follows : uint8_t { nothing, patient, order, result } comment = follows::nothing;
  size_t patients = 0, orders = 0, results = 0;
  bool order_oriented_orc = false;           ///< OUL: an ORC belongs to the OBR before it, not to the one after
  bool specimen_first = false;               ///< OUL^R22, R23: a specimen ends the order before it
  std::string placer, filler;                ///< of an ORC that waits for its OBR
};

/// A part of `name` with its occurrence, as errors and notes name it.
std::string segment_place(std::string_view name, size_t occurrence) {
  return std::string(name) + "[" + std::to_string(occurrence) + "]";
}

void take_orc(mapping& all, course& at, const hl7::segment_view& orc) {
  auto placer = all.read.first(orc, 2), filler = all.read.first(orc, 3);
  if (at.order_oriented_orc && all.order.index != model::no_order) {
    auto& order = all.out.orders[all.order.index];
    if (!placer.empty()) order.placer_number = std::move(placer);
    if (!filler.empty()) order.filler_number = std::move(filler);
    return;
  }
  at.placer = std::move(placer), at.filler = std::move(filler);
  all.order = {}; // an order ends where the next one begins
}

void take_obr(mapping& all, course& at, const hl7::segment_view& obr) {
  const auto here = segment_place("OBR", ++at.orders);
  model::lab_order_ref order;
  order.placer_number = at.placer.empty() ? all.read.first(obr, 2) : std::exchange(at.placer, {});
  order.filler_number = at.filler.empty() ? all.read.first(obr, 3) : std::exchange(at.filler, {});
  order.panel_code = all.read.get(obr, 4, 1, 1);
  order.panel_name = all.read.get(obr, 4, 1, 2);
  order.status = all.read.first(obr, 25);
  all.order = {};
  all.order.index = uint32_t(all.out.orders.size());
  all.order.status = order.status;
  all.order.collected = all.time_at(obr, 7, here);
  all.order.reported = all.time_at(obr, 22, here);
  if (all.order.collected) order.collected_at = all.order.collected->reading.when;
  if (all.order.reported) order.reported_at = all.order.reported->reading.when;
  all.out.orders.push_back(std::move(order));
  at.comment = course::follows::order;
}

void add_line(std::string& text, std::string_view line) {
  if (!text.empty()) text += '\n';
  text += line;
}

void take_nte(mapping& all, course& at, const hl7::segment_view& nte) {
  std::string text;
  for (size_t n = 1; n <= nte.repetitions(3); ++n) add_line(text, all.read.get(nte, 3, n));
  if (text.empty()) return;
  if (at.comment == course::follows::result) add_line(all.out.results.back().comments, text);
  else if (at.comment == course::follows::order) add_line(all.order.comments, text);
  else all.note("NTE-3", "comment", "belongs to no order and no result: kept in the message alone");
}

status take(mapping& all, course& at, const hl7::segment_view& segment) {
  const auto name = segment.name();
  if (name == "PID") {
    if (++at.patients > 1) return error{error_code::segment_sequence, "PID[2]", "one message with two patients: they are never mixed"};
    for (const size_t field : {2, 3, 4, 5})
      if (segment.repetitions(field) > most_repetitions)
        return error{error_code::data_type, place("PID", 1, field), "more numbers or names than one person has"};
    map_patient(all, segment);
    at.comment = course::follows::patient;
  } else if (name == "ORC") {
    take_orc(all, at, segment);
  } else if (name == "OBR") {
    take_obr(all, at, segment);
  } else if (name == "OBX") {
    if (++at.results > std::numeric_limits<uint16_t>::max()) return error{error_code::data_type, segment_place("OBX", at.results), "more results than a message may carry"};
    if (map_result(all, segment, uint16_t(at.results))) at.comment = course::follows::result;
  } else if (name == "NTE") {
    take_nte(all, at, segment);
  } else if (name == "SPM") {
    if (at.specimen_first) all.order = {};
    at.comment = all.order.index == model::no_order ? course::follows::nothing : course::follows::order;
  }
  return done{};
}

size_t occurrence(const course& at, std::string_view name) {
  return name == "OBX" ? at.results : name == "OBR" ? at.orders : 1;
}

} // namespace

std::string place(std::string_view segment, size_t occurrence, size_t field) {
  return segment_place(segment, occurrence) + "-" + std::to_string(field);
}

std::optional<placed_time> mapping::time_at(const hl7::segment_view& segment, size_t field, const std::string& segment_place) {
  const auto text = read.first(segment, field);
  if (text.empty()) return std::nullopt;
  if (const auto reading = read_local(text, zone)) return placed_time{*reading, segment_place + "-" + std::to_string(field)};
  note(segment_place + "-" + std::to_string(field), "unreadable-time", "not an HL7 time: counts as not told");
  return std::nullopt;
}

result<report> map_report(const hl7::message& msg, const map_context& context) {
  if (!context.from) return error{error_code::unknown_key, "MSH-4", "no laboratory profile for this sender"};
  const auto* zone = find_zone(context.from->time_zone);
  if (!zone) return error{error_code::internal, "", "the profile's time zone is not known"};
  auto reader = text_reader::make(msg, context.from->charset);
  if (!reader) return reader.error();

  mapping all{*context.from, context, code_table::built_in(), *zone, std::move(*reader)};
  if (all.read.charset_unknown()) all.note("MSH-18", "charset", "nobody knows it, and every byte is ASCII");
  if (all.read.several_charsets()) all.note("MSH-18", "charset", "several are named: the first one was used");
  const auto header = msg.segment(0);
  course at;
  at.order_oriented_orc = header.get(9, 1, 1).raw == "OUL";
  at.specimen_first = at.order_oriented_orc && header.get(9, 1, 2).raw != "R24";
  all.message_time = all.time_at(header, 7, "MSH");
  const auto application = all.read.first(header, 3), facility = all.read.first(header, 4);
  if (!application.empty() || !facility.empty()) all.out.who.sender = application + "|" + facility;
  all.out.results.reserve(std::min<size_t>(msg.segments(), 64));

  for (size_t i = 0; i < msg.segments(); ++i) {
    const auto segment = msg.segment(i);
    if (auto taken = take(all, at, segment); !taken) return taken.error();
    if (const auto& wrong = all.read.failed())
      return error{error_code::data_type, place(segment.name(), occurrence(at, segment.name()), wrong->field), wrong->text};
    note_doubts(all, segment.name(), occurrence(at, segment.name()));
  }
  finish_document(all);
  if (at.patients == 0) return error{error_code::segment_missing, "PID", "a report without a patient"};
  if (at.orders == 0 && at.results == 0) return error{error_code::segment_missing, "OBR", "a report without orders and results"};
  return std::move(all.out);
}

} // namespace aorta::lab
