// A configuration beside the one that runs, on this node's live messages, without effect: what it would read
// otherwise.
#pragma once

#include "engine/api/publishing.hpp"
#include "engine/config/config.hpp"
#include "engine/gateway/comparison.hpp"
#include "engine/pipeline/envelope.hpp"

#include <atomic>
#include <memory>
#include <mutex>

namespace aorta::gateway {

class shadowing {
public:
  /// All that `with` points to outlives it.
  explicit shadowing(const comparison::parts& with) : with_(with) {}
  ~shadowing() { stop(); }
  shadowing(const shadowing&) = delete;
  shadowing& operator=(const shadowing&) = delete;

  /// In the place of what is under way. Any thread.
  void begin(config::settings before, config::settings after, api::shadow_view what);
  void stop();
  std::optional<api::shadow_view> now() const;
  /// A message that came: where nobody looks, it costs nothing; where too many wait, it is left out and
  /// counted.
  void saw(const pipeline::envelope& mail);

private:
  class desk;
  comparison::parts with_;
  std::atomic<bool> looks_{false};
  mutable std::mutex lock_;
  std::shared_ptr<desk> desk_;
};

} // namespace aorta::gateway
