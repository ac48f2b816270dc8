// What never does anything: conditions that are no question, edits that never run.
#include "engine/edit/read_edit.hpp"

#include <algorithm>
#include <set>

namespace aorta::edit {
namespace {

/// What is known of a message before the next edit.
class flow {
public:
  flow(const condition* route, std::vector<fixed_place> fixed) : route_(route), fixed_(std::move(fixed)) {}

  const std::vector<fixed_place>& fixed() const noexcept { return fixed_; }

  /// The route's own condition, while no edit has written what it asks for.
  const condition* route_for(const edit& next) const {
    return next.in.empty() && !route_touched_ ? route_ : nullptr;
  }
  bool gone(const edit& next) const {
    return gone_.contains(std::string(next.target.name())) || (!next.in.empty() && gone_.contains(next.in));
  }

  void pass(const edit& by) {
    const auto name = by.target.name();
    std::erase_if(fixed_, [&](const auto& each) { return each.where.name() == name; });
    if (route_ != nullptr)
      for (const auto& each : route_->nodes())
        for (const auto* side : {&each.left, &each.right})
          route_touched_ = route_touched_ || (!side->literal && side->where.name() == name);
    const bool always = !by.when && by.in.empty();
    if (!always) return;
    if (std::holds_alternative<remove_place>(by.what) && by.target.field == 0 &&
        by.target.occurrence.is == hl7::which::kind::every)
      gone_.emplace(name);
    const auto* text = std::get_if<set_text>(&by.what);
    if (text == nullptr || by.target.several()) return;
    std::string all;
    for (const auto& each : text->to) {
      if (!each.literal) return;
      all += each.text;
    }
    fixed_.push_back({by.target, {all, ""}}); // without the segment it stays absent
  }

private:
  const condition* route_;
  std::vector<fixed_place> fixed_;
  bool route_touched_ = false;
  std::set<std::string> gone_; ///< segments that were removed, all of them
};

fault about(const condition& of, const node& part, chance is) {
  return {part.begin, part.end - part.begin,
          std::string(&part == &of.nodes().back() ? "this condition" : "this part") + " is " +
            (is == chance::always ? "always" : "never") + " true",
          ""};
}

} // namespace

std::vector<idle> find_idle(const condition* route, const std::vector<edit>& edits,
                            const std::vector<fixed_place>& fixed) {
  std::vector<idle> out;
  auto is = chance::sometimes;
  if (route != nullptr)
    if (const auto* part = idle_part(*route, fixed, is)) {
      out.push_back({std::nullopt, "when", about(*route, *part, is)});
      route = nullptr;
    }
  flow known(route, fixed);
  for (size_t i = 0; i < edits.size(); ++i) {
    const auto& each = edits[i];
    if (known.gone(each))
      out.push_back({i, "", {0, 0, "this edit can never run: the segment was removed before it", ""}});
    if (each.when) {
      if (const auto* part = idle_part(*each.when, known.fixed(), is))
        out.push_back({i, "when", about(*each.when, *part, is)});
      else if (const auto* own = known.route_for(each);
               own != nullptr && chance_of({own, &*each.when}, known.fixed()) == chance::never)
        out.push_back(
          {i,
           "when",
           {0, each.when->text().size(),
            "this edit can never run: the route's own 'when' and this one exclude each other", ""}});
    }
    known.pass(each);
  }
  return out;
}

} // namespace aorta::edit
