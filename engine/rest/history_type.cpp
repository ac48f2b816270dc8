// The history of a type: what FHIR stored, and rows that only others wrote, as streams that are merged by
// time. A position is a line for each stream; the times of rows may change between two pages (somebody sees
// one first), so a page also tells how far back the one before it came.
#include "engine/rest/history.hpp"
#include "engine/rest/live.hpp"
#include "engine/rest/sources.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>

namespace aorta::rest {
namespace {

using model::table;
using ports::dated_by;
using ports::dated_row;

constexpr int most_at_once = 101; ///< rows that a stream reads on by

struct item {
  timestamp at;
  version what;
  std::string after; ///< the stream's position past it
};

class stream {
public:
  virtual ~stream() = default;
  /// Reads on: what it found is ready, and `ended` when there is no more.
  virtual status fetch(int limit) = 0;
  item take() {
    auto out = std::move(ready.front());
    ready.pop_front();
    position = ready.empty() ? behind : out.after;
    return out;
  }
  std::deque<item> ready;
  bool ended = false;
  size_t told = 0;      ///< how many were ever ready
  std::string position; ///< past what was taken
protected:
  void read_up_to(std::string place) {
    behind = std::move(place);
    if (ready.empty()) position = behind;
  }
  std::string behind; ///< past what was read
};

class stored final : public stream {
public:
  stored(fhir::document& into, repository& in, const std::string& type, const history_question& how,
         const std::string& after)
      : into_(into),
        in_(in) {
    query_.type = type;
    query_.since = how.since;
    query_.patient = only_of(in, type);
    position = behind = after;
  }
  status fetch(int limit) override {
    query_.after = behind;
    query_.limit = limit;
    auto page = in_.session().history(query_);
    if (!page) return page.error();
    for (const auto& each : page->items) {
      auto one = version_from(into_, each);
      if (!one) return one.error();
      if (!may_see_context(in_.who(), one->resource)) continue;
      ready.push_back({each.last_updated, std::move(*one),
                       to_iso(each.last_updated) + '|' + std::to_string(each.version) + '|' + each.id});
    }
    ended = page->next.empty();
    if (!ended) read_up_to(page->next);
    else if (!ready.empty()) read_up_to(ready.back().after);
    return done{};
  }
  result<std::optional<int64_t>> count() {
    return in_.session().count_history(query_, in_.around().most_scanned);
  }

private:
  fhir::document& into_;
  repository& in_;
  ports::history_query query_;
};

/// `time|version|how many resources of the row|key`
std::string place_text(const dated_row& row, size_t shown) {
  return to_iso(row.at) + '|' + std::to_string(row.version) + '|' + std::to_string(shown) + '|' + row.key;
}

class rows final : public stream {
public:
  rows(fhir::document& into, repository& in, const std::string& type, const history_question& how, table of,
       dated_by by)
      : into_(into),
        in_(in),
        type_(type) {
    query_.of = of;
    query_.by = by;
    query_.since = how.since;
    query_.patient = only_of(in, type);
  }
  /// False: the position is none. `back_to`: the time to which the pages before this have told everything.
  bool start(const std::string& after, std::optional<timestamp> back_to) {
    position = behind = after;
    if (!after.empty() && !read_place(after)) return false;
    if (back_to && (!query_.after || query_.after->at > *back_to)) {
      query_.after.reset();
      query_.until = back_to;
      skip_ = 0;
    }
    return true;
  }
  status fetch(int limit) override {
    query_.limit = limit;
    auto found = in_.session().dated(query_);
    if (!found) return found.error();
    ended = int(found->size()) < limit;
    if (found->empty()) return done{};
    const auto s = query_.by == dated_by::superseded ? add_superseded(*found) : add_rows(*found);
    if (!s) return s;
    skip_ = 0;
    query_.after = found->back();
    told += ready.size();
    read_up_to(place_text(found->back(), 0));
    return done{};
  }

private:
  bool read_place(const std::string& text) {
    const auto one = text.find('|'), two = text.find('|', one + 1),
               three = two == text.npos ? two : text.find('|', two + 1);
    if (one == text.npos || three == text.npos) return false;
    const auto version = text.substr(one + 1, two - one - 1), shown = text.substr(two + 1, three - two - 1);
    dated_row row;
    if (!from_iso(text.substr(0, one), row.at) || !is_number(version) || !is_number(shown)) return false;
    row.key = text.substr(three + 1);
    row.version = std::stoll(version);
    skip_ = std::stoul(shown);
    if (skip_ > 0) ++row.version; // past everything before this row: it is read once more
    query_.after = std::move(row);
    return true;
  }

