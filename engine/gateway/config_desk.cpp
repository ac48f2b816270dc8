#include "engine/gateway/config_desk.hpp"

#include "engine/telemetry/log.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>
#include <unistd.h>

namespace aorta::gateway {
namespace {

using namespace std::chrono_literals;
using api::publication_outcome;
using api::running_config;
using ports::config_texts;
using ports::config_version;
using ports::publication_log;
using telemetry::level;
using end = publication_outcome::end;
using steady = std::chrono::steady_clock;

constexpr std::chrono::seconds tells_every = 5s, tries_every = 10s, waits_for_nodes = 4s;
constexpr std::chrono::seconds young = 60s, alone_after = 24h;
constexpr auto asks_nodes_every = 100ms;
constexpr int versions_looked_at = 200;

std::string name_of_this_host() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

std::string below(const std::string& path, const std::string& folder) {
  const auto base = folder.empty() ? std::string() : folder + "/";
  return path.starts_with(base) ? path.substr(base.size()) : path;
}

const diagnostic* first_error(const std::vector<diagnostic>& all) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [](const auto& each) { return each.level == diagnostic::severity::error; });
  return found == all.end() ? nullptr : &*found;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& each : names) out += (out.empty() ? "" : ", ") + each;
  return out;
}

/// Why this cannot run here.
std::optional<error> fault_of(const api::checked_config& what) {
  if (const auto* first = first_error(what.complaints))
    return error{error_code::invalid, first->file + ":" + std::to_string(first->line),
                 first->text + (first->hint.empty() ? "" : ": " + first->hint)};
  if (!what.restart.empty())
    return error{error_code::invalid, "", "these need a restart: " + joined(what.restart)};
  return std::nullopt;
}

const char* const by_hand =
  "its files have been changed by hand: publish them at this node (POST /api/config/publish), or put back what they were";
const char* const by_hand_before =
  "its files were changed by hand before it took what is published: put back what they were, and change them in a draft";
const char* const two_persons =
  "two persons publish here: change the file in a draft (PUT /api/config/FOLDER/FILE), publish it, and have it approved";
const char* const changed_since =
  "other files have changed since the engine read them: have them taken over first (SIGHUP)";

/// A file that is not as it runs.
std::string first_difference(const config_texts& running, const config_texts& disk) {
  for (const auto& [file, text] : disk)
    if (const auto was = running.find(file); was == running.end() || was->second != text) return file;
  for (const auto& [file, text] : running)
    if (!disk.contains(file)) return file;
  return {};
}

publication_outcome ended(end how, error why) {
  publication_outcome out;
  out.is = how;
  out.why = std::move(why);
  return out;
}

} // namespace

struct config_desk::state {
  config::settings settings;
  running_config shown;
};

config_desk::config_desk(parts from)
    : with_(std::move(from)),
      folder_(with_.folder),
      host_(name_of_this_host()) {}

void config_desk::use(const config::settings& now) {
  auto made = std::make_shared<state>();
  made->settings = now;
  made->shown.texts = config::texts_of(now);
  made->shown.hash = ports::hash_of(made->shown.texts);
  made->shown.configuration = now.version;
  made->shown.approvals = int(now.approvals);
  const std::lock_guard hold(lock_);
  state_ = std::move(made);
}

std::shared_ptr<const config_desk::state> config_desk::now() const {
  const std::lock_guard hold(lock_);
  return state_;
}

running_config config_desk::running() const {
  const std::lock_guard hold(lock_);
  auto out = state_->shown;
  out.runs = standing_.runs;
  return out;
}

std::string config_desk::fault() const { return stands().fault; }

config_desk::standing config_desk::stands() const {
  const std::lock_guard hold(lock_);
  return standing_;
}

void config_desk::stand(standing as) {
  const std::lock_guard hold(lock_);
  standing_ = std::move(as);
}

void config_desk::answered(const status& how) {
  const std::lock_guard hold(lock_);
  ++answers_;
  answer_ = how ? "" : how.error().text;
}

