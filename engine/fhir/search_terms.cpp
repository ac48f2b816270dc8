// Words and spans of all search parameters: of a resource, so that a store can keep them, and of a criterion,
// so that it can look for them. What is looked for is never less than what matches.
#include "engine/fhir/map.hpp"
#include "engine/fhir/path_values.hpp"
#include "engine/fhir/search_text.hpp"
#include "engine/fhir/search_values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <utility>

namespace aorta::fhir {
namespace {

using model::kept_criterion;
using model::kept_span;

constexpr auto first_moment = std::numeric_limits<int64_t>::min(),
               last_moment = std::numeric_limits<int64_t>::max();

// In front of a word's value: what it is.
constexpr char of_code = '=', of_system = '|', of_contact = '@', of_beginning = '~';

bool is_birth(const search_parameter& what) noexcept {
  return what.name == "birthdate" || what.name == "death-date";
}

/// A person's days are kept as words, so that nobody reads them in the store.
bool is_day(const search_parameter& what, const search_span& span) noexcept {
  return is_birth(what) && span.to - span.from == std::chrono::days{1};
}
std::string day_word(const search_span& span) { return std::to_string(span.from.time_since_epoch().count()); }

/// What is looked up otherwise: ids, times of writing, identifiers, names of patients; and codes of types
/// that tables serve.
bool kept_otherwise(std::string_view type, const search_parameter& what) {
  constexpr std::array<std::string_view, 7> of_patients{"name",  "family",  "given",    "phone",
                                                        "email", "telecom", "birthdate"};
  if (what.name == "_id" || what.name == model::kept_time || what.name == "identifier") return true;
  if (type == "Patient" && std::find(of_patients.begin(), of_patients.end(), what.name) != of_patients.end())
    return true;
  return !is_kept_alone(type) && (what.has('c') || what.name.starts_with("code-value-"));
}

/// What names a resource in any of its spellings: the last part of a URL, without version and fragment of a
/// canonical.
std::string_view named(std::string_view reference) noexcept {
  reference = reference.substr(0, reference.find("/_history/"));
  reference = reference.substr(0, reference.find('|'));
  const auto slash = reference.rfind('/');
  return slash == reference.npos ? reference : reference.substr(slash + 1);
}

constexpr std::array<size_t, 5> beginnings{1, 2, 3, 5, 8};

std::string_view longest_beginning(std::string_view text) noexcept {
  size_t size = 0;
  for (const auto each : beginnings)
    if (each <= text.size()) size = each;
  return text.substr(0, size);
}

std::string contact_word(std::string_view text, bool number) {
  std::string out(1, of_contact);
  for (const char c : text)
    if (!number || std::string_view(" -.()/").find(c) == std::string_view::npos)
      out += c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return out;
}
bool is_phone(std::string_view text) noexcept {
  return text.find_first_of("0123456789") != text.npos && text.find('@') == text.npos;
}

/// Gathers what one resource is found by.
class gathered_terms {
public:
  void take(const node& resource, const search_parameter& what) {
    const auto& places = compiled(what);
    if (what.type == parameter_type::composite) {
      const auto& first = places.parts.front();
      visit(resource, places.paths, [&](const node& at, const value_path&) {
        visit(at, first.paths, [&](const node& value, const value_path& path) {
          words(what.name, first.type, value, path, false);
        });
      });
      return;
    }
    std::optional<kept_span> around;
    visit(resource, places.paths, [&](const node& value, const value_path& path) {
      if (const auto one = span_of(what, value))
        around = around ? kept_span{{}, std::min(around->low, one->low), std::max(around->high, one->high)}
                        : one;
      words(what.name, what.type, value, path, places.by_words);
      if (what.type != parameter_type::date || !is_birth(what)) return;
      if (const auto day = search_span_of(value); day && is_day(what, *day)) add(what.name, day_word(*day));
    });
    if (!around || is_birth(what)) return;
    around->parameter = what.name;
    out.spans.push_back(std::move(*around));
  }

  kept_terms finish() {
    std::sort(out.words.begin(), out.words.end());
    out.words.erase(std::unique(out.words.begin(), out.words.end()), out.words.end());
    return std::move(out);
  }

private:
  template <class visitor>
  static void visit(const node& from, std::span<const value_path> paths, visitor&& each) {
    any_value(from, paths, [&](const node& value, const value_path& path) {
      each(value, path);
      return false;
    });
  }

  void add(std::string_view parameter, std::string value) {
    out.words.push_back({std::string(parameter), std::move(value)});
  }
  void add(std::string_view parameter, char what, std::string_view value) {
    if (!value.empty()) add(parameter, std::string(1, what).append(value));
  }

