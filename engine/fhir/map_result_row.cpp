// Laboratory Observations that came in, as rows of lab_results.
#include "engine/base/clock.hpp"
#include "engine/fhir/map_parts.hpp"

#include <array>

namespace aorta::fhir {
namespace {

/// The column's word and the letter of HL70085.
struct state {
  sv code, word, letter;
};
constexpr std::array result_states{state{"registered", "preliminary", "I"},
                                   state{"preliminary", "preliminary", "P"},
                                   state{"final", "final", "F"},
                                   state{"amended", "corrected", "A"},
                                   state{"corrected", "corrected", "C"},
                                   state{"cancelled", "cancelled", "X"},
                                   state{"entered-in-error", "cancelled", "D"}};

/// Both databases keep 15 digits.
std::optional<decimal> exact(const node* value) {
  if (!value || value->is != node::kind::number || value->text.find_first_of("eE") != sv::npos)
    return std::nullopt;
  const auto out = decimal::from_text(value->text);
  return out && out->units < 1'000'000'000'000'000 && out->units > -1'000'000'000'000'000 ? out
                                                                                          : std::nullopt;
}

/// UCUM's code, else the unit as told.
std::string unit_of(const node& quantity) {
  if (quantity.str("system") == system_of::ucum && !quantity.str("code").empty())
    return std::string(quantity.str("code"));
  return std::string(quantity.str("unit").empty() ? quantity.str("code") : quantity.str("unit"));
}

void set_number(record& row, sv column, sv decimals, const decimal& number) {
  row.set(column, number.text());
  row.set(decimals, std::to_string(number.scale));
}

void set_value(record& row, sv kind, std::string text, sv type) {
  row.set("value_kind", std::string(kind));
  row.set("sent_value", text);
  row.set("value_text", std::move(text));
  row.set("sent_value_type", std::string(type));
}

std::string read_quantity(const node& quantity, record& row) {
  const auto number = exact(quantity.get("value"));
  if (!number) return "a number that the column cannot hold exactly";
  const auto comparator = quantity.str("comparator");
  set_value(row, comparator.empty() ? "number" : "comparator", std::string(comparator) + number->text(),
            comparator.empty() ? "NM" : "SN");
  set_number(row, "value_numeric", "value_decimals", *number);
  row.set("comparator", some(comparator));
  row.set("unit", some(unit_of(quantity)));
  row.set("sent_unit", some(quantity.str("unit").empty() ? quantity.str("code") : quantity.str("unit")));
  return {};
}

/// A plain number: no unit of its own, no comparator.
std::optional<decimal> bare(const node* quantity) {
  if (!quantity || quantity->get("comparator") || !unit_of(*quantity).empty()) return std::nullopt;
  return exact(quantity->get("value"));
}

std::string read_ratio(const node& ratio, record& row) {
  const auto a = bare(ratio.get("numerator")), b = bare(ratio.get("denominator"));
  if (!a || !b) return "a ratio of quantities with units";
  const bool titre = *a == decimal{1, 0};
  set_value(row, titre ? "titre" : "ratio", a->text() + (titre ? ":" : "/") + b->text(), "SN");
  return {};
}

std::string read_range_value(const node& range, record& row) {
  const auto *low = range.get("low"), *high = range.get("high");
  if (!low || !high || unit_of(*low) != unit_of(*high)) return "a range that is open, or of two units";
  const auto a = exact(low->get("value")), b = exact(high->get("value"));
  if (!a || !b) return "a range of numbers that the column cannot hold exactly";
  set_value(row, "range", a->text() + "-" + b->text(), "SN");
  row.set("unit", some(unit_of(*low)));
  return {};
}

std::string read_coded(const node& coded, record& row) {
  const auto* list = coded.get("coding");
  const auto code = list && list->first ? list->first->str("code") : sv();
  auto text = text_in(&coded);
  if (text.empty()) text = code;
  if (text.empty()) return "a coded value without code and text";
  set_value(row, "code", std::string(text), "CWE");
  row.set("value_code", some(code));
  return {};
}

/// A day or an instant as HL7 writes it.
std::string as_digits(sv time) {
  const auto zone = time.size() > 10 ? time.find_first_of("+-Z", 11) : sv::npos;
  std::string digits;
  for (const char c : time.substr(0, zone))
    if ((c >= '0' && c <= '9') || c == '.') digits += c;
  if (zone != sv::npos && time[zone] == 'Z') digits += "+0000";
  else if (zone != sv::npos) digits += std::string(time.substr(zone, 3)) + std::string(time.substr(zone + 4));
  return digits;
}

std::string read_time_value(sv time, record& row) {
  set_value(row, "datetime", as_digits(time), time.size() > 10 ? "TS" : "DT");
  return {};
}

std::string read_period(const node& period, record& row) {
  if (period.get("extension")) return "a period with extensions";
  set_value(row, "text", as_digits(period.str("start")) + "^" + as_digits(period.str("end")), "DR");
  return {};
}

std::string read_value(const node& from, record& row) {
  if (const auto* value = from.get("valueQuantity")) return read_quantity(*value, row);
  if (const auto* value = from.get("valueRatio")) return read_ratio(*value, row);
  if (const auto* value = from.get("valueRange")) return read_range_value(*value, row);
  if (const auto* value = from.get("valueCodeableConcept")) return read_coded(*value, row);
  if (const auto* value = from.get("valueDateTime")) return read_time_value(value->text, row);
  if (const auto* value = from.get("valueInteger")) {
    set_value(row, "number", std::string(value->text), "NM");
    row.set("value_numeric", std::string(value->text));
    row.set("value_decimals", "0");
    return {};
  }
  if (const auto time = from.str("valueTime"); !time.empty()) {
    std::string digits;
    for (const char c : time)
      if (c != ':') digits += c;
    set_value(row, "datetime", std::move(digits), "TM");
    return {};
  }
  if (const auto* value = from.get("valuePeriod")) return read_period(*value, row);
  if (const auto text = from.str("valueString"); !text.empty()) {
    set_value(row, "text", std::string(text), "ST");
    return {};
  }
  for (const auto other : {sv("valueBoolean"), sv("valueSampledData")})
    if (from.get(other)) return "a value of a kind that lab_results does not have";
  row.set("value_kind", "none");
  return {};
}

bool exclusive(const node* bound) noexcept {
  const auto* out = bound ? extension_of(*bound, "exclusive") : nullptr;
  const auto* value = out ? out->get("valueBoolean") : nullptr;
  return value && value->truth;
}

/// One range for everybody; several, or one in another unit, have no columns.
void read_range(const node& from, record& row) {
  const auto* list = from.get("referenceRange");
  if (!list || list->size != 1) return;
  const auto& range = *list->first;
  if (range.get("appliesTo") || range.get("age") || range.get("modifierExtension")) return;
  row.set("reference_range_text", some(range.str("text")));
  row.set("sent_range", some(range.str("text")));
  const auto *low = range.get("low"), *high = range.get("high");
  const bool plain = !row[sv("unit")]; // a value without a unit, perhaps a text: the range's counts
  auto unit = row.text("unit");
  for (const auto* bound : {low, high}) {
    if (!bound) continue;
    if (plain && unit.empty()) unit = unit_of(*bound);
    if (!exact(bound->get("value")) || (!unit_of(*bound).empty() && unit_of(*bound) != unit)) return;
  }
  if (plain) row.set("unit", some(unit));
  if (low) {
    set_number(row, "reference_range_low", "range_low_decimals", *exact(low->get("value")));
    row.set("range_low_inclusive", exclusive(low) ? "false" : "true");
  }
  if (high) {
    set_number(row, "reference_range_high", "range_high_decimals", *exact(high->get("value")));
    row.set("range_high_inclusive", exclusive(high) ? "false" : "true");
  }
}

void read_flags(const node& from, record& row) {
  bool critical = false;
  const auto* list = from.get("interpretation");
  for (const auto& each : flag_codes()) {
    if (!has_code(list, system_of::interpretation, each.code) &&
        !has_code(list, "http://terminology.hl7.org/CodeSystem/v2-0078", each.code))
      continue;
    critical = critical || each.critical;
    if (each.code == "AA" && list->size > 1) continue; // beside another flag it only says that it is critical
    if (row[sv("abnormal_flag")] || each.word.empty()) continue;
    row.set("abnormal_flag", std::string(each.word));
    row.set("sent_flag", std::string(each.code));
  }
  row.set("critical_value", critical ? "true" : "false");
}

/// `beside_loinc`: a code that was only the alternate of LOINC's, as an engine like this one told.
void read_code(const node& code, const identifier_systems& systems, sv beside_loinc, record& row) {
  const node* own = nullptr;
  const auto* list = code.get("coding");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next) {
    const auto system = each->str("system");
    if (each->str("code").empty() || system == system_of::loinc || each->str("code") == beside_loinc)
      continue;
    if (!own || (system.starts_with(systems.lab_code) && !own->str("system").starts_with(systems.lab_code)))
      own = each;
  }
  const auto* loinc = coding_in(&code, system_of::loinc);
  if (loinc) row.set("loinc_code", some(loinc->str("code")));
  if (const auto* first = own ? own : loinc) {
    row.set("test_code", some(first->str("code")));
    row.set("sent_code", some(first->str("code")));
    row.set("sent_name", some(first->str("display")));
    if (!own) row.set("sent_code_system", "LN");
  }
  row.set("test_name", some(text_in(&code)));
}

/// The instant, its offset and how much of it was told.
void read_time(sv time, record& row) {
  timestamp when;
  const auto padded = time.size() == 4 ? std::string(time) + "-01-01"
    : time.size() == 7                 ? std::string(time) + "-01"
                                       : std::string(time);
  if (!from_iso(padded, when)) return;
  int offset = 0;
  if (time.size() > 10 && !time.ends_with('Z')) {
    timestamp local;
    if (from_iso(time.substr(0, time.size() - 6), local))
      offset = int(std::chrono::duration_cast<std::chrono::minutes>(local - when).count());
  }
  const bool fraction = time.find('.') != sv::npos;
  row.set("result_datetime", to_iso(when));
  row.set("result_offset_minutes", std::to_string(offset));
  row.set("result_precision",
          time.size() == 4      ? "0"
            : time.size() == 7  ? "1"
            : time.size() == 10 ? "2"
            : fraction          ? "6"
                                : "5");
}

/// One word of what an engine like this one told of what its laboratory sent.
sv told_as(const node& from, sv word) {
  const auto* sent = extension_of(from, "as-sent");
  const auto* list = sent ? sent->get("extension") : nullptr;
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    if (each->str("url") == word) return each->str("valueString");
  return {};
}

void read_performers(const node& from, record& row) {
  const auto* list = from.get("performer");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next) {
    constexpr sv laboratory = "Organization/lab-";
    const auto reference = each->str("reference");
    if (reference.starts_with(laboratory))
      row.set("performing_lab_code", some(reference.substr(laboratory.size())));
    else if (auto person = number_in(each, "Practitioner")) row.set("verified_by", std::move(person));
    const auto* id = each->get("identifier");
    const bool measured = each->str("type") == "Organization" && reference.empty() &&
      !each->str("display").empty();
    if ((id && id->str("system").ends_with(":performer")) ||
        (measured && each->str("display") == told_as(from, "performer")))
      continue; // told as it was sent, too
    if (reference.starts_with("Practitioner/") || each->str("type") == "Practitioner" ||
        row[sv("performing_lab")])
      continue;
    row.set("performing_lab", some(each->str("display")));
  }
}

