#include "engine/net/loop/acceptor.hpp"

#include "engine/telemetry/log.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>
#include <utility>
#include <uv.h>

namespace aorta::net {

namespace {

constexpr int backlog = 4096;
constexpr int most_in_a_turn = 64; ///< then the open connections have theirs
constexpr uint64_t pause_ms = 100, refusal_log_ms = 1'000, failure_log_ms = 10'000;

bool not_on_this_machine(int code) { return code == EADDRNOTAVAIL || code == EAFNOSUPPORT; }

} // namespace

/// One listening socket. Its owner is forgotten when it closes, so that late callbacks find nobody.
struct acceptor::door final : handle_owner {
  acceptor* owner;
  int socket;
  int open_handles = 2;
  uv_poll_t poll;
  uv_timer_t pause;

  door(acceptor* whose, uv_loop_t* on, int listening) : owner(whose), socket(listening) {
    uv_poll_init(on, &poll, socket);
    uv_timer_init(on, &pause);
    poll.data = pause.data = static_cast<handle_owner*>(this);
    watch();
  }
  void watch() {
    uv_poll_start(&poll, UV_READABLE, [](uv_poll_t* of, int, int) {
      auto* self = from(of->data);
      if (self->owner) self->owner->take_all(*self);
    });
  }
  void rest() {
    uv_poll_stop(&poll);
    uv_timer_start(
      &pause, [](uv_timer_t* of) { from(of->data)->watch(); }, pause_ms, 0);
  }
  void loop_ends() override {
    if (owner) owner->stop();
  }
  void close() {
    owner = nullptr;
    const auto closed = [](uv_handle_t* of) {
      auto* self = from(of->data);
      if (--self->open_handles == 0) delete self;
    };
    uv_close(reinterpret_cast<uv_handle_t*>(&poll), closed);
    uv_close(reinterpret_cast<uv_handle_t*>(&pause), closed);
    ::close(socket);
  }
  static door* from(void* data) { return static_cast<door*>(static_cast<handle_owner*>(data)); }
};

acceptor::acceptor(loop& on, how what) : loop_(on), how_(std::move(what)) {}

acceptor::~acceptor() { stop(); }

status acceptor::start() {
  if (auto read = allow(how_.allow, how_.listed); !read) return read;
  auto addresses = resolve(how_.listen.host, how_.listen.port);
  if (!addresses) return addresses.error();
  std::string why;
  bool failed = false;
  for (auto& address : *addresses) {
    if (port_ != 0) address.set_port(port_);
    const int socket = bind_one(address, why);
    if (socket >= 0) {
      open_door(socket);
      port_ = address.port();
    } else if (!not_on_this_machine(-socket)) {
      failed = true; // a name with two addresses listens on both or not at all
      break;
    }
  }
  if (!failed && !doors_.empty()) return done{};
  stop();
  return error{error_code::invalid, "",
               "cannot listen on " + endpoint_text(how_.listen.host, how_.listen.port) + ": " + why};
}

status acceptor::allow(const std::vector<std::string>& blocks, bool listed) {
  std::vector<address_block> all;
  for (const auto& text : blocks) {
    auto block = address_block::from_text(text);
    if (!block) return block.error();
    all.push_back(*block);
  }
  allow_ = std::move(all);
  how_.listed = listed;
  return done{};
}

bool acceptor::lets_in(const std::string& peer) const {
  const auto one = address_block::from_text(peer);
  return (allow_.empty() && !how_.listed) ||
    (one &&
     std::any_of(allow_.begin(), allow_.end(), [&](const auto& block) { return block.contains(*one); }));
}

/// The listening socket, or the negated errno with its text in `why`. Writes the bound port back.
int acceptor::bind_one(socket_address& address, std::string& why) {
  const auto fail = [&](int socket) {
    const int code = errno;
    why = std::strerror(code);
    if (socket >= 0) ::close(socket);
    return -code;
  };
  const int socket = ::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return fail(socket);
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.bytes.ss_family == AF_INET6) setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind(socket, address.raw(), address.size) != 0 || listen(socket, backlog) != 0) return fail(socket);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address.bytes), &address.size) != 0)
    return fail(socket);
  return socket;
}

void acceptor::open_door(int socket) { doors_.push_back(new door(this, loop_.raw(), socket)); }

void acceptor::stop() {
  for (auto* one : std::exchange(doors_, {})) one->close();
}

void acceptor::take_all(door& from) {
  for (int i = 0; i < most_in_a_turn; ++i) {
    socket_address peer;
    peer.size = sizeof peer.bytes;
    const int socket = accept4(from.socket, reinterpret_cast<sockaddr*>(&peer.bytes), &peer.size,
                               SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      take(socket, peer);
      if (!from.owner) return; // stopped by the one who took it
      continue;
    }
    if (errno == ECONNABORTED || errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    accept_failed(errno);
    return from.rest();
  }
}

void acceptor::accept_failed(int code) {
  const uint64_t now = uv_now(loop_.raw());
  if (last_failure_ != 0 && now - last_failure_ < failure_log_ms) return;
  last_failure_ = now;
  telemetry::log(telemetry::level::error, "accept-failed",
                 {{"listener", how_.name}, {"reason", std::strerror(code)}});
}

void acceptor::take(int socket, const socket_address& peer) {
  const auto allowed = [&](const address_block& block) { return block.contains(peer); };
  const bool welcome = (allow_.empty() && !how_.listed) || std::any_of(allow_.begin(), allow_.end(), allowed);
  if (welcome && how_.has_room()) return how_.accepted(socket, peer_text(peer));
  ::close(socket);
  refused(peer, welcome ? "too many connections" : "not on the allow-list");
}

/// At most one line a second: whoever knocks without end shall not fill the disk.
void acceptor::refused(const socket_address& peer, const char* reason) {
  const uint64_t now = uv_now(loop_.raw());
  if (last_refusal_ != 0 && now - last_refusal_ < refusal_log_ms) {
    ++unlogged_;
    return;
  }
  last_refusal_ = now;
  telemetry::log(telemetry::level::warn, "connection-refused",
                 {{"listener", how_.name},
                  {"peer", peer_text(peer)},
                  {"reason", reason},
                  {"others", std::to_string(unlogged_)}});
  unlogged_ = 0;
}

} // namespace aorta::net
