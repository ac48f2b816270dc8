// A message that is run again: what it says as it did before stays as it is, with its number, its
// verification and its history.
#include "engine/store/messages/filing.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace aorta::store {
namespace {

using ports::filing;

/// A row of `result_columns()` as texts, as a database would give it back.
class cell_texts final : public row_sink {
public:
  result_cells cells;

  void null() override { cells.emplace_back(); }
  void id(const uuid& v) override { cells.emplace_back(to_text(v)); }
  void key(const half_digest& v) override { cells.emplace_back(to_hex(v.data(), v.size())); }
  void text(std::string_view v) override { cells.emplace_back(is_clean(v) ? std::string(v) : cleaned(v)); }
  void integer(int64_t v) override { cells.emplace_back(std::to_string(v)); }
  void boolean(bool v) override { cells.emplace_back(v ? "1" : "0"); }
  void time(timestamp v) override { cells.emplace_back(sortable(v)); }
  void number(const decimal& v) override { cells.emplace_back(v.text()); }
};

bool same_cell(cell type, const std::optional<std::string>& a, const std::optional<std::string>& b) {
  if (!a || !b || type == cell::text) return a.value_or("") == b.value_or("");
  switch (type) {
    case cell::boolean: return read_boolean(*a) == read_boolean(*b);
    case cell::time: return read_time(*a) == read_time(*b);
    case cell::number: return std::strtod(a->c_str(), nullptr) == std::strtod(b->c_str(), nullptr);
    default: return *a == *b; // how many decimals a number has stands beside it
  }
}

/// But for when it was filed and its number.
bool same_row(const result_cells& a, const result_cells& b) {
  const auto& columns = result_columns();
  if (a.size() != columns.size() || b.size() != columns.size()) return false;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto& [name, type] = columns[i];
    if (name != "created_at" && name != "version" && !same_cell(type, a[i], b[i])) return false;
  }
  return true;
}

/// Of these the newest version of one result.
const result_cells* row_of(const std::vector<result_cells>& all, const uuid& id) {
  const auto& columns = result_columns();
  const auto number = size_t(
    std::find_if(columns.begin(), columns.end(), [](const auto& each) { return each.name == "version"; }) -
    columns.begin());
  const auto version = [&](const result_cells& row) { return read_integer(row.at(number).value_or("")); };
  const result_cells* out = nullptr;
  for (const auto& row : all)
    if (uuid_from_text(row.at(0).value_or("")) == id && (out == nullptr || version(row) > version(*out)))
      out = &row;
  return out;
}

} // namespace

/// A current value is held against the row that stands, a late one against the newest that the message left
/// in the history: who goes back to an earlier reading changes something. What is attached is no column, and
/// so always a version.
void filing_plan::keep_unchanged(const std::vector<earlier_filing>& earlier) {
  std::map<uuid, const earlier_filing*> before;
  for (const auto& each : earlier) before.emplace(each.message, &each);
  const auto said_so = [&](const result_version& row, const result_version& as_filed, bool current) {
    const auto found = before.find(row.message());
    if (row.from->how != filing::mode::again || found == before.end() || !row.value->attachments.empty())
      return false;
    const auto* stored = current ? row_of(found->second->own_current, row.id)
                                 : row_of(found->second->own_past, row.id);
    if (stored == nullptr) return false;
    cell_texts now;
    write_result(now, as_filed, now_);
    return same_row(*stored, now.cells);
  };
  for (slot* at : touched_) {
    if (!at->stored) continue;
    const auto is_its = [&](const result_version& row) { return row.id == at->id; };
    const auto past = std::count_if(history_.begin(), history_.end(), is_its);
    if (at->next && past == 0 && said_so(*at->next, current_row(*at), true)) {
      at->next.reset();
    } else if (!at->next && past == 1) {
      const auto it = std::find_if(history_.begin(), history_.end(), is_its);
      if (!said_so(*it, *it, false)) continue;
      history_.erase(it);
    } else {
      continue;
    }
    at->version = at->kept_version = at->stored_version;
  }
}

} // namespace aorta::store
