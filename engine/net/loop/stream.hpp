// One connection on the loop, accepted or made: bytes in, bytes out, TLS between them if wanted, an orderly
// end.
#pragma once

#include "engine/net/loop/address.hpp"
#include "engine/net/loop/loop.hpp"
#include "engine/net/tls/tls.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <uv.h>

namespace aorta::net {

/// What the connections of one server, or to one destination, share: libuv hands out a buffer and takes it
/// back within one callback, so one is enough for all.
struct stream_room {
  uv_loop_t* loop = nullptr;
  std::string name; ///< for log events
  std::optional<tls_context> tls;
  std::array<char, 64 * 1024> wire, plain;
};

/// All on the loop's thread. Makes itself with `new`, deletes itself after its end: nobody else may.
class stream : public handle_owner {
public:
  stream(stream_room& room, std::string peer);
  stream(const stream&) = delete;
  /// Takes the socket; begins to read. False: it was of no use and the stream is already ending.
  bool open(int socket);
  /// Instead: connects, and shakes hands where the room has TLS. `host`: the name that the certificate must
  /// have. `on_connected` tells success; `on_closed`, perhaps from within, anything else. The handshake's
  /// time is the owner's to watch.
  void connect(const socket_address& to, const std::string& host);
  const std::string& peer() const noexcept { return peer_; }

  void pause(); ///< no further bytes after those of the read under way
  void resume();
  /// Queues bytes; `flush` gives them to the socket.
  void write(std::string_view bytes);
  void flush();
  size_t unsent() const noexcept; ///< queued and not yet taken by the socket
  /// Ends after everything queued is written. If unread bytes are there, or `more_to_come` from the peer,
  /// they are read and dropped for a moment, because closing with unread bytes resets the connection and
  /// could destroy what was just written.
  void finish(bool more_to_come = false);
  void abort();                                      ///< ends now
  bool ending() const noexcept { return ending_; }   ///< `finish` or `abort` was called
  bool ended() const noexcept { return ended_; }     ///< no more callbacks
  bool half_closed() const noexcept { return eof_; } ///< the peer will send no more
  /// Why it ended, when neither side wanted it to; `tls_fault`: certificates or bytes of TLS were the reason.
  const std::string& reason() const noexcept { return reason_; }
  bool tls_fault() const noexcept { return tls_fault_; }
  uint64_t last_progress() const noexcept {
    return last_progress_;
  } ///< milliseconds of the loop: bytes came or went
  /// For the server's sweep: ends what hangs in a handshake or in its end.
  void sweep(uint64_t now);

protected:
  ~stream() override = default;
  virtual void on_bytes(std::string_view bytes) = 0; ///< never after `finish`
  virtual void on_end() = 0;                         ///< the peer sends no more; called once
  virtual void on_connected() {}                     ///< after `connect`: bytes may be written
  virtual void on_sent() {}                          ///< everything queued has been written
  virtual void on_closed() = 0;                      ///< the last call

private:
  struct pending_write;
  struct pending_connect;
  void begin(tls_channel::side which, const std::string& host);
  void fail(std::string reason);
  void received(ssize_t size, const char* bytes);
  void received_wire(std::string_view wire);
  void input_ended();
  void everything_sent();
  void write_slowly(std::string_view rest);
  void log_end(const char* event, std::string_view reason) const;
  void loop_ends() override { abort(); }
  static stream* from(void* data) { return static_cast<stream*>(static_cast<handle_owner*>(data)); }

  stream_room& room_;
  uv_tcp_t tcp_;
  std::unique_ptr<tls_channel> tls_;
  std::string peer_, out_, reason_;
  uint64_t last_progress_ = 0, deadline_ = 0; ///< of the handshake, later of the end
  size_t unsent_before_ = 0;
  bool open_ = false, reading_ = false, writing_ = false, ending_ = false, ended_ = false, eof_ = false,
       linger_ = false, lingering_ = false, made_ = false, greeted_ = false, tls_fault_ = false;
};

} // namespace aorta::net
