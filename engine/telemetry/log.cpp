#include "engine/telemetry/log.hpp"

#include <cstdint>
#include <memory>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace aorta::telemetry {

namespace {

constexpr const char* text_logger = "aorta";
constexpr const char* json_logger = "aorta-json";

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

/// Between quotes, with JSON's escapes: one line whatever the value holds, so that no value can forge an event.
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
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F)
      ((out += "\\u00") += hex[static_cast<uint8_t>(c) >> 4]) += hex[static_cast<uint8_t>(c) & 15];
    else
      out.append(text, i, length);
    i += length;
  }
  out += '"';
}

bool plain(std::string_view text) noexcept {
  for (char c : text)
    if (static_cast<uint8_t>(c) <= ' ' || static_cast<uint8_t>(c) >= 0x7F || c == '"' || c == '=' || c == '\\') return false;
  return !text.empty();
}

std::string as_text(level at, std::string_view event, fields with) {
  std::string line(name(at));
  (line += ' ') += event;
  for (const auto& [key, value] : with) {
    ((line += ' ') += key) += '=';
    if (plain(value))
      line += value;
    else
      append_quoted(line, value);
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

/// spdlog keeps the process's logger. Events in front of `open_log` go to stderr as text, never to stdout.
spdlog::logger* opened() {
  auto* logger = spdlog::default_logger_raw();
  if (logger && (logger->name() == text_logger || logger->name() == json_logger)) return logger;
  open_log("info", false);
  return spdlog::default_logger_raw();
}

} // namespace

void open_log(std::string_view level_name, bool json) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>(json ? json_logger : text_logger, std::move(sink));
  logger->set_pattern(json ? "{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",%v}" : "%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc);
  auto from = spdlog::level::info;
  for (const auto at : {level::debug, level::info, level::warn, level::error})
    if (name(at) == level_name) from = to_spdlog(at);
  logger->set_level(from);
  spdlog::set_default_logger(std::move(logger));
}

void log(level at, std::string_view event, fields with) {
  auto* logger = opened();
  if (!logger->should_log(to_spdlog(at))) return;
  const bool json = logger->name() == json_logger;
  const std::string line = json ? as_json(at, event, with) : as_text(at, event, with);
  logger->log(to_spdlog(at), spdlog::string_view_t(line.data(), line.size()));
}

void flush_log() { opened()->flush(); }

} // namespace aorta::telemetry
