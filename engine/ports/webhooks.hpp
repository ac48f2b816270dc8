// Webhooks: receivers of a clinic's events that its administrators name by HTTP.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/model/patient.hpp"
#include "engine/ports/delivery_log.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::ports {

/// The deliveries of a webhook go to a destination of this name; no destination of a file can have it.
inline constexpr std::string_view webhook_destination = "webhook:";

/// A row of `webhook_configs`. Secrets are plain here: nobody but the one who signs reads them, and whoever
/// made one, once.
struct webhook {
  uuid id;
  model::clinic_id clinic = 0;
  std::string url;
  std::vector<std::string> event_types; ///< `*`: all
  bool active = true;                   ///< else nothing is sent, and no event is kept for it
  std::string stopped_why;        ///< `gone`: its receiver said so; empty: nobody but a person stopped it
  std::string secret, old_secret; ///< `whsec_...`; the old one signs too until its end
  timestamp old_secret_until{};
  std::string made_by; ///< the name of the key
  timestamp created_at{}, changed_at{};

  std::string destination() const { return std::string(webhook_destination) + to_text(id); }
  friend bool operator==(const webhook&, const webhook&) = default;
};

/// Webhooks for persons: without their secrets. Every call is a transaction of its own.
class webhook_log {
public:
  virtual ~webhook_log() = default;
  virtual result<std::vector<webhook>> webhooks(model::clinic_id clinic) = 0; ///< the oldest first
  virtual result<std::optional<webhook>> webhook_of(model::clinic_id clinic, const uuid& id) = 0;
  /// Gives it an id. The secret is sealed.
  virtual result<webhook> add_webhook(const webhook& what) = 0;
  /// Its URL, types, activity, and, where there is one, the new secret: the one before signs too until
  /// `old_secret_until`. False: there is none of this id.
  virtual result<bool> put_webhook(const webhook& what) = 0;
  /// What waits for it is skipped. False: there is none of this id.
  virtual result<bool> remove_webhook(model::clinic_id clinic, const uuid& id) = 0;
  /// An event of type `webhook_test` for this one alone. Nothing: there is none of this id.
  virtual result<std::optional<delivery_row>> test_webhook(model::clinic_id clinic, const uuid& id) = 0;
};

/// As many as an HTTP destination has when nothing is said: the critical ones of patients have two of them.
inline constexpr uint32_t webhook_partitions = 4;

} // namespace aorta::ports
