// What the API has of the national system: what it asks there, and what it shows of it.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/gesy/exchange.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace aorta::api {

struct gesy_standing {
  std::optional<timestamp> away_since, answered_at, eligibility_at;
  std::string code; ///< of the last fault
};

/// Functions may be called on any thread.
struct gesy_view {
  std::string mode, provider_id;
  gesy::wire wire;
  std::function<gesy_standing()> standing;
  std::function<void(const gesy::question&, std::function<void(gesy::reply)>)> ask; ///< answers on the loop
  /// What was told of a beneficiary last, for when they are away; nothing after a day. `ours` empty: they
  /// know nobody of this number any more.
  std::function<void(const std::string& whom, const std::string& ours, timestamp at)> remember;
  std::function<std::optional<std::pair<std::string, timestamp>>(const std::string& whom, timestamp now)>
    remembered;
  std::function<void()> forget; ///< all of it: somebody was erased
};

/// A question that is to be asked there; the answer to the call comes when they have answered.
struct gesy_errand {
  gesy::question what;
  gesy::kind of = gesy::kind::beneficiary;
  bool is_list = false;
  std::string whom; ///< a beneficiary of a clinic, for `remember`; empty: none
};

} // namespace aorta::api
