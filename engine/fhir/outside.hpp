// Names for numbers that a clinic gives by itself, where nobody has named their system: another clinic's 17
// is somebody else, and two servers that call their own numbers by the same name must not take one for the
// other.
#pragma once

#include "engine/fhir/map.hpp"

#include <map>
#include <string>
#include <vector>

namespace aorta::fhir {

class outside_systems {
public:
  /// `whose`: an address that is the giver's alone; `/mrn`, `/order`, ... are appended. `named`: what its
  /// configuration calls them, where that is known; those that have a name keep it.
  outside_systems(const std::string& whose, const identifier_systems& named);
  void name(document& into, node& in) const;

private:
  std::map<std::string, std::string, std::less<>> all_; ///< as others read them, by the systems that name
                                                        ///< nobody
};

/// Every object with a text `reference`, whatever else it holds.
std::vector<node*> reference_holders(node& in);

} // namespace aorta::fhir
