// What requests say of their bodies, and how answers are cut to what was asked for (FHIR
// R4 3.1.0.1.7, 3.1.1.5.8 and 9, 2.6.2).
#include "engine/base/text.hpp"
#include "engine/fhir/validate.hpp"
#include "engine/rest/binary.hpp"
#include "engine/rest/write.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace aorta::rest {
namespace {

std::string_view parameter(const request& what, std::string_view name) {
  for (const auto& [key, value] : what.query)
    if (key == name) return value;
  return {};
}

/// Whether a header's item begins with this name, which minds no case (RFC 7240 2).
bool begins(std::string_view item, std::string_view name) {
  return item.size() >= name.size() &&
    std::equal(name.begin(), name.end(), item.begin(), [](char a, char b) { return a == lower(b); });
}

/// The value of `key=` among the preferences, which commas or semicolons separate.
std::string_view preference(const request& what, std::string_view key) {
  auto rest = header(what, "prefer");
  while (!rest.empty()) {
    const auto end = rest.find_first_of(",;");
    auto one = trimmed(rest.substr(0, end), blanks);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    if (!begins(one, key)) continue;
    one = trimmed(one.substr(key.size()), blanks);
    if (!one.starts_with('=')) continue;
    one = trimmed(one.substr(1), blanks);
    if (one.size() > 1 && one.front() == '"' && one.back() == '"') one = one.substr(1, one.size() - 2);
    return one;
  }
  return {};
}

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> out;
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (const auto one = trimmed(list.substr(0, comma), blanks); !one.empty()) out.push_back(one);
    list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
  }
  return out;
}

/// What an answer keeps of a resource.
struct cut {
  std::string_view summary;
  std::vector<std::string_view> elements; ///< `id`, `Patient.name`
  bool whole() const { return elements.empty() && (summary.empty() || summary == "false"); }
};

/// `value` of `valueQuantity`: the element's own name, where the JSON name tells a type behind it.
bool names(std::string_view element, std::string_view member) {
  return member == element ||
    (member.starts_with(element) && std::isupper(static_cast<unsigned char>(member[element.size()])) != 0);
}

template <class Ask>
bool of_element(std::string_view type, std::string_view member, Ask ask) {
  if (ask(type, member)) return true;
  for (size_t i = 1; i < member.size(); ++i) {
    if (std::isupper(static_cast<unsigned char>(member[i])) == 0) continue;
    const std::string base(member.substr(0, i));
    if (ask(type, base + "[x]") || ask(type, base)) return true;
  }
  return false;
}

/// What R4's invariants ask of a resource beside its mandatory elements (org-1, app-3), so that what is left
/// is valid too.
constexpr std::pair<std::string_view, std::string_view> asked_by_invariants[] = {
  {"Organization", "name"}, {"Organization", "identifier"}, {"Appointment", "start"}, {"Appointment", "end"}};

bool keeps(const cut& by, std::string_view type, std::string_view member) {
  if (member == "resourceType" || member == "id" || member == "meta") return true;
  if (member.starts_with('_')) member.remove_prefix(1);
  if (by.summary == "data") return member != "text";
  const bool mandatory = of_element(type, member, fhir::is_mandatory) ||
    std::find(std::begin(asked_by_invariants), std::end(asked_by_invariants), std::pair(type, member)) !=
      std::end(asked_by_invariants);
  if (by.summary == "text") return mandatory || member == "text";
  if (by.summary == "true") return mandatory || of_element(type, member, fhir::is_summary);
  return mandatory || std::any_of(by.elements.begin(), by.elements.end(), [&](std::string_view wanted) {
           const auto dot = wanted.find('.');
           if (dot == wanted.npos) return names(wanted, member);
           return wanted.substr(0, dot) == type && names(wanted.substr(dot + 1), member);
         });
}

void tag_subsetted(fhir::document& into, fhir::node& resource) {
  auto* meta = resource.get("meta");
  if (meta == nullptr) meta = into.add(resource, "meta", into.object());
  auto* tags = meta->get("tag");
  if (tags == nullptr) tags = into.add(*meta, "tag", into.array());
  auto* tag = into.push(*tags, into.object());
  into.add(*tag, "system", into.literal("http://terminology.hl7.org/CodeSystem/v3-ObservationValue"));
  into.add(*tag, "code", into.literal("SUBSETTED"));
}

/// Contained resources that what was kept refers to stay, and no others (dom-3, ref-1).
void cut_contained(fhir::document& into, const fhir::node& resource, fhir::node& out) {
  fhir::document::remove(out, "contained");
  const auto* all = resource.get("contained");
  std::vector<std::string> wanted;
  if (all != nullptr) fhir::each_reference(out, [&](fhir::node& each) { wanted.emplace_back(each.text); });
  for (const auto* each = all != nullptr ? all->first : nullptr; each != nullptr; each = each->next) {
    if (std::find(wanted.begin(), wanted.end(), "#" + std::string(each->str("id"))) == wanted.end()) continue;
    auto* kept = out.get("contained");
    if (kept == nullptr) kept = into.add(out, "contained", into.array());
    into.push(*kept, into.copy(*each));
  }
}

