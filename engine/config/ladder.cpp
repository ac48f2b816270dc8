// [critical] of aorta.toml: who hears of critical values.
#include "engine/config/readers.hpp"

#include <algorithm>
#include <cmath>

namespace aorta::config {

bool read_minutes(section& of, const char* key, critical::pause& into) {
  std::optional<double> minutes;
  if (of.number(key, minutes) == nullptr || !minutes) return false;
  into = critical::pause(std::llround(*minutes * 60'000));
  return true;
}

void read_hours(section& of, std::vector<critical::open_hours>& into) {
  std::vector<std::string> all;
  if (of.strings("hours", all) == nullptr) return;
  const auto* nodes = of.of().get_as<toml::array>("hours");
  for (size_t i = 0; i < all.size(); ++i) {
    if (const auto read = critical::read_hours(all[i])) into.push_back(*read);
    else
      of.complain(*nodes->get(i), of.full("hours") + " holds '" + all[i] + "', which is no span of hours",
                  "as in \"Mon-Fri 07:00-15:00\" or \"20:00-08:00\"");
  }
}

namespace {

critical::rung read_one_rung(section& of, std::string& clinic) {
  critical::rung out;
  of.required("destination", out.destination);
  read_minutes(of, "minutes", out.after);
  of.text("clinic", clinic);
  of.text("role", out.role);
  std::string word;
  if (of.word("severity", word) != nullptr) out.only = critical::band_from(word);
  if (of.word("results", word) != nullptr)
    out.of = word == "matched" ? critical::whose::matched : critical::whose::unmatched;
  read_hours(of, out.hours);
  of.close();
  return out;
}

} // namespace

void read_alerts(section& of, everything& into) {
  auto& all = into.value.alerts;
  int64_t fresh = all.every.fresh.count();
  of.whole("fresh_hours", fresh);
  all.every.fresh = std::chrono::hours(fresh);
  read_minutes(of, "due_minutes", all.every.due);
  read_minutes(of, "call_by_hand_minutes", all.every.by_hand);
  read_time_zone(of, all.every.time_zone);
  for (const auto* table : of.tables("ladder")) {
    section one(of.in(), *table, keys::ladder(), of.full("ladder"));
    std::string clinic;
    all.every.rungs.push_back(read_one_rung(one, clinic));
    all.clinics.push_back(std::move(clinic));
    into.rungs.push_back({&of.in(), table});
  }
  of.close();
}

void check_ladder(const everything& all) {
  std::vector<std::string> destinations, clinics;
  for (const auto& each : all.destinations) destinations.push_back(each.value.name);
  for (const auto& [code, name] : all.value.clinics) clinics.push_back(code);
  const auto& alerts = all.value.alerts;
  for (size_t i = 0; i < all.rungs.size(); ++i) {
    const auto& [in, node] = all.rungs[i];
    const auto complain = [&, in = in, node = node](const char* key, std::string text, std::string hint) {
      const auto* at = node->get(key);
      in->complain(at != nullptr ? at->source() : node->source(), std::move(text), std::move(hint));
    };
    const auto& name = alerts.every.rungs[i].destination;
    const auto to = std::find_if(all.destinations.begin(), all.destinations.end(),
                                 [&](const auto& each) { return each.value.name == name; });
    if (to == all.destinations.end() && all.destinations_read && !name.empty())
      complain("destination", "the ladder names '" + name + "', which is no destination",
               suggest(name, destinations));
    else if (to != all.destinations.end() && to->value.is == destination::kind::mllp)
      complain("destination", "the ladder names '" + name + "', which takes HL7 alone",
               "an alert goes to a destination of kind \"http\" or \"file\"");
    if (const auto& code = alerts.clinics[i]; !code.empty() && !all.value.clinics.contains(code))
      complain("clinic", "the ladder names clinic '" + code + "', which does not exist",
               suggest(code, clinics));
  }
}

critical::rules critical_settings::of(const std::string& clinic) const {
  auto out = every;
  out.rungs.clear();
  for (size_t i = 0; i < every.rungs.size(); ++i)
    if (clinics[i].empty() || clinics[i] == clinic) out.rungs.push_back(every.rungs[i]);
  std::stable_sort(out.rungs.begin(), out.rungs.end(),
                   [](const auto& a, const auto& b) { return a.after < b.after; });
  return out;
}

} // namespace aorta::config
