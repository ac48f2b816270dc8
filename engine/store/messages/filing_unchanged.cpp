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

} // namespace

void filing_plan::keep_unchanged(const std::vector<earlier_filing>& earlier) {
  std::map<uuid, const earlier_filing*> before;
  for (const auto& each : earlier)
    if (!each.rows.empty()) before.emplace(each.message, &each);
  if (before.empty()) return;
  const auto stands = [&](const result_version& row, const slot& at) {
    const auto found = row.from->how == filing::mode::again ? before.find(row.message()) : before.end();
    if (found == before.end()) return false;
    auto as_filed = row;
    if (at.next && &row == &*at.next) as_filed = current_row(at);
    cell_texts now;
    write_result(now, as_filed, now_);
    return std::any_of(found->second->rows.begin(), found->second->rows.end(),
                       [&](const auto& cells) { return same_row(cells, now.cells); });
  };
  for (slot* at : touched_) {
    if (!at->stored) continue;
    const auto is_its = [&](const result_version& row) { return row.id == at->id; };
    const auto past = std::count_if(history_.begin(), history_.end(), is_its);
    if (at->next && past == 0 && stands(*at->next, *at)) {
      at->next.reset();
    } else if (!at->next && past == 1) {
      const auto it = std::find_if(history_.begin(), history_.end(), is_its);
      if (!stands(*it, *at)) continue;
      history_.erase(it);
    } else {
      continue;
    }
    at->version = at->kept_version = at->stored_version;
  }
}

} // namespace aorta::store