  static std::optional<kept_span> span_of(const search_parameter& what, const node& value) {
    if (what.type == parameter_type::date) {
      const auto span = search_span_of(value);
      if (!span) return std::nullopt;
      return kept_span{{}, span->from.time_since_epoch().count(), span->to.time_since_epoch().count()};
    }
    if (what.type != parameter_type::number && what.type != parameter_type::quantity) return std::nullopt;
    const auto held = measure_of(value);
    if (!held) return std::nullopt;
    kept_span out;
    if (held->low) out.low = sorting_number(held->low->number());
    if (held->high) out.high = sorting_number(held->high->number());
    return out;
  }

  void token(std::string_view parameter, const node& value) {
    if (value.is == node::kind::boolean) return add(parameter, of_code, value.truth ? "true" : "false");
    if (value.is_string()) return add(parameter, of_code, value.text);
    const node* codings = value.get("coding");
    if (codings == nullptr) {
      add(parameter, of_code, value.str("code"));
      if (value.str("code").empty()) add(parameter, of_code, value.str("value"));
      return add(parameter, of_system, value.str("system"));
    }
    for (const node* each = codings->first; each; each = each->next) {
      add(parameter, of_code, each->str("code"));
      add(parameter, of_system, each->str("system"));
    }
  }

  void beginnings_of(std::string_view parameter, std::string_view text, bool by_words) {
    for (size_t from = 0; from < text.size();) {
      for (const auto size : beginnings)
        if (from + size <= text.size()) add(parameter, of_beginning, text.substr(from, size));
      const auto blank = by_words ? text.find(' ', from) : text.npos;
      from = blank == text.npos ? text.size() : blank + 1;
    }
  }

  void words(std::string_view parameter, parameter_type type, const node& value, const value_path& path,
             bool by_words) {
    switch (type) {
      case parameter_type::token:
        if (!path.contact) return token(parameter, value);
        if (const auto text = value.str("value"); !text.empty())
          add(parameter, contact_word(text, is_phone(text)));
        return;
      case parameter_type::reference:
        add(parameter, of_code, named(value.is_string() ? value.text : value.str("reference")));
        if (const node* identifier = value.get("identifier"))
          token(std::string(parameter) + ":identifier", *identifier);
        return;
      case parameter_type::uri: return add(parameter, of_code, value.text);
      case parameter_type::string:
        any_text(value, [&](std::string_view text) {
          const auto& folded = fold_text(text);
          beginnings_of(parameter, folded.latin, by_words);
          beginnings_of(parameter, folded.folded, by_words);
          return false;
        });
        return;
      default: return;
    }
  }

