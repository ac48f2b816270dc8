#include "engine/pipeline/lab_payload.hpp"

#include "engine/pipeline/record.hpp"

namespace aorta::pipeline {

void lab_payload::describe(const envelope& mail, ports::message_record& row) const {
  describe_time(mail, profile->time_zone, row);
}

void lab_payload::trace(trace_writer& out) const {
  out.text("profile", profile->code);
  if (report || !profile->charset.empty()) out.text("charset", report ? report->charset : profile->charset);
  if (!report) return;
  out.notes("rules", report->rules);
  if (!report->reviews.empty()) out.notes("reviews", report->reviews);
  if (!report->unmapped_codes.empty()) out.texts("unmapped_codes", report->unmapped_codes);
}

void lab_payload::file(ports::filing& into) const {
  if (report) into.report = &*report;
}

} // namespace aorta::pipeline
