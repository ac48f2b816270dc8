// The table of endpoints: each row says what there is, who may, what it takes and what it gives. Router, 405,
// metrics' labels, the API's description and the handbook are made of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::http {

/// Whose keys may. A key of scope `admin` may everything.
enum class scope : uint8_t {
  open,    ///< everybody, without a key
  any_key, ///< every valid key, whatever its scopes
  metrics,
  read,
  write,
  admin,         ///< only those that may everything
  resource_read, ///< or whose SMART scopes name the type of resource; see `words`
  resource_write,
};
std::string_view name(scope of) noexcept; ///< as keys hold it; empty for the first two
/// All that opens it, each alone: "read", "system/TYPE.read", "patient/TYPE.read". Empty for the first two.
std::vector<std::string_view> words(scope of);

/// What an answer is made of. What the engine tells of itself needs no clinic and is told while the store is
/// away.
enum class made_of : uint8_t { records, engine };

enum class need : uint8_t { optional, required };
enum class kind : uint8_t {
  text,
  number,
  flag,
  id,    ///< begins with neither `_` nor `$`, as FHIR's own words do
  texts, ///< a list, of a body
};

/// What is refused is said as `{"error": ...}`, as FHIR's OperationOutcome, or as OAuth has it (RFC
/// 6749 5.2).
enum class refusals : uint8_t { plain, outcome, oauth };

/// A query parameter, a member of a JSON body or of a form, or a segment of the path.
struct input {
  std::string_view name, sentence;
  need is = need::optional;
  kind of = kind::text;
  std::vector<std::string_view> choices = {}; ///< the only values there are; empty: any
};

struct endpoint {
  std::string_view method; ///< GET takes HEAD as well (RFC 9110 9.3.2)
  std::string_view path;   ///< a template: "/api/messages/{id}/link"; a parameter is one segment, decoded
  std::vector<input> segments = {}; ///< of the path's parameters those that do not take every segment
  scope may = scope::read;
  made_of from = made_of::records;
  std::string_view sentence;                   ///< what it does, for whoever reads the handbook
  std::vector<input> query = {}, body = {};    ///< body: members of a JSON object, or of a form
  std::string_view takes = {};                 ///< media type of a body that is no JSON object of `body`
  int status = 200;                            ///< when all goes well
  std::string_view media = "application/json"; ///< of that answer; empty: it has no body
  refusals fails = refusals::plain;
  bool slow = false;       ///< it may take many seconds, and waits for other such calls
  bool hides_path = false; ///< its segments tell who somebody is: the audit names the template, and keeps the
                           ///< path sealed
};

/// An endpoint and who answers it. `Call` is what a side of the door (the API, FHIR) hands to its handlers.
template <class Call>
struct row {
  endpoint is;
  void (*handle)(Call&) = nullptr;
};

/// The segments that stand in a template's `{name}`s, in their order. Names live as long as the table.
class path_values {
public:
  void add(std::string_view name, std::string value) { all_.emplace_back(name, std::move(value)); }
  /// Empty when the template has no such name.
  std::string_view operator[](std::string_view name) const noexcept;

private:
  std::vector<std::pair<std::string_view, std::string>> all_;
};

/// Whether a row takes this path. A parameter that `segments` does not name takes any segment, also one that
/// no id could be: its handler refuses it.
bool fits(const endpoint& row, std::span<const std::string> path) noexcept;
/// Of two templates that take the same path, the one that says a segment in words where the other has a
/// parameter, from the left.
bool is_nearer(std::string_view path_template, std::string_view than) noexcept;
/// The template as metrics name it: what is one of a row's choices stands in words, "/fhir/r4/Patient/{id}".
std::string label(const endpoint& row, std::span<const std::string> path);
bool takes(std::string_view row_method, std::string_view asked) noexcept;
std::vector<std::string_view> parameters_of(std::string_view path_template);
path_values values_of(std::string_view path_template, std::span<const std::string> path);
/// Adds a row's method to the value of `Allow`: "GET, HEAD, DELETE".
void allow(std::string& so_far, std::string_view row_method);

template <class Row>
struct match {
  const Row* path = nullptr;  ///< a row of this path, whatever its method; null: there is none (404)
  const Row* taken = nullptr; ///< the row that takes the method, too; null: 405 with `allowed`
  std::string allowed;
  path_values values;
};

/// Looks a request up. The table outlives the match.
template <class Row>
match<Row> find(std::span<const Row> table, std::string_view method, std::span<const std::string> path) {
  match<Row> out;
  for (const auto& each : table)
    if (fits(each.is, path) && (out.path == nullptr || is_nearer(each.is.path, out.path->is.path)))
      out.path = &each;
  if (out.path == nullptr) return out;
  for (const auto& each : table) {
    if (each.is.path != out.path->is.path || !fits(each.is, path)) continue;
    allow(out.allowed, each.is.method);
    if (takes(each.is.method, method)) out.taken = &each;
  }
  out.values = values_of(out.path->is.path, path);
  return out;
}

/// The rows of a table without their handlers: what documents are made of.
template <class Row>
std::vector<const endpoint*> described(std::span<const Row> table) {
  std::vector<const endpoint*> out;
  for (const auto& each : table) out.push_back(&each.is);
  return out;
}

} // namespace aorta::http
