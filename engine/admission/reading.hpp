// What the parts of `read` share while one message is read.
#pragma once

#include "engine/admission/notice.hpp"
#include "engine/lab/text_reader.hpp"
#include "engine/lab/time.hpp"

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
  lab::text_reader read;
  const lab::local_zone& zone;
  std::optional<std::chrono::minutes> offset; ///< of times that tell none
  const reading& how;
  notice out = {};
  diagnosis_list diagnoses = {};

  void note(std::string where, std::string rule, std::string detail) {
    out.rules.push_back({std::move(where), std::move(rule), std::move(detail)});
  }
  /// Nothing where none is told, and a note where it cannot be read.
  std::optional<timestamp> time(const hl7::segment_view& from, size_t field);
  void speaks_of(const hl7::segment_view& evn);
};

void read_patient(reader& all, const hl7::segment_view& pid); // read_person.cpp
void read_contact(reader& all, const hl7::segment_view& nk1);
void read_visit(reader& all, const hl7::segment_view& pv1); // read_visit.cpp
void read_visit_more(reader& all, const hl7::segment_view& pv2);

} // namespace aorta::admission
