// HTTP/1.1 on the loop (Boost.Beast's parser over libuv). Closed by default: authentication is the handler's
// first question.
#pragma once

#include "engine/base/result.hpp"
#include "engine/config/endpoint.hpp"
#include "engine/net/loop/loop.hpp"
#include "engine/net/tls/tls.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::net {

struct http_request {
  std::string method, target; ///< target as sent: path and query. HEAD comes as GET; the body of its answer
                              ///< is not sent
  std::vector<std::pair<std::string, std::string>> headers; ///< names lower case
  std::string body, peer;                                   ///< peer: address without port
  std::string_view header(std::string_view lower_case_name) const noexcept;
};

/// The rest of an answer that goes on, as server-sent events do: bytes of its body until either side ends it.
/// Copies are the same feed. From any thread, also after the server has gone.
class http_feed {
public:
  struct line;
  explicit http_feed(std::shared_ptr<line> of) : line_(std::move(of)) {}
  bool is_open() const noexcept;   ///< false: nobody listens any more
  bool is_behind() const noexcept; ///< what was sent before has not left yet
  void send(std::string bytes) const;
  void end() const; ///< after what was sent

private:
  std::shared_ptr<line> line_;
};

struct http_response {
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  /// Set: `body` is the answer's beginning, and the connection ends with it. Called on the loop's thread; not
  /// for HEAD.
  std::function<void(http_feed)> goes_on;
  bool drops = false; ///< instead of an answer the connection ends, as of one who has died
};

/// Answers one request; call it once, from any thread, also after the connection or the server has gone. A
/// request whose `http_respond` is destroyed unused is answered 500, so that no client waits for ever.
using http_respond = std::function<void(http_response)>;
/// On the loop's thread; must not block. Requests of one connection come one after the other.
using http_handler = std::function<void(http_request&&, http_respond)>;

/// Asked before a large body is read, with the request's head: nothing when its sender may send it, else the
/// answer, after which the connection is closed. Called on the loop's thread; `decide` once, from any thread;
/// a lost one refuses.
using http_decide = std::function<void(std::optional<http_response> refusal)>;
using http_admission = std::function<void(const http_request& head, http_decide decide)>;

/// When all connections are taken, whoever holds the most of them loses the one that has been silent for
/// longest, so that nobody is shut out.
class http_server {
public:
  struct how {
    config::endpoint listen;
    config::tls_files tls;
    std::vector<std::string> balancers; ///< as of a listener
    uint32_t max_body_bytes = 1u << 20, max_connections = 1'000;
    size_t max_bodies_bytes = 256u << 20; ///< of all requests being read or answered; past that, whoever
                                          ///< sends a large one is told 503
    uint32_t header_timeout_seconds = 15, body_timeout_seconds = 120, idle_timeout_seconds = 120;
    uint32_t max_header_bytes = 16 * 1024;
  };
  /// The loop outlives the server. The destructor closes every connection; the handler is not called after
  /// it.
  http_server(loop& on, how, http_handler handler, http_admission admission = nullptr);
  ~http_server();
  status start();
  uint16_t port() const noexcept;
  std::optional<timestamp> certificate_ends() const; ///< on the loop's thread; nothing: no TLS
  /// Other limits and another certificate, from the next request and the next connection on; where it listens
  /// stays. On the loop's thread.
  void use(how next, std::optional<tls_context> tls);
  void stop_accepting(); ///< from any thread; requests under way are still answered, with `Connection: close`
  void close_all();

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

} // namespace aorta::net
