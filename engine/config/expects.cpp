// [listener.NAME.expects] of aorta.toml: whose silence is told.
#include "engine/config/readers.hpp"

#include <set>

namespace aorta::config {

void read_expectation(section& of, listener& into) {
  const auto* table = of.table("expects");
  if (table == nullptr) return;
  section one(of.in(), *table, keys::expects(), of.full("expects"));
  critical::expectation made;
  if (!one.of().contains("minutes")) one.complain("[" + one.name() + "] needs 'minutes'");
  else if (read_minutes(one, "minutes", made.within) && made.within <= critical::pause(0))
    one.complain(*one.of().get("minutes"), one.full("minutes") + " is 0: then it would always be silent");
  read_hours(one, made.hours);
  read_time_zone(one, made.time_zone);
  if (made.within > critical::longest_open(made))
    one.complain("[" + one.name() + "] has no hours that last for its minutes: nothing would ever be told",
                 "longer 'hours', or fewer 'minutes'");
  one.close();
  into.expects = std::move(made);
}

std::vector<expected_listener> expected_listeners(const settings& of) {
  std::set<expected_listener> all;
  for (const auto& route : of.routes)
    for (const auto& from : route.from)
      if (const auto found = of.listeners.find(from); found != of.listeners.end() && found->second.expects)
        all.insert({route.clinic, from});
  return {all.begin(), all.end()};
}

} // namespace aorta::config
