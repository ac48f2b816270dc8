// The running engine: everything is made here, handed to what needs it, and ended in order.
#include "engine/gateway/gateway.hpp"

#include "engine/base/version.hpp"
#include "engine/gateway/adoption.hpp"
#include "engine/gateway/alerting.hpp"
#include "engine/gateway/config_desk.hpp"
#include "engine/gateway/exporting.hpp"
#include "engine/gateway/delivering.hpp"
#include "engine/gateway/front.hpp"
#include "engine/gateway/generations.hpp"
#include "engine/gateway/gesy_desk.hpp"
#include "engine/gateway/importing.hpp"
#include "engine/gateway/lab_listener.hpp"
#include "engine/gateway/open_work.hpp"
#include "engine/gateway/erasing_again.hpp"
#include "engine/gateway/retention.hpp"
#include "engine/gateway/route_pauses.hpp"
#include "engine/gateway/profile_desk.hpp"
#include "engine/gateway/reissuing.hpp"
#include "engine/gateway/resuming.hpp"
#include "engine/gateway/service_manager.hpp"
#include "engine/gateway/serving.hpp"
#include "engine/gateway/silence_watch.hpp"
#include "engine/gateway/store_watch.hpp"
#include "engine/gateway/stranger_rows.hpp"
#include "engine/gateway/surroundings.hpp"
#include "engine/gateway/views.hpp"
#include "engine/net/mllp/open_frames.hpp"
#include "engine/telemetry/log.hpp"
#include "engine/telemetry/metrics.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/init_global_meta_objects.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <map>
#include <set>
#include <thread>

namespace aorta::gateway {

using telemetry::level;

namespace {

struct actor_config : caf::actor_system_config {
  actor_config() {
    set("scheduler.policy", caf::atom("sharing"));
    // Half the cores: the lanes' detached actors, the loop and the database want theirs. On two cores one
    // thread is also faster than two (bench/RESULTS.md): a message's next stage runs where the last one did,
    // without waking anybody.
    set("scheduler.max-threads", size_t{std::max(1u, std::thread::hardware_concurrency() / 2)});
    set("scheduler.max-throughput", size_t{64});
  }
};

} // namespace

class engine {
public:
  explicit engine(parts from)
      : settings_(std::move(from.settings)),
        store_(*from.store),
        ending_(*from.end),
        config_desk_(std::make_shared<config_desk>(config_desk::parts{
          settings_.base, to_text(ids_.next(clock_.now())), std::move(from.read), std::move(from.cases),
          [this](const std::string& hash, const auto& write, const auto& undo) {
            return adoption_.adopt(hash, write, undo);
          },
          &clock_, &ids_})),
        adoption_(
          {std::move(from.load), &store_, &loop_, [this]() -> const config::settings& { return settings_; },
           [this]() -> const routes::surroundings& { return around_; }, [this] { return front_.admin(); },
           [this] { return stopping_.load(); }, [this] { return may_adopt(); },
           [this](next_configuration& next, const routes::surroundings& around) { return use(next, around); },
           [this](const status& how) {
             config_desk_->answered(how);
             telemetry::set(metrics_.last_reload_success(), how ? 1 : 0);
             config_desk_->look(front_.patient());
             if (!stopping_) manager_.tell("READY=1");
           }}),
        system_(system_settings_) {
    around_.clock = &clock_;
    around_.ids = &ids_;
    around_.store = &store_;
    around_.metrics = &metrics_;
    around_.store_state = &store_state_;
    around_.before_work = std::move(from.before_work);
    around_.systems = systems_of(settings_.fhir);
    around_.paused = pauses_.all();
  }