void read_orders(const node& from, const identifier_systems& systems, record& row) {
  const auto* list = from.get("basedOn");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next) {
    if (auto order = uuid_in(each, "ServiceRequest")) row.set("lab_order_id", std::move(order));
    const auto* id = each->get("identifier");
    if (!id) continue;
    if (id->str("system") == systems.placer) row.set("placer_order_number", some(id->str("value")));
    if (id->str("system") == systems.filler) row.set("filler_order_number", some(id->str("value")));
  }
}

/// What an engine like this one told of what its laboratory sent.
void read_sent(const node& from, record& row) {
  const auto* sent = extension_of(from, "as-sent");
  const auto* list = sent ? sent->get("extension") : nullptr;
  constexpr std::array words{word_pair{"code", "sent_code"},
                             word_pair{"codeSystem", "sent_code_system"},
                             word_pair{"name", "sent_name"},
                             word_pair{"value", "sent_value"},
                             word_pair{"valueType", "sent_value_type"},
                             word_pair{"unit", "sent_unit"},
                             word_pair{"range", "sent_range"},
                             word_pair{"flag", "sent_flag"},
                             word_pair{"otherCode", "sent_other_code"},
                             word_pair{"otherSystem", "sent_other_system"},
                             word_pair{"otherName", "sent_other_name"},
                             word_pair{"performer", "performer"},
                             word_pair{"performerCode", "performer_code"},
                             word_pair{"observer", "sent_observer"},
                             word_pair{"method", "sent_method"},
                             word_pair{"device", "sent_device"},
                             word_pair{"specimenId", "specimen_id"},
                             word_pair{"specimenType", "specimen_type"},
                             word_pair{"specimenSite", "specimen_site"}};
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    if (const auto column = code_of(words, each->str("url")); !column.empty())
      row.set(column, some(each->str("valueString")));
  if (row.text("sent_code_system") == "LN" && row.text("test_code") == row.text("loinc_code"))
    row.set("test_code", row[sv("sent_code")]);
}

