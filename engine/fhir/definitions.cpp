#include "engine/fhir/definitions.hpp"

#include "engine/fhir/invariants.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace aorta::fhir {
namespace {

struct table_file {
  const char *name, *text; ///< too long for lengths that a compiler counts
};
constexpr table_file files[] = {
#include "fhir_tables.inc"
};

uint64_t part(const char* at, size_t bytes) noexcept {
  uint64_t out = 0;
  std::memcpy(&out, at, bytes);
  return out;
}

/// Length, both ends and the middle: the names of one type differ in one of them.
uint64_t hash(std::string_view name) noexcept {
  const size_t n = name.size();
  uint64_t h = n * 0x9e3779b97f4a7c15;
  if (n >= 4)
    h ^= part(name.data(), 4) | part(name.data() + n - 4, 4) << 32,
      h ^= part(name.data() + n / 2 - 2, 4) * 0xff51afd7ed558ccd;
  else if (n > 0)
    h ^= part(name.data(), 1) | part(name.data() + n / 2, 1) << 8 | part(name.data() + n - 1, 1) << 16;
  h *= 0xc4ceb9fe1a85ec53;
  return h ^ h >> 32;
}

template <class Each>
void each_line(std::string_view text, Each each) {
  while (!text.empty())
    if (const auto line = take_word(text, '\n'); !line.empty() && line.front() != '#') each(line);
}

struct primitive_name {
  std::string_view name;
  primitive is;
};
constexpr primitive_name primitives[] = {
  {"boolean", primitive::boolean},
  {"integer", primitive::integer},
  {"unsignedInt", primitive::unsigned_int},
  {"positiveInt", primitive::positive_int},
  {"decimal", primitive::decimal},
  {"string", primitive::string},
  {"markdown", primitive::markdown},
  {"code", primitive::code},
  {"id", primitive::id},
  {"uri", primitive::uri},
  {"url", primitive::url},
  {"canonical", primitive::canonical},
  {"oid", primitive::oid},
  {"uuid", primitive::uuid},
  {"base64Binary", primitive::base64},
  {"date", primitive::date},
  {"dateTime", primitive::datetime},
  {"instant", primitive::instant},
  {"time", primitive::time},
  {"xhtml", primitive::xhtml},
};

special_type special_of(std::string_view name) noexcept {
  if (name == "Reference") return special_type::reference;
  if (name == "Coding") return special_type::coding;
  if (name == "CodeableConcept") return special_type::codeable_concept;
  if (name == "Narrative") return special_type::narrative;
  if (name == "Extension") return special_type::extension;
  if (name == "Bundle") return special_type::bundle;
  for (const auto each : {"Quantity", "SimpleQuantity", "Age", "Count", "Distance", "Duration"})
    if (name == each) return special_type::quantity;
  return special_type::no;
}

uint32_t cardinality(std::string_view text) noexcept {
  uint32_t out = UINT32_MAX; // `*`
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

[[noreturn]] void defect(std::string_view what) {
  throw std::logic_error("schema/fhir: " + std::string(what));
}

} // namespace

std::string_view take_word(std::string_view& from, char separator) noexcept {
  const auto end = from.find(separator);
  const auto out = from.substr(0, end);
  from = end == from.npos ? std::string_view() : from.substr(end + 1);
  return out;
}

void each_table_line(std::string_view stem, const std::function<void(std::string_view line)>& use) {
  for (const auto& file : files)
    if (std::string_view(file.name).starts_with(stem)) each_line(file.text, use);
}

name_table::name_table(std::vector<std::string_view> names) : names_(std::move(names)) {
  if (names_.size() > 30'000) defect("a table is too large");
  slots_.resize(std::bit_ceil(names_.size() * 4 + 1));
  mask_ = slots_.size() - 1;
  for (size_t i = 0; i < names_.size(); ++i) {
    size_t at = hash(names_[i]) & mask_;
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = uint16_t(i + 1);
  }
}

int name_table::find(std::string_view name) const noexcept {
  if (slots_.empty()) return -1;
  for (size_t at = hash(name) & mask_; slots_[at] != 0; at = (at + 1) & mask_)
    if (names_[slots_[at] - 1U] == name) return slots_[at] - 1;
  return -1;
}

bool code_set::has(std::string_view system, std::string_view code) const noexcept {
  const int at = systems.find(system);
  return at >= 0 && of_system[size_t(at)].find(code) >= 0;
}

const definitions& definitions::get() {
  static const definitions all;
  return all;
}

definitions::definitions() {
  const auto every = [](std::string_view stem, auto use) {
    for (const auto& file : files)
      if (std::string_view(file.name).starts_with(stem)) use(file.text);
  };
  every("codes", [&](std::string_view text) { read_codes(text); });
  std::vector<std::string_view> names; // the types are laid out before their elements, which point at them
  std::vector<int> bits;
  int resources = 0;
  every("types", [&](std::string_view text) {
    each_line(text, [&](std::string_view line) {
      if (take_word(line, ' ') != "=") return;
      names.push_back(take_word(line, ' '));
      bits.push_back(line == "resource" ? resources++ : -1);
    });
  });
  if (resources > int(most_resource_types)) defect("more resource types than bits");
  types_.resize(names.size());
  for (size_t i = 0; i < bits.size(); ++i) types_[i].resource_index = bits[i];
  type_names_ = name_table(std::move(names));
  every("types", [&](std::string_view text) { read_types(text); });
  every("invariants", [&](std::string_view text) { read_invariants(text); });
  std::vector<std::string_view> extensions;
  every("extensions", [&](std::string_view text) { read_extensions(text, extensions); });
  extension_names_ = name_table(std::move(extensions));
  finish();
}

void definitions::read_codes(std::string_view text) {
  std::vector<std::string_view> systems, all;
  const auto close = [&] {
    if (sets_.empty()) return;
    sets_.back()->systems = name_table(std::exchange(systems, {}));
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    sets_.back()->all = name_table(std::exchange(all, {}));
  };
  each_line(text, [&](std::string_view line) {
    if (line.starts_with("codes ")) {
      close();
      sets_.push_back(std::make_unique<code_set>());
      sets_.back()->name = line.substr(6);
      return;
    }
    systems.push_back(take_word(line, '\t'));
    std::vector<std::string_view> codes;
    while (!line.empty()) codes.push_back(take_word(line, '\t'));
    all.insert(all.end(), codes.begin(), codes.end());
    sets_.back()->of_system.emplace_back(std::move(codes));
  });
  close();
}

void definitions::read_types(std::string_view text) {
  type_definition* now = nullptr;
  each_line(text, [&](std::string_view line) {
    if (!line.starts_with("= ")) return read_element(line, *now);
    line.remove_prefix(2);
    const auto name = take_word(line, ' '), kind = take_word(line, ' ');
    now = &types_[size_t(type_names_.find(name))];
    now->name = name, now->regex = line;
    now->is = kind == "primitive" ? type_definition::kind::primitive
      : kind == "resource"        ? type_definition::kind::resource
      : kind == "backbone"        ? type_definition::kind::backbone
                                  : type_definition::kind::datatype;
    now->special = special_of(name);
    for (const auto& each : primitives)
      if (each.name == name) now->format = each.is;
  });
}

/// NAME MIN MAX FLAGS TYPES [BINDING]; a choice becomes an element for each of its types.
void definitions::read_element(std::string_view line, type_definition& of) {
  element one;
  one.slot_name = take_word(line, ' ');
  one.min = cardinality(take_word(line, ' '));
  one.max = cardinality(take_word(line, ' '));
  one.many = one.max > 1;
  const auto flags = take_word(line, ' ');
  one.summary = flags.find('s') != flags.npos, one.modifier = flags.find('m') != flags.npos;
  auto types = take_word(line, ' ');
  if (line == "+mime") one.format = text_format::mime;
  else if (line == "+language") one.format = text_format::language;
  else if (!line.empty()) one.codes = codes(line);
  one.choice = one.slot_name.ends_with("[x]");
  one.slot = of.elements.empty() ? uint8_t(0) : uint8_t(of.elements.back().slot + 1);
  if (one.slot > 63) defect("more elements than bits");
  if (one.min > 0 && one.max > 0) of.required |= uint64_t(1) << one.slot;
  const auto stem = one.choice ? one.slot_name.substr(0, one.slot_name.size() - 3) : one.slot_name;
  while (!types.empty()) {
    auto type = take_word(types, '|');
    one.targets = nullptr;
    if (const auto open = type.find('('); open != type.npos) {
      one.targets = targets(type.substr(open + 1, type.size() - open - 2));
      type = type.substr(0, open);
    }
    if (type.front() == '@') type.remove_prefix(1);
    one.name = one.path = stem;
    if (one.choice) {
      const auto shown = type == "SimpleQuantity" ? std::string_view("Quantity") : type;
      std::string name(stem);
      name += shown;
      if (name[stem.size()] >= 'a') name[stem.size()] = char(name[stem.size()] - 'a' + 'A');
      one.name = *texts_.emplace_back(std::make_unique<std::string>(std::move(name)));
      one.path = *texts_.emplace_back(
        std::make_unique<std::string>(std::string(stem) + ".ofType(" + std::string(shown) + ")"));
    }
    const int at = type_names_.find(type);
    if (at < 0 && type != "Resource") defect(type);
    one.type = at < 0 ? nullptr : &types_[size_t(at)];
    of.elements.push_back(one);
  }
}

void definitions::read_invariants(std::string_view text) {
  each_line(text, [&](std::string_view line) {
    const auto path = take_word(line, ' '), key = take_word(line, ' ');
    keys_.push_back(key);
    auto function = invariant_function(std::string(path.substr(0, path.find('.'))) + "/" + std::string(key));
    if (!function) function = invariant_function(key);
    if (!function) return;
    int at = type_names_.find(path);
    if (at < 0 && path.rfind('.') != path.npos)
      at = type_names_.find(path.substr(0, path.rfind('.'))); // asked of the parent
    if (at < 0) defect(path);
    types_[size_t(at)].invariants.push_back({key, line, function});
  });
}

void definitions::read_extensions(std::string_view text, std::vector<std::string_view>& names) {
  each_line(text, [&](std::string_view line) {
    names.push_back(take_word(line, ' '));
    extension_types_.push_back(line);
  });
}

void definitions::finish() {
  for (auto& type : types_) {
    std::vector<std::string_view> names;
    for (const auto& each : type.elements) names.push_back(each.name);
    type.by_name = name_table(std::move(names));
  }
}

const code_set* definitions::codes(std::string_view name) const {
  for (const auto& each : sets_)
    if (each->name == name) return each.get();
  defect(name);
}

const type_bits* definitions::targets(std::string_view list) {
  auto bits = std::make_unique<type_bits>();
  while (!list.empty()) {
    const auto* type = resource(take_word(list, ','));
    if (!type) defect("a target that is no resource type");
    (*bits)[size_t(type->resource_index) / 64] |= uint64_t(1) << (type->resource_index % 64);
  }
  return targets_.emplace_back(std::move(bits)).get();
}

std::string_view definitions::extension_types(std::string_view url) const noexcept {
  constexpr std::string_view base = "http://hl7.org/fhir/StructureDefinition/";
  if (!url.starts_with(base)) return {};
  const int at = extension_names_.find(url.substr(base.size()));
  return at < 0 ? std::string_view() : extension_types_[size_t(at)];
}

const type_definition* definitions::find(std::string_view type) const noexcept {
  const int at = type_names_.find(type);
  return at < 0 ? nullptr : &types_[size_t(at)];
}

const type_definition* definitions::resource(std::string_view type) const noexcept {
  const auto* found = find(type);
  return found && found->resource_index >= 0 ? found : nullptr;
}

} // namespace aorta::fhir