  int run() {
    auto good = ensure_clinics(settings_, store_, around_);
    if (good) good = pauses_.read(store_);
    if (!good) {
      std::fprintf(stderr, "aorta: %s\n", good.error().text.c_str());
      return 1;
    }
    erasing_again_.at_start(store_);
    if (settings_.gesy)
      gesy_ = std::make_unique<gesy_desk>(gesy_desk::parts{&system_, &store_, &loop_, &clock_, &ids_},
                                          *settings_.gesy);
    delivering_ = std::make_unique<delivering>(system_, store_, loop_, metrics_, clock_, ids_,
                                               gesy_ ? gesy_->line() : nullptr);
    around_.forwarded = delivering_->forwarded();
    serving_ = std::make_unique<serving>(serving::parts{&system_, &store_, finder(), &clock_, &ids_});
    resuming_ = std::make_unique<resuming>(
      resuming::parts{&system_, &store_, finder(), &clock_, &ids_, delivering_->forwarded()});
    alerting_ = std::make_unique<alerting>(
      alerting::parts{&system_, &store_, &clock_, &ids_, delivering_->forwarded()});
    exporting_ = std::make_unique<exporting>(exporting::parts{&system_, &store_, &clock_, &ids_,
                                                              [this] { return front_.export_rules(); },
                                                              [this] { return received(); }});
    importing_ = std::make_unique<importing>(
      importing::parts{&system_, &store_, finder(), &clock_, &ids_,
                       [all = pauses_.all()](model::clinic_id clinic, const std::string& route) {
                         return all->contains(clinic, route);
                       }});
    reissuing_ = std::make_unique<reissuing>(
      reissuing::parts{&system_, &store_, finder(), &clock_, &ids_,
                       view_profiles(table_, profiles_, ids_)->profiles, [this] { return received(); }});
    silence_ = std::make_unique<silence_watch>(store_, to_text(ids_.next(clock_.now())));
    use_settings();
    watch_ = std::make_unique<store_watch>(system_, store_);
    watch_->look();
    let_desks_look();
    if (!listen()) {
      release_actors();
      return 1;
    }
    for (const int number : {SIGTERM, SIGINT}) loop_.on_signal(number, [this] { leave(); });
    loop_.on_signal(SIGHUP, [this] {
      if (!stopping_) manager_.tell_reloading();
      adoption_.reload();
    });
    std::signal(SIGPIPE, SIG_IGN);
    take_hangups();
    announce();
    tell_manager();
    loop_.run();
    release_actors();
    return 0;
  }

private:
  /// The loop and the routes' supervisors live: those that answer what has not been filed in time. A store
  /// that does not answer is no reason to be killed: a new process would find it as it is.
  void tell_manager() {
    manager_.tell("READY=1");
    if (const auto every = manager_.pings_every())
      loop_.every(unsigned(every->count()), [this] {
        std::vector<std::pair<const void*, uint64_t>> turns;
        for (const auto& each : table_.get()->entries())
          turns.emplace_back(each.board.get(), each.board->turns.load());
        if (stopping_ || pulse_.beats(turns)) manager_.tell("WATCHDOG=1"); // the end has its own deadline
      });
  }

  void let_desks_look() {
    loop_.every(store_looks_ms, [this] { watch_->look(); });
    loop_.every(serving::looks_ms, [this] {
      if (!stopping_) serving_->look();
    });
    loop_.every(resuming::looks_ms, [this] {
      if (!stopping_) resuming_->look();
    });
    loop_.every(alerting::looks_ms, [this] {
      if (!stopping_) alerting_->look();
    });
    if (gesy_)
      loop_.every(gesy_desk::looks_ms, [this] {
        if (!stopping_) gesy_->look();
      });
    loop_.every(exporting::looks_ms, [this] {
      if (!stopping_) exporting_->look();
    });
    loop_.every(importing::looks_ms, [this] {
      if (!stopping_) importing_->look();
    });
    loop_.every(reissuing::looks_ms, [this] {
      if (!stopping_) reissuing_->look();
    });
  }

  actors::route_finder finder() {
    return [this](pipeline::envelope& mail) { return table_.get()->find(mail); };
  }

  /// Messages that this node's routes were given since they began.
  uint64_t received() const {
    uint64_t out = 0;
    for (const auto& each : table_.get()->entries()) out += each.board->received;
    return out;
  }

  /// Of what comes at a listener, and not of what is run again.
  actors::route_finder heard_by(silence_watch& watch) {
    return [this, &watch, find = finder()](pipeline::envelope& mail) {
      if (mail.whole) watch.heard(mail.listener);
      if (mail.whole && !mail.refusal) shadowing_.saw(mail);
      return find(mail);
    };
  }

