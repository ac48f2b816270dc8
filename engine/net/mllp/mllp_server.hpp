// MLLP listeners on the loop. Knows bytes and frames, no messages: what a frame means is the handler's
// business.
#pragma once

#include "engine/base/result.hpp"
#include "engine/config/listener.hpp"
#include "engine/net/loop/loop.hpp"
#include "engine/net/tls/tls.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::net {

using connection_id = uint64_t; ///< unique in the process's life

/// All handlers run on the loop's thread, must not block and must not throw.
struct mllp_handlers {
  std::function<void(connection_id, const std::string& peer)> opened;
  std::function<void(connection_id, std::string&& frame)> frame; ///< bytes between 0x0B and 0x1C
  /// A frame past the limit: its first bytes and how many had come. The connection takes no more input; it is
  /// closed after the next reply.
  std::function<void(connection_id, std::string&& beginning, size_t bytes)> too_large;
  /// began at an MSH without 0x0B, where the listener does not allow it: to be answered
  std::function<void(connection_id, std::string&& frame)> unframed;
  std::function<void(connection_id, size_t bytes)> noise;         ///< outside any frame
  std::function<void(connection_id, std::string&& bytes)> broken; ///< a frame that never ended
  std::function<void(connection_id)> closed;                      ///< once; no replies after it
};

class open_frames;

/// A sender that has shut down its writing side keeps its connection until `frame` and `too_large` are each
/// answered by one `send` (or by `close`, where no answer is due), five minutes at most. A sender that reads
/// no replies is closed when 8 MiB of them wait.
class mllp_server {
public:
  /// The loop outlives the server. The destructor closes every connection; no handler is called after it.
  /// `frames`: shared by all listeners of the process.
  mllp_server(loop& on, config::listener how, mllp_handlers handlers,
              std::shared_ptr<open_frames> frames = nullptr);
  ~mllp_server();

  /// Binds and listens; errors name the address. On the loop's thread or before it runs. TLS files are read
  /// here.
  status start();
  uint16_t port() const noexcept;                    ///< the bound one
  std::optional<timestamp> certificate_ends() const; ///< on the loop's thread; nothing: no TLS
  /// Other rules and another certificate, for open connections as well as for new ones; where it listens
  /// stays. Whoever is not allowed any more gets the replies that are due and is closed. On the loop's
  /// thread.
  void use(config::listener how, std::optional<tls_context> tls);
  /// From any thread: a reply's bytes without framing. Unknown connections are ignored (the sender has left).
  /// Empty: no answer is due, and the frame counts as answered.
  void send(connection_id to, std::string reply);
  /// What answers no frame, or one that is answered already: framed and written. From any thread.
  void add(connection_id to, std::string block);
  /// Beside the answers of its frames one more is due to a sender that has shut down its writing side; `keep`
  /// brings it, and empty if it need not come. From any thread.
  void promise(connection_id to);
  void keep(connection_id to, std::string block);
  /// Stop reading: TCP tells the sender. From any thread. Frames of the read under way (64 KiB at most) may
  /// still come.
  void pause(connection_id who);
  void resume(connection_id who);
  /// No new connections, no further reading; open ones stay for their replies. From any thread.
  void stop_accepting();
  void close(connection_id who);       ///< after everything queued to be written; from any thread
  void close_all();                    ///< from any thread; `closed` is still called for each
  size_t connections() const noexcept; ///< from any thread

private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

} // namespace aorta::net
