// What a FHIR Bundle has beside its envelope.
#pragma once

#include "engine/pipeline/envelope.hpp"
#include "engine/rest/import.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aorta::pipeline {

struct bundle_payload final : payload {
  // whoever sends it in; never changed after that
  std::optional<rest::grant> who; ///< none: a person of the route's clinic has asked for it
  std::string base;               ///< the server's own, ending in /fhir/r4

  // parse-bundle
  std::optional<fhir::document> document; ///< as it was sent, for what it says of itself
  std::vector<fhir::issue> issues;        ///< why it was refused

  // persist
  std::optional<rest::import_outcome> outcome;

  bool waits_for_person(const envelope& mail) const noexcept override;
  void describe(const envelope& mail, ports::message_record& row) const override;
  void trace(trace_writer& out) const override;
  bool changes_records(const envelope&) const noexcept override { return true; }
  status change_records(ports::record_session& in, envelope& mail, const route& of) override;
  void forget_changes() noexcept override { outcome.reset(); }
};

/// The bundle's payload; made when it has none yet.
bundle_payload& bundle_of(envelope& mail);

/// Its `arrived` is the caller's to set.
envelope_ptr envelope_of_bundle(std::string json, const rest::grant& who, const std::string& base,
                                const std::string& peer, const uuid& id, timestamp now);
/// What HTTP answers when the route is done with it.
rest::reply reply_of_bundle(const envelope& done);

} // namespace aorta::pipeline
