#include "engine/pipeline/json_report.hpp"

#include "engine/base/decimal.hpp"
#include "engine/hl7/message.hpp"

#include <algorithm>
#include <charconv>

namespace aorta::pipeline {
namespace {

using fhir::node;

constexpr size_t most_results = 1'000;

std::string escaped(std::string_view text) { return hl7::escape(text, {}); }

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// `2026-11-20T09:00:00.5+02:00` as HL7 writes it; what has no dash behind its year is written so already.
/// Which times are real the mapper says, as of every message.
std::optional<std::string> hl7_time(std::string_view text) {
  if (text.size() < 5 || text[4] != '-') {
    const auto digits = text.substr(0, text.find_first_of(".+-"));
    return digits.size() >= 4 && is_digits(digits) ? std::optional(std::string(text)) : std::nullopt;
  }
  std::string out;
  size_t at = 0;
  const auto part = [&](size_t digits) {
    if (!is_digits(text.substr(at, digits)) || at + digits > text.size()) return false;
    out.append(text.substr(at, digits));
    at += digits;
    return true;
  };
  const auto mark = [&](char c) { return at < text.size() && text[at] == c && ++at > 0; };
  if (!part(4)) return std::nullopt;
  if (mark('-') && (!part(2) || (mark('-') && !part(2)))) return std::nullopt;
  if (at == text.size()) return out;
  if (!(mark('T') || mark(' ')) || !part(2) || !mark(':') || !part(2)) return std::nullopt;
  if (mark(':') && !part(2)) return std::nullopt;
  if (mark('.')) {
    const auto end = std::min(text.find_first_not_of("0123456789", at), text.size());
    if (end == at) return std::nullopt;
    out += '.';
    out.append(text.substr(at, std::min<size_t>(end - at, 4)));
    at = end;
  }
  if (mark('Z')) out += "+0000";
  else if (at < text.size()) {
    const char sign = text[at];
    if ((sign != '+' && sign != '-') || (++at, out += sign, !part(2))) return std::nullopt;
    mark(':');
    if (!part(2)) return std::nullopt;
  }
  return at == text.size() ? std::optional(out) : std::nullopt;
}

/// OBX-11; a letter stands as it is.
std::string_view status_letter(std::string_view said) {
  static constexpr std::pair<std::string_view, std::string_view> known[] = {
    {"final", "F"},     {"preliminary", "P"}, {"corrected", "C"},       {"amended", "C"},
    {"cancelled", "X"}, {"registered", "I"},  {"entered-in-error", "W"}};
  for (const auto& [word, letter] : known)
    if (said == word) return letter;
  return said;
}

class writer {
public:
  writer(const fhir::document& said, const config::webhook_map& map, const json_sender& from)
      : root_(*said.root),
        map_(map),
        from_(from) {}

  result<std::string> text() {
    head();
    const auto* results = at_pointer(root_, map_.results);
    if (results == nullptr || !results->is_array() || results->first == nullptr)
      fail(results != nullptr && !results->is_array() ? error_code::data_type : error_code::field_missing,
           map_.results, "there is no list of results");
    else if (results->size > most_results)
      fail(error_code::data_type, map_.results, "more than 1000 results in one report");
    else {
      size_t n = 0;
      for (const auto* each = results->first; each != nullptr; each = each->next) result_line(*each, n++);
    }
    if (why_) return *why_;
    return std::move(out_);
  }

private:
  void fail(error_code code, std::string where, std::string text) {
    if (!why_) why_ = error{code, std::move(where), std::move(text)};
  }

  /// What is said at a place; a pointer into `of`, or the words themselves. `number`: it is one in the JSON.
  std::string said(const node& of, const std::string& place, const std::string& before = "",
                   bool* number = nullptr) {
    if (!place.starts_with('/')) return place;
    const auto* found = at_pointer(of, place);
    if (found == nullptr || found->is == node::kind::null) return {};
    if (found->is != node::kind::string && found->is != node::kind::number) {
      fail(error_code::data_type, before + place, "neither a text nor a number");
      return {};
    }
    const bool is_number = found->is == node::kind::number;
    if (number != nullptr) *number = is_number;
    if (!is_number || found->text.find_first_of("eE") == found->text.npos) return std::string(found->text);
    const auto exact = decimal::from_json(found->text); // HL7 has no exponents
    if (!exact) fail(error_code::data_type, before + place, "a number of more than 18 digits");
    return exact ? exact->text() : std::string();
  }
  std::string plain(const std::string& place) { return escaped(said(root_, place)); }
  std::string time(const node& of, const std::string& place, const std::string& before = "") {
    const auto text = said(of, place, before);
    if (text.empty()) return {};
    const auto written = hl7_time(text);
    if (!written) fail(error_code::data_type, before + place, "no time of ISO 8601 or HL7");
    return written.value_or("");
  }