std::string notes_of(const node& from) {
  std::string out;
  const auto* list = from.get("note");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    out += (out.empty() ? "" : "\n") + std::string(each->str("text"));
  return out;
}

const state* state_of(sv code) noexcept {
  for (const auto& each : result_states)
    if (each.code == code) return &each;
  return nullptr;
}

std::optional<std::string> collected_at(const node& from) {
  const auto* contained = from.get("contained");
  const auto* specimen = from.get("specimen");
  for (const auto* each = contained && specimen ? contained->first : nullptr; each; each = each->next) {
    const auto* collection = each->get("collection");
    if (collection && specimen->str("reference") == "#" + std::string(each->str("id")))
      return column_time(collection->str("collectedDateTime"));
  }
  return std::nullopt;
}

} // namespace

as_row result_row(const node& from, const identifier_systems& systems) {
  if (!has_code(from.get("category"), system_of::category, "laboratory"))
    return only_fhir("neither a vital sign of ours nor a laboratory result");
  const auto* status = state_of(from.str("status"));
  if (has_modifiers(from)) return only_fhir("a modifier extension changes what the result means");
  if (!status) return only_fhir("lab_results has no such state");
  if (from.get("component") || from.get("hasMember")) return only_fhir("a panel of results");
  if (from.get("effectivePeriod") || from.get("effectiveTiming"))
    return only_fhir("result_datetime is one time");
  record row(model::table::lab_results);
  row.set("patient_id", number_in(from.get("subject"), "Patient"));
  if (!row[sv("patient_id")]) return only_fhir("not of one of the clinic's patients");
  if (auto why = read_value(from, row); !why.empty()) return only_fhir(std::move(why));
  row.set("result_status", std::string(status->word));
  row.set("observation_status", std::string(status->letter));
  row.set("entry_method", "hl7");
  if (const auto* code = from.get("code"))
    read_code(*code, systems, told_as(from, "codeSystem") == "LN" ? told_as(from, "otherCode") : sv(), row);
  read_range(from, row);
  read_flags(from, row);
  read_time(from.str("effectiveDateTime").empty() ? from.str("effectiveInstant")
                                                  : from.str("effectiveDateTime"),
            row);
  row.set("reported_at", instant_in(from.str("issued")));
  row.set("issued_at", row[sv("reported_at")]);
  row.set("collected_at", collected_at(from));
  read_performers(from, row);
  read_orders(from, systems, row);
  row.set("comments", some(notes_of(from)));
  if (const auto* sub = extension_of(from, "sub-id")) row.set("sub_id", some(sub->str("valueString")));
  read_sent(from, row);
  as_row out;
  out.row = std::move(row);
  return out;
}

} // namespace aorta::fhir
