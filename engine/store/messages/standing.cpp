#include "engine/store/messages/standing.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace aorta::store {
namespace {

using indices = std::vector<size_t>;
using instant = std::optional<timestamp>;

/// Results of one order and one specimen time, by their ordinals; of a message or of what stands.
struct specimen {
  order_mark mark;
  instant collected;
  indices members;
  std::set<std::string_view> placers; ///< one filler number may come with a placer number and without
  indices fits;                       ///< for what arrives: the standing specimens that may be meant
  bool settled = false;
};

using specimen_key = std::pair<order_mark, instant>;

struct specimens {
  std::vector<specimen> all;
  std::map<specimen_key, size_t> places;
  std::map<std::pair<std::string_view, instant>, indices> by_placer; ///< those with a filler number

  const size_t* find(const order_mark& mark, const instant& collected) const {
    const auto at = places.find({mark, collected});
    return at == places.end() ? nullptr : &at->second;
  }
};

template <class Place>
specimens by_specimen(std::span<const Place> of) {
  specimens out;
  for (size_t i = 0; i < of.size(); ++i) {
    const auto mark = mark_of(of[i].order);
    const auto [at, fresh] = out.places.try_emplace({mark, of[i].collected}, out.all.size());
    if (fresh) out.all.push_back({mark, of[i].collected, {}, {}, {}, false});
    out.all[at->second].members.push_back(i);
    if (!of[i].order.placer.empty()) out.all[at->second].placers.insert(of[i].order.placer);
  }
  for (size_t n = 0; n < out.all.size(); ++n) {
    auto& s = out.all[n];
    std::stable_sort(s.members.begin(), s.members.end(),
                     [&](size_t a, size_t b) { return of[a].ordinal < of[b].ordinal; });
    if (s.mark.kind == 'F')
      for (const auto placer : s.placers) out.by_placer[{placer, s.collected}].push_back(n);
  }
  return out;
}

template <class Place>
std::map<instant, indices> by_time(std::span<const Place> of, const indices& members) {
  std::map<instant, indices> out;
  for (const size_t i : members) out[of[i].observed].push_back(i);
  return out;
}

class matching {
public:
  matching(std::span<const arriving_place> arriving, std::span<const standing_place> standing)
      : arriving_(arriving),
        standing_(standing),
        out_(arriving.size()),
        taken_(standing.size()),
        new_(by_specimen(arriving)),
        old_(by_specimen(standing)),
        wanted_by_(old_.all.size()),
        left_(old_.all.size()),
        specimen_of_(standing.size()) {
    for (size_t n = 0; n < old_.all.size(); ++n) {
      left_[n] = old_.all[n].members.size();
      for (const size_t s : old_.all[n].members) specimen_of_[s] = n;
    }
  }

  std::vector<match> run() {
    match_equal();
    for (auto& group : new_.all)
      if (!group.settled) find_fits(group);
    std::vector<const specimen*> open;
    for (const auto& group : new_.all)
      if (!group.settled && !group.fits.empty() && !match_single(group)) open.push_back(&group);
    match_times(open);
    return std::move(out_);
  }

private:
  void pair(size_t arrival, size_t with) {
    out_[arrival] = {with, false};
    taken_[with] = true;
    --left_[specimen_of_[with]];
  }

  /// Specimen times that are known and equal need no thought.
  void match_equal() {
    for (auto& group : new_.all) {
      const auto* known = group.collected ? old_.find(group.mark, group.collected) : nullptr;
      if (known == nullptr) continue;
      match_within(group.members, old_.all[*known].members);
      group.settled = old_.all[*known].settled = true;
    }
  }

  /// Calls `with` for every standing specimen under `mark` whose time may be `collected`.
  template <class With>
  void may_be_of(const order_mark& mark, const instant& collected, With with) const {
    if (collected) {
      for (const auto& time : {collected, instant()})
        if (const auto* at = old_.find(mark, time)) with(*at);
      return;
    }
    for (auto at = old_.places.lower_bound({mark, instant()});
         at != old_.places.end() && at->first.first == mark; ++at)
      with(at->second);
  }

  /// The same for orders of which one side alone has a filler number: the placer's must be equal.
  template <class With>
  void may_be_by_placer(const specimen& group, With with) const {
    if (group.mark.kind == 'F') {
      for (const auto placer : group.placers) may_be_of({'P', placer, 0}, group.collected, with);
      return;
    }
    if (group.mark.kind != 'P') return;
    const auto all = [&](const indices& found) {
      for (const size_t n : found) with(n);
    };
    if (!group.collected) {
      for (auto at = old_.by_placer.lower_bound({group.mark.number, instant()});
           at != old_.by_placer.end() && at->first.first == group.mark.number; ++at)
        all(at->second);
      return;
    }
    for (const auto& time : {group.collected, instant()})
      if (const auto at = old_.by_placer.find({group.mark.number, time}); at != old_.by_placer.end())
        all(at->second);
  }

