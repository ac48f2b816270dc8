// A page of search results as a Bundle.
#include "engine/rest/live.hpp"
#include "engine/rest/paging.hpp"
#include "engine/rest/search_steps.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

void add_warnings(fhir::document& into, fhir::node& bundle, const fhir::query& what, bool cut_short) {
  auto all = what.warnings;
  if (cut_short)
    all.push_back({fhir::issue::severity::warning,
                   "too-costly",
                   {},
                   "not all included resources are here: there are too many"});
  if (!all.empty()) add_entry(into, bundle, {}, fhir::outcome(into, all), "outcome");
}

fhir::node* page_of(fhir::document& into, const surroundings& around, const fhir::query& what,
                    search_result& page, inclusion& more) {
  auto* bundle = bundle_of(into, "searchset");
  if (page.total) into.add(*bundle, "total", into.number(*page.total));
  const auto url = around.base + "/" + (what.within.empty() ? "" : what.within + "/") + what.type;
  auto self = what.applied;
  add_link(into, *bundle, "self", link_of(url, self, what.cursor));
  if (!page.next.empty()) add_link(into, *bundle, "next", link_of(url, self, page.next));
  for (auto& each : page.matches) add_entry(into, *bundle, url_of(around, each), each.resource, "match");
  for (auto& each : more.found) add_entry(into, *bundle, url_of(around, each), each.resource, "include");
  add_warnings(into, *bundle, what, more.cut_short);
  return bundle;
}

} // namespace

std::string url_of(const surroundings& around, const standing& what) {
  return around.base + "/" + what.type + "/" + what.id;
}

std::optional<model::patient_id> only_patient(const std::vector<standing>& all) {
  std::optional<model::patient_id> out;
  for (const auto& each : all) {
    if (!each.patient) continue;
    if (out && *out != *each.patient) return std::nullopt;
    out = each.patient;
  }
  return out;
}

reply search_type(repository& in, const request& what, const std::string& type,
                  const std::vector<std::pair<std::string, std::string>>& params,
                  const fhir::criterion* within) {
  auto read = fhir::read_query(type, params, lenient(what));
  if (fhir::has_error(read.faults)) return refusal(400, read.faults);
  auto& query = read.value;
  if (within != nullptr) {
    query.within = within->any_of.front().type + "/" + within->any_of.front().text;
    query.all.push_back(*within);
  }
  const auto& around = in.around();
  const bool only_count = query.brief == fhir::query::summary::count || query.count == 0;
  const int limit = only_count ? 0
                               : std::clamp(query.count.value_or(around.default_count), 1, around.most_count);

  fhir::document into;
  auto page = search(in, into, query, limit, pages::may_be_short);
  if (!page) return search_refusal(page.error());
  inclusion more;
  if (!query.includes.empty() && !page->matches.empty()) {
    auto added = included(in, into, query, page->matches);
    if (!added) return search_refusal(added.error());
    more = std::move(*added);
  }
  reply out;
  out.about = only_patient(page->matches);
  for (const auto& each : more.found)
    if (out.about && each.patient && each.patient != out.about) out.about.reset();
  request shown;
  shown.method = "GET";
  shown.path = {type};
  shown.query = params;
  out.body = body_of(shown, *page_of(into, around, query, *page, more));
  return out;
}

} // namespace aorta::rest