  /// Everything as the settings are now, but for what listens.
  void use_settings() {
    table_.set(std::make_shared<const routes::table>(system_, settings_, around_));
    front_.use(settings_, around_.systems, around_.clinics);
    delivering_->use(settings_, around_.systems, around_.clinics);
    std::vector<model::clinic_id> clinics;
    std::vector<ports::clinic> named;
    for (const auto& [code, id] : around_.clinics) {
      clinics.push_back(id);
      named.push_back({.id = id, .code = code});
    }
    reissuing_->use(std::move(named));
    resuming_->use(clinics);
    serving_->use(std::move(clinics));
    alerting_->use(settings_, around_.clinics);
    importing_->use(settings_, around_.clinics);
    silence_->use(settings_, around_.clinics);
    config_desk_->use(settings_);
    metrics_.config_is(settings_.version);
    if (gesy_) gesy_->use(around_.clinics);
  }

  /// Those of the settings that do not listen yet; all of them or none.
  status open_listeners(const config::settings& how) {
    std::map<std::string, std::unique_ptr<lab_listener>> fresh;
    for (const auto& [name, each] : how.listeners) {
      if (listeners_.contains(name)) continue;
      auto made = std::make_unique<lab_listener>(
        loop_, system_, each, heard_by(*silence_), ids_, clock_, metrics_, open_frames_,
        [this, name = name](const std::string& peer) {
          return nonsense_.count(name + " " + peer, std::chrono::steady_clock::now());
        },
        resuming_->accepted());
      if (const auto good = made->server().start(); !good)
        return error{good.error().code, "", "listener '" + name + "': " + good.error().text};
      fresh.emplace(name, std::move(made));
    }
    listeners_.merge(fresh);
    size_t largest = 0;
    for (const auto& [name, each] : how.listeners) largest = std::max(largest, each.max_frame_bytes);
    open_frames_->limit(largest);
    return done{};
  }

  /// What the API shows and does of the engine.
  api::engine_view make_view() {
    api::engine_view out;
    out.routes = [this] { return view_routes(*table_.get()); };
    out.indexes = [this](model::clinic_id clinic) { return view_indexes(*table_.get(), clinic); };
    out.pause = [paused = pauses_.all()](const ports::paused_route& what, bool now) {
      paused->set(what.clinic, what.route, now);
    };
    out.not_ready = [this] { return not_ready(); };
    out.silent = [this] {
      std::vector<api::silent_view> all;
      for (const auto& each : silence_->silent()) all.push_back({each.listener, each.clinic, each.since});
      return all;
    };
    out.warnings = [this] {
      auto all = warnings_of(*table_.get(), *resuming_, *std::atomic_load(&accepted_), delivering_->board());
      if (const auto fault = config_desk_->fault(); !fault.empty())
        all.push_back("this node does not run the configuration that is published: " + fault);
      return all;
    };
    out.metrics = [this](bool store_answers) {
      telemetry::set(metrics_.store_up(), store_answers && !store_state_.away() ? 1 : 0);
      return metrics_.text();
    };
    out.acknowledged = [&ack = metrics_.critical_ack_seconds()](std::chrono::milliseconds took) {
      telemetry::observe(ack, std::chrono::duration<double>(took).count());
    };
    out.critical_due = [this](model::clinic_id clinic) { return alerting_->due(clinic); };
    show_deliveries(out, table_, *delivering_);
    out.imports = importing_->view();
    out.mapping = view_profiles(table_, profiles_, ids_);
    out.config = view_config(config_desk_, shadowing_, {&store_, &clock_, &ids_});
    if (gesy_) out.gesy = gesy_->view();
    auto live = std::make_shared<api::live_view>();
    live->node = config_desk_->host();
    live->has_room = [this](const std::string& bearer) { return front_.live().has_room(bearer); };
    live->listeners = [this] { return *std::atomic_load(&listeners_now_); };
    live->certificates = [this] { return *std::atomic_load(&certificates_now_); };
    out.live = std::move(live);
    return out;
  }

  void note_listeners() {
    std::atomic_store(&listeners_now_, std::make_shared<const listener_views>(view_listeners(listeners_)));
    certificate_views ends;
    for (const auto& [name, each] : listeners_)
      if (const auto at = each->server().certificate_ends()) ends.push_back({name, *at});
    if (const auto at = front_.certificate_ends()) ends.push_back({"http", *at});
    for (const auto& each : ends)
      telemetry::set(metrics_.tls_not_after(each.listener),
                     std::chrono::duration<double>(each.not_after.time_since_epoch()).count());
    std::atomic_store(&certificates_now_, std::make_shared<const certificate_views>(std::move(ends)));
  }

