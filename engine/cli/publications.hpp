// The store of a configuration with its versions, for the commands that look at engines that run.
#pragma once

#include "engine/api/publishing.hpp"
#include "engine/cli/commands.hpp"

#include <memory>
#include <optional>
#include <string>

namespace aorta::cli {

struct publications {
  system_clock_source clock;
  uuid_v7_source ids;
  std::unique_ptr<ports::store> store;
  std::unique_ptr<ports::message_log> admin;

  bool open(const config::settings& settings); ///< false: it was told why
  ports::publication_log& log() { return admin->publications(); }
};

/// By id, or by the hash of its files: the newest of these.
result<std::optional<ports::config_version>> named_version(ports::publication_log& log,
                                                           const std::string& name);
/// What engines run, or would run.
result<std::optional<ports::config_version>> what_runs(ports::publication_log& log);

} // namespace aorta::cli
