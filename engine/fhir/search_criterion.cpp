#include "engine/fhir/search_criterion.hpp"

#include "engine/fhir/path_values.hpp"
#include "engine/fhir/search_values.hpp"
#include "engine/fhir/validate.hpp"

#include <algorithm>
#include <utility>

namespace aorta::fhir {
namespace {

constexpr int deepest_chain = 8;

std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 1 < text.size() &&
      std::string_view("\\,$|").find(text[i + 1]) != std::string_view::npos;
    if (escape) ++i;
    out += text[i];
  }
  return out;
}

/// Takes the prefix off; letters that are none stay and make the value malformed.
comparison take_prefix(std::string_view& text) noexcept {
  constexpr std::string_view all[] = {"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"};
  for (size_t i = 0; i < std::size(all); ++i) {
    if (!text.starts_with(all[i])) continue;
    text.remove_prefix(2);
    return comparison(i);
  }
  return comparison::eq;
}

using reading = std::optional<search_value>; ///< nothing: malformed

reading read_date(std::string_view text) {
  search_value out;
  out.how = take_prefix(text);
  const auto span = search_span_of(text);
  if (!span) return std::nullopt;
  out.text = text;
  out.from = span->from;
  out.to = span->to;
  return out;
}

reading read_quantity(std::string_view text, bool with_unit) {
  search_value out;
  out.how = take_prefix(text);
  const auto parts = split_escaped(text, '|');
  if (!magnitude_of(parts[0])) return std::nullopt;
  if (parts.size() != 1 && (!with_unit || parts.size() != 3)) return std::nullopt;
  out.text = parts[0];
  if (parts.size() == 3) {
    out.has_system = true;
    out.system = unescaped(parts[1]);
    out.code = unescaped(parts[2]);
  }
  return out;
}

reading read_token(std::string_view text) {
  search_value out;
  const auto parts = split_escaped(text, '|');
  if (parts.size() > 2) return std::nullopt;
  out.text = unescaped(parts.back());
  if (parts.size() == 2) {
    out.has_system = true;
    out.system = unescaped(parts[0]);
  }
  if (out.text.empty() && out.system.empty()) return std::nullopt;
  return out;
}

reading read_typed_identifier(std::string_view text) {
  const auto parts = split_escaped(text, '|');
  if (parts.size() != 3) return std::nullopt;
  search_value out;
  for (const auto part : parts) {
    if (part.empty()) return std::nullopt;
    out.parts.emplace_back().text = unescaped(part);
  }
  return out;
}

