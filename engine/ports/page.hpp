// Lists that are read in parts.
#pragma once

#include <string>
#include <vector>

namespace aorta::ports {

template <class T>
struct page {
  std::vector<T> items;
  std::string next; ///< cursor; empty at the end
};

} // namespace aorta::ports
