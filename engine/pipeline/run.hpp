// A chain's steps one after the other on one thread, without actors: what serve does to a message, by
// construction.
#pragma once

#include "engine/pipeline/chain.hpp"

namespace aorta::pipeline {

/// Steps are made anew for the call, the batch passes them together. An error is `store_unavailable`, or
/// `internal` when a batch step threw: the stages behind that one have not run.
status run(const std::vector<stage>& stages, const route& of, std::span<const envelope_ptr> batch,
           lane& with);

} // namespace aorta::pipeline