  void start_timers() {
    loop_.every(open_work_every, [this] { count_open_work(); });
    loop_.every(store_looks_ms, [this] { erasing_again_.look(front_.admin()); });
    retention_.sweep(front_.admin(), settings_.keeps);
    loop_.every(retention_looks_ms, [this] {
      if (const auto admin = front_.admin()) retention_.sweep(admin, settings_.keeps);
    });
    loop_.every(pauses_every, [this] {
      if (const auto admin = front_.admin()) pauses_.look(admin);
    });
    loop_.every(silence_watch::looks_ms, [this] {
      if (const auto admin = front_.admin(); admin && !stopping_) silence_->look(admin);
    });
    loop_.every(config_desk::looks_ms, [this] {
      config_desk_->look(front_.patient());
      config_desk_->tell(front_.admin());
    });
    note_listeners();
    loop_.every(live_feeds::looks_ms, [this] {
      note_listeners();
      if (const auto admin = front_.admin(); admin && !stopping_) front_.live().look(admin, clock_.now());
    });
    loop_.every(500, [this] {
      front_.look();
      old_tables_.end_idle(std::chrono::steady_clock::now());
      if (const auto admin = front_.admin()) stranger_rows_.tell(admin, *table_.get());
    });
  }

  bool listen() {
    const auto good = [](const status& what, const std::string& name) {
      if (!what) std::fprintf(stderr, "aorta: %s%s\n", name.c_str(), what.error().text.c_str());
      return what.ok();
    };
    if (!good(open_listeners(settings_), "")) return false;
    if (!good(front_.open(settings_, make_view()), "http: ")) return false;
    start_timers();
    return true;
  }

  std::vector<std::string> not_ready() {
    std::vector<std::string> out;
    if (leaving_ || stopping_) out.push_back("the engine is shutting down");
    for (auto& fault : faults_of(*table_.get(), store_state_)) out.push_back(std::move(fault));
    for (auto& fault : watch_->faults()) out.push_back(std::move(fault));
    return out;
  }

  /// One count at a time: a store that is slow or away must not pile them up.
  void count_open_work() {
    const auto worker = front_.admin();
    if (stopping_ || !worker || counting_.exchange(true)) return;
    std::set<std::string> labs;
    for (const auto& [name, profile] : settings_.profiles) labs.insert(profile.code);
    worker.give([this, labs = std::move(labs)](ports::message_log* admin) {
      if (admin != nullptr) {
        if (const auto at = admin->last_backup(); at && *at)
          telemetry::set(metrics_.last_backup(),
                         std::chrono::duration<double>((*at)->time_since_epoch()).count());
        if (const auto clinics = admin->access().clinics()) {
          if (const auto open = admin->open_work_of(*clinics)) gauges_.set(*open, labs);
          if (auto waiting = admin->accepted_backlogs(*clinics)) tell_backlog(std::move(*waiting));
        }
      }
      counting_ = false;
    });
  }

  /// At an admin worker. What nobody looks after is told once a minute.
  void tell_backlog(std::vector<ports::accepted_backlog> waiting) {
    gauges_.set(waiting, clock_.now());
    const auto now = std::chrono::steady_clock::now();
    const bool due = now >= backlog_told_ + std::chrono::minutes{1};
    for (const auto& each : waiting) {
      if (!due || resuming_->looks_after(each.of.id)) continue;
      backlog_told_ = now;
      telemetry::log(level::warn, "accepted-waits",
                     {{"clinic", each.of.code},
                      {"messages", std::to_string(each.count)},
                      {"remedy", "the clinic is not in the configuration: they are filed once it is"}});
    }
    std::atomic_store(&accepted_, std::make_shared<const backlogs>(std::move(waiting)));
  }

  void announce(const std::string& name, const config::listener& how) const {
    telemetry::log(level::info, "listening",
                   {{"listener", name},
                    {"mllp", how.listen.host + ":" + std::to_string(listeners_.at(name)->server().port())},
                    {"tls", how.tls.cert.empty() ? "no" : "yes"}});
  }

