// What answers about the configuration have in common.
#pragma once

#include "engine/api/json.hpp"
#include "engine/api/publishing.hpp"
#include "engine/api/resources.hpp"

namespace aorta::api {

/// False, and a refusal: this key sees one clinic alone, or the engine is starting.
bool may_see_config(call& on);

/// What would run if this draft were published.
ports::config_texts with_draft(ports::config_texts running, const std::optional<ports::config_draft>& draft);
/// A file of the draft whose text was changed since its author looked.
std::optional<std::string> overtaken(const ports::config_texts& running, const ports::config_draft& draft);

/// The members of a version, inside an open object.
void write_version(json& out, const ports::config_version& what, const std::optional<uuid>& published);
void write_nodes(json& out, const std::vector<ports::engine_node>& all, const std::optional<uuid>& published);
/// With their files.
void write_diagnostics(json& out, const std::vector<diagnostic>& all);
void write_cases(json& out, const std::optional<run_cases>& what);

} // namespace aorta::api
