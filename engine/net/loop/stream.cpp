#include "engine/net/loop/stream.hpp"

#include "engine/telemetry/log.hpp"

#include <cstring>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace aorta::net {

namespace {

constexpr uint64_t handshake_ms = 10'000, linger_ms = 2'000, stalled_end_ms = 30'000;
constexpr unsigned keepalive_seconds = 60;

} // namespace

/// A write the socket did not take at once: keeps its bytes until libuv is done with them.
struct stream::pending_write {
  uv_write_t request;
  std::string bytes;
};

/// A connection being made: libuv is done with it in its callback, also when the stream has ended meanwhile.
struct stream::pending_connect {
  uv_connect_t request;
  std::string host;
};

stream::stream(stream_room& room, std::string peer) : room_(room), peer_(std::move(peer)) {
  uv_tcp_init(room_.loop, &tcp_);
  tcp_.data = static_cast<handle_owner*>(this);
  last_progress_ = uv_now(room_.loop);
}

bool stream::open(int socket) {
  if (uv_tcp_open(&tcp_, socket) != 0) {
    ::close(socket);
    abort();
    return false;
  }
  begin(tls_channel::side::server, {});
  if (tls_) deadline_ = uv_now(room_.loop) + handshake_ms;
  resume();
  return !ended_;
}

void stream::begin(tls_channel::side which, const std::string& host) {
  open_ = true;
  uv_tcp_nodelay(&tcp_, 1);
  uv_tcp_keepalive(&tcp_, 1, keepalive_seconds);
  if (room_.tls) tls_ = std::make_unique<tls_channel>(*room_.tls, which, out_, host);
}

void stream::connect(const socket_address& to, const std::string& host) {
  made_ = true;
  auto pending = std::make_unique<pending_connect>();
  pending->host = host;
  pending->request.data = pending.get();
  const auto connected = [](uv_connect_t* of, int code) {
    const std::unique_ptr<pending_connect> owner(static_cast<pending_connect*>(of->data));
    auto* self = from(of->handle->data);
    if (self->ended_) return;
    if (code != 0) return self->fail(std::strerror(-code));
    self->begin(tls_channel::side::client, owner->host);
    self->resume();
    if (self->ended_) return;
    if (!self->tls_) return self->on_connected();
    self->tls_->begin();
    self->flush();
  };
  const int code = uv_tcp_connect(&pending->request, &tcp_, to.raw(), connected);
  if (code != 0) return fail(std::strerror(-code));
  (void)pending.release(); // now the callback's
}

void stream::fail(std::string reason) {
  if (ended_) return;
  if (reason_.empty()) reason_ = std::move(reason);
  abort();
}

void stream::pause() {
  if (!reading_ || ended_) return;
  uv_read_stop(reinterpret_cast<uv_stream_t*>(&tcp_));
  reading_ = false;
}

void stream::resume() {
  if (reading_ || ended_ || eof_) return;
  const auto buffer = [](uv_handle_t* of, size_t, uv_buf_t* to) {
    auto& wire = from(of->data)->room_.wire;
    *to = uv_buf_init(wire.data(), static_cast<unsigned>(wire.size()));
  };
  const auto read = [](uv_stream_t* of, ssize_t size, const uv_buf_t* bytes) {
    from(of->data)->received(size, bytes->base);
  };
  reading_ = uv_read_start(reinterpret_cast<uv_stream_t*>(&tcp_), buffer, read) == 0;
  if (!reading_) fail("cannot read from the connection");
}

void stream::received(ssize_t size, const char* bytes) {
  if (size == 0 || ended_) return;
  if (size == UV_EOF) return input_ended();
  if (size < 0) return fail(std::strerror(static_cast<int>(-size))); // reset by the peer, timed out
  last_progress_ = uv_now(room_.loop);
  const std::string_view wire(bytes, static_cast<size_t>(size));
  if (lingering_ || (ending_ && !tls_)) return;
  if (tls_) received_wire(wire);
  else on_bytes(wire);
}

void stream::received_wire(std::string_view wire) {
  const bool good = tls_->feed(wire, room_.plain, [this](std::string_view plain) {
    if (!ending_ && !ended_) on_bytes(plain);
  });
  if (ended_) return;
  if (!good) {
    if (!made_) log_end(tls_->established() ? "tls-failed" : "tls-handshake-failed", tls_->reason());
    reason_ = tls_->reason();
    tls_fault_ = true;
    flush(); // the alert that tells the peer why
    return abort();
  }
  if (tls_->established() && !ending_) deadline_ = 0;
  if (made_ && tls_->established() && !std::exchange(greeted_, true)) on_connected();
  flush();
  if (ended_) return;
  if (tls_->ended()) input_ended();
}

