// The search parameters of all types, read at first use from the tables of schema/fhir, which ops/derive-fhir
// makes of HL7's definitions. Left out there: those that compare by sound (phonetic), by distance (near), and
// those of extensions and examples.
#include "engine/fhir/definitions.hpp"
#include "engine/fhir/path_values.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace aorta::fhir {
namespace {

constexpr std::array<std::string_view, 9> type_words{"number",    "date",     "string", "token",  "reference",
                                                     "composite", "quantity", "uri",    "special"};

parameter_type type_of(std::string_view word) noexcept {
  for (size_t i = 0; i < type_words.size(); ++i)
    if (type_words[i] == word) return parameter_type(i);
  return parameter_type::special;
}

constexpr std::string_view compartment_letters = "PERLD";
constexpr std::array<std::string_view, 5> compartment_names{"Patient", "Encounter", "Practitioner",
                                                            "RelatedPerson", "Device"};

struct type_parameters {
  std::vector<search_parameter> all;
  std::unordered_map<std::string_view, size_t> by_name;
  std::array<search_parameter, compartment_names.size()> compartments; ///< without paths: none
};

class parameter_table {
public:
  static const parameter_table& get() {
    static const parameter_table all;
    return all;
  }

  const type_parameters* find(std::string_view type) const noexcept {
    const auto at = types_.find(type);
    return at == types_.end() ? nullptr : &at->second;
  }
  const type_parameters& common() const noexcept { return common_; }
  std::span<const std::string_view> names() const noexcept { return names_; }

private:
  parameter_table() {
    type_parameters* now = nullptr;
    each_table_line("parameters", [&](std::string_view line) {
      if (!line.starts_with("= ")) return read(line, *now);
      line.remove_prefix(2);
      now = line == "Resource" ? &common_ : &types_[line];
      if (now != &common_) names_.push_back(line);
    });
    join_compartments();
  }

  static void read(std::string_view line, type_parameters& of) {
    search_parameter one;
    one.name = take_word(line, '\t');
    one.type = type_of(take_word(line, '\t'));
    one.flags = take_word(line, '\t');
    one.paths = take_word(line, '\t');
    one.targets = take_word(line, '\t');
    if (one.targets == "-") one.targets = {};
    one.definition = line;
    of.by_name.emplace(one.name, of.all.size());
    of.all.push_back(one);
  }

  /// What several parameters tell of a compartment, as one that no query can name.
  void join_compartments() {
    for (auto& [type, of] : types_)
      for (size_t i = 0; i < compartment_names.size(); ++i) {
        std::string paths;
        for (const auto& each : of.all)
          if (each.has(compartment_letters[i])) (paths += paths.empty() ? "" : " | ") += each.paths;
        auto& whole = of.compartments[i];
        whole.name = "compartment";
        whole.type = parameter_type::reference;
        whole.targets = compartment_names[i];
        if (!paths.empty())
          whole.paths = *texts_.emplace_back(std::make_unique<std::string>(std::move(paths)));
      }
  }

  type_parameters common_;
  std::unordered_map<std::string_view, type_parameters> types_;
  std::vector<std::string_view> names_;
  std::vector<std::unique_ptr<std::string>> texts_;
};

const search_parameter* named(const type_parameters& of, std::string_view name) noexcept {
  const auto at = of.by_name.find(name);
  return at == of.by_name.end() ? nullptr : &of.all[at->second];
}

} // namespace

std::string_view name(parameter_type type) noexcept { return type_words[size_t(type)]; }

std::span<const std::string_view> searched_types() noexcept { return parameter_table::get().names(); }

std::span<const std::string_view> compartment_types() noexcept { return compartment_names; }

std::span<const search_parameter> common_parameters() noexcept { return parameter_table::get().common().all; }

std::span<const search_parameter> parameters_of(std::string_view type) noexcept {
  const auto* of = parameter_table::get().find(type);
  return of == nullptr ? std::span<const search_parameter>() : of->all;
}

const search_parameter* find_parameter(std::string_view type, std::string_view name) noexcept {
  const auto& all = parameter_table::get();
  if (name.starts_with('_')) return named(all.common(), name);
  const auto* of = all.find(type);
  return of == nullptr ? nullptr : named(*of, name);
}

const search_parameter* compartment_of(std::string_view type, std::string_view of) noexcept {
  const auto* all = parameter_table::get().find(type);
  const auto at = std::find(compartment_names.begin(), compartment_names.end(), of);
  if (all == nullptr || at == compartment_names.end()) return nullptr;
  const auto& whole = all->compartments[size_t(at - compartment_names.begin())];
  return whole.paths.empty() ? nullptr : &whole;
}

std::vector<std::string_view> told_of_compartment(std::string_view type, std::string_view of) {
  std::vector<std::string_view> out;
  const auto at = std::find(compartment_names.begin(), compartment_names.end(), of);
  if (at == compartment_names.end()) return out;
  for (const auto& each : parameters_of(type))
    if (each.has(compartment_letters[size_t(at - compartment_names.begin())])) out.push_back(each.name);
  return out;
}

} // namespace aorta::fhir
