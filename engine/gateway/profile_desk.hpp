// What persons add to laboratories' profiles while the engine runs: files in conf/labs stay the truth.
#pragma once

#include "engine/api/mapping.hpp"
#include "routes/table.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace aorta::gateway {

/// One line after the other. From any thread but the loop's.
class profile_desk {
public:
  /// `folder`: of aorta.toml. `adopt`: has the engine run by what stands in this file now, and waits until it
  /// does; refused where another one has changed too.
  profile_desk(std::string folder, std::function<status(const std::string& file)> adopt)
      : folder_(std::move(folder)),
        adopt_(std::move(adopt)) {}

  result<api::written_line> write(const api::profile_line& what, bool rehearsal);
  std::vector<std::string> labs() const;
  std::optional<std::string> text(const std::string& lab) const;
  /// See `api::mapping_view`.
  status replace(const std::string& lab, const std::optional<std::string>& before,
                 const std::optional<std::string>& after);

private:
  status put(const std::string& lab, const std::optional<std::string>& before,
             const std::optional<std::string>& after);

  std::mutex turn_;
  std::string folder_;
  std::function<status(const std::string&)> adopt_;
};

/// `table` and `desk` outlive it.
std::shared_ptr<const api::mapping_view> view_profiles(const routes::current_table& table, profile_desk& desk,
                                                       id_source& ids);

} // namespace aorta::gateway
