// Searches: candidates that the store narrows, each asked all criteria as it would be shown; pages by keyset
// or, when sorted, by what was sorted.
#include "engine/rest/live.hpp"
#include "engine/rest/paging.hpp"
#include "engine/rest/search_steps.hpp"
#include "engine/rest/sources.hpp"

#include <algorithm>
#include <functional>

namespace aorta::rest {
namespace {

constexpr int most_rows_at_once = 2000;

struct plan {
  const fhir::query& what;
  std::vector<fhir::criterion> criteria;
  fhir::narrowing by;
  fhir::match_context with;
  int most = 0; ///< how many it may look at
};

/// Calls `take` with each match past `after`, in their fixed order, until it returns false. Those of the
/// first look live in `into`, the others in a document that is gone after the call (`passing`).
using taker = std::function<bool(standing& match, bool passing)>;
/// `stopped`: where it was given up when it had looked at as many as it may; null: that is a refusal.
status walk(repository& in, fhir::document& into, const plan& how, std::string after, const taker& take,
            std::string* stopped = nullptr) {
  int limit = first_rows(how.what);
  int64_t looked_at = 0;
  // What is asked of codes and components alike finds a pressure in its panel: not once more by itself.
  const bool twice = std::any_of(how.criteria.begin(), how.criteria.end(), [](const fhir::criterion& one) {
    return one.what != nullptr && one.what->name.starts_with("combo-");
  });
  for (bool first = true;; first = false) {
    fhir::document passing;
    auto batch = in.scan(first ? into : passing, how.what.type, how.by, after, limit);
    if (!batch) return batch.error();
    if (!in.look_at(batch->found.size()))
      return too_costly("the searches of this request would look at too many resources; ask more narrowly");
    for (auto& each : batch->found) {
      if (++looked_at > how.most) {
        if (stopped != nullptr && !after.empty()) {
          *stopped = after;
          return done{};
        }
        return too_costly(
          "this search would look at too many resources; ask more narrowly, as by patient or code");
      }
      after = each.position;
      const auto fits = [&](const fhir::criterion& one) {
        return fhir::matches(*each.resource, one, how.with);
      };
      if (twice && stands_in_panel(each)) continue;
      if (std::all_of(how.criteria.begin(), how.criteria.end(), fits) && !take(each, !first)) return done{};
    }
    if (batch->next.empty()) return done{};
    after = std::move(batch->next);
    limit = most_rows_at_once; // rows of a list of patients are put in order anew for each look
  }
}

bool counts(const fhir::query& what) {
  return what.want_total == fhir::query::total::accurate || what.brief == fhir::query::summary::count;
}

result<int64_t> count_matches(repository& in, const plan& how) {
  int64_t out = 0;
  fhir::document passing;
  auto s = walk(in, passing, how, {}, [&](standing&, bool) { return ++out, true; });
  if (!s) return s.error();
  return out;
}

/// A page of one that may be short has fewer than asked, or none, where matches are rare; the next one goes
/// on.
result<search_result> in_order(repository& in, fhir::document& into, const plan& how,
                               const std::string& after, int limit, pages are) {
  search_result out;
  int64_t all = 0;
  bool more = false;
  std::string stopped;
  const bool count_on = counts(how.what) && after.empty();
  auto s = walk(
    in, into, how, after,
    [&](standing& match, bool passing) {
      ++all;
      if (int(out.matches.size()) >= limit) {
        more = true;
        return count_on;
      }
      if (passing) match.resource = into.copy(*match.resource);
      out.matches.push_back(std::move(match));
      return true;
    },
    are == pages::may_be_short && !count_on ? &stopped : nullptr);
  if (!s) return s.error();
  if (more && !out.matches.empty()) out.next = out.matches.back().position;
  else out.next = stopped;
  if (count_on || (after.empty() && out.next.empty())) out.total = all;
  return out;
}

// How a sorted search orders: by the texts of its keys, those without one last, then by the id.
struct candidate {
  std::vector<std::optional<std::string>> texts;
  std::string id;
  standing what; ///< without a resource when it must be loaded again
};

bool before(const std::vector<fhir::sort_key>& keys, const candidate& a, const candidate& b) {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (a.texts[i] == b.texts[i]) continue;
    if (!a.texts[i] || !b.texts[i]) return a.texts[i].has_value();
    return keys[i].descending ? *b.texts[i] < *a.texts[i] : *a.texts[i] < *b.texts[i];
  }
  return a.id < b.id;
}

std::string position_of(const candidate& last) {
  std::string out = "s";
  for (const auto& text : last.texts) out += text ? "+" + *text + '\x1f' : std::string("-\x1f");
  return out + last.id;
}

std::optional<candidate> candidate_from(std::string_view position, size_t keys) {
  if (!position.starts_with('s')) return std::nullopt;
  position.remove_prefix(1);
  candidate out;
  for (size_t i = 0; i < keys; ++i) {
    const auto end = position.find('\x1f');
    if (end == position.npos || end == 0) return std::nullopt;
    out.texts.push_back(position[0] == '+' ? std::optional(std::string(position.substr(1, end - 1)))
                                           : std::nullopt);
    position.remove_prefix(end + 1);
  }
  out.id = position;
  return out;
}

status load_missing(repository& in, fhir::document& into, const std::string& type,
                    std::vector<candidate>& page) {
  std::vector<std::pair<std::string, std::string>> wanted;
  for (const auto& each : page)
    if (each.what.resource == nullptr) wanted.emplace_back(type, each.id);
  if (wanted.empty()) return done{};
  auto loaded = in.load_all(into, wanted);
  size_t next = 0;
  for (auto& each : page) {
    if (each.what.resource != nullptr) continue;
    auto& one = loaded[next++];
    if (!one) return one.error();
    if (*one) each.what = std::move(**one);
  }
  return done{};
}

/// The first ones past a place, in the asked order.
class sorted_page {
public:
  sorted_page(const std::vector<fhir::sort_key>& keys, const std::optional<candidate>& past, int limit)
      : keys_(keys),
        past_(past),
        limit_(size_t(limit)) {}

