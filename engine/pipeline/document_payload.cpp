#include "engine/pipeline/document_payload.hpp"

#include "engine/pipeline/record.hpp"

namespace aorta::pipeline {

void document_payload::trace(trace_writer& out) const {
  out.text("charset", says.front().charset);
  auto all = says.front().rules;
  if (outcome) all.insert(all.end(), outcome->rules.begin(), outcome->rules.end());
  out.notes("rules", all);
}

status document_payload::take_back(const records::filing_room& room, const route&, model::patient_id patient,
                                   bool leaves) {
  return document::take_back(room, patient, leaves);
}

status document_payload::file(const records::filing_room& room, const route&, identity::decision& made) {
  if (made.is != identity::decision::kind::same) return done{}; // it left its patient
  document::outcome all;
  for (const auto& each : says) {
    auto filed = document::file(room, each, made);
    if (!filed) return filed.error();
    made = filed->decision;
    all.rules.insert(all.rules.end(), filed->rules.begin(), filed->rules.end());
    if (made.is != identity::decision::kind::same) break; // somebody is asked whose it is
  }
  all.decision = made;
  outcome = std::move(all);
  return done{};
}

} // namespace aorta::pipeline