api::checked_config config_desk::checked(const config::loaded& read) const {
  api::checked_config out;
  out.complaints = read.complaints;
  for (auto& each : out.complaints) each.file = below(each.file, with_.folder);
  if (!read.ok()) return out;
  auto differs = config::compare(now()->settings, read.value);
  out.live = std::move(differs.live);
  out.restart = std::move(differs.restart);
  out.without_effect = std::move(differs.kept);
  return out;
}

/// Somebody who may publish must not have any secret of this machine sent to himself: what destinations name
/// is named by what runs, or allowed beside the engine.
std::optional<diagnostic> config_desk::foreign_secret(const config::settings& of) const {
  const auto mine = now();
  std::vector<std::string> known = mine->settings.secrets;
  for (const auto& [name, to] : mine->settings.destinations)
    known.insert(known.end(), to.hidden.begin(), to.hidden.end());
  for (const auto& [name, to] : of.destinations)
    for (const auto& each : to.hidden) {
      if (std::find(known.begin(), known.end(), each) != known.end()) continue;
      diagnostic out;
      out.level = diagnostic::severity::error;
      out.file = below(to.file, with_.folder);
      out.line = out.column = 1;
      out.text = "'" + each + "' is no secret that a destination may name which comes over HTTP";
      out.hint = "add it to `secrets` of [security] in aorta.toml of each node";
      return out;
    }
  return std::nullopt;
}

api::checked_config config_desk::check(const config_texts& texts) const {
  const auto read = with_.read(texts);
  auto out = checked(read);
  if (read.ok())
    if (auto foreign = foreign_secret(read.value)) out.complaints.push_back(std::move(*foreign));
  return out;
}

api::run_cases config_desk::cases(const config_texts& texts) const {
  const auto read = with_.read(texts);
  return read.ok() && with_.cases ? with_.cases(read.value) : api::run_cases{};
}

void config_desk::look(const actors::admin_worker& by) {
  if (stopping_ || !by || looks_.exchange(true)) return;
  by.give([self = shared_from_this()](ports::message_log* in) {
    try {
      const std::lock_guard one_by_one(self->turn_);
      if (in != nullptr && !self->stopping_) self->turn(in->publications());
    } catch (const std::exception&) {
      telemetry::log(level::error, "configuration-look-failed", {{"reason", "internal"}});
    }
    self->looks_ = false;
  });
}

void config_desk::tell(const actors::admin_worker& by) {
  if (stopping_ || !by || tells_.exchange(true)) return;
  by.give([self = shared_from_this()](ports::message_log* in) {
    try {
      if (in != nullptr && !self->stopping_) self->tell_now(in->publications());
    } catch (const std::exception&) {
      telemetry::log(level::error, "configuration-not-told", {{"reason", "internal"}});
    }
    self->tells_ = false;
  });
}

void config_desk::stop(const actors::admin_worker& by) {
  if (stopping_.exchange(true) || !by) return;
  by.give([self = shared_from_this()](ports::message_log* in) {
    const std::lock_guard hold(self->telling_);
    if (in != nullptr) (void)in->publications().leave(self->with_.node);
  });
}

void config_desk::turn(publication_log& log) {
  if (to_withdraw_ && log.withdraw(*to_withdraw_)) to_withdraw_.reset();
  const auto head = log.published();
  if (!head) return;
  keep_read(log, *now(), *head);
  const auto stood = stands();
  if (!*head) {
    stand({});
    return;
  }
  const auto id = (*head)->id;
  if (stood.runs == id && now()->shown.hash == (*head)->hash) return withdraw_refused(log, **head);
  if (stood.refuses == id && steady::now() - refused_at_ < tries_every) return;
  const auto taken = follow(log, **head);
  refused_at_ = steady::now();
  if (taken) return stand(now()->shown.hash == (*head)->hash ? standing{id, {}, {}} : standing{});
  if (passes(taken.error().code) || taken.error().code == error_code::deadline) return; // the next look
  if (stood.fault != taken.error().text)
    telemetry::log(
      level::warn, "published-configuration-refused",
      {{"version", to_text(id)}, {"where", taken.error().where}, {"reason", taken.error().text}});
  stand({{}, id, taken.error().text});
}

