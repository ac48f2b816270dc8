// A real PostgreSQL for tests and benchmarks: its own data folder and a free port on 127.0.0.1; gone with the
// object.
#pragma once

#include <string>
#include <sys/types.h>

namespace aorta::support {

/// Throws std::runtime_error when the server cannot be started. As root, the server runs as the user
/// `postgres`.
class postgres {
public:
  postgres();
  ~postgres();
  postgres(const postgres&) = delete;
  postgres& operator=(const postgres&) = delete;

  /// `postgresql://aorta@127.0.0.1:PORT/NAME`: a database newly made, empty or a copy of the one at `like`,
  /// which nobody may be using. Its owner is no superuser, so row-level security counts.
  std::string fresh_database(const std::string& like = "");
  /// The same server as its superuser.
  std::string superuser(const std::string& url) const;
  /// Ends the server at once, as a power cut does, and starts it on the same port. `checkpoint` before it: it
  /// starts again in a moment.
  void checkpoint();
  void stop();
  void start();

private:
  void run(const std::string& program, const std::string& arguments) const;
  std::string folder_;
  int port_ = 0;
  int made_ = 0;
  pid_t server_ = -1;
};

} // namespace aorta::support