void stream::input_ended() {
  if (ended_ || eof_) return;
  pause();
  eof_ = true;
  if (lingering_ || (tls_ && !tls_->established())) return abort();
  if (!ending_) on_end();
}

void stream::write(std::string_view bytes) {
  if (ended_) return;
  if (unsent() == 0) last_progress_ = uv_now(room_.loop);
  if (tls_) tls_->write(bytes);
  else out_ += bytes;
}

void stream::flush() {
  if (ended_ || writing_ || !open_) return;
  if (out_.empty()) return everything_sent();
  const uv_buf_t buffer = uv_buf_init(out_.data(), static_cast<unsigned>(out_.size()));
  const int taken = uv_try_write(reinterpret_cast<uv_stream_t*>(&tcp_), &buffer, 1);
  if (taken < 0 && taken != UV_EAGAIN) return fail(std::strerror(-taken));
  const size_t size = taken > 0 ? static_cast<size_t>(taken) : 0;
  if (size > 0) last_progress_ = uv_now(room_.loop);
  const std::string all = std::exchange(out_, {}); // gives the memory back as well
  if (size < all.size()) return write_slowly(std::string_view(all).substr(size));
  everything_sent();
}

void stream::write_slowly(std::string_view rest) {
  auto request = std::make_unique<pending_write>();
  request->bytes = rest;
  request->request.data = request.get();
  const uv_buf_t buffer = uv_buf_init(request->bytes.data(), static_cast<unsigned>(request->bytes.size()));
  const auto written = [](uv_write_t* of, int code) {
    const std::unique_ptr<pending_write> owner(static_cast<pending_write*>(of->data));
    auto* self = from(of->handle->data);
    self->writing_ = false;
    if (self->ended_) return;
    if (code != 0) return self->fail(std::strerror(-code));
    self->last_progress_ = uv_now(self->room_.loop);
    self->flush();
  };
  if (uv_write(&request->request, reinterpret_cast<uv_stream_t*>(&tcp_), &buffer, 1, written) != 0)
    return abort();
  writing_ = true;
  (void)request.release(); // now the callback's
}

size_t stream::unsent() const noexcept {
  return out_.size() +
    (ended_ ? 0 : uv_stream_get_write_queue_size(reinterpret_cast<const uv_stream_t*>(&tcp_)));
}

void stream::everything_sent() {
  if (!ending_) return on_sent();
  if (lingering_) return;
  uv_os_fd_t socket = -1;
  int unread = 0;
  const bool known = uv_fileno(reinterpret_cast<uv_handle_t*>(&tcp_), &socket) == 0 &&
    ioctl(socket, FIONREAD, &unread) == 0;
  if (eof_ || !known || (!linger_ && unread == 0)) return abort();
  ::shutdown(socket, SHUT_WR);
  lingering_ = true;
  deadline_ = uv_now(room_.loop) + linger_ms;
  resume();
}

void stream::finish(bool more_to_come) {
  if (ending_ || ended_) return;
  linger_ = more_to_come;
  if (tls_ && !tls_->established()) return abort();
  ending_ = true;
  if (tls_) tls_->say_goodbye();
  flush();
}

void stream::abort() {
  if (ended_) return;
  ending_ = ended_ = true;
  reading_ = false;
  on_closed();
  uv_close(reinterpret_cast<uv_handle_t*>(&tcp_), [](uv_handle_t* of) { delete from(of->data); });
}

void stream::sweep(uint64_t now) {
  if (ended_) return;
  // libuv reports a slow write only when it is complete: its queue tells whether the peer takes anything.
  if (const size_t waiting = unsent(); waiting < unsent_before_) last_progress_ = now;
  unsent_before_ = unsent();
  if (ending_ && now - last_progress_ >= stalled_end_ms) return abort();
  if (deadline_ == 0 || now < deadline_) return;
  if (!lingering_) log_end("tls-handshake-failed", "timeout");
  abort();
}

void stream::log_end(const char* event, std::string_view reason) const {
  telemetry::log(telemetry::level::warn, event,
                 {{"listener", room_.name}, {"peer", peer_}, {"reason", std::string(reason)}});
}

} // namespace aorta::net
