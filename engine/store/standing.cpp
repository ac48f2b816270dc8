#include "engine/store/standing.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using indices = std::vector<size_t>;

/// Results of one order and one specimen time, by their ordinals; of a message or of what stands.
struct specimen {
  order_name order;
  std::optional<timestamp> collected;
  indices members;
  indices fits;        ///< for what arrives: the standing specimens that may be meant
  bool settled = false;
};

template <class Place>
std::vector<specimen> by_specimen(std::span<const Place> places) {
  std::vector<specimen> out;
  for (size_t i = 0; i < places.size(); ++i) {
    const auto& p = places[i];
    const auto at = std::find_if(out.begin(), out.end(), [&](const specimen& s) {
      return s.collected == p.collected && compare(s.order, p.order) == likeness::same;
    });
    (at != out.end() ? *at : out.emplace_back(specimen{p.order, p.collected, {}, {}, false})).members.push_back(i);
  }
  for (auto& s : out) std::stable_sort(s.members.begin(), s.members.end(), [&](size_t a, size_t b) { return places[a].ordinal < places[b].ordinal; });
  return out;
}

/// One filler number may come with a placer number and without: the most that any two of them have in common.
template <class A, class B>
likeness likeness_of(const specimen& a, std::span<const A> of_a, const specimen& b, std::span<const B> of_b) {
  auto out = likeness::other;
  for (const size_t i : a.members)
    for (const size_t j : b.members) out = std::max(out, compare(of_a[i].order, of_b[j].order));
  return out;
}

class matching {
public:
  matching(std::span<const arriving_place> arriving, std::span<const standing_place> standing)
      : arriving_(arriving), standing_(standing), out_(arriving.size()), taken_(standing.size()), new_(by_specimen(arriving)), old_(by_specimen(standing)) {}

  std::vector<match> run() {
    match_equal();
    for (auto& group : new_)
      if (!group.settled) find_fits(group);
    std::vector<std::pair<const specimen*, indices>> by_time;
    for (auto& group : new_)
      if (!group.settled && !group.fits.empty() && !match_single(group)) by_time.push_back({&group, {}});
    match_times(by_time);
    return std::move(out_);
  }

private:
  void pair(size_t arrival, size_t with) {
    out_[arrival] = {with, false};
    taken_[with] = true;
  }

  likeness like(const specimen& group, const specimen& known) const { return likeness_of(group, arriving_, known, standing_); }

  /// Specimen times that are known and equal need no thought.
  void match_equal() {
    for (auto& group : new_)
      for (auto& known : old_) {
        if (!group.collected || group.collected != known.collected || like(group, known) != likeness::same) continue;
        match_within(group.members, known.members);
        group.settled = known.settled = true;
      }
  }

  void find_fits(specimen& group) {
    bool same = false;
    for (size_t i = 0; i < old_.size(); ++i) {
      const auto& known = old_[i];
      if (group.collected && known.collected && group.collected != known.collected) continue;
      const auto alike = like(group, known);
      const bool left = std::any_of(known.members.begin(), known.members.end(), [&](size_t m) { return !taken_[m]; });
      if (!left || alike == likeness::other || (same && alike == likeness::by_placer)) continue;
      if (alike == likeness::same && !same) { // the laboratory's own number says more than the placer's
        group.fits.clear();
        same = true;
      }
      group.fits.push_back(i);
    }
  }

  bool match_single(const specimen& group) {
    if (group.fits.size() != 1 || old_[group.fits[0]].settled) return false;
    const auto rivals = std::count_if(new_.begin(), new_.end(), [&](const specimen& other) {
      return std::find(other.fits.begin(), other.fits.end(), group.fits[0]) != other.fits.end();
    });
    if (rivals > 1) return false;
    match_within(group.members, old_[group.fits[0]].members);
    return true;
  }

  /// Several specimens may be meant, or several groups mean one: a time that one result alone has, on both sides, decides.
  void match_times(const std::vector<std::pair<const specimen*, indices>>& groups) {
    std::vector<std::pair<size_t, size_t>> found;
    indices wanted(standing_.size());
    for (const auto& [group, unused] : groups)
      for (const size_t a : group->members) {
        out_[a].unclear = true;
        if (!arriving_[a].observed) continue;
        indices hits;
        for (const size_t fit : group->fits)
          for (const size_t s : old_[fit].members)
            if (!taken_[s] && standing_[s].observed == arriving_[a].observed) hits.push_back(s);
        for (const size_t s : hits) ++wanted[s];
        if (hits.size() == 1) found.push_back({a, hits[0]});
      }
    for (const auto& [a, s] : found)
      if (wanted[s] == 1) pair(a, s);
  }

  /// Within one specimen.
  void match_within(const indices& arriving, const indices& standing) {
    if (arriving.size() == 1 && standing.size() == 1) return pair(arriving[0], standing[0]);
    indices late; // whose time nothing that stands has
    for (const size_t a : arriving) {
      const auto& time = arriving_[a].observed;
      const auto of_time = [&](const auto& places, const indices& from) {
        indices out;
        std::copy_if(from.begin(), from.end(), std::back_inserter(out), [&](size_t i) { return places[i].observed == time; });
        return out;
      };
      const auto old = of_time(standing_, standing), now = of_time(arriving_, arriving);
      const size_t nth = size_t(std::find(now.begin(), now.end(), a) - now.begin());
      if (old.empty()) late.push_back(a);
      else if (now.size() < old.size()) out_[a].unclear = true;
      else if (nth < old.size()) pair(a, old[nth]);
    }
    const auto open = size_t(std::count_if(standing.begin(), standing.end(), [&](size_t s) { return !taken_[s]; }));
    if (open == 0 || late.empty()) return;
    const bool one_time = std::all_of(arriving.begin(), arriving.end(), [&](size_t a) { return arriving_[a].observed == arriving_[arriving[0]].observed; });
    const bool all_of_it = one_time && late.size() == arriving.size() && open == standing.size() && arriving.size() >= standing.size();
    for (size_t i = 0; i < late.size(); ++i) {
      if (!all_of_it) out_[late[i]].unclear = true;
      else if (i < standing.size()) pair(late[i], standing[i]);
    }
  }

  std::span<const arriving_place> arriving_;
  std::span<const standing_place> standing_;
  std::vector<match> out_;
  std::vector<bool> taken_;
  std::vector<specimen> new_, old_;
};

bool may_be(const arriving_place& a, const standing_place& s) noexcept {
  return (!a.collected || !s.collected || a.collected == s.collected) && compare(a.order, s.order) != likeness::other;
}

} // namespace

likeness compare(const order_name& a, const order_name& b) noexcept {
  if (!a.numbered() || !b.numbered()) return a.numbered() == b.numbered() && a.key == b.key ? likeness::same : likeness::other;
  if (!a.filler.empty() && !b.filler.empty()) return a.filler == b.filler ? likeness::same : likeness::other;
  if (a.placer.empty() || a.placer != b.placer) return likeness::other;
  return a.filler.empty() && b.filler.empty() ? likeness::same : likeness::by_placer;
}

std::vector<match> match_results(std::span<const arriving_place> arriving, std::span<const standing_place> standing) {
  if (standing.empty()) return std::vector<match>(arriving.size());
  if (arriving.size() == 1 && standing.size() == 1) return {match{may_be(arriving[0], standing[0]) ? 0 : match::none, false}}; // nearly always
  return matching(arriving, standing).run();
}

} // namespace aorta::store
