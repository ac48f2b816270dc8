#include "engine/fhir/map_result_value.hpp"

#include "engine/base/clock.hpp"

namespace aorta::fhir {
namespace {

/// `1:160`, `2/3`, `3-5`: two numbers and what stands between them.
std::optional<std::pair<std::string, std::string>> two_numbers(const std::string& text, sv separators) {
  const auto at = text.find_first_of(separators, 1);
  if (at == std::string::npos) return std::nullopt;
  const auto trim = [](sv part) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    return part;
  };
  const auto a = decimal::from_text(trim(sv(text).substr(0, at))),
             b = decimal::from_text(trim(sv(text).substr(at + 1)));
  if (!a || !b) return std::nullopt;
  return std::pair(a->text(), b->text());
}

/// A time of day (TM). FHIR's time has seconds and no offset: an hour alone, or one with an offset, is no
/// such time.
std::string as_time(sv digits) {
  const auto fraction = digits.find('.');
  const auto clock = digits.substr(0, fraction);
  if (clock.size() != 4 && clock.size() != 6) return {};
  if (digits.find_first_not_of("0123456789.") != sv::npos || (fraction != sv::npos && clock.size() != 6) ||
      digits.ends_with('.'))
    return {};
  const auto hour = clock.substr(0, 2), minute = clock.substr(2, 2),
             second = clock.size() == 6 ? clock.substr(4, 2) : sv("00");
  if (hour > "23" || minute > "59" || second > "59") return {};
  std::string out(hour);
  out.append(":").append(minute).append(":").append(second);
  return fraction == sv::npos ? out : out.append(digits.substr(fraction));
}

/// HL7's digits as FHIR writes them; a time of day without its offset is no dateTime.
std::string as_datetime(sv digits) {
  const auto part = [&](size_t at, size_t size) { return std::string(digits.substr(at, size)); };
  const auto sign = digits.find_first_of("+-");
  timestamp when;
  if (sign != sv::npos && sign >= 12 && digits.size() == sign + 5) {
    const auto out = part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" + part(8, 2) + ":" + part(10, 2) +
      ":" + (sign > 12 ? part(12, sign - 12) : "00") + part(sign, 3) + ":" + part(sign + 3, 2);
    return from_iso(out, when) ? out : std::string();
  }
  if (digits.find_first_not_of("0123456789") != sv::npos) return {};
  if (digits.size() == 8 && from_iso(part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2), when))
    return part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2);
  if (digits.size() == 6 && part(4, 2) >= "01" && part(4, 2) <= "12") return part(0, 4) + "-" + part(4, 2);
  return digits.size() == 4 && digits != "0000" ? std::string(digits) : std::string();
}

/// R4 refuses a period or a range whose end lies before its begin (per-1, rng-2): such a one stays a text.
bool in_order(bool times, sv first, sv second) {
  if (first.empty() || second.empty()) return true;
  if (!times) {
    const auto a = decimal::from_text(first), b = decimal::from_text(second);
    return a && b && a->number() <= b->number();
  }
  const auto begin = [](sv digits) {
    auto text = as_datetime(digits);
    if (text.size() == 4 || text.size() == 7) text += text.size() == 4 ? "-01-01" : "-01";
    timestamp out;
    return from_iso(text, out) ? std::optional(out) : std::nullopt;
  };
  const auto a = begin(first), b = begin(second);
  return a && b && *a <= *b;
}

bool put_pair(maker& m, node& to, const record& row) {
  const auto kind = row.text("value_kind"), text = row.text("value_text"), unit = row.text("unit");
  const bool range = kind == "range";
  const auto both = text.empty() ? std::nullopt : two_numbers(text, range ? "-" : ":/");
  if (!both || (range && !in_order(false, both->first, both->second))) return false;
  node* value = m.d.object();
  m.d.add(*value, range ? "low" : "numerator", m.quantity(both->first, range ? sv(unit) : sv()));
  m.d.add(*value, range ? "high" : "denominator", m.quantity(both->second, range ? sv(unit) : sv()));
  m.d.add(to, range ? "valueRange" : "valueRatio", value);
  return true;
}

bool put_number(maker& m, node& to, const record& row) {
  const auto number = row.text("value_numeric"), comparator = row.text("comparator");
  if (number.empty()) return false;
  // A comparator that FHIR does not have must not vanish: the value is then its text.
  if (!comparator.empty() && comparator != "<" && comparator != "<=" && comparator != ">=" &&
      comparator != ">")
    return false;
  node* value = m.quantity(with_decimals(number, row.text("value_decimals")), row.text("unit"));
  if (!value) return false;
  if (!comparator.empty()) m.d.add(*value, "comparator", m.d.string(comparator));
  m.d.add(to, "valueQuantity", value);
  return true;
}

