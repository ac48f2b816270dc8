// What a message about a document has beside its envelope.
#pragma once

#include "engine/document/file.hpp"
#include "engine/pipeline/told_payload.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace aorta::pipeline {

struct document_payload final : told_payload {
  // map-document
  std::vector<document::notice> says; ///< not empty; of a report one for each order

  // persist
  std::optional<document::outcome> outcome; ///< of all of them

  const identity::claims* claims() const noexcept override {
    return says.empty() ? nullptr : &says.front().who;
  }
  void trace(trace_writer& out) const override;
  /// Contents are the clinic's, and no patient's: who keeps some waits for nobody else meanwhile.
  bool shares_commit(const envelope& mail) const noexcept override {
    return told_payload::shares_commit(mail) &&
      std::all_of(says.begin(), says.end(), [](const auto& each) { return each.files.empty(); });
  }
  void forget_changes() noexcept override { outcome.reset(); }

protected:
  status take_back(const records::filing_room& room, const route& of, model::patient_id patient,
                   bool leaves) override;
  status file(const records::filing_room& room, const route& of, identity::decision& made) override;
};

} // namespace aorta::pipeline
