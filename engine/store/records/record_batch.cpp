#include "engine/store/records/record_batch.hpp"

#include "engine/store/records/record_columns.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using ports::entry_query;
using ports::fhir_entry;
using ports::found;
using ports::row_query;

template <class T>
bool has(const std::vector<T>& list, const T& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

template <class T>
void join(std::vector<T>& to, const std::vector<T>& more) {
  for (const auto& item : more)
    if (!has(to, item)) to.push_back(item);
}

/// What is left of a question when its one list is taken away; nothing where more narrows it, or a limit cuts
/// it.
std::optional<row_query> shape_of(const row_query& q) {
  row_query bare;
  bare.of = q.of;
  bare.with_entries = q.with_entries;
  bare.with_content = q.with_content;
  row_query rest = q;
  rest.keys.clear();
  rest.patients.clear();
  if (!q.keys.empty() && q.patients.empty() && size_t(q.limit) >= q.keys.size()) rest.limit = 0;
  if (rest != bare || q.keys.empty() == q.patients.empty()) return std::nullopt;
  bare.limit = q.keys.empty() ? 1 : 0; // only here: tells the two kinds apart
  return bare;
}

std::optional<entry_query> shape_of(const entry_query& q) {
  entry_query bare;
  bare.type = q.type;
  bare.homeless_only = q.homeless_only;
  bare.with_deleted = q.with_deleted;
  entry_query rest = q;
  rest.ids.clear();
  if (size_t(q.limit) >= q.ids.size()) rest.limit = 0;
  if (rest != bare || q.ids.empty()) return std::nullopt;
  return bare;
}

void add(row_query& to, const row_query& more) {
  join(to.keys, more.keys);
  join(to.patients, more.patients);
  to.limit = 0;
}
void add(entry_query& to, const entry_query& more) {
  join(to.ids, more.ids);
  to.limit = 0;
}

template <class Query>
std::vector<merged_query<Query>> merge_all(const std::vector<Query>& all) {
  std::vector<merged_query<Query>> out;
  std::vector<std::optional<Query>> shapes;
  for (const auto& q : all) {
    const auto shape = shape_of(q);
    const auto at = shape ? std::find(shapes.begin(), shapes.end(), shape) : shapes.end();
    if (at == shapes.end()) {
      out.push_back({q, {q}});
      shapes.push_back(shape);
      continue;
    }
    auto& group = out[size_t(at - shapes.begin())];
    if (has(group.parts, q)) continue;
    add(group.asked, q);
    group.parts.push_back(q);
  }
  return out;
}

} // namespace

std::vector<merged_query<row_query>> merge(const std::vector<row_query>& all) { return merge_all(all); }
std::vector<merged_query<entry_query>> merge(const std::vector<entry_query>& all) { return merge_all(all); }

std::vector<found> part_of(const merged_query<row_query>& whole, std::vector<found>& answer,
                           const row_query& part) {
  if (whole.parts.size() == 1) return std::move(answer);
  std::vector<std::string> keys;
  for (const auto& key : part.keys)
    if (auto readable = readable_key(part.of, key)) keys.push_back(std::move(*readable));
  std::vector<found> out;
  for (const auto& f : answer)
    if (part.keys.empty() ? has(part.patients, read_integer(f.row.text("patient_id")))
                          : has(keys, f.row.key()))
      out.push_back(f);
  return out;
}

std::vector<fhir_entry> part_of(const merged_query<entry_query>& whole, std::vector<fhir_entry>& answer,
                                const entry_query& part) {
  if (whole.parts.size() == 1) return std::move(answer);
  std::vector<fhir_entry> out;
  for (const auto& e : answer)
    if (has(part.ids, e.id)) out.push_back(e);
  return out;
}

} // namespace aorta::store
