#include "engine/document/content.hpp"
#include "engine/document/notice.hpp"
#include "engine/lab/attachment.hpp"
#include "engine/lab/person.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>
#include <array>

namespace aorta::document {
namespace {

using lab::trimmed, lab::upper_code;

using known_event = lab::event_code<event>;
constexpr std::array events{known_event{"T01", event::announce}, known_event{"T02", event::original},
                            known_event{"T04", event::status},   known_event{"T06", event::addendum},
                            known_event{"T08", event::edit},     known_event{"T10", event::replace},
                            known_event{"T11", event::cancel}};

/// TXA-2 (HL70270).
struct sort {
  std::string_view code, column, title;
};
constexpr std::array sorts{sort{"AR", "autopsy_report", "Autopsy report"},
                           sort{"CD", "cardiodiagnostics", "Cardiodiagnostics"},
                           sort{"CN", "consultation", "Consultation"},
                           sort{"DI", "diagnostic_imaging", "Diagnostic imaging"},
                           sort{"DS", "discharge_summary", "Discharge summary"},
                           sort{"ED", "emergency_report", "Emergency department report"},
                           sort{"HP", "history_physical", "History and physical examination"},
                           sort{"OP", "operative_report", "Operative report"},
                           sort{"PC", "psychiatric_consultation", "Psychiatric consultation"},
                           sort{"PH", "psychiatric_history", "Psychiatric history and physical examination"},
                           sort{"PN", "procedure_note", "Procedure note"},
                           sort{"PR", "progress", "Progress note"},
                           sort{"SP", "surgical_pathology", "Surgical pathology"},
                           sort{"TS", "transfer_summary", "Transfer summary"}};
const sort* sort_of(std::string_view type) noexcept {
  const auto found = std::find_if(sorts.begin(), sorts.end(),
                                  [&](const auto& each) { return each.code == type; });
  return found == sorts.end() ? nullptr : &*found;
}

/// Tables 0271, 0272 and 0273 of chapter 9.
constexpr std::array<std::string_view, 7> completions{"DI", "DO", "IP", "IN", "PA", "AU", "LA"};
constexpr std::array<std::string_view, 3> confidentialities{"V", "R", "U"};
constexpr std::array<std::string_view, 4> availabilities{"AV", "CA", "OB", "UN"};

enum class value_sort : uint8_t { text, coded, plain, file, pointer, other };
value_sort sort_of_value(std::string_view type) noexcept {
  constexpr std::array<std::pair<std::string_view, value_sort>, 16> all{{{"TX", value_sort::text},
                                                                         {"FT", value_sort::text},
                                                                         {"ST", value_sort::text},
                                                                         {"", value_sort::text},
                                                                         {"CE", value_sort::coded},
                                                                         {"CWE", value_sort::coded},
                                                                         {"CNE", value_sort::coded},
                                                                         {"NM", value_sort::plain},
                                                                         {"SI", value_sort::plain},
                                                                         {"DT", value_sort::plain},
                                                                         {"TM", value_sort::plain},
                                                                         {"TS", value_sort::plain},
                                                                         {"DTM", value_sort::plain},
                                                                         {"ID", value_sort::plain},
                                                                         {"ED", value_sort::file},
                                                                         {"RP", value_sort::pointer}}};
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& each) { return each.first == type; });
  return found == all.end() ? value_sort::other : found->second;
}

class reader {
public:
  reader(lab::notice_reader& from, notice& into) : all_(from), out_(into) {}

