#include "engine/telemetry/log.hpp"

#include "engine/telemetry/line_writer.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

namespace aorta::telemetry {

namespace {

constexpr std::chrono::milliseconds longest_flush{500}; ///< a reader that stands still must not hold up who
                                                        ///< waits for it

std::string_view name(level at) noexcept {
  switch (at) {
    case level::debug: return "debug";
    case level::info: return "info";
    case level::warn: return "warn";
    case level::error: return "error";
  }
  return "error";
}

spdlog::level::level_enum to_spdlog(level at) noexcept {
  switch (at) {
    case level::debug: return spdlog::level::debug;
    case level::info: return spdlog::level::info;
    case level::warn: return spdlog::level::warn;
    case level::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

/// Length of the valid UTF-8 sequence at `at`, 0 if there is none (overlong, surrogate, cut off).
size_t sequence_length(std::string_view text, size_t at) noexcept {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(at);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  const uint8_t second = byte(at + 1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return length;
}

/// Between quotes, with JSON's escapes: one line whatever the value holds, so that no value can forge an
/// event.
void append_quoted(std::string& out, std::string_view text) {
  constexpr char hex[] = "0123456789abcdef";
  out += '"';
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const size_t length = sequence_length(text, i);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++i;
      continue;
    }
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F)
      ((out += "\\u00") += hex[static_cast<uint8_t>(c) >> 4]) += hex[static_cast<uint8_t>(c) & 15];
    else out.append(text, i, length);
    i += length;
  }
  out += '"';
}

bool plain(std::string_view text) noexcept {
  for (char c : text)
    if (static_cast<uint8_t>(c) <= ' ' || static_cast<uint8_t>(c) >= 0x7F || c == '"' || c == '=' ||
        c == '\\')
      return false;
  return !text.empty();
}

std::string as_text(level at, std::string_view event, fields with) {
  std::string line(name(at));
  (line += ' ') += event;
  for (const auto& [key, value] : with) {
    ((line += ' ') += key) += '=';
    if (plain(value)) line += value;
    else append_quoted(line, value);
  }
  return line;
}

std::string as_json(level at, std::string_view event, fields with) {
  std::string line = "\"level\":";
  append_quoted(line, name(at));
  append_quoted(line += ",\"event\":", event);
  for (const auto& [key, value] : with) {
    append_quoted(line += ',', key);
    append_quoted(line += ':', value);
  }
  return line;
}

/// Hands finished lines to the thread that may wait for their reader.
class queue_sink final : public spdlog::sinks::base_sink<std::mutex> {
public:
  explicit queue_sink(line_writer& to) : to_(to) {}

private:
  void sink_it_(const spdlog::details::log_msg& what) override {
    spdlog::memory_buf_t line;
    formatter_->format(what, line);
    to_.put(std::string(line.data(), line.size()));
  }
  void flush_() override { to_.flush(longest_flush); }
  line_writer& to_;
};

/// What the process logs with. Both forms stay, so that a reload can change from one to the other while
/// others log.
struct outlet {
  line_writer writer{STDERR_FILENO, [](size_t lines) {
                       log(level::error, "log-lines-dropped", {{"lines", std::to_string(lines)}});
                     }};
  spdlog::logger text{"aorta", std::make_shared<queue_sink>(writer)};
  spdlog::logger json{"aorta-json", std::make_shared<queue_sink>(writer)};
  std::atomic<bool> as_json{false};

  outlet() {
    text.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc);
    json.set_pattern("{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",%v}", spdlog::pattern_time_type::utc);
  }
};

/// Never destroyed: threads may log until the process has ended.
outlet& out() {
  static auto* const one = new outlet;
  return *one;
}

} // namespace

void open_log(std::string_view level_name, bool json) {
  auto from = level_name == "off" ? spdlog::level::off
    : level_name == "trace"       ? spdlog::level::trace
                                  : spdlog::level::info;
  for (const auto at : {level::debug, level::info, level::warn, level::error})
    if (name(at) == level_name) from = to_spdlog(at);
  for (auto* logger : {&out().text, &out().json}) logger->set_level(from);
  out().as_json = json;
}

void log(level at, std::string_view event, fields with) {
  const bool json = out().as_json;
  auto& logger = json ? out().json : out().text;
  if (!logger.should_log(to_spdlog(at))) return;
  const std::string line = json ? as_json(at, event, with) : as_text(at, event, with);
  logger.log(to_spdlog(at), spdlog::string_view_t(line.data(), line.size()));
}

void flush_log() { out().writer.flush(longest_flush); }

} // namespace aorta::telemetry
