#include "engine/gateway/importing.hpp"

#include "actors/rerun.hpp"
#include "engine/gateway/file_trial.hpp"
#include "engine/gateway/filed_before.hpp"
#include "engine/gateway/import_folder.hpp"
#include "engine/gateway/turns.hpp"
#include "engine/http/json.hpp"
#include "engine/pipeline/file_mail.hpp"
#include "engine/telemetry/log.hpp"
#include "routes/of_settings.hpp"

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>

namespace aorta::gateway {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using telemetry::level;

/// One laboratory's files in one clinic, as they are configured now.
struct source {
  model::clinic_id clinic = 0;
  std::string lab, listener;
  std::shared_ptr<const pipeline::route> route;
  std::shared_ptr<import_folder> folder; ///< null: none is watched
};
using sources = std::vector<source>;

const source* find_source(const sources& among, model::clinic_id clinic, const std::string& lab) {
  const auto found = std::find_if(among.begin(), among.end(),
                                  [&](const auto& each) { return each.clinic == clinic && each.lab == lab; });
  return found == among.end() ? nullptr : &*found;
}

/// What came of the parts that are at a route.
struct answers {
  explicit answers(size_t count) : verdicts(count), left(count) {}
  std::mutex lock;
  std::condition_variable all_there;
  std::vector<std::optional<pipeline::file_verdict>> verdicts;
  size_t left;

  void take(size_t place, pipeline::file_verdict what) {
    const std::lock_guard hold(lock);
    verdicts[place] = std::move(what);
    if (--left == 0) all_there.notify_one();
  }
};

void add_line(std::string& to, const lab::sheet_part& of, const pipeline::file_verdict& what) {
  http::json out;
  out.open().field("line", of.first_line).field("to_line", of.last_line).field("rows", int64_t{of.rows});
  out.field("verdict", what.word);
  if (!of.bytes.empty()) out.field("message", to_text(what.message));
  if (!what.code.empty()) out.field("code", what.code).field("text", what.text);
  if (!what.where.empty()) out.field("where", what.where);
  out.close();
  (to += out.take()) += '\n';
}

result<std::string> content_of(const std::filesystem::path& path) {
  const error unreadable{error_code::invalid, "", "the file could not be read"};
  try {
    if (std::filesystem::file_size(path) > api::most_import_bytes)
      return error{error_code::invalid, "", "the file is larger than 256 MB: divide it"};
    std::ifstream in(path, std::ios::binary);
    std::string out{std::istreambuf_iterator<char>(in), {}};
    return in.good() || in.eof() ? result<std::string>(std::move(out)) : unreadable;
  } catch (const std::exception&) { // what() names the file
    return unreadable;
  }
}

} // namespace

/// Everything but `begin`, `end`, `use` and the view happens on the turns' thread.
class importing::desk : public std::enable_shared_from_this<desk> {
public:
  explicit desk(parts with)
      : with_(std::move(with)),
        owner_(to_text(with_.ids->next(with_.clock->now()))),
        turns_(*with_.actors, with_.store, "import-failed") {}

  void begin() {
    const auto self = shared_from_this();
    turns_.begin([self](ports::message_log* admin) { self->turn(admin); },
                 [self] {
                   self->session_.reset();
                   self->at_work_.clear();
                   self->rest_until_ = steady::now() + pause;
                 });
  }

  void end() {
    ended_ = true;
    turns_.end();
  }

  void use(const config::settings& settings, const std::map<std::string, model::clinic_id>& clinics) {
    auto made = std::make_shared<sources>();
    for (const auto& how : settings.routes)
      for (const auto& from : how.from) {
        if (!pipeline::is_file(from)) continue;
        const auto& files = settings.files.at(from.substr(config::files_listener.size()));
        auto route = std::make_shared<pipeline::route>(
          routes::route_of(settings, how, *with_.clock, *with_.ids));
        route->clinic = clinics.at(how.clinic);
        route->explains = true;
        route->stores = false;
        made->push_back({route->clinic, files.lab, from, std::move(route), nullptr});
        if (!files.folder.empty()) made->back().folder = std::make_shared<import_folder>(files);
      }
    std::atomic_store(&sources_, std::shared_ptr<const sources>(std::move(made)));
  }