  status take(const hl7::segment_view& segment);
  status end();

private:
  void take_header(const hl7::segment_view& txa);
  void take_order(const hl7::segment_view& segment);
  void take_observation(const hl7::segment_view& obx);
  void take_text(const hl7::segment_view& obx);
  void take_named(const hl7::segment_view& obx, size_t words);
  void head(std::string name);
  void take_files(const hl7::segment_view& obx);
  void take_pointer(const hl7::segment_view& obx);
  bool too_many(const hl7::segment_view& obx);
  void keep(file_reading what);
  void line(std::string_view text);
  void see_doubts(const char* segment, size_t occurrence);
  doctor doctor_at(const hl7::segment_view& from, size_t field);
  template <size_t N>
  std::string word_at(const hl7::segment_view& txa, size_t field, const std::array<std::string_view, N>& of);
  std::string here() const { return "OBX[" + std::to_string(observations_) + "]-5"; }
  void doubt(std::string where, const char* rule, std::string why) {
    const auto same = [&](const auto& each) { return each.where == where && each.rule == rule; };
    if (std::none_of(out_.doubts.begin(), out_.doubts.end(), same))
      out_.doubts.push_back({std::move(where), rule, std::move(why)});
  }

  lab::notice_reader& all_;
  notice& out_;
  size_t headers_ = 0, observations_ = 0, notes_ = 0, bytes_ = 0;
  number ordered_placer_, ordered_filler_;
  std::string name_;       ///< OBX-3 of the line before
  size_t first_named_ = 0; ///< where the first named line begins in the text
  bool headed_ = false;
  bool of_document_ = false;
};

doctor reader::doctor_at(const hl7::segment_view& from, size_t field) {
  auto& text = all_.text;
  doctor out{text.first(from, field), {}};
  for (const size_t component : {6, 3, 4, 2, 5}) { // prefix, given, middle, family's own name, suffix
    const auto part = component == 2 ? text.get(from, field, 1, 2, 1) : text.get(from, field, 1, component);
    if (!trimmed(part).empty()) out.name.append(out.name.empty() ? "" : " ").append(trimmed(part));
  }
  return out;
}

template <size_t N>
std::string reader::word_at(const hl7::segment_view& txa, size_t field,
                            const std::array<std::string_view, N>& of) {
  const auto sent = upper_code(all_.text.first(txa, field));
  if (sent.empty() || std::find(of.begin(), of.end(), sent) != of.end()) return sent;
  all_.note("TXA-" + std::to_string(field), "state", "no word of its table: it counts as not told");
  return {};
}

void reader::take_header(const hl7::segment_view& txa) {
  out_.type = trimmed(all_.text.first(txa, 2));
  const auto* known = sort_of(upper_code(out_.type));
  if (known != nullptr) out_.type = known->code;
  for (const size_t component : {2, 5})
    if (out_.title.empty()) out_.title = trimmed(all_.text.get(txa, 2, 1, component));
  if (out_.title.empty()) out_.title = known != nullptr ? known->title : std::string_view(out_.type);
  out_.active = all_.time(txa, 4);
  out_.author = doctor_at(txa, 9);
  if (out_.author.licence.empty() && out_.author.name.empty()) out_.author = doctor_at(txa, 5);
  out_.own = all_.number_at(txa, 12), out_.parent = all_.number_at(txa, 13);
  for (auto* each : {&out_.own, &out_.parent})
    if (!each->value.empty() && each->authority.empty()) each->authority = out_.who.sender;
  out_.placer = all_.number_at(txa, 14), out_.filler = all_.number_at(txa, 15);
  out_.completion = word_at(txa, 17, completions);
  out_.confidentiality = word_at(txa, 18, confidentialities);
  out_.availability = word_at(txa, 19, availabilities);
  out_.authenticator = doctor_at(txa, 22);
  out_.authenticated = all_.time(txa, 22, 15);
  if (out_.authenticator.licence.empty() && out_.authenticator.name.empty())
    out_.authenticator = doctor_at(txa, 10);
}

/// Of the first order that the document is about.
void reader::take_order(const hl7::segment_view& segment) {
  if (ordered_placer_.value.empty()) ordered_placer_ = all_.number_at(segment, 2);
  if (ordered_filler_.value.empty()) ordered_filler_ = all_.number_at(segment, 3);
}

