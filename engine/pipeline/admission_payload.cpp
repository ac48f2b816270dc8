#include "engine/pipeline/admission_payload.hpp"

#include "engine/pipeline/record.hpp"

namespace aorta::pipeline {

void admission_payload::trace(trace_writer& out) const {
  out.text("charset", says.charset);
  auto all = says.rules;
  if (outcome) all.insert(all.end(), outcome->rules.begin(), outcome->rules.end());
  out.notes("rules", all);
}

bool admission_payload::shares_commit(const envelope& mail) const noexcept {
  return !names_two(says.what) && told_payload::shares_commit(mail);
}

std::optional<error> admission_payload::why_not_again() const {
  if (!names_two(says.what)) return std::nullopt;
  return error{
    error_code::conflict, "",
    "who was joined, or whose number changed, is not filed anew: POST /api/patients/{id}/unmerge takes it back"};
}

status admission_payload::take_back(const records::filing_room& room, const route&, model::patient_id patient,
                                    bool leaves) {
  return admission::take_back({room, may_create}, patient, leaves);
}

status admission_payload::file(const records::filing_room& room, const route&, identity::decision& made) {
  auto filed = admission::file({room, may_create}, says, made);
  if (!filed) return filed.error();
  made = filed->decision;
  outcome = std::move(*filed);
  return done{};
}

} // namespace aorta::pipeline
