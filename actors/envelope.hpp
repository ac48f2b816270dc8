// The one object that travels. Each stage fills its own part and touches nothing else (DESIGN: how one result goes through).
#pragma once

#include "engine/base/ids.hpp"
#include "engine/hl7/message.hpp"
#include "engine/identity/identity.hpp"
#include "engine/lab/report.hpp"
#include "engine/ports/store.hpp"
#include "engine/ports/transport.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::actors {

struct bundle_mail; // bundle.hpp

using steady = std::chrono::steady_clock;

/// Lives on the heap from frame to reply and is held by one actor at a time (and by the supervisor's list, which reads only `answered`).
struct envelope {
  // connection
  std::string bytes; ///< the frame as received; everything below points into it
  bool only_counted = false; ///< one of many frames of its peer that are no messages: answered, and told as a number
  bool whole = true; ///< false: only a part of what the sender meant to send has come
  std::string peer, listener;
  ports::connection_id connection = 0;
  uint64_t sequence = 0; ///< n-th frame of its connection, from 1
  uuid id;               ///< of the log row
  timestamp received_at{};
  steady::time_point arrived{};
  ports::filing::mode how = ports::filing::mode::first;
  std::shared_ptr<const ports::act> act;      ///< why a stored message is run again; null for a new one
  std::shared_ptr<bundle_mail> bundle;        ///< of a FHIR Bundle; then there is no HL7 message and no report

  // parser
  std::optional<hl7::message> message;
  uint32_t lane = 0;

  // mapper
  std::shared_ptr<const lab::profile> profile;
  std::optional<lab::report> report;

  // patient-matcher
  std::optional<identity::decision> decision;
  std::string trace; ///< JSON, complete once the persister takes over

  // persister
  std::optional<ports::receipt> receipt;

  // acker
  std::string reply, ack_code;

  // any stage that could not do its work
  std::optional<error> fault;

  struct note {
    std::string_view stage;
    std::chrono::nanoseconds took;
  };
  std::vector<note> notes;
  std::vector<std::string> remarks; ///< for people: an accept acknowledgement that was asked for, a noise in front

  std::atomic<bool> answered{false}; ///< the sender has had its reply (the deadline passed): whatever comes later is not sent

  bool ok() const noexcept { return !fault; }
  void fail(error why) {
    if (!fault) fault = std::move(why);
  }
};

using envelope_ptr = std::shared_ptr<envelope>;

/// What brought a FHIR Bundle, in place of a listener's name.
inline constexpr const char* http_listener = "http";

/// Whether it was taken, but a person has to decide something: an unmatched patient, a bundle's conflict.
bool waits_for_person(const envelope& mail) noexcept;

/// Faults of the moment or of the configuration, not of the message: the same bytes must be taken anew when they come again, so they get no key in
/// the store.
bool may_pass_later(error_code code) noexcept;

/// Whether it was refused although it says whose it is and carries results: then a person must see it. What the sender means for tests, and what
/// comes again by itself once the store is back, does not count.
bool refused_for_person(const envelope& mail) noexcept;

/// The log row of an envelope, with status, fault and acknowledgement code as they stand now.
ports::message_record record_of(const envelope& mail, model::clinic_id clinic, const std::string& route, const std::string& config_version);

/// Stages with their times, the mapping rules, the patient decision and the remarks, as JSON. No names, numbers or values of the patient.
std::string trace_of(const envelope& mail);

} // namespace aorta::actors
