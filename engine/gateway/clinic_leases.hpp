// One node at a time does a clinic's work of a kind: leases of the store, as deliveries have them.
#pragma once

#include "engine/ports/deliveries.hpp"
#include "engine/ports/store.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace aorta::gateway {

/// Used on one thread.
class clinic_leases {
public:
  /// `name` has a space in it, as no destination's has. The store outlives this.
  clinic_leases(ports::store& store, std::string owner, std::string name)
      : store_(store),
        owner_(std::move(owner)),
        name_(std::move(name)) {}

  /// Takes the clinic's lease, or makes it longer. False: another node has it, or the store is away.
  bool hold(model::clinic_id clinic);

  static constexpr std::chrono::seconds length{4}; ///< as long another node waits when this one has died

private:
  using steady = std::chrono::steady_clock;
  struct held {
    ports::lease is;
    steady::time_point until;
  };
  ports::store& store_;
  std::string owner_, name_;
  std::unique_ptr<ports::delivery_session> session_;
  std::map<model::clinic_id, std::optional<held>> leases_;
};

} // namespace aorta::gateway
