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
      if (++looked_at > in.around().most_scanned) {
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

result<search_result> sorted(repository& in, fhir::document& into, const plan& how, const std::string& after,
                             int limit) {
  const auto& keys = how.what.sort;
  std::optional<candidate> past;
  if (!after.empty() && !(past = candidate_from(after, keys.size())))
    return error{error_code::invalid, "_cursor", "this cursor is none of ours"};
  std::vector<candidate> page;
  int64_t all = 0;
  const auto order = [&](const candidate& a, const candidate& b) { return before(keys, a, b); };
  auto s = walk(in, into, how, {}, [&](standing& match, bool passing) {
    ++all;
    candidate one{{}, match.id, {}};
    for (const auto& key : keys)
      one.texts.push_back(fhir::sort_text(*match.resource, *key.what, key.descending));
    if (past && !before(keys, *past, one)) return true;
    if (!passing) one.what = std::move(match);
    page.push_back(std::move(one));
    if (page.size() < 4 * size_t(limit) + 1000) return true;
    std::nth_element(page.begin(), page.begin() + limit, page.end(), order); // keeps the first limit + 1
    page.resize(size_t(limit) + 1);
    return true;
  });
  if (!s) return s.error();
  std::sort(page.begin(), page.end(), order);
  search_result out;
  if (page.size() > size_t(limit)) {
    page.resize(size_t(limit));
    if (!page.empty()) out.next = position_of(page.back());
  }
  if (auto l = load_missing(in, into, how.what.type, page); !l) return l.error();
  for (auto& each : page)
    if (each.what.resource != nullptr) out.matches.push_back(std::move(each.what));
  if (counts(how.what) || (after.empty() && out.next.empty())) out.total = all;
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
           {in.around().base, in.around().clock != nullptr ? in.around().clock->now() : timestamp{}}};
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
