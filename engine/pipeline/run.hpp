// A chain's steps one after the other on one thread, without actors: what serve does to a message, by
// construction.
#pragma once

#include "engine/pipeline/chain.hpp"

namespace aorta::pipeline {

/// The steps of one lane, made once: what a step remembers of messages (`parse`: their control ids) it knows
/// when the next ones come.
class lane_steps {
public:
  /// The route must outlive them.
  lane_steps(const std::vector<stage>& stages, const route& of);
  /// The batch passes together. An error is `store_unavailable`, or `internal` when a batch step threw: the
  /// stages behind that one have not run.
  status run(std::span<const envelope_ptr> batch, lane& with);

private:
  struct member {
    stage what;
    std::variant<std::unique_ptr<step>, std::unique_ptr<batch_step>> how;
  };
  std::vector<member> all_;
};

/// A route with its steps, for whoever runs its messages on one thread. It stays where it was made.
struct running_route {
  route of;
  lane_steps steps;
  running_route(route how, const std::vector<stage>& stages) : of(std::move(how)), steps(stages, of) {}
  running_route(const running_route&) = delete;
  running_route& operator=(const running_route&) = delete;
};

/// The same with steps made anew for the call.
status run(const std::vector<stage>& stages, const route& of, std::span<const envelope_ptr> batch,
           lane& with);

} // namespace aorta::pipeline
