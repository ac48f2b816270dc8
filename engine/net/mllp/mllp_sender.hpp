// The sending side of MLLP: one connection, one message in flight.
#pragma once

#include "engine/base/result.hpp"
#include "engine/hl7/mllp.hpp"
#include "engine/net/loop/deadline.hpp"
#include "engine/net/loop/name_lookup.hpp"
#include "engine/net/loop/stream.hpp"
#include "engine/ports/outbound.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::net {

/// What the connections to one destination share: its certificates, read once, and the loop's buffers.
struct mllp_target {
  /// Errors name the file that cannot be used.
  static result<std::shared_ptr<mllp_target>> make(loop& on, ports::mllp_destination where);
  ports::mllp_destination where;
  stream_room room;
};

/// `mllp_link` on the loop. Lives on the loop's thread; may be destroyed in its own callbacks, and after the
/// loop.
class mllp_sender final : public ports::mllp_link {
public:
  using connected = std::function<void(std::optional<ports::unanswered>)>;

  explicit mllp_sender(std::shared_ptr<mllp_target> to);
  ~mllp_sender() override;

  void send(std::string_view message, std::chrono::milliseconds answer_within, heard then) override;
  void drop() override;
  /// Makes the connection before there is a message. Only while there is none and nothing is in flight;
  /// `then` is called once, later, with what went wrong, if anything.
  void connect(connected then);

private:
  class link;
  enum class state : uint8_t { away, looking_up, connecting, idle, asked, failing };

  void try_next_address();
  void address_failed(ports::no_answer why, std::string text);
  void connected_now();
  void write(std::string_view message);
  void read(std::string_view bytes);
  void no_more_bytes();
  void after_reading();
  void link_ended(ports::no_answer why, const std::string& text);
  void give_up(ports::no_answer why, std::string text);
  void time_passed();
  void report();
  void let_go();
  hl7::mllp_decoder::events decoder_events();
  std::chrono::milliseconds left_until(uint64_t when) const;
  uint64_t now() const;

  std::shared_ptr<mllp_target> target_;
  deadline deadline_;
  name_lookup lookup_;
  link* link_ = nullptr; ///< deletes itself after its end
  hl7::mllp_decoder decoder_;
  const hl7::mllp_decoder::events events_;
  std::vector<socket_address> addresses_;
  size_t next_address_ = 0;
  state state_ = state::away;
  uint64_t due_ = 0;    ///< milliseconds of the loop: of the connection, later of the answer
  std::string message_; ///< while the connection is made
  std::chrono::milliseconds answer_within_{0};
  heard heard_;
  connected connected_;
  ports::unanswered failure_; ///< while `failing`: told from the loop, never from within a call
  std::optional<std::string> reply_;
  bool too_large_ = false;
};

} // namespace aorta::net
