// A search over several types (FHIR R4 3.1.1.1): one search after the other, in the order of `_type`, by
// parameters that all of them have.
#include "engine/rest/interactions.hpp"
#include "engine/rest/paging.hpp"
#include "engine/rest/search_steps.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

struct typed_question {
  std::vector<fhir::query> of; ///< by type
  fhir::query whole;           ///< what all have in common, for links and cursors
  int limit = 0;               ///< 0: only the number is asked
};

void read_types(typed_question& to, std::string_view list, const grant& who, reply& refused) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto type = list.substr(0, comma);
    list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
    if (!is_served(type) || type == "AuditEvent") {
      refused = refusal(400, "not-supported",
                        type == "AuditEvent" ? "AuditEvents are searched by themselves"
                                             : "_type names types of resources that are served here",
                        "_type");
      return;
    }
    if (!who.may(access::search, type)) {
      refused = refusal(403, "forbidden", "this key may not read resources of the type " + std::string(type));
      return;
    }
    if (std::any_of(to.of.begin(), to.of.end(), [&](const fhir::query& each) { return each.type == type; }))
      continue;
    to.of.emplace_back().type = type;
  }
}

/// What the parameters ask of each type; false: `refused` says what is wrong.
bool read_common(typed_question& to, const std::vector<std::pair<std::string, std::string>>& others,
                 bool tolerant, const surroundings& around, reply& refused) {
  std::vector<fhir::issue> faults;
  for (auto& each : to.of) {
    auto read = fhir::read_query(each.type, others, tolerant);
    for (auto& fault : read.faults) {
      fault.text = each.type + ": " + fault.text;
      faults.push_back(std::move(fault));
    }
    each = std::move(read.value);
  }
  const auto& first = to.of.front();
  if (!first.sort.empty())
    refuse(faults, "_sort", "not-supported", "a search over types has no order but that of _type");
  if (!first.includes.empty())
    refuse(faults, "_include", "not-supported",
           "a search over types includes nothing: search each by itself");
  if (fhir::has_error(faults)) {
    refused = refusal(400, faults);
    return false;
  }
  to.whole.applied.insert(to.whole.applied.end(), first.applied.begin(), first.applied.end());
  to.whole.cursor = first.cursor;
  to.whole.warnings = first.warnings;
  const bool only_count = first.brief == fhir::query::summary::count || first.count == 0;
  to.limit = only_count ? 0 : std::clamp(first.count.value_or(around.default_count), 1, around.most_count);
  return true;
}

std::optional<typed_question> read_typed(const repository& in, const request& what, reply& refused) {
  typed_question out;
  std::vector<std::pair<std::string, std::string>> others;
  refused.status = 0;
  for (const auto& each : what.query) {
    if (each.first != "_type") {
      others.push_back(each);
      continue;
    }
    read_types(out, each.second, in.who(), refused);
    if (refused.status != 0) return std::nullopt;
    out.whole.applied.push_back(each);
  }
  if (out.of.empty()) {
    refused = refusal(400, "required", "a search over types names them: _type=Patient,Observation", "_type");
    return std::nullopt;
  }
  return read_common(out, others, lenient(what), in.around(), refused) ? std::optional(std::move(out))
                                                                       : std::nullopt;
}

/// A position is `Type/cursor of its search`.
status fill_page(repository& in, fhir::document& into, typed_question& how, const std::string& after,
                 search_result& out) {
  const auto slash = after.find('/');
  auto at = how.of.begin();
  if (!after.empty()) {
    at = std::find_if(at, how.of.end(),
                      [&](const fhir::query& each) { return each.type == after.substr(0, slash); });
    if (slash == after.npos || at == how.of.end())
      return error{error_code::invalid, "_cursor", "this cursor is none of ours"};
  }
  for (auto& each : how.of) each.cursor.clear();
  if (!after.empty()) at->cursor = after.substr(slash + 1);
  for (; at != how.of.end(); ++at) {
    const int left = how.limit - int(out.matches.size());
    if (left <= 0) {
      out.next = at->type + "/";
      return done{};
    }
    auto page = search(in, into, *at, left, pages::may_be_short);
    if (!page) return page.error();
    std::move(page->matches.begin(), page->matches.end(), std::back_inserter(out.matches));
    if (page->next.empty()) continue;
    out.next = at->type + "/" + page->next;
    return done{};
  }
  if (after.empty()) out.total = int64_t(out.matches.size());
  return done{};
}

status count_all(repository& in, typed_question& how, search_result& out) {
  out.total = 0;
  for (auto each : how.of) {
    fhir::document passing;
    each.cursor.clear();
    const auto found = search(in, passing, each, 0);
    if (!found) return found.error();
    *out.total += found->total.value_or(0);
  }
  return done{};
}

} // namespace

reply search_types(repository& in, const request& what) {
  reply refused;
  auto how = read_typed(in, what, refused);
  if (!how) return refused;
  const auto question = question_of(how->whole);
  std::string after;
  if (!how->whole.cursor.empty()) {
    auto position = unseal(question, how->whole.cursor);
    if (!position)
      return refusal(400, "invalid", "this cursor was changed or belongs to another search", "_cursor");
    after = std::move(*position);
  }
  fhir::document into;
  search_result page;
  if (how->limit > 0)
    if (auto s = fill_page(in, into, *how, after, page); !s) return search_refusal(s.error());
  if (how->limit == 0 || how->of.front().want_total == fhir::query::total::accurate)
    if (auto s = count_all(in, *how, page); !s) return search_refusal(s.error());

  auto* bundle = bundle_of(into, "searchset");
  if (page.total) into.add(*bundle, "total", into.number(*page.total));
  const auto& base = in.around().base;
  add_link(into, *bundle, "self", link_of(base, how->whole.applied, how->whole.cursor));
  if (!page.next.empty())
    add_link(into, *bundle, "next", link_of(base, how->whole.applied, seal(question, page.next)));
  for (const auto& each : page.matches)
    add_entry(into, *bundle, url_of(in.around(), each), each.resource, "match");
  if (!how->whole.warnings.empty())
    add_entry(into, *bundle, {}, fhir::outcome(into, how->whole.warnings), "outcome");
  reply out;
  out.about = only_patient(page.matches);
  request shown;
  shown.method = "GET";
  shown.query = how->whole.applied;
  out.body = body_of(shown, *bundle);
  return out;
}

} // namespace aorta::rest
