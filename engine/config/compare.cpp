// What a reload can apply, and what it cannot.
#include "engine/config/config.hpp"

#include <set>

namespace aorta::config {

namespace {

bool same(const endpoint& a, const endpoint& b) { return a.host == b.host && a.port == b.port; }

/// Sockets that listen and the store stay as they were opened.
std::set<std::string> bound_to_the_start(const settings& now, const settings& next) {
  std::set<std::string> out;
  const auto unless = [&](bool equal, const std::string& key) {
    if (!equal) out.insert(key);
  };
  unless(same(now.http, next.http), "http.listen");
  unless(now.store_url == next.store_url, "store.url");
  unless(now.store_migrate == next.store_migrate, "store.migrate");
  unless(now.pii_key == next.pii_key, "security.pii_key_file");
  for (const auto& [name, how] : now.listeners) {
    const auto after = next.listeners.find(name);
    unless(after != next.listeners.end() && same(how.listen, after->second.listen),
           "listener." + name + ".listen");
  }
  for (const auto& [name, how] : next.listeners)
    unless(now.listeners.contains(name), "listener." + name + ".listen");
  return out;
}

/// Read at the start alone: a change that comes to the same (a default written out, a variable of the
/// environment that beats it) changes nothing.
bool is_bound(const std::string& key) {
  return key.starts_with("store.") || key.starts_with("security.") || key == "http.listen" ||
    (key.starts_with("listener.") && key.ends_with(".listen"));
}

/// An existing clinic keeps the name under which the store has it: in the clinic's own database that is not
/// the engine's to change.
bool is_clinic_name(const std::string& key, const settings& now) {
  constexpr std::string_view start = "clinic.", end = ".name";
  if (!key.starts_with(start) || !key.ends_with(end) || key.size() <= start.size() + end.size()) return false;
  return now.clinics.contains(key.substr(start.size(), key.size() - start.size() - end.size()));
}

} // namespace

changes compare(const settings& now, const settings& next) {
  changes out;
  const auto bound = bound_to_the_start(now, next);
  out.restart.assign(bound.begin(), bound.end());
  std::set<std::string> keys;
  for (const auto* side : {&now.given, &next.given})
    for (const auto& [key, text] : *side) keys.insert(key);
  const auto text = [](const settings& of, const std::string& key) {
    const auto at = of.given.find(key);
    return at == of.given.end() ? std::string() : at->second;
  };
  for (const auto& key : keys) {
    if (bound.contains(key) || text(now, key) == text(next, key)) continue;
    if (!out.live.empty() && key.starts_with(out.live.back() + "."))
      continue; // told with the list that it is part of
    (is_clinic_name(key, now) || is_bound(key) ? out.kept : out.live).push_back(key);
  }
  return out;
}

} // namespace aorta::config
