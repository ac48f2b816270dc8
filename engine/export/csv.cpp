#include "engine/export/csv.hpp"

#include <algorithm>
#include <array>

namespace aorta::exports {
namespace {

using sv = std::string_view;

/// `-5`, `-0.30`, `-1.2e-3`: nothing but a number.
bool is_negative_number(sv text) noexcept {
  if (!text.starts_with('-')) return false;
  size_t at = 1;
  const auto digits = [&] {
    const auto from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at > from;
  };
  if (!digits()) return false;
  if (at < text.size() && text[at] == '.' && !(++at, digits())) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    if (++at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

bool begins_formula(sv text) noexcept {
  constexpr sv signs = "=+-@\t\r\n";
  if (text.empty()) return false;
  if (signs.find(text.front()) != sv::npos) return true;
  for (const sv wide : {"＝", "＋", "－", "＠"})
    if (text.starts_with(wide)) return true;
  return false;
}

struct column {
  sv name;
  std::string (*of)(const reading&);
};

std::string as_truth(bool value) { return value ? "true" : "false"; }

std::string before_of(const reading& one) {
  std::string out;
  for (const auto& each : one.before)
    out.append(out.empty() ? "" : "; ")
      .append(each.value)
      .append(each.unit.empty() ? "" : " ")
      .append(each.unit);
  return out;
}

constexpr std::array columns{
  column{"kind",
         [](const reading& r) {
           return std::string(r.is == reading::kind::laboratory ? "laboratory" : "vital-sign");
         }},
  column{"taken_at", [](const reading& r) { return r.taken; }},
  column{"issued_at", [](const reading& r) { return r.issued; }},
  column{"loinc_code", [](const reading& r) { return r.loinc; }},
  column{"test_code", [](const reading& r) { return r.code; }},
  column{"name", [](const reading& r) { return r.name; }},
  column{"comparator", [](const reading& r) { return r.comparator; }},
  column{"value", [](const reading& r) { return r.value; }},
  column{"unit", [](const reading& r) { return r.unit; }},
  column{"absent_reason", [](const reading& r) { return r.absent; }},
  column{"range_low", [](const reading& r) { return r.within.low; }},
  column{"range_high", [](const reading& r) { return r.within.high; }},
  column{"range_text", [](const reading& r) { return r.within.text; }},
  column{"flag", [](const reading& r) { return std::string(name(r.marked)); }},
  column{"critical", [](const reading& r) { return as_truth(r.critical); }},
  column{"status", [](const reading& r) { return r.status; }},
  column{"needs_review", [](const reading& r) { return as_truth(r.needs_review); }},
  column{"corrected_from", before_of},
  column{"laboratory", [](const reading& r) { return r.laboratory; }},
  column{"order_number", [](const reading& r) { return r.order; }},
  column{"sent_code", [](const reading& r) { return r.sent_code; }},
  column{"sent_name", [](const reading& r) { return r.sent_name; }},
  column{"sent_value", [](const reading& r) { return r.sent_value; }},
  column{"sent_unit", [](const reading& r) { return r.sent_unit; }},
  column{"comment", [](const reading& r) { return r.comment; }},
  column{"observation_id", [](const reading& r) { return r.id; }},
};

bool is_wanted(const reading& one, const csv_choice& how) {
  return one.is == reading::kind::laboratory ? how.laboratory
                                             : one.is == reading::kind::vital_sign && how.vital_signs;
}

} // namespace

std::string_view name(flag of) noexcept {
  constexpr std::array<sv, 8> names{
    "", "normal", "low", "high", "critical_low", "critical_high", "abnormal", "indeterminate"};
  return names[size_t(of)];
}

std::string csv_cell(sv text) {
  std::string safe;
  if (begins_formula(text) && !is_negative_number(text)) safe = "'";
  safe += text;
  const bool blank_end = safe.starts_with(' ') || safe.ends_with(' ');
  if (!blank_end && safe.find_first_of(",\"\r\n") == safe.npos) return safe;
  std::string out = "\"";
  for (const char c : safe) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

std::string csv_line(std::span<const std::string> cells) {
  std::string out;
  for (size_t i = 0; i < cells.size(); ++i) out.append(i == 0 ? "" : ",").append(csv_cell(cells[i]));
  return out.append("\r\n");
}

std::string csv_of(const chart& what, const csv_choice& how) {
  std::string out = how.mark ? "\xEF\xBB\xBF" : "";
  std::array<std::string, columns.size()> cells;
  std::transform(columns.begin(), columns.end(), cells.begin(),
                 [](const column& c) { return std::string(c.name); });
  out += csv_line(cells);
  for (const auto& one : what.readings) {
    if (!is_wanted(one, how)) continue;
    std::transform(columns.begin(), columns.end(), cells.begin(), [&](const column& c) { return c.of(one); });
    out += csv_line(cells);
  }
  return out;
}

} // namespace aorta::exports
