// One connection of the MLLP sender: connect, TLS, framing, one message in flight.
#pragma once

#include "engine/hl7/mllp.hpp"
#include "engine/net/loop/address.hpp"
#include "engine/net/tls/tls.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace aorta::net {

/// Not thread-safe; never blocks. After `broken` the link can be opened again.
class send_link {
public:
  enum class state : uint8_t { closed, connecting, handshaking, ready, broken };

  send_link() = default;
  ~send_link();
  send_link(const send_link&) = delete;

  /// `tls` may be null; then `host` is not used.
  void open(const socket_address& to, const tls_context* tls, const std::string& host);
  void close();
  void give_up(std::string why); ///< closes it as broken
  /// Frames and sends. What the socket does not take at once leaves with `writable`.
  void send(std::string_view message);
  void writable();
  /// Reads what is there. `replies` get each reply's bytes.
  void readable(std::span<char> scratch, std::span<char> plain, const hl7::mllp_decoder::events& replies);

  state now() const noexcept { return state_; }
  int socket() const noexcept { return socket_; }
  bool wants_to_write() const noexcept { return state_ == state::connecting || !out_.empty(); }
  const std::string& reason() const noexcept { return reason_; }

private:
  void connected();
  void flush();

  state state_ = state::closed;
  int socket_ = -1;
  std::string out_, reason_;
  size_t sent_ = 0; ///< bytes of out_ that have left
  std::unique_ptr<tls_channel> tls_;
  hl7::mllp_decoder decoder_{hl7::mllp_tolerance{}};
};

} // namespace aorta::net
