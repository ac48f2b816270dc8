// What is told of a critical value: in its row, in its resource, by an event, and in an alert.
#include "engine/rest/critical.hpp"

#include "engine/base/decimal.hpp"
#include "engine/rest/codings.hpp"

namespace aorta::rest {
namespace {

using model::abnormal_flag;

constexpr std::string_view interpretations =
  "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
constexpr std::string_view told_by_us = "aorta-critical"; ///< id of the element

bool holds_told(const fhir::node& value) {
  const auto* list = value.get("interpretation");
  for (const auto* each = list != nullptr ? list->first : nullptr; each != nullptr; each = each->next)
    if (each->str("id") == told_by_us) return true;
  return false;
}

void take_told(fhir::document& into, fhir::node& value) {
  if (!holds_told(value)) return;
  auto* kept = into.array();
  for (const auto* each = value.get("interpretation")->first; each != nullptr; each = each->next)
    if (each->str("id") != told_by_us) into.push(*kept, into.copy(*each));
  if (kept->size > 0) into.set(value, "interpretation", kept);
  else fhir::document::remove(value, "interpretation");
}

/// A row of `lab_results` as the clinic reads it.
critical::shown shown_by(const model::record& row) {
  critical::shown out{row.text("loinc_code"), row.text("value_text"), row.text("unit"),
                      row.text("comparator"), row.text("sent_value"), row.text("sent_unit")};
  if (out.value.empty()) out.value = row.text("value_numeric");
  return out;
}

std::string text_of(const fhir::node* quantity) {
  const auto* value = quantity != nullptr ? quantity->get("value") : nullptr;
  if (value == nullptr) return {};
  const auto number = decimal::from_json(value->text); // without an exponent, as people read it back
  return number ? number->text() : std::string(value->text);
}

/// In words, or by the first coding that has some.
std::string words_of(const fhir::node& concept_) {
  std::string out(concept_.str("text"));
  if (out.empty())
    any_coding(&concept_, [&](const fhir::node& each) {
      out = each.str(each.str("display").empty() ? "code" : "display");
      return true;
    });
  return out;
}

/// What the Observation or component says of itself.
critical::shown shown_by(const fhir::node& value) {
  critical::shown out;
  any_coding(value.get("code"), [&](const fhir::node& each) {
    if (each.str("system") == loinc_system) out.loinc = each.str("code");
    return false;
  });
  if (const auto* quantity = value.get("valueQuantity")) {
    out.value = text_of(quantity);
    out.comparator = quantity->str("comparator");
    out.unit = unit_of(*quantity);
  } else if (const auto* range = value.get("valueRange")) {
    out.value = text_of(range->get("low")) + "-" + text_of(range->get("high"));
    if (const auto* end = range->get("low") != nullptr ? range->get("low") : range->get("high"))
      out.unit = unit_of(*end);
  } else if (const auto* ratio = value.get("valueRatio")) {
    out.value = text_of(ratio->get("numerator")) + ":" + text_of(ratio->get("denominator"));
  } else if (const auto* concept_ = value.get("valueCodeableConcept")) {
    out.value = words_of(*concept_);
  } else {
    for (const auto member : {"valueString", "valueInteger", "valueBoolean", "valueDateTime", "valueTime"})
      if (const auto* plain = value.get(member); plain != nullptr && out.value.empty())
        out.value = plain->is == fhir::node::kind::boolean ? (plain->truth ? "true" : "false")
                                                           : std::string(plain->text);
  }
  return out;
}

bool is_result(const model::record* row) { return row != nullptr && row->of == model::table::lab_results; }

} // namespace

void mark_critical(model::record& row, abnormal_flag flag) {
  if (row.of != model::table::lab_results) return;
  row.set("critical_value", "true");
  row.set("abnormal_flag", std::string(model::name(flag)));
}

void tell_critical(fhir::document& into, fhir::node& value, abnormal_flag flag) {
  if (flag != abnormal_flag::critical_high && flag != abnormal_flag::critical_low) return; // its sender's own
  const bool high = flag == abnormal_flag::critical_high;
  const std::string_view code = high ? "HH" : "LL";
  const auto says_so = [&](const fhir::node& each) { return each.str("code") == code; };
  if (any_coding(value.get("interpretation"), says_so)) return;
  auto* coding = into.object();
  into.add(*coding, "system", interpretations);
  into.add(*coding, "code", code);
  into.add(*coding, "display", high ? "Critical high" : "Critical low");
  auto* ours = into.object();
  into.add(*ours, "id", told_by_us);
  into.push(*into.add(*ours, "coding", into.array()), coding);
  auto* list = value.get("interpretation");
  if (list == nullptr) list = into.add(value, "interpretation", into.array());
  into.push(*list, ours);
}

fhir::node* without_told(fhir::document& into, fhir::node* resource) {
  if (resource == nullptr) return resource;
  bool any = false;
  for (const auto& each : values_of(*resource)) any = any || holds_told(*each.of);
  if (!any) return resource;
  auto* out = into.copy(*resource);
  for (const auto& each : values_of(*out)) take_told(into, *each.of);
  return out;
}

critical::shown shown_value(const fhir::node& value, const model::record* row) {
  return is_result(row) ? shown_by(*row) : shown_by(value);
}

bool same_reading(const critical::shown& a, const critical::shown& b) {
  const auto x = decimal::from_text(a.value), y = decimal::from_text(b.value); // `6.7` is how a database
                                                                               // writes 6.70
  const bool same = a.value == b.value || (x && y && *x == *y);
  return same && a.unit == b.unit && a.comparator == b.comparator && a.loinc == b.loinc;
}

ports::critical_note critical_note_of(const fhir::node& observation, const fhir::node& value,
                                      const model::record* row, std::string_view flag) {
  ports::critical_note out;
  out.flag = flag;
  any_coding(value.get("code"), [&](const fhir::node& each) {
    (each.str("system") == loinc_system ? out.loinc : out.test_code) = each.str("code");
    if (out.content.test_name.empty()) out.content.test_name = each.str("display");
    return false;
  });
  if (out.test_code.empty()) out.test_code = out.loinc;
  if (const auto* code = value.get("code"); code != nullptr && !code->str("text").empty())
    out.content.test_name = code->str("text");
  out.content.status = observation.str("status");
  out.content.value = shown_value(value, row);
  timestamp when;
  const auto* period = observation.get("effectivePeriod");
  for (const auto text : {observation.str("effectiveDateTime"), observation.str("effectiveInstant"),
                          period != nullptr ? period->str("start") : std::string_view(),
                          period != nullptr ? period->str("end") : std::string_view()})
    if (!text.empty() && from_iso(text, when)) out.observed = when;
  return out;
}

std::string critical_payload(const fhir::node& observation, const fhir::node& value, abnormal_flag flag) {
  fhir::document into;
  auto* out = into.object();
  std::string_view code, test;
  any_coding(value.get("code"), [&](const fhir::node& each) {
    (each.str("system") == loinc_system ? code : test) = each.str("code");
    return false;
  });
  into.add(*out, "loinc_code", code);
  into.add(*out, "test_code", test.empty() ? code : test);
  into.add(*out, "abnormal_flag", model::name(flag));
  into.add(*out, "result_status", observation.str("status"));
  into.add(*out, "current", into.boolean(true));
  return fhir::write(*out);
}

} // namespace aorta::rest
