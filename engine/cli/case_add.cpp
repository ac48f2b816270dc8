// `aorta case add`: a case of a logged message, without the people of whom it speaks. It is written only when
// nothing that is known of them is left in any of its files, and it passes.
#include "engine/base/text.hpp"
#include "engine/cli/case_people.hpp"
#include "engine/cli/case_runner.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/expectation.hpp"
#include "engine/edit/edit.hpp"
#include "engine/lab/choose.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <random>
#include <stdexcept>

namespace aorta::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void give_up(const std::string& text) { throw std::runtime_error(text); }

template <class T>
T must(result<T> what) {
  if (!what) give_up(what.error().text);
  return std::move(*what);
}

bool is_folder_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.size() <= 100 &&
    std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '_' || c == '.';
    });
}

ports::message_detail find_message(ports::message_log& log, const std::string& id) {
  const auto read = uuid_from_text(id);
  if (!read) give_up("'" + id + "' is no message's id: GET /api/messages and the log have them");
  for (const auto& clinic : must(log.access().clinics())) {
    auto found = must(log.message(clinic.id, *read));
    if (!found) continue;
    ports::audit_entry seen;
    seen.actor = "command line";
    seen.method = "GET";
    seen.resource = "/api/messages/" + to_text(*read);
    seen.outcome = "200";
    seen.patient = found->log.patient;
    seen.clinic = clinic.id;
    seen.at = system_clock_source().now();
    must(log.access().audit({&seen, 1}));
    if (found->gone) give_up("what this message said is kept no more ([retention] raw_days)");
    return std::move(*found);
  }
  give_up("there is no message with this id in the log");
}

/// What the profile and the route's file say by name is nobody's: free text may keep it.
std::set<std::string> vocabulary_of(const config::settings& settings) {
  std::set<std::string> out;
  const auto add = [&](std::string_view text) { out.insert(lower(trimmed(text, blanks))); };
  for (const auto& [file, profile] : settings.profiles) {
    for (const auto& [code, test] : profile.tests) add(code), add(test.name);
    for (const auto& [sent, unit] : profile.unit_aliases) add(sent), add(unit);
    for (const auto& [sent, flag] : profile.flags) add(sent);
  }
  const auto add_condition = [&](const std::optional<edit::condition>& of) {
    if (of)
      for (const auto& node : of->nodes()) {
        for (const auto* each : {&node.left, &node.right})
          if (each->literal) add(each->text);
        for (const auto& each : node.list) add(each);
        if (node.from)
          for (const auto& [from, to] : node.from->rows) add(from);
      }
  };
  for (const auto& route : settings.routes) {
    if (!route.rules) continue;
    add_condition(route.rules->when);
    for (const auto& edit : route.rules->edits) {
      add_condition(edit.when);
      if (const auto* looks = std::get_if<edit::look_up>(&edit.what))
        for (const auto& [from, to] : looks->from->rows) add(from);
    }
  }
  return out;
}

/// As the sender's profile or the message's route names it; empty: MSH-18 counts.
std::string charset_of(const config::settings& settings, const ports::message_record& log) {
  std::vector<const lab::profile*> profiles;
  for (const auto& [file, profile] : settings.profiles) profiles.push_back(&profile);
  if (const auto* from = lab::choose(profiles, log.sending_application, log.sending_facility))
    return from->charset;
  for (const auto& route : settings.routes)
    if (route.name == log.route) return route.charset;
  return {};
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) give_up("cannot write " + path.string());
}

/// By which listener the case comes: the message's own, where the configuration still has it.
std::string listener_for(const config::settings& settings, const std::string& logged) {
  if (settings.listeners.contains(logged)) return logged;
  if (settings.listeners.size() == 1) return settings.listeners.begin()->first;
  give_up("the message came by '" + logged +
          "', and the configuration has no such listener for cases of HL7");
}

[[noreturn]] void refuse(const std::string& file, const std::string& where, std::string_view what) {
  give_up(
    file + (where.empty() ? "" : ", " + where) + " would still hold " + std::string(what) +
    " of the message's people, in a field that cases keep as it is. Nothing was written: write this case "
    "by hand (docs/cases.md), with another text at this place");
}

struct made_case {
  std::string message, roster, expected;
};

