#include "engine/document/content_reader.hpp"

#include "engine/lab/attachment.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aorta::document {
namespace {

using lab::trimmed, lab::upper_code;

enum class value_sort : uint8_t { text, coded, plain, structured, file, pointer, other };
value_sort sort_of_value(std::string_view type) noexcept {
  constexpr std::array<std::pair<std::string_view, value_sort>, 17> all{{{"TX", value_sort::text},
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
                                                                         {"SN", value_sort::structured},
                                                                         {"ED", value_sort::file},
                                                                         {"RP", value_sort::pointer}}};
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& each) { return each.first == type; });
  return found == all.end() ? value_sort::other : found->second;
}

} // namespace

/// What is shown but cannot be read for certain is for a person; what was read as the wider charset is not.
void content_reader::see_doubts(const char* segment, size_t occurrence) {
  for (const auto& each : all_.text.take_doubts()) {
    auto where = std::string(segment) + "[" + std::to_string(occurrence) + "]-" + std::to_string(each.field);
    if (each.holes)
      doubt(std::move(where), "unreadable-text", "bytes that are no characters of " + into_->says.charset);
    else all_.note(std::move(where), "charset", "read as the wider form of its charset");
  }
}

void content_reader::line(std::string_view text) {
  into_->bytes += text.size() + 1;
  if (into_->bytes > most_text) {
    doubt(here(), "document-too-large",
          "its text has more than " + std::to_string(most_text >> 20) + " MiB: it is in the message alone");
    return;
  }
  if (!into_->says.text.empty()) into_->says.text += '\n';
  into_->says.text += text;
}

/// Where the names of OBX-3 differ, they are headings.
void content_reader::head(std::string name) {
  if (name.empty() || name == into_->name) return;
  if (into_->name.empty()) {
    into_->first_named = into_->says.text.size() + (into_->says.text.empty() ? 0 : 1);
  } else {
    if (!into_->headed && into_->first_named <= into_->says.text.size())
      into_->says.text.insert(into_->first_named, into_->name + ":\n");
    into_->headed = true;
    line(name + ":");
  }
  into_->name = std::move(name);
}

void content_reader::take_text(const hl7::segment_view& obx) {
  const auto lines = all_.text.repetitions(obx, 5);
  std::string whole;
  for (const auto& each : lines) whole += each;
  if (auto file = read_file_in_text(whole)) return keep(std::move(*file));
  head(all_.words_at(obx, 3));
  if (lines.empty()) line("");
  for (const auto& each : lines) line(each);
}

/// Each repetition by its words, where it has some (`words`: their component; 0: none), else as it stands.
void content_reader::take_named(const hl7::segment_view& obx, size_t words) {
  const auto codes = all_.text.repetitions(obx, 5, 1);
  const auto said = words == 0 ? codes : all_.text.repetitions(obx, 5, words);
  std::string value;
  for (size_t i = 0; i < codes.size(); ++i) {
    const auto one = trimmed(i < said.size() && !trimmed(said[i]).empty() ? said[i] : codes[i]);
    if (!one.empty()) value.append(value.empty() ? "" : ", ").append(one);
  }
  name_value(obx, value);
}

/// SN: `<^5`, `1^:^160`, as people write them.
void content_reader::take_structured(const hl7::segment_view& obx) {
  std::string value;
  for (const size_t component : {1, 2, 3, 4}) value += trimmed(all_.text.get(obx, 5, 1, component));
  name_value(obx, value);
}

/// Of a report its range and flag too: nothing else shows them.
void content_reader::name_value(const hl7::segment_view& obx, std::string_view value) {
  if (value.empty()) return;
  const auto name = all_.words_at(obx, 3), unit = all_.text.first(obx, 6);
  auto out =
    (name.empty() ? std::string() : name + ": ").append(value).append(unit.empty() ? "" : " " + unit);
  if (into_->says.of_report) {
    const auto range = all_.text.first(obx, 7), flag = upper_code(all_.text.first(obx, 8));
    const bool tells = !flag.empty() && flag != "N";
    if (!range.empty() || tells)
      out += " (" + range + (range.empty() || !tells ? "" : ", ") + (tells ? flag : "") + ")";
    if (flag == "LL" || flag == "HH" || flag == "AA")
      into_->says.critical.push_back(
        {here(8), "critical-in-document", "it is filed as text: nobody is alerted"});
  }
  line(out);
}