/// What is shown but cannot be read for certain is for a person; what was read as the wider charset is not.
void reader::see_doubts(const char* segment, size_t occurrence) {
  for (const auto& each : all_.text.take_doubts()) {
    auto where = std::string(segment) + "[" + std::to_string(occurrence) + "]-" + std::to_string(each.field);
    if (each.holes)
      doubt(std::move(where), "unreadable-text", "bytes that are no characters of " + out_.charset);
    else all_.note(std::move(where), "charset", "read as the wider form of its charset");
  }
}

void reader::line(std::string_view text) {
  bytes_ += text.size() + 1;
  if (bytes_ > most_text) {
    doubt(here(), "document-too-large",
          "its text has more than " + std::to_string(most_text >> 20) + " MiB: it is in the message alone");
    return;
  }
  if (!out_.text.empty()) out_.text += '\n';
  out_.text += text;
}

/// Where the names of OBX-3 differ, they are headings.
void reader::head(std::string name) {
  if (name.empty() || name == name_) return;
  if (name_.empty()) {
    first_named_ = out_.text.size() + (out_.text.empty() ? 0 : 1);
  } else {
    if (!headed_ && first_named_ <= out_.text.size()) out_.text.insert(first_named_, name_ + ":\n");
    headed_ = true;
    line(name + ":");
  }
  name_ = std::move(name);
}

void reader::take_text(const hl7::segment_view& obx) {
  const auto lines = all_.text.repetitions(obx, 5);
  std::string whole;
  for (const auto& each : lines) whole += each;
  if (auto file = read_file_in_text(whole)) return keep(std::move(*file));
  head(all_.words_at(obx, 3));
  if (lines.empty()) line("");
  for (const auto& each : lines) line(each);
}

/// Each repetition by its words, where it has some (`words`: their component; 0: none), else as it stands.
void reader::take_named(const hl7::segment_view& obx, size_t words) {
  const auto name = all_.words_at(obx, 3), unit = all_.text.first(obx, 6);
  const auto codes = all_.text.repetitions(obx, 5, 1);
  const auto said = words == 0 ? codes : all_.text.repetitions(obx, 5, words);
  std::string value;
  for (size_t i = 0; i < codes.size(); ++i) {
    const auto one = trimmed(i < said.size() && !trimmed(said[i]).empty() ? said[i] : codes[i]);
    if (!one.empty()) value.append(value.empty() ? "" : ", ").append(one);
  }
  if (value.empty()) return;
  line((name.empty() ? "" : name + ": ") + value + (unit.empty() ? "" : " " + unit));
}

bool reader::too_many(const hl7::segment_view& obx) {
  const auto more = std::max<size_t>(obx.repetitions(5), 1);
  if (out_.files.size() + out_.pointers.size() + more <= most_files) return false;
  doubt(here(), "document-too-large",
        "more than " + std::to_string(most_files) + " attachments: they are in the message alone");
  return true;
}

void reader::keep(file_reading what) {
  if (!what.file) return doubt(here(), "bad-attachment", std::string(what.trouble));
  size_t all = what.file->content.size();
  for (const auto& each : out_.files) all += each.content.size();
  if (all > most_attachment)
    return doubt(here(), "document-too-large",
                 "more than " + std::to_string(most_attachment >> 20) +
                   " MiB of attachments: they are in the message alone");
  out_.files.push_back(std::move(*what.file));
}

/// Each repetition on its own. What is sent as it stands is text in the message's charset; XML names its own.
void reader::take_files(const hl7::segment_view& obx) {
  if (too_many(obx)) return;
  for (size_t n = 1; n <= std::max<size_t>(obx.repetitions(5), 1); ++n) {
    const auto type = all_.text.get(obx, 5, n, 2), subtype = all_.text.get(obx, 5, n, 3),
               encoding = all_.text.get(obx, 5, n, 4);
    const bool text = upper_code(encoding) == "A" && lab::content_type(type, subtype).starts_with("text/") &&
      upper_code(subtype) != "XML";
    auto data = text ? all_.text.get(obx, 5, n, 5) : all_.text.bytes(obx.get(5, n, 5));
    keep(read_file(type, subtype, encoding, std::move(data)));
  }
}

