// Observation of laboratory results, as the clinic's table holds them; what the laboratory sent stays to be
// seen where it differs. States: HL70085 in HL7's v2-to-FHIR guide.
#include "engine/base/clock.hpp"
#include "engine/fhir/map_parts.hpp"
#include "engine/fhir/map_result_value.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aorta::fhir {
namespace {

/// The column decides, since a person may have changed it; the laboratory's letter only says more.
sv status_of(const record& row) {
  const auto status = row.text("result_status"), letter = row.text("observation_status");
  if (status == "preliminary") return letter == "I" ? "registered" : "preliminary";
  if (status == "final") return "final";
  if (status == "corrected") return letter == "A" || letter == "B" ? "amended" : "corrected";
  if (status == "cancelled") return letter == "D" || letter == "W" ? "entered-in-error" : "cancelled";
  return "unknown";
}

constexpr std::array flags{flag_code{"N", "Normal", "normal", false, true},
                           flag_code{"L", "Low", "low", false, true},
                           flag_code{"H", "High", "high", false, true},
                           flag_code{"LL", "Critical low", "critical_low", true, true},
                           flag_code{"HH", "Critical high", "critical_high", true, true},
                           flag_code{"AA", "Critical abnormal", "abnormal", true, false},
                           flag_code{"A", "Abnormal", "abnormal", false, true},
                           flag_code{"IND", "Indeterminate", "indeterminate", false, true},
                           flag_code{"POS", "Positive", "abnormal", false, false},
                           flag_code{"NEG", "Negative", "normal", false, false},
                           flag_code{"DET", "Detected", "abnormal", false, false},
                           flag_code{"ND", "Not detected", "normal", false, false},
                           flag_code{"RR", "Reactive", "abnormal", false, false},
                           flag_code{"NR", "Non-reactive", "normal", false, false},
                           flag_code{"WR", "Weakly reactive", "indeterminate", false, false},
                           flag_code{"E", "Equivocal", "indeterminate", false, false},
                           flag_code{"R", "Resistant", "abnormal", false, false},
                           flag_code{"S", "Susceptible", "normal", false, false},
                           flag_code{"I", "Intermediate", "indeterminate", false, false},
                           flag_code{"NS", "Non-susceptible", "abnormal", false, false},
                           flag_code{"<", "Off scale low", "low", false, false},
                           flag_code{">", "Off scale high", "high", false, false},
                           flag_code{"LU", "Significantly low", "low", false, false},
                           flag_code{"HU", "Significantly high", "high", false, false},
                           flag_code{"LX", "below low threshold", "low", false, false},
                           flag_code{"HX", "above high threshold", "high", false, false},
                           flag_code{"SDD", "Susceptible-dose dependent", "indeterminate", false, false},
                           flag_code{"MS", "moderately susceptible", "indeterminate", false, false},
                           flag_code{"VS", "very susceptible", "normal", false, false},
                           flag_code{"SYN-R", "Synergy - resistant", "abnormal", false, false},
                           flag_code{"SYN-S", "Synergy - susceptible", "normal", false, false},
                           flag_code{"NCL", "No CLSI defined breakpoint", "indeterminate", false, false},
                           flag_code{"IE", "Insufficient evidence", "indeterminate", false, false},
                           flag_code{"EX", "outside threshold", "abnormal", false, false},
                           flag_code{"CAR", "Carrier", "abnormal", false, false},
                           flag_code{"EXP", "Expected", "normal", false, false},
                           flag_code{"UNE", "Unexpected", "abnormal", false, false},
                           flag_code{"U", "Significant change up", "", false, false},
                           flag_code{"D", "Significant change down", "", false, false},
                           flag_code{"B", "Better", "", false, false},
                           flag_code{"W", "Worse", "", false, false}};

/// Whether the laboratory's flag has this code among its repetitions: ` sdd^Susceptible-dose
/// dependent^HL70078` is SDD.
bool was_sent(sv sent, sv code) noexcept {
  const auto same = [](char a, char b) { return (a >= 'a' && a <= 'z' ? char(a - 32) : a) == b; };
  while (!sent.empty()) {
    const auto end = sent.find('~');
    auto one = sent.substr(0, std::min(end, sent.find('^')));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.size() == code.size() && std::equal(one.begin(), one.end(), code.begin(), same)) return true;
    sent = end == sv::npos ? sv() : sent.substr(end + 1);
  }
  return false;
}

