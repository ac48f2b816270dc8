#include "engine/hl7/ack.hpp"

#include "engine/hl7/frame.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace aorta::hl7 {

ack_rule rule_for(error_code code) noexcept {
  switch (code) {
    case error_code::no_header: return {"AR", "100", "Segment sequence error"};
    case error_code::header_field_missing: return {"AR", "101", "Required field missing"};
    case error_code::frame_too_large: return {"AR", "104", "Value too long"};
    case error_code::unsupported_type: return {"AR", "200", "Unsupported message type"};
    case error_code::unsupported_event: return {"AR", "201", "Unsupported event code"};
    case error_code::unsupported_processing_id: return {"AR", "202", "Unsupported processing id"};
    case error_code::rejected: return {"AR", "207", "Application internal error"};
    case error_code::unsupported_version: return {"AR", "203", "Unsupported version id"};
    case error_code::segment_missing:
    case error_code::segment_sequence: return {"AE", "100", "Segment sequence error"};
    case error_code::field_missing: return {"AE", "101", "Required field missing"};
    case error_code::data_type: return {"AE", "102", "Data type error"};
    case error_code::table_value: return {"AE", "103", "Table value not found"};
    case error_code::unknown_key: return {"AE", "204", "Unknown key identifier"};
    case error_code::undone:
    case error_code::store_unavailable:
    case error_code::deadline:
    case error_code::paused:
    case error_code::invalid:
    case error_code::conflict:
    case error_code::internal: break;
  }
  return {"AE", "207", "Application internal error"};
}

