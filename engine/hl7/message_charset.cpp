#include "engine/hl7/message_charset.hpp"

#include <unordered_map>

namespace aorta::hl7 {
namespace {

/// Decoders are tables that take a while to make; senders use one or two charsets all their life.
result<decoder> decoder_for(const std::string& name) {
  thread_local std::unordered_map<std::string, decoder> known;
  if (const auto found = known.find(name); found != known.end()) return found->second;
  auto made = decoder::make(name);
  if (made && known.size() < 16) known.emplace(name, *made);
  return made;
}

} // namespace

result<message_charset> charset_of(const message& msg, std::string_view named) {
  const bool declared = named.empty();
  if (declared) named = msg.segment(0).get(18, 1, 1).raw;
  const auto bytes = msg.bytes();
  auto from = decoder_for(std::string(named));
  const bool unknown = !from;
  if (unknown && declared && is_ascii(bytes)) from = decoder_for("ASCII");
  if (!from) return from.error();
  message_charset out{*from, unknown, false};
  const auto wider = wider_charset(out.from.name());
  const bool beyond = !wider.empty() &&
    (out.from.name() == "ASCII" ? !is_ascii(bytes) && is_utf8(bytes) : has_upper_controls(bytes));
  if (!beyond) return out;
  if (auto meant = decoder_for(std::string(wider))) {
    out.from = std::move(*meant);
    out.wider = true;
  }
  return out;
}

} // namespace aorta::hl7
