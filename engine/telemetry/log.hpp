// Log events with stable ids: one line an event, ids and codes only, never a patient's names, numbers or
// values.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace aorta::telemetry {

enum class level : unsigned char { debug, info, warn, error };

/// `json`: one object a line; otherwise text. To stderr. May be called again at any time, from any thread.
void open_log(std::string_view level_name, bool json);

using fields = std::initializer_list<std::pair<std::string_view, std::string>>;
/// `event` is a stable id in kebab case: "message-filed", "store-away".
/// Never waits for whoever reads stderr: when that one stands still, lines past a megabyte are dropped, and
/// `log-lines-dropped` tells later how many.
void log(level at, std::string_view event, fields with = {});
void flush_log(); ///< waits until all of it is written, but not for long

} // namespace aorta::telemetry
