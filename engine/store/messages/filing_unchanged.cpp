// A message that is run again: what it says as it did before stays as it is, with its number, its
// verification and its history.
#include "engine/store/messages/filing.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

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

using rows_by_id = std::map<uuid, const result_cells*>;

/// Of each result the newest version.
rows_by_id newest_of(const std::vector<result_cells>& all) {
  const auto& columns = result_columns();
  const auto number = size_t(
    std::find_if(columns.begin(), columns.end(), [](const auto& each) { return each.name == "version"; }) -
    columns.begin());
  const auto version = [&](const result_cells& row) { return read_integer(row.at(number).value_or("")); };
  rows_by_id out;
  for (const auto& row : all) {
    auto& newest = out[uuid_from_text(row.at(0).value_or("")).value_or(uuid{})];
    if (newest == nullptr || version(row) > version(*newest)) newest = &row;
  }
  return out;
}

} // namespace

/// A current value is held against the row that stands, a late one against the newest that the message left
/// in the history: who goes back to an earlier reading changes something. What is attached is no column, and
/// so always a version.
void filing_plan::keep_unchanged(const std::vector<earlier_filing>& earlier) {
  struct filed_rows {
    rows_by_id current, past;
  };
  std::map<uuid, filed_rows> before;
  for (const auto& each : earlier)
    if (!each.own_current.empty() || !each.own_past.empty())
      before.emplace(each.message, filed_rows{newest_of(each.own_current), newest_of(each.own_past)});
  if (before.empty()) return;
  const auto said_so = [&](const result_version& row, const result_version& as_filed, bool current) {
    const auto found = before.find(row.message());
    if (row.from->how != filing::mode::again || found == before.end() || !row.value->attachments.empty())
      return false;
    const auto& rows = current ? found->second.current : found->second.past;
    const auto stored = rows.find(row.id);
    if (stored == rows.end()) return false;
    cell_texts now;
    write_result(now, as_filed, now_);
    return same_row(*stored->second, now.cells);
  };
  std::map<uuid, std::vector<size_t>> late; // places in `history_`
  for (size_t i = 0; i < history_.size(); ++i) late[history_[i].id].push_back(i);
  std::set<size_t> same;
  for (slot* at : touched_) {
    if (!at->stored) continue;
    const auto found = late.find(at->id);
    const auto past = found == late.end() ? size_t{0} : found->second.size();
    if (at->next && past == 0 && said_so(*at->next, current_row(*at), true)) {
      at->next.reset();
    } else if (!at->next && past == 1) {
      const auto place = found->second.front();
      if (!said_so(history_[place], history_[place], false)) continue;
      same.insert(place);
    } else {
      continue;
    }
    at->version = at->kept_version = at->stored_version;
  }
  if (same.empty()) return;
  size_t place = 0;
  std::erase_if(history_, [&](const auto&) { return same.contains(place++); });
}

} // namespace aorta::store
