// A host's addresses, without holding the loop up.
#pragma once

#include "engine/base/result.hpp"
#include "engine/net/loop/address.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

struct uv_loop_s;

namespace aorta::net {

/// Asks the system's resolver on a thread of libuv's pool. On the loop's thread. Destroyed before the answer
/// it is silent; a question that is under way then still holds up the end of the loop, for as long as the
/// resolver takes.
class name_lookup {
public:
  using found = std::function<void(result<std::vector<socket_address>>)>;

  name_lookup() = default;
  ~name_lookup() { forget(); }
  name_lookup(const name_lookup&) = delete;

  /// The addresses, IPv4 first, never empty. `then` is called later, never from within, and may destroy this
  /// object; not at all when an error is returned: then the host is no name. One question at a time: the one
  /// before is forgotten. Literals (`literal_address`) need no asking.
  status ask(uv_loop_s* on, const std::string& host, uint16_t port, found then);
  void forget();

private:
  struct request;
  request* request_ = nullptr;
};

} // namespace aorta::net
