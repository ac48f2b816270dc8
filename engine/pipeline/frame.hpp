// One frame on its way: the envelopes of its parts, one after the other, and its answer once all are back.
#pragma once

#include "engine/config/listener.hpp"
#include "engine/hl7/ack.hpp"
#include "engine/hl7/frame.hpp"
#include "engine/pipeline/envelope.hpp"

#include <span>
#include <string>
#include <vector>

namespace aorta::pipeline {

/// What an acknowledgement says of itself: MSH-10 and MSH-7.
struct ack_stamp {
  std::string control_id; ///< 20 characters, as many as MSH-10 may have before v2.7
  std::string datetime;
};
ack_stamp stamp_of(const clock_source& clock, id_source& ids);

/// A frame is divided as `hl7::read_frame` says. Each part is an envelope of its own, filed under its own
/// key; the lines of a batch are the last one, so that its log row tells what came.
class frame_work {
public:
  /// `whole`: not to be divided, whatever it holds.
  frame_work(std::string bytes, bool whole);
  frame_work(const frame_work&) = delete;
  frame_work& operator=(const frame_work&) = delete;

  /// The next part's envelope with its bytes and its place in the frame, or null when there is none. The
  /// caller adds where it came from. An envelope that is refused already says so.
  envelope_ptr next(id_source& ids, timestamp received_at);
  bool has_next() const noexcept { return next_ < total(); }
  bool is_whole() const noexcept { return content_.is_whole(); }

  /// What became of a part; its reply is taken out of the envelope.
  void settle(envelope& mail);
  bool settled() const noexcept { return back_ == total(); }

  struct reply {
    std::string bytes; ///< several frames have their framing between them
    std::vector<std::string> codes;
  };
  /// Once, when all parts are settled.
  reply answer(config::batch_answer how, const clock_source& clock, id_source& ids);

private:
  struct outcome {
    std::string reply, code;
    std::optional<error> trouble;
    bool asked = false; ///< its reply is an answer that nothing can stand for
  };
  struct told { ///< an acknowledgement and its code
    std::string bytes, code;
  };

  size_t total() const noexcept { return content_.parts.size() + (content_.around.empty() ? 0 : 1); }
  void read();
  void place(envelope& mail, size_t at);
  told ack_of_message(size_t first, size_t count, const ack_stamp& stamp) const;
  told ack_of_batch(const ack_stamp& stamp) const;
  told ack_of_all(const ack_stamp& stamp) const;
  void add_answers(reply& to) const;
  std::string in_batches(const std::vector<told>& acks, const clock_source& clock, id_source& ids) const;
  std::string_view batch_header() const noexcept;

  std::string bytes_; ///< what `content_` points into
  hl7::frame_content content_;
  std::optional<error> refusal_; ///< of the frame as a whole
  std::vector<outcome> outcomes_;
  size_t next_ = 0, back_ = 0;
  uuid frame_;
};

} // namespace aorta::pipeline