  kept_terms out;
};

// ---- What a criterion looks for.

using looked_for = std::optional<std::vector<std::string>>; ///< nothing: cannot be looked up

looked_for token_words(const compiled_parameter& places, const search_value& asked) {
  const bool contact = std::any_of(places.paths.begin(), places.paths.end(),
                                   [](const value_path& path) { return path.contact; });
  if (contact) {
    if (asked.text.empty()) return std::nullopt;
    return std::vector{contact_word(asked.text, true), contact_word(asked.text, false)};
  }
  if (!asked.text.empty()) return std::vector{of_code + asked.text};
  const bool implied = std::any_of(places.paths.begin(), places.paths.end(),
                                   [&](const value_path& path) { return path.system == asked.system; });
  if (asked.system.empty() || implied) return std::nullopt;
  return std::vector{of_system + asked.system};
}

looked_for text_words(const search_value& asked) {
  std::vector<std::string> out;
  for (const auto& each : query_for(asked.text).beginnings()) {
    if (each.empty()) return std::nullopt;
    out.push_back(of_beginning + std::string(longest_beginning(each)));
  }
  return out.empty() ? std::nullopt : std::optional(std::move(out));
}

looked_for words_asked(parameter_type type, const compiled_parameter& places, const search_value& asked) {
  if (type == parameter_type::token) return token_words(places, asked);
  if (type == parameter_type::string) return text_words(asked);
  const auto value = type == parameter_type::reference ? named(asked.text) : std::string_view(asked.text);
  if (value.empty()) return std::nullopt;
  return std::vector{of_code + std::string(value)};
}

struct open_numbers {
  std::optional<int64_t> from, to;
};

open_numbers numbers_asked(const search_value& asked) {
  const auto exact = magnitude_of(asked.text);
  if (!exact) return {};
  const double number = exact->number();
  if (!std::isfinite(number)) return {};
  const double last_digit = std::pow(10.0, -exact->scale), slack = std::abs(number) * 1e-9 + last_digit * 0.6,
               about = slack + (asked.how == comparison::ap ? std::abs(number) * 0.11 : 0.0);
  const auto from = sorting_number(number - about), to = sorting_number(number + about);
  switch (asked.how) {
    case comparison::eq:
    case comparison::ap: return {from, to};
    case comparison::gt:
    case comparison::ge:
    case comparison::sa: return {from, std::nullopt};
    case comparison::lt:
    case comparison::le:
    case comparison::eb: return {std::nullopt, to};
    case comparison::ne: return {};
  }
  return {};
}

open_numbers moments_asked(const search_value& asked, timestamp now) {
  const auto of = [](timestamp at) { return at.time_since_epoch().count(); };
  switch (asked.how) {
    case comparison::eq: return {of(asked.from), of(asked.to)};
    case comparison::gt:
    case comparison::ge:
    case comparison::sa: return {of(asked.from), std::nullopt};
    case comparison::lt:
    case comparison::le:
    case comparison::eb: return {std::nullopt, of(asked.to)};
    case comparison::ap: {
      const auto gap = (now > asked.from ? now - asked.from : asked.from - now) / 10;
      return {of(asked.from - gap), of(asked.to + gap)};
    }
    case comparison::ne: return {};
  }
  return {};
}

std::optional<kept_criterion> span_asked(const criterion& what, timestamp now) {
  kept_criterion out;
  out.parameter = what.what->name;
  for (size_t i = 0; i < what.any_of.size(); ++i) {
    const auto& each = what.any_of[i];
    const auto one = what.what->type == parameter_type::date ? moments_asked(each, now) : numbers_asked(each);
    out.from = (i == 0 || out.from) && one.from ? std::min(out.from.value_or(last_moment), *one.from)
                                                : std::optional<int64_t>();
    out.to = (i == 0 || out.to) && one.to ? std::max(out.to.value_or(first_moment), *one.to)
                                          : std::optional<int64_t>();
    if (!out.from && !out.to) return std::nullopt;
  }
  return out;
}

std::optional<kept_criterion> days_asked(const criterion& what) {
  kept_criterion out;
  for (const auto& each : what.any_of) {
    if (each.how != comparison::eq || !is_day(*what.what, {each.from, each.to})) return std::nullopt;
    out.words.push_back({std::string(what.what->name), day_word({each.from, each.to})});
  }
  return out;
}

bool looks_up(const criterion& what) noexcept {
  const auto type = what.what->type;
  if (what.modifier.empty()) return type != parameter_type::special;
  if (type == parameter_type::string) return what.modifier == "exact";
  return type == parameter_type::reference && what.modifier != "missing";
}

} // namespace

int64_t sorting_number(double number) noexcept {
  const auto bits = std::bit_cast<int64_t>(number);
  return bits < 0 ? bits ^ std::numeric_limits<int64_t>::max() : bits;
}

kept_terms kept_terms_of(const node& resource) {
  gathered_terms out;
  const auto type = resource.str("resourceType");
  for (const auto& each : common_parameters())
    if (!kept_otherwise(type, each)) out.take(resource, each);
  for (const auto& each : parameters_of(type))
    if (!kept_otherwise(type, each)) out.take(resource, each);
  return out.finish();
}

std::optional<kept_criterion> kept_of(std::string_view type, const criterion& what, timestamp now) {
  if (what.what == nullptr || what.any_of.empty() || !looks_up(what)) return std::nullopt;
  const auto& of = *what.what;
  if (of.name == model::kept_time) { // as it is shown, and as the store has it, to the second
    auto out = span_asked(what, now);
    if (out && out->from) *out->from -= 1'000'000;
    if (out && out->to) *out->to += 1'000'000;
    return out;
  }
  if (kept_otherwise(type, of)) return std::nullopt;
  if (is_birth(of)) return days_asked(what);
  if (of.type == parameter_type::date || of.type == parameter_type::number ||
      of.type == parameter_type::quantity)
    return span_asked(what, now);

  const auto& places = compiled(of);
  std::vector<std::string> parameters;
  if (of.name == "compartment") {
    for (const auto each : told_of_compartment(type, of.targets)) parameters.emplace_back(each);
  } else {
    parameters.emplace_back(of.name);
    if (what.modifier == "identifier") parameters.back() += ":identifier";
  }
  kept_criterion out;
  for (const auto& each : what.any_of) {
    looked_for words;
    if (of.type == parameter_type::composite) {
      compiled_parameter first;
      first.paths = places.parts.front().paths;
      if (!each.parts.empty()) words = words_asked(places.parts.front().type, first, each.parts.front());
    } else {
      words = words_asked(what.modifier == "identifier" ? parameter_type::token : of.type, places, each);
    }
    if (!words) return std::nullopt;
    for (const auto& parameter : parameters)
      for (const auto& word : *words) out.words.push_back({parameter, word});
  }
  return out.words.empty() ? std::nullopt : std::optional(std::move(out));
}

} // namespace aorta::fhir
