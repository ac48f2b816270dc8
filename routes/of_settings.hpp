// What a checked configuration says of routes, for whoever runs them: the routing table, `aorta try`, the
// golden cases.
#pragma once

#include "engine/config/config.hpp"
#include "engine/pipeline/stage.hpp"
#include "routes/choose.hpp"

#include <string>
#include <vector>

namespace aorta::routes {

/// The configured routes as choosing among them wants them. The settings must outlive it.
class offers {
public:
  explicit offers(const config::settings& settings);
  /// As `routes::choose`; the first takes it, those behind it would too.
  result<std::vector<const config::route*>> choose(const std::string& listener, const hl7::header& of,
                                                   std::string_view bytes) const;

private:
  std::vector<std::vector<const lab::profile*>> profiles_;
  std::vector<offer> all_;
};

/// The stages that the route's chain names, by the kind whose chain it is; none when there is no such kind.
std::vector<pipeline::stage> stages_of(const config::route& how);

/// Takes what no route does, or what is no message, on behalf of `first`: a clinic's first route.
config::route refused_for(const config::route& first);

/// What the steps of this route are made with, but for what only the store and whoever runs it know (clinic,
/// systems, store, tell). Clock and ids must outlive it.
pipeline::route route_of(const config::settings& settings, const config::route& how,
                         const clock_source& clock, id_source& ids);

} // namespace aorta::routes
