// What an ADT message has beside its envelope.
#pragma once

#include "engine/admission/file.hpp"
#include "engine/pipeline/payload.hpp"

#include <optional>
#include <string>

namespace aorta::pipeline {

struct admission_payload final : payload {
  // map-admission
  admission::notice says;
  std::string time_zone;
  bool may_create = false; ///< as the route says

  // persist
  std::optional<identity::decision> matched; ///< as the matcher left it: a second attempt begins there
  std::optional<admission::outcome> outcome;

  const identity::claims* claims() const noexcept override { return &says.who; }
  void describe(const envelope& mail, ports::message_record& row) const override;
  void trace(trace_writer& out) const override;
  bool changes_records(const envelope& mail) const noexcept override;
  status change_records(ports::record_session& in, envelope& mail, const route& of) override;
  void forget_changes() noexcept override { outcome.reset(); }
};

} // namespace aorta::pipeline
