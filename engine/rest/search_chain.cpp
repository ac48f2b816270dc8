// Chains and `_has`: the resources at their other end are looked for first, and become references and ids.
#include "engine/rest/references.hpp"
#include "engine/rest/search_steps.hpp"

#include <set>

namespace aorta::rest {
namespace {

constexpr int most_ends = 5000;

result<std::vector<standing>> ends_of(repository& in, fhir::document& into, const fhir::criterion& what) {
  if (!in.who().may(access::read, what.chain_type)) return std::vector<standing>();
  fhir::query query;
  query.type = what.chain_type;
  query.all = what.chained;
  auto found = search(in, into, query, most_ends);
  if (!found) return found.error();
  if (!found->next.empty())
    return too_costly("this chain finds too many resources at its end; ask more narrowly");
  return std::move(found->matches);
}

fhir::criterion chained(const fhir::criterion& what, const std::vector<standing>& ends) {
  fhir::criterion out;
  out.what = what.what;
  for (const auto& each : ends) {
    fhir::search_value one;
    one.text = each.id;
    one.type = each.type;
    out.any_of.push_back(std::move(one));
  }
  return out;
}

fhir::criterion reversed(repository& in, std::string_view type, const fhir::criterion& what,
                         const std::vector<standing>& ends) {
  std::set<std::string> ids;
  for (const auto& each : ends)
    for (const auto& reference : fhir::references_of(*each.resource, *what.what))
      if (auto own = own_reference(reference, in.around().base); own && own->first == type)
        ids.insert(std::move(own->second));
  fhir::criterion out;
  out.what = fhir::find_parameter(type, "_id");
  for (const auto& id : ids) {
    fhir::search_value one;
    one.text = id;
    out.any_of.push_back(std::move(one));
  }
  return out;
}

} // namespace

std::optional<std::pair<std::string, std::string>> own_reference(std::string_view reference,
                                                                 std::string_view base) {
  auto form = form_of(reference, base);
  if (form.is != reference_form::kind::own) return std::nullopt;
  return std::pair(std::move(form.type), std::move(form.id));
}

result<resolved> resolve(repository& in, std::string_view type,
                         const std::vector<fhir::criterion>& criteria) {
  resolved out;
  for (const auto& each : criteria) {
    if (each.chained.empty()) {
      out.all.push_back(each);
      continue;
    }
    fhir::document passing;
    auto ends = ends_of(in, passing, each);
    if (!ends) return ends.error();
    auto plain = each.reverse ? reversed(in, type, each, *ends) : chained(each, *ends);
    out.nothing = out.nothing || plain.any_of.empty();
    out.all.push_back(std::move(plain));
  }
  return out;
}

} // namespace aorta::rest
