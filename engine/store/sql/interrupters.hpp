// The end of a store's work from outside: its open connections, so that another thread can break off what
// they wait for.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

struct pg_cancel;

namespace aorta::store {

/// Any thread. It outlives its entries.
class interrupters {
public:
  /// While it lives, its connection's work can be broken off. It ends before its connection is closed.
  class entry {
  public:
    entry() = default;
    entry(interrupters& of, uint64_t number) : of_(&of), number_(number) {}
    entry(entry&& from) noexcept : of_(std::exchange(from.of_, nullptr)), number_(from.number_) {}
    entry& operator=(entry&& from) noexcept {
      std::swap(of_, from.of_);
      std::swap(number_, from.number_);
      return *this;
    }
    ~entry() { end(); }
    void end() noexcept;

  private:
    interrupters* of_ = nullptr;
    uint64_t number_ = 0;
  };

  interrupters() = default;
  interrupters(const interrupters&) = delete;

  [[nodiscard]] entry add_postgresql(std::shared_ptr<pg_cancel> connection); ///< what `PQgetCancel` gave
  [[nodiscard]] entry add_sqlite(void* connection);                          ///< a `sqlite3*`

  /// From now on no work begins, and what runs is broken off. What begins at this very moment may slip
  /// through: to be called again until all has ended. PostgreSQL is asked over a connection of its own, so
  /// that this takes as long as the server does.
  void interrupt();
  bool interrupted() const noexcept { return interrupted_; }
  /// Throws `failure` (`store_unavailable`) once it was interrupted.
  void check() const;

private:
  struct target {
    std::shared_ptr<pg_cancel> postgresql;
    void* sqlite = nullptr;
  };
  entry add(target what);

  std::atomic<bool> interrupted_{false};
  std::mutex lock_;
  uint64_t last_ = 0;
  std::map<uint64_t, target> open_;
};

} // namespace aorta::store
