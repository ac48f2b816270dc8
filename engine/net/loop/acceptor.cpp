#include "engine/net/loop/acceptor.hpp"

#include "engine/net/loop/proxy_header.hpp"
#include "engine/telemetry/log.hpp"

#include <algorithm>
#include <array>
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
constexpr uint64_t pause_ms = 100, refusal_log_ms = 1'000, failure_log_ms = 10'000, greeting_ms = 5'000;
constexpr size_t most_greetings = 1'000; ///< at a time

result<std::vector<address_block>> blocks_of(const std::vector<std::string>& texts) {
  std::vector<address_block> out;
  for (const auto& text : texts) {
    auto block = address_block::from_text(text);
    if (!block) return block.error();
    out.push_back(*block);
  }
  return out;
}

bool any_holds(const std::vector<address_block>& blocks, const socket_address& peer) {
  return std::any_of(blocks.begin(), blocks.end(), [&](const auto& block) { return block.contains(peer); });
}

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

/// A balancer's connection until its header has come. No byte behind it is read: these are the connection's.
struct acceptor::greeting final : handle_owner {
  acceptor* owner;
  int socket;
  socket_address from;
  std::string bytes;
  int open_handles = 2;
  uv_poll_t poll;
  uv_timer_t patience;

  greeting(acceptor* whose, uv_loop_t* on, int taken, const socket_address& peer)
      : owner(whose),
        socket(taken),
        from(peer) {
    uv_poll_init(on, &poll, socket);
    uv_timer_init(on, &patience);
    poll.data = patience.data = static_cast<handle_owner*>(this);
    uv_poll_start(&poll, UV_READABLE, [](uv_poll_t* of, int code, int) {
      auto* self = of_data(of->data);
      if (self->owner) self->read(code);
    });
    uv_timer_start(
      &patience,
      [](uv_timer_t* of) {
        auto* self = of_data(of->data);
        if (self->owner) self->refuse("no PROXY header came");
      },
      greeting_ms, 0);
  }

  void read(int code) {
    if (code < 0) return close();
    for (;;) {
      const auto read = read_proxy_header(bytes);
      if (!read) return refuse(read.error().text.c_str());
      if (bytes.size() == read->size) return admit(read->source.value_or(from));
      std::array<char, 512> some;
      const ssize_t size = recv(socket, some.data(), std::min(some.size(), read->size - bytes.size()), 0);
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
      if (size <= 0) return close(); // it looked whether somebody listens
      bytes.append(some.data(), size_t(size));
    }
  }
  void refuse(const char* why) {
    owner->refused(from, why);
    close();
  }
  void admit(const socket_address& peer) {
    auto* to = owner;
    const int taken = std::exchange(socket, -1);
    close();
    to->admit(taken, peer);
  }
  void loop_ends() override {
    if (owner) close();
  }
  void close() {
    std::exchange(owner, nullptr)->greetings_.erase(this);
    const auto closed = [](uv_handle_t* of) {
      auto* self = of_data(of->data);
      if (--self->open_handles == 0) delete self;
    };
    uv_close(reinterpret_cast<uv_handle_t*>(&poll), closed); // watches the socket no more from here on
    uv_close(reinterpret_cast<uv_handle_t*>(&patience), closed);
    if (socket >= 0) ::close(socket);
  }
  static greeting* of_data(void* data) { return static_cast<greeting*>(static_cast<handle_owner*>(data)); }
};

acceptor::acceptor(loop& on, how what) : loop_(on), how_(std::move(what)) {}

acceptor::~acceptor() { stop(); }

status acceptor::start() {
  if (auto read = allow(how_.allow, how_.listed); !read) return read;
  if (auto read = trust(how_.balancers); !read) return read;
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
  auto read = blocks_of(blocks);
  if (!read) return read.error();
  allow_ = std::move(*read);
  how_.listed = listed;
  return done{};
}

status acceptor::trust(const std::vector<std::string>& balancers) {
  auto read = blocks_of(balancers);
  if (!read) return read.error();
  balancers_ = std::move(*read);
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
  while (!greetings_.empty()) (*greetings_.begin())->close();
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
  if (!any_holds(balancers_, peer)) return admit(socket, peer);
  if (greetings_.size() < most_greetings) {
    greetings_.insert(new greeting(this, loop_.raw(), socket, peer));
    return;
  }
  ::close(socket);
  refused(peer, "too many connections without a PROXY header");
}

void acceptor::admit(int socket, const socket_address& peer) {
  const bool welcome = (allow_.empty() && !how_.listed) || any_holds(allow_, peer);
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
