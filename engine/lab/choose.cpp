#include "engine/lab/choose.hpp"

#include "engine/base/text.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>

namespace aorta::lab {
namespace {

bool same(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool is(const profile& p, std::string_view sender) noexcept {
  return same(sender, p.code) || same(sender, p.name) ||
    std::any_of(p.senders.begin(), p.senders.end(), [&](const std::string& s) { return same(sender, s); });
}

} // namespace

const profile* choose(const std::vector<const profile*>& profiles, std::string_view sending_application,
                      std::string_view sending_facility) {
  for (const auto sent : {sending_facility, sending_application}) {
    const auto sender = trimmed(sent); // padding is no part of a name
    if (sender.empty()) continue;
    for (const auto* p : profiles)
      if (is(*p, sender)) return p;
  }
  return nullptr;
}

} // namespace aorta::lab