  id_source* ids() const { return with_.ids; }
  std::shared_ptr<const sources> now() const { return std::atomic_load(&sources_); }

  /// From any thread.
  result<std::string> attempt(model::clinic_id clinic, const std::string& lab, std::string content) const {
    const auto all = now();
    const auto* from = find_source(*all, clinic, lab);
    if (from == nullptr) return error{error_code::unknown_key, "", "this laboratory has no files any more"};
    auto session = with_.store->session();
    if (!session) return session.error();
    looking_only lane(session->get());
    const auto tried = try_file(*from->route, std::move(content), lane);
    if (!tried) return tried.error();
    if (!lane.why_away.empty()) return error{error_code::store_unavailable, "", lane.why_away};
    return to_json(*tried);
  }

private:
  void turn(ports::message_log* admin) {
    if (steady::now() < rest_until_) return;
    const auto all = now();
    bool any = false, away = admin == nullptr;
    for (const auto& each : *all) { // what fails of one of them holds up no other
      if (ended_) return;
      if (away) break;
      const auto did = work(*admin, each);
      any = any || (did && *did);
      if (did) continue;
      away = did.error().code == error_code::store_unavailable;
      telemetry::log(level::warn, "import-delayed",
                     {{"files", each.listener}, {"reason", std::string(name(did.error().code))}});
      if (session_) session_->rollback();
      session_.reset();
      at_work_.erase(each.listener);
    }
    const auto rest = away ? std::chrono::duration_cast<steady::duration>(pause)
      : any                ? steady::duration{0}
                           : std::chrono::duration_cast<steady::duration>(between_looks);
    rest_until_ = std::max(rest_until_, steady::now() + rest);
  }

  /// Whether it came further; an error: the store did not answer.
  result<bool> work(ports::message_log& admin, const source& at) {
    if (!session_) {
      auto opened = with_.store->records();
      if (!opened) return opened.error();
      session_ = std::move(*opened);
    }
    auto& in = *session_;
    const auto waiting = running(in, at);
    if (!waiting) return waiting.error();
    if (at.folder != nullptr && steady::now() >= next_folders_[at.listener]) {
      next_folders_[at.listener] = steady::now() + between_looks;
      if (const auto looked = look_into(in, at, *waiting); !looked) return looked.error();
    }
    if (with_.paused(at.clinic, at.route->how.name)) return false;
    if (const auto begun = in.begin(at.clinic, true); !begun) return begun.error();
    auto taken = in.jobs().take(api::import_kind_of(at.lab), owner_, lease);
    if (!taken) return taken.error();
    if (const auto kept = in.commit(); !kept) return kept.error();
    if (!*taken) return false;
    return go_on(admin, in, at, std::move(**taken));
  }

  static result<int> running(ports::record_session& in, const source& at) {
    if (const auto begun = in.begin(at.clinic, false); !begun) return begun.error();
    auto out = in.jobs().running(api::import_kind_of(at.lab));
    in.rollback();
    return out;
  }

  // --- folders

  void warn_of_folder(const error& why) {
    if (steady::now() < next_warning_) return;
    next_warning_ = steady::now() + 1min;
    telemetry::log(level::warn, "import-folder", {{"folder", why.where}, {"reason", why.text}});
  }

  /// `waiting`: imports of this laboratory that have not ended.
  status look_into(ports::record_session& in, const source& at, int waiting) {
    if (const auto looked = at.folder->take(*with_.ids, with_.clock->now()); !looked)
      warn_of_folder(looked.error());
    for (const auto& each : at.folder->all_taken()) {
      if (ended_) return done{};
      const auto begun = look_after(in, at, each, waiting < api::most_waiting_imports);
      if (!begun) return begun.error();
      waiting += *begun ? 1 : 0;
    }
    return done{};
  }

  /// It gets its import, if there is `room` for one, and is put away when that has ended. Whether one began.
  result<bool> look_after(ports::record_session& in, const source& at, const import_folder::taken& what,
                          bool room) {
    if (const auto begun = in.begin(at.clinic, false); !begun) return begun.error();
    const auto job = in.jobs().find(what.id);
    in.rollback();
    if (!job) return job.error();
    if (*job) {
      if ((*job)->is != ports::job_state::running) put_away(at, what, **job);
      return false;
    }
    if (!room) return false;
    const auto content = content_of(what.path);
    const auto begun = content ? api::begin_import(in, at.clinic, what.id, with_.clock->now(), "folder",
                                                   {at.lab, at.listener}, what.name, *content)
                               : status(content.error());
    if (begun) return true;
    if (begun.error().code == error_code::conflict) return false; // another node was first
    if (begun.error().code != error_code::invalid) return begun.error();
    if (const auto away = at.folder->put_away(what, begun.error().text); !away) warn_of_folder(away.error());
    return false;
  }

