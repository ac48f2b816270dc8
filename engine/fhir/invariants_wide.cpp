// Invariants of the types that are kept in FHIR alone, with their keys as HL7 has them; `inv-1` and `inv-2`,
// which mean something else in each type, with the type in front.
#include "engine/fhir/invariants.hpp"
#include "engine/fhir/search_values.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>

namespace aorta::fhir {
namespace {

using sv = std::string_view;
using scope = const resource_scope&;

size_t count(const node& self, sv member) noexcept {
  const node* list = self.get(member);
  return list == nullptr ? 0 : list->is_array() ? list->size : 1;
}
template <class Keep>
bool each_of(const node& self, sv member, Keep keep) {
  bool out = true;
  each_item(self.get(member), [&](const node& item) { out = out && keep(item); });
  return out;
}
bool either(const node& self, sv a, sv b) noexcept { return has(self, a) || has(self, b); }
bool not_both(const node& self, sv a, sv b) noexcept { return !has(self, a) || !has(self, b); }
bool only_one(const node& self, sv a, sv b) noexcept { return has(self, a) != has(self, b); }
bool asks_for(const node& self, sv when, sv needed) noexcept { return !has(self, when) || has(self, needed); }
bool is_true(const node& self, sv member) noexcept {
  const node* found = self.get(member);
  return found != nullptr && found->is == node::kind::boolean && found->truth;
}
bool one_of(sv word, std::initializer_list<sv> all) noexcept {
  return std::find(all.begin(), all.end(), word) != all.end();
}

/// The texts of this member of all items are told once each.
bool told_once(const node& self, sv list, sv member) {
  std::set<sv> seen;
  return each_of(self, list, [&](const node& item) {
    const auto text = item.str(member);
    return text.empty() || seen.insert(text).second;
  });
}
/// The same however deep: linkIds of a questionnaire, codes of a system.
bool told_once_within(const node& self, sv list, sv member, std::set<sv>& seen) {
  return each_of(self, list, [&](const node& item) {
    const auto text = item.str(member);
    return (text.empty() || seen.insert(text).second) && told_once_within(item, list, member, seen);
  });
}
bool told_once_within(const node& self, sv list, sv member) {
  std::set<sv> seen;
  return told_once_within(self, list, member, seen);
}

/// Certainly: dates of another precision may be either.
bool comes_before(const node& self, sv one, sv other) {
  const auto a = search_span_of(self.str(one)), b = search_span_of(self.str(other));
  return a && b && a->to <= b->from;
}

bool names_something_in(const node& self, sv list, sv member, const node& among, sv its_list, sv its_member) {
  std::set<sv> known;
  each_item(among.get(its_list),
            [&](const node& one) { known.insert(its_member.empty() ? one.text : one.str(its_member)); });
  return each_of(self, list, [&](const node& item) {
    return each_of(item, member, [&](const node& named) { return known.contains(named.text); });
  });
}

bool is_percent(const node* quantity) noexcept {
  return quantity == nullptr ||
    (quantity->str("code") == "%" && quantity->str("system") == "http://unitsofmeasure.org");
}

bool question_may(const node& item, sv types_that_may, sv member) {
  if (!has(item, member)) return true;
  const auto type = " " + std::string(item.str("type")) + " ";
  return types_that_may.find(type) != types_that_may.npos;
}

bool is_one_assertion(const node& self) {
  size_t told = 0;
  for (const auto each : {"contentType", "expression", "headerField", "minimumId", "navigationLinks", "path",
                          "requestMethod", "resource", "responseCode", "response", "validateProfileId"})
    told += count(self, each);
  return has(self, "extension") || told <= 1;
}

bool says_what_it_works_on(const node& self) {
  const auto* type = self.get("type");
  return has(self, "sourceId") || count(self, "targetId") + count(self, "url") + count(self, "params") == 1 ||
    (type != nullptr && one_of(type->str("code"), {"capabilities", "search", "transaction", "history"}));
}

// StructureDefinition: what its snapshot and its differential list.

const node* first_element(const node* listing) noexcept {
  const node* list = listing != nullptr ? listing->get("element") : nullptr;
  return list != nullptr ? list->first : nullptr;
}
bool is_root(const node& element) noexcept { return element.str("path").find('.') == sv::npos; }

template <class Keep>
bool each_element(const node& structure, std::initializer_list<sv> listings, Keep keep) {
  bool out = true;
  for (const auto each : listings)
    if (const node* listing = structure.get(each)) out = out && each_of(*listing, "element", keep);
  return out;
}

bool with_ids(const node& structure, sv listing, bool once) {
  const auto* of = structure.get(listing);
  return of == nullptr ||
    (each_of(*of, "element", [](const node& each) { return has(each, "id"); }) &&
     (!once || told_once(*of, "element", "id")));
}

bool is_logical(const node& structure) { return structure.str("kind") == "logical"; }

bool starts_below(const node& listing, sv start) {
  const node* first = first_element(&listing);
  bool out = true;
  for (const node* each = first != nullptr ? first->next : nullptr; each != nullptr; each = each->next)
    out = out && each->str("path").starts_with(std::string(start) + ".");
  return out;
}

bool is_fhirs_own(const node& structure) {
  return structure.str("url").starts_with("http://hl7.org/fhir/StructureDefinition");
}

bool is_plain_type(sv code) {
  constexpr sv system = "http://hl7.org/fhirpath/System.";
  const bool of_system = code.starts_with(system);
  if (of_system) code.remove_prefix(system.size());
  return !code.empty() && std::all_of(code.begin(), code.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (!of_system && c >= '0' && c <= '9');
  });
}

bool uses_plain_types(const node& element) {
  return each_of(element, "type", [](const node& type) { return is_plain_type(type.str("code")); });
}

std::optional<int64_t> whole(sv text) {
  int64_t out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  return fault == std::errc{} && end == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

bool min_is_at_most_max(const node& self) {
  const node* min = self.get("min");
  const auto most = whole(self.str("max"));
  const auto least = min != nullptr ? whole(min->text) : std::nullopt;
  return !least || !most || *least <= *most;
}

bool is_slice_name(sv name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
      sv("/-_[]@").find(c) != sv::npos;
  });
}

