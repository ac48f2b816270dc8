// What only one kind of message has. Whoever needs to know asks the payload, and nobody asks which kind it
// is.
#pragma once

#include "engine/identity/identity.hpp"
#include "engine/ports/lane.hpp"

#include <cstddef>
#include <span>

namespace aorta::hl7 {
struct ack_request; // ack.hpp
}

namespace aorta::pipeline {

struct envelope;
struct route;       // step.hpp
class trace_writer; // record.hpp

/// Made by the stage that first understands the message (or by whoever sends it in), filled by the stages of
/// its kind. Absent: nobody has understood it yet, and it is answered as if it had none of this.
struct payload {
  virtual ~payload() = default;

  /// Whose the message says it is; null: it is not matched to a patient here.
  virtual const identity::claims* claims() const noexcept { return nullptr; }
  /// It is a question: each copy of it is answered anew and by an answer of its own, and nothing is filed.
  virtual bool asks() const noexcept { return false; }
  /// Among whom the matcher decides.
  virtual void meet(std::span<const model::patient>) {}
  /// The laboratory's report in it; null: it has none.
  virtual const lab::report* report() const noexcept { return nullptr; }
  /// Whether a person has to decide something before all of it counts.
  virtual bool waits_for_person(const envelope& mail) const noexcept;
  /// Questions for a person that are opened with its rows, the patient's aside.
  virtual size_t reviews() const noexcept { return 0; }
  /// What the log row tells that the header does not.
  virtual void describe(const envelope&, ports::message_record&) const {}
  /// Its members of the trace, each a key of the object. No names, numbers or values of the patient.
  virtual void trace(trace_writer&) const {}
  /// What is filed when nothing failed. May point into the payload.
  virtual void file(ports::filing&) const {}
  /// Whether it changes the clinic's records beside results; and the change, in the transaction that files
  /// the message. With an error nothing of it is kept, and it may be asked once more.
  virtual bool changes_records(const envelope&) const noexcept { return false; }
  /// Whether that touches its own patient alone, so that it may stand in one transaction with others'.
  virtual bool shares_commit(const envelope&) const noexcept { return false; }
  /// Each time from the bytes: what an earlier attempt made of them is not to be read.
  virtual status change_records(ports::record_session&, envelope&, const route&) { return done{}; }
  /// The change was taken back: nothing is to tell of it.
  virtual void forget_changes() noexcept {}
  /// What its reply says beside the acknowledgement; `reply.to` is the message as it was sent.
  virtual void answer(const envelope&, hl7::ack_request&) const {}
};

} // namespace aorta::pipeline
