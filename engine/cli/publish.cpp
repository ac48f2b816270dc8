// `aorta diff`, `aorta rollback`, `aorta reload`: configurations of engines that run, by way of their store.
#include "engine/base/text.hpp"
#include "engine/cli/publications.hpp"
#include "engine/gateway/config_folder.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>
#include <thread>

namespace aorta::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ports::config_texts;
using ports::config_version;

constexpr std::chrono::milliseconds waits_for_engines = 15s, asks_every = 200ms;
constexpr int versions_looked_at = 1000;

std::string folder_of(const std::string& config) {
  std::error_code failed;
  return fs::is_directory(config, failed) ? config : fs::path(config).parent_path().string();
}

using lines = std::vector<std::string>;

lines lines_of(const std::string& text) {
  lines out;
  for (size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

/// The longest common lines, from behind (what begins and ends alike is left out before).
void print_difference(const lines& before, const lines& after) {
  size_t head = 0, tail = 0;
  while (head < before.size() && head < after.size() && before[head] == after[head]) ++head;
  while (tail + head < before.size() && tail + head < after.size() &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
    ++tail;
  const size_t rows = before.size() - head - tail, columns = after.size() - head - tail;
  constexpr size_t most_cells = 4'000'000; // past that all of it is told as removed and added
  std::vector<std::vector<uint32_t>> common;
  if (rows * columns <= most_cells) {
    common.assign(rows + 1, std::vector<uint32_t>(columns + 1));
    for (size_t i = rows; i-- > 0;)
      for (size_t j = columns; j-- > 0;)
        common[i][j] = before[head + i] == after[head + j] ? common[i + 1][j + 1] + 1
                                                           : std::max(common[i + 1][j], common[i][j + 1]);
  }
  size_t i = 0, j = 0;
  while (i < rows || j < columns) {
    const bool same = i < rows && j < columns && before[head + i] == after[head + j];
    const bool removes = i < rows && (j == columns || common.empty() || common[i + 1][j] >= common[i][j + 1]);
    if (same) ++i, ++j;
    else if (removes) std::printf("%6zu - %s\n", head + i + 1, before[head + i].c_str()), ++i;
    else std::printf("%6zu + %s\n", head + j + 1, after[head + j].c_str()), ++j;
  }
}

int print_differences(const config_texts& before, const config_texts& after) {
  std::set<std::string> names;
  for (const auto* of : {&before, &after})
    for (const auto& [file, text] : *of) names.insert(file);
  int differ = 0;
  for (const auto& file : names) {
    const auto was = before.find(file), is = after.find(file);
    const bool had = was != before.end(), has = is != after.end();
    if (had && has && was->second == is->second) continue;
    ++differ;
    std::printf("%s%s\n", file.c_str(), !had ? " (new)" : !has ? " (gone)" : "");
    print_difference(had ? lines_of(was->second) : lines(), has ? lines_of(is->second) : lines());
  }
  std::printf("%d files differ\n", differ);
  return differ;
}

/// Until all engines have answered, or the time is over. An error: one of them cannot.
result<size_t> wait_for_engines(ports::publication_log& log, const uuid& version) {
  const auto last = std::chrono::steady_clock::now() + waits_for_engines;
  for (;;) {
    const auto nodes = log.nodes(api::node_silence);
    if (!nodes) return nodes.error();
    for (const auto& each : *nodes)
      if (each.refuses == version)
        return error{error_code::conflict, each.host, each.host + " cannot run it: " + each.fault};
    const auto at_work = std::count_if(nodes->begin(), nodes->end(),
                                       [](const auto& each) { return each.pid != 0; });
    if (std::all_of(nodes->begin(), nodes->end(),
                    [&](const auto& each) { return each.pid == 0 || each.runs == version; }))
      return size_t(at_work);
    if (std::chrono::steady_clock::now() > last)
      return error{error_code::deadline, "",
                   "not all engines have answered yet: GET /api/config shows which"};
    std::this_thread::sleep_for(asks_every);
  }
}

} // namespace

bool publications::open(const config::settings& settings) {
  store = open_store(settings, false, clock, ids);
  if (!store) return false;
  auto made = store->admin();
  if (!made) return fail(made.error().text) == 0;
  admin = std::move(*made);
  return true;
}

result<std::optional<config_version>> named_version(ports::publication_log& log, const std::string& name) {
  if (const auto id = uuid_from_text(name)) return log.version(*id);
  auto all = log.versions(std::nullopt, versions_looked_at);
  if (!all) return all.error();
  for (auto& each : *all)
    if (each.hash == name) return std::optional(std::move(each));
  return std::optional<config_version>();
}

result<std::optional<config_version>> what_runs(ports::publication_log& log) {
  const auto nodes = log.nodes(api::node_silence);
  if (!nodes) return nodes.error();
  for (const auto& each : *nodes)
    if (each.pid != 0) return named_version(log, each.hash);
  return log.published();
}

status finish_publication(const common& with) {
  return gateway::config_folder(folder_of(with.config)).finish();
}

int diff(const common& with, const std::string& folder) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  const auto other = config::read_beside(folder_of(folder.empty() ? with.config : folder));
  if (!other.complaints.empty())
    return fail(other.complaints.front().file + ": " + other.complaints.front().text);
  publications in;
  if (!in.open(*settings)) return 1;
  const auto runs = what_runs(in.log());
  if (!runs) return fail(runs.error().text);
  if (!*runs) return fail("no engine has run on this store yet");
  const auto texts = in.log().texts((*runs)->id);
  if (!texts) return fail(texts.error().text);
  return print_differences(*texts, other.texts) == 0 ? 0 : 1;
}

int rollback(const common& with, const rollback_options& how) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  publications in;
  if (!in.open(*settings)) return 1;
  const auto nodes = in.log().nodes(api::node_silence);
  if (!nodes) return fail(nodes.error().text);
  if (settings->approvals > 1 ||
      std::any_of(nodes->begin(), nodes->end(), [](const auto& each) { return each.approvals > 1; }))
    return fail("two persons publish here (security.approvals): POST /api/config/rollback proposes it");
  const auto person = in.admin->access().user(how.user, false);
  if (!person) return fail(person.error().text);
  if (!*person) return fail("there is no user " + how.user);
  auto& log = in.log();
  const auto old = named_version(log, how.version);
  if (!old) return fail(old.error().text);
  if (!*old) return fail("no such version is kept");
  const auto texts = log.texts((*old)->id);
  const auto head = log.published();
  if (!texts || !head) return fail(texts ? head.error().text : texts.error().text);
  if (!*head) return fail("nothing was published yet: the engine runs by its files, which can be put back");
  config_version made;
  made.id = in.ids.next(in.clock.now());
  made.hash = (*old)->hash;
  made.is = config_version::kind::published;
  made.instead_of = (*head)->id;
  made.rollback_of = (*old)->id;
  made.at = in.clock.now();
  made.by = (*person)->email;
  made.reason = how.reason;
  const auto put = log.publish(made, *texts);
  if (!put) return fail(put.error().text);
  if (!*put) return fail("somebody has published at this moment: look at what runs now");
  const auto all = wait_for_engines(log, made.id);
  if (all) {
    std::printf("%zu engines run %s\n", *all, made.hash.c_str());
    return 0;
  }
  if (all.error().code == error_code::conflict) {
    const auto taken_back = log.withdraw(made.id);
    return fail(all.error().text +
                (!taken_back     ? "; " + taken_back.error().text
                   : *taken_back ? "; it was taken back"
                                 : "; it is taken back, or another was published already"));
  }
  return fail(all.error().text);
}

