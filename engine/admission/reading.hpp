// What the parts of `read` share while one message is read.
#pragma once

#include "engine/admission/notice.hpp"

namespace aorta::admission {

struct reader;

/// DG1: a message tells all diagnoses of the visit or none.
class diagnosis_list {
public:
  void add(reader& all, const hl7::segment_view& dg1);
  void tell(notice& into) const;

private:
  static constexpr size_t most = 100;
  std::vector<std::pair<std::string, std::string>> all_; ///< ICD-10 code or nothing, words
};

struct reader {
  lab::notice_reader& from;
  notice& out;
  diagnosis_list diagnoses = {};
};

status read_patient(reader& all, const hl7::segment_view& pid); // read_person.cpp
void read_contact(reader& all, const hl7::segment_view& nk1);
void read_visit(reader& all, const hl7::segment_view& pv1); // read_visit.cpp
void read_visit_more(reader& all, const hl7::segment_view& pv2);

} // namespace aorta::admission