  void put_away(const source& at, const import_folder::taken& what, const ports::job& of) {
    std::error_code gone;
    const auto order = api::import_order_from(of.asked);
    const bool has_grown = order && std::filesystem::file_size(what.path, gone) != order->bytes && !gone &&
      of.is != ports::job_state::cancelled; // a person wants no more of it
    std::string reason;
    if (of.is != ports::job_state::done) reason = of.fault.empty() ? "the import was ended" : of.fault;
    const auto moved = has_grown ? at.folder->take_again(what, with_.ids->next(with_.clock->now()))
                                 : at.folder->put_away(what, reason);
    if (!moved) warn_of_folder(moved.error());
  }

  // --- imports

  /// A file that is at work, divided so far.
  struct current {
    uuid id;
    lab::sheet file;
    std::string layout;
    uint64_t parts = 0;                 ///< that were given out
    std::vector<lab::sheet_part> again; ///< those that could not be done yet
  };

  /// Whether it came further.
  result<bool> go_on(ports::message_log& admin, ports::record_session& in, const source& at, ports::job job) {
    auto place = api::import_place_from(job.place);
    if (!place) return fail_import(in, at, std::move(job), "its row cannot be read");
    const auto layout = at.route->profiles.at(0)->csv->fingerprint();
    if (!place->layout.empty() && place->layout != layout) { // another profile: from the beginning
      place->parts = place->rows = 0;
      place->first_verdicts = place->files;
      place->counts.clear();
      job.resources = 0;
    }
    place->layout = layout;
    auto found = at_work_.find(at.listener);
    if (found == at_work_.end() || found->second.id != job.id || found->second.layout != layout ||
        found->second.parts != place->parts) {
      auto opened = open_import(in, at, job, layout);
      if (!opened && opened.error().code != error_code::invalid) return opened.error();
      if (!opened) {
        const auto& why = opened.error();
        return fail_import(in, at, std::move(job), (why.where.empty() ? "" : why.where + ": ") + why.text);
      }
      while (opened->parts < place->parts && opened->file.next()) ++opened->parts;
      found = at_work_.insert_or_assign(at.listener, std::move(*opened)).first;
    }
    auto& file = found->second;
    place->rows = file.file.rows();
    const auto until = steady::now() + stint;
    for (;;) {
      bool waits = false;
      const auto kept = one_window(admin, in, at, file, job, *place, waits);
      if (!kept) return kept.error();
      if (!*kept || job.is != ports::job_state::running) {
        at_work_.erase(at.listener);
        return true;
      }
      if (waits || ended_ || steady::now() >= until) return !waits;
    }
  }

  result<current> open_import(ports::record_session& in, const source& at, const ports::job& job,
                              const std::string& layout) {
    if (const auto begun = in.begin(at.clinic, false); !begun) return begun.error();
    auto content = api::import_content(in, job);
    in.rollback();
    if (!content) return content.error();
    if (!*content) return error{error_code::invalid, "", "its file is gone"};
    const auto& profile = *at.route->profiles.at(0);
    auto file = lab::sheet::open(*profile.csv, profile.code, std::move(**content));
    if (!file) return file.error();
    return current{job.id, std::move(*file), layout, 0, {}};
  }

