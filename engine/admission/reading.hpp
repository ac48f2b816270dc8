// What the parts of `read` share while one message is read.
#pragma once

#include "engine/admission/notice.hpp"
#include "engine/lab/text_reader.hpp"
#include "engine/lab/time.hpp"

namespace aorta::admission {

struct reader {
  lab::text_reader read;
  const lab::local_zone& zone;
  std::optional<std::chrono::minutes> offset; ///< of times that tell none
  const reading& how;
  notice out = {};

  void note(std::string where, std::string rule, std::string detail) {
    out.rules.push_back({std::move(where), std::move(rule), std::move(detail)});
  }
  /// Nothing where none is told, and a note where it cannot be read.
  std::optional<timestamp> time(const hl7::segment_view& from, size_t field);
};

void read_patient(reader& all, const hl7::segment_view& pid); // read_person.cpp
void read_contact(reader& all, const hl7::segment_view& nk1);
void read_visit(reader& all, const hl7::segment_view& pv1); // read_visit.cpp
void read_visit_more(reader& all, const hl7::segment_view& pv2);
void read_diagnoses(reader& all, const hl7::message& msg);

} // namespace aorta::admission
