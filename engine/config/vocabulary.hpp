// What a route file may name, for checks and hints; handed in by routes, so that the configuration knows no
// stages.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace aorta::config {

struct vocabulary {
  struct stage {
    std::string name;
    std::vector<std::string> needs, gives; ///< what a message must have before it, and has behind it:
                                           ///< "claims"
  };
  struct slot {
    std::string stage;
    bool required = true; ///< false: a route may leave it out
  };
  using chain = std::vector<slot>;

  std::vector<stage> stages;                           ///< every one
  std::vector<chain> chains;                           ///< those that exist
  std::vector<std::pair<std::string, size_t>> accepts; ///< message type (`ORU^R01`) -> index into chains
};

} // namespace aorta::config