/// Who published it may not be there any more when a node says that it cannot run it.
void config_desk::withdraw_refused(publication_log& log, const config_version& head) {
  if (!head.instead_of || with_.clock->now() - head.at > young) return;
  const auto nodes = log.nodes(api::node_silence);
  if (!nodes) return;
  for (const auto& each : *nodes) {
    const bool cannot = each.fault != by_hand && each.fault != by_hand_before &&
      each.fault != changed_since; // else a person is to say
    if (each.pid == 0 || each.refuses != head.id || !cannot) continue;
    telemetry::log(level::warn, "configuration-withdrawn",
                   {{"version", to_text(head.id)}, {"host", each.host}, {"reason", each.fault}});
    if (!log.withdraw(head.id)) return; // the next look
  }
}

/// What was read from files and nobody has published is kept, too.
void config_desk::keep_read(publication_log& log, const state& as,
                            const std::optional<config_version>& head) {
  if (kept_ == as.shown.hash) return;
  const auto mark = folder_.taken();
  if ((head && head->hash == as.shown.hash) || (mark && mark->hash == as.shown.hash)) {
    kept_ = as.shown.hash;
    return;
  }
  config_version what;
  what.id = with_.ids->next(with_.clock->now());
  what.hash = as.shown.hash;
  what.at = with_.clock->now();
  if (log.keep(what, as.shown.texts)) kept_ = as.shown.hash;
}

/// Whether nobody has changed the files since a publication gave them.
bool config_desk::is_untouched(publication_log& log, const std::string& hash) const {
  if (const auto mark = folder_.taken()) return mark->hash == hash;
  const auto all = log.versions(std::nullopt, versions_looked_at);
  return all && std::any_of(all->begin(), all->end(), [&](const auto& each) {
           return each.is == config_version::kind::published && each.hash == hash;
         });
}

/// Files that were changed by hand after they were given what is published are what is published, where no
/// other node has been for a day.
bool config_desk::publish_hand(publication_log& log, const config_version& head) {
  const auto mark = folder_.taken();
  const auto as = now();
  if (!mark || mark->id != head.id || as->shown.approvals > 1) return false;
  const auto nodes = log.nodes(alone_after);
  if (!nodes ||
      std::any_of(nodes->begin(), nodes->end(), [&](const auto& each) { return each.node != with_.node; }))
    return false;
  config_version mine;
  mine.id = with_.ids->next(with_.clock->now());
  mine.hash = as->shown.hash;
  mine.is = config_version::kind::published;
  mine.instead_of = head.id;
  mine.at = with_.clock->now();
  const auto put = log.publish(mine, as->shown.texts);
  return put && *put && folder_.note(taken_version{mine.id, mine.hash});
}

status config_desk::follow(publication_log& log, const config_version& head) {
  const auto mine = now();
  const auto disk = folder_.read();
  if (!disk) return disk.error();
  const taken_version as{head.id, head.hash};
  const auto on_disk = ports::hash_of(*disk);
  if (on_disk == head.hash && mine->shown.hash == head.hash) return folder_.note(as);
  if (on_disk == head.hash) // somebody has written it already
    return with_.adopt(
      head.hash, [&] { return folder_.note(as); }, [] {});
  const auto mark = folder_.taken();
  if (on_disk != mine->shown.hash && mark && mark->hash == on_disk) { // given and not taken over: nobody's
                                                                      // own
    auto texts = log.texts(head.id);
    return texts ? take({head, std::move(*texts)}, *disk) : status(texts.error());
  }
  if (on_disk != mine->shown.hash)
    return error{error_code::conflict, first_difference(mine->shown.texts, *disk), changed_since};
  if (!is_untouched(log, mine->shown.hash)) {
    if (publish_hand(log, head)) return done{};
    return error{error_code::conflict, "", mark && mark->id == head.id ? by_hand : by_hand_before};
  }
  auto texts = log.texts(head.id);
  if (!texts) return texts.error();
  return take({head, std::move(*texts)}, mine->shown.texts);
}

