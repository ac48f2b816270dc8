#include "engine/lab/mapping.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>

namespace aorta::lab {
namespace {

constexpr size_t most_repetitions = 100;      ///< of PID-2 to PID-5
constexpr size_t most_name_bytes = 16 * 1024; ///< of PID-5: its words are compared in every order with those
                                              ///< of other people
constexpr size_t most_values = 1'000;         ///< repetitions of OBX-5 that is no text, and of OBX-8
constexpr size_t most_segments = std::numeric_limits<uint16_t>::max(); ///< OBX, and OBR

/// What a message may map to: what it holds itself, and room for what stands in several places. More is no
/// laboratory's report.
constexpr size_t most_bytes(size_t message) noexcept { return (size_t{64} << 20) + 2 * message; }

/// Where in the message the mapping stands.
struct course {
  enum class follows : uint8_t { message, coming, specimen, order, result } comment = follows::message;
  size_t patients = 0, orders = 0, results = 0, specimens = 0;
  size_t bytes = 0;        ///< of the results so far
  std::string coming_note; ///< behind an ORC: of the order that it announces
  size_t specimen_note = order_frame::no_note, message_note = order_frame::no_note;
  bool orc_behind = false;     ///< OUL: an ORC belongs to the OBR before it, not to those after it
  bool specimen_first = false; ///< OUL^R22, R23: a specimen ends the order before it
  std::string placer, filler;  ///< of the last ORC: of the OBRs up to the next one that name none themselves
  std::optional<placed_time> specimen_time; ///< SPM-17 of a specimen whose orders follow
  size_t order_specimens = 0;               ///< SPM of the order
  model::specimen specimen;                 ///< of a specimen whose orders follow
};

size_t bytes_of(const model::lab_result& r) noexcept {
  size_t out = r.test_code.size() + r.test_name.size() + r.value_code.size() + r.comments.size() +
    r.sub_id.size() + r.performer.size() + r.performer_code.size();
  for (const auto* text : {&r.value_text, &r.unit, &r.range_text}) out += *text ? (*text)->size() : 0;
  for (const auto* text : {&r.sent.code, &r.sent.name, &r.sent.value, &r.sent.unit, &r.sent.range,
                           &r.sent.flag, &r.sent.other_code, &r.sent.other_name})
    out += text->size();
  for (const auto& file : r.attachments) out += file.content.size();
  return out;
}

void append_number(std::string& out, size_t number) {
  char digits[20];
  out.append(digits, size_t(std::to_chars(digits, std::end(digits), number).ptr - digits));
}

/// A part of `name` with its occurrence, as errors and notes name it.
std::string segment_place(std::string_view name, size_t occurrence) {
  std::string out(name);
  append_number(out += '[', occurrence);
  return out += ']';
}

void note_on(mapping& all, size_t& note, size_t first_result, std::string_view text) {
  if (note == order_frame::no_note) {
    note = all.notes.size();
    all.notes.push_back({{}, first_result});
  }
  add_line(all.notes[note].text, text);
}

void end_specimen(mapping& all, course& at) {
  if (at.specimen_note != order_frame::no_note)
    all.notes[std::exchange(at.specimen_note, order_frame::no_note)].past = all.out.results.size();
}

/// In OUL an ORC stands behind its OBR; some senders put each in front of it, as in ORU. The first of them
/// tells.
bool orc_stands_behind(const hl7::message& msg) {
  for (size_t i = 0; i < msg.segments(); ++i) {
    const auto name = msg.segment(i).name();
    if (name == "OBR" || name == "ORC") return name == "OBR";
  }
  return false;
}

void take_orc(mapping& all, course& at, const hl7::segment_view& orc) {
  auto placer = all.read.first(orc, 2), filler = all.read.first(orc, 3);
  if (at.orc_behind && all.order.index != model::no_order) {
    auto& order = all.out.orders[all.order.index];
    if (order.placer_number.empty()) order.placer_number = std::move(placer);
    if (order.filler_number.empty()) order.filler_number = std::move(filler);
    return;
  }
  at.placer = std::move(placer), at.filler = std::move(filler);
  end_order(all); // where the next one begins
  at.comment = course::follows::coming;
}

/// OBR-15 of messages before v2.5: what it is, and where it was taken.
model::specimen source_of(mapping& all, const hl7::segment_view& obr) {
  const auto coded = [&](size_t component) {
    std::string out;
    for (size_t part = 1; part <= 3; ++part)
      out += (part > 1 ? "^" : "") + all.read.get(obr, 15, 1, component, part);
    return out == "^^" ? std::string() : out;
  };
  return {{}, coded(1), coded(4)};
}

/// SPM tells of the order before it, or of those after it. Of two specimens none is the results' own.
void take_specimen(mapping& all, course& at, const hl7::segment_view& spm) {
  model::specimen sent{all.read.whole(spm, 2), all.read.whole(spm, 4), all.read.whole(spm, 8)};
  if (all.order.index == model::no_order) {
    at.specimen = std::move(sent);
    return;
  }
  auto& own = all.out.orders[all.order.index].specimen;
  if (++at.order_specimens == 1) own = std::move(sent);
  else if (own.id != sent.id || own.type != sent.type)
    own = {}, all.note("SPM", "specimen", "the order has several: not told of which its results are");
}

/// OBR-26 and OBR-29: the result and the order that this order goes on from.
model::parent_result take_parent(mapping& all, const hl7::segment_view& obr) {
  const auto bare = [&](size_t field, size_t component) {
    return std::string(trimmed(all.read.get(obr, field, 1, component, 1)));
  };
  return {bare(26, 1), bare(26, 2), bare(26, 3), bare(29, 1), bare(29, 2)};
}

/// The order's own number names it; that of the ORC may be the number of a whole accession.
void take_obr(mapping& all, course& at, const hl7::segment_view& obr) {
  end_order(all);
  const auto here = segment_place("OBR", ++at.orders);
  model::lab_order_ref order;
  order.placer_number = all.read.first(obr, 2);
  order.filler_number = all.read.first(obr, 3);
  if (order.placer_number.empty()) order.placer_number = at.placer;
  if (order.filler_number.empty()) order.filler_number = at.filler;
  order.panel_code = trimmed(all.read.get(obr, 4, 1, 1));
  order.panel_name = all.read.get(obr, 4, 1, 2);
  order.panel_system = trimmed(all.read.get(obr, 4, 1, 3));
  order.specimen = at.specimen.id.empty() && at.specimen.type.empty() ? source_of(all, obr) : at.specimen;
  at.order_specimens = 0;
  order.status = upper_code(all.read.code(obr, 25));
  order.parent = take_parent(all, obr);
  all.order.index = uint32_t(all.out.orders.size());
  all.order.where = here;
  all.order.first_result = all.out.results.size();
  all.order.status = order.status;
  const auto doubts = all.out.reviews.size();
  all.order.collected = all.time_at(obr, 7, here);
  all.order.reported = all.time_at(obr, 22, here);
  all.order.time_in_doubt = all.out.reviews.size() > doubts;
  if (!all.order.collected) all.order.collected = at.specimen_time;
  if (all.order.collected) order.collected_at = all.order.collected->reading.when;
  if (all.order.reported) order.reported_at = all.order.reported->reading.when;
  all.out.orders.push_back(std::move(order));
  at.comment = course::follows::order;
  if (!at.coming_note.empty())
    note_on(all, all.order.note, all.order.first_result, std::exchange(at.coming_note, {}));
}

/// A specimen tells when it was collected, of the orders that follow it or, in ORU, of the order before it.
void take_spm(mapping& all, course& at, const hl7::segment_view& spm) {
  auto collected = all.time_at(spm, 17, segment_place("SPM", ++at.specimens));
  if (at.specimen_first) end_order(all), at.placer.clear(), at.filler.clear();
  const bool of_order = all.order.index != model::no_order;
  take_specimen(all, at, spm);
  at.comment = of_order ? course::follows::order : course::follows::specimen;
  if (!of_order) {
    end_specimen(all, at);
    at.specimen_time = std::move(collected);
  } else if (collected && !all.order.collected) {
    all.out.orders[all.order.index].collected_at = collected->reading.when;
    for (size_t i = all.order.first_result; i < all.out.results.size(); ++i)
      set_clinical_time(all, all.out.results[i], *collected);
    all.order.collected = std::move(collected);
  }
}

void take_nte(mapping& all, course& at, const hl7::segment_view& nte) {
  std::string text;
  for (const auto& line : all.read.repetitions(nte, 3)) add_line(text, line);
  if (text.empty()) return;
  switch (at.comment) {
    case course::follows::result: return add_line(all.out.results.back().comments, text);
    case course::follows::order: return note_on(all, all.order.note, all.order.first_result, text);
    case course::follows::coming: return add_line(at.coming_note, text);
    case course::follows::specimen: return note_on(all, at.specimen_note, all.out.results.size(), text);
    case course::follows::message: return note_on(all, at.message_note, 0, text);
  }
}

status take_obx(mapping& all, course& at, const hl7::segment_view& obx, size_t message_bytes) {
  if (++at.results > most_segments)
    return error{error_code::frame_too_large, segment_place("OBX", at.results),
                 "more results than a message may carry"};
  const auto type = all.read.first(obx, 2);
  const bool text = type == "TX" || type == "FT" || type == "ST" || type.empty();
  for (const size_t field : {5, 8})
    if ((field == 8 || !text) && obx.repetitions(field) > most_values)
      return error{error_code::data_type, place("OBX", at.results, field),
                   "more repetitions than a value has"};
  if (!map_result(all, obx, uint16_t(at.results))) return done{};
  at.comment = course::follows::result;
  at.bytes += bytes_of(all.out.results.back());
  if (at.bytes > most_bytes(message_bytes))
    return error{error_code::frame_too_large, segment_place("OBX", at.results),
                 "the results would take many times the message's own bytes"};
  return done{};
}

status take(mapping& all, course& at, const hl7::segment_view& segment, size_t message_bytes) {
  const auto name = segment.name();
  if (name == "PID") {
    const auto first = all.out.who;
    const bool again = ++at.patients > 1;
    for (const size_t field : {2, 3, 4, 5})
      if (segment.repetitions(field) > most_repetitions ||
          (field == 5 && segment.field(field).raw.size() > most_name_bytes))
        return error{error_code::data_type, place("PID", 1, field),
                     "more numbers or names than one person has"};
    all.out.who = {};
    all.out.who.sender = first.sender;
    map_patient(all, segment);
    if (again && !(all.out.who == first))
      return error{error_code::segment_sequence, "PID[2]",
                   "one message with two patients: they are never mixed"};
    if (again) all.note("PID[2]", "patient", "the same patient once more");
    at.comment = course::follows::message;
  } else if (name == "ORC") {
    take_orc(all, at, segment);
  } else if (name == "OBR") {
    if (at.orders == most_segments)
      return error{error_code::frame_too_large, segment_place("OBR", at.orders + 1),
                   "more orders than a message may carry"};
    take_obr(all, at, segment);
  } else if (name == "OBX") {
    return take_obx(all, at, segment, message_bytes);
  } else if (name == "NTE") {
    take_nte(all, at, segment);
  } else if (name == "SPM") {
    take_spm(all, at, segment);
  }
  return done{};
}

size_t occurrence(const course& at, std::string_view name) {
  return name == "OBX" ? at.results : name == "OBR" ? at.orders : 1;
}

} // namespace

std::string place(std::string_view segment, size_t occurrence, size_t field) {
  auto out = segment_place(segment, occurrence);
  append_number(out += '-', field);
  return out;
}

std::optional<placed_time> mapping::time_at(const hl7::segment_view& segment, size_t field,
                                            const std::string& segment_place) {
  const auto sent = read.first(segment, field);
  const auto text = trimmed(sent);
  if (text.empty() || says_no_time(text)) return std::nullopt;
  auto where = segment_place;
  append_number(where += '-', field);
  if (const auto reading = read_local(text, zone, offset)) return placed_time{*reading, std::move(where)};
  review(std::move(where), "unreadable-time", "not an HL7 time: counts as not told");
  return std::nullopt;
}

namespace {

/// Whether anything of it would be filed beside what was withheld.
bool says_something(const model::lab_result& r) noexcept {
  return r.kind != model::value_kind::none || !r.attachments.empty() ||
    r.status == model::result_status::cancelled || r.retracts || r.critical;
}

/// A report of which no value can be read is refused, so that its sender hears of it: the bytes are kept, and
/// filed once their charset is named.
status check_readable(const mapping& all) {
  if (all.unreadable.empty() || std::any_of(all.out.results.begin(), all.out.results.end(), says_something))
    return done{};
  return error{error_code::table_value, all.unreadable,
               "bytes that are no characters of " + all.read.charset().name() +
                 ", and no other value: MSH-18 or the laboratory's profile must name the charset"};
}

/// MSH-7: when the message was written, and perhaps the offset of its other times.
void take_message_time(mapping& all, const hl7::segment_view& header) {
  const auto sent = all.read.first(header, 7);
  const auto text = trimmed(sent);
  if (text.empty() || says_no_time(text)) return;
  all.offset = default_offset(text, all.zone);
  if (all.offset)
    all.note("MSH-7", "offset",
             "not the laboratory's own at that time: it holds for all times that tell none");
  if (const auto reading = read_local(text, all.zone)) all.message_time = placed_time{*reading, "MSH-7"};
  else all.message_time_unreadable = true;
}

} // namespace

result<report> map_report(const hl7::message& msg, const map_context& context) {
  if (!context.from) return error{error_code::unknown_key, "MSH-4", "no laboratory profile for this sender"};
  const auto* zone = find_zone(context.from->time_zone);
  if (!zone) return error{error_code::internal, "", "the profile's time zone is not known"};
  auto reader = text_reader::make(msg, context.from->charset);
  if (!reader) return reader.error();

  mapping all{*context.from, context, code_table::built_in(), *zone, std::move(*reader)};
  all.out.charset = all.read.charset().name();
  if (all.read.charset_unknown()) all.note("MSH-18", "charset", "nobody knows it, and every byte is ASCII");
  if (all.read.several_charsets()) all.note("MSH-18", "charset", "several are named: the first one was used");
  const auto header = msg.segment(0);
  course at;
  const bool specimen_oriented = header.get(9, 1, 1).raw == "OUL";
  at.orc_behind = specimen_oriented && orc_stands_behind(msg);
  at.specimen_first = specimen_oriented && header.get(9, 1, 2).raw != "R24";
  take_message_time(all, header);
  all.out.laboratory = context.from->code;
  const auto application = all.read.first(header, 3), facility = all.read.first(header, 4);
  if (!application.empty() || !facility.empty()) all.out.who.sender = application + "|" + facility;
  all.out.results.reserve(std::min<size_t>(msg.segments(), 64));
  all.out.rules.reserve(std::min<size_t>(2 * msg.segments(), 128));

  for (size_t i = 0; i < msg.segments(); ++i) {
    const auto segment = msg.segment(i);
    if (auto taken = take(all, at, segment, msg.bytes().size()); !taken) return taken.error();
    tell_lines(all, msg, i, occurrence(at, segment.name()));
    if (const auto& wrong = all.read.failed())
      return error{error_code::data_type, place(segment.name(), occurrence(at, segment.name()), wrong->field),
                   wrong->text};
    note_doubts(all, segment.name(), occurrence(at, segment.name()));
  }
  finish_document(all);
  if (at.patients == 0) return error{error_code::segment_missing, "PID", "a report without a patient"};
  if (at.orders == 0 && at.results == 0)
    return error{error_code::segment_missing, "OBR", "a report without orders and results"};
  if (const auto readable = check_readable(all); !readable) return readable.error();
  end_order(all);
  end_specimen(all, at);
  if (!at.coming_note.empty()) note_on(all, at.message_note, 0, at.coming_note); // no order came
  hand_out_notes(all);
  name_organisms(all.out);
  all.out.laboratory_name = context.from->name;
  return std::move(all.out);
}

} // namespace aorta::lab