  status add_rows(const std::vector<dated_row>& dated) {
    std::vector<std::string> keys;
    for (const auto& each : dated) keys.push_back(each.key);
    auto found = in_.session().rows(rows_of(query_.of, type_, std::move(keys)));
    if (!found) return found.error();
    auto beside = neighbours::of(in_.session(), type_, *found);
    if (!beside) return beside.error();
    std::map<std::string, ports::found*> by_key;
    for (auto& each : *found) by_key[each.row.key()] = &each;
    for (const auto& each : dated)
      if (const auto row = by_key.find(each.key); row != by_key.end())
        if (auto s = add_row(each, *row->second, beside->take(row->second->row),
                             &each == &dated.front() ? skip_ : 0);
            !s)
          return s;
    return done{};
  }

  /// Each resource of the row that nobody stored as it stands.
  status add_row(const dated_row& when, ports::found& found, const fhir::beside& with, size_t skip) {
    const bool watched = ports::is_watched(query_.of), by_sight = query_.by == dated_by::sight;
    if (watched && found.seen && !by_sight) return done{}; // told when it was seen
    size_t shown = 0;
    for (const auto& part : shown_parts(type_, found.row, found.entries)) {
      auto one = stand(into_, type_, found.row, found.entries, part, with, in_.around());
      if (!one) return one.error();
      if (!*one || !is_live_only(**one) || !visible(in_.who(), **one)) continue;
      auto& what = **one;
      if (!watched && what.last_updated && *what.last_updated != when.at)
        continue; // told by the other of its two times
      if (watched && !by_sight && !what.entry) date_as(into_, what, when.at);
      else date(into_, in_, what, found.seen);
      if (++shown > skip) ready.push_back({when.at, live_version(what), place_text(when, shown)});
    }
    return done{};
  }

  status add_superseded(const std::vector<dated_row>& dated) {
    std::vector<std::pair<std::string, std::string>> wanted;
    for (const auto& each : dated) {
      std::pair one(type_, fhir::resource_id(type_, {table::lab_results, each.key, {}}));
      if (std::find(wanted.begin(), wanted.end(), one) == wanted.end()) wanted.push_back(std::move(one));
    }
    std::map<std::string, std::vector<version>> by_key;
    for (auto& now : in_.load_all(into_, wanted)) {
      if (!now) return now.error();
      if (!*now || !(*now)->at) continue;
      auto all = superseded(into_, in_, **now);
      if (!all) return all.error();
      by_key.emplace((*now)->at->key, std::move(*all));
    }
    for (const auto& each : dated)
      if (const auto all = by_key.find(each.key); all != by_key.end()) add_version(each, all->second);
    return done{};
  }
  void add_version(const dated_row& when, std::vector<version>& of) {
    const auto number = std::to_string(when.version);
    for (auto& each : of)
      if (each.version_id == number || each.version_id.starts_with(number + "-"))
        return ready.push_back({when.at, each, place_text(when, 0)});
  }

  fhir::document& into_;
  repository& in_;
  std::string type_;
  ports::dated_query query_;
  size_t skip_ = 0; ///< of the first row: what a page before this has told
};

std::vector<std::pair<table, dated_by>> dated_tables(const std::string& type) {
  std::vector<std::pair<table, dated_by>> out;
  for (const auto of : fhir::tables_of(type)) {
    if (ports::is_watched(of)) out.emplace_back(of, dated_by::sight);
    if (of == table::lab_reports) out.emplace_back(of, dated_by::updated);
    else if (of == table::lab_results || of == table::lab_result_attachments || of == table::clinical_notes ||
             of == table::prescriptions)
      out.emplace_back(of, dated_by::created);
    if (of == table::lab_results) {
      out.emplace_back(of, dated_by::verified);
      out.emplace_back(of, dated_by::superseded);
    }
  }
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text)
    if (c == '\n') out.emplace_back();
    else out.back() += c;
  return out;
}

/// The number of versions or nothing, the time to which pages before have told all, and a position for each
/// stream.
struct place {
  std::optional<int64_t> total;
  std::optional<timestamp> back_to;
};

class merged {
public:
  merged(fhir::document& into, repository& in, const std::string& type, const history_question& how)
      : into_(into),
        in_(in),
        type_(type),
        how_(how) {}