/// On the disk, and the engine by it; else as it was.
status config_desk::take(const taking& what, const config_texts& before) {
  if (auto fault = fault_of(checked(with_.read(what.texts)))) return std::move(*fault);
  const auto mark = folder_.taken();
  const auto write = [&] {
    auto good = folder_.write(before, what.texts, taken_version{what.what.id, what.what.hash});
    if (!good && good.error().code == error_code::conflict)
      return status(error{error_code::conflict, good.error().where, changed_since});
    return good;
  };
  const auto undo = [&] {
    const auto back = folder_.write(what.texts, before, mark);
    telemetry::log(level::warn, "configuration-not-adopted",
                   {{"version", to_text(what.what.id)}, {"put_back", back ? "yes" : back.error().text}});
  };
  auto adopted = with_.adopt(what.what.hash, write, undo);
  if (!adopted) return adopted;
  telemetry::log(level::info, "configuration-taken",
                 {{"version", to_text(what.what.id)}, {"hash", what.what.hash}});
  kept_ = what.what.hash;
  return adopted;
}

/// Now and then, and when something is new.
void config_desk::tell_now(publication_log& log) {
  const std::lock_guard hold(telling_);
  const auto as = now();
  const auto stood = stands();
  ports::engine_node what;
  what.node = with_.node;
  what.host = host_;
  std::error_code fault;
  what.folder = std::filesystem::weakly_canonical(with_.folder.empty() ? "." : with_.folder, fault).string();
  what.pid = ::getpid();
  what.approvals = as->shown.approvals;
  what.configuration = as->shown.configuration;
  what.hash = as->shown.hash;
  what.runs = stood.runs;
  what.refuses = stood.refuses;
  what.fault = stood.fault;
  {
    const std::lock_guard own(lock_);
    what.answers = answers_;
    what.answer = answer_;
  }
  const bool news = what.configuration != told_.configuration || what.runs != told_.runs ||
    what.refuses != told_.refuses || what.fault != told_.fault || what.answers != told_.answers;
  if (!news && steady::now() - told_at_ < tells_every) return;
  if (!log.tell(what)) return;
  told_ = std::move(what);
  told_at_ = steady::now();
}

/// Whether it could run, and how the cases end by it.
publication_outcome config_desk::trial(const api::wanted_publication& what) const {
  publication_outcome out;
  out.checked = check(what.texts);
  if (auto fault = fault_of(out.checked)) {
    out.is = end::not_valid;
    out.why = std::move(*fault);
    return out;
  }
  if (what.without_cases || !with_.cases) return out;
  out.cases = cases(what.texts);
  if (out.cases->failed.empty() || !what.despite_cases.empty()) return out;
  out.is = end::cases_failed;
  out.why = {error_code::invalid, "",
             std::to_string(out.cases->failed.size()) + " of " + std::to_string(out.cases->count) +
               " cases end otherwise: say in `despite_cases` why it should be published nevertheless"};
  return out;
}

/// Why these texts are not published now; nothing: they may be. What this node runs must be what is
/// published, or what a person has made of that by hand: else the changes of others would be lost.
std::optional<publication_outcome> config_desk::fault_of_time(const std::optional<config_version>& head,
                                                              const api::wanted_publication& what) const {
  const auto mine = now();
  const auto disk = folder_.read();
  if (!disk) return ended(end::unavailable, disk.error());
  if (ports::hash_of(*disk) != mine->shown.hash)
    return ended(end::files_changed,
                 {error_code::invalid, first_difference(mine->shown.texts, *disk), changed_since});
  const auto head_id = head ? std::optional(head->id) : std::nullopt;
  const error before{error_code::conflict, "", "somebody has published meanwhile: look at what runs now"};
  if (!what.any_before && what.instead_of != head_id) return ended(end::published_before, before);
  if (!what.base.empty() && what.base != mine->shown.hash) return ended(end::published_before, before);
  if (head && head->hash != mine->shown.hash) {
    const auto mark = folder_.taken();
    if (!mark || mark->id != head->id) return ended(end::published_before, before);
    if (what.any_before) return ended(end::files_changed, {error_code::invalid, "", by_hand});
  }
  if (ports::hash_of(what.texts) == mine->shown.hash && (!head || head->hash == mine->shown.hash))
    return ended(end::nothing_changed, {error_code::conflict, "", "all of it runs as it is"});
  return std::nullopt;
}

