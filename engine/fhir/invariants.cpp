#include "engine/fhir/invariants.hpp"

#include "engine/fhir/validate_format.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace aorta::fhir {

bool has(const node& self, std::string_view member) noexcept {
  for (const node* each = self.first; each; each = each->next) {
    if (each->name == member || (each->name.starts_with('_') && each->name.substr(1) == member)) return true;
  }
  return false;
}

bool has_choice(const node& self, std::string_view stem) noexcept {
  for (const node* each = self.first; each; each = each->next) {
    auto name = each->name;
    if (name.starts_with('_')) name.remove_prefix(1);
    if (name.size() > stem.size() && name.starts_with(stem) && name[stem.size()] >= 'A' &&
        name[stem.size()] <= 'Z')
      return true;
  }
  return false;
}

bool has_coding(const node* concept_node, std::string_view system,
                std::initializer_list<std::string_view> codes) noexcept {
  bool found = false;
  each_item(concept_node, [&](const node& one) {
    each_item(one.get("coding"), [&](const node& coding) {
      found = found ||
        (coding.str("system") == system &&
         std::find(codes.begin(), codes.end(), coding.str("code")) != codes.end());
    });
  });
  return found;
}

namespace {

constexpr std::string_view ucum = "http://unitsofmeasure.org";

std::optional<double> number_of(const node& self, std::string_view member) {
  const node* found = self.get(member);
  if (!found || found->is != node::kind::number) return {};
  return std::strtod(std::string(found->text).c_str(), nullptr);
}

template <class Keep>
bool all_items(const node& self, std::string_view member, Keep keep) {
  const node* list = self.get(member);
  if (!list || !list->is_array()) return !list || keep(*list);
  for (const node* item = list->first; item; item = item->next)
    if (!keep(*item)) return false;
  return true;
}

/// No two items tell the same text.
template <class Text>
bool distinct(const node& self, std::string_view member, Text text) {
  std::vector<std::string> all;
  each_item(self.get(member), [&](const node& item) { all.push_back(text(item)); });
  std::sort(all.begin(), all.end());
  return std::adjacent_find(all.begin(), all.end()) == all.end();
}

bool code_when_value(const node& self) { return has(self, "code") || !has(self, "value"); }
bool system_is_ucum(const node& self) { return !has(self, "system") || self.str("system") == ucum; }
bool wants(const node& self, std::string_view when, std::string_view needed) {
  return !has(self, when) || has(self, needed);
}
bool not_negative(const node& self, std::string_view member) {
  return number_of(self, member).value_or(0) >= 0;
}

/// Precisions may differ: only what is later for certain is a fault. Without an offset a time may be half a
/// day from what it seems.
bool period_in_order(const node& self) {
  const auto start = span_of(self.str("start")), end = span_of(self.str("end"));
  if (!start || !end) return true;
  const int64_t margin = start->has_offset == end->has_offset ? 0 : int64_t(14) * 3600 * 1'000'000;
  return start->first <= end->last + margin;
}

/// Quantities of different units cannot be compared.
bool range_in_order(const node& self) {
  const node *low = self.get("low"), *high = self.get("high");
  if (!low || !high) return true;
  for (const auto member : {"code", "system", "unit"})
    if (low->str(member) != high->str(member)) return true;
  const auto from = number_of(*low, "value"), to = number_of(*high, "value");
  return !from || !to || *from <= *to;
}

/// Codes of an observation that are compared with those of its components; no more, since both lists come
/// from outside.
constexpr size_t most_codings = 64;

bool is_among(const node& coding, const node& codings) {
  size_t left = most_codings;
  for (const node* own = codings.first; own && left > 0; own = own->next, --left)
    if (equal(coding, *own)) return true;
  return false;
}

bool value_and_same_component(const node& self) {
  const node* code = self.get("code");
  const node* codings = code ? code->get("coding") : nullptr;
  if (!codings || !has_choice(self, "value")) return true;
  return all_items(self, "component", [&](const node& component) {
    const node* of_component = component.get("code");
    return !of_component ||
      all_items(*of_component, "coding", [&](const node& coding) { return !is_among(coding, *codings); });
  });
}

bool no_home(const node& self, std::string_view member) {
  return all_items(self, member, [](const node& item) { return item.str("use") != "home"; });
}

bool document_is_identified(const node& self) {
  const node* identifier = self.get("identifier");
  return self.str("type") != "document" ||
    (identifier && has(*identifier, "system") && has(*identifier, "value"));
}

bool first_entry_is(const node& self, std::string_view bundle_type, std::string_view resource_type) {
  if (self.str("type") != bundle_type) return true;
  const node* entries = self.get("entry");
  const node* resource = entries && entries->first ? entries->first->get("resource") : nullptr;
  return !resource || resource->str("resourceType") == resource_type;
}

struct known {
  std::string_view key;
  invariant_test holds;
};
using scope = const resource_scope&;

constexpr known all[] = {
  {"age-1",
   [](const node& s, scope) {
     return code_when_value(s) && system_is_ucum(s) && number_of(s, "value").value_or(1) > 0;
   }},
  {"ait-1",
   [](const node& s, scope) {
     return has(s, "clinicalStatus") ||
       has_coding(s.get("verificationStatus"),
                  "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
                  {"entered-in-error"});
   }},
  {"ait-2",
   [](const node& s, scope) {
     return !has(s, "clinicalStatus") ||
       !has_coding(s.get("verificationStatus"),
                   "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
                   {"entered-in-error"});
   }},
  {"app-1", [](const node& s, scope) { return has(s, "type") || has(s, "actor"); }},
  {"app-2", [](const node& s, scope) { return has(s, "start") == has(s, "end"); }},
  {"app-3",
   [](const node& s, scope) {
     const auto status = s.str("status");
     return (has(s, "start") && has(s, "end")) || status == "proposed" || status == "cancelled" ||
       status == "waitlist";
   }},
  {"app-4",
   [](const node& s, scope) {
     return !has(s, "cancelationReason") || s.str("status") == "no-show" || s.str("status") == "cancelled";
   }},
  {"att-1", [](const node& s, scope) { return wants(s, "data", "contentType"); }},
  {"bdl-1",
   [](const node& s, scope) {
     return !has(s, "total") || s.str("type") == "searchset" || s.str("type") == "history";
   }},
  {"bdl-5",
   [](const node& s, scope) { return has(s, "resource") || has(s, "request") || has(s, "response"); }},
  {"bdl-8",
   [](const node& s, scope) { return s.str("fullUrl").find("/_history/") == std::string_view::npos; }},
  {"bdl-9", [](const node& s, scope) { return document_is_identified(s); }},
  {"bdl-10", [](const node& s, scope) { return s.str("type") != "document" || s.get("timestamp"); }},
  {"bdl-11", [](const node& s, scope) { return first_entry_is(s, "document", "Composition"); }},
  {"bdl-12", [](const node& s, scope) { return first_entry_is(s, "message", "MessageHeader"); }},
  {"cmp-1", [](const node& s, scope) { return has(s, "text") || has(s, "entry") || has(s, "section"); }},
  {"cmp-2", [](const node& s, scope) { return !has(s, "emptyReason") || !has(s, "entry"); }},
  {"cnt-3",
   [](const node& s, scope) {
     const node* value = s.get("value");
     return code_when_value(s) && system_is_ucum(s) && (!has(s, "code") || s.str("code") == "1") &&
       (!value || value->text.find('.') == std::string_view::npos);
   }},
  {"con-1", [](const node& s, scope) { return has(s, "summary") || has(s, "assessment"); }},
  {"con-2", [](const node& s, scope) { return has(s, "code") || has(s, "detail"); }},
  {"con-4",
   [](const node& s, scope) {
     return !has_choice(s, "abatement") ||
       has_coding(s.get("clinicalStatus"), "http://terminology.hl7.org/CodeSystem/condition-clinical",
                  {"resolved", "remission", "inactive"});
   }},
  {"con-5",
   [](const node& s, scope) {
     return !has(s, "clinicalStatus") ||
       !has_coding(s.get("verificationStatus"), "http://terminology.hl7.org/CodeSystem/condition-ver-status",
                   {"entered-in-error"});
   }},
  {"cpb-1", [](const node& s, scope) { return has(s, "rest") || has(s, "messaging") || has(s, "document"); }},
  {"cpb-2",
   [](const node& s, scope) {
     return has(s, "description") || has(s, "software") || has(s, "implementation");
   }},
  {"cpb-3",
   [](const node& s, scope) {
     return s.str("kind") == "instance" ||
       all_items(s, "messaging", [](const node& each) { return !has(each, "endpoint"); });
   }},
  {"cpb-7",
   [](const node& s, scope) {
     return distinct(s, "document", [](const node& each) {
       return std::string(each.str("profile")) + std::string(each.str("mode"));
     });
   }},
  {"cpb-9",
   [](const node& s, scope) {
     return distinct(s, "resource", [](const node& each) { return std::string(each.str("type")); });
   }},
  {"cpb-12",
   [](const node& s, scope) {
     return distinct(s, "searchParam", [](const node& each) { return std::string(each.str("name")); });
   }},
  {"cpb-14", [](const node& s, scope) { return s.str("kind") != "instance" || has(s, "implementation"); }},
  {"cpb-15",
   [](const node& s, scope) {
     return s.str("kind") != "capability" || (!has(s, "implementation") && has(s, "software"));
   }},
  {"cpb-16",
   [](const node& s, scope) {
     return s.str("kind") != "requirements" || (!has(s, "implementation") && !has(s, "software"));
   }},
  {"cpt-2", [](const node& s, scope) { return wants(s, "value", "system"); }},
  {"dis-1", [](const node& s, scope) { return code_when_value(s) && system_is_ucum(s); }},
  {"drq-1", [](const node& s, scope) { return has(s, "path") != has(s, "searchParam"); }},
  {"drq-2", [](const node& s, scope) { return has(s, "path") != has(s, "searchParam"); }},
  {"drt-1",
   [](const node& s, scope) { return !has(s, "code") || (s.str("system") == ucum && has(s, "value")); }},
  {"exp-1", [](const node& s, scope) { return has(s, "expression") || has(s, "reference"); }},
  {"imm-1", [](const node& s, scope) { return has(s, "documentType") || has(s, "reference"); }},
  {"inv-1",
   [](const node& s, scope) {
     return int(has_choice(s, "value")) + int(has(s, "resource")) + int(has(s, "part")) == 1;
   }},
  {"obs-3", [](const node& s, scope) { return has(s, "low") || has(s, "high") || has(s, "text"); }},
  {"obs-6", [](const node& s, scope) { return !has(s, "dataAbsentReason") || !has_choice(s, "value"); }},
  {"obs-7", [](const node& s, scope) { return value_and_same_component(s); }},
  {"org-1", [](const node& s, scope) { return has(s, "identifier") || has(s, "name"); }},
  {"org-2", [](const node& s, scope) { return no_home(s, "address"); }},
  {"org-3", [](const node& s, scope) { return no_home(s, "telecom"); }},
  {"pat-1",
   [](const node& s, scope) {
     return has(s, "name") || has(s, "telecom") || has(s, "address") || has(s, "organization");
   }},
  {"per-1", [](const node& s, scope) { return period_in_order(s); }},
  {"prr-1", [](const node& s, scope) { return wants(s, "orderDetail", "code"); }},
  {"qty-3", [](const node& s, scope) { return wants(s, "code", "system"); }},
  {"rat-1",
   [](const node& s, scope) {
     return has(s, "numerator") == has(s, "denominator") && (has(s, "numerator") || has(s, "extension"));
   }},
  {"rng-2", [](const node& s, scope) { return range_in_order(s); }},
  {"sev-1", [](const node& s, scope) { return !has(s, "name") || !has(s, "query"); }},
  {"sqty-1", [](const node& s, scope) { return !has(s, "comparator"); }},
  {"tim-1", [](const node& s, scope) { return wants(s, "duration", "durationUnit"); }},
  {"tim-2", [](const node& s, scope) { return wants(s, "period", "periodUnit"); }},
  {"tim-4", [](const node& s, scope) { return not_negative(s, "duration"); }},
  {"tim-5", [](const node& s, scope) { return not_negative(s, "period"); }},
  {"tim-6", [](const node& s, scope) { return wants(s, "periodMax", "period"); }},
  {"tim-7", [](const node& s, scope) { return wants(s, "durationMax", "duration"); }},
  {"tim-8", [](const node& s, scope) { return wants(s, "countMax", "count"); }},
  {"tim-9",
   [](const node& s, scope) {
     return !has(s, "offset") ||
       (has(s, "when") && all_items(s, "when", [](const node& w) {
          return w.text != "C" && w.text != "CM" && w.text != "CD" && w.text != "CV";
        }));
   }},
  {"tim-10", [](const node& s, scope) { return !has(s, "timeOfDay") || !has(s, "when"); }},
  {"trd-1", [](const node& s, scope) { return !has(s, "data") || !has_choice(s, "timing"); }},
  {"trd-2", [](const node& s, scope) { return wants(s, "condition", "data"); }},
  {"trd-3",
   [](const node& s, scope) {
     const auto type = s.str("type");
     return (type != "named-event" || has(s, "name")) && (type != "periodic" || has_choice(s, "timing")) &&
       (!type.starts_with("data-") || has(s, "data"));
   }},
};

} // namespace

invariant_test invariant_function(std::string_view key) noexcept {
  for (const auto& each : all)
    if (each.key == key) return each.holds;
  return wide_invariant_function(key);
}

} // namespace aorta::fhir
