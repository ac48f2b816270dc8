// Listening sockets on the loop: who may come in, and how many; by a balancer, too.
#pragma once

#include "engine/base/result.hpp"
#include "engine/config/endpoint.hpp"
#include "engine/net/loop/address.hpp"
#include "engine/net/loop/loop.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace aorta::net {

/// On the loop's thread, or before it runs. When the process has no file descriptor left, it stops accepting
/// for a moment instead of spinning.
class acceptor {
public:
  struct how {
    std::string name; ///< for log events
    config::endpoint listen;
    std::vector<std::string> allow;                             ///< blocks; empty: everybody
    std::function<bool()> has_room;                             ///< false: the newcomer is closed at once
    std::function<void(int socket, std::string peer)> accepted; ///< takes the socket, which does not block
    bool listed = false;                                        ///< an empty `allow` means nobody
    /// Blocks. Who comes from there says first for whom it speaks (PROXY protocol, version 2); `allow` and
    /// `peer` are about that one.
    std::vector<std::string> balancers = {};
  };
  acceptor(loop& on, how);
  ~acceptor();
  acceptor(const acceptor&) = delete;

  status start();
  uint16_t port() const noexcept { return port_; }
  void stop();
  /// From now on. No blocks: everybody, or nobody when that is what a list says (`listed`).
  status allow(const std::vector<std::string>& blocks, bool listed);
  /// From now on.
  status trust(const std::vector<std::string>& balancers);
  bool lets_in(const std::string& peer) const; ///< an address as `accepted` gave it

private:
  struct door;
  struct greeting;
  void open_door(int socket);
  void take_all(door& from);
  void take(int socket, const socket_address& peer);
  void admit(int socket, const socket_address& peer);
  void refused(const socket_address& peer, const char* reason);
  void accept_failed(int code);
  int bind_one(socket_address& address, std::string& why);

  loop& loop_;
  how how_;
  std::vector<address_block> allow_, balancers_;
  std::vector<door*> doors_;
  std::set<greeting*> greetings_; ///< of balancers who have not yet said for whom they speak
  uint16_t port_ = 0;
  uint64_t last_refusal_ = 0, unlogged_ = 0, last_failure_ = 0; ///< milliseconds of the loop; 0: none yet
};

} // namespace aorta::net
