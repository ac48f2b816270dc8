#include "engine/cli/case_runner.hpp"

#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/expectation.hpp"
#include "engine/cli/messages.hpp"
#include "engine/cli/roster.hpp"
#include "engine/pipeline/file_mail.hpp"

#include <algorithm>
#include <stdexcept>

namespace aorta::cli {
namespace {

namespace fs = std::filesystem;

std::string must_read(const fs::path& path) {
  auto text = read_file(path.string());
  if (!text) throw std::runtime_error(why_unreadable(path.string()));
  return std::move(*text);
}

} // namespace

case_runner::case_runner(const config::settings& settings) : settings_(settings), seen_(settings) {
  clinics_ = settings.clinics;
  for (const auto& route : settings.routes) clinics_.emplace(route.clinic, route.clinic);
}

std::vector<std::string> case_runner::run(const fs::path& folder) {
  expectation wanted(fs::exists(folder / "expect.json") ? must_read(folder / "expect.json") : "");
  if (!wanted.fault().empty()) return {"expect.json: " + wanted.fault()};
  const bool file = fs::exists(folder / "in.csv");
  const auto listener = file ? files_of(wanted.listener()) : listener_of(wanted.listener());
  if (!listener)
    return {std::string("expect.json: name the `listener` by which it comes, ") +
            (file ? "`files:NAME` of a [files.NAME] in aorta.toml" : "one of those in aorta.toml")};
  const auto came = outcome(folder, *listener);
  if (wanted.empty()) return {"there is no expect.json; this is what comes of it now:\n" + suggestion(came)};
  return wanted.differences(came);
}

std::string case_runner::outcome(const fs::path& folder, const std::string& listener) {
  const scratch_folder scratch;
  fs::copy_file(prepared_store(folder), scratch.path() / "aorta.db");
  case_engine engine(scratch.path() / "aorta.db");
  engine.use(settings_);
  if (pipeline::is_file(listener)) {
    const auto done = engine.take_file(listener, must_read(folder / "in.csv"));
    if (done.parts.empty()) throw std::runtime_error("in.csv: there is no row in it");
    for (const auto& part : done.parts) seen_.add(*part.mail, part.route);
    return outcome_of(engine.messages(), engine.told_records());
  }
  auto sent = read_messages({(folder / "in.hl7").string()}, reading::messages);
  if (!sent) throw std::runtime_error(sent.error().text);
  const auto says_something = [](const auto& each) {
    return !trimmed(each.bytes, blanks_and_line_ends).empty();
  };
  if (std::none_of(sent->begin(), sent->end(), says_something))
    throw std::runtime_error("in.hl7: there is no message in it");
  for (auto& each : *sent) {
    const auto done = engine.send(listener, std::move(each.bytes));
    for (const auto& part : done.parts) seen_.add(*part.mail, part.route);
  }
  return outcome_of(engine.messages(), engine.told_records());
}

std::optional<std::string> case_runner::listener_of(const std::string& named) const {
  if (!named.empty()) return settings_.listeners.contains(named) ? std::optional(named) : std::nullopt;
  if (settings_.listeners.size() == 1) return settings_.listeners.begin()->first;
  return std::nullopt;
}

std::optional<std::string> case_runner::files_of(const std::string& named) const {
  const std::string prefix(config::files_listener);
  if (named.starts_with(prefix))
    return settings_.files.contains(named.substr(prefix.size())) ? std::optional(named) : std::nullopt;
  if (named.empty() && settings_.files.size() == 1) return prefix + settings_.files.begin()->first;
  return std::nullopt;
}

/// With the patients beside the case, else those beside all cases.
const fs::path& case_runner::prepared_store(const fs::path& folder) {
  fs::path roster = folder / "patients.csv";
  if (!fs::exists(roster)) roster = folder.parent_path() / "patients.csv";
  const auto [at, fresh] = prepared_.try_emplace(roster.string());
  if (!fresh) return at->second;
  std::vector<model::patient> patients;
  if (fs::exists(roster)) {
    auto read = read_roster(must_read(roster));
    if (!read) throw std::runtime_error(roster.string() + ": " + read.error().text);
    for (const auto& [line, why] : read->refused)
      throw std::runtime_error(roster.string() + ":" + std::to_string(line) + ": " + why);
    patients = std::move(read->rows);
  }
  at->second = scratch_.path() / ("prepared-" + std::to_string(prepared_.size()) + ".db");
  case_engine::prepare(at->second, clinics_, patients);
  return at->second;
}

} // namespace aorta::cli
