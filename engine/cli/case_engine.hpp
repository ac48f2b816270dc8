// What serve is to cases, on one thread and without sockets: the same steps on a store of its own. Clock and
// ids count up, so that nothing of what comes out changes from run to run.
#pragma once

#include "engine/config/config.hpp"
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

namespace aorta::cli {

/// A second a message, from a fixed day on.
struct counting_clock final : clock_source {
  timestamp at = std::chrono::sys_days{std::chrono::year{2026} / 11 / 25} + std::chrono::hours{8};
  timestamp now() const override { return at; }
};

struct counting_ids final : id_source {
  uint32_t last = 0;
  uuid next(timestamp) override;
};

/// A folder that goes with it; in memory where there is such a place: nobody cuts the power here, and a
/// synced commit on a disk takes longer than all the rest.
class scratch_folder {
public:
  scratch_folder();
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  const std::filesystem::path& path() const noexcept { return path_; }

private:
  std::filesystem::path path_;
};

/// Throws `std::runtime_error` with a reason where it cannot go on.
class case_engine {
public:
  /// Makes a SQLite file with schema, clinics (code, name) and, in each of them, patients. A copy of it takes
  /// a tenth of the time that they take.
  static void prepare(const std::filesystem::path& file, const std::map<std::string, std::string>& clinics,
                      std::span<const model::patient> patients);
  /// On such a file, which is its own.
  explicit case_engine(const std::filesystem::path& file);
  ~case_engine();
  case_engine(const case_engine&) = delete;

  /// As a reload does: routes begin anew with what they remember.
  void use(config::settings settings);
  /// One frame as a listener hands it on, and what became of its parts.
  struct settled {
    struct part {
      pipeline::envelope_ptr mail; ///< its reply is in the frame's
      std::string route;           ///< that took it
    };
    std::vector<part> parts;
    std::string reply;
  };
  settled send(const std::string& listener, std::string frame);
  /// A laboratory's file, as a watched folder hands it on: its parts, in order.
  settled take_file(const std::string& listener, std::string content);
  /// All that was kept, as `GET /api/messages/{id}` shows it, in the order in which it came.
  std::vector<std::string> messages();
  /// Rows of the clinic's tables of which a message has told anything, in the order of their keys.
  std::vector<model::record> told_records();

private:
  pipeline::running_route& route_for(const std::string& listener, pipeline::envelope& mail);
  std::string file_accepted(const pipeline::envelope& received);
  pipeline::running_route& start(const config::route& how);

  counting_clock clock_;
  counting_ids ids_;
  config::settings settings_;
  std::optional<routes::offers> offers_;
  std::map<std::string, pipeline::running_route> running_; ///< by the route's name
  std::unique_ptr<ports::store> store_;
  std::unique_ptr<ports::lane> session_;
  std::unique_ptr<ports::message_log> admin_;
  std::vector<ports::clinic> clinics_;
};

/// The key of cases' stores, which protect nobody.
extern const char* const case_key;

} // namespace aorta::cli
