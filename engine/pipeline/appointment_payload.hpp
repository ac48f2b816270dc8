// What a message about an appointment has beside its envelope.
#pragma once

#include "engine/appointment/file.hpp"
#include "engine/pipeline/told_payload.hpp"

#include <optional>

namespace aorta::pipeline {

struct appointment_payload final : told_payload {
  // map-appointment
  appointment::notice says;

  // persist
  std::optional<appointment::outcome> outcome;

  const identity::claims* claims() const noexcept override { return &says.who; }
  void trace(trace_writer& out) const override;
  void forget_changes() noexcept override { outcome.reset(); }

protected:
  status take_back(const records::filing_room& room, const route& of, model::patient_id patient,
                   bool leaves) override;
  status file(const records::filing_room& room, const route& of, identity::decision& made) override;
};

} // namespace aorta::pipeline
