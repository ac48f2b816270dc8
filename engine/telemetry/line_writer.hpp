// Lines on their way to a descriptor whose reader may stop reading: nobody who writes a line ever waits for
// it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace aorta::telemetry {

/// A bounded queue with a thread of its own. Safe from any thread.
class line_writer {
public:
  static constexpr size_t most_bytes = 1u << 20; ///< of lines that wait; what comes past that is dropped and
                                                 ///< counted

  /// `tell_dropped` is called on the writer's thread once there is room again; what it says goes through
  /// `put`.
  line_writer(int descriptor, std::function<void(size_t lines)> tell_dropped);
  /// Does not wait for its thread, which may stand in a write for ever: it ends by itself, at the latest with
  /// the process.
  ~line_writer();
  line_writer(const line_writer&) = delete;

  void put(std::string line);
  /// Waits until what was put before has been written, and no longer than that. False: it was longer.
  bool flush(std::chrono::milliseconds most);

private:
  struct state;
  std::shared_ptr<state> state_;
};

} // namespace aorta::telemetry