fhir::node* cut_resource(fhir::document& into, const fhir::node& resource, const cut& by) {
  const auto type = resource.str("resourceType");
  auto* out = into.object();
  for (const auto* each = resource.first; each != nullptr; each = each->next)
    if (keeps(by, type, each->name)) into.add(*out, each->name, into.copy(*each));
  if (by.summary != "data") cut_contained(into, resource, *out);
  tag_subsetted(into, *out);
  return out;
}

/// The resources of a bundle are cut, not the bundle; warnings among them stay whole.
fhir::node* cut_bundle(fhir::document& into, const fhir::node& bundle, const cut& by) {
  auto* out = into.copy(bundle);
  if (by.summary == "count") fhir::document::remove(*out, "entry");
  auto* entries = out->get("entry");
  if (entries == nullptr) return out;
  for (auto* each = entries->first; each != nullptr; each = each->next) {
    const auto* resource = each->get("resource");
    if (resource == nullptr || resource->str("resourceType") == "OperationOutcome") continue;
    into.set(*each, "resource", cut_resource(into, *resource, by));
  }
  return out;
}

bool is_json(std::string_view header) {
  const auto type = media_type(header);
  return type.empty() || type == "application/fhir+json" || type == "application/json" ||
    type == "text/json" || type == "application/json+fhir";
}

} // namespace

std::string_view header(const request& what, const char* name) {
  const auto found = what.headers.find(name);
  return found == what.headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string media_type(std::string_view header) {
  return lower(trimmed(header.substr(0, header.find(';')), blanks));
}

bool lenient(const request& what) { return preference(what, "handling") == "lenient"; }

std::string prefer_return(const request& what) {
  const auto asked = preference(what, "return");
  return asked == "minimal" || asked == "OperationOutcome" ? std::string(asked) : "representation";
}

void refuse(std::vector<fhir::issue>& faults, std::string_view name, std::string_view code,
            std::string_view text) {
  faults.push_back({fhir::issue::severity::error, std::string(code), std::string(name), std::string(text)});
}

std::string body_of(const request& what, const fhir::node& resource) {
  const bool pretty = parameter(what, "_pretty") == "true";
  cut by;
  if (only_reads(what)) {
    by.summary = parameter(what, "_summary");
    if (by.summary != "true" && by.summary != "text" && by.summary != "data" && by.summary != "count")
      by.summary = {};
    if (by.summary.empty() || by.summary == "false") by.elements = split(parameter(what, "_elements"));
  }
  const auto type = resource.str("resourceType");
  if (by.whole() || type == "OperationOutcome" || type == "CapabilityStatement")
    return fhir::write(resource, pretty);
  fhir::document into;
  const auto* out = type == "Bundle" ? cut_bundle(into, resource, by)
    : by.summary == "count"          ? &resource
                                     : cut_resource(into, resource, by);
  return fhir::write(*out, pretty);
}

parameters members_of(const fhir::node& of) {
  parameters out;
  const auto* all = of.get("parameter");
  for (const auto* each = all != nullptr ? all->first : nullptr; each != nullptr; each = each->next) {
    std::string value;
    for (const auto* member = each->first; member != nullptr; member = member->next)
      if (member->name.starts_with("value")) value = member->text;
    out.emplace_back(each->str("name"), std::move(value));
  }
  return out;
}

std::optional<parameters> sent_parameters(const request& what, reply& refused) {
  auto out = what.query;
  if (what.method != "POST" || what.body.empty()) return out;
  const auto body = read_body(what, "Parameters", refused);
  if (!body) return std::nullopt;
  auto more = members_of(*body->root);
  out.insert(out.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return out;
}

result<fhir::document> read_json(const request& what, reply& refused) {
  if (!is_json(header(what, "content-type"))) {
    refused = refusal(415, "not-supported", "resources are read as application/fhir+json only");
    return error{error_code::invalid, {}, "content type"};
  }
  auto read = fhir::document::parse(what.body);
  if (!read) {
    const auto& why = read.error();
    refused = refusal(400, "structure", why.where.empty() ? why.text : why.text + " (" + why.where + ")");
  }
  return read;
}

result<fhir::document> read_unchecked(const request& what, std::string_view type, reply& refused) {
  auto read = read_json(what, refused);
  if (!read) return read;
  if (const auto said = read->root->str("resourceType"); said != type) {
    refused = refusal(400, "invalid", "the body must be a resource of type " + std::string(type),
                      "resourceType");
    return error{error_code::invalid, "resourceType", "another type"};
  }
  return read;
}

result<fhir::document> read_body(const request& what, std::string_view type, reply& refused) {
  auto read = read_unchecked(what, type, refused);
  if (!read) return read;
  if (const auto faults = fhir::validate(*read->root); fhir::has_error(faults)) {
    refused = refusal(422, faults);
    return error{error_code::invalid, {}, "not valid"};
  }
  return read;
}

result<fhir::document> read_sent(const request& what, std::string_view type, const std::string& id,
                                 reply& refused) {
  if (!is_raw_body(what, type)) return read_body(what, type, refused);
  auto out = binary_of(what, id);
  if (const auto faults = fhir::validate(*out.root); fhir::has_error(faults)) {
    refused = refusal(422, faults);
    return error{error_code::invalid, {}, "not valid"};
  }
  return out;
}

} // namespace aorta::rest
