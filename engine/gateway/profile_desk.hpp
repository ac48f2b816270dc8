// What persons add to laboratories' profiles while the engine runs: files in conf/labs stay the truth, and a
// change of one is a publication like others.
#pragma once

#include "engine/api/mapping.hpp"
#include "engine/gateway/config_desk.hpp"
#include "routes/table.hpp"

#include <memory>
#include <mutex>
#include <string>

namespace aorta::gateway {

/// One line after the other. From any thread but the loop's.
class profile_desk {
public:
  /// `all` outlives it.
  explicit profile_desk(config_desk& all) : all_(all) {}

  result<api::written_line> write(ports::publication_log& log, const api::profile_line& what, bool rehearsal);
  std::vector<std::string> labs() const;
  std::optional<std::string> text(const std::string& lab) const;
  /// See `api::mapping_view`.
  status replace(ports::publication_log& log, const api::profile_change& what);

private:
  status put(ports::publication_log& log, const api::profile_change& what);

  std::mutex turn_;
  config_desk& all_;
};

/// `table` and `desk` outlive it.
std::shared_ptr<const api::mapping_view> view_profiles(const routes::current_table& table, profile_desk& desk,
                                                       id_source& ids);

} // namespace aorta::gateway
