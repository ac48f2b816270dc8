// BUNDLE-PARSER: strict JSON, checked against R4's definitions, and the lane of the bundle's patient.
#include "actors/bundle.hpp"
#include "actors/stage.hpp"

#include "engine/fhir/validate.hpp"

#include <functional>
#include <utility>

namespace aorta::actors {
namespace {

struct bundle_parser_state {
  static inline const char* name = "bundle-parser";
  route_context_ptr route;
  std::vector<stage_actor> lanes;
  prometheus::Histogram* seconds = nullptr;

  /// One patient's bundles keep their order: the first identifier of the first Patient chooses the lane.
  uint32_t lane_of(const fhir::node& bundle) const {
    const auto* entries = bundle.get("entry");
    for (const auto* each = entries == nullptr ? nullptr : entries->first; each != nullptr; each = each->next) {
      const auto* resource = each->get("resource");
      if (resource == nullptr || resource->str("resourceType") != "Patient") continue;
      const auto* identifiers = resource->get("identifier");
      const auto* first = identifiers == nullptr ? nullptr : identifiers->first;
      if (first != nullptr) return uint32_t(std::hash<std::string_view>{}(first->str("value")) % lanes.size());
    }
    return 0;
  }

  void parse(envelope& mail) const {
    auto& bundle = *mail.bundle;
    auto parsed = fhir::document::parse(mail.bytes);
    if (!parsed) return mail.fail(parsed.error());
    bundle.document.emplace(std::move(*parsed));
    const auto& root = *bundle.document->root;
    if (root.str("resourceType") != "Bundle") return mail.fail({error_code::invalid, "resourceType", "expected a Bundle"});
    bundle.issues = fhir::validate(root);
    if (fhir::has_error(bundle.issues)) return mail.fail({error_code::data_type, bundle.issues.front().path, "the bundle is not valid R4"});
    bundle.issues.clear();
    if (const auto type = root.str("type"); type != "document" && type != "collection")
      return mail.fail({error_code::unsupported_type, "Bundle.type", "an import takes document and collection; send transaction and batch to the base"});
    mail.lane = lane_of(root);
  }
};

stage_actor::behavior_type bundle_parser(stage_actor::stateful_pointer<bundle_parser_state> self, route_context_ptr route, std::vector<stage_actor> lanes) {
  keep_quiet(self);
  self->state.seconds = &route->metrics->stage_seconds(route->how.name, "parse-bundle");
  self->state.route = std::move(route);
  self->state.lanes = std::move(lanes);
  return {[self](envelope_ptr mail) {
    auto& state = self->state;
    work_on(*state.route, "parse-bundle", *state.seconds, *mail, [&](envelope& e) { state.parse(e); });
    const auto lane = mail->lane;
    self->send(state.lanes[lane], std::move(mail));
  }};
}

} // namespace

stage_actor spawn_bundle_parser(caf::actor_system& sys, route_context_ptr route, std::vector<stage_actor> lanes) {
  return sys.spawn(bundle_parser, std::move(route), std::move(lanes));
}

} // namespace aorta::actors
