// What serve is to a golden case, on one thread and without sockets: the example configuration, a store of
// its own, and the same steps. Clock and ids count up, so that nothing of what comes out changes from run to
// run.
#pragma once

#include "engine/config/load.hpp"
#include "engine/pipeline/run.hpp"
#include "engine/ports/lane.hpp"
#include "engine/ports/message_log.hpp"
#include "engine/ports/store.hpp"
#include "routes/of_settings.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aorta::golden {

/// A second a message, from a fixed day on.
struct counting_clock final : clock_source {
  timestamp at = std::chrono::sys_days{std::chrono::year{2026} / 11 / 25} + std::chrono::hours{8};
  timestamp now() const override { return at; }
};

struct counting_ids final : id_source {
  uint32_t last = 0;
  uuid next(timestamp) override;
};

/// Throws `std::runtime_error` with a reason where a test cannot go on.
class engine {
public:
  /// Its patients are those of test/golden/patients.csv. A copy of a store that the process makes
  /// once.
  engine();
  ~engine();
  engine(const engine&) = delete;

  /// One message as a listener hands it on; the reply's bytes.
  std::string send(std::string message);
  /// Adds lines below `[lab]` of a laboratory's file, and reloads: routes begin anew with what they remember.
  void change_lab(const std::string& file, const std::string& lines);
  /// Another file in place of this one, and a reload.
  void replace(const std::string& file, const std::string& text);
  /// All that was kept, as `GET /api/messages/{id}` shows it, in the order in which it came.
  std::vector<std::string> messages();
  /// Rows of patients and visits of which a message has told anything, in the order of their keys.
  std::vector<model::record> told_records();

private:
  struct running {
    pipeline::route of;
    pipeline::lane_steps steps;
    running(pipeline::route route, const std::vector<pipeline::stage>& stages)
        : of(std::move(route)),
          steps(stages, of) {}
  };
  void reload();
  running& route_for(pipeline::envelope& mail);
  running& start(const config::route& how);

  std::filesystem::path folder_;
  counting_clock clock_;
  counting_ids ids_;
  config::settings settings_;
  std::optional<routes::offers> offers_;
  std::map<std::string, running> running_; ///< by the route's name
  std::unique_ptr<ports::store> store_;
  std::unique_ptr<ports::lane> session_;
  std::unique_ptr<ports::message_log> admin_;
  ports::clinic clinic_;
};

} // namespace aorta::golden