  /// False: it is not this node's any more. `waits`: some of it could not be done now.
  result<bool> one_window(ports::message_log& admin, ports::record_session& in, const source& at,
                          current& file, ports::job& job, api::import_place& place, bool& waits) {
    auto parts = std::exchange(file.again, {});
    while (parts.size() < window) {
      auto next = file.file.next();
      if (!next) break;
      parts.push_back(std::move(*next));
    }
    auto filed = file_all(admin, at, job, parts);
    if (!filed) return filed.error();
    auto& verdicts = *filed;
    if (ended_ && verdicts.empty() && !parts.empty()) return false;
    size_t done_parts = 0;
    std::string lines;
    int64_t rows = 0;
    for (; done_parts < verdicts.size() && !verdicts[done_parts].passes; ++done_parts) {
      const auto& part = parts[done_parts];
      add_line(lines, part, verdicts[done_parts]);
      place.counts[verdicts[done_parts].word] += part.rows;
      rows += part.rows;
    }
    waits = done_parts < parts.size();
    if (waits) warn_of_wait(job, verdicts[done_parts].code);
    file.again.assign(std::make_move_iterator(parts.begin() + std::ptrdiff_t(done_parts)),
                      std::make_move_iterator(parts.end()));
    place.parts += done_parts;
    file.parts = place.parts;
    job.resources += rows;
    std::optional<ports::job_file> made;
    if (!lines.empty()) made = ports::job_file{place.files++, "verdicts", rows};
    if (parts.empty()) {
      job.is = ports::job_state::done;
      job.ended = with_.clock->now();
      job.expires = *job.ended + api::import_lives;
    }
    if (waits && !made) return true;
    job.place = api::to_json(place);
    return keep(in, at, job, made, lines);
  }

  void warn_of_wait(const ports::job& of, const std::string& why) {
    if (steady::now() < next_wait_warning_) return;
    next_wait_warning_ = steady::now() + 1min;
    telemetry::log(level::warn, "import-waits", {{"job", to_text(of.id)}, {"reason", why}});
  }

  result<bool> keep(ports::record_session& in, const source& at, const ports::job& job,
                    const std::optional<ports::job_file>& made, const std::string& lines) {
    std::string content;
    if (made) {
      auto sealed = in.jobs().sealed(lines);
      if (!sealed) return sealed.error();
      content = std::move(*sealed);
    }
    if (const auto begun = in.begin(at.clinic, true); !begun) return begun.error();
    const auto kept = in.jobs().advance(job, made, content, owner_, lease);
    if (!kept) return kept.error();
    if (const auto committed = in.commit(); !committed) return committed.error();
    if (*kept && job.is != ports::job_state::running)
      telemetry::log(level::info, "import-ended",
                     {{"job", to_text(job.id)},
                      {"state", std::string(ports::name(job.is))},
                      {"rows", std::to_string(job.resources)}});
    return *kept;
  }

  /// Nothing of it is filed any more; what was stays.
  result<bool> fail_import(ports::record_session& in, const source& at, ports::job job, std::string why) {
    job.is = ports::job_state::failed;
    job.fault = std::move(why);
    job.ended = with_.clock->now();
    job.expires = *job.ended + api::import_lives;
    at_work_.erase(at.listener);
    const auto kept = keep(in, at, job, std::nullopt, {});
    if (!kept) return kept.error();
    return true;
  }

