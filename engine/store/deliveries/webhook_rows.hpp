// Rows of `webhook_configs`, and the events that are due: over whichever connection a session has.
#pragma once

#include "engine/ports/webhooks.hpp"
#include "engine/store/access/access_session.hpp"
#include "engine/store/records/record_talk.hpp"

#include <functional>
#include <span>

namespace aorta::store {

/// All of the clinic or, with an id, one.
sql_text webhooks_sql(dialect speaks, model::clinic_id clinic, const uuid* id = nullptr);
/// A row of it; the secrets stay sealed.
ports::webhook read_webhook(const text_row& row);

/// Gives events that are due to those who take them, at most so many: a delivery each. Inside a transaction
/// of the clinic that changes. How many events were due; whose deliveries were written is told to `wrote`.
size_t give_out(record_talk& talk, model::clinic_id clinic, std::span<const ports::event_taker> takers,
                size_t most, const std::function<void(const std::string& destination, uint32_t part)>& wrote);

class webhook_log_session final : public ports::webhook_log {
public:
  /// All of it outlives this.
  webhook_log_session(database& of, cipher& locks, run_alone run)
      : of_(of),
        locks_(locks),
        run_(std::move(run)) {}

  result<std::vector<ports::webhook>> webhooks(model::clinic_id clinic) override;
  result<std::optional<ports::webhook>> webhook_of(model::clinic_id clinic, const uuid& id) override;
  result<ports::webhook> add_webhook(const ports::webhook& what) override;
  result<bool> put_webhook(const ports::webhook& what) override;
  result<bool> remove_webhook(model::clinic_id clinic, const uuid& id) override;
  result<std::optional<ports::delivery_row>> test_webhook(model::clinic_id clinic, const uuid& id) override;

private:
  sql_text text() const { return sql_text(of_.speaks); }
  timestamp now() const { return of_.how.clock->now(); }

  database& of_;
  cipher& locks_;
  run_alone run_;
};

} // namespace aorta::store
