// Messages and profiles for the tests of this room.
#pragma once

#include "engine/lab/map_report.hpp"

#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace sample {

using namespace aorta;

inline std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Of a foreign corpus; empty where that is not there.
inline std::string file(const std::string& path) {
  return bytes_of(std::string(AORTA_SHARED) + "/corpus/" + path);
}

/// What a golden case sends, `01-final-panel/in.hl7`.
inline std::string golden(const std::string& path) {
  return bytes_of(std::string(AORTA_SOURCE) + "/test/golden/oru/" + path);
}

inline lab::profile laboratory(std::string code) {
  lab::profile p;
  p.code = code;
  p.name = "Laboratory " + code;
  p.decimal_comma = true;
  const std::pair<const char*, const char*> tests[] = {
    {"CREAT", "2160-0"}, {"CHOL_T", "2093-3"},  {"HDL", "2085-9"},     {"TG", "2571-8"},  {"K", "2823-3"},
    {"NA", "2951-2"},    {"TROP_I", "49563-0"}, {"TROPHS", "89579-7"}, {"GLU", "2345-7"}, {"INR", "6301-6"},
    {"CRP", "1988-5"},   {"DDIM", "48065-7"},   {"NTBNP", "33762-6"},  {"HB", "718-7"},   {"HBA1C", "4548-4"},
    {"PLT", "777-3"},    {"WBC", "6690-2"},     {"TSH", "3016-3"},     {"MG", "19123-9"}, {"ALT", "1742-6"},
    {"CKMB", "13969-1"}};
  for (const auto& [own, loinc] : tests) p.tests[own] = {loinc, "", ""};
  return p;
}

inline std::vector<lab::critical_limit> clinic_limits() {
  return {{"2823-3", 2.5, 6.0, "mmol/L", {}},
          {"6301-6", {}, 5.0, "{INR}", {}},
          {"777-3", 50, {}, "10*9/L", {}},
          {"49563-0", {}, {}, "", 5}};
}

/// Maps `bytes` with everything of the demo clinic.
inline aorta::result<lab::report> map(const std::string& bytes, const lab::profile& from,
                                      const std::vector<lab::critical_limit>* limits = nullptr) {
  const auto msg = hl7::parse(bytes);
  if (!msg) return msg.error();
  static const auto own = clinic_limits();
  return lab::map_report(*msg, {&from, limits ? limits : &own, "MAIN"});
}

/// A whole ORU around segments given from PID on.
inline std::string oru(std::initializer_list<std::string> segments,
                       const std::string& charset = "UNICODE UTF-8") {
  std::string out = "MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|T-1|P|2.5.1|||||CYP|" +
    charset + "\r";
  for (const auto& s : segments) out += s + "\r";
  return out;
}

inline const std::string pid = "PID|1||812345^^^CYP^NI||PAPADOPOULOS^GEORGIOS||19580412|M";
inline const std::string obr = "OBR|1|PO-1|F-1|P^Panel^L|||20261120080000|||||||||||||||20261120082500||CH|F";

/// One OBX in an ORU.
inline aorta::result<lab::report> one(const std::string& obx, const lab::profile& from = laboratory("BIO"),
                                      const std::vector<lab::critical_limit>* limits = nullptr) {
  return map(oru({pid, obr, obx}), from, limits);
}

inline bool reviewed(const lab::report& r, std::string_view rule) {
  for (const auto& note : r.reviews)
    if (note.rule == rule) return true;
  return false;
}
inline bool noted(const lab::report& r, std::string_view rule) {
  for (const auto& note : r.rules)
    if (note.rule == rule) return true;
  return false;
}

} // namespace sample
