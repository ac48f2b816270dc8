// What cases exercise of a configuration, and what none does.
#pragma once

#include "engine/config/config.hpp"
#include "engine/edit/edit.hpp"
#include "engine/pipeline/envelope.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace aorta::cli {

class case_coverage {
public:
  explicit case_coverage(const config::settings& settings) : settings_(settings) {} ///< which outlive it

  /// A message that this route has handled.
  void add(const pipeline::envelope& mail, const std::string& route);
  /// A line each, with its place.
  std::vector<std::string> left_out() const;

private:
  /// How often a condition held and did not: one that never came out otherwise was not tried.
  struct outcomes {
    bool held = false, failed = false;
  };
  void add_conditions(const pipeline::envelope& mail);
  void add_edits(const edit::account& of);
  void add_outcome(const std::string& rule, bool held);
  void tell_condition(const std::string& rule, const edit::condition& of, std::vector<std::string>& to) const;
  std::vector<std::string> rows_left_out() const;

  const config::settings& settings_;
  std::set<std::string> routes_;
  std::set<std::string> edits_;                              ///< by their rules
  std::map<std::string, outcomes> conditions_;               ///< likewise
  std::map<const edit::table*, std::set<std::string>> rows_; ///< of tables in which edits found something
  std::map<std::string, std::set<std::string>> codes_;       ///< by the laboratory's file
};

} // namespace aorta::cli
