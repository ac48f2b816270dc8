// Foreign corpora stay where they lie, outside the project: tests that read them are skipped, by name, where
// they are missing.
#pragma once

#include <boost/test/unit_test.hpp>

#include <filesystem>

namespace foreign {

inline boost::test_tools::assertion_result is_there(boost::unit_test::test_unit_id) {
  return std::filesystem::exists(std::filesystem::path(AORTA_SHARED) / "corpus");
}

} // namespace foreign
