// Single resources by type and id: rows first, then what FHIR keeps alone; each table is asked once for all
// of them.
#include "engine/rest/repository.hpp"

#include "engine/rest/live.hpp"
#include "engine/rest/sources.hpp"

#include <algorithm>
#include <map>

namespace aorta::rest {
namespace {

using loaded = result<std::optional<standing>>;

struct asked_resource {
  size_t index; ///< in the list of the caller
  std::string_view type;
  const std::string* id;
  std::optional<fhir::place> at;
};

loaded laboratory(fhir::document& into, repository& in, const std::string& id) {
  constexpr std::pair<model::table, std::string_view> told_by[] = {
    {model::table::lab_reports, "performing_lab_code"},
    {model::table::lab_results, "performing_lab_code"},
    {model::table::lab_orders, "lab_facility_code"}};
  std::vector<ports::row_query> queries;
  for (const auto& [of, code] : told_by) {
    auto& query = queries.emplace_back();
    query.of = of;
    // as their index has it
    query.equals = {{std::string(code), id.substr(4)}, {"clinic_id", std::to_string(in.who().clinic)}};
    // a result that a report stands over names no other laboratory, and is not in the index
    if (of == model::table::lab_results) query.without = {"report_id"};
    if (in.who().patient) query.patients = {*in.who().patient};
    query.limit = 1;
    query.with_entries = false;
    in.session().expect(query);
  }
  for (const auto& query : queries) {
    auto rows = in.session().rows(query);
    if (!rows) return rows.error();
    if (!rows->empty()) return stand_laboratory(into, id, rows->front().row);
  }
  return std::optional<standing>();
}

/// The rows of one table, and the resources that were asked of them.
status load_rows(fhir::document& into, repository& in, std::span<const asked_resource*> wanted,
                 std::vector<ports::found> rows, std::vector<loaded>& out) {
  std::map<std::string_view, ports::found*> by_key;
  for (auto& each : rows) by_key[*each.row.cells[0]] = &each;
  std::map<std::string_view, neighbours> beside;
  for (const auto* each : wanted) {
    const auto found = by_key.find(each->at->key);
    if (found == by_key.end()) continue;
    auto at = beside.find(each->type);
    if (at == beside.end()) {
      auto read = neighbours::of(in.session(), each->type, rows);
      if (!read) return read.error();
      at = beside.emplace(each->type, std::move(*read)).first;
    }
    auto& row = found->second->row;
    auto one = stand(into, each->type, row, found->second->entries, each->at->part, at->second.take(row),
                     in.around());
    if (one && *one && !visible(in.who(), **one)) one = std::optional<standing>();
    if (one && *one) date(into, in, **one, found->second->seen);
    out[each->index] = std::move(one);
  }
  return done{};
}

status load_alone(fhir::document& into, repository& in, const std::vector<asked_resource>& all,
                  std::vector<loaded>& out) {
  std::map<std::string_view, std::vector<const asked_resource*>> by_type;
  for (const auto& each : all)
    if (out[each.index] && !*out[each.index] && may_be_homeless(each.type, each.at))
      by_type[each.type].push_back(&each);
  for (const auto& [type, wanted] : by_type) {
    std::vector<std::string> ids;
    for (const auto* each : wanted) ids.push_back(*each->id);
    auto entries = in.session().entries(homeless(type, std::move(ids)));
    if (!entries) return entries.error();
    for (auto& entry : *entries)
      for (const auto* each : wanted) {
        if (*each->id != entry.id || (out[each->index] && *out[each->index])) continue;
        auto one = stand(into, entry);
        if (!one) out[each->index] = one.error();
        else if (visible(in.who(), *one)) out[each->index] = std::optional(std::move(*one));
      }
    for (const auto* each : wanted)
      if (type == "Organization" && each->id->starts_with("lab-") && out[each->index] && !*out[each->index])
        out[each->index] = laboratory(into, in, *each->id);
  }
  return done{};
}

} // namespace

std::vector<result<std::optional<standing>>> repository::load_all(
  fhir::document& into, const std::vector<std::pair<std::string, std::string>>& type_and_id) {
  std::vector<loaded> out(type_and_id.size(), loaded(std::optional<standing>()));
  std::vector<asked_resource> all;
  std::map<std::pair<model::table, bool>, std::vector<const asked_resource*>> tables;
  all.reserve(type_and_id.size());
  for (size_t i = 0; i < type_and_id.size(); ++i) {
    const auto& [type, id] = type_and_id[i];
    all.push_back({i, type, &id, fhir::place_of(type, id)});
    if (all.back().at) tables[{all.back().at->of, type == "DocumentReference"}].push_back(&all.back());
  }
  std::vector<ports::row_query> queries;
  for (const auto& [key, wanted] : tables) {
    std::vector<std::string> keys;
    for (const auto* each : wanted)
      if (std::find(keys.begin(), keys.end(), each->at->key) == keys.end()) keys.push_back(each->at->key);
    queries.push_back(rows_of(key.first, wanted[0]->type, std::move(keys)));
  }
  if (queries.size() > 1)
    for (const auto& each : queries) with_.expect(each);
  const auto fail = [&](const error& why) {
    out.assign(out.size(), loaded(why));
    return out;
  };
  size_t next = 0;
  for (auto& [key, wanted] : tables) {
    auto rows = with_.rows(queries[next++]);
    if (!rows) return fail(rows.error());
    if (auto s = load_rows(into, *this, wanted, std::move(*rows), out); !s) return fail(s.error());
  }
  if (auto s = load_alone(into, *this, all, out); !s) return fail(s.error());
  return out;
}

result<std::optional<standing>> repository::load(fhir::document& into, std::string_view type,
                                                 const std::string& id) {
  auto all = load_all(into, {{std::string(type), id}});
  return std::move(all.front());
}

} // namespace aorta::rest
