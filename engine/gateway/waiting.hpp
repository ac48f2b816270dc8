// What all HTTP requests have in common while they wait for the store: an end.
#pragma once

#include "engine/net/http/http_server.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <string_view>

namespace aorta::gateway {

/// One request on its way.
struct waiting {
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  mutable std::atomic<bool> answered{false};  ///< who sets it answers
  mutable std::atomic<bool> elsewhere{false}; ///< it waits for somebody else than the store, who has an end
                                              ///< too

  virtual ~waiting() = default;
  virtual void answer_late() const = 0; ///< the store took too long; may be called when there was an answer
                                        ///< meanwhile
};

/// Requests that wait, oldest first. On the loop's thread.
class waiting_list {
public:
  explicit waiting_list(std::chrono::seconds longest) : longest_(longest) {}
  void watch(std::shared_ptr<const waiting> one) { open_.push_back(std::move(one)); }
  void sweep(); ///< answers those that have waited too long; call it now and then
  void clear() { open_.clear(); }
  int64_t owed() const; ///< how many have no answer yet

private:
  std::chrono::seconds longest_;
  std::deque<std::shared_ptr<const waiting>> open_;
};

/// The key of `Authorization: Bearer KEY`; empty if there is none. The scheme's case does not matter (RFC
/// 7235 2.1).
std::string_view bearer_of(const net::http_request& request);
/// Whether it carries `X-Aorta: console`, which a page of another site cannot send with a browser's cookies.
bool is_from_console(const net::http_request& request);
/// What stands behind a target's `?`, as it was sent.
std::string_view query_of(std::string_view target);

} // namespace aorta::gateway
