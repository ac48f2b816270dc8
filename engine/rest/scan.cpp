// Walks over all resources of a type: the rows of its tables by their keys, then what FHIR keeps alone. A
// position is `source:key:part`.
#include "engine/rest/live.hpp"
#include "engine/rest/merged_people.hpp"
#include "engine/rest/sources.hpp"

#include <algorithm>
#include <map>

namespace aorta::rest {
namespace {

struct position {
  size_t source = 0;
  std::string key, part;
  std::string text() const { return std::to_string(source) + ":" + key + (part.empty() ? "" : ":" + part); }
};

std::optional<position> position_of(const std::string& text, size_t sources) {
  if (text.empty()) return position{};
  const auto first = text.find(':');
  if (first != 1 || text[0] < '0' || size_t(text[0] - '0') >= sources) return std::nullopt;
  const auto second = text.find(':', first + 1);
  position out{size_t(text[0] - '0'), text.substr(2, second == text.npos ? text.npos : second - 2),
               second == text.npos ? "" : text.substr(second + 1)};
  return out;
}

bool may_see(const grant& who, std::string_view type, const model::record& row) {
  if (!who.patient || is_shared_type(type) || !model::shape(row.of).has_patient) return true;
  return row.text("patient_id") == std::to_string(*who.patient);
}

/// All parts of these rows past `behind`.
status stand_rows(fhir::document& into, repository& in, std::string_view type, size_t at,
                  std::vector<ports::found>& rows, const position& behind, std::vector<standing>& out) {
  auto beside = neighbours::of(in.session(), type, rows);
  if (!beside) return beside.error();
  for (auto& each : rows) {
    if (!may_see(in.who(), type, each.row)) continue;
    const auto parts = shown_parts(type, each.row, each.entries);
    auto from = parts.begin();
    if (!behind.part.empty() && each.row.key() == behind.key)
      if (const auto last = std::find(parts.begin(), parts.end(), behind.part); last != parts.end())
        from = last + 1;
    const auto with = beside->take(each.row);
    for (auto part = from; part != parts.end(); ++part) {
      const bool last = part + 1 == parts.end();
      auto key = each.row.key();
      auto one = stand(into, type, last ? std::move(each.row) : each.row, each.entries, *part, with,
                       in.around());
      if (!one) return one.error();
      if (!*one || (*one)->deleted) continue;
      date(into, in, **one, each.seen);
      (*one)->position = position{at, std::move(key), *part}.text();
      out.push_back(std::move(**one));
    }
  }
  if (type != "Patient") return done{};
  std::vector<standing*> people;
  for (auto& each : out) people.push_back(&each);
  return tell_merges(into, in, people);
}

status stand_entries(fhir::document& into, repository& in, size_t at, std::vector<ports::fhir_entry> entries,
                     std::vector<standing>& out) {
  for (auto& each : entries) {
    if (each.deleted) continue;
    auto one = stand(into, std::move(each));
    if (!one) return one.error();
    if (!visible(in.who(), *one)) continue;
    one->position = position{at, one->id, {}}.text();
    out.push_back(std::move(*one));
  }
  return done{};
}

void announce(ports::record_session& with, const std::vector<source>& sources, int limit) {
  for (auto each : sources) {
    if (each.skip) continue;
    each.rows.limit = each.entries.limit = limit;
    if (each.table) with.expect(each.rows);
    else with.expect(each.entries);
  }
}

} // namespace

result<repository::batch> repository::scan(fhir::document& into, std::string_view type,
                                           const fhir::narrowing& by, const std::string& after, int limit) {
  batch out;
  auto sources = sources_of(type, by, who_);
  auto at = position_of(after, sources.size());
  if (!at) return error{error_code::invalid, "_cursor", "this cursor is none of ours"};
  if (after.empty() && is_narrow(by)) announce(with_, sources, limit);
  int left = limit;
  for (; at->source < sources.size(); *at = position{at->source + 1, {}, {}}) {
    auto& from = sources[at->source];
    if (from.skip) continue;
    if (left <= 0) {
      out.next = at->text();
      return out;
    }
    if (!from.table) {
      from.entries.after = at->key;
      from.entries.limit = after.empty() ? limit : left;
      auto entries = with_.entries(from.entries);
      if (!entries) return entries.error();
      const bool full = int(entries->size()) >= from.entries.limit;
      if (full) out.next = position{at->source, entries->back().id, {}}.text();
      if (auto s = stand_entries(into, *this, at->source, std::move(*entries), out.found); !s)
        return s.error();
      return out;
    }
    // A row of which only some parts were taken is asked for once more; such tables have integer keys.
    from.rows.after = at->part.empty() || !is_number(at->key) ? at->key
                                                              : std::to_string(std::stoll(at->key) - 1);
    from.rows.limit = after.empty() ? limit : left;
    auto rows = with_.rows(from.rows);
    if (!rows) return rows.error();
    const bool full = int(rows->size()) >= from.rows.limit;
    const auto last = rows->empty() ? std::string() : rows->back().row.key();
    left -= int(rows->size());
    if (auto s = stand_rows(into, *this, type, at->source, *rows, *at, out.found); !s) return s.error();
    if (full) {
      out.next = position{at->source, last, {}}.text();
      return out;
    }
  }
  return out;
}

} // namespace aorta::rest
