// However the reads cut the bytes, the decoder tells the same; and what was framed comes out as it went in.
#include "engine/hl7/mllp.hpp"

#include <cstdlib>
#include <utility>
#include <vector>

namespace {

using namespace aorta::hl7;

struct heard {
  std::vector<std::pair<char, std::string>> events;
  size_t noise = 0;
  friend bool operator==(const heard&, const heard&) = default;
};

template <class Next>
heard listen(std::string_view bytes, mllp_tolerance tolerance, Next next_size) {
  heard out;
  mllp_decoder decoder(tolerance);
  mllp_decoder::events on;
  on.frame = [&](std::string&& frame) {
    if (frame.size() > tolerance.max_frame_bytes) std::abort();
    out.events.emplace_back('f', std::move(frame));
  };
  on.broken = [&](std::string&& frame) {
    if (frame.empty()) std::abort();
    out.events.emplace_back('b', std::move(frame));
  };
  on.noise = [&](size_t count) { out.noise += count; };
  on.too_large = [&](std::string&& kept, size_t came) {
    if (came <= tolerance.max_frame_bytes || kept.size() > came) std::abort();
    out.events.emplace_back('l', kept.substr(0, tolerance.max_frame_bytes)); // how much more had come depends
                                                                             // on the read
  };
  while (!bytes.empty()) {
    const std::string read(bytes.substr(0, next_size())); // its own allocation, so that a read behind it is
                                                          // seen
    decoder.feed(read, on);
    bytes.remove_prefix(read.size());
  }
  decoder.finish(on);
  if (decoder.buffered() != 0) std::abort();
  return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const mllp_tolerance tolerance{data[0] & 2 ? size_t{16} : size_t{1} << 20, (data[0] & 1) != 0};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  unsigned seed = data[1];
  const auto whole = listen(bytes, tolerance, [&] { return bytes.size(); });
  const auto single = listen(bytes, tolerance, [] { return size_t{1}; });
  const auto mixed = listen(bytes, tolerance,
                            [&] { return size_t{1} + (seed = seed * 1103515245u + 12345u) / 65536u % 9; });
  if (whole != single || whole != mixed) std::abort();

  if (bytes.find_first_of("\x0b\x1c") == std::string_view::npos &&
      bytes.size() <= tolerance.max_frame_bytes) {
    std::string wire;
    append_frame(wire, bytes);
    const auto back = listen(wire, tolerance, [&] { return wire.size(); });
    if (back.events.size() != 1 || back.events[0].second != bytes || back.noise != 0) std::abort();
  }
  return 0;
}
