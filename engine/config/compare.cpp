// What a reload can apply, and what it cannot.
#include "engine/config/load.hpp"
#include "engine/config/keys.hpp"

#include <set>

namespace aorta::config {

namespace {

bool same(const endpoint& a, const endpoint& b) { return a.host == b.host && a.port == b.port; }

std::string given_in(const settings& of, const std::string& key) {
  const auto at = of.given.find(key);
  return at == of.given.end() ? std::string() : at->second;
}

/// Sockets that listen and the store stay as they were opened, and so does the line to the national system;
/// new listeners are opened.
std::set<std::string> bound_to_the_start(const settings& now, const settings& next) {
  std::set<std::string> out;
  const auto unless = [&](bool equal, const std::string& key) {
    if (!equal) out.insert(key);
  };
  unless(same(now.http, next.http), "http.listen");
  unless(now.store_url == next.store_url, "store.url");
  unless(now.store_migrate == next.store_migrate, "store.migrate");
  unless(now.pii_key == next.pii_key, "security.pii_key_file");
  if (now.gesy != next.gesy)
    for (const auto* side : {&now.given, &next.given})
      for (const auto& [key, text] : *side)
        unless(!key.starts_with("gesy.") || given_in(now, key) == given_in(next, key), key);
  for (const auto& [name, how] : now.listeners) {
    const auto after = next.listeners.find(name);
    unless(after != next.listeners.end() && same(how.listen, after->second.listen),
           "listener." + name + ".listen");
  }
  return out;
}

/// A change that comes to nothing: of what is read at the start alone, one that comes to the same (a default
/// written out, a variable of the environment that beats it); the name of a clinic that there is, since in
/// the clinic's own database it is not the engine's to change.
bool has_no_effect(const std::string& key, const settings& now) {
  const auto* row = server_key(key);
  if (row == nullptr || row->when_changed == on_reload::applied) return false;
  if (row->when_changed == on_reload::restart) return true;
  constexpr std::string_view start = "clinic.", end = ".name";
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
  for (const auto& key : keys) {
    if (bound.contains(key) || given_in(now, key) == given_in(next, key)) continue;
    if (!out.live.empty() && key.starts_with(out.live.back() + "."))
      continue; // told with the list that it is part of
    const bool opened = key.starts_with("listener.") && !now.given.contains(key);
    (!opened && has_no_effect(key, now) ? out.kept : out.live).push_back(key);
  }
  return out;
}

} // namespace aorta::config
