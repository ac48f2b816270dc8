// [listener.NAME]: who may send messages, and how.
#pragma once

#include "engine/config/endpoint.hpp"
#include "engine/critical/silence.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace aorta::config {

/// How a frame is answered that holds more than one message.
enum class batch_answer : uint8_t {
  batch, ///< what came as a batch by a batch of acknowledgements, other messages each by its own
  each,  ///< each message by an acknowledgement in a frame of its own
  one,   ///< the frame by one acknowledgement
};

struct listener {
  std::string name;
  endpoint listen;
  tls_files tls;
  bool allow_listed = false;          ///< a list was given: an empty one lets nobody in
  std::vector<std::string> allow;     ///< CIDR blocks; empty: everybody
  std::vector<std::string> balancers; ///< CIDR blocks: who comes from there says first for whom it speaks
  size_t max_frame_bytes = 64u << 20;
  uint32_t max_connections = 10'000;
  std::chrono::seconds idle_timeout{0};  ///< 0: none
  std::chrono::seconds frame_timeout{0}; ///< an open frame must be complete by then; 0: none
  bool missing_start_block = false;      ///< a frame may come without 0x0B
  uint32_t release = 1;                  ///< of MLLP: 2 has commit blocks
  batch_answer answers = batch_answer::batch;
  std::optional<critical::expectation> expects; ///< who falls silent is told of
};

} // namespace aorta::config
