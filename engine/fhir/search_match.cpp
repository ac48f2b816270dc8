// Whether a resource has what a criterion asks for.
#include "engine/fhir/path_values.hpp"
#include "engine/fhir/search_text.hpp"
#include "engine/fhir/search_values.hpp"

#include <algorithm>

namespace aorta::fhir {
namespace {

bool string_matches(const node& value, const criterion& what, const search_value& asked, bool by_words) {
  if (what.modifier == "exact")
    return any_text(value, [&](std::string_view text) { return text == asked.text; });
  const auto& query = query_for(asked.text);
  if (what.modifier == "contains")
    return any_text(value, [&](std::string_view text) { return query.within(text); });
  return any_text(value, [&](std::string_view text) { return query.begins(text, by_words); });
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }
bool is_phone_filler(char c) noexcept {
  return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/';
}

/// Telephone numbers without their punctuation, mail addresses without case.
bool contact_equals(std::string_view a, std::string_view b) noexcept {
  const bool number = a.find_first_of("0123456789") != a.npos && a.find('@') == a.npos;
  size_t i = 0, j = 0;
  for (;;) {
    while (number && i < a.size() && is_phone_filler(a[i])) ++i;
    while (number && j < b.size() && is_phone_filler(b[j])) ++j;
    if (i == a.size() || j == b.size()) return i == a.size() && j == b.size();
    if (lower(a[i++]) != lower(b[j++])) return false;
  }
}

bool contact_matches(const node& value, const search_value& asked) {
  if (asked.has_system && asked.system != value.str("system") && asked.system != value.str("use"))
    return false;
  return asked.text.empty() || contact_equals(value.str("value"), asked.text);
}

bool pair_matches(std::string_view system, std::string_view code, const search_value& asked) noexcept {
  if (asked.has_system && asked.system != system) return false;
  return asked.text.empty() || asked.text == code;
}

std::string_view code_in(const node& value) noexcept {
  const auto code = value.str("code");
  return code.empty() ? value.str("value") : code;
}

bool token_matches(const node& value, const search_value& asked, std::string_view implied_system) noexcept {
  if (value.is == node::kind::boolean)
    return (!asked.has_system || asked.system.empty()) && asked.text == (value.truth ? "true" : "false");
  if (value.is_string()) {
    if (asked.has_system && !asked.system.empty() && asked.system != implied_system) return false;
    return asked.text.empty() || asked.text == value.text;
  }
  if (!value.is_object()) return false;
  const node* codings = value.get("coding");
  if (!codings)
    return (value.get("system") || !code_in(value).empty()) &&
      pair_matches(value.str("system"), code_in(value), asked);
  for (const node* coding = codings->first; coding; coding = coding->next)
    if (pair_matches(coding->str("system"), coding->str("code"), asked)) return true;
  return false;
}

bool identifier_of_type_matches(const node& value, const search_value& asked) noexcept {
  if (asked.parts.size() != 3 || value.str("value") != asked.parts[2].text) return false;
  const node* type = value.get("type");
  const node* codings = type ? type->get("coding") : nullptr;
  for (const node* coding = codings ? codings->first : nullptr; coding; coding = coding->next)
    if (coding->str("system") == asked.parts[0].text && coding->str("code") == asked.parts[1].text)
      return true;
  return false;
}

bool token_text_matches(const node& value, const search_value& asked) {
  const auto& query = query_for(asked.text);
  const auto begins = [&](std::string_view text) { return !text.empty() && query.begins(text, false); };
  if (begins(value.str("text")) || begins(value.str("display"))) return true;
  if (const node* type = value.get("type"); type && begins(type->str("text"))) return true;
  const node* codings = value.get("coding");
  for (const node* coding = codings ? codings->first : nullptr; coding; coding = coding->next)
    if (begins(coding->str("display"))) return true;
  return false;
}

/// A canonical's version is no part of what it names, unless the client asks for it.
bool canonical_equals(std::string_view held, std::string_view asked) noexcept {
  if (held == asked) return true;
  return asked.find('|') == asked.npos && held.substr(0, held.find('|')) == asked;
}

bool reference_matches(const reference_parts& held, const criterion& what, const search_value& asked,
                       const match_context& with) {
  if (!what.modifier.empty() && held.type != what.modifier) return false;
  if (!asked.type.empty()) return held.id == asked.text && held.type == asked.type;
  const auto wanted = split_reference(asked.text, with.base);
  if (!wanted.id.empty()) return held.id == wanted.id && held.type == wanted.type;
  if (asked.text.find(':') != asked.text.npos) return canonical_equals(held.whole, asked.text);
  return held.id == asked.text;
}

/// A chain may ask for thousands at once: the reference is taken apart but once.
bool any_reference_matches(const node& value, const criterion& what, std::span<const search_value> any_of,
                           const match_context& with) {
  if (what.modifier == "identifier") {
    const node* identifier = value.get("identifier");
    return identifier && std::any_of(any_of.begin(), any_of.end(), [&](const search_value& asked) {
             return token_matches(*identifier, asked, {});
           });
  }
  const auto held = split_reference(value.is_string() ? value.text : value.str("reference"), with.base);
  if (held.whole.empty()) return false;
  return std::any_of(any_of.begin(), any_of.end(),
                     [&](const search_value& asked) { return reference_matches(held, what, asked, with); });
}

bool uri_matches(std::string_view held, const criterion& what, std::string_view asked) noexcept {
  const auto holds = [](std::string_view whole, std::string_view part) {
    return whole.starts_with(part) &&
      (whole.size() == part.size() || part.ends_with('/') || whole[part.size()] == '/');
  };
  if (what.modifier == "below") return holds(held, asked);
  if (what.modifier == "above") return holds(asked, held);
  return held == asked;
}

bool unit_matches(const node& quantity, const search_value& asked) noexcept {
  if (!asked.has_system) return true;
  if (!asked.system.empty())
    return quantity.str("system") == asked.system &&
      (asked.code.empty() || quantity.str("code") == asked.code);
  return asked.code.empty() || quantity.str("code") == asked.code || quantity.str("unit") == asked.code;
}

bool quantity_matches(const node& value, const search_value& asked) noexcept {
  const auto number = magnitude_of(asked.text);
  const auto held = measure_of(value);
  if (!number || !held || !compare(asked.how, *number, *held)) return false;
  const node* low = value.get("low");
  const node* unit_at = low ? low : value.get("high");
  return unit_matches(unit_at ? *unit_at : value, asked);
}

struct question {
  parameter_type type;
  const criterion& what;
  const match_context& with;
  bool by_words = false;
};

bool value_matches(const question& q, const node& value, const value_path& path, const search_value& asked) {
  switch (q.type) {
    case parameter_type::string: return string_matches(value, q.what, asked, q.by_words);
    case parameter_type::token:
      if (q.what.modifier == "of-type") return identifier_of_type_matches(value, asked);
      if (q.what.modifier == "text") return token_text_matches(value, asked);
      return path.contact ? contact_matches(value, asked) : token_matches(value, asked, path.system);
    case parameter_type::reference: return any_reference_matches(value, q.what, {&asked, 1}, q.with);
    case parameter_type::uri: return uri_matches(value.text, q.what, asked.text);
    case parameter_type::number:
    case parameter_type::quantity: return quantity_matches(value, asked);
    case parameter_type::date: {
      const auto held = search_span_of(value);
      return held && compare(asked.how, {asked.from, asked.to}, *held, q.with.now);
    }
    default: return false;
  }
}

/// All parts within one and the same of the places where they stand together.
bool composite_matches(const node& resource, const compiled_parameter& places, const criterion& what,
                       const search_value& asked, const match_context& with) {
  if (asked.parts.size() != places.parts.size()) return false;
  return any_value(resource, places.paths, [&](const node& at, const value_path&) {
    for (size_t i = 0; i < places.parts.size(); ++i) {
      const auto& part = places.parts[i];
      const question q{part.type, what, with};
      const auto fits_part = [&](const node& value, const value_path& path) {
        return value_matches(q, value, path, asked.parts[i]);
      };
      if (!any_value(at, part.paths, fits_part)) return false;
    }
    return true;
  });
}

bool any_matches(const node& resource, const compiled_parameter& places, const criterion& what,
                 const match_context& with) {
  if (what.what->type == parameter_type::composite)
    return std::any_of(what.any_of.begin(), what.any_of.end(), [&](const search_value& asked) {
      return composite_matches(resource, places, what, asked, with);
    });
  const question q{what.what->type, what, with, places.by_words};
  return any_value(resource, places.paths, [&](const node& value, const value_path& path) {
    if (q.type == parameter_type::reference) return any_reference_matches(value, what, what.any_of, with);
    return std::any_of(what.any_of.begin(), what.any_of.end(),
                       [&](const search_value& asked) { return value_matches(q, value, path, asked); });
  });
}

} // namespace

bool matches(const node& resource, const criterion& what, const match_context& with) {
  if (!what.what || what.reverse || !what.chained.empty()) return false;
  const auto& places = compiled(*what.what);
  if (what.modifier == "missing")
    return what.missing !=
      any_value(resource, places.paths, [](const node&, const value_path&) { return true; });
  return any_matches(resource, places, what, with) != (what.modifier == "not");
}

} // namespace aorta::fhir
