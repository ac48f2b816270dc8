// A message's whole way, told and not gone: the same steps as serve's, on one thread.
#pragma once

#include "engine/api/explain.hpp"
#include "engine/config/config.hpp"
#include "engine/gateway/file_trial.hpp"
#include "engine/ports/store.hpp"

#include <functional>
#include <string>
#include <vector>

namespace aorta::gateway {

struct trial_way {
  std::string listener, route; ///< empty: the one by which it would come, and the first that takes it
  size_t most = size_t(-1);    ///< messages of a text
};

class message_trial {
public:
  /// Of a clinic's code: where its people are looked for, and its number; what it leads to outlives the
  /// trial.
  using lane_finder = std::function<std::pair<looking_only*, model::clinic_id>(const std::string& clinic)>;
  /// `settings`, clock and ids outlive it.
  message_trial(const config::settings& settings, trial_way by, lane_finder lanes, const clock_source& clock,
                id_source& ids);
  api::explanation run(std::string bytes) const; ///< of one message, or one part of a batch

private:
  const config::settings& settings_;
  trial_way by_;
  lane_finder lanes_;
  const clock_source& clock_;
  id_source& ids_;
};

/// Every message of a text, in its order, up to `by.most`. An error: it holds none, or the store does not
/// answer.
result<std::vector<api::explanation>> try_text(ports::store& store, const clock_source& clock, id_source& ids,
                                               const config::settings& settings, const trial_way& by,
                                               std::string text);

} // namespace aorta::gateway
