// Deliveries for persons, over whichever connection a session has.
#pragma once

#include "engine/ports/delivery_log.hpp"
#include "engine/store/access/access_session.hpp"

namespace aorta::store {

/// A row of `delivery` by its id, without its body, and its reading.
sql_text delivery_row_sql(dialect speaks, model::clinic_id clinic, const uuid& id);
ports::delivery_row read_delivery_row(const text_row& row);

class delivery_log_session final : public ports::delivery_log {
public:
  /// All of it outlives this.
  delivery_log_session(database& of, cipher& locks, run_alone run)
      : of_(of),
        locks_(locks),
        run_(std::move(run)) {}

  result<ports::page<ports::delivery_row>> deliveries(const ports::delivery_filter& filter) override;
  result<std::vector<ports::queue_state>> counts(model::clinic_id clinic) override;
  result<std::vector<ports::destination_stop>> stops(model::clinic_id clinic) override;
  status pause(model::clinic_id clinic, const std::string& destination, const std::string& by) override;
  status resume(model::clinic_id clinic, const std::string& destination) override;
  result<std::optional<change>> retry(model::clinic_id clinic, const uuid& id) override;
  result<std::optional<change>> skip(model::clinic_id clinic, const uuid& id) override;
  result<ports::delivery_row> resend(model::clinic_id clinic, const uuid& message, timestamp received_at,
                                     const ports::forward& what) override;
  result<int64_t> forget(model::clinic_id clinic, timestamp before, int most) override;
  result<int64_t> forget_events(model::clinic_id clinic, timestamp before, int most) override;

private:
  sql_text text() const { return sql_text(of_.speaks); }
  timestamp now() const { return of_.how.clock->now(); }
  std::vector<text_row> ask(const sql_text& what, model::clinic_id clinic) {
    return run_({what}, false, clinic).at(0);
  }
  /// Sets columns of one delivery where its state is one of these; and does what is to be done with it.
  std::optional<change> put(model::clinic_id clinic, const uuid& id, std::string_view columns,
                            std::string_view states, std::string_view and_also = {},
                            const std::vector<sql_text>& behind = {}, std::vector<sql_text> all = {});
  enum class bytes_of : uint8_t { message, delivery };
  std::vector<sql_text> lock_bytes(bytes_of what, const uuid& id);

  database& of_;
  cipher& locks_;
  run_alone run_;
};

} // namespace aorta::store
