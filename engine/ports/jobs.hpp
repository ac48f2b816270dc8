// Work that takes longer than an answer, as rows with progress, lease and end. Part of a `record_session`:
// every call stands inside its transaction and its clinic.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::ports {

enum class job_state : uint8_t { running, done, failed, cancelled, expired };
std::string_view name(job_state of) noexcept;
std::optional<job_state> job_state_from(std::string_view word) noexcept;

struct job {
  uuid id{};
  std::string kind; ///< "export", "import/LAB"
  job_state is = job_state::running;
  std::string actor; ///< name of the key that asked
  std::string asked; ///< JSON, as its kind reads it
  std::string place; ///< how far it is, as its kind writes it
  int64_t resources = 0;
  int tries = 0;     ///< how often it was taken in hand since it last came further
  std::string fault; ///< why it failed: a sentence without personal data
  timestamp created{};
  std::optional<timestamp> ended, expires;
};

/// What a job has made, in pieces.
struct job_file {
  int ordinal = 0;
  std::string type;
  int64_t resources = 0;
};

inline constexpr std::chrono::hours longest_job{48};

class job_store {
public:
  virtual ~job_store() = default;

  virtual status add(const job& what) = 0;
  /// One more file of it; `content`: as `sealed` gives it.
  virtual status put(const uuid& of, const job_file& made, const std::string& content) = 0;
  virtual result<std::optional<job>> find(const uuid& id) = 0;
  virtual result<std::vector<job>> newest(int limit, const std::string& kinds = {}) = 0; ///< that begin so
  virtual result<int> running(const std::string& kinds) = 0; ///< how many, of those that begin so
  virtual result<int> kept(const std::string& kind, const std::string& actor) = 0; ///< done, with their files
  virtual result<std::vector<job_file>> files(const uuid& of) = 0;
  /// Decrypted; nothing: there is no such file (any more).
  virtual result<std::optional<std::string>> content(const uuid& of, int ordinal) = 0;

  /// The oldest of a kind that runs, if it is nobody's or its owner's time is over: it is `owner`'s now.
  virtual result<std::optional<job>> take(const std::string& kind, const std::string& owner,
                                          std::chrono::seconds lease) = 0;
  /// As files are kept: compressed and encrypted. Needs no transaction, and takes its time.
  virtual result<std::string> sealed(const std::string& content) = 0;
  /// What was made since (`content`: as `sealed` gives it), and how far it is. False: it is not this owner's
  /// any more, or has ended, and nothing was written; or a person has ended it meanwhile (`cancel`), and it
  /// was written for the last time.
  virtual result<bool> advance(const job& what, const std::optional<job_file>& made,
                               const std::string& content, const std::string& owner,
                               std::chrono::seconds lease) = 0;
  virtual status drop_files(const uuid& of) = 0;
  /// Ends one that runs, or makes one that is done expire; its files go. False: there is no such job to end.
  virtual result<bool> end(const uuid& id, job_state how) = 0;
  /// Ends one that runs; what it has made stays until `expires`. False: it does not run.
  virtual result<bool> cancel(const uuid& id, const std::string& why, timestamp expires) = 0;
  /// Those whose files are past their time, and what runs for longer than `longest_job`; rows that ended long
  /// ago go. All at once where `all`: whom they tell of was erased.
  virtual result<int> expire(bool all) = 0;
};

} // namespace aorta::ports
