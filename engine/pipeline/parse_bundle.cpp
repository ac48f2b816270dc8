// BUNDLE-PARSER: strict JSON, checked against R4's definitions, and the lane of the bundle's patient.
#include "engine/fhir/validate.hpp"
#include "engine/pipeline/bundle_payload.hpp"
#include "engine/pipeline/stage.hpp"

#include <functional>

namespace aorta::pipeline {
namespace {

class bundle_parser final : public step {
public:
  explicit bundle_parser(const route& of) : route_(of) {}

  void run(envelope& mail) override {
    auto& bundle = bundle_of(mail);
    if (mail.refusal) return;
    auto parsed = fhir::document::parse(mail.bytes);
    if (!parsed) return mail.fail(parsed.error());
    bundle.document.emplace(std::move(*parsed));
    const auto& root = *bundle.document->root;
    if (root.str("resourceType") != rest::import_type)
      return mail.fail({error_code::invalid, "resourceType", "expected a Bundle"});
    bundle.issues = fhir::validate(root);
    if (fhir::has_error(bundle.issues))
      return mail.fail({error_code::data_type, bundle.issues.front().path, "the bundle is not valid R4"});
    bundle.issues.clear();
    if (const auto type = root.str("type"); type != "document" && type != "collection")
      return mail.fail({error_code::unsupported_type, "Bundle.type",
                        "an import takes document and collection; send transaction and batch to the base"});
    mail.lane = lane_of(root);
  }

private:
  /// One patient's bundles keep their order: the first identifier of the first Patient chooses the lane.
  uint32_t lane_of(const fhir::node& bundle) const {
    const auto* entries = bundle.get("entry");
    for (const auto* each = entries == nullptr ? nullptr : entries->first; each != nullptr;
         each = each->next) {
      const auto* resource = each->get("resource");
      if (resource == nullptr || resource->str("resourceType") != "Patient") continue;
      const auto* identifiers = resource->get("identifier");
      const auto* first = identifiers == nullptr ? nullptr : identifiers->first;
      if (first != nullptr)
        return uint32_t(std::hash<std::string_view>{}(first->str("value")) % std::max(1u, route_.how.lanes));
    }
    return 0;
  }

  const route& route_;
};

} // namespace

entry parse_bundle() {
  return {
    {.name = "parse-bundle",
     .gives = part::message | part::claims,
     .make = [](const route& of) -> std::unique_ptr<step> { return std::make_unique<bundle_parser>(of); }}};
}

} // namespace aorta::pipeline
