#include "engine/config/profile_text.hpp"

#include "engine/base/text.hpp"
#include "engine/config/page.hpp"

#include <algorithm>
#include <optional>

namespace aorta::config {
namespace {

std::string key_text(const std::string& key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return bare ? key : text_as_toml(key);
}

std::optional<toml::table> parsed(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error&) { return std::nullopt; }
}

/// The last line on which a value of the table ends.
uint32_t last_line(const toml::table& of) {
  uint32_t out = of.source().begin.line;
  for (const auto& [key, value] : of) {
    out = std::max(out, value.source().end.line);
    if (const auto* inside = value.as_table(); inside != nullptr && !inside->is_inline())
      out = std::max(out, last_line(*inside));
  }
  return out;
}

/// Where line `number` ends, behind its line break; the text's end if it has none.
size_t end_of_line(std::string_view text, uint32_t number) {
  size_t at = 0;
  for (uint32_t i = 0; i < number && at < text.size(); ++i)
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
  return at;
}

uint32_t line_count(std::string_view text) { return uint32_t(std::count(text.begin(), text.end(), '\n')); }

/// Nothing but this one value may have come to the file.
bool only_adds(const toml::table& before, toml::table after, const std::string& table,
               const std::string& key) {
  auto* into = after[table].as_table();
  if (into == nullptr || into->erase(key) != 1) return false;
  if (into->empty() && !before.contains(table)) after.erase(table);
  return before == after;
}

result<edited_text> with_line(std::string_view text, const std::string& table, const std::string& key,
                              const std::string& value, const std::string& note) {
  const auto before = parsed(text);
  if (!before) return error{error_code::invalid, "", "the profile is no TOML: run `aorta check`"};
  const std::string end = text.find("\r\n") == text.npos ? "\n" : "\r\n";
  edited_text out;
  out.line = key_text(key) + " = " + value + (note.empty() ? "" : "  # " + note);
  const auto* into = (*before)[table].as_table();
  if (into != nullptr)
    if (const auto* there = into->get(key))
      return error{error_code::conflict, "line " + std::to_string(there->source().begin.line),
                   "the profile has a line for it already"};
  const auto at = into == nullptr ? text.size() : end_of_line(text, last_line(*into));
  out.text = text.substr(0, at);
  if (!out.text.empty() && out.text.back() != '\n') out.text += end;
  if (into == nullptr) out.text += (out.text.empty() ? "" : end) + "[" + table + "]" + end;
  out.at = line_count(out.text) + 1;
  out.text += out.line + end;
  out.text += text.substr(at);
  const auto after = parsed(out.text);
  if (!after || !only_adds(*before, *after, table, key))
    return error{error_code::invalid, "",
                 "no line can be added to [" + table + "] as it is written: give it a heading of its own"};
  return out;
}

/// A comment ends with its line.
std::string of_one_line(std::string text) {
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

} // namespace

result<edited_text> with_test(std::string_view text, const std::string& code, const lab::test_mapping& is,
                              const std::string& note) {
  auto value = text_as_toml(is.loinc);
  if (!is.unit_if_missing.empty() || !is.name.empty()) {
    value = "{ loinc = " + value;
    if (!is.unit_if_missing.empty()) value += ", unit = " + text_as_toml(is.unit_if_missing);
    if (!is.name.empty()) value += ", name = " + text_as_toml(is.name);
    value += " }";
  }
  return with_line(text, "tests", code, value, of_one_line(note));
}

result<edited_text> with_unit(std::string_view text, const std::string& sent, const std::string& ucum,
                              const std::string& note) {
  return with_line(text, "units", sent, text_as_toml(ucum), of_one_line(note));
}

} // namespace aorta::config
