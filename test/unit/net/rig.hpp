// What the network tests share: a loop on its own thread, a blocking client, waiting for events instead of
// sleeping.
#pragma once

#include "engine/net/loop/loop.hpp"
#include "engine/net/tls/tls.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <unistd.h>

namespace rig {

constexpr std::chrono::seconds patience{20};

/// A loop that runs on a thread until the end of the test.
class running_loop {
public:
  running_loop() : thread_([this] { loop.run(); }) {
    now([] {});
  }
  ~running_loop() {
    loop.stop();
    thread_.join();
  }
  /// Runs on the loop's thread and waits for it.
  void now(const std::function<void()>& what) {
    std::promise<void> ran;
    loop.post([&] {
      what();
      ran.set_value();
    });
    ran.get_future().wait();
  }
  aorta::net::loop loop;

private:
  std::thread thread_;
};

/// A value that other threads change and the test waits for.
template <class T>
class watched {
public:
  void change(const std::function<void(T&)>& how) {
    std::lock_guard hold(lock_);
    how(value_);
    changed_.notify_all();
  }
  [[nodiscard]] bool becomes(const std::function<bool(const T&)>& what) {
    std::unique_lock hold(lock_);
    return changed_.wait_for(hold, patience, [&] { return what(value_); });
  }
  T get() {
    std::lock_guard hold(lock_);
    return value_;
  }

private:
  std::mutex lock_;
  std::condition_variable changed_;
  T value_{};
};

/// A blocking side of a connection on the loopback interface, with TLS if wanted.
class client {
public:
  struct accepted {
    int socket;
  };
  explicit client(accepted by_us) : socket_(by_us.socket) { be_patient(); }
  explicit client(uint16_t port, int receive_buffer = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    be_patient();
    if (receive_buffer) setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    BOOST_REQUIRE_EQUAL(connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  }
  client(client&& from) noexcept : socket_(std::exchange(from.socket_, -1)), text_(std::move(from.text_)) {}
  ~client() { vanish(); }

  /// False when the server does not take us. With TLS 1.3 a refusal may also come with the first read.
  bool shake_hands(const aorta::net::tls_context& with) {
    tls_ = std::make_unique<aorta::net::tls_channel>(with, aorta::net::tls_channel::side::client, wire_);
    tls_->begin();
    while (!tls_->established())
      if (!push() || !pull()) return false;
    return push();
  }
  bool send(std::string_view bytes) {
    if (!tls_) return send_raw(bytes);
    tls_->write(bytes);
    return push();
  }
  void stop_sending() { shutdown(socket_, SHUT_WR); }
  void vanish() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  void reset() { // closes with RST
    const linger at_once{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    vanish();
  }
  /// Everything up to and with `end`; less when the connection ends first.
  std::string until(std::string_view end) {
    size_t at;
    while ((at = text_.find(end)) == std::string::npos)
      if (!pull()) return std::exchange(text_, {});
    std::string out = text_.substr(0, at + end.size());
    text_.erase(0, out.size());
    return out;
  }
  std::string bytes(size_t count) {
    while (text_.size() < count)
      if (!pull()) break;
    std::string out = text_.substr(0, count);
    text_.erase(0, out.size());
    return out;
  }
  std::string rest() {
    while (pull()) {}
    return std::exchange(text_, {});
  }
  int raw() const { return socket_; }

private:
  void be_patient() {
    timeval limit{};
    limit.tv_sec = patience.count();
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const int on = 1; // pieces shall travel as pieces
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  bool send_raw(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t some = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (some <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(some));
    }
    return true;
  }
  bool push() { return send_raw(std::exchange(wire_, {})); }
  bool pull() {
    std::array<char, 65536> buffer, plain;
    const ssize_t size = recv(socket_, buffer.data(), buffer.size(), 0);
    if (size <= 0) return false;
    const std::string_view got(buffer.data(), static_cast<size_t>(size));
    if (!tls_) {
      text_ += got;
      return true;
    }
    const bool good = tls_->feed(got, plain, [&](std::string_view some) { text_ += some; });
    return push() && good && !tls_->ended();
  }

  int socket_;
  std::string text_, wire_;
  std::unique_ptr<aorta::net::tls_channel> tls_;
};

/// Somebody who listens on 127.0.0.1 and does what the test says.
class listener {
public:
  explicit listener(int backlog = 16) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    timeval limit{};
    limit.tv_sec = patience.count();
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    BOOST_REQUIRE_EQUAL(bind(socket_, reinterpret_cast<const sockaddr*>(&at), size), 0);
    BOOST_REQUIRE_EQUAL(listen(socket_, backlog), 0);
    BOOST_REQUIRE_EQUAL(getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size), 0);
    port_ = ntohs(at.sin_port);
  }
  ~listener() { close(); }
  listener(const listener&) = delete;
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  client accept() {
    const int socket = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    BOOST_REQUIRE_GE(socket, 0);
    return client(client::accepted{socket});
  }
  uint16_t port() const { return port_; }

private:
  int socket_;
  uint16_t port_ = 0;
};

} // namespace rig
