// What waits in one partition of a destination: what may go now, in which order, and what an attempt leads
// to. Knows no store, no socket and no clock.
#pragma once

#include "engine/delivery/circuit.hpp"
#include "engine/delivery/item.hpp"

#include <map>
#include <set>
#include <span>
#include <vector>

namespace aorta::delivery {

class queue {
public:
  queue(rules by, uint64_t seed) : by_(std::move(by)), jitter_(std::minstd_rand::result_type(seed | 1)) {}

  void use(rules by) { by_ = std::move(by); }
  void hurry() noexcept { line_.hurry(); } ///< the receiver is tried at once, also while it is away
  /// What the store says waits, in the order of sequence, as far as it was read, but for the keys that were
  /// left out (`blocked`); and which keys are held. What is under way is left as it is; what else is not in
  /// it any more is forgotten.
  void read(std::span<const item> waiting, std::span<const int64_t> left_out, std::set<int64_t> held,
            bool all_held);
  /// Those that may go now, in their order; they are under way from then on. Of one key several may go
  /// together: whoever carries them tries none behind one that failed.
  std::vector<item> begin(timestamp now, size_t most);
  struct settled {
    ruling what;
    circuit::turn turn = circuit::turn::none;
  };
  /// Nothing for one that is not under way (any more).
  std::optional<settled> settle(const uuid& id, const outcome& what, timestamp now);
  /// It was not tried after all, or is not ours any more.
  void give_back(const uuid& id, bool keep);

  /// Keys that the next reading may leave out: their first waits for its time.
  std::vector<int64_t> blocked(timestamp now) const;
  int64_t key_of(const uuid& under_way) const;
  size_t under_way() const noexcept { return under_way_.size(); }
  size_t size() const noexcept { return items_.size(); } ///< under way or waiting
  size_t ready(timestamp now) const;
  const circuit& line() const noexcept { return line_; }

private:
  void begin(bool urgent, timestamp now, size_t most, std::vector<item>& out);
  bool free(const item& of, timestamp now, const std::set<int64_t>& stopped) const;

  rules by_;
  chance jitter_;
  circuit line_;
  std::map<int64_t, item> items_; ///< by sequence
  std::map<uuid, int64_t> under_way_;
  std::set<int64_t> held_;
  bool all_held_ = false;
};

} // namespace aorta::delivery
