#include "engine/fhir/document.hpp"

#include <simdjson.h>

#include <array>

namespace aorta::fhir {
namespace {

/// For each byte: 0 as it is, 'u' as \u00XX, else the letter after the backslash. 1: part of a character of
/// several bytes.
constexpr std::array<char, 256> escapes = [] {
  std::array<char, 256> out{};
  for (size_t c = 0; c < 0x20; ++c) out[c] = 'u';
  for (size_t c = 0x80; c < 256; ++c) out[c] = 1;
  out['"'] = '"', out['\\'] = '\\', out['\n'] = 'n', out['\r'] = 'r', out['\t'] = 't', out['\b'] = 'b',
  out['\f'] = 'f';
  return out;
}();

/// Each byte that is in no character of UTF-8 becomes U+FFFD: a column may hold what no reader of JSON would
/// take.
std::string mended(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const bool good = at + length <= text.size() && simdjson::validate_utf8(text.data() + at, length);
    if (good) out.append(text, at, length);
    else out += "\xef\xbf\xbd";
    at += good ? length : 1;
  }
  return out;
}

void write_text(std::string_view text, std::string& out) {
  out += '"';
  size_t from = 0;
  bool plain = true;
  for (size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const char escape = escapes[byte];
    if (escape == 0) continue;
    if (escape == 1) {
      if (!plain) continue;
      plain = false;
      if (simdjson::validate_utf8(text.data() + at, text.size() - at)) continue;
      const std::string rest = mended(text.substr(at));
      out.append(text, from, at - from);
      std::string tail;
      write_text(rest, tail);
      out.append(tail, 1);
      return;
    }
    out.append(text, from, at - from);
    from = at + 1;
    out += '\\';
    out += escape;
    if (escape != 'u') continue;
    out += "00";
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  out.append(text, from);
  out += '"';
}

void write_node(const node& what, std::string& out, bool pretty, size_t depth) {
  switch (what.is) {
    case node::kind::null: out += "null"; return;
    case node::kind::boolean: out += what.truth ? "true" : "false"; return;
    case node::kind::number: out += what.text; return;
    case node::kind::string: write_text(what.text, out); return;
    default: break;
  }
  out += what.is_object() ? '{' : '[';
  for (const node* each = what.first; each; each = each->next) {
    if (each != what.first) out += ',';
    if (pretty) out += '\n', out.append(2 * depth + 2, ' ');
    if (what.is_object()) {
      write_text(each->name, out);
      out += ':';
      if (pretty) out += ' ';
    }
    write_node(*each, out, pretty, depth + 1);
  }
  if (pretty && what.first) out += '\n', out.append(2 * depth, ' ');
  out += what.is_object() ? '}' : ']';
}

} // namespace

void write(const node& what, std::string& out, bool pretty) { write_node(what, out, pretty, 0); }

std::string write(const node& what, bool pretty) {
  std::string out;
  write(what, out, pretty);
  return out;
}

bool equal(const node& a, const node& b) noexcept {
  if (a.is != b.is || a.size != b.size || a.truth != b.truth || a.text != b.text) return false;
  const node* beside = b.first; // members mostly come in the same order
  for (const node* each = a.first; each; each = each->next) {
    const node* other = beside;
    if (a.is_object() && (!other || other->name != each->name)) other = b.get(each->name);
    if (!other || !equal(*each, *other)) return false;
    beside = other->next;
  }
  return true;
}

} // namespace aorta::fhir