/// The code of the flag that is shown; also for `critical` without a flag that says so. What the laboratory's
/// own flag says beyond the column stands beside it, as long as nobody gave the result another flag.
sv put_interpretation(maker& m, node& to, const record& row) {
  const auto word = row.text("abnormal_flag"), sent = row.text("sent_flag");
  const bool critical = row.text("critical_value") == "true" || (word == "abnormal" && was_sent(sent, "AA"));
  sv shown;
  const auto put = [&](const flag_code& each) {
    m.item(to, "interpretation", m.codeable({m.coding(system_of::interpretation, each.code, each.display)}));
    if (shown.empty()) shown = each.code;
  };
  for (const auto& each : flags)
    if (each.column && each.word == word && !(critical && word == "abnormal")) put(each); // AA says both
  if (critical && shown != "LL" && shown != "HH")
    m.item(to, "interpretation",
           m.codeable({m.coding(system_of::interpretation, "AA", "Critical abnormal")}));
  if (critical && shown.empty()) shown = "AA";
  for (const auto& each : flags)
    if (!each.column && each.code != "AA" && (each.word.empty() || each.word == word) &&
        was_sent(sent, each.code))
      put(each);
  return shown;
}

/// The alternate coding (OBX-3.4 to 6), unless it says once more what is shown already.
node* other_coding(maker& m, const record& row, sv loinc, sv own) {
  const auto code = row.text("sent_other_code"), own_codes = own_system(m, row);
  node* out = sent_coding(m, own_codes, code, row.text("sent_other_name"), row.text("sent_other_system"));
  if (!out) return nullptr;
  const auto system = out->str("system");
  const bool again = (system == system_of::loinc && code == loinc) || (system == own_codes && code == own);
  return again ? nullptr : out;
}

void put_code(maker& m, node& to, const record& row) {
  const auto loinc = row.text("loinc_code"), name = row.text("test_name");
  const auto system = own_system(m, row), sent_code = row.text("sent_code");
  const bool sent_loinc = row.text("sent_code_system") == "LN" && is_loinc(sent_code);
  auto own = row.text("test_code");
  if (sent_loinc && own == sent_code) own.clear(); // that code is LOINC's, not the laboratory's
  const auto shown = is_loinc(loinc) ? loinc : sent_loinc && own.empty() ? sent_code : std::string();
  node* code = m.codeable({m.coding(system_of::loinc, shown), m.coding(system, own, row.text("sent_name")),
                           other_coding(m, row, shown, own)},
                          name);
  m.d.add(to, "code", code ? code : m.codeable({}, "Test that was not named"));
}

void put_bound(maker& m, node& to, const record& row, sv name, sv column, sv decimals, sv inclusive) {
  node* bound = m.quantity(with_decimals(row.text(column), row.text(decimals)), row.text("unit"));
  if (!bound) return;
  if (row.text(inclusive) == "false") {
    node* out = m.extension("exclusive");
    m.flag(*out, "valueBoolean", true);
    m.item(*bound, "extension", out);
  }
  m.d.add(to, name, bound);
}

void put_range(maker& m, node& to, const record& row) {
  node* range = m.d.object();
  put_bound(m, *range, row, "low", "reference_range_low", "range_low_decimals", "range_low_inclusive");
  put_bound(m, *range, row, "high", "reference_range_high", "range_high_decimals", "range_high_inclusive");
  m.text(*range, "text", row.text("reference_range_text"));
  if (range->size > 0) m.item(to, "referenceRange", range);
}