  void announce() {
    for (const auto& [name, how] : settings_.listeners) announce(name, how);
    telemetry::log(level::info, "listening",
                   {{"http", settings_.http.host + ":" + std::to_string(front_.port())}});
    telemetry::log(level::info, "ready",
                   {{"version", version},
                    {"configuration", settings_.version},
                    {"routes", std::to_string(settings_.routes.size())}});
  }

  /// An error: nothing else is taken over yet.
  status may_adopt() const {
    if (old_tables_.at_work() >= generations::most_at_work)
      return error{error_code::invalid, "",
                   "routes of earlier configurations still have work to do; try again later"};
    return done{};
  }

  status use(next_configuration& next, const routes::surroundings& around) {
    std::set<std::string> before;
    for (const auto& [name, each] : listeners_) before.insert(name);
    if (const auto good = open_listeners(next.settings); !good)
      return refuse_reload(good.error().text, settings_);
    settings_ = next.settings;
    around_ = around;
    around_.systems = systems_of(settings_.fhir);
    telemetry::open_log(settings_.log_level, settings_.log_format == "json");
    const auto old = table_.get();
    use_settings();
    for (const auto& [name, how] : settings_.listeners) {
      if (before.contains(name)) listeners_.at(name)->use(how, next.listeners[name]);
      else announce(name, how);
    }
    front_.renew(settings_, next.http);
    old_tables_.give_way(
      old, [this] { return table_.get(); },
      [this](std::function<void()> what) { loop_.post(std::move(what)); });
    tell_reloaded(next);
    return done{};
  }

  /// A balancer has to see first that this node is not ready: whoever it sent here meanwhile is served.
  void leave() {
    if (settings_.leave.count() == 0 || leaving_.exchange(true)) return stop();
    telemetry::log(level::info, "leaving", {{"seconds", std::to_string(settings_.leave.count())}});
    using std::chrono::microseconds;
    manager_.tell(
      "EXTEND_TIMEOUT_USEC=" +
      std::to_string(microseconds(settings_.leave + settings_.stop + std::chrono::seconds{5}).count()));
    loop_.every(unsigned(std::chrono::milliseconds(settings_.leave).count()), [this] { stop(); });
  }

  /// From the front: no new connections and bytes, then what is in flight, then its replies, then the rest.
  /// What is not done in time is broken off.
  void stop() {
    if (stopping_.exchange(true)) return;
    telemetry::log(level::info, "stopping");
    manager_.tell("STOPPING=1");
    // It may still be called when this engine has ended: the store outlives it, and a letter to a loop that
    // is gone is not read.
    ending_.begin(settings_.stop, [this, mail = loop_.mail(), store = &store_, told = false]() mutable {
      if (!std::exchange(told, true)) mail->post([this] { end_interrupted(); });
      store->interrupt();
    });
    for (const auto& [name, each] : listeners_) each->server().stop_accepting();
    front_.stop_accepting();
    delivering_->stop();
    config_desk_->stop(front_.admin());
    table_.get()->drain([this] { loop_.post([this] { loop_.every(10, [this] { end_when_answered(); }); }); });
  }

  /// The replies of drained routes are on their way through the connection actors; senders that have left
  /// never take theirs, so there is an end. What workers and admin workers work on is answered too.
  void end_when_answered() {
    int64_t owed = 0;
    for (const auto& [name, each] : listeners_) owed += each->owed();
    ++end_ticks_;
    const bool calls_wait = front_.owes();
    if (!calls_wait && owed == 0 && delivering_->ended()) return end_now();
    if (end_ticks_ < most_ticks_for_replies) return;
    if (!calls_wait) return end_now();
    ending_.hurry(); // a long search, or a wait for somebody's lock: it is told that the store is away
  }

  /// What lanes still work on is not answered any more: its senders send it again. Calls hear that the store
  /// is away.
  void end_interrupted() {
    for (const auto& [name, each] : listeners_) each->server().close_all();
    loop_.every(10, [this] {
      ++ticks_since_interruption_;
      if (!front_.owes() || ticks_since_interruption_ > most_ticks_for_calls) end_now();
    });
  }

