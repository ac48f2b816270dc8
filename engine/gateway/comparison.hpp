// How two configurations read the same messages: the same steps as serve's, on one thread each, looking only.
#pragma once

#include "engine/config/config.hpp"
#include "engine/ports/message_log.hpp"
#include "engine/ports/store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace aorta::gateway {

/// What one of them reads otherwise, each kind once. Codes, units, words and counts: never a value, a name or
/// a number of somebody's.
struct reading_difference {
  std::string what;          ///< `route`, `status`, `patient`, `unit`, `row-gone`, ...
  std::string where;         ///< the route, or the laboratory and its code
  std::string before, after; ///< of what comes from a vocabulary; else empty
  std::string rule; ///< which of the second one's made it, as traces have it: `unit umol/L -> mg/dL ...`
  friend auto operator<=>(const reading_difference&, const reading_difference&) = default;
};

struct differing {
  uint64_t messages = 0;
  std::vector<uuid> examples; ///< the first of them
};

class comparison {
public:
  struct parts {
    ports::store* store = nullptr; ///< outlives it, as clock and ids do
    const clock_source* clock = nullptr;
    id_source* ids = nullptr;
  };
  /// An error: the store does not answer.
  static result<std::unique_ptr<comparison>> open(const parts& with, config::settings before,
                                                  config::settings after);
  ~comparison();
  comparison(const comparison&) = delete;
  comparison& operator=(const comparison&) = delete;

  /// A clinic's messages, in the order of receipt. An error: the store does not answer.
  status add(std::vector<ports::stored_message> messages);

  uint64_t read() const noexcept { return read_; }
  uint64_t gone() const noexcept { return gone_; } ///< of those given: their bytes went by retention
  uint64_t differ() const noexcept { return differ_; }
  /// Of `read`: admissions, orders, documents and the like, whose route, status, answer, patient, edits and
  /// destinations are compared, and not what they would write.
  uint64_t partly() const noexcept { return partly_; }
  uint64_t others() const noexcept { return others_; } ///< differences past those that are kept apart
  const std::map<reading_difference, differing>& differences() const noexcept { return all_; }

private:
  class reader;
  comparison();
  void note(const uuid& message, std::map<reading_difference, int>&& found);

  std::unique_ptr<reader> before_, after_;
  uint64_t read_ = 0, gone_ = 0, differ_ = 0, partly_ = 0, others_ = 0;
  std::map<reading_difference, differing> all_;
};

/// The clinic's logged messages that `by` means, in the order of receipt; how many there were. `heard` is
/// told how many there are, first and after each few: false ends it. An error: the store does not answer, or
/// there are more than `api::most_reissued`.
result<size_t> compare_logged(ports::message_log& in, ports::affected_filter by, comparison& with,
                              const std::function<bool(size_t of)>& heard = {});

} // namespace aorta::gateway
