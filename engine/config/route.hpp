// conf/routes/*.toml: which messages take which chain.
#pragma once

#include "engine/edit/search_values.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace aorta::edit {
struct rules; // engine/edit/edit.hpp
}

namespace aorta::config {

struct route {
  /// How its senders are answered: as MSH-15 and MSH-16 of each message ask, or always in one mode.
  enum class ack_mode : uint8_t { as_asked, original, enhanced };
  std::string name, file;
  std::vector<std::string> from, accept, chain, labs;
  std::vector<std::string> send;            ///< destinations
  std::vector<std::string> receiving;       ///< MSH-5 or MSH-6 of what the route takes; empty: of any
  std::vector<std::string> processing{"P"}; ///< MSH-11 of what it takes (HL70103): P production, T training,
                                            ///< D debugging
  std::shared_ptr<const edit::rules> rules; ///< `when` and `[[edit]]`; null: neither
  std::vector<edit::search_path> found_by;  ///< `[[index]]`: what its messages are found by
  std::string clinic = "MAIN";
  bool create = false; ///< whether an admission may make a patient whom nobody knows
  std::string charset; ///< of whatever is no laboratory's: overrides MSH-18; empty: as MSH-18 says
  std::string time_zone = "Asia/Nicosia";      ///< likewise: of times without an offset
  std::vector<std::string> discloses{"PID-3"}; ///< which fields of people a look-up is answered with
  uint32_t lanes = 1;
  uint32_t in_flight = 1024;                  ///< envelopes; past that, connections stop reading
  std::chrono::milliseconds deadline{30'000}; ///< then a waiting sender gets AE 207
  bool paused_refuses = false;                ///< while it is paused: AE 207 at once, and not to wait
  ack_mode ack = ack_mode::as_asked;
  std::string application_ack; ///< host:port to which application acknowledgements go; empty: back on the
                               ///< connection
  bool accepts = false;        ///< its chain has the stage `accept`; without it, all is original mode

  /// The destination of those acknowledgements among all others; empty: there is none.
  std::string acknowledgements() const;
};

} // namespace aorta::config