void reader::take_pointer(const hl7::segment_view& obx) {
  if (too_many(obx)) return;
  for (size_t n = 1; n <= obx.repetitions(5); ++n) {
    const auto to = all_.text.get(obx, 5, n, 1);
    if (trimmed(to).empty()) continue;
    out_.pointers.push_back({std::string(trimmed(to)),
                             lab::content_type(all_.text.get(obx, 5, n, 3), all_.text.get(obx, 5, n, 4))});
  }
}

void reader::take_observation(const hl7::segment_view& obx) {
  ++observations_;
  of_document_ = true;
  if (const auto state = upper_code(all_.text.first(obx, 11)); state == "X" || state == "D" || state == "W") {
    all_.note(here(), "state", "OBX-11 takes it back: it is no part of the document");
    return;
  }
  switch (sort_of_value(upper_code(all_.text.first(obx, 2)))) {
    case value_sort::text: take_text(obx); break;
    case value_sort::coded: take_named(obx, 2); break;
    case value_sort::plain: take_named(obx, 0); break;
    case value_sort::file: take_files(obx); break;
    case value_sort::pointer: take_pointer(obx); break;
    case value_sort::other:
      all_.note(here(), "value-type", "its type is not shown in a document: it is in the message alone");
      break;
  }
  see_doubts("OBX", observations_);
}

status reader::take(const hl7::segment_view& segment) {
  const auto name = segment.name();
  if (name == "PID") return all_.person(segment);
  if (name == "TXA") {
    if (++headers_ > 1)
      return error{error_code::segment_sequence, "TXA[2]", "one message with two documents: send one each"};
    if (auto bounded = lab::check_bounds(segment, {9, 10, 22}); !bounded) return bounded;
    take_header(segment);
    of_document_ = true;
  } else if (name == "EVN") {
    all_.event(segment);
  } else if (name == "PV1") {
    out_.visit = all_.visit_number(segment);
  } else if (name == "ORC" || name == "OBR") {
    take_order(segment);
  } else if (name == "OBX") {
    take_observation(segment);
  } else if (name == "NTE" && of_document_) {
    for (const auto& each : all_.text.repetitions(segment, 3)) line(each);
    see_doubts("NTE", ++notes_);
  } else if (name == "NTE") {
    all_.note("NTE[" + std::to_string(++notes_) + "]", "note", "of an order: it is in the message alone");
  }
  return done{};
}

status reader::end() {
  if (headers_ == 0) return error{error_code::segment_missing, "TXA", "it tells of no document"};
  if (auto told = all_.person_told("a document without a patient"); !told) return told;
  if (out_.own.value.empty())
    return error{error_code::field_missing, "TXA-12", "it does not say which document it is"};
  if (out_.placer.value.empty()) out_.placer = std::move(ordered_placer_);
  if (out_.filler.value.empty()) out_.filler = std::move(ordered_filler_);
  while (out_.text.ends_with('\n')) out_.text.pop_back();
  return done{};
}

} // namespace

std::string_view code(event what) noexcept { return lab::code_of(events, what); }

std::optional<event> event_from(std::string_view code) noexcept { return lab::event_of(events, code); }

std::string_view note_type(std::string_view type) noexcept {
  const auto* known = sort_of(type);
  return known != nullptr ? known->column : "document";
}

result<notice> read(const hl7::message& msg, const lab::notice_reading& how) {
  notice out;
  auto from = lab::notice_reader::open(msg, how, out);
  if (!from) return from.error();
  const auto what = from->event_told(events, "a document");
  if (!what) return what.error();
  out.what = *what;
  reader document(*from, out);
  if (auto taken = from->each_segment([&](const auto& segment) { return document.take(segment); }); !taken)
    return taken.error();
  if (auto whole = document.end(); !whole) return whole.error();
  return out;
}

} // namespace aorta::document
