#include "engine/pipeline/lab_payload.hpp"

#include "engine/pipeline/record.hpp"

namespace aorta::pipeline {

void lab_payload::describe(const envelope& mail, ports::message_record& row) const {
  describe_time(mail, profile->time_zone, row);
}

void lab_payload::trace(trace_writer& out) const {
  out.text("profile", profile->code);
  if (mapped || !profile->charset.empty()) out.text("charset", mapped ? mapped->charset : profile->charset);
  if (!mapped) return;
  out.notes("rules", mapped->rules);
  if (!mapped->reviews.empty()) out.notes("reviews", mapped->reviews);
  if (!mapped->unmapped_codes.empty()) out.texts("unmapped_codes", mapped->unmapped_codes);
}

void lab_payload::file(ports::filing& into) const {
  if (mapped) into.report = &*mapped;
}

} // namespace aorta::pipeline
