#include "engine/pipeline/json_report.hpp"

#include "engine/base/decimal.hpp"

#include <algorithm>
#include <charconv>

namespace aorta::pipeline {
namespace {

using fhir::node;

constexpr size_t most_results = 1'000;

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

class report_reader {
public:
  report_reader(const fhir::document& said, const config::webhook_map& map) : root_(*said.root), map_(map) {}

  result<lab::plain_report> report() {
    read_head();
    const auto* results = at_pointer(root_, map_.results);
    if (results == nullptr || !results->is_array() || results->first == nullptr)
      fail(results != nullptr && !results->is_array() ? error_code::data_type : error_code::field_missing,
           map_.results, "there is no list of results");
    else if (results->size > most_results)
      fail(error_code::data_type, map_.results, "more than 1000 results in one report");
    else {
      size_t n = 0;
      for (const auto* each = results->first; each != nullptr; each = each->next) read_result(*each, n++);
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
  std::string plain(const std::string& place) { return said(root_, place); }
  std::string time(const node& of, const std::string& place, const std::string& before = "") {
    const auto text = said(of, place, before);
    if (text.empty()) return {};
    const auto written = hl7_time(text);
    if (!written) fail(error_code::data_type, before + place, "no time of ISO 8601 or HL7");
    return written.value_or("");
  }

  void read_head() {
    out_.mrn = plain(map_.mrn);
    out_.cyprus_id = plain(map_.cyprus_id);
    out_.arc = plain(map_.arc);
    out_.family = plain(map_.family);
    out_.given = plain(map_.given);
    out_.birth_date = time(root_, map_.birth_date);
    out_.sex = plain(map_.sex);
    out_.order_number = plain(map_.order_number);
    out_.placer_number = plain(map_.placer_number);
    out_.panel_code = plain(map_.panel_code);
    out_.panel_name = plain(map_.panel_name);
    out_.collected_at = time(root_, map_.collected_at);
    out_.reported_at = time(root_, map_.reported_at);
  }

  void read_result(const node& each, size_t n) {
    const auto before = map_.results + "/" + std::to_string(n);
    const auto one = [&](const std::string& place) { return said(each, place, before); };
    auto& made = out_.results.emplace_back();
    made.code = one(map_.code);
    if (made.code.empty()) fail(error_code::field_missing, before + map_.code, "a result without a code");
    made.name = one(map_.name);
    made.value = said(each, map_.value, before, &made.is_number);
    made.unit = one(map_.unit);
    made.range = one(map_.range);
    made.flag = one(map_.flag);
    made.status = lab::status_letter(said(each, map_.status, before));
    if (made.status.empty())
      fail(error_code::field_missing, before + map_.status, "a result without a status");
    made.observed_at = time(each, map_.observed_at, before);
  }

  const node& root_;
  const config::webhook_map& map_;
  lab::plain_report out_;
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

result<lab::plain_report> report_of_json(const fhir::document& said, const config::webhook_map& map) {
  return report_reader(said, map).report();
}

} // namespace aorta::pipeline
