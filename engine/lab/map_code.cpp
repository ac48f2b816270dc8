// OBX-3: which test it is. The message's own statements, a LOINC beside the local code and the specimen,
// count over the profile's table.
#include "engine/base/text.hpp"
#include "engine/lab/map_result.hpp"
#include "engine/lab/unit.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace aorta::lab {
namespace {

struct coding {
  std::string_view code, name, system; ///< without padding
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
    d.note(3, "code-suggested",
           std::string(each.code) + " (" + test->name + ") names no coding system: not used");
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
                   d.loinc + " and " + std::string(said.code) + " are two tests: not mapped", said.code);
      return;
    }
  }
  if (d.loinc.empty()) unmapped(d, all);
  else check_specimen(d);
}

/// `system` without padding, in whatever case, is one of `names`, which are in capitals.
bool is_any_of(std::string_view system, std::initializer_list<std::string_view> names) noexcept {
  const auto bare = trimmed(system);
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    return std::equal(bare.begin(), bare.end(), name.begin(), name.end(),
                      [](char a, char b) { return upper(a) == b; });
  });
}

} // namespace

bool names_loinc(std::string_view system) noexcept {
  return is_any_of(system,
                   {"LN", "LOINC", "LNC", "2.16.840.1.113883.6.1", "URN:OID:2.16.840.1.113883.6.1",
                    "HTTP://LOINC.ORG", "HTTPS://LOINC.ORG", "HTTP://LOINC.ORG/"});
}

bool names_ucum(std::string_view system) noexcept {
  return is_any_of(system,
                   {"UCUM", "2.16.840.1.113883.6.8", "URN:OID:2.16.840.1.113883.6.8",
                    "HTTP://UNITSOFMEASURE.ORG", "HTTP://UNITSOFMEASURE.ORG/"});
}

void take_code(result_draft& d) {
  auto& read = d.all.read;
  std::array<hl7::field_view, 12> sent;
  d.obx.components(3, 1, sent);
  const auto part = [&](size_t component) { return read.text(sent[component - 1], d.obx, 3, component); };
  auto& out = d.out.sent;
  out.code = part(1), out.name = part(2), out.code_system = part(3);
  out.other_code = part(4), out.other_name = part(5), out.other_system = part(6);
  const auto code = part(10), name = part(12), system = part(11), first_system = out.code_system;
  // Padding is no part of a code: `K ` is the same test as `K`, and its versions are versions of it.
  const codings all{{{trimmed(out.code), trimmed(out.name), trimmed(first_system)},
                     {trimmed(out.other_code), trimmed(out.other_name), trimmed(out.other_system)},
                     {trimmed(code), trimmed(name), trimmed(system)}}};
  const auto &first = all[0], &second = all[1];
  if (names_loinc(out.code_system)) out.code_system = "LN"; // as the other rooms know it
  d.out.test_code = !first.code.empty() ? first.code : !second.code.empty() ? second.code : first.name;
  if (d.out.test_code.empty()) d.review(3, "no-test", "a result that names no test: kept as sent");
  else find_code(d, all);
  d.test = d.loinc.empty() ? nullptr : d.all.codes.by_loinc(d.loinc);
  if (d.test != nullptr) d.analyte = d.test->analyte;
  d.out.test_name = d.mapped && !d.mapped->name.empty() ? std::string_view(d.mapped->name)
    : !first.name.empty()                               ? first.name
                                                        : second.name;
  if (d.out.test_name.empty() && d.test) d.out.test_name = d.test->name;
}

} // namespace aorta::lab
