// OBX-3: which test it is. The message's own statements, a LOINC beside the local code and the specimen,
// count over the profile's table.
#include "engine/lab/map_result.hpp"
#include "engine/lab/unit.hpp"

#include <algorithm>
#include <array>

namespace aorta::lab {
namespace {

struct coding {
  std::string code, name, system;
};
using codings = std::array<coding, 3>; ///< CWE: the coding, its alternate and its second alternate (v2.7 on)

/// The laboratory's own codes: a system of theirs (L, 99...), or none named.
bool is_local(const coding& c) noexcept {
  return c.system.empty() || c.system == "L" || c.system == "l" || c.system.starts_with("99");
}

/// Mass and molar code of one test.
bool are_twins(const code_table& codes, std::string_view a, std::string_view b) noexcept {
  const auto* test = codes.by_loinc(a);
  return a == b || (test != nullptr && test == codes.by_loinc(b));
}

/// A code of the profile's table in other case, if only one of its codes reads so: `k` is no other test than
/// `K`.
const std::string* respelled(mapping& all, std::string_view code) {
  if (!all.spellings) {
    auto& spellings = all.spellings.emplace();
    for (const auto& [own, test] : all.from.tests)
      if (auto [at, fresh] = spellings.emplace(upper_code(own), &own); !fresh) at->second = nullptr;
  }
  const auto found = all.spellings->find(upper_code(code));
  return found == all.spellings->end() ? nullptr : found->second;
}

/// The laboratory's own code in its table. The alternate coding meets that table only in place of a first
/// one: `UK^Urine potassium^L^K^K^99X` is no serum potassium, whoever else calls it K.
const test_mapping* find_mapping(result_draft& d, const codings& all, std::string_view& code) {
  const auto& tests = d.all.from.tests;
  for (size_t i = 0; i < 2; ++i) {
    if (all[i].code.empty() || (i == 1 && (!all[0].code.empty() || !is_local(all[1])))) continue;
    auto own = tests.find(all[i].code);
    if (const auto* other = own == tests.end() ? respelled(d.all, all[i].code) : nullptr) {
      own = tests.find(*other);
      d.out.test_code = *other; // one test, whose versions are of one name
    }
    if (own == tests.end()) continue;
    code = all[i].code;
    return &own->second;
  }
  return nullptr;
}

/// What the code may be all the same: for the list of unmapped codes, and for a critical value that must not
/// pass unseen.
void suggest(result_draft& d, const codings& all) {
  for (const auto& each : all) {
    const auto* test = each.system.empty() ? d.all.codes.by_loinc(each.code) : nullptr;
    if (test == nullptr) continue;
    d.note(3, "code-suggested", each.code + " (" + test->name + ") names no coding system: not used");
    d.suspected = measure(d.all.codes, each.code);
    return;
  }
}

void unmapped(result_draft& d, const codings& all) {
  if (d.all.unmapped.insert(d.out.test_code).second) d.all.out.unmapped_codes.push_back(d.out.test_code);
  d.note(3, "code", d.out.test_code + " has no LOINC in this profile");
  suggest(d, all);
}

/// Not mapped: a person must say which of the two is meant. Where both name one analyte its limits hold all
/// the same.
void contradicted(result_draft& d, std::string where, std::string rule, std::string detail,
                  std::string_view other = {}) {
  const auto here = measure(d.all.codes, d.loinc);
  const auto there = measure(d.all.codes, other);
  if (!here.analyte.empty() && here.analyte == there.analyte) d.analyte = here.analyte;
  else if (here.test != nullptr && (there.test == nullptr || there.test->specimen == here.test->specimen))
    d.suspected = here;
  d.review(std::move(where), std::move(rule), std::move(detail));
  d.loinc.clear();
  d.mapped = nullptr;
  d.loinc_as_sent = false;
}

void check_specimen(result_draft& d) {
  const auto* test = d.all.codes.by_loinc(d.loinc);
  if (test == nullptr) return;
  for (const auto& said : d.all.specimens->of(d.position)) {
    if (said.kinds & specimen_named(test->specimen)) continue;
    contradicted(d, place("OBX", d.position, 3), "specimen-conflict",
                 d.loinc + " is for " + test->specimen + ", and " + said.where +
                   " names another specimen: not mapped");
    d.suspected = {}; // its limits are for the other specimen
    return;
  }
}

void find_code(result_draft& d, const codings& all) {
  std::string_view own;
  if ((d.mapped = find_mapping(d, all, own)) != nullptr) {
    d.loinc = d.mapped->loinc;
    d.note(3, "code", std::string(own) + " -> " + d.loinc);
  }
  for (size_t i = 0; d.all.from.loinc_direct && i < all.size(); ++i) {
    const auto& said = all[i];
    if (said.code == own || !names_loinc(said.system) || !is_loinc(said.code)) continue;
    if (d.loinc.empty()) {
      d.loinc = said.code;
      d.loinc_as_sent = true;
      if (i > 0) d.note(3, "code", "alternate coding " + d.loinc);
    } else if (!are_twins(d.all.codes, d.loinc, said.code)) {
      contradicted(d, place("OBX", d.position, 3), "code-conflict",
                   d.loinc + " and " + said.code + " are two tests: not mapped", said.code);
      return;
    }
  }
  if (d.loinc.empty()) unmapped(d, all);
  else check_specimen(d);
}

} // namespace

bool names_loinc(std::string_view system) {
  const auto name = upper_code(system);
  return name == "LN" || name == "LOINC" || name == "LNC" || name == "2.16.840.1.113883.6.1" ||
    name == "URN:OID:2.16.840.1.113883.6.1" || name == "HTTP://LOINC.ORG" || name == "HTTPS://LOINC.ORG" ||
    name == "HTTP://LOINC.ORG/";
}

bool names_ucum(std::string_view system) {
  const auto name = upper_code(system);
  return name == "UCUM" || name == "2.16.840.1.113883.6.8" || name == "URN:OID:2.16.840.1.113883.6.8" ||
    name == "HTTP://UNITSOFMEASURE.ORG" || name == "HTTP://UNITSOFMEASURE.ORG/";
}

void take_code(result_draft& d) {
  auto& read = d.all.read;
  // Padding is no part of a code: `K ` is the same test as `K`, and its versions are versions of it.
  const auto part = [&](size_t component) { return std::string(trimmed(read.get(d.obx, 3, 1, component))); };
  const codings all{
    {{part(1), part(2), part(3)}, {part(4), part(5), part(6)}, {part(10), part(12), part(11)}}};
  const auto &first = all[0], &second = all[1];
  d.out.sent.code = read.get(d.obx, 3, 1, 1), d.out.sent.name = read.get(d.obx, 3, 1, 2),
  d.out.sent.code_system = read.get(d.obx, 3, 1, 3);
  if (names_loinc(d.out.sent.code_system)) d.out.sent.code_system = "LN"; // as the other rooms know it
  d.out.test_code = !first.code.empty() ? first.code : !second.code.empty() ? second.code : first.name;
  if (d.out.test_code.empty()) d.review(3, "no-test", "a result that names no test: kept as sent");
  else find_code(d, all);
  d.test = d.loinc.empty() ? nullptr : d.all.codes.by_loinc(d.loinc);
  if (d.test != nullptr) d.analyte = d.test->analyte;
  d.out.test_name = d.mapped && !d.mapped->name.empty() ? d.mapped->name
    : !first.name.empty()                               ? first.name
                                                        : second.name;
  if (d.out.test_name.empty() && d.test) d.out.test_name = d.test->name;
}

} // namespace aorta::lab