void put_orders(maker& m, node& to, const record& row) {
  node* by = m.reference("ServiceRequest", row.text("lab_order_id"));
  const auto number = [&](sv system, sv column, sv type, sv display) {
    node* id = m.identifier(system, row.text(column), type, display);
    if (!id) return;
    node* reference = by ? by : m.d.object();
    if (!reference->get("reference")) m.d.add(*reference, "type", "ServiceRequest");
    m.d.add(*reference, "identifier", id);
    m.item(to, "basedOn", reference);
    by = nullptr;
  };
  number(m.systems.placer, "placer_order_number", "PLAC", "Placer Identifier");
  number(m.systems.filler, "filler_order_number", "FILL", "Filler Identifier");
  m.item(to, "basedOn", by);
}

/// The numbers of placer and filler (SPM-2, each an EI of its own).
void put_specimen_numbers(maker& m, node& to, sv sent) {
  for (const auto& number : split(sent.substr(0, sent.find('~')), '^')) {
    const auto parts = split(number, '&');
    m.item(to, "identifier",
           m.identifier(parts.size() > 2 && system_of_hl7(parts[2], {}).starts_with("urn:oid:")
                          ? sv(system_of_hl7(parts[2], {}))
                          : sv(),
                        parts[0]));
  }
}

void put_specimen(maker& m, node& to, const record& row) {
  const auto own = own_system(m, row);
  node* specimen = m.resource("Specimen", "specimen");
  const auto bare = specimen->size;
  put_specimen_numbers(m, *specimen, row.text("specimen_id"));
  if (node* type = sent_codeable(m, own, row.text("specimen_type"))) m.d.add(*specimen, "type", type);
  node* collection = m.d.object();
  if (const auto time = told_time(row, "collected_at", "collected_offset_minutes", "collected_precision");
      !time.empty())
    m.d.add(*collection, "collectedDateTime", time);
  if (node* site = sent_codeable(m, own, row.text("specimen_site"))) m.d.add(*collection, "bodySite", site);
  if (collection->size > 0) m.d.add(*specimen, "collection", collection);
  if (specimen->size > bare) m.item(to, "contained", specimen);
}

/// Who measured it, where the message names another than the laboratory that sent it (OBX-23, OBX-15).
void put_performing_lab(maker& m, node& to, const record& row) {
  const auto name = row.text("performer"), code = row.text("performer_code");
  if (name == row.text("performing_lab") && (code.empty() || code == row.text("performing_lab_code"))) return;
  node* id = m.identifier(own_system(m, row) + ":performer", code);
  if (is_blank(clean(name)) && !id) return;
  node* out = m.d.object();
  m.d.add(*out, "type", "Organization");
  if (id) m.d.add(*out, "identifier", id);
  m.text(*out, "display", name.empty() ? code : name);
  m.item(to, "performer", out);
}

/// Who observed it, how and with what (OBX-16, 17, 18).
void put_observers(maker& m, node& to, const record& row) {
  const auto sent = row.text("sent_observer");
  for (const auto& each : split(sent, '~')) m.item(to, "performer", sent_person(m, own_system(m, row), each));
}

void put_means(maker& m, node& to, const record& row) {
  if (node* method = sent_codeable(m, own_system(m, row), row.text("sent_method")))
    m.d.add(to, "method", method);
}

/// The value as the resource shows it: `065.88` is shown as 65.88.
std::string shown_value(const node& in, const record& row) {
  const auto* quantity = in.get("valueQuantity");
  return quantity ? std::string(quantity->str("comparator")) + std::string(quantity->get("value")->text)
                  : row.text("value_text");
}

