#include "engine/hl7/path.hpp"

namespace aorta::hl7 {
namespace {

void append_index(std::string& out, uint16_t index) {
  if (index != 1) out += "[" + std::to_string(index) + "]";
}

} // namespace

std::string to_text(const path& where) {
  std::string out(where.segment, sizeof where.segment);
  append_index(out, where.occurrence);
  if (where.field == 0) return out;
  out += "-" + std::to_string(where.field);
  append_index(out, where.repetition);
  if (where.component == 0) return out;
  out += "." + std::to_string(where.component);
  if (where.subcomponent != 0) out += "." + std::to_string(where.subcomponent);
  return out;
}

} // namespace aorta::hl7