/// Why there is no value. HL70085 tells `N` (not asked) apart from `X` (cannot be obtained).
void put_absent(maker& m, node& to, sv status, const record& row) {
  const bool waiting = status == "preliminary" || status == "registered";
  const bool not_asked = status == "cancelled" && row.text("observation_status") == "N";
  const auto [reason, display] = not_asked ? std::pair(sv("not-asked"), sv("Not Asked"))
    : status == "cancelled"                ? std::pair(sv("not-performed"), sv("Not Performed"))
    : waiting                              ? std::pair(sv("temp-unknown"), sv("Temporarily Unknown"))
                                           : std::pair(sv("unknown"), sv("Unknown"));
  m.d.add(to, "dataAbsentReason", m.codeable({m.coding(system_of::absent_reason, reason, display)}));
}

/// A coded value with its alternate, as long as nobody gave the row another code than was sent.
node* coded_value(maker& m, const record& row) {
  const auto code = row.text("value_code"), text = row.text("value_text"), type = row.text("sent_value_type"),
             sent = row.text("sent_value");
  const auto parts = split(sv(sent).substr(0, sent.find('~')), '^');
  const auto at = [&](size_t i) { return i < parts.size() ? sv(parts[i]) : sv(); };
  const bool as_sent = (type == "CWE" || type == "CE" || type == "CNE" || type == "CF") && at(0) == code;
  if (!as_sent) return m.codeable({m.coding({}, code)}, text);
  // A code without a system is nobody's: it is not made the laboratory's own.
  node* first = at(2).empty() ? m.coding({}, code) : sent_coding(m, own_system(m, row), code, {}, at(2));
  node* other = at(5).empty() ? nullptr : sent_coding(m, own_system(m, row), at(3), at(4), at(5));
  return m.codeable({first, other}, text);
}

/// A period of days or instants (DR), a range of numbers (NR), a number with a unit of its own (CQ): kept as
/// texts in the row, as FHIR has them here. `false`: this text is none of them, or a person changed it.
bool put_compound(maker& m, node& to, const record& row) {
  const auto type = row.text("sent_value_type"), sent = row.text("sent_value");
  if ((type != "DR" && type != "NR" && type != "CQ") || sent.find('~') != std::string::npos ||
      row.text("value_text") != sent)
    return false;
  const auto parts = split(sent, '^');
  const auto at = [&](size_t i) { return i < parts.size() ? sv(parts[i]) : sv(); };
  node* value = m.d.object();
  if (type == "CQ") {
    const auto number = decimal::from_text(at(0));
    const auto unit = at(1).empty() ? row.text("unit") : split(at(1), '&')[0];
    value = number && parts.size() <= 2 ? m.quantity(number->text(), unit) : nullptr;
    if (value) m.d.add(to, "valueQuantity", value);
    return value != nullptr;
  }
  if (parts.size() > 2 || !in_order(type == "DR", at(0), at(1))) return false;
  for (const auto& [name, text] : {std::pair(type == "DR" ? sv("start") : sv("low"), at(0)),
                                   {type == "DR" ? sv("end") : sv("high"), at(1)}}) {
    if (text.empty()) continue;
    const auto time = type == "DR" ? as_datetime(text) : std::string();
    const auto number = type == "NR" ? decimal::from_text(text) : std::nullopt;
    if (time.empty() && !number) return false;
    m.d.add(*value, name, number ? m.quantity(number->text(), row.text("unit")) : m.d.string(time));
  }
  if (value->size == 0) return false;
  m.d.add(to, type == "DR" ? "valuePeriod" : "valueRange", value);
  return true;
}

} // namespace

std::string own_system(const maker& m, const record& row) {
  return m.systems.lab_code + row.text("performing_lab_code");
}

void put_value(maker& m, node& to, const record& row, sv status) {
  const auto kind = row.text("value_kind"), text = row.text("value_text");
  if ((kind.empty() || kind == "number" || kind == "comparator") && put_number(m, to, row)) return;
  if ((kind == "range" || kind == "ratio" || kind == "titre") && put_pair(m, to, row)) return;
  if (kind == "code")
    if (node* value = coded_value(m, row)) {
      m.d.add(to, "valueCodeableConcept", value);
      return;
    }
  if (kind == "datetime") {
    const bool of_day = row.text("sent_value_type") == "TM";
    if (const auto time = of_day ? as_time(text) : as_datetime(text); !time.empty()) {
      m.d.add(to, of_day ? "valueTime" : "valueDateTime", time);
      return;
    }
  }
  if (kind == "text" && put_compound(m, to, row)) return;
  if (!m.text(to, "valueString", text)) put_absent(m, to, status, row);
}

} // namespace aorta::fhir
