// What is made of the table for those who call: its description for programs, and a page for people.
#pragma once

#include "engine/http/endpoint.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aorta::http {

/// OpenAPI 3.1.0 (JSON): every row with its path and query parameters, its body, its answer and the scope it
/// needs.
std::string openapi(std::span<const endpoint* const> all, std::string_view version);

/// The rows as Markdown, in their order: a list of all, then each with what it takes and gives.
std::string handbook(std::span<const endpoint* const> all);

} // namespace aorta::http
