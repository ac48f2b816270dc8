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

/// Reads `{"patient_id": "7"}`.
std::optional<model::patient_id> read_link(std::string_view body);

} // namespace aorta::api
