// A configuration read anew while the engine runs: whole or not at all, and the log says the truth about it.
#pragma once

#include "engine/config/load.hpp"
#include "engine/net/tls/tls.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace aorta::gateway {

/// Reads the configuration anew, from where this one came.
using config_loader = std::function<config::loaded()>;

/// What a running engine takes over; certificates are loaded, so that nothing of it can fail any more.
struct next_configuration {
  config::settings settings;
  config::changes differs;
  std::map<std::string, std::optional<net::tls_context>> listeners; ///< by name; nothing: without TLS
  std::optional<net::tls_context> http;
};

/// Reads files, so it may take its time. Null: it is as it was. An error: it was refused; the log says why,
/// with every fault and every setting that needs a restart.
result<std::shared_ptr<next_configuration>> read_next(const config_loader& load, const config::settings& now);
error refuse_reload(const std::string& reason, const config::settings& kept,
                    const std::string& settings = {});
void tell_reloaded(const next_configuration& what);

} // namespace aorta::gateway