bool config_desk::heard_of_all(publication_log& log, const uuid& version, publication_outcome& out) const {
  auto nodes = log.nodes(api::node_silence);
  if (!nodes) return false;
  std::erase_if(*nodes, [](const auto& each) { return each.pid == 0; });
  out.nodes = std::move(*nodes);
  bool all = !out.nodes.empty();
  for (const auto& each : out.nodes) {
    if (each.refuses == version) {
      out.is = end::not_taken;
      out.why = {error_code::invalid, each.host, "a node cannot run it: " + each.fault};
      return true;
    }
    all = all && each.runs == version;
  }
  return all;
}

/// Nobody is to run it. Where that is not sure, nothing is said of how it ends.
void config_desk::take_back(publication_log& log, const uuid& id, publication_outcome& out) {
  const auto withdrawn = log.withdraw(id);
  if (withdrawn && *withdrawn) return;
  if (const auto known = log.version(id); known && *known && (*known)->is == config_version::kind::withdrawn)
    return; // another node was faster
  if (!withdrawn) to_withdraw_ = id;
  out.is = withdrawn ? end::spreading : end::unavailable;
  out.why = {error_code::store_unavailable, "",
             "a node cannot run it (" + out.why.text + "), and whether it is taken back is not known yet"};
}

/// This node first, then the others by themselves; where one cannot, nobody does.
void config_desk::spread(publication_log& log, const taking& what, const std::optional<taking>& before,
                         publication_outcome& out) {
  const auto mark = folder_.taken();
  const bool runs_already = now()->shown.hash == what.what.hash;
  const auto taken = runs_already ? folder_.note(taken_version{what.what.id, what.what.hash})
                                  : take(what, now()->shown.texts);
  if (!taken && taken.error().code != error_code::deadline) {
    out.is = end::not_taken;
    out.why = taken.error();
    return take_back(log, what.what.id, out);
  }
  out.is = end::spreading;
  if (!taken) return; // the next look tells
  stand({what.what.id, {}, {}});
  tell_now(log);
  for (const auto last = steady::now() + waits_for_nodes; steady::now() < last && !stopping_;
       std::this_thread::sleep_for(asks_nodes_every))
    if (heard_of_all(log, what.what.id, out)) {
      if (out.is == end::spreading) out.is = end::published;
      break;
    }
  if (out.is != end::not_taken) return;
  take_back(log, what.what.id, out);
  if (out.is != end::not_taken) return;
  if (runs_already) { // a person's own files stay as they are
    (void)folder_.note(mark);
    stand({});
  } else if (before && take(*before, now()->shown.texts)) stand({before->what.id, {}, {}});
  tell_now(log);
}

/// Before the first publication, what ran so far is one, so that there is something to go back to.
bool config_desk::begin_first(publication_log& log, config_version& version, std::optional<taking>& before,
                              publication_outcome& out) {
  const auto mine = now();
  config_version first;
  first.id = with_.ids->next(with_.clock->now());
  first.hash = mine->shown.hash;
  first.is = config_version::kind::published;
  first.at = version.at;
  const auto put = log.publish(first, mine->shown.texts);
  if (!put) out = ended(end::unavailable, put.error());
  else if (!*put)
    out = ended(end::published_before, {error_code::conflict, "", "somebody has published meanwhile"});
  if (!put || !*put) return false;
  before = taking{first, mine->shown.texts};
  version.instead_of = first.id;
  version.id = with_.ids->next(with_.clock->now());
  return true;
}

