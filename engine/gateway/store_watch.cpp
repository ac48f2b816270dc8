#include "engine/gateway/store_watch.hpp"

#include "engine/telemetry/log.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <utility>

namespace aorta::gateway {

using ports::finding;

struct store_watch::board {
  std::atomic<bool> looking{false};
  mutable std::mutex lock;
  std::vector<std::string> faults, told; ///< told: sentences that were logged; again only after they were
                                         ///< gone

  void take(const std::vector<finding>& all) {
    std::vector<std::string> now;
    std::vector<finding> fresh;
    const std::lock_guard hold(lock);
    faults.clear();
    for (const auto& each : all) {
      if (each.is == finding::weight::fault) faults.push_back(each.text);
      if (std::find(told.begin(), told.end(), each.text) == told.end()) fresh.push_back(each);
      now.push_back(each.text);
    }
    told = std::move(now);
    tell_findings(fresh);
  }
};

bool tell_findings(const std::vector<finding>& all) {
  bool any = false;
  for (const auto& each : all) {
    const bool fault = each.is == finding::weight::fault;
    telemetry::log(fault ? telemetry::level::error : telemetry::level::warn,
                   fault ? "store-fault" : "store-warning", {{"reason", each.text}});
    any = any || fault;
  }
  return any;
}

store_watch::store_watch(caf::actor_system& sys, ports::store& store)
    : store_(&store),
      board_(std::make_shared<board>()),
      admin_(actors::spawn_admin_worker(sys, &store)) {}

void store_watch::stop() { admin_.end(); }

void store_watch::look() {
  if (!admin_ || board_->looking.exchange(true)) return;
  admin_.give([board = board_, store = store_](ports::message_log*) {
    std::vector<finding> all;
    if (const auto made = store->make_ahead(); !made && !passes(made.error().code))
      all.push_back({finding::weight::warning, "partitions could not be made ahead: " + made.error().text});
    if (auto found = store->examine()) {
      all.insert(all.end(), found->begin(), found->end());
      board->take(all);
    } // a store that is away is told by whoever needs it; what was found before stays
    board->looking = false;
  });
}

std::vector<std::string> store_watch::faults() const {
  const std::lock_guard hold(board_->lock);
  return board_->faults;
}

} // namespace aorta::gateway
