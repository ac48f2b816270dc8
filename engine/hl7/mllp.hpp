// MLLP framing (HL7 transport specification, release 1): 0x0B message 0x1C 0x0D, with the field's tolerances.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace aorta::hl7 {

struct mllp_tolerance {
  size_t max_frame_bytes = 64u << 20; ///< between 0x0B and 0x1C
  bool missing_start_block = false;   ///< a frame may begin at its MSH, without 0x0B
};

/// Turns whatever pieces the socket brings into frames. Pure: no socket, no clock.
/// A missing 0x0D after 0x1C and noise in front of 0x0B are taken. 0x1C ends a frame when 0x0D, 0x0B, LF or nothing more follows,
/// and inside a frame when what follows begins the next; a 0x1C amid other bytes belongs to the content.
/// A second 0x0B inside an open frame, at the start of a segment, begins a new frame; what stood before is reported as `broken`.
class mllp_decoder {
public:
  struct events {
    std::function<void(std::string&&)> frame;           ///< a complete frame's bytes, without the framing
    std::function<void(size_t)> noise;                  ///< that many bytes outside any frame were skipped
    std::function<void(std::string&&)> broken;          ///< an open frame that another 0x0B cut off: its bytes
    std::function<void(std::string&&, size_t)> too_large; ///< first 64 KiB of it, and how much had come; the decoder takes no more
  };
  explicit mllp_decoder(mllp_tolerance tolerance) : tolerance_(tolerance) {}

  /// Calls the events in the order of the bytes. After `too_large` all further input is ignored.
  void feed(std::string_view bytes, const events& on);
  /// No more bytes will come. Calls `broken` with an unfinished frame, if any.
  void finish(const events& on);
  size_t buffered() const noexcept { return buffer_.size(); }

private:
  enum class state : uint8_t { between, inside, after_end, refused };
  mllp_tolerance tolerance_;
  state state_ = state::between;
  std::string buffer_;
};

/// Appends the framed message to `out`.
void append_frame(std::string& out, std::string_view message);

} // namespace aorta::hl7
