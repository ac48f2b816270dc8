// The national system as far as anybody outside knows it, for those who try things out and for tests: seeded,
// with faults by script. It speaks as `specified()` has it, in memory, and knows no socket and no clock.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/gesy/exchange.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::gesy {

/// Something that goes wrong.
struct fault {
  enum class kind : uint8_t {
    unauthorized,  ///< 401, whatever the token is
    token_expired, ///< the token ends while it is used
    forbidden,     ///< 403
    throttled,     ///< 429
    error,         ///< 500, and nothing was done
    error_after,   ///< 500, and it was done
    unavailable,   ///< 503
    gateway,       ///< 502 or 504 of somebody between, and it was done
    html,          ///< a page with 200, and nothing was done
    slow,          ///< the answer takes `wait`
    stall,         ///< it was done, and no answer ever comes
    cut,           ///< it was done, and the connection ends
    lost,          ///< the connection ends before it is read
    late,          ///< of a claim: no answer comes, and it is done only `wait` later
    shift,         ///< what is listed moves between two pages
  } is = kind::error;
  std::optional<operation> on;              ///< nothing: of anything
  uint32_t times = 1;                       ///< how often; 0: always
  uint32_t percent = 100;                   ///< how likely each time
  std::optional<std::chrono::seconds> wait; ///< Retry-After, or how slow
};
std::string_view name(fault::kind) noexcept;
std::optional<fault::kind> fault_from(std::string_view) noexcept;
std::vector<std::string> fault_names();

struct simulated {
  enum class end : uint8_t { answered, stalled, cut } is = end::answered;
  unsigned status = 200;
  std::string media_type = "application/json; charset=utf-8", body;
  std::optional<std::chrono::seconds> retry_after, delay;
};

class simulator {
public:
  struct how {
    uint64_t seed = 1;
    bool takes_once = true;        ///< an Idempotency-Key keeps a claim from being taken twice
    bool knows_references = true;  ///< it keeps our own id and shows it
    bool refuses_the_same = false; ///< 409 for a claim of the same referral, date and lines
    std::chrono::seconds pace{5};  ///< between two states of a claim
    std::chrono::seconds token_lives{300};
    size_t page = 10;
  };
  explicit simulator(how by);

  struct request {
    std::string method, target; ///< target: path and query, below the base URL
    std::string authorization, once, body;
  };
  simulated hear(const request& what, timestamp now);

  void add(fault one) { faults_.push_back(one); }
  void calm() { faults_.clear(); }

  size_t claims() const noexcept { return claims_.size() - others_; } ///< that were stored, but for its own
  std::vector<std::string> references() const;                        ///< of these, as they came

private:
  struct stored_claim {
    std::string id, reference, once, likeness, body; ///< body: as it came
    timestamp at{};
    bool other = false;
  };

  const fault* strike(operation what);
  std::optional<simulated> refused(fault::kind by, std::optional<std::chrono::seconds> wait);
  simulated spoilt(simulated out, fault::kind by, std::optional<std::chrono::seconds> wait);
  void catch_up(timestamp now); ///< what arrives late
  simulated do_it(operation what, const std::string& id, const std::map<std::string, std::string>& query,
                  const request& of, timestamp now);
  simulated give_token(const request& of, timestamp now);
  simulated take_claim(const request& of, timestamp now);
  simulated list_claims(const std::map<std::string, std::string>& query, const std::string& path,
                        timestamp now);
  simulated show_beneficiary(const std::string& id, bool by_card, timestamp now) const;
  simulated referral_calls(operation what, const std::string& id, const request& of, timestamp now);
  std::string claim_text(const stored_claim& of, timestamp now) const;
  uint64_t number_of(std::string_view text) const; ///< the same for one seed

  how by_;
  std::mt19937_64 chance_;
  std::vector<fault> faults_;
  std::map<std::string, timestamp> tokens_; ///< until when
  std::vector<stored_claim> claims_;
  std::multimap<timestamp, request> late_;
  std::map<std::string, std::string> referrals_; ///< those that were made or closed, as they stand
  size_t others_ = 0, made_ = 0;
};

} // namespace aorta::gesy