bool is_type_name(std::string_view text) noexcept {
  return !text.empty() && text[0] >= 'A' && text[0] <= 'Z' &&
    std::all_of(text.begin(), text.end(),
                [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
}

reading read_reference(std::string_view text, std::string_view type) {
  search_value out;
  out.text = unescaped(text);
  if (out.text.find(':') != out.text.npos) return out; // an absolute URL or a URN, compared as it is
  if (const auto slash = out.text.find('/'); slash != out.text.npos) {
    out.type = out.text.substr(0, slash);
    out.text.erase(0, slash + 1);
    if (!is_type_name(out.type) || (!type.empty() && out.type != type)) return std::nullopt;
  } else {
    out.type = type;
  }
  if (!is_id(out.text)) return std::nullopt;
  return out;
}

reading read_plain(std::string_view text) {
  search_value out;
  out.text = unescaped(text);
  return out;
}

reading read_one(parameter_type type, std::string_view text) {
  switch (type) {
    case parameter_type::date: return read_date(text);
    case parameter_type::number: return read_quantity(text, false);
    case parameter_type::quantity: return read_quantity(text, true);
    case parameter_type::token: return read_token(text);
    case parameter_type::reference: return read_reference(text, {});
    default: return read_plain(text);
  }
}

reading read_composite(const search_parameter& what, std::string_view text) {
  const auto& parts = compiled(what).parts;
  const auto texts = split_escaped(text, '$');
  if (texts.size() != parts.size()) return std::nullopt;
  search_value out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (texts[i].empty()) return std::nullopt;
    auto one = read_one(parts[i].type, texts[i]);
    if (!one) return std::nullopt;
    out.parts.push_back(std::move(*one));
  }
  return out;
}

bool modifies_as_type(const criterion& what) noexcept {
  return what.what->type == parameter_type::reference && is_type_name(what.modifier);
}

reading read_value(const criterion& what, std::string_view text) {
  if (what.what->type == parameter_type::composite) return read_composite(*what.what, text);
  if (what.modifier == "of-type") return read_typed_identifier(text);
  if (what.modifier == "identifier") return read_token(text);
  if (what.modifier == "text") return read_plain(text);
  if (modifies_as_type(what)) return read_reference(text, what.modifier);
  return read_one(what.what->type, text);
}

bool takes_modifier(const search_parameter& what, std::string_view modifier) noexcept {
  if (modifier.empty()) return true;
  if (modifier == "missing") return what.type != parameter_type::composite;
  switch (what.type) {
    case parameter_type::string: return modifier == "exact" || modifier == "contains";
    case parameter_type::uri: return modifier == "above" || modifier == "below";
    case parameter_type::token:
      if (what.name == "_id") return modifier == "not";
      return modifier == "not" || modifier == "text" || (modifier == "of-type" && what.name == "identifier");
    case parameter_type::reference:
      return modifier == "identifier" || (is_type_name(modifier) && may_name(what, modifier));
    default: return false;
  }
}

criterion_reading refused(std::string_view code, std::string text) {
  return {std::nullopt, false, std::string(code), std::move(text)};
}

criterion_reading unknown() {
  return {std::nullopt, true, "not-supported", "there is no such search parameter"};
}

criterion_reading refused_value(const search_parameter& what) {
  return refused("value",
                 "the value is not what a parameter of type " + std::string(name(what.type)) + " takes");
}

criterion_reading read_plain_criterion(criterion what, std::string_view value) {
  if (!takes_modifier(*what.what, what.modifier))
    return refused("not-supported", "this parameter does not take this modifier");
  if (what.modifier == "missing") {
    if (value != "true" && value != "false")
      return refused("value", "the modifier missing takes true or false");
    what.missing = value == "true";
    return {std::move(what), false, {}, {}};
  }
  for (const auto each : split_escaped(value, ',')) {
    if (each.empty()) return refused("value", "the parameter has no value");
    auto one = read_value(what, each);
    if (!one) return refused_value(*what.what);
    what.any_of.push_back(std::move(*one));
  }
  return {std::move(what), false, {}, {}};
}

criterion_reading read_at(std::string_view type, std::string_view key, std::string_view value, int depth);

criterion_reading around(criterion outer, criterion_reading inner) {
  if (!inner.read) return inner;
  outer.chained.push_back(std::move(*inner.read));
  return {std::move(outer), false, {}, {}};
}

/// The only type among the targets that knows the chain's next parameter; several: the client must say which.
criterion_reading read_chain(criterion outer, std::string_view rest, std::string_view value, int depth) {
  if (outer.what->type != parameter_type::reference)
    return refused("not-supported", "only a reference can be chained");
  if (!outer.modifier.empty()) {
    if (!is_type_name(outer.modifier) || !may_name(*outer.what, outer.modifier))
      return refused("not-supported", "the chain's type is none that this reference may name");
    outer.chain_type = std::exchange(outer.modifier, {});
    auto inner = read_at(outer.chain_type, rest, value, depth + 1);
    return around(std::move(outer), std::move(inner));
  }
  constexpr std::string_view ambiguous = "several types may be meant: name one, as in subject:Patient.name";
  if (outer.what->targets.empty()) return refused("not-supported", std::string(ambiguous));
  std::optional<criterion_reading> only;
  for (const auto type : searched_types()) {
    if (!may_name(*outer.what, type)) continue;
    auto inner = read_at(type, rest, value, depth + 1);
    if (inner.unknown) continue;
    if (only) return refused("not-supported", std::string(ambiguous));
    only = std::move(inner);
    outer.chain_type = type;
  }
  return only ? around(std::move(outer), std::move(*only)) : unknown();
}

/// `Observation:patient:code`, past `_has:`.
criterion_reading read_has(std::string_view type, std::string_view key, std::string_view value, int depth) {
  const auto first = key.find(':'), second = first == key.npos ? key.npos : key.find(':', first + 1);
  if (second == key.npos)
    return refused("structure",
                   "_has needs a type, a reference and a parameter: _has:Observation:patient:code");
  criterion out;
  out.reverse = true;
  out.chain_type = key.substr(0, first);
  out.what = find_parameter(out.chain_type, key.substr(first + 1, second - first - 1));
  if (!out.what) return unknown();
  if (out.what->type != parameter_type::reference || !may_name(*out.what, type))
    return refused("not-supported", "this is no reference to the searched type");
  auto inner = read_at(out.chain_type, key.substr(second + 1), value, depth + 1);
  return around(std::move(out), std::move(inner));
}

criterion_reading read_at(std::string_view type, std::string_view key, std::string_view value, int depth) {
  if (depth > deepest_chain) return refused("too-costly", "the chain is too long");
  if (key.starts_with("_has:")) return read_has(type, key.substr(5), value, depth);
  const auto dot = key.find('.');
  const auto head = key.substr(0, dot);
  const auto colon = head.find(':');
  criterion out;
  out.what = find_parameter(type, head.substr(0, colon));
  if (!out.what) return unknown();
  if (colon != head.npos) {
    out.modifier = head.substr(colon + 1);
    if (out.modifier.empty()) return refused("structure", "the modifier is empty");
  }
  return dot == key.npos ? read_plain_criterion(std::move(out), value)
                         : read_chain(std::move(out), key.substr(dot + 1), value, depth);
}

} // namespace

bool may_name(const search_parameter& what, std::string_view type) noexcept {
  if (what.targets.empty()) return true;
  for (auto rest = what.targets; !rest.empty();) {
    const auto comma = rest.find(',');
    if (rest.substr(0, comma) == type) return true;
    rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
  }
  return false;
}

std::vector<std::string_view> split_escaped(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  size_t from = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == separator) {
      out.push_back(text.substr(from, i - from));
      from = i + 1;
    }
  }
  out.push_back(text.substr(from));
  return out;
}

criterion_reading read_criterion(std::string_view type, std::string_view key, std::string_view value) {
  return read_at(type, key, value, 0);
}

} // namespace aorta::fhir
