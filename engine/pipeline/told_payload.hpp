// What messages that change the clinic's records field by field have in common: admissions, orders.
#pragma once

#include "engine/pipeline/payload.hpp"
#include "engine/records/told.hpp"

#include <optional>
#include <string>

namespace aorta::pipeline {

/// Filed anew, what such a message told before is taken back first.
struct told_payload : payload {
  std::string time_zone;
  std::optional<identity::decision> matched; ///< as the matcher left it: a second attempt begins there

  void describe(const envelope& mail, ports::message_record& row) const override;
  bool changes_records(const envelope& mail) const noexcept override;
  bool shares_commit(const envelope& mail) const noexcept override;
  status change_records(ports::record_session& in, envelope& mail, const route& of) final;

protected:
  /// Whether it may be filed although nobody knows its patient.
  virtual bool may_create_patient() const noexcept { return false; }
  /// Why it cannot be filed a second time; nothing: it can.
  virtual std::optional<error> why_not_again() const { return std::nullopt; }
  virtual status take_back(const records::filing_room& room, const route& of, model::patient_id patient,
                           bool leaves) = 0;
  /// `made`: whose it is, as far as that is known before; and afterwards.
  virtual status file(const records::filing_room& room, const route& of, identity::decision& made) = 0;
};

} // namespace aorta::pipeline
