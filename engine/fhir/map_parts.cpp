#include "engine/fhir/map_parts.hpp"

#include "engine/base/clock.hpp"

#include <charconv>

namespace aorta::fhir {
namespace {

/// JSON's grammar of numbers.
bool is_json_number(sv text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto exponent = text.find_first_of("eE");
  if (exponent != sv::npos) {
    auto tail = text.substr(exponent + 1);
    if (tail.starts_with('+') || tail.starts_with('-')) tail.remove_prefix(1);
    if (!digits_only(tail)) return false;
    text = text.substr(0, exponent);
  }
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  if (!digits_only(whole) || (whole.size() > 1 && whole[0] == '0')) return false;
  return point == sv::npos || digits_only(text.substr(point + 1));
}

bool has_time(sv text) noexcept { return text.size() > 10; }

bool in_years(timestamp when) noexcept {
  using namespace std::chrono;
  return when >= sys_days{year{1} / 1 / 2} && when < sys_days{year{9999} / 12 / 31};
}

} // namespace

bool digits_only(sv text) noexcept {
  return !text.empty() && text.find_first_not_of("0123456789") == sv::npos;
}

bool is_blank(sv text) noexcept { return text.find_first_not_of(" \t\r\n\v\f") == sv::npos; }

std::string clean(sv text) {
  std::string out(text);
  for (auto& c : out)
    if ((uint8_t(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) c = ' ';
  return out;
}

node* maker::resource(sv type, sv id) {
  node* out = d.object();
  d.add(*out, "resourceType", type);
  if (!id.empty()) d.add(*out, "id", id);
  return out;
}

node* maker::array(node& to, sv name) {
  if (node* there = to.get(name)) return there;
  return d.add(to, name, d.array());
}

bool maker::text(node& to, sv name, sv value) {
  if (is_blank(value)) return false;
  const auto good = clean(value);
  if (is_blank(good)) return false;
  d.add(to, name, d.string(good));
  return true;
}

bool maker::code(node& to, sv name, sv value) {
  std::string out;
  for (const char c : clean(value)) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  if (out.empty()) return false;
  d.add(to, name, d.string(out));
  return true;
}

void maker::uri(node& to, sv name, sv value) {
  std::string out;
  for (const char c : value)
    if (c == ' ' || uint8_t(c) < 0x20) out += "%20";
    else out += c;
  if (!out.empty()) d.add(to, name, d.string(out));
}

bool maker::number(node& to, sv name, sv value) {
  if (!is_json_number(value)) return false;
  d.add(to, name, d.number(value));
  return true;
}

bool maker::integer(node& to, sv name, sv value, int64_t least) {
  int64_t out = 0;
  const auto [end, wrong] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (wrong != std::errc{} || end != value.data() + value.size() || out < least || out > 2147483647)
    return false;
  d.add(to, name, d.number(out));
  return true;
}

node* maker::coding(sv system, sv code_text, sv display) {
  node* out = d.object();
  if (!system.empty()) uri(*out, "system", system);
  if (!code(*out, "code", code_text)) return nullptr;
  text(*out, "display", display);
  return out;
}

node* maker::codeable(std::initializer_list<node*> codings, sv words) {
  node* out = d.object();
  for (node* each : codings) item(*out, "coding", each);
  text(*out, "text", words);
  return out->size == 0 ? nullptr : out;
}

node* maker::reference(sv type, sv id, sv display) {
  node* out = d.object();
  const bool good = !id.empty() && id.size() <= 64 &&
    id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.") == sv::npos;
  if (good) d.add(*out, "reference", d.string(std::string(type) + "/" + std::string(id)));
  text(*out, "display", display);
  return out->size == 0 ? nullptr : out;
}

void maker::refer(node& to, sv name, sv type, const record& row, sv column) {
  if (node* out = reference(type, row.text(column))) d.add(to, name, out);
}

void maker::refer_subject(node& to, const record& row) {
  node* out = reference("Patient", row.text("patient_id"));
  d.add(to, "subject", out ? out : reference("Patient", {}, "Not recorded"));
}

void maker::words(node& to, sv name, sv value) {
  const auto good = clean(value);
  if (!is_blank(good)) item(to, name, d.string(good));
}

node* maker::identifier(sv system, sv value, sv type, sv display) {
  if (is_blank(clean(value))) return nullptr;
  node* out = d.object();
  if (!type.empty()) d.add(*out, "type", codeable({coding(system_of::identifier_type, type, display)}));
  uri(*out, "system", system);
  text(*out, "value", value);
  return out;
}

node* maker::quantity(sv value, sv unit) { return quantity(value, unit, is_ucum(unit) ? unit : sv()); }

node* maker::quantity(sv value, sv unit, sv unit_code) {
  node* out = d.object();
  if (!number(*out, "value", value)) return nullptr;
  text(*out, "unit", unit);
  if (!unit_code.empty()) {
    d.add(*out, "system", system_of::ucum);
    d.add(*out, "code", unit_code);
  }
  return out;
}

node* maker::extension(sv word) {
  node* out = d.object();
  d.add(*out, "url", d.string(std::string(extension_base) + std::string(word)));
  return out;
}

void maker::extend(node& to, sv word, sv value_name, sv value) {
  node* out = extension(word);
  if (value_name == "valueDateTime") time(*out, value_name, value);
  else if (value_name == "valueDate") day(*out, value_name, value);
  else if (value_name == "valueCode") code(*out, value_name, value);
  else text(*out, value_name, value);
  if (out->size > 1) item(to, "extension", out);
}

void maker::day(node& to, sv name, sv value) {
  timestamp when;
  const auto whole = value.substr(0, 10);
  if (whole.size() == 10 && from_iso(whole, when) && in_years(when)) d.add(to, name, d.string(whole));
}

void maker::time(node& to, sv name, sv value) {
  if (!has_time(value)) return day(to, name, value);
  instant(to, name, value);
}

void maker::instant(node& to, sv name, sv value) {
  timestamp when;
  if (from_iso(value, when) && in_years(when)) d.add(to, name, d.string(to_iso(when)));
}

std::string told_time(const record& row, sv column, sv offset_column, sv precision_column) {
  const auto number = [&](sv from, int otherwise) {
    const auto text = row.text(from);
    std::from_chars(text.data(), text.data() + text.size(), otherwise);
    return otherwise;
  };
  timestamp when;
  if (!from_iso(row.text(column), when)) return {};
  const auto offset = std::chrono::minutes{number(offset_column, 0)};
  const int told = number(precision_column, 5);
  if (told > 2 && offset.count() == 0) return to_iso(when);
  auto text = to_iso(when, offset);
  return told > 2 ? text : text.substr(0, told == 0 ? 4 : told == 1 ? 7 : 10);
}

bool is_loinc_shape(sv code) noexcept {
  const auto hyphen = code.find('-');
  return hyphen != sv::npos && hyphen > 0 && hyphen <= 7 && code.size() == hyphen + 2 &&
    digits_only(code.substr(0, hyphen)) && digits_only(code.substr(hyphen + 1));
}

std::string with_decimals(sv number, sv decimals) {
  const auto exact = decimal::from_text(number);
  unsigned scale = 0;
  const auto [end, wrong] = std::from_chars(decimals.data(), decimals.data() + decimals.size(), scale);
  if (wrong != std::errc{} || end != decimals.data() + decimals.size() || scale > 18)
    return exact ? exact->text() : std::string(number);
  if (exact && exact->scale == scale) return exact->text();
  if (exact && exact->scale < scale) { // zeros at the end that a binary number has lost
    auto out = exact->text();
    if (exact->scale == 0) out += '.';
    return out.append(scale - exact->scale, '0');
  }
  const auto rounded = decimal::round(
    exact ? exact->number() : std::strtod(std::string(number).c_str(), nullptr), uint8_t(scale));
  return rounded ? rounded->text() : std::string(number);
}

sv code_of(std::span<const word_pair> all, sv word) noexcept {
  for (const auto& each : all)
    if (each.word == word) return each.code;
  return {};
}

sv word_of(std::span<const word_pair> all, sv code) noexcept {
  for (const auto& each : all)
    if (each.code == code) return each.word;
  return {};
}

sv put_state(maker& m, node& to, sv member, std::span<const word_pair> all, sv word, sv otherwise) {
  auto code = code_of(all, word);
  if (code.empty()) code = otherwise;
  if (word_of(all, code) != word && !is_blank(word)) m.extend(to, "state", "valueCode", word);
  m.d.add(to, member, code);
  return code;
}

std::string read_state(const node& from, sv member, std::span<const word_pair> all) {
  const auto code = from.str(member);
  if (const auto* own = extension_of(from, "state"))
    if (const auto word = own->str("valueCode"); code_of(all, word) == code) return std::string(word);
  return std::string(word_of(all, code));
}

} // namespace aorta::fhir
