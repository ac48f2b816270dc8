#include "engine/hl7/mllp.hpp"

#include <algorithm>

namespace aorta::hl7 {
namespace {

constexpr char start_block = 0x0b;
constexpr char end_block = 0x1c;
constexpr size_t kept_of_too_large = 64u << 10;
constexpr std::string_view header_name = "MSH";

bool line_end(char c) noexcept { return c == '\r' || c == '\n'; }

/// What may stand behind MSH: the field separator of some sender.
bool may_separate(char c) noexcept {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return c > ' ' && c < 0x7f && !letter && !(c >= '0' && c <= '9');
}

enum class guess : uint8_t { no, yes, undecided };

/// Whether a header begins here; undecided while too little has come.
guess begins_header(std::string_view text) noexcept {
  const size_t known = std::min(text.size(), header_name.size());
  if (text.substr(0, known) != header_name.substr(0, known)) return guess::no;
  if (text.size() <= header_name.size()) return guess::undecided;
  return may_separate(text[header_name.size()]) ? guess::yes : guess::no;
}

} // namespace

struct mllp_decoder::piece {
  std::string_view bytes;
  size_t at = 0;
  size_t start = 0, end = 0; ///< the next 0x0B and 0x1C from `at` on, or the size: each byte is searched once
  bool searched = false;

