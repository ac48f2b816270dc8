// What a store can keep and ask by, so that few resources have to be looked at; and the texts by which
// results are sorted.
#include "engine/fhir/map.hpp"
#include "engine/fhir/path_values.hpp"
#include "engine/fhir/search_text.hpp"
#include "engine/fhir/search_values.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdio>

namespace aorta::fhir {
namespace {

template <class visitor>
void each_value(const node& resource, const search_parameter* what, visitor&& visit) {
  if (!what) return;
  any_value(resource, compiled(*what).paths, [&](const node& value, const value_path&) {
    visit(value);
    return false;
  });
}

void add(std::vector<std::string>& to, std::string text) {
  if (std::find(to.begin(), to.end(), text) == to.end()) to.push_back(std::move(text));
}

void add_codes(const node& concept_node, std::vector<std::string>& to) {
  const node* codings = concept_node.get("coding");
  for (const node* each = codings ? codings->first : nullptr; each; each = each->next)
    if (const auto code = each->str("code"); !code.empty()) add(to, std::string(code));
}

/// The bits of a double, turned so that they sort as the numbers do.
std::string sortable(double number) {
  auto bits = std::bit_cast<uint64_t>(number);
  bits = bits >> 63 ? ~bits : bits | (uint64_t(1) << 63);
  char text[24];
  const auto n = std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(bits));
  return {text, size_t(n)};
}

void append_texts(const node* value, std::string& to) {
  if (!value) return;
  if (value->is_string()) to += (to.empty() ? "" : " ") + std::string(value->text);
  if (!value->is_array()) return;
  for (const node* item = value->first; item; item = item->next) append_texts(item, to);
}

/// A name by family, then given names; an address by city, then lines; else its text.
std::string string_of(const node& value) {
  if (value.is_string()) return std::string(value.text);
  std::string out;
  for (const auto member : {"family", "given", "country", "city", "line"})
    append_texts(value.get(member), out);
  if (out.empty()) append_texts(value.get("text"), out);
  return out;
}

std::string token_of(const node& value) {
  if (value.is == node::kind::boolean) return value.truth ? "true" : "false";
  if (value.is_string()) return std::string(value.text);
  if (const node* codings = value.get("coding"); codings && codings->first) return token_of(*codings->first);
  for (const auto member : {"code", "value", "text"})
    if (const auto text = value.str(member); !text.empty()) return std::string(text);
  return {};
}

std::optional<std::string> sort_text_of(const node& value, parameter_type type) {
  switch (type) {
    case parameter_type::date: {
      const auto span = search_span_of(value);
      return span ? std::optional(sort_text(span->from)) : std::nullopt;
    }
    case parameter_type::number:
    case parameter_type::quantity: {
      const auto held = measure_of(value);
      if (!held) return std::nullopt;
      return sortable(held->low ? held->low->number() : held->high ? held->high->number() : 0.0);
    }
    case parameter_type::string: {
      const auto text = string_of(value);
      if (text.empty()) return std::nullopt;
      const auto& folded = fold_text(text);
      return folded.latin.empty() ? text : folded.latin;
    }
    case parameter_type::reference:
      return std::string(value.is_string() ? value.text : value.str("reference"));
    case parameter_type::token: return token_of(value);
    case parameter_type::uri: return std::string(value.text);
    default: return std::nullopt;
  }
}

} // namespace

std::string sort_text(timestamp when) {
  char text[24];
  const auto from_zero = uint64_t(when.time_since_epoch().count()) ^ (uint64_t(1) << 63);
  const auto n = std::snprintf(text, sizeof text, "%020llu", static_cast<unsigned long long>(from_zero));
  return {text, size_t(n)};
}

std::optional<timestamp> time_of_sort_text(std::string_view text) noexcept {
  uint64_t from_zero = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), from_zero);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return timestamp(std::chrono::microseconds(int64_t(from_zero ^ (uint64_t(1) << 63))));
}

std::optional<std::string> sort_text(const node& resource, const search_parameter& by, bool descending) {
  std::optional<std::string> out;
  if (by.type == parameter_type::composite) return out;
  any_value(resource, compiled(by).paths, [&](const node& value, const value_path&) {
    auto one = sort_text_of(value, by.type);
    if (one && !one->empty() && (!out || (descending ? *out < *one : *one < *out))) out = std::move(one);
    return false;
  });
  return out;
}

std::vector<std::string> references_of(const node& resource, const search_parameter& by) {
  std::vector<std::string> out;
  if (by.type != parameter_type::reference) return out;
  any_value(resource, compiled(by).paths, [&](const node& value, const value_path&) {
    auto text = value.is_string() ? value.text : value.str("reference");
    text = text.substr(0, text.find("/_history/"));
    if (!text.empty() && text[0] != '#') add(out, std::string(text));
    return false;
  });
  return out;
}

index_terms terms_of(const node& resource) {
  index_terms out;
  const auto type = resource.str("resourceType");
  const search_parameter* dated = nullptr;
  for (const auto& each : parameters_of(type)) {
    if (each.has('c')) each_value(resource, &each, [&](const node& value) { add_codes(value, out.codes); });
    if (each.has('d')) dated = &each;
  }
  each_value(resource, find_parameter(type, "identifier"), [&](const node& value) {
    if (const auto text = value.str("value"); !text.empty())
      add(out.identifiers, std::string(value.str("system")) + "|" + std::string(text));
  });
  std::optional<search_span> all;
  each_value(resource, dated, [&](const node& value) {
    const auto one = search_span_of(value);
    if (one) all = all ? search_span{std::min(all->from, one->from), std::max(all->to, one->to)} : *one;
  });
  if (all && all->from != timestamp::min()) out.from = all->from;
  if (all && all->to != timestamp::max()) out.to = all->to - std::chrono::microseconds{1};
  return out;
}

