// Runs cases: a folder with `in.hl7` or `in.csv`, and `expect.json`, is sent to a store of its own.
#pragma once

#include "engine/cli/case_coverage.hpp"
#include "engine/cli/case_engine.hpp"
#include "engine/config/config.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aorta::cli {

/// Throws `std::runtime_error` with a reason where a case cannot be read or run.
class case_runner {
public:
  explicit case_runner(const config::settings& settings); ///< which outlive it

  /// What differs, a line each; nothing where all is as it must be.
  std::vector<std::string> run(const std::filesystem::path& folder);
  /// What comes of its messages (`outcome_of`), by this listener.
  std::string outcome(const std::filesystem::path& folder, const std::string& listener);
  /// What no case that ran has exercised, a line each.
  std::vector<std::string> left_out() const { return seen_.left_out(); }

private:
  std::optional<std::string> listener_of(const std::string& named) const;
  std::optional<std::string> files_of(const std::string& named) const;
  const std::filesystem::path& prepared_store(const std::filesystem::path& folder);

  const config::settings& settings_;
  std::map<std::string, std::string> clinics_;
  scratch_folder scratch_;
  std::map<std::string, std::filesystem::path> prepared_; ///< by the roster's path
  case_coverage seen_;
};

} // namespace aorta::cli
