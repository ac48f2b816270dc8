// `$validate` (FHIR R4 Resource, operation validate): of a type, of an id, and at the base of whatever type
// the resource says.
#include "engine/fhir/validate.hpp"

#include "engine/rest/write.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

fhir::issue wrong(std::string_view code, std::string text, std::string path = {}) {
  return {fhir::issue::severity::error, std::string(code), std::move(path), std::move(text)};
}

/// What is to be judged, and by what.
struct asked_to_judge {
  const fhir::node* resource = nullptr;
  std::vector<std::string> profiles;
  std::string mode;
  std::vector<fhir::issue> faults; ///< of the question
};

void read_judged_parameter(asked_to_judge& to, std::string_view name, std::string_view value, bool tolerant) {
  if (name == "profile" && !value.empty()) to.profiles.emplace_back(value);
  else if (name == "mode") to.mode = value;
  else if (name == "profile") refuse(to.faults, name, "value", "this takes the address of a profile");
  else if (name != "_format" && name != "_pretty" && !tolerant)
    refuse(to.faults, name, "not-supported", "$validate takes resource, profile and mode");
}

/// The body is the resource, or Parameters that bring it.
asked_to_judge read_judged(const request& what, const fhir::node& body) {
  asked_to_judge out;
  const bool tolerant = lenient(what);
  for (const auto& [name, value] : what.query) read_judged_parameter(out, name, value, tolerant);
  if (body.str("resourceType") != "Parameters") {
    out.resource = &body;
    return out;
  }
  for (const auto& [name, value] : members_of(body))
    if (name != "resource") read_judged_parameter(out, name, value, tolerant);
  const auto* all = body.get("parameter");
  for (const auto* each = all != nullptr ? all->first : nullptr; each != nullptr; each = each->next) {
    if (each->str("name") != "resource") continue;
    if (out.resource != nullptr)
      refuse(out.faults, "resource", "invalid", "one resource is judged at a time");
    out.resource = each->get("resource");
  }
  if (out.resource == nullptr)
    refuse(out.faults, "resource", "required", "the parameter `resource` is missing");
  return out;
}

/// R4 itself is the profile of its types: `http://hl7.org/fhir/StructureDefinition/Patient`, with or without
/// `|4.0.1`.
bool is_own_definition(std::string_view profile, std::string_view type) {
  static constexpr std::string_view start = "http://hl7.org/fhir/StructureDefinition/";
  const auto bar = profile.find('|');
  if (bar != profile.npos && profile.substr(bar) != "|4.0.1" && profile.substr(bar) != "|4.0") return false;
  profile = profile.substr(0, bar);
  if (!profile.starts_with(start)) return false;
  profile.remove_prefix(start.size());
  return profile == type || profile == "Resource" || profile == "DomainResource";
}

void refuse_profile(std::vector<fhir::issue>& to, std::string_view profile, std::string path) {
  to.push_back(wrong("not-found",
                     "the profile " + std::string(profile) +
                       " is not at hand, or of another type: nothing can be said of it. Resources are "
                       "checked against R4 itself",
                     std::move(path)));
}

/// What the resource, and each one within it, claims to follow.
void refuse_claims(const fhir::node& within, const std::string& path, std::vector<fhir::issue>& to) {
  const auto type = within.str("resourceType");
  const auto* meta = type.empty() ? nullptr : within.get("meta");
  const auto* claims = meta != nullptr ? meta->get("profile") : nullptr;
  size_t index = 0;
  for (const auto* each = claims != nullptr ? claims->first : nullptr; each != nullptr;
       each = each->next, ++index)
    if (each->is_string() && !is_own_definition(each->text, type))
      refuse_profile(to, each->text, path + ".meta.profile[" + std::to_string(index) + "]");
  index = 0;
  for (const auto* each = within.first; each != nullptr; each = each->next, ++index)
    refuse_claims(*each,
                  within.is == fhir::node::kind::array ? path + '[' + std::to_string(index) + ']'
                                                       : path + '.' + std::string(each->name),
                  to);
}

/// What the question itself is refused for.
std::optional<reply> refused_question(const asked_to_judge& asked) {
  if (!asked.faults.empty()) return refusal(400, asked.faults);
  if (asked.mode == "delete" || asked.mode == "profile")
    return refusal(501, "not-supported",
                   "the mode " + asked.mode + " is not judged here: create and update are", "mode");
  if (!asked.mode.empty() && asked.mode != "create" && asked.mode != "update")
    return refusal(400, "value", "mode is create or update", "mode");
  return std::nullopt;
}

void check_address(const request& what, const asked_to_judge& asked, std::string_view type,
                   std::vector<fhir::issue>& to) {
  const auto id = asked.resource->str("id");
  if (asked.resource->str("resourceType") != type)
    to.insert(to.begin(), wrong("invalid", "this is no resource of type " + std::string(type)));
  if (what.path.size() == 3 && id != what.path[1])
    to.push_back(wrong("invalid", "the id is not that of the address"));
  else if (asked.mode == "update" && id.empty())
    to.push_back(wrong("required", "an update has the id of what it changes", std::string(type) + ".id"));
}

} // namespace

reply validate_operation(const request& what, const std::string& type) {
  reply refused;
  const auto body = read_json(what, refused);
  if (!body) return refused;
  const auto asked = read_judged(what, *body->root);
  if (auto no = refused_question(asked)) return std::move(*no);
  const auto said = asked.resource->str("resourceType");
  const auto expected = type.empty() ? std::string(said) : type;
  std::vector<fhir::issue> unknown;
  for (const auto& profile : asked.profiles)
    if (!is_own_definition(profile, expected)) refuse_profile(unknown, profile, "profile");
  refuse_claims(*asked.resource, std::string(said), unknown);
  auto faults = fhir::validate(*asked.resource);
  check_address(what, asked, expected, faults);
  if (!unknown.empty()) {
    faults.insert(faults.begin(), unknown.begin(), unknown.end());
    return refusal(422, faults);
  }
  if (!asked.mode.empty())
    faults.push_back(
      {fhir::issue::severity::information,
       "informational",
       {},
       "what only writing asks was not looked at: references, numbers of people, versions, rights"});
  reply out;
  fhir::document into;
  out.body = fhir::write(*fhir::outcome(into, faults));
  return out;
}

} // namespace aorta::rest
