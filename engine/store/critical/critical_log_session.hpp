// Alerts for persons, over whichever connection a session has.
#pragma once

#include "engine/ports/critical.hpp"
#include "engine/store/access/access_session.hpp"

namespace aorta::store {

class critical_log_session final : public ports::critical_log {
public:
  /// All of it outlives this.
  critical_log_session(database& of, cipher& locks, run_alone run)
      : of_(of),
        locks_(locks),
        run_(std::move(run)) {}

  result<ports::page<ports::critical_alert>> alerts(const ports::critical_filter& filter) override;
  result<std::optional<ports::critical_alert>> alert(model::clinic_id clinic, const uuid& id) override;
  result<std::optional<outcome>> act(model::clinic_id clinic, const uuid& id,
                                     const ports::critical_act& what) override;
  result<std::vector<ports::critical_times>> times(model::clinic_id clinic, timestamp from,
                                                   timestamp to) override;

private:
  sql_text text() const { return sql_text(of_.speaks); }
  timestamp now() const { return of_.how.clock->now(); }
  std::optional<ports::critical_alert> read(model::clinic_id clinic, const uuid& id);
  sql_text change_sql(model::clinic_id clinic, const ports::critical_alert& seen,
                      const ports::critical_act& what, bool same, const uuid& token) const;
  bool change(model::clinic_id clinic, const ports::critical_alert& seen, const ports::critical_act& what,
              bool same);

  database& of_;
  cipher& locks_;
  run_alone run_;
};

} // namespace aorta::store
