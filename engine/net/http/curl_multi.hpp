// libcurl's transfers on the loop: it says which sockets and when, libuv tells it what happened.
#pragma once

#include "engine/net/loop/deadline.hpp"

#include <curl/curl.h>
#include <memory>
#include <unordered_map>

namespace aorta::net {

/// Whose transfer it is.
struct curl_user {
  virtual ~curl_user() = default;
  /// The transfer is over; its handle still belongs to the multi. May destroy this object and the multi.
  virtual void finished(CURLcode how) = 0;
};

/// On the loop's thread; may outlive the loop, idle. Connections are kept for later transfers.
class curl_multi {
public:
  explicit curl_multi(uv_loop_t* on);
  ~curl_multi(); ///< all transfers have been removed
  curl_multi(const curl_multi&) = delete;

  void add(CURL* one, curl_user& whose); ///< `finished` is called later, never from within
  void remove(CURL* one);

private:
  struct watch;
  int want(curl_socket_t socket, int what);
  void act(curl_socket_t socket, int events);

  uv_loop_t* loop_;
  CURLM* multi_;
  deadline deadline_;
  std::unordered_map<curl_socket_t, watch*> watches_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); ///< asked after each `finished`
};

} // namespace aorta::net
