// What a look-up of people has beside its envelope.
#pragma once

#include "engine/pipeline/payload.hpp"
#include "engine/ports/access.hpp"
#include "engine/query/query.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aorta::pipeline {

struct query_payload final : payload {
  // map-query
  query::kind is = query::kind::candidates; ///< known also when the rest could not be read
  std::optional<query::question> question;
  std::string time_zone;
  std::string no_name; ///< PID-5 of whom no name is told: empty, and a pseudonym (HL70200 S)

  // match-patient
  std::vector<model::patient> met;

  // answer-query
  std::optional<query::answer> told;
  std::vector<ports::audit_entry> audits; ///< one for each person who is told, or one for nobody

  const identity::claims* claims() const noexcept override { return question ? &question->who : nullptr; }
  bool asks() const noexcept override { return true; }
  void meet(std::span<const model::patient> among) override { met.assign(among.begin(), among.end()); }
  bool waits_for_person(const envelope&) const noexcept override { return false; }
  /// The row is nobody's: whom it led to stands in the audit.
  void describe(const envelope& mail, ports::message_record& row) const override;
  void trace(trace_writer& out) const override;
  void file(ports::filing& out) const override;
  /// RSP^K22, RSP^K23 or ADR^A19, also of what was refused.
  void answer(const envelope& mail, hl7::ack_request& reply) const override;
};

} // namespace aorta::pipeline
