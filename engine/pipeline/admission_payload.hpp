// What an ADT message has beside its envelope.
#pragma once

#include "engine/admission/file.hpp"
#include "engine/pipeline/told_payload.hpp"

#include <optional>

namespace aorta::pipeline {

struct admission_payload final : told_payload {
  // map-admission
  admission::notice says;
  bool may_create = false; ///< as the route says

  // persist
  std::optional<admission::outcome> outcome;

  const identity::claims* claims() const noexcept override { return &says.who; }
  bool shares_commit(const envelope& mail) const noexcept override;
  void trace(trace_writer& out) const override;
  void forget_changes() noexcept override { outcome.reset(); }

protected:
  bool may_create_patient() const noexcept override { return may_create; }
  std::optional<error> why_not_again() const override;
  status take_back(const records::filing_room& room, const route& of, model::patient_id patient,
                   bool leaves) override;
  status file(const records::filing_room& room, const route& of, identity::decision& made) override;
};

} // namespace aorta::pipeline
