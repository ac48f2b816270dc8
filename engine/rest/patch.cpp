// PATCH of one resource: read, changed and written back in one transaction, by the way of every update.
#include "engine/fhir/validate.hpp"
#include "engine/rest/live.hpp"
#include "engine/rest/merged_people.hpp"
#include "engine/rest/patch.hpp"
#include "engine/rest/versions.hpp"
#include "engine/rest/write.hpp"

namespace aorta::rest {
namespace {

constexpr int most_attempts = 5;

/// The resource as it stands for a reader, or why there is none.
result<fhir::node*> patchable(repository& in, fhir::document& into, const std::string& type,
                              const std::string& id, std::optional<standing>& found, reply& refused) {
  const error none{error_code::unknown_key, {}, "there is no such resource"};
  auto loaded = in.load(into, type, id);
  if (!loaded) {
    refused = refusal(loaded.error());
    return loaded.error();
  }
  found = std::move(*loaded);
  if (!found || found->deleted) {
    refused = found ? gone(*found) : not_found();
    return none;
  }
  standing* const self = &*found;
  if (type == "Patient" && self->row)
    if (const auto told = tell_merges(into, in, {&self, 1}); !told) {
      refused = refusal(told.error());
      return told.error();
    }
  return found->resource;
}

bool is_json_patch(const request& what) {
  return media_type(header(what, "content-type")) == "application/json-patch+json";
}
bool is_fhirpath_patch(const request& what) {
  return media_type(header(what, "content-type")) == "application/fhir+json";
}

patched patched_by(const request& what, fhir::document& into, const fhir::node& stands) {
  if (is_json_patch(what)) return json_patched(into, stands, what.body);
  const auto parameters = fhir::document::parse(what.body);
  if (!parameters) return error{error_code::invalid, {}, "the patch is no JSON object"};
  if (parameters->root->str("resourceType") != "Parameters")
    return error{error_code::invalid, {}, "a FHIRPath Patch is a resource of type Parameters"};
  return fhirpath_patched(into, stands, *parameters->root);
}

/// Bytes as it would be written, about.
size_t bytes_of(const fhir::node& of) {
  size_t out = of.name.size() + of.text.size() + 4;
  for (const auto* each = of.first; each != nullptr; each = each->next) out += bytes_of(*each);
  return out;
}

constexpr size_t largest = 32u << 20; ///< bytes that a patch may let a resource grow to

/// What its sender wants of it; nothing: `refused` says why.
fhir::node* with_patch(const request& what, fhir::document& into, const fhir::node& stands, reply& refused) {
  const auto done = patched_by(what, into, stands);
  if (!done) {
    refused = refusal(done.error().code == error_code::invalid ? 400 : 422, "processing",
                      done.error().where.empty()
                        ? done.error().text
                        : "operation " + done.error().where + ": " + done.error().text);
    return nullptr;
  }
  auto* out = *done;
  if (!out->is_object() || out->str("resourceType") != stands.str("resourceType") ||
      out->str("id") != stands.str("id")) {
    refused = refusal(422, "business-rule", "a patch changes neither the type nor the id of a resource");
    return nullptr;
  }
  if (nested_deeper(*out, most_depth)) {
    refused = refusal(422, "too-long", "the resource would be nested too deeply");
    return nullptr;
  }
  if (const auto size = bytes_of(*out); size > largest && size > bytes_of(stands)) {
    refused = refusal(422, "too-long", "the resource would be too large");
    return nullptr;
  }
  if (const auto faults = fhir::validate(*out); fhir::has_error(faults)) {
    refused = refusal(422, faults);
    return nullptr;
  }
  return out;
}

/// Nothing: somebody was faster, and the sender did not say which version is meant.
std::optional<reply> attempt(repository& in, const request& what, const std::string& type,
                             const std::string& id) {
  fhir::document into;
  if (const auto begun = in.session().begin(in.who().clinic, true); !begun) return refusal(begun.error());
  const auto fail = [&](reply with) {
    in.session().rollback();
    return with;
  };
  reply refused;
  std::optional<standing> found;
  const auto stands = patchable(in, into, type, id, found, refused);
  if (!stands) return fail(std::move(refused));
  const std::string asked(header(what, "if-match"));
  if (!asked.empty() && !names_version(asked, found->version_id))
    return fail(refusal(412, "conflict", "it has been changed since the version told"));
  auto* resource = with_patch(what, into, **stands, refused);
  if (resource == nullptr) return fail(std::move(refused));
  task one;
  one.how = task::kind::update;
  one.resource = resource;
  one.type = one.path = type;
  one.id = id;
  one.if_match = etag(*found); // it is locked and read again before it is written
  writing all(in, into);
  all.add(std::move(one));
  if (const auto why = all.run()) {
    in.session().rollback();
    if (why->why == cause::precondition && asked.empty()) return std::nullopt;
    return refusal(*why);
  }
  if (const auto kept = in.session().commit(); !kept) return fail(refusal(kept.error()));
  return written(what, all.tasks().front(), in.around());
}

} // namespace

bool nested_deeper(const fhir::node& of, size_t levels) noexcept {
  if (levels == 0) return true;
  for (const auto* each = of.first; each != nullptr; each = each->next)
    if ((each->is_object() || each->is_array()) && nested_deeper(*each, levels - 1)) return true;
  return false;
}

reply patch(repository& in, const request& what, const std::string& type, const std::string& id) {
  if (!is_json_patch(what) && !is_fhirpath_patch(what))
    return refusal(
      415, "not-supported",
      "patches are read as application/json-patch+json, or as Parameters in application/fhir+json");
  // Its answer shows what stands there.
  if (!in.who().may(access::get, type))
    return refusal(403, "forbidden", "this key may not read resources of this type");
  for (int i = 0; i < most_attempts; ++i)
    if (auto done = attempt(in, what, type, id)) return std::move(*done);
  return refusal(409, "conflict", "others kept changing this resource: send the patch again");
}

} // namespace aorta::rest
