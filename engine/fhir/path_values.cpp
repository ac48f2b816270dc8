#include "engine/fhir/path_values.hpp"

#include "engine/base/text.hpp"

#include <unordered_map>

namespace aorta::fhir {
namespace {

std::vector<std::string_view> divided(std::string_view text, char by) {
  std::vector<std::string_view> out;
  for (size_t at; (at = text.find(by)) != text.npos; text.remove_prefix(at + 1))
    out.push_back(trimmed(text.substr(0, at), " "));
  out.push_back(trimmed(text, " "));
  return out;
}

path_step read_step(std::string_view text) {
  path_step out;
  const auto bracket = text.find('[');
  out.member = text.substr(0, bracket);
  if (bracket == text.npos) return out;
  const auto inside = text.substr(bracket + 1, text.size() - bracket - 2);
  if (const auto equals = inside.find('='); equals != inside.npos) {
    out.filter_member = inside.substr(0, equals);
    out.filter_value = inside.substr(equals + 1);
  } else if (inside == "x") {
    out.choice = true;
  } else {
    out.target = inside;
  }
  return out;
}

/// `value.ofType(dateTime)` stands as the member `valueDateTime`.
void join_type(std::string& member, std::string_view call) {
  const auto type = call.substr(7, call.size() - 8);
  const size_t at = member.size();
  member += type;
  if (member[at] >= 'a' && member[at] <= 'z') member[at] = char(member[at] - 'a' + 'A');
}

value_path read_path(std::string_view text) {
  value_path out;
  if (const auto in = text.find(" in "); in != text.npos) {
    out.system = trimmed(text.substr(in + 4), " ");
    text = trimmed(text.substr(0, in), " ");
  }
  if (text.starts_with("exists(")) {
    out.exists = true;
    text = text.substr(7, text.size() - 8);
  }
  if (text == "$this") return out;
  for (const auto step : divided(text, '.')) {
    if (step.starts_with("ofType(") && !out.steps.empty()) join_type(out.steps.back().member, step);
    else out.steps.push_back(read_step(step));
  }
  out.contact = out.steps.back().member == "telecom";
  return out;
}

std::vector<value_path> read_paths(std::string_view text) {
  std::vector<value_path> out;
  for (const auto path : divided(text, '|')) out.push_back(read_path(path));
  return out;
}

parameter_type type_named(std::string_view text) noexcept {
  for (int i = 0; i <= int(parameter_type::special); ++i)
    if (name(parameter_type(i)) == text) return parameter_type(i);
  return parameter_type::special;
}

/// A composite: `$this | component > token:code $ quantity:value.ofType(Quantity)`.
void read_parts(std::string_view text, compiled_parameter& out) {
  for (const auto part : divided(text, '$')) {
    const auto colon = part.find(':');
    out.parts.push_back({type_named(part.substr(0, colon)), read_paths(part.substr(colon + 1))});
  }
}

compiled_parameter compile(const search_parameter& of) {
  compiled_parameter out;
  if (of.type == parameter_type::composite) {
    const auto arrow = of.paths.find('>');
    out.paths = read_paths(trimmed(of.paths.substr(0, arrow), " "));
    read_parts(of.paths.substr(arrow + 1), out);
  } else {
    out.paths = read_paths(of.paths);
  }
  const auto is_name = of.name == "name" || of.name == "family" || of.name == "given" ||
    of.name.starts_with("address");
  out.by_words = is_name && of.type == parameter_type::string;
  return out;
}

using compiled_table = std::unordered_map<const search_parameter*, compiled_parameter>;

compiled_table whole_table() {
  compiled_table out;
  const auto take = [&](const search_parameter& each) { out.emplace(&each, compile(each)); };
  for (const auto& each : common_parameters()) take(each);
  for (const auto type : searched_types()) {
    for (const auto& each : parameters_of(type)) take(each);
    for (const auto of : compartment_types())
      if (const auto* whole = compartment_of(type, of)) take(*whole);
  }
  return out;
}

} // namespace

const compiled_parameter& compiled(const search_parameter& of) {
  static const compiled_table known = whole_table();
  static const compiled_parameter nothing;
  const auto it = known.find(&of);
  return it == known.end() ? nothing : it->second;
}

bool refers_to(const node& reference, std::string_view type) noexcept {
  auto text = reference.str("reference");
  if (text.empty()) return reference.str("type") == type;
  if (const auto version = text.find("/_history/"); version != text.npos) text = text.substr(0, version);
  const auto slash = text.rfind('/');
  if (slash == text.npos) return reference.str("type") == type;
  text = text.substr(0, slash);
  return text.ends_with(type) && (text.size() == type.size() || text[text.size() - type.size() - 1] == '/');
}

const node& truth_node(bool value) noexcept {
  static const node yes{.is = node::kind::boolean, .truth = true},
    no{.is = node::kind::boolean, .truth = false};
  return value ? yes : no;
}

} // namespace aorta::fhir
