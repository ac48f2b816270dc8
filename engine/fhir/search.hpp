// R4 search (3.1.1): parameters of our types, their reading from a query, and whether a resource matches.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/fhir/document.hpp"
#include "engine/fhir/issue.hpp"
#include "engine/model/kept.hpp"
#include "engine/model/record.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::fhir {

enum class parameter_type : uint8_t {
  number,
  date,
  string,
  token,
  reference,
  composite,
  quantity,
  uri,
  special
};
std::string_view name(parameter_type) noexcept;

struct search_parameter {
  std::string_view name;
  parameter_type type;
  std::string_view definition; ///< follows http://hl7.org/fhir/SearchParameter/
  std::string_view paths;      ///< where the values stand, `|` between alternatives: "code",
                               ///< "value.ofType(Quantity)", "telecom[system=phone]"
  std::string_view targets;    ///< of a reference: types, `,` between them; empty: any
  std::string_view flags;      ///< what stores and compartments make of it: schema/fhir/parameters-00.txt
  bool has(char flag) const noexcept { return flags.find(flag) != flags.npos; }
};
/// Those that a type answers, besides the common ones and the results' parameters, which all have. One
/// table serves search and metadata.
std::span<const search_parameter> parameters_of(std::string_view type) noexcept;
std::span<const search_parameter> common_parameters() noexcept; ///< `_id`, `_lastUpdated`, `_tag`, ...
const search_parameter* find_parameter(std::string_view type,
                                       std::string_view name) noexcept; ///< also the common ones
/// What tells that a resource of `type` is in the compartment of some resource of type `of` (R4
/// CompartmentDefinition), as one parameter; null: none can be.
const search_parameter* compartment_of(std::string_view type, std::string_view of) noexcept;
/// The names of the parameters that make it up.
std::vector<std::string_view> told_of_compartment(std::string_view type, std::string_view of);

enum class comparison : uint8_t { eq, ne, gt, lt, ge, le, sa, eb, ap };

/// One value of a parameter, unescaped.
struct search_value {
  comparison how = comparison::eq;
  std::string text;                ///< string, uri, number as written, reference's id or url, token's code
  std::string system;              ///< of a token or quantity; see `has_system`
  bool has_system = false;         ///< `|code` means: no system
  std::string code;                ///< of a quantity: the unit
  std::string type;                ///< of a reference: `Patient` in `Patient/7`
  timestamp from{}, to{};          ///< of a date: the span [from, to) that its precision means
  std::vector<search_value> parts; ///< of a composite, or `:of-type` (system, code, value)
};

struct criterion {
  const search_parameter* what = nullptr;
  std::string modifier; ///< "", exact, contains, not, missing, identifier, of-type, above, below, text, or a
                        ///< type (`:Patient`)
  std::vector<search_value> any_of; ///< `,` means or
  bool missing = false;             ///< with modifier `missing`

  /// `subject:Patient.name=x`: the resources that this reference may name must match `chained` (one
  /// criterion). `_has:Observation:patient:code=x`: some `has_type` whose reference `what` names this
  /// resource must match.
  std::vector<criterion> chained;
  std::string chain_type; ///< the type at the chain's end, or of `_has`
  bool reverse = false;   ///< `_has`
};

struct include {
  std::string source, parameter, target; ///< `Observation:subject:Patient`; parameter `*`: all; target empty:
                                         ///< any
  bool reverse = false, iterate = false;
};

struct sort_key {
  const search_parameter* what = nullptr;
  bool descending = false;
};

struct query {
  std::string type;
  std::string within; ///< `Encounter/7`: in this compartment, which one of the criteria says
  std::vector<criterion> all;
  std::vector<include> includes;
  std::vector<sort_key> sort;
  std::optional<int> count; ///< `_count`
  enum class total : uint8_t { unset, none, estimate, accurate } want_total = total::unset;
  enum class summary : uint8_t { no, yes, text, data, count } brief = summary::no;
  std::vector<std::string> elements;
  std::string cursor;                                       ///< of `_cursor`, our own paging parameter
  std::vector<std::pair<std::string, std::string>> applied; ///< parameters as understood, for the self link,
                                                            ///< without `_cursor`
  std::vector<issue> warnings;                              ///< ignored parameters (lenient)
};

