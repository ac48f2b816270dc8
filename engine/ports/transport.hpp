// Where replies go: the listeners' side of a connection, seen from the actors.
#pragma once

#include <cstdint>
#include <string>

namespace aorta::ports {

using connection_id = uint64_t;

/// Every call may come from any thread and is ignored when the sender has left.
class reply_sink {
public:
  virtual ~reply_sink() = default;
  virtual void send(connection_id to, std::string reply) = 0; ///< a reply's bytes, without framing
  virtual void pause(connection_id who) = 0;                  ///< stop reading: TCP tells the sender
  virtual void resume(connection_id who) = 0;
  virtual void close(connection_id who) = 0; ///< after everything queued is written
};

} // namespace aorta::ports
