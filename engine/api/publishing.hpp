// What the API sees and does of the configuration: what runs, what it would be with other texts, and
// publishing.
#pragma once

#include "engine/api/explain.hpp"
#include "engine/base/diagnostic.hpp"
#include "engine/base/result.hpp"
#include "engine/ports/publications.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace aorta::api {

struct running_config {
  std::string configuration; ///< what `aorta check` prints
  std::string hash;          ///< of the texts
  ports::config_texts texts; ///< all but aorta.toml, which is each node's own
  std::optional<uuid> runs;  ///< the published version that these are
  int approvals = 1;         ///< how many persons a publication needs
};

struct failed_case {
  std::string name;
  std::vector<std::string> differences;
};
struct run_cases {
  int count = 0;
  std::vector<failed_case> failed;
};

struct checked_config {
  std::vector<diagnostic> complaints;                     ///< `file` below the folder of aorta.toml
  std::vector<std::string> live, restart, without_effect; ///< what would change (config::changes)
  bool ok() const;
};

/// What somebody wants all nodes to run.
struct wanted_publication {
  ports::config_texts texts;
  std::string base; ///< hash of what ran when they were made of it; empty: they are a version's own
  std::string by, reason;
  std::optional<uuid> instead_of; ///< what was published when its author looked; nothing: nothing was
  std::optional<uuid> rollback_of;
  std::string despite_cases;
  std::string proposed_by; ///< who wants it, where `by` is the second person
  bool any_before = false; ///< whatever is published: the change is to one file, and made now
  bool without_cases = false;
};

struct publication_outcome {
  enum class end : uint8_t {
    published,
    spreading, ///< published; some nodes have not answered yet
    proposed,  ///< a second person is to approve
    published_before,
    nothing_changed,
    files_changed, ///< this node's files have been changed by hand since it read them
    not_valid,
    cases_failed,
    not_taken, ///< by a node: nothing is published
    unavailable
  };
  end is = end::published;
  error why; ///< of what was not done; `rejected`: a file cannot be written
  std::optional<ports::config_version> version;
  checked_config checked;
  std::optional<run_cases> cases;
  std::vector<ports::engine_node> nodes;
};

/// Which logged messages are read once more.
struct replayed_messages {
  timestamp from{};
  std::optional<timestamp> to; ///< nothing: until now
  std::string route;           ///< empty: any
};

/// A configuration that reads messages beside the one that runs, on this node, without effect: live ones
/// until a time, or logged ones.
struct shadow_view {
  struct difference {
    std::string what, where, before, after, rule; ///< gateway::reading_difference
    uint64_t messages = 0;
    std::vector<uuid> examples;
  };
  std::string hash, by;
  timestamp began{}, until{};
  bool ended = false;
  std::string fault;                                   ///< why it ended early
  uint64_t read = 0, gone = 0, differ = 0, partly = 0; ///< see gateway::comparison
  uint64_t left_out = 0;                               ///< messages for which there was no time
  std::optional<replayed_messages> replays;            ///< nothing: live ones
  uint64_t found = 0;                                  ///< of `replays`: messages, as far as is known
  std::vector<difference> differences;
};

/// From any thread but the loop's.
struct config_view {
  std::function<running_config()> running;
  std::function<bool(const std::string& name)> is_file; ///< whether the configuration could have it
  std::function<checked_config(const ports::config_texts&)> check;
  std::function<run_cases(const ports::config_texts&)> cases; ///< of texts without faults
  /// Of texts without faults, in the place of the one that is under way.
  std::function<status(const ports::config_texts&, shadow_view)> begin_shadow;
  std::function<void()> end_shadow;
  std::function<std::optional<shadow_view>()> shadow;
  /// What would become of each message of a text, by what runs or by texts without faults; nothing is stored.
  /// Of the first `most` messages. `by_listener`, `by_route`: empty where the message is to find its way
  /// itself.
  std::function<result<std::vector<explanation>>(const std::optional<ports::config_texts>&, std::string text,
                                                 size_t most, const std::string& by_listener,
                                                 const std::string& by_route)>
    attempt;
  /// Has all nodes run it, or none; waits a moment for them.
  std::function<publication_outcome(ports::publication_log&, const wanted_publication&)> publish;
};

/// Nodes that have not told for so long are not there any more.
inline constexpr std::chrono::seconds node_silence{15};

} // namespace aorta::api
