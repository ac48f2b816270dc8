#include "engine/rest/critical.hpp"

#include "engine/lab/critical.hpp"

#include <algorithm>
#include <array>

namespace aorta::rest {
namespace {

using model::abnormal_flag;

constexpr std::string_view loinc = "http://loinc.org", ucum = "http://unitsofmeasure.org";
constexpr std::string_view interpretations =
  "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
constexpr std::string_view told_by_us = "aorta-critical"; ///< id of the element

template <class Ask>
bool any_coding(const fhir::node* concepts, Ask ask) {
  if (concepts == nullptr) return false;
  if (concepts->is_object()) {
    const auto* codings = concepts->get("coding");
    for (const auto* each = codings != nullptr ? codings->first : nullptr; each != nullptr; each = each->next)
      if (ask(*each)) return true;
    return false;
  }
  for (const auto* each = concepts->first; each != nullptr; each = each->next)
    if (any_coding(each, ask)) return true;
  return false;
}

/// The other categories of HL7's value set observation-category. Senders leave the category out, say it in
/// words, or take it from table 0074 (LAB, CH): a value past a limit is one all the same.
constexpr std::array<std::string_view, 8> other_categories{
  "vital-signs", "social-history", "imaging", "procedure", "survey", "exam", "therapy", "activity"};

bool may_be_laboratory(const fhir::node& observation) {
  const auto* categories = observation.get("category");
  const auto says = [&](auto wanted) {
    return any_coding(categories, [&](const fhir::node& each) { return wanted(each.str("code")); });
  };
  const auto is_other = [](std::string_view code) {
    return std::find(other_categories.begin(), other_categories.end(), code) != other_categories.end();
  };
  return says([](std::string_view code) { return code == "laboratory"; }) || !says(is_other);
}

std::optional<abnormal_flag> interpreted(const fhir::node& observation) {
  std::optional<abnormal_flag> out;
  any_coding(observation.get("interpretation"), [&](const fhir::node& each) {
    const auto code = each.str("code");
    if (code == "AA") out = abnormal_flag::abnormal;
    else if (const auto flag = lab::flag_of(code); flag && lab::is_critical(*flag)) out = flag;
    return out.has_value();
  });
  return out;
}

std::string_view unit_of(const fhir::node& quantity) {
  if (quantity.str("system") == ucum && !quantity.str("code").empty()) return quantity.str("code");
  const auto known = lab::code_table::built_in().ucum(quantity.str("unit"));
  return known.empty() ? quantity.str("unit") : known;
}

std::optional<decimal> number_of(const fhir::node* quantity) {
  const auto* value = quantity != nullptr ? quantity->get("value") : nullptr;
  return value != nullptr ? decimal::from_text(value->text) : std::nullopt;
}

/// The upper end of the first reference range, which FHIR has in the value's own unit.
std::optional<double> upper_reference(const fhir::node& observation) {
  const auto* ranges = observation.get("referenceRange");
  const auto high = ranges != nullptr && ranges->first != nullptr ? number_of(ranges->first->get("high"))
                                                                  : std::nullopt;
  return high ? std::optional(high->number()) : std::nullopt;
}

/// One code of the Observation against the limits that are for it.
std::optional<abnormal_flag> past_any(std::span<const lab::critical_limit> limits, std::string_view code,
                                      const fhir::node& observation, const lab::interval& where) {
  const auto& codes = lab::code_table::built_in();
  auto what = lab::measure(codes, code);
  what.unit = unit_of(*observation.get("valueQuantity"));
  what.upper_reference = upper_reference(observation);
  for (const auto& limit : lab::limits_for(codes, lab::look_up(codes, limits), what))
    if (const auto flag = lab::past(codes, limit, where, what)) return flag;
  return std::nullopt;
}

} // namespace

std::optional<abnormal_flag> critical_flag(const fhir::node& observation,
                                           std::span<const lab::critical_limit> limits) {
  if (observation.str("resourceType") != "Observation" || !may_be_laboratory(observation))
    return std::nullopt;
  if (const auto status = observation.str("status"); status == "entered-in-error" || status == "cancelled")
    return std::nullopt;
  const auto* quantity = observation.get("valueQuantity");
  std::optional<abnormal_flag> out;
  if (const auto number = number_of(quantity)) {
    lab::value value;
    value.comparator = quantity->str("comparator");
    value.kind = value.comparator.empty() ? model::value_kind::number : model::value_kind::comparator;
    value.number = number;
    if (const auto where = lab::interval_of(value))
      any_coding(observation.get("code"), [&](const fhir::node& each) {
        if (each.str("system") == loinc) out = past_any(limits, each.str("code"), observation, *where);
        return out.has_value();
      });
  }
  return out ? out : interpreted(observation);
}

void mark_critical(model::record& row, abnormal_flag flag) {
  if (row.of != model::table::lab_results) return;
  row.set("critical_value", "true");
  row.set("abnormal_flag", std::string(model::name(flag)));
}

void tell_critical(fhir::document& into, fhir::node& observation, abnormal_flag flag) {
  if (flag != abnormal_flag::critical_high && flag != abnormal_flag::critical_low) return; // its sender's own
  const bool high = flag == abnormal_flag::critical_high;
  const std::string_view code = high ? "HH" : "LL";
  const auto says_so = [&](const fhir::node& each) { return each.str("code") == code; };
  if (any_coding(observation.get("interpretation"), says_so)) return;
  auto* coding = into.object();
  into.add(*coding, "system", interpretations);
  into.add(*coding, "code", code);
  into.add(*coding, "display", high ? "Critical high" : "Critical low");
  auto* ours = into.object();
  into.add(*ours, "id", told_by_us);
  into.push(*into.add(*ours, "coding", into.array()), coding);
  auto* list = observation.get("interpretation");
  if (list == nullptr) list = into.add(observation, "interpretation", into.array());
  into.push(*list, ours);
}

fhir::node* without_told(fhir::document& into, fhir::node* resource) {
  const bool observation = resource != nullptr && resource->str("resourceType") == "Observation";
  const auto* list = observation ? resource->get("interpretation") : nullptr;
  auto* kept = into.array();
  for (const auto* each = list != nullptr ? list->first : nullptr; each != nullptr; each = each->next)
    if (each->str("id") != told_by_us) into.push(*kept, into.copy(*each));
  if (list == nullptr || kept->size == list->size) return resource;
  auto* out = into.copy(*resource);
  if (kept->size > 0) into.set(*out, "interpretation", kept);
  else fhir::document::remove(*out, "interpretation");
  return out;
}

namespace {

std::string said(const fhir::node* in, const char* key) {
  return in != nullptr ? std::string(in->str(key)) : std::string();
}

critical::shown shown_by(const fhir::node& observation, const std::string& loinc_code) {
  critical::shown out;
  out.loinc = loinc_code;
  if (const auto* quantity = observation.get("valueQuantity"); quantity != nullptr) {
    const auto* value = quantity->get("value");
    out.value = value != nullptr ? std::string(value->text) : std::string();
    out.comparator = quantity->str("comparator");
    out.unit = unit_of(*quantity);
  } else if (const auto* concept_ = observation.get("valueCodeableConcept"); concept_ != nullptr) {
    out.value = concept_->str("text");
    if (out.value.empty())
      any_coding(concept_, [&](const fhir::node& each) {
        out.value = said(&each, each.str("display").empty() ? "code" : "display");
        return true;
      });
  } else {
    out.value = observation.str("valueString");
  }
  return out;
}

/// A row of `lab_results` as the clinic reads it.
critical::shown shown_by(const model::record& row) {
  critical::shown out{row.text("loinc_code"), row.text("value_text"), row.text("unit"),
                      row.text("comparator"), row.text("sent_value"), row.text("sent_unit")};
  if (out.value.empty()) out.value = row.text("value_numeric");
  return out;
}

} // namespace

ports::critical_note critical_note_of(const fhir::node& observation, const model::record* row,
                                      std::string_view flag) {
  ports::critical_note out;
  out.flag = flag;
  any_coding(observation.get("code"), [&](const fhir::node& each) {
    (each.str("system") == loinc ? out.loinc : out.test_code) = each.str("code");
    if (out.content.test_name.empty()) out.content.test_name = each.str("display");
    return false;
  });
  if (out.test_code.empty()) out.test_code = out.loinc;
  if (const auto* code = observation.get("code"); code != nullptr && !code->str("text").empty())
    out.content.test_name = code->str("text");
  out.content.status = observation.str("status");
  const bool is_result = row != nullptr && row->of == model::table::lab_results;
  out.content.value = is_result ? shown_by(*row) : shown_by(observation, out.loinc);
  timestamp when;
  for (const auto key : {"effectiveDateTime", "effectiveInstant"})
    if (const auto text = observation.str(key); !text.empty() && from_iso(text, when)) out.observed = when;
  return out;
}

std::string critical_payload(const fhir::node& observation, abnormal_flag flag) {
  fhir::document into;
  auto* out = into.object();
  std::string_view code, test;
  any_coding(observation.get("code"), [&](const fhir::node& each) {
    (each.str("system") == loinc ? code : test) = each.str("code");
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
