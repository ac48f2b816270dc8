// TLS over bytes (OpenSSL, no sockets): what comes in from the wire is fed, what must go out is appended to
// the owner's buffer.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/result.hpp"
#include "engine/config/endpoint.hpp"
#include "engine/ports/outbound.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace aorta::net {

/// Certificates, keys and rules, read once. TLS 1.2 or newer, no renegotiation, no session cache.
class tls_context {
public:
  /// With `client_ca`, clients must show a certificate of that authority. Errors name the file.
  static result<tls_context> for_server(const config::tls_files& files);
  /// Errors name the file.
  static result<tls_context> for_client(const ports::tls_rules& rules);
  ssl_ctx_st* raw() const noexcept { return context_.get(); }
  std::optional<timestamp> not_after() const; ///< when our own certificate ends; nothing: there is none

private:
  explicit tls_context(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}
  std::shared_ptr<ssl_ctx_st> context_;
};

/// One connection's TLS. Not thread-safe. `outgoing` must outlive it.
class tls_channel {
public:
  enum class side : unsigned char { server, client };
  /// `host`: the client's expected name of the server, empty for none; checked only where the context
  /// verifies.
  tls_channel(const tls_context& context, side which, std::string& outgoing, const std::string& host = {});
  ~tls_channel();

  void begin(); ///< the client's first bytes
  /// Takes bytes of the wire and hands on what they say, through `scratch`. False: the connection is of no
  /// use any more, see `reason`.
  bool feed(std::string_view wire, std::span<char> scratch,
            const std::function<void(std::string_view)>& plain);
  /// Before the handshake is over, the bytes wait.
  void write(std::string_view plain);
  void say_goodbye(); ///< close_notify, at best
  bool established() const noexcept { return established_; }
  bool ended() const noexcept { return ended_; } ///< the other side said it will send no more
  const std::string& reason() const noexcept { return reason_; }

private:
  friend struct tls_wire;
  bool shake_hands();
  bool failed(int code);

  struct free_ssl {
    void operator()(ssl_st* ssl) const noexcept;
  };
  std::unique_ptr<ssl_st, free_ssl> ssl_;
  std::string& outgoing_;
  std::string_view incoming_; ///< unread bytes of the `feed` under way
  std::string waiting_;       ///< written before the handshake was over
  std::string reason_;
  bool established_ = false, ended_ = false;
};

} // namespace aorta::net
