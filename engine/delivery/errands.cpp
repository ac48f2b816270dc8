#include "engine/delivery/errands.hpp"

#include <algorithm>

namespace aorta::delivery {

std::optional<errands::errand> errands::next() {
  if (out_ >= width_) return std::nullopt;
  std::set<int64_t> behind; // keys of which an earlier one still waits here
  for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
    const bool free = at->key == 0 || (!keys_out_.contains(at->key) && !behind.contains(at->key));
    if (!free) {
      behind.insert(at->key);
      continue;
    }
    const auto one = *at;
    waiting_.erase(at);
    if (one.key != 0) keys_out_.insert(one.key);
    ++out_;
    return one;
  }
  return std::nullopt;
}

template <class Which>
std::vector<uuid> errands::drop(Which which) {
  std::vector<uuid> out;
  std::erase_if(waiting_, [&](const errand& each) {
    if (!which(each)) return false;
    out.push_back(each.id);
    return true;
  });
  return out;
}

std::vector<uuid> errands::heard(const errand& one, const outcome& what) {
  --out_;
  keys_out_.erase(one.key);
  using kind = outcome::kind;
  if (what.is == kind::taken) return {};
  const bool refused = what.is == kind::later || what.is == kind::rejected;
  if (!refused || after_ == after_refusal::all_wait) return stop();
  return drop([&](const errand& each) { return each.key != 0 && each.key == one.key; });
}

std::vector<uuid> errands::stop() {
  return drop([](const errand&) { return true; });
}

} // namespace aorta::delivery