  /// The laboratory's own number says more than the placer's.
  void find_fits(specimen& group) {
    const auto take = [&](size_t n) {
      if (left_[n] > 0) group.fits.push_back(n);
    };
    may_be_of(group.mark, group.collected, take);
    if (group.fits.empty()) may_be_by_placer(group, take);
    std::sort(group.fits.begin(), group.fits.end());
    group.fits.erase(std::unique(group.fits.begin(), group.fits.end()), group.fits.end());
    for (const size_t n : group.fits) ++wanted_by_[n];
  }

  bool match_single(const specimen& group) {
    if (group.fits.size() != 1 || old_.all[group.fits[0]].settled || wanted_by_[group.fits[0]] > 1)
      return false;
    match_within(group.members, old_.all[group.fits[0]].members);
    return true;
  }

  /// Several specimens may be meant, or several groups mean one: a time that one result alone has, on both
  /// sides, decides.
  void match_times(const std::vector<const specimen*>& groups) {
    struct times {
      std::map<instant, indices> free; ///< standing results that nothing has taken
      std::map<instant, size_t> wanted;
    };
    std::map<size_t, times> seen; // by standing specimen
    const auto times_of = [&](size_t fit) -> times& {
      const auto [at, fresh] = seen.try_emplace(fit);
      if (fresh)
        for (const size_t s : old_.all[fit].members)
          if (!taken_[s]) at->second.free[standing_[s].observed].push_back(s);
      return at->second;
    };
    struct find {
      size_t arrival, with, fit;
    };
    std::vector<find> found;
    for (const auto* group : groups)
      for (const size_t a : group->members) {
        out_[a].unclear = true;
        const auto& time = arriving_[a].observed;
        if (!time) continue;
        size_t hits = 0;
        find last{a, 0, 0};
        for (const size_t fit : group->fits) {
          auto& of = times_of(fit);
          const auto at = of.free.find(time);
          if (at == of.free.end()) continue;
          hits += at->second.size();
          last.with = at->second.front(), last.fit = fit;
          ++of.wanted[time];
        }
        if (hits == 1) found.push_back(last);
      }
    for (const auto& f : found)
      if (seen[f.fit].wanted[arriving_[f.arrival].observed] == 1) pair(f.arrival, f.with);
  }

  /// Within one specimen.
  void match_within(const indices& arriving, const indices& standing) {
    if (arriving.size() == 1 && standing.size() == 1) return pair(arriving[0], standing[0]);
    const auto now = by_time(arriving_, arriving);
    const auto old = by_time(standing_, standing);
    indices late; // whose time nothing that stands has
    for (const auto& [time, mine] : now) {
      const auto same = old.find(time);
      if (same == old.end()) {
        late.insert(late.end(), mine.begin(), mine.end());
        continue;
      }
      for (size_t nth = 0; nth < mine.size(); ++nth) {
        if (mine.size() < same->second.size()) out_[mine[nth]].unclear = true;
        else if (nth < same->second.size()) pair(mine[nth], same->second[nth]);
      }
    }
    const auto open = size_t(
      std::count_if(standing.begin(), standing.end(), [&](size_t s) { return !taken_[s]; }));
    if (open == 0 || late.empty()) return;
    const bool all_of_it = now.size() == 1 && late.size() == arriving.size() && open == standing.size() &&
      arriving.size() >= standing.size();
    for (size_t i = 0; i < late.size(); ++i) {
      if (!all_of_it) out_[late[i]].unclear = true;
      else if (i < standing.size()) pair(late[i], standing[i]);
    }
  }

  std::span<const arriving_place> arriving_;
  std::span<const standing_place> standing_;
  std::vector<match> out_;
  std::vector<bool> taken_;
  specimens new_, old_;
  std::vector<size_t> wanted_by_;   ///< how many groups a standing specimen fits
  std::vector<size_t> left_;        ///< how many of its results nothing has taken
  std::vector<size_t> specimen_of_; ///< of a standing result
};

bool may_be(const arriving_place& a, const standing_place& s) noexcept {
  return (!a.collected || !s.collected || a.collected == s.collected) &&
    compare(a.order, s.order) != likeness::other;
}

} // namespace

order_mark mark_of(const order_name& of) noexcept {
  if (!of.filler.empty()) return {'F', of.filler, 0};
  if (!of.placer.empty()) return {'P', of.placer, 0};
  return {'K', {}, of.key};
}

likeness compare(const order_name& a, const order_name& b) noexcept {
  if (!a.numbered() || !b.numbered())
    return a.numbered() == b.numbered() && a.key == b.key ? likeness::same : likeness::other;
  if (!a.filler.empty() && !b.filler.empty()) return a.filler == b.filler ? likeness::same : likeness::other;
  if (a.placer.empty() || a.placer != b.placer) return likeness::other;
  return a.filler.empty() && b.filler.empty() ? likeness::same : likeness::by_placer;
}

std::vector<match> match_results(std::span<const arriving_place> arriving,
                                 std::span<const standing_place> standing) {
  if (standing.empty()) return std::vector<match>(arriving.size());
  if (arriving.size() == 1 && standing.size() == 1)
    return {match{may_be(arriving[0], standing[0]) ? 0 : match::none, false}}; // nearly always
  return matching(arriving, standing).run();
}

} // namespace aorta::store
