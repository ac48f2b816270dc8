#include "engine/net/mllp/send_link.hpp"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace aorta::net {

send_link::~send_link() { close(); }

void send_link::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  state_ = state::closed;
}

void send_link::give_up(std::string why) {
  close();
  state_ = state::broken;
  reason_ = std::move(why);
}

void send_link::open(const socket_address& to, const tls_context* tls, const std::string& host) {
  close();
  out_.clear();
  sent_ = 0;
  decoder_ = hl7::mllp_decoder{hl7::mllp_tolerance{}};
  tls_.reset();
  socket_ = ::socket(to.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return give_up(std::strerror(errno));
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (tls) tls_ = std::make_unique<tls_channel>(*tls, tls_channel::side::client, out_, host);
  state_ = state::connecting;
  if (connect(socket_, to.raw(), to.size) != 0 && errno != EINPROGRESS) give_up(std::strerror(errno));
}

void send_link::connected() {
  int code = 0;
  socklen_t size = sizeof code;
  getsockopt(socket_, SOL_SOCKET, SO_ERROR, &code, &size);
  if (code != 0) return give_up(std::strerror(code));
  state_ = tls_ ? state::handshaking : state::ready;
  if (tls_) tls_->begin();
}

void send_link::writable() {
  if (state_ == state::connecting) connected();
  flush();
}

void send_link::send(std::string_view message) {
  if (!tls_) {
    hl7::append_frame(out_, message);
  } else {
    std::string framed;
    hl7::append_frame(framed, message);
    tls_->write(framed);
  }
  flush();
}

void send_link::flush() {
  while (socket_ >= 0 && sent_ < out_.size()) {
    const ssize_t some = ::send(socket_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (some < 0 && errno == EINTR) continue;
    if (some < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (some < 0) return give_up(std::strerror(errno));
    sent_ += static_cast<size_t>(some);
  }
  out_.clear(); // keeps its memory for the next message
  sent_ = 0;
}

void send_link::readable(std::span<char> scratch, std::span<char> plain,
                         const hl7::mllp_decoder::events& replies) {
  while (socket_ >= 0) {
    const ssize_t size = recv(socket_, scratch.data(), scratch.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (size < 0) return give_up(std::strerror(errno));
    if (size == 0) return give_up("the server closed the connection");
    const std::string_view bytes(scratch.data(), static_cast<size_t>(size));
    if (!tls_) {
      decoder_.feed(bytes, replies);
    } else {
      if (!tls_->feed(bytes, plain, [&](std::string_view text) { decoder_.feed(text, replies); })) {
        flush();
        return give_up(tls_->reason());
      }
      flush();
      if (tls_->ended()) return give_up("the server closed the connection");
      if (state_ == state::handshaking && tls_->established()) state_ = state::ready;
    }
    if (bytes.size() < scratch.size()) return; // what came since then wakes us again
  }
}

} // namespace aorta::net
