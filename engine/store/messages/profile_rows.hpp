// The history of laboratories' profiles.
#pragma once

#include "engine/ports/message_log.hpp"
#include "engine/store/access/access_session.hpp"

namespace aorta::store {

/// Throw `failure`.
void keep_profile(dialect speaks, const run_alone& run, const std::string& lab,
                  const ports::profile_version& what, const std::string& text);
std::vector<ports::profile_version> read_profile_versions(dialect speaks, const run_alone& run,
                                                          const std::string& lab, int most);
std::optional<std::string> read_profile_text(dialect speaks, const run_alone& run, const std::string& lab,
                                             const std::string& hash);

} // namespace aorta::store
