// The national system as the engine has it: the line to it, what is asked through the API, and what becomes
// of claims.
#pragma once

#include "engine/api/api.hpp"
#include "engine/gateway/gesy_line.hpp"
#include "engine/net/loop/loop.hpp"
#include "engine/ports/store.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace aorta::gateway {

class gesy_desk {
public:
  struct parts {
    caf::actor_system* actors = nullptr;
    ports::store* store = nullptr;
    net::loop* loop = nullptr;
    const clock_source* clock = nullptr;
    id_source* ids = nullptr;
  };
  /// All that `from` points to outlives the actor system.
  gesy_desk(parts from, const config::gesy_settings& how);
  ~gesy_desk();

  std::shared_ptr<gesy_line> line() const;
  void use(const std::map<std::string, model::clinic_id>& clinics); ///< on one thread, with `look`
  void look(); ///< for a timer: nothing while the last look is still at work
  void stop(); ///< when the loop has ended
  /// What the API shows of it, and asks. Any thread.
  std::shared_ptr<const api::gesy_view> view() const;

  static constexpr unsigned looks_ms = 500;

private:
  class desk;
  struct side;
  std::shared_ptr<side> side_;
  std::shared_ptr<desk> desk_;
};

} // namespace aorta::gateway
