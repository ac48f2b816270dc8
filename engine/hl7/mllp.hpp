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
  bool missing_start_block = false;   ///< a frame may begin at an MSH that starts a line, without 0x0B
};

/// Turns whatever pieces the socket brings into frames. Pure: no socket, no clock. Every way to cut the same
/// bytes into pieces gives the same frames. A 0x1C ends an open frame when CR, LF or the next start follows
/// it. When nothing has followed yet, the frame waits: for the next byte, or for `settle`, which the caller
/// calls when no more bytes came for a moment (a sender that never sends the 0x0D still gets its answer). A
/// 0x1C with other bytes behind it is content: nothing of a message is ever taken for noise. A CR, LF or CRLF
/// behind the end is swallowed; everything else up to the next start is noise. A 0x0B inside an open frame
/// begins a new one at the start of a segment or before an MSH: what stood before is reported as `broken`, so
/// that two patients' messages never run into one. Any other 0x0B is content (word processors' line break).
class mllp_decoder {
public:
  struct events {
    std::function<void(std::string&&)> frame;  ///< a complete frame's bytes, without the framing
    std::function<void(size_t)> noise;         ///< that many bytes outside any frame were skipped
    std::function<void(std::string&&)> broken; ///< an open frame that another 0x0B cut off: its bytes
    /// A frame that began at an MSH without 0x0B where that is not allowed; unset, or when such bytes have no
    /// end, they are noise.
    std::function<void(std::string&&)> unframed;
    std::function<void(std::string&&, size_t)> too_large; ///< first 64 KiB of it, and how much had come; the
                                                          ///< decoder takes no more
  };
  explicit mllp_decoder(mllp_tolerance tolerance) : tolerance_(tolerance) {}
  void tolerate(mllp_tolerance tolerance) { tolerance_ = tolerance; } ///< from the next byte on

  /// Calls the events in the order of the bytes. After `too_large` all further input is ignored.
  void feed(std::string_view bytes, const events& on);
  /// Whether the last byte was a 0x1C, so that only what follows, or silence, tells that the frame has ended.
  bool at_end_mark() const noexcept { return state_ == state::end_mark; }
  /// Nothing followed: the frame has ended.
  void settle(const events& on);
  /// No more bytes will come. Calls `broken` with an unfinished frame, if any.
  void finish(const events& on);
  size_t buffered() const noexcept { return buffer_.size() + held_.size(); }

private:
  enum class state : uint8_t { between, inside, end_mark, after_end, after_end_cr, refused };
  struct piece; ///< what one `feed` brought, and how far it is read
  void outside(piece& in, const events& on);
  void inside(piece& in, const events& on);
  void after_mark(piece& in, const events& on);
  void give_frame(const events& on);
  void give_up(std::string&& cut, const events& on) const;
  bool find_restart(piece& in, size_t end, size_t& at) const;
  bool find_bare_start(const piece& in, size_t end, size_t& at) const;
  bool add(std::string_view content, const events& on);
  mllp_tolerance tolerance_;
  state state_ = state::between;
  bool bare_ = false;      ///< the open frame began without 0x0B, and that is not allowed
  bool line_start_ = true; ///< outside a frame: the byte before was a line end or nothing
  std::string buffer_;     ///< the open frame's content so far
  std::string held_;       ///< the last bytes, at most four, when only what follows tells what they are
};

/// Adds a message to what goes out as one, with the framing between them: framed as a whole, each is a frame.
void append_next(std::string& messages, std::string_view message);

/// Appends the framed message to `out`.
void append_frame(std::string& out, std::string_view message);

} // namespace aorta::hl7