  bool left() const noexcept { return at < bytes.size(); }
  void find_marks() noexcept {
    if (!searched || start < at) start = std::min(bytes.find(start_block, at), bytes.size());
    if (!searched || end < at) end = std::min(bytes.find(end_block, at), bytes.size());
    searched = true;
  }
  std::string_view upto(size_t stop) noexcept {
    const auto out = bytes.substr(at, stop - at);
    at = stop;
    return out;
  }
};

void mllp_decoder::feed(std::string_view bytes, const events& on) {
  std::string joined;
  if (!held_.empty()) {
    joined.swap(held_);
    joined += bytes;
    bytes = joined;
  }
  piece in{bytes};
  while (in.left() && state_ != state::refused) {
    if (state_ == state::inside) inside(in, on);
    else if (state_ == state::end_mark) after_mark(in, on);
    else outside(in, on);
  }
}

void mllp_decoder::settle(const events& on) {
  if (state_ == state::end_mark) give_frame(on);
}

void mllp_decoder::finish(const events& on) {
  settle(on);
  if (state_ == state::inside) {
    std::string cut;
    cut.swap(buffer_);
    cut += held_;
    give_up(std::move(cut), on);
  } else if (!held_.empty() && on.noise) {
    on.noise(held_.size());
  }
  held_.clear();
  if (state_ != state::refused) state_ = state::between;
  line_start_ = true;
}

void mllp_decoder::outside(piece& in, const events& on) {
  const char next = in.bytes[in.at];
  if (state_ == state::after_end && line_end(next)) {
    state_ = next == '\r' ? state::after_end_cr : state::between;
    ++in.at;
    return;
  }
  const bool second = state_ == state::after_end_cr && next == '\n';
  state_ = state::between;
  if (second) {
    ++in.at;
    return;
  }
  in.find_marks();
  size_t stop = in.start;
  const bool bare = (tolerance_.missing_start_block || on.unframed) && find_bare_start(in, in.start, stop);
  const auto skipped = in.upto(stop);
  if (!skipped.empty()) {
    line_start_ = line_end(skipped.back());
    if (on.noise) on.noise(skipped.size());
  }
  if (bare && begins_header(in.bytes.substr(in.at)) == guess::undecided) {
    held_ = in.upto(in.bytes.size());
    return;
  }
  if (!in.left()) return;
  if (!bare) ++in.at; // the 0x0B itself
  bare_ = bare && !tolerance_.missing_start_block;
  state_ = state::inside;
}

/// The first line before `end` that begins a header, or may turn out to when more comes.
bool mllp_decoder::find_bare_start(const piece& in, size_t end, size_t& at) const {
  const auto noise = in.bytes.substr(0, end);
  for (size_t i = noise.find(header_name[0], in.at); i < end; i = noise.find(header_name[0], i + 1)) {
    const bool at_line = i == in.at ? line_start_ : line_end(in.bytes[i - 1]);
    if (!at_line || begins_header(in.bytes.substr(i)) == guess::no) continue;
    at = i;
    return true;
  }
  return false;
}

/// The first 0x0B before `end` that begins a new frame, or may turn out to.
bool mllp_decoder::find_restart(piece& in, size_t end, size_t& at) const {
  for (at = in.start; at < end;
       at = in.start = std::min(in.bytes.find(start_block, at + 1), in.bytes.size())) {
    const bool at_segment = at > in.at ? line_end(in.bytes[at - 1])
                                       : buffer_.empty() || line_end(buffer_.back());
    if (at_segment || begins_header(in.bytes.substr(at + 1)) != guess::no) return true;
  }
  return false;
}

void mllp_decoder::inside(piece& in, const events& on) {
  in.find_marks();
  const size_t end = in.end;
  size_t restart = end;
  if (find_restart(in, end, restart)) {
    if (!add(in.upto(restart), on)) return;
    const bool at_segment = buffer_.empty() || line_end(buffer_.back());
    if (!at_segment && begins_header(in.bytes.substr(in.at + 1)) == guess::undecided) {
      held_ = in.upto(in.bytes.size());
      return;
    }
    ++in.at;
    std::string cut;
    cut.swap(buffer_);
    give_up(std::move(cut), on);
    bare_ = false;
    return;
  }
  if (!add(in.upto(end), on) || !in.left()) return;
  ++in.at; // the 0x1C
  state_ = state::end_mark;
}

/// What follows a 0x1C tells whether it was the end.
void mllp_decoder::after_mark(piece& in, const events& on) {
  const char next = in.bytes[in.at];
  if (line_end(next) || next == start_block) return give_frame(on);
  if (tolerance_.missing_start_block) {
    const auto header = begins_header(in.bytes.substr(in.at));
    if (header == guess::yes) return give_frame(on);
    if (header == guess::undecided) {
      held_ = in.upto(in.bytes.size());
      return;
    }
  }
  state_ = state::inside;
  add({&end_block, 1}, on);
}

void mllp_decoder::give_frame(const events& on) {
  state_ = state::after_end;
  line_start_ = true;
  std::string whole;
  whole.swap(buffer_); // a large frame's memory goes with it
  const auto& give = bare_ ? on.unframed : on.frame;
  bare_ = false;
  if (give) give(std::move(whole));
}

/// An open frame that will have no end.
void mllp_decoder::give_up(std::string&& cut, const events& on) const {
  if (cut.empty()) return;
  if (bare_) {
    if (on.noise) on.noise(cut.size());
  } else if (on.broken) {
    on.broken(std::move(cut));
  }
}

/// False when the frame has become too large.
bool mllp_decoder::add(std::string_view content, const events& on) {
  if (content.size() <= tolerance_.max_frame_bytes - buffer_.size()) {
    buffer_ += content;
    return true;
  }
  const size_t came = buffer_.size() + content.size();
  std::string kept;
  kept.swap(buffer_);
  if (kept.size() < kept_of_too_large) kept += content.substr(0, kept_of_too_large - kept.size());
  kept.resize(std::min(kept.size(), kept_of_too_large));
  kept.shrink_to_fit();
  state_ = state::refused;
  if (on.too_large) on.too_large(std::move(kept), came);
  return false;
}

void append_next(std::string& messages, std::string_view message) {
  if (!messages.empty()) messages.append({end_block, '\r', start_block});
  messages += message;
}

void append_frame(std::string& out, std::string_view message) {
  out.reserve(out.size() + message.size() + 3);
  out += start_block;
  out += message;
  out += end_block;
  out += '\r';
}

} // namespace aorta::hl7
