// Observations as readings.
#include "engine/export/chart.hpp"
#include "engine/fhir/map_parts.hpp"

namespace aorta::exports {
namespace {

using fhir::node;
using sv = std::string_view;
namespace system_of = fhir::system_of;

/// A number as FHIR writes it in JSON.
std::string number_of(const node* from) {
  return from != nullptr && from->is == node::kind::number ? std::string(from->text) : std::string();
}

std::string unit_of(const node& quantity) {
  return std::string(quantity.str("unit").empty() ? quantity.str("code") : quantity.str("unit"));
}

std::string between(const node& from, sv first, sv second, sv sign) {
  const auto *a = from.get(first), *b = from.get(second);
  return (a ? number_of(a->get("value")) : "") + std::string(sign) + (b ? number_of(b->get("value")) : "");
}

std::string coded_text(const node& value) {
  const auto text = fhir::text_in(&value);
  const auto* codings = value.get("coding");
  return std::string(!text.empty() || !codings || !codings->first ? text : codings->first->str("code"));
}

bool read_quantity(const node& from, reading& into) {
  const auto* quantity = from.get("valueQuantity");
  if (!quantity) return false;
  into.value = number_of(quantity->get("value"));
  into.comparator = quantity->str("comparator");
  into.unit = unit_of(*quantity);
  into.is_number = !into.value.empty();
  return true;
}

void read_value(const node& from, reading& into) {
  if (read_quantity(from, into)) return;
  if (const auto* ratio = from.get("valueRatio")) {
    const auto* numerator = ratio->get("numerator");
    const bool titre = numerator && number_of(numerator->get("value")) == "1";
    into.value = between(*ratio, "numerator", "denominator", titre ? ":" : "/");
  } else if (const auto* range = from.get("valueRange")) {
    into.value = between(*range, "low", "high", "-");
    const auto* bound = range->get("low") ? range->get("low") : range->get("high");
    if (bound) into.unit = unit_of(*bound);
  } else if (const auto* concept_ = from.get("valueCodeableConcept")) {
    into.value = coded_text(*concept_);
  } else if (const auto* period = from.get("valuePeriod")) {
    into.value = std::string(period->str("start")) + "/" + std::string(period->str("end"));
  } else if (const auto* integer = from.get("valueInteger")) {
    into.value = number_of(integer);
    into.is_number = true;
  } else if (const auto* truth = from.get("valueBoolean")) {
    into.value = truth->truth ? "true" : "false";
  } else {
    for (const auto member : {sv("valueString"), sv("valueDateTime"), sv("valueTime")})
      if (const auto text = from.str(member); !text.empty()) into.value = text;
  }
  if (const auto* why = from.get("dataAbsentReason"); why && into.value.empty())
    into.absent = why->get("coding") && why->get("coding")->first
      ? std::string(why->get("coding")->first->str("code"))
      : std::string(fhir::text_in(why));
}

void read_code(const node* code, reading& into) {
  const auto* list = code ? code->get("coding") : nullptr;
  for (const auto* each = list ? list->first : nullptr; each; each = each->next) {
    auto& at = each->str("system") == system_of::loinc ? into.loinc : into.code;
    if (at.empty()) at = each->str("code");
  }
  into.name = fhir::text_in(code);
  if (into.name.empty()) into.name = !into.loinc.empty() ? into.loinc : into.code;
}

bool is_excluded(const node& bound) {
  const auto* out = fhir::extension_of(bound, "exclusive");
  const auto* value = out ? out->get("valueBoolean") : nullptr;
  return value && value->truth;
}

/// Several ranges are for several kinds of people: the first that names none of them, else no one's.
void read_range(const node& from, range& into) {
  const auto* list = from.get("referenceRange");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next) {
    if (each->get("appliesTo") || each->get("age")) continue;
    if (const auto* low = each->get("low")) {
      into.low = number_of(low->get("value"));
      into.low_excluded = is_excluded(*low);
    }
    if (const auto* high = each->get("high")) {
      into.high = number_of(high->get("value"));
      into.high_excluded = is_excluded(*high);
    }
    into.text = each->str("text");
    return;
  }
}

flag flag_from(sv word) noexcept {
  if (word == "normal") return flag::normal;
  if (word == "low") return flag::low;
  if (word == "high") return flag::high;
  if (word == "critical_low") return flag::critical_low;
  if (word == "critical_high") return flag::critical_high;
  if (word == "abnormal") return flag::abnormal;
  return word == "indeterminate" ? flag::indeterminate : flag::none;
}

void read_flags(const node& from, reading& into) {
  const auto* list = from.get("interpretation");
  if (!list) return;
  for (const auto& each : fhir::flag_codes()) {
    if (!fhir::has_code(list, system_of::interpretation, each.code)) continue;
    into.critical = into.critical || each.critical;
    if (into.marked == flag::none) into.marked = flag_from(each.word);
  }
}

sv told_as(const node& from, sv word) {
  const auto* sent = fhir::extension_of(from, "as-sent");
  const auto* list = sent ? sent->get("extension") : nullptr;
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    if (each->str("url") == word) return each->str("valueString");
  return {};
}

/// Who measured it: the last organization that is named, as the one before is who sent it.
std::string laboratory_of(const node& from) {
  std::string out;
  const auto* list = from.get("performer");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    if ((each->str("reference").starts_with("Organization/") || each->str("type") == "Organization") &&
        !each->str("display").empty())
      out = each->str("display");
  return out;
}

std::string order_of(const node& from) {
  const auto* list = from.get("basedOn");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    if (const auto* number = each->get("identifier")) return std::string(number->str("value"));
  return {};
}

std::string notes_of(const node& from) {
  std::string out;
  const auto* list = from.get("note");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    out.append(out.empty() ? "" : "\n").append(each->str("text"));
  return out;
}

reading::kind kind_of(const node& from) {
  const auto* categories = from.get("category");
  if (fhir::has_code(categories, system_of::category, "laboratory")) return reading::kind::laboratory;
  return fhir::has_code(categories, system_of::category, "vital-signs") ? reading::kind::vital_sign
                                                                        : reading::kind::other;
}

std::string taken_at(const node& from) {
  for (const auto member : {sv("effectiveDateTime"), sv("effectiveInstant")})
    if (const auto time = from.str(member); !time.empty()) return std::string(time);
  const auto* period = from.get("effectivePeriod");
  return period ? std::string(period->str("start").empty() ? period->str("end") : period->str("start")) : "";
}

/// What all values of one Observation share.
reading shared_of(const node& from) {
  reading out;
  out.is = kind_of(from);
  out.id = from.str("id");
  out.taken = taken_at(from);
  out.issued = from.str("issued");
  out.status = from.str("status");
  out.laboratory = laboratory_of(from);
  out.order = order_of(from);
  out.method = fhir::text_in(from.get("method"));
  out.comment = notes_of(from);
  const auto* meta = from.get("meta");
  out.needs_review = meta && fhir::has_code(meta->get("tag"), "urn:aorta:tag", "needs-review");
  return out;
}

void read_one(const node& from, reading& into) {
  read_code(from.get("code"), into);
  read_value(from, into);
  read_range(from, into.within);
  read_flags(from, into);
}

} // namespace

void read_observation(const node& from, std::vector<reading>& into) {
  const auto shared = shared_of(from);
  auto one = shared;
  read_one(from, one);
  one.sent_code = told_as(from, "code");
  one.sent_name = told_as(from, "name");
  one.sent_value = told_as(from, "value");
  one.sent_unit = told_as(from, "unit");
  const auto* parts = from.get("component");
  if (!parts || !one.value.empty()) into.push_back(one);
  for (const auto* each = parts ? parts->first : nullptr; each; each = each->next) {
    auto part = shared;
    read_one(*each, part);
    if (part.is != reading::kind::vital_sign) part.name = one.name + ": " + part.name;
    into.push_back(std::move(part));
  }
}

} // namespace aorta::exports