  void segment(std::string_view name, std::initializer_list<std::pair<size_t, std::string>> fields) {
    out_ += name;
    size_t at = 0;
    for (const auto& [number, content] : fields) {
      if (content.empty()) continue;
      out_.append(number - at, '|').append(content);
      at = number;
    }
    out_ += '\r';
  }

  std::string numbers() {
    std::string out;
    const auto add = [&](const std::string& place, const std::string& who) {
      const auto number = plain(place);
      if (!number.empty()) out += (out.empty() ? "" : "~") + number + "^^^" + who;
    };
    add(map_.mrn, escaped(from_.clinic) + "^MR");
    add(map_.cyprus_id, "CYP^NI");
    add(map_.arc, "ARC^ARC");
    return out;
  }

  void head() {
    out_ = "MSH|^~\\&|" + escaped(from_.lab) + "|" + escaped(from_.lab) + "||" + escaped(from_.clinic) + "|" +
      from_.received_at + "||ORU^R01^ORU_R01|" + escaped(from_.control_id) + "|P|2.5.1|||||||UNICODE UTF-8\r";
    const auto family = plain(map_.family), given = plain(map_.given);
    const auto name = family.empty() && given.empty() ? std::string() : family + "^" + given;
    segment("PID",
            {{1, "1"}, {3, numbers()}, {5, name}, {7, time(root_, map_.birth_date)}, {8, plain(map_.sex)}});
    const auto code = plain(map_.panel_code), panel = plain(map_.panel_name);
    const auto reported = time(root_, map_.reported_at);
    segment("OBR",
            {{1, "1"},
             {2, plain(map_.placer_number)},
             {3, plain(map_.order_number)},
             {4, code.empty() && panel.empty() ? std::string() : code + "^" + panel + "^L"},
             {7, time(root_, map_.collected_at)},
             {22, reported}});
  }

  void result_line(const node& each, size_t n) {
    const auto before = map_.results + "/" + std::to_string(n);
    const auto one = [&](const std::string& place) { return escaped(said(each, place, before)); };
    const auto code = one(map_.code);
    if (code.empty()) fail(error_code::field_missing, before + map_.code, "a result without a code");
    bool number = false;
    const auto value = said(each, map_.value, before, &number);
    const std::string letter(status_letter(said(each, map_.status, before)));
    if (letter.empty()) fail(error_code::field_missing, before + map_.status, "a result without a status");
    segment("OBX",
            {{1, std::to_string(n + 1)},
             {2, number ? "NM" : "ST"},
             {3, code + "^" + one(map_.name) + "^L"},
             {5, escaped(value)},
             {6, one(map_.unit)},
             {7, one(map_.range)},
             {8, one(map_.flag)},
             {11, escaped(letter)},
             {14, time(each, map_.observed_at, before)}});
  }

  const node& root_;
  const config::webhook_map& map_;
  const json_sender& from_;
  std::string out_;
  std::optional<error> why_;
};

/// One step of a pointer, with `~1` and `~0` resolved.
std::string step_of(std::string_view raw) {
  std::string out;
  for (size_t i = 0; i < raw.size(); ++i) {
    const bool marked = raw[i] == '~' && i + 1 < raw.size();
    out += marked ? (raw[++i] == '1' ? '/' : '~') : raw[i];
  }
  return out;
}

} // namespace

const node* at_pointer(const node& root, std::string_view pointer) {
  const auto* at = &root;
  while (at != nullptr && !pointer.empty()) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    const auto step = step_of(pointer.substr(0, end));
    pointer.remove_prefix(end);
    if (at->is_object()) at = at->get(step);
    else if (at->is_array() && is_digits(step) && step.size() < 7 && (step.size() == 1 || step[0] != '0'))
      at = at->at(size_t(std::stoul(step)));
    else at = nullptr;
  }
  return at;
}

result<std::string> report_of_json(const fhir::document& said, const config::webhook_map& map,
                                   const json_sender& from) {
  return writer(said, map, from).text();
}

} // namespace aorta::pipeline
