// Routes of earlier configurations, until they have answered and logged what they had.
#pragma once

#include "routes/table.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace aorta::gateway {

/// The loop's.
class generations {
public:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr size_t most_at_work = 4; ///< each has its threads and sessions until its work is done

  /// `post` runs something on the loop; `next` is the table in use.
  using poster = std::function<void(std::function<void()>)>;
  void give_way(const std::shared_ptr<const routes::table>& old,
                const std::function<std::shared_ptr<const routes::table>()>& next, poster post);
  size_t at_work() const;
  /// Those without work and threads stay a moment longer, for who asked for them just before.
  void end_idle(time_point now);
  void end_all();

private:
  struct old_table {
    std::shared_ptr<const routes::table> it;
    std::optional<time_point> done; ///< when it had answered and logged what it had
  };
  static constexpr std::chrono::seconds late_arrivals{5};
  std::vector<old_table> all_;
};

} // namespace aorta::gateway
