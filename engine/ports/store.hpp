// What the engine asks of a database. Behind it stand SQLite and PostgreSQL (engine/store).
// Every call blocks and belongs to one thread; every failure comes back as a value: `store_unavailable` when
// the database is away (try again later, nothing was acknowledged), anything else when it refused the data.
#pragma once

#include "engine/base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aorta::ports {

class critical_session; // critical.hpp
class delivery_session; // deliveries.hpp
class lane;             // lane.hpp
class message_log;      // message_log.hpp
class record_session;   // records.hpp

/// Something that whoever runs the store should know: a sentence with its remedy.
struct finding {
  enum class weight : uint8_t {
    warning,
    fault, ///< what comes will not be filed
  } is = weight::warning;
  std::string text;
};

/// One database. Sessions may be opened from any thread.
class store {
public:
  virtual ~store() = default;
  /// Brings the schema up to date. Another engine doing the same at the same time is waited for.
  virtual status migrate() = 0;
  /// Schema present and not newer than this binary; personal data readable with the configured key. A missing
  /// or wrong key is told here.
  virtual status check() = 0;
  /// Partitions of the months to come (PostgreSQL), as far as they are missing. For migrate and a timer: it
  /// never waits long for a lock.
  virtual status make_ahead() = 0;
  /// Rights, partitions, settings of the server, rows that contradict each other. Changes nothing.
  virtual result<std::vector<finding>> examine() = 0;
  /// For the end of the engine, from a thread of its own: what the sessions are doing is broken off, and from
  /// now on they answer `store_unavailable`. Takes as long as the server does; what just begins may slip
  /// through, so it is repeated until all has ended.
  virtual void interrupt() = 0;
  virtual result<std::unique_ptr<lane>> session() = 0;
  virtual result<std::unique_ptr<message_log>> admin() = 0;
  virtual result<std::unique_ptr<record_session>> records() = 0;
  virtual result<std::unique_ptr<delivery_session>> deliveries() = 0;
  virtual result<std::unique_ptr<critical_session>> critical() = 0;
};

} // namespace aorta::ports
