// What is sealed of an alert: the value, and what stood before it.
#pragma once

#include "engine/model/lab.hpp"
#include "engine/ports/critical.hpp"

#include <string>

namespace aorta::store {

std::string alert_content_text(const ports::critical_content& of);
ports::critical_content read_alert_content(const std::string& text);
critical::shown shown_of(const model::lab_result& of);
/// LL, HH and what is past the clinic's limits is a risk; what else is called critical (AA) is significant.
critical::band band_of(std::string_view flag) noexcept;

} // namespace aorta::store
