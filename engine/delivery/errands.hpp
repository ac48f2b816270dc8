// Deliveries of one partition on their way to the receiver, one behind the other or several at a time: none
// goes behind one of its key that failed, and none at all once nobody answers.
#pragma once

#include "engine/delivery/item.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <vector>

namespace aorta::delivery {

class errands {
public:
  struct errand {
    uuid id;
    int64_t key = 0;
  };
  enum class after_refusal : uint8_t { others_go, all_wait };

  /// `width`: how many may be out at a time.
  errands(size_t width, after_refusal how) : width_(width), after_(how) {}

  void add(errand one) { waiting_.push_back(one); }
  /// The next that may go now; it is out from then on.
  std::optional<errand> next();
  /// One that was out is answered, or is not: those that are not tried because of it.
  std::vector<uuid> heard(const errand& one, const outcome& what);
  std::vector<uuid> stop(); ///< nothing more goes; those that were not tried
  size_t out() const noexcept { return out_; }
  bool empty() const noexcept { return out_ == 0 && waiting_.empty(); }

private:
  template <class Which>
  std::vector<uuid> drop(Which which);

  size_t width_;
  after_refusal after_;
  std::deque<errand> waiting_;
  std::set<int64_t> keys_out_;
  size_t out_ = 0;
};

} // namespace aorta::delivery
