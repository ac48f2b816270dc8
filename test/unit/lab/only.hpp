// The single result of one OBX, for tests.
#pragma once

#include "test/unit/lab/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace sample {

/// The single result of one OBX.
inline model::lab_result only(const std::string& obx) {
  auto r = one(obx);
  BOOST_REQUIRE_MESSAGE(r.ok(), obx << (r.ok() ? "" : r.error().where + ": " + r.error().text));
  BOOST_REQUIRE_EQUAL(r->results.size(), 1u);
  return r->results[0];
}
inline std::string flag(const model::lab_result& r) {
  return (r.flag ? std::string(model::name(*r.flag)) : "-") + (r.critical ? "!" : "");
}

} // namespace sample
