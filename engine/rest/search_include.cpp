// `_include` and `_revinclude`. What was found once is not followed again, so that loops of references end.
#include "engine/rest/search_steps.hpp"

#include <algorithm>
#include <set>

namespace aorta::rest {
namespace {

constexpr size_t most_included = 1000;

using key = std::pair<std::string, std::string>;

std::vector<const fhir::search_parameter*> parameters_for(const fhir::include& what) {
  std::vector<const fhir::search_parameter*> out;
  if (what.parameter != "*") {
    if (const auto* one = fhir::find_parameter(what.source, what.parameter); one != nullptr)
      out.push_back(one);
    return out;
  }
  for (const auto& each : fhir::parameters_of(what.source))
    if (each.type == fhir::parameter_type::reference) out.push_back(&each);
  return out;
}

class gathering {
public:
  gathering(repository& in, fhir::document& into) : in_(in), into_(into) {}

  void saw(const standing& what) { seen_.insert({what.type, what.id}); }

  status forward(const fhir::include& what, std::span<const standing* const> from) {
    std::vector<key> wanted;
    for (const auto* each : from) {
      if (each->type != what.source) continue;
      for (const auto* by : parameters_for(what))
        for (const auto& reference : fhir::references_of(*each->resource, *by)) {
          auto own = own_reference(reference, in_.around().base);
          if (!own || (!what.target.empty() && own->first != what.target) ||
              !in_.who().may(access::read, own->first))
            continue;
          if (seen_.insert(*own).second) wanted.push_back(std::move(*own));
        }
    }
    if (wanted.empty()) return done{};
    if (out.found.size() + wanted.size() > most_included) {
      wanted.resize(most_included - out.found.size());
      out.cut_short = true;
    }
    for (auto& each : in_.load_all(into_, wanted)) {
      if (!each) return each.error();
      if (*each && !(*each)->deleted) out.found.push_back(std::move(**each));
    }
    return done{};
  }

  status backward(const fhir::include& what, std::span<const standing* const> from) {
    if (!in_.who().may(access::read, what.source)) return done{};
    for (const auto* by : parameters_for(what)) {
      fhir::query query;
      query.type = what.source;
      query.count = 1000;
      query.all.resize(1);
      query.all[0].what = by;
      for (const auto* each : from) {
        if (!what.target.empty() && each->type != what.target) continue;
        fhir::search_value one;
        one.text = each->id;
        one.type = each->type;
        query.all[0].any_of.push_back(std::move(one));
      }
      const int left = int(most_included - out.found.size());
      if (query.all[0].any_of.empty() || left <= 0) continue;
      auto found = search(in_, into_, query, left);
      if (!found) return found.error();
      out.cut_short = out.cut_short || !found->next.empty();
      for (auto& each : found->matches)
        if (seen_.insert({each.type, each.id}).second) out.found.push_back(std::move(each));
    }
    return done{};
  }

  inclusion out;

private:
  repository& in_;
  fhir::document& into_;
  std::set<key> seen_;
};

} // namespace

result<inclusion> included(repository& in, fhir::document& into, const fhir::query& what,
                           const std::vector<standing>& matches) {
  gathering all(in, into);
  for (const auto& each : matches) all.saw(each);
  std::vector<standing> last; // its resources stay in the document
  for (size_t round = 0, behind = 0;; ++round) {
    std::vector<const standing*> from;
    if (round == 0)
      for (const auto& each : matches) from.push_back(&each);
    for (size_t i = 0; i < last.size(); ++i) from.push_back(&last[i]);
    if (from.empty()) break;
    for (const auto& each : what.includes) {
      if (round > 0 && !each.iterate) continue;
      if (auto s = each.reverse ? all.backward(each, from) : all.forward(each, from); !s) return s.error();
    }
    last.assign(all.out.found.begin() + long(behind), all.out.found.end());
    behind = all.out.found.size();
    if (std::none_of(what.includes.begin(), what.includes.end(),
                     [](const fhir::include& each) { return each.iterate; }))
      break;
  }
  return std::move(all.out);
}

} // namespace aorta::rest
