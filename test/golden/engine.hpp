// A golden case's engine: the example configuration, and patients of its own.
#pragma once

#include "engine/cli/case_engine.hpp"

#include <string>
#include <vector>

namespace aorta::golden {

/// Throws `std::runtime_error` with a reason where a test cannot go on.
class engine {
public:
  /// Its patients are those of test/golden/patients.csv. A copy of a store that the process makes
  /// once.
  engine();

  /// One message as a listener hands it on; the reply's bytes.
  std::string send(std::string message) { return running_->send("lab", std::move(message)).reply; }
  /// Adds lines below `[lab]` of a laboratory's file, and reloads.
  void change_lab(const std::string& file, const std::string& lines);
  /// Another file in place of this one, and a reload.
  void replace(const std::string& file, const std::string& text);
  std::vector<std::string> messages() { return running_->messages(); }
  std::vector<model::record> told_records() { return running_->told_records(); }

private:
  void reload();

  cli::scratch_folder folder_;
  std::optional<cli::case_engine> running_;
};

} // namespace aorta::golden
