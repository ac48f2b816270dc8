// One connection to a Redis (hiredis), made when it is needed. Blocks: not on the loop's thread.
#pragma once

#include "engine/config/destination.hpp"
#include "engine/delivery/item.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct redisContext;

namespace aorta::gateway {

class redis_link {
public:
  redis_link(config::redis_server to, std::chrono::milliseconds within);
  ~redis_link();

  /// An entry of a stream, and, where there is a channel, its publication: in one transaction. What the
  /// server refuses (LOADING, OOM, NOAUTH, READONLY, ...) is silence with its word: it may take it once
  /// somebody has seen to it, and nothing is given up.
  delivery::outcome add(const std::string& stream,
                        const std::vector<std::pair<std::string, std::string>>& entry,
                        const std::string& channel, const std::string& text);

private:
  using words = std::vector<std::string>;
  bool connect(delivery::outcome& out);
  bool ask(const words& what, delivery::outcome& out);
  void queue(const words& what);
  void close() noexcept;

  config::redis_server to_;
  std::chrono::milliseconds within_;
  redisContext* open_ = nullptr;
};

} // namespace aorta::gateway
