// The configurations that ran, what all nodes are to run, and which node runs what.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::ports {

/// Texts by the files' names below the folder of aorta.toml: `routes/lab-results.toml`.
using config_texts = std::map<std::string, std::string>;

/// First 16 hex digits of a SHA-256.
std::string hash_of(std::string_view text);
std::string hash_of(const config_texts& texts);

struct config_version {
  enum class kind : uint8_t {
    read,      ///< a node read it from its files
    published, ///< all nodes are to run it, or were until another was published in its place
    proposed,  ///< it waits for a second person
    withdrawn  ///< a node could not run it, so none does; or a proposal that was made anew
  };
  uuid id;
  std::string hash; ///< of its files (`hash_of`)
  kind is = kind::read;
  std::optional<uuid> instead_of;  ///< published, proposed: what was published before; nothing: nothing was
  std::optional<uuid> rollback_of; ///< whose files it has again
  timestamp at{};
  std::string by;            ///< who made it; empty: by hand, nobody knows who
  std::string reason;        ///< why
  std::string approved_by;   ///< the second person
  std::string despite_cases; ///< why it was published though cases failed
};
std::string_view name(config_version::kind of) noexcept;

/// A file of a version.
struct config_file {
  std::string file, hash;
  uint64_t bytes = 0;
};

/// What somebody changes before it is published.
struct drafted_file {
  std::string base; ///< hash of the text that ran when its author looked; empty: there was none
  std::optional<std::string> text; ///< nothing: the file goes
};
struct config_draft {
  timestamp at{}; ///< the last change
  std::map<std::string, drafted_file> files;
};

/// An engine that runs, as it told last.
struct engine_node {
  std::string node, host;
  std::string folder; ///< of its aorta.toml
  int64_t pid = 0;    ///< 0: it has ended
  int approvals = 1;
  std::string configuration;    ///< `settings::version`
  std::string hash;             ///< of its files
  std::optional<uuid> runs;     ///< the published version that it took over
  std::optional<uuid> refuses;  ///< the published version that it does not run
  std::string fault;            ///< why it does not
  uint64_t answers = 0;         ///< how often it was told to read its files anew, and has
  std::string answer;           ///< why it kept what it had, the last time; empty: it did not
  std::chrono::seconds seen{0}; ///< ago, by the store's clock
};

/// What one version says otherwise than the one before: of one file.
struct config_file_version {
  config_version of;
  std::string hash; ///< of the file's text; empty: it has none any more
};

class publication_log {
public:
  virtual ~publication_log() = default;

  /// What all nodes are to run.
  virtual result<std::optional<config_version>> published() = 0;
  /// `read`, or `proposed`. Nothing where the newest of all is read, too, and has these files.
  virtual status keep(const config_version& what, const config_texts& texts) = 0;
  /// In the place of `what.instead_of`. False: another one is there; nothing was written.
  virtual result<bool> publish(const config_version& what, const config_texts& texts) = 0;
  /// Not the published one any more: the one before is. False: another has taken its place already.
  virtual result<bool> withdraw(const uuid& id) = 0;

  /// Newest first, from behind `after`.
  virtual result<std::vector<config_version>> versions(const std::optional<uuid>& after, int most) = 0;
  virtual result<std::optional<config_version>> version(const uuid& id) = 0;
  virtual result<std::vector<config_version>> proposed() = 0;
  virtual result<std::vector<config_file>> files(const uuid& id) = 0;
  virtual result<config_texts> texts(const uuid& id) = 0;
  /// Versions that changed this file, newest first.
  virtual result<std::vector<config_file_version>> file_versions(const std::string& file, int most) = 0;
  /// A text that some version has.
  virtual result<std::optional<std::string>> text(const std::string& hash) = 0;

  virtual result<std::optional<config_draft>> draft(const std::string& by) = 0;
  /// One file of it; the draft begins where there is none.
  virtual status put_draft(const std::string& by, const std::string& file, const drafted_file& what) = 0;
  /// What of it was written until then.
  virtual status drop_draft(const std::string& by, timestamp until) = 0;
  virtual status drop_draft(const std::string& by, const std::string& file) = 0;

  /// Others of its host and folder are not there any more.
  virtual status tell(const engine_node& what) = 0;
  /// It has ended.
  virtual status leave(const std::string& node) = 0;
  /// Those that told within this time, also those that have ended since.
  virtual result<std::vector<engine_node>> nodes(std::chrono::seconds within) = 0;
};

} // namespace aorta::ports