  /// Begins anew; what its first key does not place at `least` or behind is left out.
  void begin(std::string least) {
    least_ = std::move(least);
    found_.clear();
    all_ = 0;
  }
  void take(standing& match, bool passing) {
    ++all_;
    candidate one{{}, match.id, {}};
    for (const auto& key : keys_)
      one.texts.push_back(fhir::sort_text(*match.resource, *key.what, key.descending));
    if (past_ && !before(keys_, *past_, one)) return;
    if (!least_.empty() && (!one.texts[0] || *one.texts[0] < least_)) return;
    if (!passing) one.what = std::move(match);
    found_.push_back(std::move(one));
    if (found_.size() < 4 * limit_ + 1000) return;
    std::nth_element(found_.begin(), found_.begin() + long(limit_), found_.end(), order());
    found_.resize(limit_ + 1);
  }
  bool is_full() const noexcept { return found_.size() > limit_; }
  int64_t all() const noexcept { return all_; }
  std::vector<candidate> finish() {
    std::sort(found_.begin(), found_.end(), order());
    return std::move(found_);
  }

private:
  std::function<bool(const candidate&, const candidate&)> order() const {
    return [this](const candidate& a, const candidate& b) { return before(keys_, a, b); };
  }
  const std::vector<fhir::sort_key>& keys_;
  const std::optional<candidate>& past_;
  size_t limit_;
  std::string least_;
  std::vector<candidate> found_;
  int64_t all_ = 0;
};

/// The plan for what is of these times; nothing: they narrow nothing.
std::optional<plan> of_times(repository& in, const plan& how, const fhir::search_parameter& by,
                             timestamp from, std::optional<timestamp> to) {
  fhir::query narrowed;
  narrowed.type = how.what.type;
  narrowed.all = how.criteria;
  const auto add = [&](fhir::comparison compare, timestamp at) {
    fhir::criterion one;
    one.what = &by;
    one.any_of.resize(1);
    one.any_of[0].how = compare;
    one.any_of[0].from = one.any_of[0].to = at;
    narrowed.all.push_back(std::move(one));
  };
  add(fhir::comparison::ge, from);
  if (to) add(fhir::comparison::le, *to + std::chrono::seconds{1});
  plan out = how;
  out.by = fhir::narrow(narrowed, in.around().base, how.with.now);
  if (out.by.kept.size() == how.by.kept.size() && out.by.from == how.by.from) return std::nullopt;
  return out;
}

constexpr int at_once = 2000; ///< so few are put in order without further ado

/// What is newest of a whole clinic, without looking at all of it: ever longer times back from the last page,
/// until one of them fills this one; where such a time has too much in it, a shorter one.
class newest {
public:
  using gathering = std::function<status(const plan& part, std::string* stopped)>;
  newest(repository& in, const plan& how, sorted_page& page, gathering gather)
      : in_(in),
        how_(how),
        page_(page),
        gather_(std::move(gather)) {}

  /// False: the page must be made of all.
  result<bool> fill(const std::optional<candidate>& past) {
    using std::chrono::days;
    if (past && past->texts[0]) until_ = fhir::time_of_sort_text(*past->texts[0]);
    if (past && !until_) return false;
    const auto end = until_.value_or(how_.with.now);
    auto later = end;
    for (const auto back : {days{1}, days{8}, days{64}, days{512}, days{4096}}) {
      const auto has = look(end - back);
      if (!has) return has.error();
      if (*has == holds::much) return between(end - back, later);
      if (*has != holds::little) return *has == holds::a_page;
      later = end - back;
    }
    return false;
  }

private:
  enum class holds : uint8_t { little, a_page, much, unknown };

