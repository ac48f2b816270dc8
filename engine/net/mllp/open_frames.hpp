// Frames that have begun and not ended hold memory for whoever sends them: all together no more than a
// budget, each peer no more than half of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace aorta::net {

/// Of all listeners of a process. Pure but for its holders; on the loop's thread.
class open_frames {
public:
  /// A connection with an open frame.
  struct holder {
    virtual ~holder() = default;
    virtual void give_up_frame() = 0; ///< close; it calls `release`
  };
  static constexpr size_t small = 16 * 1024; ///< is always taken and not counted
  static constexpr size_t least = 256u << 20;

  /// At least two frames of the largest size that a listener takes fit, so that one peer can always send one.
  void limit(size_t largest_frame) noexcept { most_ = largest_frame > least / 2 ? 2 * largest_frame : least; }

  /// What `who` holds now, in bytes; `now` in milliseconds. When that is too much, the peer who holds the
  /// most loses the frame that has not moved for longest, until the rest fits: it may be this one.
  void hold(holder& who, const std::string& peer, size_t bytes, uint64_t now);
  void release(holder& who);
  size_t bytes() const noexcept { return bytes_; }

private:
  struct frame {
    std::string peer;
    size_t bytes = 0;
    uint64_t moved = 0;
  };
  bool too_much(const std::string& peer) const;
  void take_from(const std::string& peer);
  std::string greediest() const;

  size_t most_ = least, bytes_ = 0;
  std::unordered_map<holder*, frame> frames_;
  std::unordered_map<std::string, size_t> by_peer_;
};

} // namespace aorta::net
