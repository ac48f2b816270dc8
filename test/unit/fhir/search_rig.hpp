// Asks one resource by one parameter.
#pragma once

#include "engine/fhir/search.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace aorta::fhir::test {

using parameters = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view base = "https://clinic.example/fhir/r4";

inline timestamp at(std::string_view iso) {
  timestamp out;
  BOOST_REQUIRE(from_iso(iso, out));
  return out;
}

inline document parsed(std::string_view json) {
  auto out = document::parse(json);
  BOOST_REQUIRE(out.ok());
  return std::move(out.value());
}

inline query read_well(std::string_view type, const parameters& params) {
  auto out = read_query(type, params, false);
  for (const auto& fault : out.faults) BOOST_ERROR(fault.path << ": " << fault.text);
  return std::move(out.value);
}

/// Whether a store that keeps the resource's terms finds it by this criterion.
inline bool is_found(const node& resource, const criterion& what, timestamp now) {
  const auto asked = kept_of(resource.str("resourceType"), what, now);
  if (!asked || asked->parameter == model::kept_time) return true;
  const auto kept = kept_terms_of(resource);
  if (!asked->words.empty())
    return std::any_of(asked->words.begin(), asked->words.end(), [&](const auto& word) {
      return std::binary_search(kept.words.begin(), kept.words.end(), word);
    });
  return std::any_of(kept.spans.begin(), kept.spans.end(), [&](const auto& span) {
    return span.parameter == asked->parameter && (!asked->from || span.high >= *asked->from) &&
      (!asked->to || span.low <= *asked->to);
  });
}

/// What matches is found, too: every test of matching is one of the kept terms.
inline bool matches_all(const node& resource, const query& what) {
  const auto now = at("2026-11-25T08:00:00Z");
  for (const auto& each : what.all) {
    if (!matches(resource, each, {base, now})) return false;
    BOOST_TEST(is_found(resource, each, now), "not found by " << each.what->name << ":" << each.modifier);
  }
  return true;
}

inline bool hit(std::string_view json, const std::string& key, const std::string& value) {
  const auto resource = parsed(json);
  return matches_all(*resource.root, read_well(resource.root->str("resourceType"), {{key, value}}));
}

/// The code of the only fault that a parameter causes; empty: there is none.
inline std::string fault_of(std::string_view type, const std::string& key, const std::string& value) {
  const auto out = read_query(type, {{key, value}}, false);
  if (out.faults.empty()) return {};
  BOOST_TEST(out.faults.size() == 1u);
  BOOST_TEST(out.faults[0].path == key);
  return out.faults[0].code;
}

} // namespace aorta::fhir::test
