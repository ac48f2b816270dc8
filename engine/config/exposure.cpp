// Who may ask: what answers with people's data by a listener, which has no keys.
#include "engine/config/readers.hpp"

#include <algorithm>

namespace aorta::config {
namespace {

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

} // namespace

void check_exposure(const read_route& of, const everything& all) {
  const auto& chain = of.value.chain;
  if (std::find(chain.begin(), chain.end(), "map-query") == chain.end()) return;
  for (const auto& from : of.value.from) {
    const auto found = all.value.listeners.find(from);
    if (found == all.value.listeners.end()) continue;
    const auto& how = found->second;
    if (is_loopback(how.listen.host) || how.allow_listed || !how.tls.client_ca.empty()) continue;
    of.in->warn(of.node->source(),
                "route '" + of.value.name + "' tells whoever reaches listener '" + from +
                  "' who patients are",
                "name who may: allow or tls.client_ca of the listener; or take the route away");
  }
}

} // namespace aorta::config
