// A claim on its way: looked up where it may have come through before, its referral looked at, then sent. It
// knows no socket, clock or store.
#pragma once

#include "engine/delivery/item.hpp"
#include "engine/gesy/exchange.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace aorta::gesy {

/// What is kept of a claim until they have it.
struct parcel {
  std::string reference;          ///< our own id
  std::string claim;              ///< our JSON
  std::vector<std::string> known; ///< numbers of claims for the same that were made before, and ended
  std::string system;             ///< the base URL of the one it is meant for
};
std::string to_json(const parcel& what);
std::optional<parcel> parcel_from(std::string_view json);

/// Finds a claim among those that they list. Pages may shift while they are read, so nothing is missing only
/// when two readings agree.
class search {
public:
  search(const wire& by, parcel what);
  std::optional<question> next() const; ///< nothing: it has ended
  void heard(const reply& what);

  const std::optional<std::string>& found() const noexcept { return found_; } ///< as `as_ours` has it
  /// Why it ended without an answer; empty code: they have it not, or it was found. `list-unclear`: something
  /// there may be it, and does not say enough.
  const reply& fault() const noexcept { return fault_; }

private:
  enum class match : uint8_t { no, yes, unclear };
  match is_it(const listed::item& one) const;
  void fail(std::string code);
  void end_of_reading();

  const wire& by_;
  parcel what_;
  std::string likeness_, path_;
  std::optional<std::string> found_;
  reply fault_;
  std::set<std::string> seen_, seen_before_;
  size_t pages_ = 0, readings_ = 0;
  bool ended_ = false;
};

/// When claims that may have come through were tried last, as far as one process knows: nothing is looked for
/// before what was under way has arrived. Of one that another process has tried it is the moment when it was
/// met here.
class attempts {
public:
  /// For how long it has still to rest; nothing: it may go. `perhaps`: an attempt before may have come
  /// through.
  std::optional<std::chrono::seconds> rest(const uuid& id, bool perhaps, timestamp now,
                                           std::chrono::seconds settle);
  void note(const uuid& id, timestamp now) { last_[id] = now; } ///< it was sent, or may have been
  void forget(const uuid& id) { last_.erase(id); }

private:
  std::map<uuid, timestamp> last_;
};

class submission {
public:
  /// `by` outlives it. `perhaps`: an attempt before may have reached them. `settle`: between an attempt that
  /// may have come through and the next look; what was under way has arrived by then.
  submission(const wire& by, parcel what, bool perhaps, std::chrono::seconds settle);
  std::optional<question> next() const; ///< nothing: it has ended
  void heard(const reply& what);
  const delivery::outcome& outcome() const noexcept { return outcome_; } ///< when it has ended

private:
  enum class stage : uint8_t { looking, referral, sending, ended };
  void end(delivery::outcome::kind is, std::string code, bool perhaps = false,
           std::optional<std::chrono::seconds> wait = {});
  void hear_search(const reply& what);
  void hear_referral(const reply& what);
  void hear_claim(const reply& what);
  void go_on_to_send();

  const wire& by_;
  parcel what_;
  std::chrono::seconds settle_;
  stage at_ = stage::sending;
  bool refused_as_known_ = false; ///< 409: they say that they have it
  std::optional<search> search_;
  delivery::outcome outcome_;
};

} // namespace aorta::gesy