  void end_now() {
    if (std::exchange(closing_, true)) return;
    for (const auto& [name, each] : listeners_) each->server().close_all();
    front_.close_all();
    loop_.every(10, [this] { loop_.stop(); }); // after the last writes
  }

  /// The actor system waits for its detached actors until nobody holds their handles. Those at work may still
  /// ask for the table and reply to listeners: both outlive them.
  void release_actors() {
    watch_->stop();
    serving_->stop();
    resuming_->stop();
    alerting_->stop();
    exporting_->stop();
    importing_->stop();
    reissuing_->stop();
    if (gesy_) gesy_->stop();
    shadowing_.stop();
    delivering_->release();
    front_.release();
    for (const auto& [name, each] : listeners_) each->let_go();
    old_tables_.end_all();
    table_.get()->retire();
    table_.set(std::make_shared<const routes::table>());
  }

  config::settings settings_;
  ports::store& store_;
  ending& ending_;
  system_clock_source clock_;
  uuid_v7_source ids_;
  telemetry::metrics metrics_;
  service_manager manager_;
  pulse pulse_; ///< the loop's
  actors::store_board store_state_;
  routes::surroundings around_;
  actor_config system_settings_;
  net::loop loop_;
  routes::current_table table_;
  generations old_tables_;
  std::map<std::string, std::unique_ptr<lab_listener>> listeners_; ///< by name
  open_work_gauges gauges_{metrics_};
  std::atomic<bool> counting_{false};
  using backlogs = std::vector<ports::accepted_backlog>;
  std::shared_ptr<const backlogs> accepted_ = std::make_shared<const backlogs>(); ///< read and swapped
                                                                                  ///< atomically
  using listener_views = std::vector<api::listener_view>;
  using certificate_views = std::vector<api::certificate_view>;
  std::shared_ptr<const certificate_views> certificates_now_ =
    std::make_shared<const certificate_views>(); ///< likewise
  std::shared_ptr<const listener_views> listeners_now_ =
    std::make_shared<const listener_views>();            ///< likewise
  std::chrono::steady_clock::time_point backlog_told_{}; ///< of whoever counts
  static constexpr int open_work_every = 5000;           ///< ms: what scrapes see is at most this old
  route_pauses pauses_;
  static constexpr unsigned pauses_every = 1000; ///< ms: how late other nodes hear of it
  std::unique_ptr<store_watch> watch_;
  std::unique_ptr<delivering> delivering_;
  std::unique_ptr<serving> serving_;
  std::unique_ptr<resuming> resuming_;
  std::unique_ptr<alerting> alerting_;
  std::unique_ptr<exporting> exporting_;
  std::unique_ptr<importing> importing_;
  std::unique_ptr<reissuing> reissuing_;
  std::shared_ptr<config_desk> config_desk_;
  shadowing shadowing_{{&store_, &clock_, &ids_}};
  profile_desk profiles_{*config_desk_};
  adoption adoption_;
  std::unique_ptr<gesy_desk> gesy_; ///< null: there is no [gesy]
  std::unique_ptr<silence_watch> silence_;
  static constexpr unsigned store_looks_ms = 60'000, retention_looks_ms = 10'000;
  retention retention_{store_, clock_, ids_};
  erasing_again erasing_again_;
  front front_{{&loop_, &system_, &store_, &metrics_, &clock_, &ids_, finder()}};
  strangers nonsense_; ///< by listener and peer
  stranger_rows stranger_rows_{system_, front_.unknown(), nonsense_, clock_, ids_};
  std::shared_ptr<net::open_frames> open_frames_ = std::make_shared<net::open_frames>();
  std::atomic<bool> leaving_{false}, stopping_{false};
  bool closing_ = false;                            ///< the loop's
  static constexpr int most_ticks_for_replies = 50; ///< of 10 ms
  static constexpr int most_ticks_for_calls = 30;   ///< of 10 ms, once they were interrupted
  int end_ticks_ = 0, ticks_since_interruption_ = 0;
  caf::actor_system system_; ///< ends first: it waits for its actors, which use everything above
};

gateway::gateway(parts from) : engine_(std::make_unique<engine>(std::move(from))) {}
gateway::~gateway() = default;
int gateway::run() { return engine_->run(); }

} // namespace aorta::gateway