  result<holds> look(timestamp from, std::optional<int> most = {}) {
    auto part = of_times(in_, how_, *how_.what.sort[0].what, from, until_);
    if (!part) return holds::unknown;
    part->most = most.value_or(std::min(at_once, how_.most));
    page_.begin(fhir::sort_text(from));
    std::string stopped;
    if (auto s = gather_(*part, most ? nullptr : &stopped); !s) return s.error();
    return !stopped.empty() ? holds::much : page_.is_full() ? holds::a_page : holds::little;
  }

  /// From `much` on there is too much, from `little` on not enough.
  result<bool> between(timestamp much, timestamp little) {
    for (int turns = 0; turns < 30 && little - much > std::chrono::milliseconds{1}; ++turns) {
      const auto middle = much + (little - much) / 2;
      const auto has = look(middle);
      if (!has) return has.error();
      if (*has == holds::a_page) return true;
      (*has == holds::much ? much : little) = middle;
    }
    in_.count_from(before_);
    const auto has = look(much, how_.most); // so many at one moment
    if (!has) return has.error();
    return *has == holds::a_page;
  }

  repository& in_;
  const plan& how_;
  sorted_page& page_;
  gathering gather_;
  std::optional<timestamp> until_;
  int64_t before_ = in_.looked_at();
};

result<search_result> sorted(repository& in, fhir::document& into, const plan& how, const std::string& after,
                             int limit) {
  const auto& keys = how.what.sort;
  std::optional<candidate> past;
  if (!after.empty() && !(past = candidate_from(after, keys.size())))
    return error{error_code::invalid, "_cursor", "this cursor is none of ours"};
  sorted_page page(keys, past, limit);
  std::string stopped;
  const auto gather = [&](const plan& part, std::string* gives_up) {
    return walk(
      in, into, part, {}, [&](standing& match, bool passing) { return page.take(match, passing), true; },
      gives_up);
  };
  const bool by_time = keys[0].descending && keys[0].what->type == fhir::parameter_type::date &&
    !is_narrow(how.by) && how.what.type != "Patient" && !counts(how.what);
  plan first = how;
  if (by_time) first.most = std::min(at_once, how.most);
  page.begin({});
  if (auto s = gather(first, by_time ? &stopped : nullptr); !s) return s.error();
  bool whole = stopped.empty();
  if (!whole) {
    const auto before = in.looked_at();
    const auto filled = newest(in, how, page, gather).fill(past);
    if (!filled) return filled.error();
    if (!*filled) {
      in.count_from(before);
      page.begin({});
      if (auto s = gather(how, nullptr); !s) return s.error();
      whole = true;
    }
  }
  auto found = page.finish();
  search_result out;
  if (found.size() > size_t(limit)) {
    found.resize(size_t(limit));
    if (!found.empty()) out.next = position_of(found.back());
  }
  if (auto l = load_missing(in, into, how.what.type, found); !l) return l.error();
  for (auto& each : found)
    if (each.what.resource != nullptr) out.matches.push_back(std::move(each.what));
  if (whole && (counts(how.what) || (after.empty() && out.next.empty()))) out.total = page.all();
  return out;
}

} // namespace

error too_costly(std::string text) { return {error_code::frame_too_large, {}, std::move(text)}; }

reply search_refusal(const error& why) {
  return why.code == error_code::frame_too_large ? refusal(422, "too-costly", why.text, why.where)
                                                 : refusal(why);
}

result<search_result> search(repository& in, fhir::document& into, const fhir::query& what, int limit,
                             pages are) {
  const auto question = question_of(what);
  std::string after;
  if (!what.cursor.empty()) {
    auto position = unseal(question, what.cursor);
    if (!position)
      return error{error_code::invalid, "_cursor", "this cursor was changed or belongs to another search"};
    after = std::move(*position);
  }
  auto criteria = resolve(in, what.type, what.all);
  if (!criteria) return criteria.error();
  plan how{what,
           std::move(criteria->all),
           {},
           {in.around().base, in.around().clock != nullptr ? in.around().clock->now() : timestamp{}},
           in.around().most_scanned};
  fhir::query narrowed;
  narrowed.type = what.type;
  narrowed.all = how.criteria;
  how.by = fhir::narrow(narrowed, in.around().base, how.with.now);
  how.by.no_match = how.by.no_match || criteria->nothing;
  if (what.type == "Patient" && !how.by.no_match)
    if (auto s = narrow_patients(in, how.criteria, how.by); !s) return s.error();

  if (limit <= 0) {
    auto all = count_matches(in, how);
    if (!all) return all.error();
    search_result out;
    out.total = *all;
    return out;
  }
  auto out = what.sort.empty() ? in_order(in, into, how, after, limit, are)
                               : sorted(in, into, how, after, limit);
  if (!out) return out;
  if (!out->next.empty()) out->next = seal(question, out->next);
  if (counts(what) && !out->total) {
    auto all = count_matches(in, how);
    if (!all) return all.error();
    out->total = *all;
  }
  return out;
}

} // namespace aorta::rest
