// `aorta import`: a laboratory's file. The running engine takes it in; `--dry-run` asks the store alone.
#include "engine/api/imports.hpp"
#include "engine/cli/commands.hpp"
#include "engine/config/section.hpp"
#include "engine/gateway/file_trial.hpp"
#include "routes/of_settings.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <unistd.h>

namespace aorta::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 200ms;
constexpr auto until_told = 10s; ///< that no engine takes it

/// Where a laboratory's files go.
struct way_in {
  const config::route* route = nullptr;
  std::string listener;
};

result<way_in> way_of(const config::settings& settings, const std::string& lab) {
  std::vector<std::string> known;
  for (const auto& route : settings.routes)
    for (const auto& from : route.from) {
      if (!from.starts_with(config::files_listener)) continue;
      const auto& files = settings.files.at(from.substr(config::files_listener.size()));
      if (files.lab == lab) return way_in{&route, from};
      known.push_back(files.lab);
    }
  const auto hint = config::suggest(lab, known);
  return error{error_code::unknown_key, "",
               "no route takes files of laboratory '" + lab + "'" +
                 (hint.empty()
                    ? ": it needs [csv] in its profile, [files.NAME] in aorta.toml, and a route with "
                      "from = [\"files:NAME\"]"
                    : "; " + hint)};
}

void print_counts(const std::map<std::string, uint64_t>& counts) {
  for (const auto& [word, count] : counts)
    std::printf("  %-10s %llu\n", word.c_str(), static_cast<unsigned long long>(count));
}

/// What went wrong, a line each; the rest is in the counts.
void print_trouble(std::string_view lines) {
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    rapidjson::Document said;
    said.Parse(lines.data(), end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (said.HasParseError() || !said.IsObject() || !said.HasMember("code")) continue;
    const auto text = [&](const char* key) { return said.HasMember(key) ? said[key].GetString() : ""; };
    std::printf("  line %llu: %s%s%s\n", static_cast<unsigned long long>(said["line"].GetUint64()),
                text("where"), *text("where") == 0 ? "" : ": ", text("text"));
  }
}

class file_import {
public:
  file_import(const config::settings& settings, ports::store& store, const way_in& way, std::string lab,
              const clock_source& clock, id_source& ids)
      : settings_(settings),
        store_(store),
        way_(way),
        lab_(std::move(lab)),
        clock_(clock),
        ids_(ids) {}

  status open() {
    auto admin = store_.admin();
    if (!admin) return admin.error();
    const auto clinic = clinic_named(**admin, way_.route->clinic);
    if (!clinic) return clinic.error();
    clinic_ = *clinic;
    auto session = store_.records();
    if (!session) return session.error();
    session_ = std::move(*session);
    return done{};
  }

  /// False: not all of it is good.
  result<bool> attempt(std::string content) {
    auto session = store_.session();
    if (!session) return session.error();
    auto route = routes::route_of(settings_, *way_.route, clock_, ids_);
    route.clinic = clinic_;
    route.explains = true;
    route.stores = false;
    gateway::looking_only lane(session->get());
    const auto tried = gateway::try_file(route, std::move(content), lane);
    if (!tried) return tried.error();
    if (!lane.why_away.empty()) return error{error_code::store_unavailable, "", lane.why_away};
    for (const auto& each : tried->parts) {
      std::printf("lines %llu-%llu: %s\n", static_cast<unsigned long long>(each.lines.first_line),
                  static_cast<unsigned long long>(each.lines.last_line), each.verdict.c_str());
      if (each.would) std::fputs(api::to_lines(*each.would).c_str(), stdout);
    }
    if (tried->parts.size() == gateway::most_tried_parts) std::printf("(only these are shown one by one)\n");
    if (tried->partial) std::printf("(only the first %zu orders were tried)\n", gateway::most_tried);
    std::printf("%llu rows, nothing was filed:\n", static_cast<unsigned long long>(tried->rows));
    print_counts(tried->counts);
    return !tried->counts.contains("failed");
  }

  result<bool> take_in(const std::string& name, const std::string& content) {
    const auto id = ids_.next(clock_.now());
    const auto begun = api::begin_import(*session_, clinic_, id, clock_.now(), "command line",
                                         {lab_, way_.listener}, name, content);
    if (!begun) return begun.error();
    const bool on_terminal = isatty(fileno(stderr)) != 0;
    const auto since = std::chrono::steady_clock::now();
    bool told = false;
    for (;;) {
      std::this_thread::sleep_for(between_looks);
      const auto job = read(id);
      if (!job) return job.error();
      const auto place = api::import_place_from(job->place).value_or(api::import_place{});
      if (job->is != ports::job_state::running) {
        if (on_terminal) std::fputs("\r\033[K", stderr);
        return report(*job, place);
      }
      if (on_terminal)
        std::fprintf(stderr, "\r%lld of %llu rows", static_cast<long long>(job->resources),
                     static_cast<unsigned long long>(place.rows));
      if (told || place.rows > 0 || std::chrono::steady_clock::now() - since < until_told) continue;
      told = true;
      std::fprintf(stderr, "aorta: import %s waits until an engine runs on this store (aorta serve)\n",
                   to_text(id).c_str());
    }
  }

private:
  result<ports::job> read(const uuid& id) {
    if (const auto begun = session_->begin(clinic_, false); !begun) return begun.error();
    auto found = session_->jobs().find(id);
    session_->rollback();
    if (!found) return found.error();
    if (!*found) return error{error_code::unknown_key, "", "the import is not there any more"};
    return std::move(**found);
  }

  result<bool> report(const ports::job& job, const api::import_place& place) {
    if (job.is != ports::job_state::done)
      return error{error_code::invalid, "",
                   job.fault.empty() ? "the import was ended"
                                     : job.fault + "; nothing of what follows was filed"};
    std::printf("%lld rows:\n", static_cast<long long>(job.resources));
    print_counts(place.counts);
    if (const auto begun = session_->begin(clinic_, false); !begun) return begun.error();
    const auto files = session_->jobs().files(job.id);
    if (files)
      for (const auto& each : *files)
        if (each.type == "verdicts" && each.ordinal >= place.first_verdicts)
          if (const auto lines = session_->jobs().content(job.id, each.ordinal); lines && *lines)
            print_trouble(**lines);
    session_->rollback();
    return !place.counts.contains("failed");
  }

  const config::settings& settings_;
  ports::store& store_;
  const way_in& way_;
  std::string lab_;
  const clock_source& clock_;
  id_source& ids_;
  model::clinic_id clinic_ = 0;
  std::unique_ptr<ports::record_session> session_;
};

} // namespace

int import_files(const common& with, const import_options& how) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  const auto way = way_of(*settings, how.lab);
  if (!way) return fail(way.error().text);
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto store = open_store(*settings, settings->store_migrate && !how.dry_run, clock, ids);
  if (!store) return 1;
  file_import one(*settings, *store, *way, how.lab, clock, ids);
  if (const auto opened = one.open(); !opened) return fail(opened.error().text);
  bool all_good = true;
  for (const auto& path : how.files) {
    auto content = read_file(path);
    if (!content) return fail(why_unreadable(path));
    if (how.files.size() > 1) std::printf("%s\n", path.c_str());
    const auto good = how.dry_run ? one.attempt(std::move(*content))
                                  : one.take_in(std::filesystem::path(path).filename().string(), *content);
    if (!good) {
      const auto& why = good.error();
      (void)fail(path + ": " + (why.where.empty() ? "" : why.where + ": ") + why.text);
    }
    all_good = all_good && good && *good;
  }
  return all_good ? 0 : 1;
}

} // namespace aorta::cli
