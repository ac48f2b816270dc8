// Row ids: UUID version 7 (RFC 9562 5.7), in the order of time, so that indexes grow at their end.
#pragma once

#include "engine/base/clock.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace aorta {

struct uuid {
  std::array<uint8_t, 16> bytes{};
  friend auto operator<=>(const uuid&, const uuid&) = default;
};

std::string to_text(const uuid& id);                       ///< 36 characters, lower case
std::optional<uuid> uuid_from_text(std::string_view text); ///< accepts upper case; nothing else than
                                                           ///< 8-4-4-4-12

/// Makes ids; handed in, so that golden files need no scrubbing. `next` may be called from any thread.
class id_source {
public:
  virtual ~id_source() = default;
  virtual uuid next(timestamp now) = 0;
};

/// UUID version 7 with random bits of the operating system; ids of one source never go backwards.
class uuid_v7_source final : public id_source {
public:
  uuid_v7_source();
  uuid next(timestamp now) override;

private:
  std::mutex lock_;
  uint64_t last_tick_ = 0; ///< milliseconds and a 12-bit counter: the first 60 free bits
  uint64_t state_[2];      ///< xorshift128+, seeded from the operating system
};

} // namespace aorta
