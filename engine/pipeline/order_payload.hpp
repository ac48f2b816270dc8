// What an order message has beside its envelope.
#pragma once

#include "engine/order/file.hpp"
#include "engine/pipeline/told_payload.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::pipeline {

struct order_payload final : told_payload {
  // map-orders
  order::notice says;

  // persist
  std::optional<order::outcome> outcome;
  order::rows_told told_before; ///< in the attempt that runs

  const identity::claims* claims() const noexcept override { return &says.who; }
  void trace(trace_writer& out) const override;
  void forget_changes() noexcept override {
    outcome.reset();
    told_before.clear();
  }
  void answer(const envelope& mail, hl7::ack_request& reply) const override;

protected:
  status take_back(const records::filing_room& room, const route& of, model::patient_id patient,
                   bool leaves) override;
  status file(const records::filing_room& room, const route& of, identity::decision& made) override;

private:
  /// Of its orders: what came of them now, or when the message was here first; what waits for a person was
  /// received.
  std::vector<order::answer> answers(const envelope& mail) const;
};

} // namespace aorta::pipeline
