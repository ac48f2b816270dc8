#include "engine/export/chart.hpp"

#include "engine/rest/live.hpp"

#include <algorithm>

namespace aorta::exports {
namespace {

using fhir::node;

/// Of texts that may be shorter than a second: the instant at which what they tell begins.
timestamp begin_of(const std::string& time) {
  auto text = time;
  if (text.size() == 4) text += "-01";
  if (text.size() == 7) text += "-01";
  timestamp out{};
  from_iso(text, out);
  return out;
}

/// The newest first; what has no time last.
template <class T>
void newest_first(std::vector<T>& all, std::string T::*time) {
  std::stable_sort(all.begin(), all.end(),
                   [&](const T& a, const T& b) { return begin_of(a.*time) > begin_of(b.*time); });
}

void add_earlier(const gathered& from, reading& to) {
  const auto found = from.earlier.find(to.id);
  if (found == from.earlier.end() || (to.status != "corrected" && to.status != "amended")) return;
  for (const auto& row : found->second) {
    earlier_value one;
    one.value = row.text("value_text");
    one.unit = row.text("unit");
    one.time = row.text("created_at");
    if (!one.value.empty() && one.value != to.comparator + to.value) to.before.push_back(std::move(one));
  }
}

std::string name_of_practitioner(const node& who) {
  const auto* names = who.get("name");
  const auto* name = names ? names->first : nullptr;
  if (!name) return {};
  std::string out(name->str("text"));
  if (!out.empty()) return out;
  for (const auto* list : {name->get("prefix"), name->get("given")})
    for (const auto* each = list ? list->first : nullptr; each; each = each->next)
      out.append(each->text).append(" ");
  return out.append(name->str("family"));
}

/// Visits name who attended by reference.
void name_doctors(const gathered& from, std::vector<visit>& visits) {
  std::map<std::string, std::string> names;
  for (const auto& each : from.whole.named)
    if (each.type == "Practitioner") names["Practitioner/" + each.id] = name_of_practitioner(*each.resource);
  for (auto& each : visits) each.doctor = names.contains(each.doctor) ? names[each.doctor] : std::string();
}

void read_into(chart& to, const gathered& from, const rest::standing& what) {
  const auto& resource = *what.resource;
  if (what.type == "Observation" && rest::stands_in_panel(what)) return; // its panel tells it
  if (is_withdrawn(resource)) ++to.withdrawn;
  else if (what.type == "Patient") to.who = read_person(resource);
  else if (what.type == "Condition") to.problems.push_back(read_problem(resource));
  else if (what.type == "MedicationRequest") to.medicines.push_back(read_medicine(resource));
  else if (what.type == "Encounter") to.visits.push_back(read_visit(resource));
  else if (what.type == "ImagingStudy") to.studies.push_back(read_study(resource));
  else if (what.type == "Observation") {
    const auto first = to.readings.size();
    read_observation(resource, to.readings);
    for (auto at = first; at < to.readings.size(); ++at) add_earlier(from, to.readings[at]);
  } else ++to.uncounted[what.type];
}

std::string test_of(const reading& one) {
  return !one.loinc.empty() ? one.loinc : one.laboratory + "|" + one.code + "|" + one.name;
}

} // namespace

bool is_withdrawn(const node& resource) {
  if (resource.str("status") == "entered-in-error") return true;
  const auto* certainty = resource.get("verificationStatus");
  const auto* coding = certainty ? certainty->get("coding") : nullptr;
  for (const auto* each = coding ? coding->first : nullptr; each; each = each->next)
    if (each->str("code") == "entered-in-error" || each->str("code") == "refuted") return true;
  return false;
}

std::vector<std::vector<const reading*>> by_test(const chart& what, reading::kind kind) {
  std::vector<std::vector<const reading*>> out;
  std::map<std::string, size_t> at;
  for (const auto& each : what.readings) {
    if (each.is != kind || each.status == "cancelled") continue;
    const auto [found, fresh] = at.try_emplace(test_of(each), out.size());
    if (fresh) out.emplace_back();
    out[found->second].push_back(&each);
  }
  return out;
}

const reading& shown_of(const std::vector<const reading*>& newest_first) {
  const auto found = std::find_if(newest_first.begin(), newest_first.end(),
                                  [](const reading* each) { return !each->value.empty(); });
  return found == newest_first.end() ? *newest_first.front() : **found;
}

std::string range_text(const range& of) {
  if (of.low.empty() && of.high.empty()) return of.text;
  if (of.high.empty()) return (of.low_excluded ? "> " : "≥ ") + of.low;
  if (of.low.empty()) return (of.high_excluded ? "< " : "≤ ") + of.high;
  return of.low + " – " + of.high;
}

chart read_chart(const gathered& from) {
  chart out;
  for (const auto& each : from.whole.own) read_into(out, from, each);
  newest_first(out.readings, &reading::taken);
  newest_first(out.visits, &visit::start);
  newest_first(out.studies, &study::date);
  name_doctors(from, out.visits);
  if (from.clinic) out.clinic = from.clinic->resource->str("name");
  return out;
}

} // namespace aorta::exports