int reload(const common& with) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  publications in;
  if (!in.open(*settings)) return 1;
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  std::error_code failed;
  const auto base = folder_of(with.config);
  const auto here = fs::weakly_canonical(base.empty() ? "." : base, failed).string();
  const auto mine = [&]() -> std::optional<ports::engine_node> {
    const auto nodes = in.log().nodes(api::node_silence);
    if (!nodes) return std::nullopt;
    for (const auto& each : *nodes)
      if (each.pid != 0 && each.host == host && each.folder == here && ::kill(pid_t(each.pid), 0) == 0)
        return each;
    return std::nullopt;
  };
  const auto before = mine();
  if (!before) return fail("no engine runs on " + here + " here");
  if (::kill(pid_t(before->pid), SIGHUP) != 0)
    return fail("the engine may not be told: run this as its user");
  const auto last = std::chrono::steady_clock::now() + waits_for_engines;
  for (; std::chrono::steady_clock::now() < last; std::this_thread::sleep_for(asks_every)) {
    const auto now = mine();
    if (!now || now->answers <= before->answers) continue;
    if (!now->answer.empty()) return fail("it runs on with what it had: " + now->answer);
    std::printf("configuration=%s\n", now->configuration.c_str());
    return 0;
  }
  return fail("the engine has not answered yet: its log tells");
}

} // namespace aorta::cli
