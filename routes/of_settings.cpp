#include "routes/of_settings.hpp"

#include "engine/pipeline/file_mail.hpp"
#include "routes/kinds.hpp"

#include <algorithm>

namespace aorta::routes {

offers::offers(const config::settings& settings) : profiles_(settings.routes.size()) {
  for (size_t i = 0; i < settings.routes.size(); ++i) {
    const auto& route = settings.routes[i];
    for (const auto& lab : route.labs) profiles_[i].push_back(&settings.profiles.at(lab));
    all_.push_back({&route, profiles_[i]});
  }
}

result<std::vector<const config::route*>> offers::choose(const std::string& listener, const hl7::header& of,
                                                         std::string_view bytes) const {
  const auto found = routes::choose(all_, listener, of, bytes);
  if (!found) return found.error();
  std::vector<const config::route*> out{all_[found->route].how};
  for (const auto place : found->shadowed) out.push_back(all_[place].how);
  return out;
}

std::vector<pipeline::stage> stages_of(const config::route& how) {
  for (const auto& kind : kinds())
    if (auto found = kind.how.stages(how.chain); !found.empty()) return found;
  return {};
}

config::route refused_for(const config::route& first) {
  auto out = first;
  out.name = "refused";
  out.rules.reset();
  out.file.clear();
  out.accept.clear();
  out.labs.clear();
  out.lanes = 1;
  out.chain = refused().how.names();
  return out;
}

pipeline::route route_of(const config::settings& settings, const config::route& how,
                         const clock_source& clock, id_source& ids) {
  pipeline::route out;
  out.how = how;
  const bool made_here = std::any_of(how.from.begin(), how.from.end(),
                                     [](const auto& from) { return pipeline::has_no_header(from); });
  for (const auto& lab : how.labs) {
    auto profile = settings.profiles.at(lab);
    if (made_here) profile.charset.clear(); // the message that the entry makes is UTF-8
    out.profiles.push_back(std::make_shared<const lab::profile>(std::move(profile)));
  }
  for (const auto& from : how.from)
    if (from.starts_with(config::webhook_listener))
      out.json = settings.webhooks.at(from.substr(config::webhook_listener.size())).map;
  if (const auto limits = settings.critical.find(how.clinic); limits != settings.critical.end())
    out.clinic_limits = limits->second;
  for (const auto& name : how.send) out.destinations.push_back(settings.destinations.at(name));
  out.config_version = settings.version;
  out.clock = &clock;
  out.ids = &ids;
  return out;
}

} // namespace aorta::routes