namespace {

/// Lists of several criteria: all must hold, so any one of them narrows; the shortest does it best.
void take_shorter(std::vector<std::string>& kept, std::vector<std::string> more) {
  if (!more.empty() && (kept.empty() || more.size() < kept.size())) kept = std::move(more);
}

void narrow_ids(const criterion& what, std::optional<std::vector<std::string>>& ids) {
  std::vector<std::string> these;
  for (const auto& each : what.any_of) {
    if (each.has_system && !each.system.empty()) continue; // an id has no system: this value matches nothing
    if (each.text.empty()) return;
    if (!ids || std::find(ids->begin(), ids->end(), each.text) != ids->end()) add(these, each.text);
  }
  ids = std::move(these);
}

void narrow_codes(const criterion& what, std::vector<std::string>& codes) {
  std::vector<std::string> these;
  for (const auto& each : what.any_of) {
    const auto& code = each.parts.empty() ? each : each.parts.front();
    if (code.text.empty()) return;
    add(these, code.text);
  }
  take_shorter(codes, std::move(these));
}

void narrow_identifiers(const criterion& what, std::vector<std::string>& identifiers) {
  std::vector<std::string> these;
  for (const auto& each : what.any_of) {
    const bool readable = each.text.find('|') == each.text.npos && each.system.find('|') == each.system.npos;
    if (each.text.empty() || !readable) return;
    add(these, each.system.empty() ? each.text : each.system + "|" + each.text);
  }
  take_shorter(identifiers, std::move(these));
}

/// The times that a value's matches touch; nothing where there is no end. `ap` needs to know what time it is,
/// `ne` is everywhere.
struct open_span {
  std::optional<timestamp> from, to;
};
open_span touched(const search_value& asked) noexcept {
  switch (asked.how) {
    case comparison::eq: return {asked.from, asked.to};
    case comparison::gt:
    case comparison::ge:
    case comparison::sa: return {asked.from, std::nullopt};
    case comparison::lt:
    case comparison::le:
    case comparison::eb: return {std::nullopt, asked.to};
    default: return {};
  }
}

void narrow_time(const criterion& what, narrowing& out) {
  if (what.any_of.empty()) return;
  auto hull = touched(what.any_of.front());
  for (const auto& each : what.any_of) {
    const auto one = touched(each);
    hull.from = hull.from && one.from ? std::optional(std::min(*hull.from, *one.from)) : std::nullopt;
    hull.to = hull.to && one.to ? std::optional(std::max(*hull.to, *one.to)) : std::nullopt;
  }
  if (hull.from) out.from = out.from ? std::max(*out.from, *hull.from) : *hull.from;
  if (hull.to) out.to = out.to ? std::min(*out.to, *hull.to) : *hull.to;
}

std::optional<int64_t> patient_number(std::string_view id) noexcept {
  int64_t out = 0;
  const auto [end, fault] = std::from_chars(id.data(), id.data() + id.size(), out);
  if (fault != std::errc() || end != id.data() + id.size() || out < 0 || (id.size() > 1 && id[0] == '0'))
    return std::nullopt;
  return out;
}

/// Only where every value can mean nothing but a patient of ours; whether it is so.
bool narrow_patients(const criterion& what, std::string_view base,
                     std::optional<std::vector<int64_t>>& patients) {
  std::vector<int64_t> these;
  for (const auto& each : what.any_of) {
    auto asked = each.type.empty() ? split_reference(each.text, base)
                                   : reference_parts{each.type, each.text, {}};
    if (asked.id.empty()) {
      if (what.what->targets != "Patient" || each.text.find(':') != each.text.npos) return false;
      asked = {"Patient", each.text, {}};
    }
    if (asked.type != "Patient") return false;
    const auto number = patient_number(asked.id);
    if (number && (!patients || std::find(patients->begin(), patients->end(), *number) != patients->end()))
      these.push_back(*number);
  }
  patients = std::move(these);
  return true;
}

} // namespace

narrowing narrow(const query& what, std::string_view base, timestamp now) {
  narrowing out;
  std::optional<std::vector<std::string>> ids;
  std::optional<std::vector<int64_t>> patients;
  for (const auto& each : what.all) {
    if (!each.what || each.reverse || !each.chained.empty() || each.any_of.empty()) continue;
    const auto name = each.what->name;
    const bool names_patient = is_kept_alone(what.type) ? each.what->type == parameter_type::reference
                                                        : name == "patient" || name == "subject";
    if (names_patient && (each.modifier.empty() || each.modifier == "Patient") &&
        narrow_patients(each, base, patients))
      continue;
    if (auto kept = kept_of(what.type, each, now)) out.kept.push_back(std::move(*kept));
    if (!each.modifier.empty()) continue;
    if (name == "_id") narrow_ids(each, ids);
    else if (name == "identifier") narrow_identifiers(each, out.identifiers);
    else if (!is_kept_alone(what.type) && (each.what->has('c') || name.starts_with("code-value-")))
      narrow_codes(each, out.codes);
    else if (each.what->has('d')) narrow_time(each, out);
  }
  // a period may begin before `to` and end past `from`, whatever their order
  out.no_match = (ids && ids->empty()) || (patients && patients->empty());
  if (ids) out.ids = std::move(*ids);
  if (patients) out.patients = std::move(*patients);
  return out;
}

} // namespace aorta::fhir