namespace {

using version = std::array<unsigned, 3>;

/// MSH-12.1 as numbers: 2.10 is later than 2.9. Nothing when it is no version.
std::optional<version> read_version(std::string_view text) noexcept {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  version out{};
  for (size_t i = 0; i < out.size(); ++i) {
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out[i]);
    if (wrong != std::errc{} || end == text.data()) return std::nullopt;
    text.remove_prefix(size_t(end - text.data()));
    if (text.empty()) return i > 0 ? std::optional(out) : std::nullopt;
    if (text[0] != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

/// What of the sender's message shapes the reply.
struct reply_form {
  delimiters marks;
  std::string encoding = "^~\\&";
  bool structure_in_type = true; ///< from v2.3.1: ACK^R01^ACK
  bool located_error = true;     ///< from v2.5: ERR-2, 3, 4, 8
  bool utf8 = false;
};

/// A field goes back as it came, in the same delimiters; only what would break the reply's own lines or frame
/// is left out.
std::string echo(std::string_view sent) {
  std::string out(sent);
  std::erase_if(out, [](char c) { return c == '\r' || c == '\n' || c == '\x0b' || c == '\x1c'; });
  return out;
}
std::string echo(const field_view& field) { return field ? echo(field.raw) : std::string(); }

reply_form form_of(const message* to) {
  reply_form out;
  if (to == nullptr || to->segments() == 0) return out;
  out.marks = to->marks();
  out.encoding = to->segment(0).field(2).raw; // checked by the parser to be delimiters only
  const auto head = peek(*to);
  if (const auto sent = read_version(head.version)) {
    out.structure_in_type = *sent >= version{2, 3, 1};
    out.located_error = *sent >= version{2, 5, 0};
  }
  out.utf8 = head.charset.find("UTF-8") != std::string_view::npos;
  return out;
}

/// Our own words: the sender's charset may have no others than ASCII.
std::string words(std::string_view text, const reply_form& form) {
  std::string plain(text);
  if (!form.utf8)
    for (char& c : plain)
      if (uint8_t(c) > 127) c = '?';
  return escape(plain, form.marks);
}

/// Fields in order, the segment's own name first; empty ones at the end are not written.
class line_writer {
public:
  line_writer(std::string_view name, const reply_form& form) : form_(form), text_(name) {}
  line_writer& add(std::string_view field) {
    text_ += form_.marks.field;
    text_ += field;
    if (!field.empty()) written_ = text_.size();
    return *this;
  }
  line_writer& keep() { // an empty field that the reader may expect
    written_ = text_.size();
    return *this;
  }
  std::string end() const { return text_.substr(0, std::max(written_, size_t{3})) + '\r'; }

private:
  const reply_form& form_;
  std::string text_;
  size_t written_ = 0;
};

std::string joined(std::initializer_list<std::string_view> parts, char mark) {
  std::string out;
  for (const auto part : parts) {
    if (!out.empty()) out += mark;
    out += part;
  }
  return out;
}

std::string type_of(const reply_form& form, const reply_type& type) {
  if (!form.structure_in_type) return joined({type.code, type.event}, form.marks.component);
  return joined({type.code, type.event, type.structure}, form.marks.component);
}

std::string ack_type(const reply_form& form, const message* to) {
  if (to == nullptr || !form.structure_in_type) return "ACK";
  const auto event = peek(*to).event;
  const bool code = !event.empty() && event.size() <= 16 &&
    std::all_of(event.begin(), event.end(), [](char c) {
      return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
  return code ? joined({"ACK", event, "ACK"}, form.marks.component) : "ACK";
}

/// A field of the sender's header, with all its repetitions.
std::string header_field(const message* to, size_t field) {
  return to == nullptr || to->segments() == 0 ? std::string() : echo(to->segment(0).field(field));
}

std::string header_line(const ack_request& request, const reply_form& form) {
  const auto sent = [&](size_t field) { return header_field(request.to, field); };
  const auto sent_or = [&](size_t field, std::string_view otherwise) {
    std::string out = sent(field);
    return out.empty() ? words(otherwise, form) : out;
  };
  line_writer out("MSH", form);
  out.add(form.encoding).add(sent_or(5, request.application)).add(sent(6)).add(sent(3)).add(sent(4));
  out.add(words(request.datetime, form))
    .add("")
    .add(request.type ? type_of(form, *request.type) : ack_type(form, request.to))
    .add(words(request.control_id, form));
  out.add(sent_or(11, "P")).add(sent_or(12, "2.5.1"));
  for (int field = 13; field <= 17; ++field)
    out.add(!request.asks_receipt ? "" : field == 15 ? "AL" : field == 16 ? "NE" : "");
  return out.add(sent_or(18, request.charset)).end();
}

/// ERL of v2.5: segment, its sequence, field, repetition, component, subcomponent; nothing for a place that
/// is no path.
std::string location(const error& fault, const reply_form& form) {
  const auto where = parse_path(fault.where);
  if (!where) return {};
  std::string out(where->segment, 3);
  const auto add = [&](unsigned index) { out += form.marks.component + std::to_string(index); };
  add(where->occurrence);
  if (where->field == 0) return out;
  add(where->field);
  if (where->component == 0 && where->repetition == 1) return out;
  add(where->repetition);
  if (where->component == 0) return out;
  add(where->component);
  if (where->subcomponent != 0) add(where->subcomponent);
  return out;
}

/// ERR-1 before v2.5: segment, its sequence, field, code.
std::string error_code_and_location(const error& fault, const ack_rule& rule, const reply_form& form) {
  std::string out;
  const auto where = parse_path(fault.where);
  const char mark = form.marks.component;
  if (where) {
    out = joined({std::string_view(where->segment, 3), std::to_string(where->occurrence)}, mark) + mark;
    if (where->field != 0) out += std::to_string(where->field);
    out += mark;
  } else {
    out.assign(3, mark);
  }
  out += rule.condition;
  if (form.marks.subcomponent == 0) return out;
  return joined({out, words(rule.meaning, form), "HL70357"}, form.marks.subcomponent);
}

/// From v2.5.
std::string located_line(const std::string& place, std::string_view code, std::string_view severity,
                         std::string_view text, const reply_form& form) {
  line_writer out("ERR", form);
  out.add("").add(place).add(code).add(severity);
  return out.add("").add("").add("").add(words(text, form)).end();
}

std::string error_line(const error& fault, const reply_form& form) {
  const auto rule = rule_for(fault.code);
  if (!form.located_error)
    return line_writer("ERR", form).add(error_code_and_location(fault, rule, form)).end();
  const auto code = joined({rule.condition, words(rule.meaning, form), "HL70357"}, form.marks.component);
  return located_line(location(fault, form), code, "E", fault.text, form);
}

constexpr size_t most_told = 100; ///< parts of one kind

/// Those that failed first: they are what somebody has to look at.
std::string part_lines(std::span<const ack_part> parts, const reply_form& form) {
  std::string out;
  size_t failed = 0, taken = 0;
  for (const auto& each : parts) {
    if (!each.fault || ++failed > most_told) continue;
    auto fault = *each.fault;
    if (!parse_path(fault.where)) fault.where = each.where;
    fault.text = each.what + ": " + fault.text;
    out += error_line(fault, form);
  }
  if (!form.located_error) return out;
  const auto accepted = joined({"0", "Message accepted", "HL70357"}, form.marks.component);
  for (const auto& each : parts)
    if (!each.fault && ++taken <= most_told)
      out += located_line(location({error_code::invalid, each.where, ""}, form), accepted, "I",
                          each.what + ": taken", form);
  if (failed > most_told || taken > most_told)
    out += located_line("", accepted, "I",
                        std::to_string(failed) + " were refused and " + std::to_string(taken) + " taken",
                        form);
  return out;
}

std::string line_of(const reply_segment& segment, const reply_form& form) {
  line_writer out(segment.name, form);
  for (const auto& field : segment.fields) {
    std::string text = echo(field.sent);
    for (const auto& part : field.ours)
      text += (&part == &field.ours.front() ? "" : std::string(1, form.marks.component)) + words(part, form);
    out.add(text);
  }
  return out.end();
}

} // namespace

std::string make_ack(const ack_request& request) {
  auto fault = request.fault;
  if (!fault && (request.to == nullptr || request.to->segments() == 0))
    fault = error{error_code::no_header, "", "the bytes could not be read as a message"};
  const auto form = form_of(request.to);
  std::string out = header_line(request, form);
  line_writer msa("MSA", form);
  const auto rule = fault ? rule_for(fault->code) : ack_rule{"AA", "0", "Message accepted"};
  msa.add(request.of_receipt ? "C" + std::string(rule.ack.substr(1)) : std::string(rule.ack));
  msa.add(request.answers.empty() ? header_field(request.to, 10) : echo(request.answers)).keep();
  if (fault && !form.located_error) msa.add(words(fault->text, form));
  out += msa.end();
  if (fault) out += request.parts.empty() ? error_line(*fault, form) : part_lines(request.parts, form);
  for (const auto& each : request.more) out += line_of(each, form);
  return out;
}

std::string make_ack_batch(std::string_view header, std::span<const std::string> acks,
                           std::string_view control_id, std::string_view datetime) {
  const std::string bare = batch_as_message(header);
  const auto parsed = parse(bare); // of delimiters that are none, the standard's
  const auto form = form_of(parsed ? &*parsed : nullptr);
  const auto sent = [&](size_t field) { return echo(header_line_field(header, field)); };
  line_writer begin("BHS", form), end("BTS", form);
  begin.add(form.encoding).add(sent(5)).add(sent(6)).add(sent(3)).add(sent(4)).add(words(datetime, form));
  for (int field = 8; field <= 10; ++field) begin.add("");
  std::string out = begin.add(words(control_id, form)).add(sent(11)).end();
  for (const auto& each : acks) out += each;
  return out += end.add(std::to_string(acks.size())).end();
}

std::optional<ack_view> read_ack(std::string_view bytes) {
  const auto reply = parse(bytes);
  if (!reply) return std::nullopt;
  const auto text_at = [&](const path& where) {
    const auto field = get(*reply, where);
    return field ? unescape(field.raw, reply->marks()) : std::string();
  };
  ack_view out{text_at("MSA-1"_path), text_at("MSA-2"_path), ""};
  if (out.code.empty()) return std::nullopt;
  // The text for people first, then what the code means.
  for (const auto& where :
       {"ERR-8"_path, "ERR-7"_path, "MSA-3"_path, "ERR-3.9"_path, "ERR-3.2"_path, "ERR-1.4.2"_path})
    if (out.text = text_at(where); !out.text.empty()) break;
  return out;
}

std::string to_hl7(int64_t unix_seconds, int offset_minutes) {
  using namespace std::chrono;
  const sys_seconds local{seconds{unix_seconds} + minutes{offset_minutes}};
  const auto day = floor<days>(local);
  const year_month_day date{day};
  const hh_mm_ss time{local - day};
  const int size = offset_minutes < 0 ? -offset_minutes : offset_minutes;
  char buffer[64];
  const int count = std::snprintf(
    buffer, sizeof buffer, "%04d%02u%02u%02d%02d%02d%c%02d%02d", int(date.year()), unsigned(date.month()),
    unsigned(date.day()), int(time.hours().count()), int(time.minutes().count()), int(time.seconds().count()),
    offset_minutes < 0 ? '-' : '+', size / 60 % 100, size % 60);
  return {buffer, size_t(count)};
}

} // namespace aorta::hl7
