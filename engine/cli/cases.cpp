// `aorta test`: the cases beside the configuration, each in a folder: what is sent, and what must come of it.
#include "engine/base/text.hpp"
#include "engine/cli/case_engine.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/expectation.hpp"
#include "engine/cli/messages.hpp"
#include "engine/cli/roster.hpp"
#include "engine/edit/edit.hpp"
#include "engine/pipeline/lab_payload.hpp"
#include "engine/pipeline/webhook_mail.hpp"
#include "routes/kinds.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <stdexcept>

namespace aorta::cli {
namespace {

namespace fs = std::filesystem;

/// What cases have exercised of the configuration.
struct exercised {
  std::set<std::string> routes;
  std::set<std::string> edits;                              ///< by their rules
  std::map<const edit::table*, std::set<std::string>> rows; ///< of tables in which edits found something
  std::map<std::string, std::set<std::string>> codes;       ///< by the laboratory's file
  void add(const pipeline::envelope& mail, const std::string& route) {
    routes.insert(route);
    if (mail.edits)
      for (const auto& mark : mail.edits->came.marks)
        if (mark.changed > 0) edits.insert(mark.by->rule);
    if (mail.edits) add_rows(*mail.edits);
    const auto* lab = dynamic_cast<const pipeline::lab_payload*>(mail.payload.get());
    if (lab == nullptr || !lab->mapped) return;
    for (const auto& each : lab->mapped->results) codes[lab->profile->file_code].insert(each.test_code);
  }

private:
  void add_rows(const edit::account& of) {
    for (const auto& step : of.came.told) {
      const auto by = std::find_if(of.by->edits.begin(), of.by->edits.end(),
                                   [&](const auto& each) { return each.rule == step.rule; });
      const auto* looks = by == of.by->edits.end() ? nullptr : std::get_if<edit::look_up>(&by->what);
      for (const auto& change : step.changes)
        if (looks != nullptr && change.trouble.empty()) rows[looks->from.get()].insert(change.before);
    }
  }
};

std::string must_read(const fs::path& path) {
  auto text = read_file(path.string());
  if (!text) throw std::runtime_error(why_unreadable(path.string()));
  return std::move(*text);
}

class runner {
public:
  explicit runner(const config::settings& settings) : settings_(settings) {
    clinics_ = settings.clinics;
    for (const auto& route : settings.routes) clinics_.emplace(route.clinic, route.clinic);
  }

  /// What differs, a line each; nothing where all is as it must be.
  std::vector<std::string> run(const fs::path& folder) {
    expectation wanted(fs::exists(folder / "expect.json") ? must_read(folder / "expect.json") : "");
    if (!wanted.fault().empty()) return {"expect.json: " + wanted.fault()};
    const auto listener = listener_of(wanted.listener());
    if (!listener) return {"expect.json: name the `listener` by which it comes, one of those in aorta.toml"};
    const scratch_folder scratch;
    fs::copy_file(prepared_store(folder), scratch.path() / "aorta.db");
    case_engine engine(scratch.path() / "aorta.db");
    engine.use(settings_);
    auto sent = read_messages({(folder / "in.hl7").string()}, reading::messages);
    if (!sent) return {sent.error().text};
    const auto says_something = [](const auto& each) {
      return !trimmed(each.bytes, blanks_and_line_ends).empty();
    };
    if (std::none_of(sent->begin(), sent->end(), says_something))
      return {"in.hl7: there is no message in it"};
    for (auto& each : *sent) {
      const auto done = engine.send(*listener, std::move(each.bytes));
      for (const auto& part : done.parts) seen_.add(*part.mail, part.route);
    }
    const auto came = outcome_of(engine.messages(), engine.told_records());
    if (wanted.empty())
      return {"there is no expect.json; this is what comes of it now:\n" + suggestion(came)};
    return wanted.differences(came);
  }