  status open(const std::string& after) {
    const error none{error_code::invalid, "_cursor", "this cursor is none of ours"};
    auto lines = lines_of(after);
    const auto tables = dated_tables(type_);
    fresh_ = after.empty();
    if (fresh_) lines.assign(tables.size() + 3, {});
    if (lines.size() != tables.size() + 3) return none;
    if (is_number(lines[0])) from_.total = std::stoll(lines[0]);
    if (timestamp at; from_iso(lines[1], at)) from_.back_to = at;
    all_.push_back(std::make_unique<stored>(into_, in_, type_, how_, lines[2]));
    for (size_t i = 0; i < tables.size(); ++i) {
      auto one = std::make_unique<rows>(into_, in_, type_, how_, tables[i].first, tables[i].second);
      if (!one->start(lines[i + 3], from_.back_to)) return none;
      all_.push_back(std::move(one));
    }
    return done{};
  }

  result<history_page> page() {
    history_page out;
    while (int(out.all.size()) < how_.count) {
      auto all_ready = read_on();
      if (!all_ready) return all_ready.error();
      auto* newest = *all_ready ? newest_of() : nullptr;
      if (newest == nullptr) break;
      auto one = newest->take();
      from_.back_to = one.at;
      out.all.push_back(std::move(one.what));
    }
    if (auto s = read_on(); !s) return s.error();
    const bool more = std::any_of(all_.begin(), all_.end(),
                                  [](const auto& each) { return !each->ready.empty() || !each->ended; });
    if (fresh_)
      if (auto s = count(out, more); !s) return s.error();
    out.total = from_.total;
    if (more) out.next = position();
    return out;
  }

private:
  /// Until each stream has something to show or has ended. False: that takes too long; the page stays short.
  result<bool> read_on() {
    const int limit = std::min(how_.count + 1, most_at_once);
    for (auto& each : all_)
      while (each->ready.empty() && !each->ended) {
        if (!in_.look_at(size_t(limit)) || in_.overdue(false)) return false;
        if (auto s = each->fetch(limit); !s) return s.error();
      }
    return true;
  }
  stream* newest_of() {
    stream* out = nullptr;
    for (auto& each : all_)
      if (!each->ready.empty() && (out == nullptr || each->ready.front().at > out->ready.front().at))
        out = each.get();
    return out;
  }
  /// Stored versions are counted by the database; rows would all have to be read.
  status count(const history_page& first, bool more) {
    if (!more) return from_.total = int64_t(first.all.size()), done{};
    const bool only_stored = std::all_of(all_.begin() + 1, all_.end(),
                                         [](const auto& each) { return each->ended && each->told == 0; });
    if (!only_stored) return done{};
    auto counted = static_cast<stored&>(*all_.front()).count();
    if (!counted) return counted.error();
    from_.total = *counted;
    return done{};
  }
  std::string position() const {
    std::string out = from_.total ? std::to_string(*from_.total) : std::string();
    out += '\n' + (from_.back_to ? to_iso(*from_.back_to) : std::string());
    for (const auto& each : all_) out += '\n' + each->position;
    return out;
  }

  fhir::document& into_;
  repository& in_;
  std::string type_;
  const history_question& how_;
  bool fresh_ = true;
  place from_;
  std::vector<std::unique_ptr<stream>> all_; ///< what FHIR stored is the first
};

} // namespace

result<history_page> page_of_type(fhir::document& into, repository& in, const std::string& type,
                                  const history_question& how, const std::string& after) {
  merged all(into, in, type, how);
  if (auto s = all.open(after); !s) return s.error();
  return all.page();
}

} // namespace aorta::rest
