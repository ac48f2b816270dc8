#include "engine/lab/plain_report.hpp"

#include "engine/hl7/message.hpp"
#include "engine/lab/time.hpp"

#include <cstdio>
#include <initializer_list>
#include <utility>

namespace aorta::lab {
namespace {

std::string as_field(std::string_view text) { return hl7::escape(text, {}); }

void add_segment(std::string& to, std::string_view name,
                 std::initializer_list<std::pair<size_t, std::string>> fields) {
  to += name;
  size_t at = 0;
  for (const auto& [number, content] : fields) {
    if (content.empty()) continue;
    to.append(number - at, '|').append(content);
    at = number;
  }
  to += '\r';
}

std::string numbers_of(const plain_report& of, std::string_view clinic) {
  std::string out;
  const auto add = [&](const std::string& number, const std::string& who) {
    if (!number.empty()) out += (out.empty() ? "" : "~") + as_field(number) + "^^^" + who;
  };
  add(of.mrn, as_field(clinic) + "^MR");
  add(of.cyprus_id, "CYP^NI");
  add(of.arc, "ARC^ARC");
  return out;
}

/// Two components, or nothing.
std::string pair_of(const std::string& one, const std::string& other, std::string_view behind = {}) {
  if (one.empty() && other.empty()) return {};
  return as_field(one) + "^" + as_field(other) + std::string(behind);
}

void add_result(std::string& to, const plain_result& of, size_t number) {
  add_segment(to, "OBX",
              {{1, std::to_string(number)},
               {2, of.is_number ? "NM" : "ST"},
               {3, as_field(of.code) + "^" + as_field(of.name) + "^L"},
               {4, as_field(of.sub_id)},
               {5, as_field(of.value)},
               {6, as_field(of.unit)},
               {7, as_field(of.range)},
               {8, as_field(of.flag)},
               {11, as_field(of.status)},
               {14, of.observed_at}});
  if (!of.comment.empty()) add_segment(to, "NTE", {{1, "1"}, {3, as_field(of.comment)}});
}

} // namespace

std::string_view status_letter(std::string_view said) noexcept {
  static constexpr std::pair<std::string_view, std::string_view> known[] = {
    {"final", "F"},     {"preliminary", "P"}, {"corrected", "C"},       {"amended", "C"},
    {"cancelled", "X"}, {"registered", "I"},  {"entered-in-error", "W"}};
  for (const auto& [word, letter] : known)
    if (said == word) return letter;
  return said;
}

std::string message_time(timestamp at, const std::string& time_zone) {
  const auto* zone = find_zone(time_zone);
  const auto offset = zone != nullptr ? offset_at(*zone, at) : std::chrono::minutes{0};
  std::string out;
  for (const char c : to_iso(at + offset).substr(0, 19))
    if (c >= '0' && c <= '9') out += c;
  const int minutes = int(offset.count()), size = minutes < 0 ? -minutes : minutes;
  char text[8];
  std::snprintf(text, sizeof text, "%c%02d%02d", minutes < 0 ? '-' : '+', size / 60 % 24, size % 60);
  return out + text;
}

std::string oru_text(const plain_report& of, const plain_sender& from) {
  const auto lab = as_field(from.lab);
  auto out = "MSH|^~\\&|" + lab + "|" + lab + "||" + as_field(from.clinic) + "|" + from.received_at +
    "||ORU^R01^ORU_R01|" + as_field(from.control_id) + "|P|2.5.1|||||||UNICODE UTF-8\r";
  add_segment(out, "PID",
              {{1, "1"},
               {3, numbers_of(of, from.clinic)},
               {5, pair_of(of.family, of.given)},
               {7, of.birth_date},
               {8, as_field(of.sex)}});
  add_segment(out, "OBR",
              {{1, "1"},
               {2, as_field(of.placer_number)},
               {3, as_field(of.order_number)},
               {4, pair_of(of.panel_code, of.panel_name, "^L")},
               {7, of.collected_at},
               {15, as_field(of.specimen)},
               {22, of.reported_at}});
  size_t number = 0;
  for (const auto& each : of.results) add_result(out, each, ++number);
  return out;
}

} // namespace aorta::lab
