// The one pass over a message's bytes: where fields and segments end, 64 bytes at a time.
#pragma once

#include "engine/hl7/message.hpp"

#include <bit>
#include <cstdint>
#include <string_view>
#include <vector>

namespace aorta::hl7 {

struct scan_marks {
  char field;
  char line_feed; ///< LF where an LF ends a segment, CR where only CR does
};

/// Collects what the scan finds. Positions count from the start of `bytes`; the first segment begins at
/// `start`.
class index_builder {
public:
  index_builder(std::string_view bytes, uint32_t start, std::vector<segment_span>& segments,
                std::vector<uint32_t>& separators);

  /// One block of at most 64 bytes at `base`: bit i of `fields` is set for a field separator at base + i, of
  /// `lines` for a line end.
  void take(uint64_t fields, uint64_t lines, uint32_t base) {
    if (separators_.size() - used_ < block_room) make_room();
    // Eight at a time without asking whether each is there: what is too many is overwritten by the next
    // block.
    uint32_t* out = separators_.data() + used_;
    const auto count = uint32_t(std::popcount(fields));
    uint64_t rest = fields;
    for (uint32_t done = 0; done < count; done += 8)
      for (uint32_t i = 0; i < 8; ++i) {
        out[done + i] = base + uint32_t(std::countr_zero(rest));
        rest &= rest - 1;
      }
    for (; lines != 0; lines &= lines - 1) {
      const auto bit = uint32_t(std::countr_zero(lines));
      const uint64_t before = fields & ((uint64_t{1} << bit) - 1);
      end_segment(base + bit, used_ + uint32_t(std::popcount(before)));
    }
    used_ += count;
  }

  /// The last segment may have no terminator. Gives both lists their final size.
  void finish();

private:
  static constexpr size_t block_room = 64 + 8;
  void make_room();
  void end_segment(uint32_t end, uint32_t separators_so_far) {
    // An LF at a segment's start belongs to the line end before it (CRLF, blank lines).
    while (start_ < end && bytes_[start_] == '\n') ++start_;
    if (start_ < end) segments_.push_back({start_, end, first_, separators_so_far - first_});
    start_ = end + 1;
    first_ = separators_so_far;
  }

  std::string_view bytes_;
  std::vector<segment_span>& segments_;
  std::vector<uint32_t>& separators_; ///< filled up to `used_`; the rest is room
  uint32_t used_ = 0;
  uint32_t start_;
  uint32_t first_ = 0;
};

/// Scans `bytes` from `start` on with the widest instructions that this processor has.
void scan(std::string_view bytes, uint32_t start, scan_marks marks, index_builder& out);

/// The same with what every processor has.
void scan_baseline(std::string_view bytes, uint32_t start, scan_marks marks, index_builder& out);

} // namespace aorta::hl7
