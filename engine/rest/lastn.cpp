// Observation/$lastn (FHIR R4 Observation, operation lastn): of what a search finds the newest of each code.
#include "engine/rest/live.hpp"
#include "engine/rest/paging.hpp"
#include "engine/rest/search_steps.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace aorta::rest {
namespace {

constexpr int observations_at_once = 1000;

struct lastn_question {
  fhir::query what;
  int most = 1; ///< of each code
  std::vector<fhir::issue> faults;
};

bool is_subject(const fhir::criterion& one) {
  return one.what != nullptr && !one.reverse && one.modifier != "missing" &&
    (one.what->name == "patient" || one.what->name == "subject");
}

lastn_question read_lastn(const std::vector<std::pair<std::string, std::string>>& sent, bool tolerant) {
  lastn_question out;
  std::vector<std::pair<std::string, std::string>> others;
  for (const auto& each : sent) {
    if (each.first != "max") {
      others.push_back(each);
      continue;
    }
    const auto& text = each.second;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out.most);
    if (fault != std::errc() || end != text.data() + text.size() || out.most < 1)
      refuse(out.faults, "max", "value", "max takes a number from 1");
  }
  auto read = fhir::read_query("Observation", others, tolerant);
  for (auto& each : read.faults)
    if (each.level <= fhir::issue::severity::error) out.faults.push_back(std::move(each));
  out.what = std::move(read.value);
  const auto& all = out.what.all;
  if (std::none_of(all.begin(), all.end(), is_subject))
    refuse(out.faults, "patient", "required", "$lastn is of one patient or subject: name it");
  if (!out.what.sort.empty() || out.what.count || !out.what.includes.empty() || !out.what.cursor.empty() ||
      out.what.brief == fhir::query::summary::count)
    refuse(
      out.faults, {}, "not-supported",
      "$lastn has its own order and number, and no pages: it takes max and what Observations are searched by");
  return out;
}

/// Who it is of, and what each of its codings says it is; of a code in words alone the words.
std::vector<std::string> kinds_of(const standing& what) {
  std::vector<std::string> out;
  const auto* subject = what.resource->get("subject");
  const auto of = (subject != nullptr ? std::string(subject->str("reference")) : std::string()) + '\n';
  const auto* code = what.resource->get("code");
  const auto* all = code != nullptr ? code->get("coding") : nullptr;
  for (const auto* each = all != nullptr ? all->first : nullptr; each != nullptr; each = each->next)
    if (const auto text = each->str("code"); !text.empty())
      out.push_back(of + std::string(each->str("system")) + '|' + std::string(text));
  if (out.empty())
    out.push_back(of + '"' + (code != nullptr ? std::string(code->str("text")) : std::string()));
  return out;
}

struct dated_observation {
  std::string time, id; ///< time: empty where it has none, which makes it the oldest
  bool operator<(const dated_observation& other) const {
    return time != other.time ? time > other.time : id < other.id;
  }
};

/// Observations that share a coding are of one kind, also by way of a third one.
class observation_kinds {
public:
  void take(const standing& what) {
    const auto kinds = kinds_of(what);
    size_t at = all_.size();
    for (const auto& each : kinds)
      if (const auto known = by_kind_.find(each); known != by_kind_.end() && known->second != at)
        at = at == all_.size() ? known->second : join(at, known->second);
    if (at == all_.size()) all_.emplace_back();
    for (const auto& each : kinds) by_kind_[each] = at;
    static const auto* const date = fhir::find_parameter("Observation", "date");
    all_[at].push_back({fhir::sort_text(*what.resource, *date, true).value_or(std::string()), what.id});
  }

  /// The newest of each kind; kinds by their newest.
  std::vector<dated_observation> newest(size_t most) {
    for (auto& each : all_) {
      std::sort(each.begin(), each.end());
      if (each.size() > most) each.resize(most);
    }
    std::erase_if(all_, [](const auto& each) { return each.empty(); });
    std::sort(all_.begin(), all_.end(), [](const auto& a, const auto& b) { return a.front() < b.front(); });
    std::vector<dated_observation> out;
    for (const auto& each : all_) out.insert(out.end(), each.begin(), each.end());
    return out;
  }

private:
  size_t join(size_t to, size_t from) {
    all_[to].insert(all_[to].end(), all_[from].begin(), all_[from].end());
    all_[from].clear();
    for (auto& [kind, at] : by_kind_)
      if (at == from) at = to;
    return to;
  }
  std::vector<std::vector<dated_observation>> all_;
  std::map<std::string, size_t> by_kind_;
};

/// What was entered in error is nobody's last value, unless it is asked for by its status.
status gather(repository& in, const lastn_question& how, observation_kinds& into) {
  const auto& asked = how.what.all;
  const bool by_status = std::any_of(asked.begin(), asked.end(), [](const fhir::criterion& each) {
    return each.what != nullptr && !each.reverse && each.what->name == "status";
  });
  auto query = how.what;
  for (;;) {
    fhir::document passing;
    auto page = search(in, passing, query, observations_at_once);
    if (!page) return page.error();
    for (const auto& each : page->matches)
      if (by_status || each.resource->str("status") != "entered-in-error") into.take(each);
    if (page->next.empty()) return done{};
    query.cursor = std::move(page->next);
  }
}

} // namespace

reply last_observations(repository& in, const request& what) {
  reply refused;
  const auto sent = sent_parameters(what, refused);
  if (!sent) return refused;
  const auto how = read_lastn(*sent, lenient(what));
  if (!how.faults.empty()) return refusal(400, how.faults);
  observation_kinds kinds;
  if (auto s = gather(in, how, kinds); !s) return search_refusal(s.error());
  const auto newest = kinds.newest(size_t(how.most));
  if (newest.size() > in.around().most_entries)
    return search_refusal(
      too_costly("these are too many observations for one answer; ask for a smaller max"));
  std::vector<std::pair<std::string, std::string>> wanted;
  wanted.reserve(newest.size());
  for (const auto& each : newest) wanted.emplace_back("Observation", each.id);

  fhir::document into;
  std::vector<standing> found;
  for (auto& each : in.load_all(into, wanted)) {
    if (!each) return refusal(each.error());
    if (*each && !(*each)->deleted) found.push_back(std::move(**each));
  }
  auto applied = how.what.applied;
  applied.emplace_back("max", std::to_string(how.most));
  auto* bundle = bundle_of(into, "searchset");
  into.add(*bundle, "total", into.number(int64_t(found.size())));
  add_link(into, *bundle, "self", link_of(in.around().base + "/Observation/$lastn", applied));
  for (const auto& each : found) add_entry(into, *bundle, url_of(in.around(), each), each.resource, "match");
  if (!how.what.warnings.empty())
    add_entry(into, *bundle, {}, fhir::outcome(into, how.what.warnings), "outcome");
  reply out;
  out.about = only_patient(found);
  if (what.method == "POST") out.searched = link_of({}, applied).substr(1);
  request shown = what;
  shown.query = applied;
  out.body = body_of(shown, *bundle);
  return out;
}

} // namespace aorta::rest
