// read with its conditions (FHIR R4 3.1.0.1), and `$validate`.
#include "engine/fhir/validate.hpp"
#include "engine/rest/binary.hpp"
#include "engine/rest/merged_people.hpp"
#include "engine/rest/versions.hpp"
#include "engine/rest/write.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aorta::rest {
namespace {

// `Tue, 24 Nov 2026 08:15:00 GMT`; nothing for other forms, which are then as if they were not sent.
std::optional<timestamp> read_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  if (month == months.end()) return std::nullopt;
  const auto number = 1 + (month - months.begin());
  const std::string iso = std::string(text.substr(12, 4)) + (number < 10 ? "-0" : "-") +
    std::to_string(number) + "-" + std::string(text.substr(5, 2)) + "T" + std::string(text.substr(17, 8)) +
    "Z";
  timestamp out;
  return from_iso(iso, out) ? std::optional(out) : std::nullopt;
}

bool not_modified(const request& what, const standing& found) {
  if (const auto match = what.headers.find("if-none-match"); match != what.headers.end())
    return names_version(match->second, found.version_id);
  const auto since = what.headers.find("if-modified-since");
  if (since == what.headers.end() || !found.last_updated) return false;
  const auto at = read_http_date(since->second);
  return at && std::chrono::floor<std::chrono::seconds>(*found.last_updated) <= *at;
}

fhir::issue wrong(std::string_view code, std::string text) {
  return {fhir::issue::severity::error, std::string(code), {}, std::move(text)};
}

/// The resource that a body of `$validate` brings, by itself or as the parameter `resource`.
const fhir::node* brought(const fhir::node& body, std::string_view type) {
  if (body.str("resourceType") != "Parameters" || type == "Parameters") return &body;
  const auto* all = body.get("parameter");
  for (const auto* each = all != nullptr ? all->first : nullptr; each != nullptr; each = each->next)
    if (each->str("name") == "resource") return each->get("resource");
  return nullptr;
}

} // namespace

reply not_found() { return refusal(404, "not-found", "there is no such resource"); }

reply gone(const standing& what) {
  auto out = refusal(410, "deleted", "this resource was deleted");
  out.headers.emplace_back("ETag", etag(what));
  out.about = what.patient;
  return out;
}

void add_validators(reply& to, std::string_view version_id, std::optional<timestamp> last_updated) {
  to.headers.emplace_back("ETag", "W/\"" + std::string(version_id) + "\"");
  if (last_updated) to.headers.emplace_back("Last-Modified", http_date(*last_updated));
}

reply read(repository& in, const request& what, const std::string& type, const std::string& id) {
  fhir::document into;
  auto found = in.load(into, type, id);
  if (!found) return refusal(found.error());
  if (!*found) return not_found();
  auto& one = **found;
  if (one.deleted && type == "Patient") {
    auto merged = merged_patient(into, in, id);
    if (!merged) return refusal(merged.error());
    if (*merged && (*merged)->resource != nullptr) one = std::move(**merged);
  }
  if (one.deleted) return gone(one);
  standing* const self = &one;
  if (type == "Patient" && self->row)
    if (const auto told = tell_merges(into, in, {&self, 1}); !told) return refusal(told.error());
  reply out;
  out.about = one.patient;
  add_validators(out, one.version_id, one.last_updated);
  if (not_modified(what, one)) out.status = 304;
  else if (is_raw_read(what)) answer_raw(out, *one.resource);
  else out.body = body_of(what, *one.resource);
  return out;
}

namespace {

/// Profiles that a body of `$validate` or its address asks for.
std::vector<std::string> asked_profiles(const request& what, const fhir::node& body) {
  std::vector<std::string> out;
  for (const auto& [name, value] : what.query)
    if (name == "profile") out.push_back(value);
  const auto* all = body.str("resourceType") == "Parameters" ? body.get("parameter") : nullptr;
  for (const auto* each = all != nullptr ? all->first : nullptr; each != nullptr; each = each->next) {
    if (each->str("name") != "profile") continue;
    for (const auto* value = each->first; value != nullptr; value = value->next)
      if (value->name.starts_with("value") && value->is_string()) out.emplace_back(value->text);
  }
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

/// What the resource itself claims to be is not looked into either: told, since R4 lets it stand.
void tell_unknown_claims(const fhir::node& resource, std::vector<fhir::issue>& to) {
  const auto type = resource.str("resourceType");
  const auto* meta = resource.get("meta");
  const auto* claims = meta != nullptr ? meta->get("profile") : nullptr;
  size_t index = 0;
  for (const auto* each = claims != nullptr ? claims->first : nullptr; each != nullptr;
       each = each->next, ++index)
    if (!is_own_definition(each->text, type))
      to.push_back({fhir::issue::severity::warning, "not-found",
                    std::string(type) + ".meta.profile[" + std::to_string(index) + "]",
                    "this profile is not known here: the resource was checked against R4 itself only"});
}

} // namespace

reply validate_operation(const request& what, const std::string& type) {
  auto body = fhir::document::parse(what.body);
  if (!body) {
    const auto& why = body.error();
    return refusal(400, "structure", why.where.empty() ? why.text : why.text + " (" + why.where + ")");
  }
  const auto* resource = brought(*body->root, type);
  if (resource == nullptr)
    return refusal(400, "required", "the parameter `resource` is missing", "Parameters.parameter");
  for (const auto& profile : asked_profiles(what, *body->root))
    if (!is_own_definition(profile, type))
      return refusal(
        422, "not-found",
        "the profile is not known here, so that nothing can be said of it: resources are checked against R4 itself",
        "profile");
  auto faults = fhir::validate(*resource);
  tell_unknown_claims(*resource, faults);
  if (resource->str("resourceType") != type)
    faults.insert(faults.begin(), wrong("invalid", "this is no resource of type " + type));
  if (what.path.size() == 3 && resource->str("id") != what.path[1])
    faults.push_back(wrong("invalid", "the id is not that of the address"));
  reply out;
  fhir::document into;
  out.body = fhir::write(*fhir::outcome(into, faults));
  return out;
}

} // namespace aorta::rest
