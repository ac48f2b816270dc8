#include "engine/hl7/readdress.hpp"

#include <algorithm>

namespace aorta::hl7 {

std::string with_control_id(std::string_view bytes, std::string_view control_id) {
  size_t at = bytes.starts_with("\xef\xbb\xbf") ? 3 : 0;
  at = std::min(bytes.find_first_not_of("\r\n", at), bytes.size());
  if (bytes.size() < at + 4 || bytes.substr(at, 3) != "MSH") return std::string(bytes);
  const char separator = bytes[at + 3];
  const size_t end = std::min(bytes.find_first_of("\r\n", at), bytes.size());
  size_t begin = at + 3;
  std::string missing;
  for (int field = 2; field <= 10; ++field) { // MSH-1 is the first separator itself
    const size_t next = field == 2 ? begin : std::min(bytes.find(separator, begin), end);
    if (next >= end) missing += separator;
    begin = std::min(next + 1, end);
  }
  const size_t behind = missing.empty() ? std::min(bytes.find(separator, begin), end) : end;
  std::string out(bytes.substr(0, begin));
  out.append(missing).append(control_id).append(bytes.substr(behind));
  return out;
}

} // namespace aorta::hl7
