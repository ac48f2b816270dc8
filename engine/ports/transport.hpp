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
  /// A reply's bytes, without framing; empty: its frame is answered by silence.
  virtual void send(connection_id to, std::string reply) = 0;
  virtual void add(connection_id to, std::string block) = 0; ///< beside the replies of frames
  /// One more is to come for a frame that has its reply, and that is it (empty: it need not come).
  virtual void promise(connection_id to) = 0;
  virtual void keep(connection_id to, std::string block) = 0;
  virtual void pause(connection_id who) = 0; ///< stop reading: TCP tells the sender
  virtual void resume(connection_id who) = 0;
  virtual void close(connection_id who) = 0; ///< after everything queued is written
};

} // namespace aorta::ports