publication_outcome config_desk::publish(publication_log& log, const api::wanted_publication& what) {
  auto out = trial(what); // it may take its time: the look goes on meanwhile
  if (out.is == end::not_valid || out.is == end::cases_failed) return out;
  const std::lock_guard one_by_one(turn_);
  const auto head = log.published();
  if (!head) return ended(end::unavailable, head.error());
  if (auto fault = fault_of_time(*head, what)) return std::move(*fault);
  const auto nodes = log.nodes(api::node_silence);
  if (!nodes) return ended(end::unavailable, nodes.error());
  int approvals = now()->shown.approvals; // of the strictest
  for (const auto& each : *nodes) approvals = std::max(approvals, each.approvals);
  config_version version;
  version.id = with_.ids->next(with_.clock->now());
  version.hash = ports::hash_of(what.texts);
  version.at = with_.clock->now();
  version.by = what.proposed_by.empty() ? what.by : what.proposed_by;
  version.approved_by = what.proposed_by.empty() ? "" : what.by;
  version.reason = what.reason;
  version.despite_cases = out.cases && !out.cases->failed.empty() ? what.despite_cases : "";
  version.rollback_of = what.rollback_of;
  if (*head) version.instead_of = (*head)->id;
  if (approvals > 1 && what.proposed_by.empty()) {
    if (what.any_before) return ended(end::not_valid, {error_code::invalid, "", two_persons});
    version.is = config_version::kind::proposed;
    out.version = version;
    out.is = end::proposed;
    const auto kept = log.keep(version, what.texts);
    return kept ? out : ended(end::unavailable, kept.error());
  }
  version.is = config_version::kind::published;
  std::optional<taking> before;
  if (!*head) {
    if (!begin_first(log, version, before, out)) return out;
  } else if (auto texts = log.texts((*head)->id)) before = taking{**head, std::move(*texts)};
  const auto put = log.publish(version, what.texts);
  // Where the answer was lost it may be there all the same.
  const auto there = put ? result<std::optional<config_version>>(std::nullopt) : log.version(version.id);
  if (!put && !(there && *there)) return ended(end::unavailable, put.error());
  if (put && !*put)
    return ended(end::published_before, {error_code::conflict, "", "somebody has published meanwhile"});
  out.version = version;
  spread(log, {version, what.texts}, before, out);
  if (out.is == end::published || out.is == end::spreading)
    telemetry::log(level::info, "configuration-published",
                   {{"version", to_text(version.id)}, {"hash", version.hash}});
  return out;
}

result<std::vector<api::explanation>> config_desk::attempt(const comparison::parts& with,
                                                           const std::optional<config_texts>& texts,
                                                           const trial_way& by, std::string text) const {
  const auto running = now();
  std::optional<config::loaded> read;
  if (texts) read = with_.read(*texts);
  if (read && !read->ok()) return error{error_code::invalid, "", "it has faults"};
  return try_text(*with.store, *with.clock, *with.ids, read ? read->value : running->settings, by,
                  std::move(text));
}

status config_desk::shadow(shadowing& with, const config_texts& texts, api::shadow_view what) const {
  auto read = with_.read(texts);
  if (!read.ok()) return error{error_code::invalid, "", "it has faults"};
  const auto differs = config::compare(now()->settings, read.value);
  for (const auto* all : {&differs.live, &differs.restart})
    for (const auto& each : *all)
      if (!config::is_read_beside(each) && !each.starts_with("destination."))
        return error{error_code::conflict, "",
                     "aorta.toml has changed since the engine read it (" + each +
                       "): have it read first (SIGHUP)"};
  with.begin(now()->settings, std::move(read.value), std::move(what));
  return done{};
}

std::shared_ptr<const api::config_view> view_config(const std::shared_ptr<config_desk>& desk,
                                                    shadowing& beside, const comparison::parts& with) {
  auto out = std::make_shared<api::config_view>();
  out->running = [desk] { return desk->running(); };
  out->is_file = [](const std::string& name) { return config::is_read_beside(name); };
  out->check = [desk](const config_texts& texts) { return desk->check(texts); };
  out->cases = [desk](const config_texts& texts) { return desk->cases(texts); };
  out->attempt = [desk, with](const std::optional<config_texts>& texts, std::string text, size_t most,
                              const std::string& listener, const std::string& route) {
    return desk->attempt(with, texts, {listener, route, most}, std::move(text));
  };
  out->begin_shadow = [desk, &beside](const config_texts& texts, api::shadow_view what) {
    return desk->shadow(beside, texts, std::move(what));
  };
  out->end_shadow = [&beside] { beside.stop(); };
  out->shadow = [&beside] { return beside.now(); };
  out->publish = [desk](publication_log& log, const api::wanted_publication& what) {
    return desk->publish(log, what);
  };
  return out;
}

} // namespace aorta::gateway
