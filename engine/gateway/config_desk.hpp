// This node's configuration among those of all nodes: what is published is taken over, and what a person
// changes here is published.
#pragma once

#include "actors/workers.hpp"
#include "engine/api/publishing.hpp"
#include "engine/config/load.hpp"
#include "engine/gateway/config_folder.hpp"
#include "engine/gateway/message_trial.hpp"
#include "engine/gateway/shadowing.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace aorta::gateway {

/// The cases beside a configuration, as they end by these settings.
using case_trial = std::function<api::run_cases(const config::settings&)>;
/// The configuration as it would be with these texts beside aorta.toml.
using config_trial = std::function<config::loaded(const ports::config_texts&)>;

class config_desk : public std::enable_shared_from_this<config_desk> {
public:
  struct parts {
    std::string folder; ///< of aorta.toml
    std::string node;   ///< this engine's name among the nodes
    config_trial read;
    case_trial cases; ///< null: there are none
    /// See adoption::adopt.
    std::function<status(const std::string& hash, const std::function<status()>& write,
                         const std::function<void()>& undo)>
      adopt;
    const clock_source* clock = nullptr;
    id_source* ids = nullptr;
  };
  explicit config_desk(parts from);

  /// The engine runs by these now. On the loop's thread.
  void use(const config::settings& now);
  /// It was told to read its files anew, and has. Any thread.
  void answered(const status& how);
  /// For a timer: nothing while the last look is at work. Takes over what is published.
  void look(const actors::admin_worker& by);
  /// For a timer: tells the store what this node runs, also while a look or a publication takes its time.
  void tell(const actors::admin_worker& by);
  /// No look any more; the nodes are told.
  void stop(const actors::admin_worker& by);
  static constexpr unsigned looks_ms = 1000;

  api::running_config running() const;
  const std::string& host() const { return host_; } ///< this machine's name
  /// Why this node does not run what is published; empty: it does, or nothing is.
  std::string fault() const;

  // What follows is for workers: it may take its time.

  api::checked_config check(const ports::config_texts& texts) const;
  api::run_cases cases(const ports::config_texts& texts) const;
  /// By what runs, or by texts; see gateway::try_text.
  result<std::vector<api::explanation>> attempt(const comparison::parts& with,
                                                const std::optional<ports::config_texts>& texts,
                                                const trial_way& by, std::string text) const;
  status shadow(shadowing& with, const ports::config_texts& texts, api::shadow_view what) const;
  api::publication_outcome publish(ports::publication_log& log, const api::wanted_publication& what);

private:
  struct state; ///< what runs
  struct taking {
    ports::config_version what;
    ports::config_texts texts;
  };
  /// Of the published version, as far as this node has come.
  struct standing {
    std::optional<uuid> runs, refuses;
    std::string fault;
  };
  std::shared_ptr<const state> now() const;
  standing stands() const;
  void stand(standing as);
  api::checked_config checked(const config::loaded& read) const;
  std::optional<diagnostic> foreign_secret(const config::settings& of) const;
  void turn(ports::publication_log& log);
  void withdraw_refused(ports::publication_log& log, const ports::config_version& head);
  void keep_read(ports::publication_log& log, const state& as,
                 const std::optional<ports::config_version>& head);
  status follow(ports::publication_log& log, const ports::config_version& head);
  status take(const taking& what, const ports::config_texts& before);
  bool is_untouched(ports::publication_log& log, const std::string& hash) const;
  bool publish_hand(ports::publication_log& log, const ports::config_version& head);
  void tell_now(ports::publication_log& log);
  api::publication_outcome trial(const api::wanted_publication& what) const;
  std::optional<api::publication_outcome> fault_of_time(const std::optional<ports::config_version>& head,
                                                        const api::wanted_publication& what) const;
  bool begin_first(ports::publication_log& log, ports::config_version& version, std::optional<taking>& before,
                   api::publication_outcome& out);
  void spread(ports::publication_log& log, const taking& what, const std::optional<taking>& before,
              api::publication_outcome& out);
  void take_back(ports::publication_log& log, const uuid& id, api::publication_outcome& out);
  bool heard_of_all(ports::publication_log& log, const uuid& version, api::publication_outcome& out) const;

  parts with_;
  config_folder folder_;
  std::string host_;
  std::mutex turn_;         ///< one change after the other
  mutable std::mutex lock_; ///< of what follows
  std::shared_ptr<const state> state_;
  standing standing_;
  std::string answer_;
  uint64_t answers_ = 0;
  std::string kept_;                ///< hash of what was read and is kept: under `turn_`, as what follows
  std::optional<uuid> to_withdraw_; ///< a node cannot run it, and the store did not hear so yet
  std::chrono::steady_clock::time_point refused_at_{};
  std::mutex telling_; ///< of what follows
  ports::engine_node told_;
  std::chrono::steady_clock::time_point told_at_{};
  std::atomic<bool> looks_{false}, tells_{false}, stopping_{false};
};

/// What the API sees of it. `beside` outlives it.
std::shared_ptr<const api::config_view> view_config(const std::shared_ptr<config_desk>& desk,
                                                    shadowing& beside, const comparison::parts& with);

} // namespace aorta::gateway
