// The one object that travels: what every message has, whatever its kind. Each stage fills its own part and
// touches nothing else.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/hl7/enhanced.hpp"
#include "engine/hl7/message.hpp"
#include "engine/identity/identity.hpp"
#include "engine/pipeline/payload.hpp"
#include "engine/ports/lane.hpp"
#include "engine/ports/transport.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::edit {
struct account; // edit.hpp
}

namespace aorta::pipeline {

using steady = std::chrono::steady_clock;

/// What comes by HTTP has this in place of a listener's name, and is FHIR; what comes by a listener is HL7.
inline constexpr const char* http_listener = "http";

/// Lives on the heap from frame to reply and is held by one actor at a time (and by the supervisor's list,
/// which reads only `answered`).
struct envelope {
  // where it came in
  std::string bytes;         ///< the frame as received; everything below points into it
  bool only_counted = false; ///< one of many frames of its peer that are no messages: answered, and told as a
                             ///< number
  bool whole = true;         ///< false: only a part of what the sender meant to send has come
  std::string peer, listener;
  ports::connection_id connection = 0;
  uint64_t sequence = 0;                   ///< n-th frame of its connection, from 1
  std::optional<ports::frame_share> share; ///< which piece of that frame; nothing: all of it
  uuid id;                                 ///< of the log row
  timestamp received_at{};
  steady::time_point arrived{};
  std::optional<model::clinic_id> clinic; ///< whose it must be: of the key that sent it, or of the stored
                                          ///< message
  ports::filing::mode how = ports::filing::mode::first;
  std::shared_ptr<const ports::act> act; ///< why a stored message is run again; null for a new one
  std::optional<error> refusal;          ///< decided before any stage saw it; the entry makes it the fault

  // the routing table
  hl7::header header; ///< as received, read once (`read_header`); of FHIR the type alone. What the reply, the
                      ///< log and the key go by

  // the entry
  std::optional<hl7::message> message; ///< of HL7; over `bytes`, or over what a stage has made of them
  std::string edited;                  ///< see `stand_as`
  uint32_t lane = 0;

  // edit
  std::shared_ptr<const edit::account> edits; ///< what the route's edits did; null: nothing
  std::optional<error> held; ///< one of them keeps the message for a person: nothing is filed

  // whoever understands this kind
  std::shared_ptr<pipeline::payload> payload;

  // patient-matcher
  std::optional<identity::decision> decision;
  std::optional<std::vector<model::patient_id>> considered; ///< among whom it was made

  // persist
  std::vector<identity::lookup_key> found_by; ///< by `[[index]]` of its route

  // forwarder
  std::vector<ports::forward> forwards; ///< written with its filing, unless it fails

  // accept
  std::optional<hl7::acks_asked> asked; ///< nothing: original mode
  enum class acceptance : uint8_t {
    none,   ///< not yet, or it was refused before
    stored, ///< its bytes and its key are committed, and the work follows by itself
    known,  ///< a repeat of what was filed: its answer is that of the first one
  } accepted = acceptance::none;
  std::optional<ports::acceptance> to_accept; ///< written with its row of the log

  // persister
  std::string trace; ///< JSON; made ahead of the persister, and anew by it when a stage has worked since
  std::optional<ports::receipt> receipt;

  // the exit
  std::string reply, ack_code; ///< of enhanced mode the accept acknowledgement; empty bytes: it is not sent
  struct second_reply {
    std::string bytes, code;
  };
  std::optional<second_reply> application; ///< of enhanced mode: AA, AE, AR
  std::optional<uuid> answered_later;      ///< the message whose application acknowledgement is still to come

  // any stage that could not do its work
  std::optional<error> fault;

  struct note {
    std::string_view stage;
    std::chrono::nanoseconds took;
  };
  std::vector<note> notes;
  std::vector<std::string> remarks; ///< for people: an accept acknowledgement that was asked for, a noise in
                                    ///< front

  std::atomic<bool> answered{false}; ///< the sender has had its reply (the deadline passed): whatever comes
                                     ///< later is not sent

  /// Whether the stages behind are to work on it.
  bool ok() const noexcept { return !fault && !refusal && !held && accepted != acceptance::stored; }
  /// The exit has answered it, perhaps with silence.
  bool has_reply() const noexcept { return !ack_code.empty(); }
  /// Why it could not be done, whoever said so.
  const std::optional<error>& trouble() const noexcept { return fault ? fault : refusal; }
  /// The first fault is the one to tell.
  void fail(error why) {
    if (!fault) fault = std::move(why);
  }
  void refuse(error why) {
    if (!refusal) refusal = std::move(why);
  }
  void note_work(std::string_view stage, std::chrono::nanoseconds took) {
    notes.push_back({stage, took});
    trace.clear();
  }
};

using envelope_ptr = std::shared_ptr<envelope>;

/// Reads the header from the first line, which is all that choosing a route needs. Errors as `hl7::parse` and
/// `hl7::check_header`; what could be read is there all the same. FHIR has its header in its listener.
status read_header(envelope& mail);

/// A stage has changed the message: `message` is this from now on, for the stages behind it. Bytes and header
/// stay as received: the sender hears of what was sent, and its repeat is known by it. Errors as
/// `hl7::parse`, and then nothing has changed.
status stand_as(envelope& mail, std::string bytes);

/// One patient's messages keep their order: the same first identifier (or name and birth date) always takes
/// the same of so many lanes.
uint32_t lane_of(const hl7::message& msg, uint32_t lanes);

/// The same on every node and in every build, since rows with it are stored; never 0.
int64_t stable_hash(std::string_view text);
/// Whose order it keeps: of the patient's first identifier (else name), the same on every node and in every
/// build; 0: nobody's.
int64_t patient_key(const hl7::message& msg);

/// A stored message on its way through its route again.
envelope_ptr stored_envelope(const ports::message_record& log, std::string raw, ports::filing::mode how);

/// For a reply while stages may still be writing to the envelope: what was known before any of them, refused
/// for `why`.
envelope_ptr bare_copy(const envelope& mail, error why);

/// Whether it was taken, but a person has to decide something: an unmatched patient, a bundle's conflict.
bool waits_for_person(const envelope& mail) noexcept;

/// Faults of the moment or of the configuration, not of the message: the same bytes must be taken anew when
/// they come again, so they get no key in the store.
bool may_pass_later(error_code code) noexcept;

/// Whether it was refused although it says whose it is and carries results: then a person must see it. What
/// the sender means for tests, and what comes again by itself once the store is back, does not count.
bool refused_for_person(const envelope& mail) noexcept;

} // namespace aorta::pipeline