/// Code, value, unit, range and flag as they came, where the resource shows something else.
void put_sent(maker& m, node& to, const record& row, sv shown_flag) {
  node* sent = m.extension("as-sent");
  const auto add = [&](sv word, sv column, sv shown) {
    const auto text = row.text(column);
    if (is_blank(text) || text == shown) return;
    node* part = m.d.object();
    m.d.add(*part, "url", word);
    if (m.text(*part, "valueString", text)) m.item(*sent, "extension", part);
  };
  const bool loinc = row.text("sent_code_system") == "LN"; // then the code's own place is LOINC's
  add("code", "sent_code", row.text(loinc ? "loinc_code" : "test_code"));
  add("otherCode", "sent_other_code", {});
  add("otherSystem", "sent_other_system", {});
  add("otherName", "sent_other_name", {});
  add("performer", "performer", {});
  add("performerCode", "performer_code", {});
  add("observer", "sent_observer", {});
  add("method", "sent_method", {});
  add("device", "sent_device", {});
  add("specimenId", "specimen_id", {});
  add("specimenType", "specimen_type", {});
  add("specimenSite", "specimen_site", {});
  add("codeSystem", "sent_code_system", {});
  add("name", "sent_name", row.text("test_name"));
  add("value", "sent_value", shown_value(to, row));
  add("valueType", "sent_value_type", {});
  const bool with_unit = to.get("valueQuantity") || to.get("valueRange"); // a ratio and a text show none
  add("unit", "sent_unit", with_unit ? row.text("unit") : std::string());
  add("range", "sent_range", row.text("reference_range_text"));
  add("flag", "sent_flag", shown_flag);
  if (sent->size > 1) m.item(to, "extension", sent);
}

std::string later(const std::string& a, const std::string& b) {
  timestamp one, other;
  return from_iso(b, other) && (!from_iso(a, one) || one < other) ? b : a;
}

void put_attachments(maker& m, node& to, const beside& with) {
  for (const auto& each : with.attachments)
    m.item(to, "derivedFrom", m.reference("DocumentReference", each.key()));
}

} // namespace

std::span<const flag_code> flag_codes() noexcept { return flags; }

node* laboratory_reference(maker& m, sv code, sv name) {
  if (code.empty()) return m.reference("Organization", {}, name);
  return m.reference("Organization", "lab-" + std::string(code), name.empty() ? code : name);
}

node* result_resource(maker& m, const record& row, sv id, const beside& with) {
  node& out = *m.resource("Observation", id);
  node* meta = m.d.object();
  // a version's own time, or when a person verified it
  m.instant(*meta, "lastUpdated", later(row.text("created_at"), row.text("verified_at")));
  if (row.text("needs_review") == "true")
    m.item(*meta, "tag", m.coding("urn:aorta:tag", "needs-review", "A person must look at this result"));
  if (meta->size > 0) m.d.add(out, "meta", meta);
  put_specimen(m, out, row);
  m.extend(out, "sub-id", "valueString", row.text("sub_id"));
  const auto status = status_of(row);
  put_orders(m, out, row);
  m.d.add(out, "status", status);
  m.item(out, "category", m.codeable({m.coding(system_of::category, "laboratory", "Laboratory")}));
  put_code(m, out, row);
  m.refer(out, "subject", "Patient", row, "patient_id");
  if (const auto time = told_time(row, "result_datetime", "result_offset_minutes", "result_precision");
      !time.empty())
    m.d.add(out, "effectiveDateTime", time);
  // `issued` is an instant: a date alone does not tell one.
  if (const auto time = told_time(row, "issued_at", "issued_offset_minutes", "issued_precision");
      time.size() > 10)
    m.instant(out, "issued", row.text("issued_at"));
  m.item(out, "performer",
         laboratory_reference(m, row.text("performing_lab_code"), row.text("performing_lab")));
  put_performing_lab(m, out, row);
  m.item(out, "performer", m.reference("Practitioner", row.text("verified_by")));
  put_observers(m, out, row);
  put_value(m, out, row, status);
  const auto shown = put_interpretation(m, out, row);
  if (node* note = m.d.object(); m.text(*note, "text", row.text("comments"))) m.item(out, "note", note);
  put_means(m, out, row);
  if (out.get("contained")) {
    node* specimen = m.d.object();
    m.d.add(*specimen, "reference", "#specimen");
    m.d.add(out, "specimen", specimen);
  }
  if (node* device = sent_device(m, row.text("sent_device"))) m.d.add(out, "device", device);
  put_range(m, out, row);
  put_attachments(m, out, with);
  put_sent(m, out, row, shown);
  return &out;
}

} // namespace aorta::fhir