  /// What no case has exercised, a line each.
  std::vector<std::string> left_out() const {
    std::vector<std::string> out;
    for (const auto& route : settings_.routes) {
      if (!seen_.routes.contains(route.name))
        out.push_back(
          route.file + ": no case is taken by route '" + route.name + "'" +
          (routes::brings(pipeline::http_listener, route) || pipeline::is_webhook(route.from.front())
             ? " (cases hold HL7 alone)"
             : ""));
      if (!route.rules) continue;
      for (const auto& edit : route.rules->edits)
        if (!seen_.edits.contains(edit.rule))
          out.push_back(edit.rule + ": no case is changed by " + edit.says);
    }
    for (auto& line : rows_left_out()) out.push_back(std::move(line));
    for (const auto& [file, profile] : settings_.profiles) {
      const auto codes = seen_.codes.find(file);
      std::string missing;
      for (const auto& [code, mapping] : profile.tests)
        if (codes == seen_.codes.end() || !codes->second.contains(code))
          missing += (missing.empty() ? "" : ", ") + code;
      if (!missing.empty())
        out.push_back((fs::path(settings_.base) / "labs" / (file + ".toml")).string() + ": no case sends " +
                      missing);
    }
    return out;
  }

private:
  /// Of tables that edits look into, each once, whichever routes do.
  std::vector<std::string> rows_left_out() const {
    std::map<std::string, const edit::table*> tables;
    for (const auto& route : settings_.routes)
      for (const auto& edit : route.rules ? route.rules->edits : std::vector<edit::edit>{})
        if (const auto* looks = std::get_if<edit::look_up>(&edit.what))
          tables.emplace(looks->from->name, looks->from.get());
    std::vector<std::string> out;
    for (const auto& [name, table] : tables) {
      const auto seen = seen_.rows.find(table);
      std::set<std::string> missing;
      for (const auto& [from, to] : table->rows)
        if (from != to) // else nothing tells that it was found
          if (seen == seen_.rows.end() || !seen->second.contains(from)) missing.insert(from);
      std::string list;
      for (const auto& each : missing) list += (list.empty() ? "" : ", ") + each;
      if (!list.empty())
        out.push_back((fs::path(settings_.base) / "tables" / (name + ".csv")).string() +
                      ": no case comes to the rows " + list);
    }
    return out;
  }

  std::optional<std::string> listener_of(const std::string& named) const {
    if (!named.empty()) return settings_.listeners.contains(named) ? std::optional(named) : std::nullopt;
    if (settings_.listeners.size() == 1) return settings_.listeners.begin()->first;
    return std::nullopt;
  }

  /// With the patients beside the case, else those beside all cases.
  const fs::path& prepared_store(const fs::path& folder) {
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

  const config::settings& settings_;
  std::map<std::string, std::string> clinics_;
  scratch_folder scratch_;
  std::map<std::string, fs::path> prepared_; ///< by the roster's path
  exercised seen_;
};

/// The folders with an `in.hl7`: `path` itself, or those in it.
std::vector<fs::path> cases_in(const fs::path& path) {
  if (fs::exists(path / "in.hl7")) return {path};
  std::vector<fs::path> out;
  std::error_code failed;
  for (const auto& each : fs::directory_iterator(path, failed))
    if (each.is_directory() && !each.path().filename().string().starts_with('.')) out.push_back(each.path());
  std::sort(out.begin(), out.end());
  return out;
}

} // namespace

int test_cases(const common& with, const test_options& how) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  const fs::path at = how.path.empty() ? fs::path(settings->base) / "cases" : fs::path(how.path);
  const auto all = cases_in(at);
  if (all.empty()) {
    std::fprintf(stderr, "aorta: there are no cases in %s: a case is a folder with in.hl7 and expect.json\n",
                 at.string().c_str());
    return 1;
  }
  runner cases(*settings);
  size_t failed = 0;
  for (const auto& each : all) {
    std::vector<std::string> differs;
    try {
      differs = cases.run(each);
    } catch (const std::runtime_error& why) { differs = {why.what()}; }
    if (!differs.empty()) ++failed;
    std::printf("%s %s\n", differs.empty() ? "ok  " : "FAIL", each.filename().string().c_str());
    for (const auto& line : differs) std::printf("  %s\n", line.c_str());
  }
  std::printf("%zu cases, %zu failed\n", all.size(), failed);
  if (how.coverage)
    for (const auto& line : cases.left_out()) std::printf("not exercised: %s\n", line.c_str());
  return failed == 0 ? 0 : 1;
}

} // namespace aorta::cli
