// A patient's record as people read it: what tables and pages are made of. Texts are those of the resources:
// numbers keep their digits, times their offset and precision, and nothing is translated here.
#pragma once

#include "engine/export/gather.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aorta::exports {

/// Reference range of a value, in the value's unit.
struct range {
  std::string low, high, text; ///< empty: not told
  bool low_excluded = false, high_excluded = false;
};

enum class flag : uint8_t { none, normal, low, high, critical_low, critical_high, abnormal, indeterminate };

/// What a corrected result was before.
struct earlier_value {
  std::string value, unit, time; ///< time: when that version was filed
};

/// One measured value. A panel of FHIR is one a component.
struct reading {
  enum class kind : uint8_t { laboratory, vital_sign, other };
  kind is = kind::other;
  std::string id;                ///< of its Observation
  std::string taken;             ///< effectiveDateTime, or the begin of effectivePeriod
  std::string issued;            ///< when it was reported
  std::string loinc, code, name; ///< code: the laboratory's own
  std::string comparator, value, unit;
  bool is_number = false; ///< `value` is one number
  std::string absent;     ///< why there is no value: a code of FHIR's data-absent-reason
  range within;
  flag marked = flag::none;
  bool critical = false;
  bool needs_review = false; ///< a person is to look at it
  std::string status;        ///< FHIR's: preliminary, final, corrected, cancelled, ...
  std::string laboratory, order, method, comment;
  std::string sent_code, sent_name, sent_value, sent_unit; ///< as the laboratory wrote them, where that
                                                           ///< differs
  std::vector<earlier_value> before;                       ///< oldest first
};

struct problem {
  std::string code, name, status, certainty, onset, ended; ///< FHIR's clinical and verification status
};
struct medicine {
  std::string name, atc, dosage, timing, route, status, start, end, written;
  bool as_needed = false, continuous = false;
  bool forbidden = false; ///< the request is not to give it
};
struct visit {
  std::string start, end, kind, status, reason, place, doctor; ///< kind: HL7's ActCode, AMB, IMP, ...
  std::vector<std::string> diagnoses;
};
struct study {
  std::string date, modality, name;
};
struct person {
  std::string family, given;                                ///< of the name that counts
  std::string birth_date, gender, phone, email, address;    ///< gender: FHIR's word
  std::vector<std::pair<std::string, std::string>> numbers; ///< type of HL7's table 0203 (MR, NI, PPN, NH)
  bool deceased = false;
};

struct chart {
  person who;
  std::string clinic;
  std::vector<problem> problems;
  std::vector<medicine> medicines;
  std::vector<reading> readings; ///< the newest first
  std::vector<visit> visits;     ///< the newest first
  std::vector<study> studies;    ///< the newest first
  /// Of which a chart has no more than how many there are, by type of resource.
  std::map<std::string, size_t> uncounted;
  size_t withdrawn = 0; ///< results, and what else was entered in error: it is not shown
};

/// `3.5 – 5.1`, `> 40`, `≤ 200`; the laboratory's own words where it told no numbers.
std::string range_text(const range& of);

/// Entered in error, or a refuted condition.
bool is_withdrawn(const fhir::node& resource);

/// The readings of one kind that were not cancelled, test by test (by LOINC, else by the laboratory's code
/// and name), each test's newest first, in the order of their newest.
std::vector<std::vector<const reading*>> by_test(const chart& what, reading::kind kind);

/// Of one test's readings the one to show: the newest that has a value; that a newer one has none does not
/// hide it.
const reading& shown_of(const std::vector<const reading*>& newest_first);

/// Withdrawn resources (entered-in-error) are counted and left out: they may be another person's.
chart read_chart(const gathered& from);

// What a chart is read from, one function each (read_*.cpp); nothing of what is not told.
void read_observation(const fhir::node& from, std::vector<reading>& into); ///< one a value
person read_person(const fhir::node& patient);
problem read_problem(const fhir::node& condition);
medicine read_medicine(const fhir::node& request);
visit read_visit(const fhir::node& encounter);
study read_study(const fhir::node& study);

} // namespace aorta::exports
