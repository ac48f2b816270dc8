#include "engine/document/content_reader.hpp"
#include "engine/document/read_report.hpp"
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

class document_reader {
public:
  document_reader(lab::notice_reader& from, draft& into) : all_(from), out_(into.says), content_(from) {
    content_.begin(into);
  }

  status take(const hl7::segment_view& segment);
  status end();

private:
  void take_header(const hl7::segment_view& txa);
  void take_order(const hl7::segment_view& segment);
  template <size_t N>
  std::string word_at(const hl7::segment_view& txa, size_t field, const std::array<std::string_view, N>& of);

  lab::notice_reader& all_;
  notice& out_;
  content_reader content_;
  size_t headers_ = 0;
  number ordered_placer_, ordered_filler_;
  bool of_document_ = false;
};

template <size_t N>
std::string document_reader::word_at(const hl7::segment_view& txa, size_t field,
                                     const std::array<std::string_view, N>& of) {
  const auto sent = upper_code(all_.text.first(txa, field));
  if (sent.empty() || std::find(of.begin(), of.end(), sent) != of.end()) return sent;
  all_.note("TXA-" + std::to_string(field), "state", "no word of its table: it counts as not told");
  return {};
}

void document_reader::take_header(const hl7::segment_view& txa) {
  out_.type = trimmed(all_.text.first(txa, 2));
  const auto* known = sort_of(upper_code(out_.type));
  if (known != nullptr) out_.type = known->code;
  for (const size_t component : {2, 5})
    if (out_.title.empty()) out_.title = trimmed(all_.text.get(txa, 2, 1, component));
  if (out_.title.empty()) out_.title = known != nullptr ? known->title : std::string_view(out_.type);
  out_.active = all_.time(txa, 4);
  out_.author = doctor_at(all_, txa, 9);
  if (out_.author.licence.empty() && out_.author.name.empty()) out_.author = doctor_at(all_, txa, 5);
  out_.own = all_.number_at(txa, 12), out_.parent = all_.number_at(txa, 13);
  for (auto* each : {&out_.own, &out_.parent})
    if (!each->value.empty() && each->authority.empty()) each->authority = out_.who.sender;
  out_.placer = all_.number_at(txa, 14), out_.filler = all_.number_at(txa, 15);
  out_.completion = word_at(txa, 17, completions);
  out_.confidentiality = word_at(txa, 18, confidentialities);
  out_.availability = word_at(txa, 19, availabilities);
  out_.authenticator = doctor_at(all_, txa, 22);
  out_.authenticated = all_.time(txa, 22, 15);
  if (out_.authenticator.licence.empty() && out_.authenticator.name.empty())
    out_.authenticator = doctor_at(all_, txa, 10);
}

/// Of the first order that the document is about.
void document_reader::take_order(const hl7::segment_view& segment) {
  if (ordered_placer_.value.empty()) ordered_placer_ = all_.number_at(segment, 2);
  if (ordered_filler_.value.empty()) ordered_filler_ = all_.number_at(segment, 3);
}

status document_reader::take(const hl7::segment_view& segment) {
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
    of_document_ = true;
    (void)content_.take_observation(segment);
  } else if (name == "NTE" && of_document_) {
    content_.take_note(segment);
  } else if (name == "NTE") {
    content_.pass_note("of an order: it is in the message alone");
  }
  return done{};
}

status document_reader::end() {
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

result<std::vector<notice>> read(const hl7::message& msg, const lab::notice_reading& how) {
  if (upper_code(hl7::peek(msg).type) == "ORU") return read_report(msg, how);
  draft out;
  auto from = lab::notice_reader::open(msg, how, out.says);
  if (!from) return from.error();
  const auto what = from->event_told(events, "a document");
  if (!what) return what.error();
  out.says.what = *what;
  document_reader document(*from, out);
  if (auto taken = from->each_segment([&](const auto& segment) { return document.take(segment); }); !taken)
    return taken.error();
  if (auto whole = document.end(); !whole) return whole.error();
  std::vector<notice> all;
  all.push_back(std::move(out.says));
  return all;
}

} // namespace aorta::document
