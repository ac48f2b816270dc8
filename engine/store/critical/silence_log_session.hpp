// Watched listeners, over whichever connection a session has.
#pragma once

#include "engine/ports/silence.hpp"
#include "engine/store/access/access_session.hpp"

namespace aorta::store {

class silence_log_session final : public ports::silence_log {
public:
  /// All of it outlives this.
  silence_log_session(database& of, run_alone run) : of_(of), run_(std::move(run)) {}

  result<ports::watched_listeners> listeners(model::clinic_id clinic,
                                             const std::vector<std::string>& names) override;
  status heard(model::clinic_id clinic, const std::string& listener, timestamp at) override;
  result<bool> tell(model::clinic_id clinic, const ports::silence_change& what) override;
  status shift(model::clinic_id clinic, std::chrono::milliseconds by, timestamp until) override;

private:
  sql_text text() const { return sql_text(of_.speaks); }
  std::string now_in(sql_text& sql) const;
  ports::watched_listeners read(model::clinic_id clinic);

  database& of_;
  run_alone run_;
};

} // namespace aorta::store