bool content_reader::too_many(const hl7::segment_view& obx) {
  const auto more = std::max<size_t>(obx.repetitions(5), 1);
  if (into_->says.files.size() + into_->says.pointers.size() + more <= most_files) return false;
  doubt(here(), "document-too-large",
        "more than " + std::to_string(most_files) + " attachments: they are in the message alone");
  return true;
}

void content_reader::keep(file_reading what) {
  if (!what.file) return doubt(here(), "bad-attachment", std::string(what.trouble));
  size_t all = what.file->content.size();
  for (const auto& each : into_->says.files) all += each.content.size();
  if (all > most_attachment)
    return doubt(here(), "document-too-large",
                 "more than " + std::to_string(most_attachment >> 20) +
                   " MiB of attachments: they are in the message alone");
  into_->says.files.push_back(std::move(*what.file));
}

/// Each repetition on its own. What is sent as it stands is text in the message's charset; XML names its own.
void content_reader::take_files(const hl7::segment_view& obx) {
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

void content_reader::take_pointer(const hl7::segment_view& obx) {
  if (too_many(obx)) return;
  for (size_t n = 1; n <= obx.repetitions(5); ++n) {
    const auto to = all_.text.get(obx, 5, n, 1);
    if (trimmed(to).empty()) continue;
    into_->says.pointers.push_back(
      {std::string(trimmed(to)),
       lab::content_type(all_.text.get(obx, 5, n, 3), all_.text.get(obx, 5, n, 4))});
  }
}

bool content_reader::take_observation(const hl7::segment_view& obx) {
  ++observations_;
  if (const auto state = upper_code(all_.text.first(obx, 11)); state == "X" || state == "D" || state == "W") {
    all_.note(here(), "state", "OBX-11 takes it back: it is no part of the document");
    return false;
  }
  switch (sort_of_value(upper_code(all_.text.first(obx, 2)))) {
    case value_sort::text: take_text(obx); break;
    case value_sort::coded: take_named(obx, 2); break;
    case value_sort::plain: take_named(obx, 0); break;
    case value_sort::structured: take_structured(obx); break;
    case value_sort::file: take_files(obx); break;
    case value_sort::pointer: take_pointer(obx); break;
    case value_sort::other:
      all_.note(here(), "value-type", "its type is not shown in a document: it is in the message alone");
      break;
  }
  see_doubts("OBX", observations_);
  return true;
}

void content_reader::take_note(const hl7::segment_view& nte) {
  for (const auto& each : all_.text.repetitions(nte, 3)) line(each);
  see_doubts("NTE", ++notes_);
}

void content_reader::pass_note(std::string why) {
  all_.note("NTE[" + std::to_string(++notes_) + "]", "note", std::move(why));
}

void content_reader::doubt(std::string where, const char* rule, std::string why) {
  auto& all = into_->says.doubts;
  const auto same = [&](const auto& each) { return each.where == where && each.rule == rule; };
  if (std::none_of(all.begin(), all.end(), same)) all.push_back({std::move(where), rule, std::move(why)});
}

doctor doctor_at(lab::notice_reader& all, const hl7::segment_view& from, size_t field) {
  auto& text = all.text;
  doctor out{text.first(from, field), {}};
  for (const size_t component : {6, 3, 4, 2, 5}) { // prefix, given, middle, family's own name, suffix
    const auto part = component == 2 ? text.get(from, field, 1, 2, 1) : text.get(from, field, 1, component);
    if (!trimmed(part).empty()) out.name.append(out.name.empty() ? "" : " ").append(trimmed(part));
  }
  return out;
}

} // namespace aorta::document
