// The resources behind `handle`, one function a path.
#pragma once

#include "engine/api/api.hpp"

namespace aorta::api {

/// A positive number, as ids and limits are.
std::optional<int64_t> read_id(std::string_view text);

response list_messages(const request& what, const ports::clinic& clinic, ports::store_desk& desk);
response show_message(const uuid& id, const ports::clinic& clinic, ports::store_desk& desk, std::optional<model::patient_id>& whose);
response patient_results(const request& what, model::patient_id patient, const ports::clinic& clinic, ports::store_desk& desk);
response list_routes(const engine_view& engine, const std::string& clinic); ///< empty: of every clinic

response list_reviews(const request& what, const ports::clinic& clinic, ports::store_desk& desk);
response show_review(const uuid& id, const ports::clinic& clinic, ports::store_desk& desk, std::optional<model::patient_id>& whose);
response list_unmapped(const request& what, const ports::clinic& clinic, ports::store_desk& desk);
response list_events(const request& what, const ports::clinic& clinic, ports::store_desk& desk);
response list_decisions(const request& what, const ports::clinic& clinic, ports::store_desk& desk);

/// What persons do (acts.cpp): each either answers at once or leaves a rerun in the outcome.
outcome reprocess(outcome out, const request& what, const uuid& message, const ports::api_key& key, const ports::clinic& clinic, ports::store_desk& desk);
outcome link(outcome out, const request& what, const uuid& message, const ports::api_key& key, const ports::clinic& clinic, ports::store_desk& desk);
outcome unlink(outcome out, const request& what, const uuid& message, const ports::api_key& key, const ports::clinic& clinic, ports::store_desk& desk);
outcome resolve(outcome out, const request& what, const uuid& review, const ports::api_key& key, const ports::clinic& clinic, ports::store_desk& desk);
outcome withdraw(outcome out, const uuid& decision, const ports::api_key& key, const ports::clinic& clinic, ports::store_desk& desk);

/// 409: a person was faster; tells who and when.
response too_late(const ports::review_item& item);
/// The same for a rerun that came too late.
response conflict_reply(const rerun& what, const error& fault, ports::store_desk& desk);
response show_difference(const rerun& what, const ports::difference& would_change);

/// What the body of an act says; members that it does not have are empty.
struct act_body {
  std::string action, reason, mrn;
  std::optional<model::patient_id> patient, instead_of;
  std::optional<uuid> result;
  std::optional<std::string> value, unit;
};
/// Nothing when it is no JSON object, or a member is not what it must be.
std::optional<act_body> read_act(std::string_view body);

} // namespace aorta::api
