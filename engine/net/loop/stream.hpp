// One accepted connection on the loop: bytes in, bytes out, TLS between them if wanted, an orderly end.
#pragma once

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

/// What the connections of one server share: libuv hands out a buffer and takes it back within one callback,
/// so one is enough for all.
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
  uint64_t last_progress() const noexcept {
    return last_progress_;
  } ///< milliseconds of the loop: bytes came or went
  /// For the server's sweep: ends what hangs in a handshake or in its end.
  void sweep(uint64_t now);

protected:
  ~stream() override = default;
  virtual void on_bytes(std::string_view bytes) = 0; ///< never after `finish`
  virtual void on_end() = 0;                         ///< the peer sends no more; called once
  virtual void on_sent() {}                          ///< everything queued has been written
  virtual void on_closed() = 0;                      ///< the last call

private:
  struct pending_write;
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
  std::string peer_, out_;
  uint64_t last_progress_ = 0, deadline_ = 0; ///< of the handshake, later of the end
  size_t unsent_before_ = 0;
  bool open_ = false, reading_ = false, writing_ = false, ending_ = false, ended_ = false, eof_ = false,
       linger_ = false, lingering_ = false;
};

} // namespace aorta::net