bool is_bound_well(const node& self) {
  if (!has(self, "binding") || !has(self, "type")) return true;
  bool may = false, any = false;
  each_item(self.get("type"), [&](const node& type) {
    const auto code = type.str("code");
    any = any || !code.empty();
    may = may || one_of(code, {"code", "Coding", "CodeableConcept", "Quantity", "string", "uri"});
  });
  return may || !any;
}

bool is_a_reference(const node& type) { return one_of(type.str("code"), {"Reference", "canonical"}); }

bool stands_elsewhere(const node& self) {
  if (!has(self, "contentReference")) return true;
  for (const auto each : {"type", "maxLength", "binding", "example"})
    if (has(self, each)) return false;
  for (const auto each : {"defaultValue", "fixed", "pattern", "minValue", "maxValue"})
    if (has_choice(self, each)) return false;
  return true;
}

struct wide_invariant {
  sv key;
  invariant_test holds;
};

constexpr wide_invariant wide[] = {
  {"Task/inv-1", [](const node& s, scope) { return !comes_before(s, "lastModified", "authoredOn"); }},
  {"TestReport/inv-1", [](const node& s, scope) { return only_one(s, "operation", "assert"); }},
  {"TestReport/inv-2", [](const node& s, scope) { return only_one(s, "operation", "assert"); }},
  {"apr-1", [](const node& s, scope) { return either(s, "participantType", "actor"); }},
  {"ces-1", [](const node& s, scope) { return only_one(s, "category", "productOrService"); }},
  {"cmd-1",
   [](const node& s, scope) {
     return has(s, "comment") || !one_of(s.str("equivalence"), {"narrower", "inexact"});
   }},
  {"cmd-2", [](const node& s, scope) { return s.str("mode") != "fixed" || has(s, "code"); }},
  {"cmd-3", [](const node& s, scope) { return s.str("mode") != "other-map" || has(s, "url"); }},
  {"cpl-3", [](const node& s, scope) { return not_both(s, "detail", "reference"); }},
  {"csd-1", [](const node& s, scope) { return told_once_within(s, "concept", "code"); }},
  {"eld-1", [](const node& s, scope) { return either(s, "discriminator", "description"); }},
  {"eld-2", [](const node& s, scope) { return min_is_at_most_max(s); }},
  {"eld-3",
   [](const node& s, scope) {
     const auto max = s.str("max");
     return max.empty() || max == "*" || whole(max).value_or(-1) >= 0;
   }},
  {"eld-4", [](const node& s, scope) { return !has(s, "aggregation") || is_a_reference(s); }},
  {"eld-5", [](const node& s, scope) { return stands_elsewhere(s); }},
  {"eld-6", [](const node& s, scope) { return !has_choice(s, "fixed") || count(s, "type") <= 1; }},
  {"eld-7", [](const node& s, scope) { return !has_choice(s, "pattern") || count(s, "type") <= 1; }},
  {"eld-8", [](const node& s, scope) { return !has_choice(s, "pattern") || !has_choice(s, "fixed"); }},
  {"eld-11", [](const node& s, scope) { return is_bound_well(s); }},
  {"eld-12",
   [](const node& s, scope) {
     const auto set = s.str("valueSet");
     return !has(s, "valueSet") || set.starts_with("http:") || set.starts_with("https") ||
       set.starts_with("urn:");
   }},
  {"eld-13", [](const node& s, scope) { return told_once(s, "type", "code"); }},
  {"eld-14", [](const node& s, scope) { return told_once(s, "constraint", "key"); }},
  {"eld-15",
   [](const node& s, scope) { return !has_choice(s, "defaultValue") || !has(s, "meaningWhenMissing"); }},
  {"eld-16", [](const node& s, scope) { return is_slice_name(s.str("sliceName")); }},
  {"eld-17", [](const node& s, scope) { return !has(s, "targetProfile") || is_a_reference(s); }},
  {"eld-18", [](const node& s, scope) { return !is_true(s, "isModifier") || has(s, "isModifierReason"); }},
  {"eld-22", [](const node& s, scope) { return asks_for(s, "sliceIsConstraining", "sliceName"); }},
  {"fhs-1", [](const node& s, scope) { return !has_choice(s, "age") || !has_choice(s, "born"); }},
  {"fhs-2", [](const node& s, scope) { return !has(s, "estimatedAge") || has_choice(s, "age"); }},
  {"gol-1", [](const node& s, scope) { return !has_choice(s, "detail") || has(s, "measure"); }},
  {"grp-1", [](const node& s, scope) { return !has(s, "member") || is_true(s, "actual"); }},
  {"ig-1",
   [](const node& s, scope) { return names_something_in(s, "resource", "groupingId", s, "grouping", "id"); }},
  {"ig-2",
   [](const node& s, scope) {
     const auto* definition = s.get("definition");
     return definition == nullptr ||
       names_something_in(*definition, "resource", "fhirVersion", s, "fhirVersion", "");
   }},
  {"imr-1", [](const node& s, scope) { return either(s, "vaccineCode", "targetDisease"); }},
  {"ipn-1", [](const node& s, scope) { return either(s, "identifier", "name"); }},
  {"lnk-1", [](const node& s, scope) { return count(s, "item") > 1; }},
  {"lst-1", [](const node& s, scope) { return not_both(s, "emptyReason", "entry"); }},
  {"lst-2",
   [](const node& s, scope) {
     return s.str("mode") == "changes" ||
       each_of(s, "entry", [](const node& e) { return !has(e, "deleted"); });
   }},
  {"lst-3",
   [](const node& s, scope) {
     return s.str("mode") == "working" || each_of(s, "entry", [](const node& e) { return !has(e, "date"); });
   }},
  {"mad-1", [](const node& s, scope) { return has(s, "dose") || has_choice(s, "rate"); }},
  {"md-1",
   [](const node& s, scope) {
     const auto max = s.str("max");
     return max.empty() || max == "*" || whole(max).value_or(0) > 0;
   }},
  {"mdd-1", [](const node& s, scope) { return !comes_before(s, "whenHandedOver", "whenPrepared"); }},
  {"mea-1",
   [](const node& s, scope) {
     return each_of(s, "group", [](const node& group) {
       return each_of(group, "stratifier", [](const node& one) {
         return (either(one, "code", "description") || has(one, "criteria")) != has(one, "component");
       });
     });
   }},
  {"mrp-1", [](const node& s, scope) { return s.str("type") != "data-collection" || !has(s, "group"); }},
  {"mrp-2",
   [](const node& s, scope) {
     return each_of(s, "group", [](const node& group) {
       return each_of(group, "stratifier", [](const node& of) {
         return each_of(of, "stratum", [](const node& one) { return only_one(one, "value", "component"); });
       });
     });
   }},
  {"msq-3",
   [](const node& s, scope) {
     const auto* system = s.get("coordinateSystem");
     return system == nullptr || system->text == "0" || system->text == "1";
   }},
  {"msq-5", [](const node& s, scope) { return has(s, "chromosome") == has(s, "genomeBuild"); }},
  {"msq-6",
   [](const node& s, scope) {
     return count(s, "genomeBuild") + count(s, "referenceSeqId") + count(s, "referenceSeqPointer") +
       count(s, "referenceSeqString") ==
       1;
   }},
  {"nsd-1",
   [](const node& s, scope) {
     return s.str("kind") != "root" ||
       each_of(s, "uniqueId", [](const node& one) { return one.str("type") != "uuid"; });
   }},
  {"nsd-2",
   [](const node& s, scope) {
     std::set<sv> seen;
     return each_of(s, "uniqueId", [&](const node& one) {
       return !is_true(one, "preferred") || seen.insert(one.str("type")).second;
     });
   }},
  {"opd-1", [](const node& s, scope) { return either(s, "type", "part"); }},
  {"opd-2", [](const node& s, scope) { return !has(s, "searchType") || s.str("type") == "string"; }},
  {"opd-3",
   [](const node& s, scope) {
     return !has(s, "targetProfile") || one_of(s.str("type"), {"Reference", "canonical"});
   }},
  {"ppc-1", [](const node& s, scope) { return either(s, "policy", "policyRule"); }},
  {"ppc-2",
   [](const node& s, scope) {
     return has(s, "patient") || !has_coding(s.get("scope"), "something", {"patient-privacy"});
   }},
  {"ppc-3",
   [](const node& s, scope) {
     return has(s, "patient") || !has_coding(s.get("scope"), "something", {"research"});
   }},
  {"ppc-4",
   [](const node& s, scope) {
     return has(s, "patient") || !has_coding(s.get("scope"), "something", {"adr"});
   }},
  {"ppc-5",
   [](const node& s, scope) {
     return has(s, "patient") || !has_coding(s.get("scope"), "something", {"treatment"});
   }},
  {"qrs-1", [](const node& s, scope) { return not_both(s, "answer", "item"); }},
  {"que-1",
   [](const node& s, scope) {
     const auto type = s.str("type");
     return (type != "group" || has(s, "item")) && (type != "display" || !has(s, "item"));
   }},
  {"que-2", [](const node& s, scope) { return told_once_within(s, "item", "linkId"); }},
  {"que-3", [](const node& s, scope) { return s.str("type") != "display" || !has(s, "code"); }},
  {"que-4", [](const node& s, scope) { return not_both(s, "answerOption", "answerValueSet"); }},
  {"que-5",
   [](const node& s, scope) {
     constexpr sv may = " choice open-choice decimal integer date dateTime time string quantity ";
     return question_may(s, may, "answerValueSet") && question_may(s, may, "answerOption");
   }},
  {"que-6",
   [](const node& s, scope) {
     return s.str("type") != "display" || (!has(s, "required") && !has(s, "repeats"));
   }},
  {"que-7", [](const node& s, scope) { return s.str("operator") != "exists" || has(s, "answerBoolean"); }},
  {"que-8",
   [](const node& s, scope) {
     return !one_of(s.str("type"), {"group", "display"}) || !has(s, "initial");
   }},
  {"que-9", [](const node& s, scope) { return s.str("type") != "display" || !has(s, "readOnly"); }},
  {"que-10",
   [](const node& s, scope) {
     return question_may(s, " boolean decimal integer string text url open-choice ", "maxLength");
   }},
  {"que-11", [](const node& s, scope) { return not_both(s, "answerOption", "initial"); }},
  {"que-12", [](const node& s, scope) { return count(s, "enableWhen") <= 2 || has(s, "enableBehavior"); }},
  {"que-13", [](const node& s, scope) { return is_true(s, "repeats") || count(s, "initial") <= 1; }},
  {"ras-1",
   [](const node& s, scope) {
     const auto* range = s.get("probabilityRange");
     return range == nullptr || (is_percent(range->get("low")) && is_percent(range->get("high")));
   }},
  {"ras-2",
   [](const node& s, scope) {
     const auto* told = s.get("probabilityDecimal");
     return told == nullptr || told->is != node::kind::number ||
       std::strtod(std::string(told->text).c_str(), nullptr) <= 100;
   }},
  {"rqg-1", [](const node& s, scope) { return only_one(s, "resource", "action"); }},
  {"sdf-1",
   [](const node& s, scope) {
     const auto* snapshot = s.get("snapshot");
     return s.str("derivation") == "constraint" || snapshot == nullptr ||
       told_once(*snapshot, "element", "path");
   }},
  {"sdf-2", [](const node& s, scope) { return either(s, "name", "uri"); }},
  {"sdf-3",
   [](const node& s, scope) {
     return each_of(s, "element",
                    [](const node& e) { return has(e, "definition") && has(e, "min") && has(e, "max"); });
   }},
  {"sdf-4", [](const node& s, scope) { return is_true(s, "abstract") || has(s, "baseDefinition"); }},
  {"sdf-5",
   [](const node& s, scope) {
     return s.str("type") != "Extension" || s.str("derivation") == "specialization" || has(s, "context");
   }},
  {"sdf-6", [](const node& s, scope) { return either(s, "snapshot", "differential"); }},
  {"sdf-8",
   [](const node& s, scope in) {
     const auto* first = first_element(&s);
     return first == nullptr ||
       ((is_logical(*in.resource) || first->str("path") == in.resource->str("type")) &&
        starts_below(s, first->str("path")));
   }},
  {"sdf-8a",
   [](const node& s, scope in) {
     const auto* first = first_element(&s);
     if (first == nullptr) return true;
     const auto path = first->str("path");
     return (is_logical(*in.resource) || path.starts_with(in.resource->str("type"))) &&
       starts_below(s, path.substr(0, path.find('.')));
   }},
  {"sdf-8b",
   [](const node& s, scope) { return each_of(s, "element", [](const node& e) { return has(e, "base"); }); }},
  {"sdf-9",
   [](const node& s, scope) {
     return each_element(s, {"snapshot", "differential"}, [](const node& e) {
       return !is_root(e) || (!has(e, "label") && !has(e, "code") && !has(e, "requirements"));
     });
   }},
  {"sdf-10",
   [](const node& s, scope) {
     return each_of(s, "element", [](const node& e) {
       const auto* binding = e.get("binding");
       return binding == nullptr || either(*binding, "valueSet", "description");
     });
   }},
  {"sdf-11",
   [](const node& s, scope) {
     const auto* first = first_element(s.get("snapshot"));
     return is_logical(s) || first == nullptr || first->str("path") == s.str("type");
   }},
  {"sdf-14",
   [](const node& s, scope) { return with_ids(s, "snapshot", false) && with_ids(s, "differential", false); }},
  {"sdf-15",
   [](const node& s, scope) {
     const auto* first = first_element(s.get("snapshot"));
     return is_logical(s) || first == nullptr || !has(*first, "type");
   }},
  {"sdf-15a",
   [](const node& s, scope) {
     const auto* first = first_element(s.get("differential"));
     return is_logical(s) || first == nullptr || !is_root(*first) || !has(*first, "type");
   }},
  {"sdf-16", [](const node& s, scope) { return with_ids(s, "snapshot", true); }},
  {"sdf-17", [](const node& s, scope) { return with_ids(s, "differential", true); }},
  {"sdf-18",
   [](const node& s, scope) { return !has(s, "contextInvariant") || s.str("type") == "Extension"; }},
  {"sdf-19",
   [](const node& s, scope) {
     return !is_fhirs_own(s) || each_element(s, {"snapshot", "differential"}, uses_plain_types);
   }},
  {"sdf-20",
   [](const node& s, scope) {
     return each_of(s, "element", [](const node& e) { return !is_root(e) || !has(e, "slicing"); });
   }},
  {"sdf-21",
   [](const node& s, scope) {
     return s.str("derivation") == "specialization" ||
       each_element(s, {"differential"}, [](const node& e) { return !has_choice(e, "defaultValue"); });
   }},
  {"sdf-22",
   [](const node& s, scope) {
     return !is_fhirs_own(s) || each_element(s, {"snapshot", "differential"}, [](const node& e) {
       return !has_choice(e, "defaultValue");
     });
   }},
  {"sdf-23",
   [](const node& s, scope) {
     return each_element(s, {"snapshot", "differential"},
                         [](const node& e) { return !is_root(e) || !has(e, "sliceName"); });
   }},
  {"smp-1", [](const node& s, scope) { return asks_for(s, "element", "context"); }},
  {"smp-2", [](const node& s, scope) { return asks_for(s, "context", "contextType"); }},
  {"spd-1", [](const node& s, scope) { return asks_for(s, "xpath", "xpathUsage"); }},
  {"spd-2", [](const node& s, scope) { return !has(s, "chain") || s.str("type") == "reference"; }},
  {"tcp-1",
   [](const node& s, scope) {
     return count(s, "version") <= 1 ||
       each_of(s, "version", [](const node& one) { return has(one, "code"); });
   }},
  {"tcp-2",
   [](const node& s, scope) { return either(s, "description", "software") || has(s, "implementation"); }},
  {"tcp-3", [](const node& s, scope) { return s.str("kind") != "instance" || has(s, "implementation"); }},
  {"tcp-4",
   [](const node& s, scope) {
     return s.str("kind") != "capability" || (!has(s, "implementation") && has(s, "software"));
   }},
  {"tcp-5",
   [](const node& s, scope) {
     return s.str("kind") != "requirements" || !either(s, "implementation", "software");
   }},
  {"tst-1", [](const node& s, scope) { return only_one(s, "operation", "assert"); }},
  {"tst-2", [](const node& s, scope) { return only_one(s, "operation", "assert"); }},
  {"tst-3",
   [](const node& s, scope) { return !has(s, "expression") || !has(s, "headerField") || !has(s, "path"); }},
  {"tst-4",
   [](const node& s, scope) {
     bool any = false;
     each_item(s.get("capability"),
               [&](const node& one) { any = any || either(one, "required", "validated"); });
     return any;
   }},
  {"tst-5", [](const node& s, scope) { return is_one_assertion(s); }},
  {"tst-7", [](const node& s, scope) { return says_what_it_works_on(s); }},
  {"tst-10",
   [](const node& s, scope) {
     return has(s, "compareToSourceId") == either(s, "compareToSourceExpression", "compareToSourcePath");
   }},
  {"tst-12",
   [](const node& s, scope) {
     const auto direction = s.str("direction");
     return direction.empty() || direction == "response" ||
       (direction == "request" && !either(s, "response", "responseCode"));
   }},
  {"vsd-1", [](const node& s, scope) { return either(s, "valueSet", "system"); }},
  {"vsd-2", [](const node& s, scope) { return !either(s, "concept", "filter") || has(s, "system"); }},
  {"vsd-3", [](const node& s, scope) { return not_both(s, "concept", "filter"); }},
  {"vsd-6", [](const node& s, scope) { return either(s, "code", "display"); }},
  {"vsd-9", [](const node& s, scope) { return has(s, "code") || is_true(s, "abstract"); }},
  {"vsd-10", [](const node& s, scope) { return asks_for(s, "code", "system"); }},
};

} // namespace

invariant_test wide_invariant_function(std::string_view key) noexcept {
  for (const auto& each : wide)
    if (each.key == key) return each.holds;
  return nullptr;
}

} // namespace aorta::fhir