  /// In the order of `parts`; empty: the engine ends.
  result<std::vector<pipeline::file_verdict>> file_all(ports::message_log& admin, const source& at,
                                                       const ports::job& job,
                                                       const std::vector<lab::sheet_part>& parts) {
    filed_before before(admin, at.clinic, *at.route->profiles.at(0));
    std::vector<std::optional<pipeline::file_verdict>> out(parts.size());
    std::vector<std::string> bytes(parts.size());
    for (size_t i = 0; i < parts.size(); ++i) {
      if (parts[i].bytes.empty()) {
        out[i].emplace().word = parts[i].verdict;
        continue;
      }
      bytes[i] = pipeline::file_bytes(parts[i].bytes);
      if (!parts[i].unreadable) continue;
      auto failed = before.failed(bytes[i]);
      if (!failed) return failed.error();
      out[i] = std::move(*failed);
    }
    if (!give(at, job, parts, bytes, out)) return std::vector<pipeline::file_verdict>();
    std::vector<size_t> again;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (!out[i]->before || out[i]->word == "failed") continue;
      const auto differs = before.stands_instead(parts[i].bytes, out[i]->message);
      if (!differs) return differs.error();
      if (differs->empty()) continue;
      bytes[i] = pipeline::file_bytes_again(parts[i].bytes, *differs);
      again.push_back(i);
      out[i].reset();
    }
    if (!give(at, job, parts, bytes, out)) return std::vector<pipeline::file_verdict>();
    for (const auto i : again)
      if (out[i]->before) out[i]->word = "held"; // it was asked already
    std::vector<pipeline::file_verdict> all;
    all.reserve(out.size());
    for (auto& each : out) all.push_back(std::move(*each));
    return all;
  }

  /// Fills what `out` lacks; false: the engine ends.
  bool give(const source& at, const ports::job& job, const std::vector<lab::sheet_part>& parts,
            std::vector<std::string>& bytes, std::vector<std::optional<pipeline::file_verdict>>& out) {
    std::vector<size_t> given;
    for (size_t i = 0; i < parts.size(); ++i)
      if (!out[i]) given.push_back(i);
    if (given.empty()) return true;
    const auto wait_for = std::make_shared<answers>(given.size());
    for (size_t n = 0; n < given.size(); ++n)
      file_one(at, job, parts[given[n]], bytes[given[n]],
               [wait_for, n, since = job.created](const pipeline::envelope& done) {
                 wait_for->take(n, pipeline::verdict_of(done, since));
               });
    std::unique_lock hold(wait_for->lock);
    const auto until = steady::now() + longest_wait;
    while (wait_for->left > 0 && steady::now() < until) {
      if (ended_) return false;
      wait_for->all_there.wait_for(hold, 100ms);
    }
    for (size_t n = 0; n < given.size(); ++n) {
      auto& made = out[given[n]];
      made = std::move(wait_for->verdicts[n]);
      if (!made) {
        made.emplace().word = "failed";
        made->code = name(error_code::deadline);
        made->passes = true;
      }
    }
    return true;
  }

  void file_one(const source& at, const ports::job& job, const lab::sheet_part& part, std::string bytes,
                std::function<void(pipeline::envelope&)> settled) const {
    auto mail = std::make_shared<pipeline::envelope>();
    mail->bytes = std::move(bytes);
    mail->listener = at.listener;
    mail->peer = "import " + to_text(job.id) + " line " + std::to_string(part.first_line);
    mail->received_at = with_.clock->now();
    mail->arrived = steady::now();
    mail->id = with_.ids->next(mail->received_at);
    mail->clinic = at.clinic;
    const auto to = with_.find(*mail);
    if (to.route && to.clinic == at.clinic)
      return actors::run(*with_.actors, to, std::move(mail), std::move(settled));
    mail->fail({error_code::deadline, "", "no route takes it now"});
    settled(*mail);
  }

  static constexpr size_t window = 256;            ///< parts at a route at once
  static constexpr std::chrono::seconds lease{30}; ///< as long another node waits when this one has died
  static constexpr std::chrono::milliseconds stint{500}, between_looks = 1s, pause = 2s;
  static constexpr std::chrono::seconds longest_wait{20}; ///< for a window's answers, within the lease; what
                                                          ///< comes later is known by its key

  parts with_;
  std::string owner_;
  turns turns_;
  std::atomic<bool> ended_{false};
  std::shared_ptr<const sources> sources_ = std::make_shared<const sources>(); ///< atomic_load, atomic_store
  std::unique_ptr<ports::record_session> session_;
  std::map<std::string, current> at_work_;                 ///< by listener
  std::map<std::string, steady::time_point> next_folders_; ///< by listener
  steady::time_point rest_until_{}, next_warning_{}, next_wait_warning_{};
};

importing::importing(parts from) : desk_(std::make_shared<desk>(std::move(from))) {}

void importing::use(const config::settings& settings,
                    const std::map<std::string, model::clinic_id>& clinics) {
  desk_->use(settings, clinics);
}

void importing::look() { desk_->begin(); }

void importing::stop() { desk_->end(); }

std::shared_ptr<const api::import_view> importing::view() const {
  auto out = std::make_shared<api::import_view>();
  out->source = [desk = desk_](model::clinic_id clinic, const std::string& lab) {
    const auto all = desk->now();
    const auto* found = find_source(*all, clinic, lab);
    return found == nullptr ? std::string() : found->listener;
  };
  out->attempt = [desk = desk_](model::clinic_id clinic, const std::string& lab, std::string content) {
    return desk->attempt(clinic, lab, std::move(content));
  };
  out->ids = desk_->ids();
  return out;
}

} // namespace aorta::gateway
