#include "engine/gateway/surroundings.hpp"

#include "engine/ports/message_log.hpp"

namespace aorta::gateway {

status ensure_clinics(const config::settings& settings, ports::store& store, routes::surroundings& around) {
  auto admin = store.admin();
  if (!admin) return admin.error();
  auto wanted = settings.clinics;
  for (const auto& route : settings.routes) wanted.emplace(route.clinic, route.clinic);
  for (const auto& [code, name] : wanted) {
    const auto clinic = (*admin)->access().ensure_clinic(code, name);
    if (!clinic) return clinic.error();
    around.clinics[code] = clinic->id;
  }
  return done{};
}

fhir::identifier_systems systems_of(const config::fhir_settings& how) {
  fhir::identifier_systems out;
  const auto take = [](const std::string& configured, std::string& into) {
    if (!configured.empty()) into = configured;
  };
  take(how.cyprus_id_system, out.cyprus_id);
  take(how.arc_system, out.arc);
  take(how.mrn_system, out.mrn);
  take(how.gesy_system, out.gesy);
  return out;
}

} // namespace aorta::gateway
