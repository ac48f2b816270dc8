// What a message about a document has beside its envelope.
#pragma once

#include "engine/document/file.hpp"
#include "engine/pipeline/told_payload.hpp"

#include <optional>

namespace aorta::pipeline {

struct document_payload final : told_payload {
  // map-document
  document::notice says;

  // persist
  std::optional<document::outcome> outcome;

  const identity::claims* claims() const noexcept override { return &says.who; }
  void trace(trace_writer& out) const override;
  /// Contents are the clinic's, and no patient's: who keeps some waits for nobody else meanwhile.
  bool shares_commit(const envelope& mail) const noexcept override {
    return says.files.empty() && told_payload::shares_commit(mail);
  }
  void forget_changes() noexcept override { outcome.reset(); }

protected:
  status take_back(const records::filing_room& room, const route& of, model::patient_id patient,
                   bool leaves) override;
  status file(const records::filing_room& room, const route& of, identity::decision& made) override;
};

} // namespace aorta::pipeline