/// `params` decoded, in order, repeats kept. Errors name the parameter in `path`. Strict: what is not known
/// is a fault; lenient: a warning.
struct read_outcome {
  query value;
  std::vector<issue> faults;
};
read_outcome read_query(std::string_view type, const std::vector<std::pair<std::string, std::string>>& params,
                        bool lenient);

/// Whether a resource matches; chains and `_has` must have been resolved before (they never match here).
/// References match `Type/id`, `id` and absolute URLs that begin with `base`. Strings are compared folded
/// (case, accents, Greek as Latin) unless `:exact`.
struct match_context {
  std::string_view base; ///< the server's own, ending in `/fhir/r4`
  timestamp now{};       ///< for `ap`
};
bool matches(const node& resource, const criterion& what, const match_context& with);

/// For `_sort`: a text that sorts as the parameter's first value does (dates, numbers, strings, tokens);
/// nothing when it has none.
std::optional<std::string> sort_text(const node& resource, const search_parameter& by,
                                     bool descending = false);

/// The texts of times, and back.
std::string sort_text(timestamp when);
std::optional<timestamp> time_of_sort_text(std::string_view text) noexcept;

/// The references that a parameter finds in a resource, for includes and chains: `Patient/7`, or an absolute
/// URL as it stands.
std::vector<std::string> references_of(const node& resource, const search_parameter& by);

/// Codes, identifiers and times of a resource that a store can narrow searches by: of the parameters that the
/// table marks (`code`, of DocumentReference `type` and `category`; `date`, of Condition `recorded-date`, of
/// MedicationRequest `authoredon`), and `identifier`. A column may narrow in their place only if it never
/// holds less than they do.
struct index_terms {
  std::vector<std::string> codes; ///< codes of its main `code` (or type, category for a document) without
                                  ///< system
  std::vector<std::string> identifiers; ///< `system|value`
  std::optional<timestamp> from, to;    ///< what its date parameter spans, inclusive
};
index_terms terms_of(const node& resource);

/// Words and spans of every other search parameter, each once: what `kept_of` looks for.
struct kept_terms {
  std::vector<model::kept_word> words;
  std::vector<model::kept_span> spans;
};
kept_terms kept_terms_of(const node& resource);
/// What all that match have among their kept terms; nothing: they cannot be told so.
std::optional<model::kept_criterion> kept_of(std::string_view type, const criterion& what, timestamp now);
int64_t sorting_number(double number) noexcept; ///< in the order of the numbers

/// How the rows of a table tell the values of a search parameter: in a way that only their resource shows,
/// not at all, as the number of a resource in a column (`Encounter/7`), or as the latest of some times.
struct row_telling {
  enum class kind : uint8_t { somehow, never, number, times } is = kind::somehow;
  std::span<const std::string_view> columns = {};
};
/// `value`: of a word that is looked for; of a span none.
row_telling telling_of(std::string_view type, model::table of, std::string_view parameter,
                       std::string_view value = {});
/// Whether resources of these rows may have the member, or one that begins so.
bool is_told_by_rows(std::string_view type, model::table of, std::string_view member);

/// What a store may narrow a search by without losing a match; an empty list or nothing: cannot narrow. Every
/// criterion must still be asked.
struct narrowing {
  std::vector<std::string> ids; ///< of `_id`
  std::vector<int64_t> patients;
  bool no_match = false; ///< nothing can match (`_id` twice with different values, a patient that is no
                         ///< number)
  std::vector<std::string> codes;
  std::vector<std::string> identifiers; ///< `system|value`, or `value` when no system was told
  std::optional<timestamp> from, to;
  std::vector<model::kept_criterion> kept; ///< all of them hold for every match
};
narrowing narrow(const query& what, std::string_view base, timestamp now = {});

} // namespace aorta::fhir
