// Requests out of bytes, strictly (RFC 9112): what two readers could understand differently is refused.
#pragma once

#include "engine/net/http/http_server.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace aorta::net {

/// Why a request was refused; the connection must be closed after saying so.
struct http_refusal {
  int status = 400;
  std::string code, message;
};

/// Pure: no socket, no clock.
class http_reader {
public:
  enum class state : uint8_t { waiting, head, body, complete, refused };

  http_reader(uint32_t max_header_bytes, uint32_t max_body_bytes);
  ~http_reader();

  /// Takes bytes up to the end of one request and returns how many that were. Takes none when complete or
  /// refused.
  size_t feed(std::string_view bytes);
  state now() const noexcept { return state_; }
  void limit_body(uint32_t most) noexcept { max_body_bytes_ = most; } ///< of the next request
  http_request take(); ///< of a complete one; the reader then waits for the next
  const http_refusal& refusal() const noexcept { return refusal_; }
  const http_request& head() const noexcept { return request_; } ///< while the body is being read
  /// Whether the body that is being read may become larger than that, by what its sender says.
  bool may_exceed(size_t bytes) const noexcept;
  size_t body_bytes() const noexcept; ///< of the request that is being read, so far

  // From the end of the header until the next request begins:
  bool keep_alive() const noexcept { return keep_alive_; }
  bool is_head() const noexcept { return is_head_; }
  bool old_version() const noexcept { return old_version_; } ///< HTTP/1.0
  /// Once for a request whose sender waits for `100 Continue` before its body.
  bool must_continue() noexcept;

private:
  struct parser;
  size_t feed_head(std::string_view bytes);
  size_t feed_body(std::string_view bytes);
  void head_complete();
  bool check_head();
  void refuse(int status, const char* code, const char* message);

  uint32_t max_header_bytes_, max_body_bytes_;
  state state_ = state::waiting;
  std::string held_; ///< the header so far, later the start of a chunk's line
  std::unique_ptr<parser> parser_;
  http_request request_;
  http_refusal refusal_;
  bool keep_alive_ = false, is_head_ = false, old_version_ = false, continue_wanted_ = false;
};

} // namespace aorta::net