void check_leaks(const made_case& made, const std::string& charset, const pseudonym::people& people) {
  const auto msg = must(hl7::parse(made.message));
  if (const auto leak = pseudonym::find_leak(msg, charset, people.known))
    refuse("in.hl7", leak->where, leak->what);
  for (const auto& [file, text] : {std::pair("patients.csv", &made.roster), {"expect.json", &made.expected}})
    if (const auto what = people.known.find(*text); !what.empty()) refuse(file, "", what);
}

/// The message and its people under other names, as files of a case without an `expect.json`.
made_case disguise(const config::settings& settings, const ports::message_detail& found,
                   const std::string& charset, ports::message_log& log, pseudonym::people& people) {
  const auto msg = hl7::parse(found.raw);
  if (!msg || !hl7::check_header(*msg))
    give_up(
      "this message cannot be read as HL7, so nobody knows what in it is of a person: write its case by "
      "hand (docs/cases.md)");
  pseudonym::learn(*msg, charset, people);
  const auto rows = must(people_of(found, log, people));
  std::random_device chance;
  const auto seed = uint64_t(chance()) << 32 | chance();
  const auto shift = pseudonym::choose_shift(
    seed, std::chrono::floor<std::chrono::days>(found.log.received_at),
    std::chrono::floor<std::chrono::days>(counting_clock().now()), people.births);
  pseudonym::pseudonyms by(seed, people.known, vocabulary_of(settings), shift, people.births);
  std::vector<model::patient> roster;
  for (const auto& row : rows) roster.push_back(pseudonym::rewritten(row, by));
  made_case out;
  out.message = pseudonym::rewritten(*msg, charset, by);
  out.roster = roster_text(roster);
  return out;
}

/// What the log says of the message and the case does not do: what came before the message, a person's link
/// or a changed configuration made it otherwise.
void tell_differences(const ports::message_record& log, const expectation& logged, const std::string& came) {
  for (const auto& line : logged.differences(came)) std::printf("  other than logged: %s\n", line.c_str());
  if (log.share) std::printf("  it was one of several in its frame; the case sends it alone\n");
}

int add(const common& with, const case_options& how) {
  if (!is_folder_name(how.name)) give_up("--name is the case's folder: letters, digits, - and _");
  const auto settings = read_settings(with);
  if (!settings) return 1;
  const auto folder = fs::path(settings->base) / "cases" / how.name;
  if (fs::exists(folder)) give_up(folder.string() + " exists already");
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto store = open_store(*settings, false, clock, ids);
  if (!store) return 1;
  const auto admin = must(store->admin());
  const auto found = find_message(*admin, how.message);
  const auto listener = listener_for(*settings, found.log.listener);
  const auto charset = charset_of(*settings, found.log);
  pseudonym::people people;
  auto made = disguise(*settings, found, charset, *admin, people);
  const scratch_folder scratch;
  write_file(scratch.path() / "in.hl7", made.message);
  write_file(scratch.path() / "patients.csv", made.roster);
  case_runner runner(*settings);
  const auto came = runner.outcome(scratch.path(), listener);
  made.expected = suggestion(came, settings->listeners.size() > 1 ? listener : "") + "\n";
  check_leaks(made, charset, people);
  write_file(scratch.path() / "expect.json", made.expected);
  if (const auto differs = runner.run(scratch.path()); !differs.empty())
    give_up("the case does not pass by itself: " + differs.front());
  // Beside the cases first, under a name that none has, so that a case is there whole or not at all.
  const auto beside = folder.parent_path() / ("." + how.name);
  fs::create_directories(beside);
  for (const auto* file : {"in.hl7", "patients.csv", "expect.json"})
    fs::copy_file(scratch.path() / file, beside / file, fs::copy_options::overwrite_existing);
  fs::rename(beside, folder);
  std::printf("%s: in.hl7, patients.csv, expect.json\n", folder.string().c_str());
  tell_differences(found.log, as_logged(found.log.ack_code, ports::name(found.log.status)), came);
  std::printf(
    "Names, numbers, addresses and free text are invented, times are moved. Read the files before you "
    "share them.\n");
  return 0;
}

} // namespace

int case_add(const common& with, const case_options& how) {
  try {
    return add(with, how);
  } catch (const std::exception& why) {
    std::fprintf(stderr, "aorta: %s\n", why.what());
    return 1;
  }
}

} // namespace aorta::cli
