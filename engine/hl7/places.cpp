#include "engine/hl7/places.hpp"

namespace aorta::hl7 {
namespace {

bool read_which(std::string_view text, size_t& at, which& out) noexcept {
  if (at >= text.size() || text[at] != '[') return true;
  if (text.substr(at).starts_with("[*]")) {
    out.is = which::kind::every;
    at += 3;
    return true;
  }
  out.is = which::kind::numbered;
  return path_text::bracketed(text, at, out.number);
}

bool read_name(std::string_view text, places& out) noexcept {
  if (text.size() < 3) return false;
  for (size_t i = 0; i < 3; ++i) {
    const char c = text[i];
    if (!((c >= 'A' && c <= 'Z') || (i > 0 && c >= '0' && c <= '9'))) return false;
    out.segment[i] = c;
  }
  return true;
}

void append(std::string& out, const which& one) {
  if (one.is == which::kind::every) out += "[*]";
  if (one.is == which::kind::numbered) out += "[" + std::to_string(one.number) + "]";
}

} // namespace

std::optional<places> parse_places(std::string_view text) noexcept {
  places out;
  size_t at = 3;
  if (!read_name(text, out) || !read_which(text, at, out.occurrence)) return std::nullopt;
  if (at == text.size()) return out;
  if (text[at++] != '-' || !path_text::number(text, at, out.field)) return std::nullopt;
  if (!read_which(text, at, out.repetition)) return std::nullopt;
  for (auto* part : {&out.component, &out.subcomponent}) {
    if (at == text.size()) return out;
    if (text[at++] != '.' || !path_text::number(text, at, *part)) return std::nullopt;
  }
  return at == text.size() ? std::optional(out) : std::nullopt;
}

std::string to_text(const places& where) {
  std::string out(where.name());
  append(out, where.occurrence);
  if (where.field == 0) return out;
  out += "-" + std::to_string(where.field);
  append(out, where.repetition);
  if (where.component != 0) out += "." + std::to_string(where.component);
  if (where.subcomponent != 0) out += "." + std::to_string(where.subcomponent);
  return out;
}

} // namespace aorta::hl7
