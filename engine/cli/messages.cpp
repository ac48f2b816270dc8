#include "engine/cli/messages.hpp"

#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/hl7/mllp.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>

namespace aorta::cli {
namespace {

/// Its MLLP frames; none when it holds bare messages. An error when something stands outside of them: nothing
/// is dropped in silence.
result<std::vector<std::string>> frames_of(const std::string& bytes) {
  std::vector<std::string> out;
  bool cut = false;
  const hl7::mllp_decoder::events on{.frame = [&](std::string&& frame) { out.push_back(std::move(frame)); },
                                     .noise = [](size_t) {},
                                     .broken = [&](std::string&&) { cut = true; },
                                     .too_large = [&](std::string&&, size_t) { cut = true; }};
  hl7::mllp_decoder decoder({});
  decoder.feed(bytes, on);
  decoder.settle(on);
  decoder.finish(on);
  size_t at = 0;
  std::string outside;
  for (const auto& frame : out) {
    const auto begin = bytes.find(frame, at);
    outside += bytes.substr(at, begin - at);
    at = begin + frame.size();
  }
  if (!out.empty()) outside += bytes.substr(at);
  if (cut || !trimmed(outside, " \t\r\n\x0b\x1c").empty())
    return error{error_code::invalid, "",
                 "something stands outside of its MLLP frames, or a frame does not end"};
  return out;
}

/// Where each message begins: at MSH with the first one's field separator, at the start of a line.
std::vector<std::string> split(const std::string& bytes) {
  const auto first = bytes.find("MSH");
  if (first == std::string::npos || first + 4 > bytes.size()) return {bytes};
  const auto begin = bytes.substr(first, 4);
  std::vector<std::string> out;
  size_t from = 0;
  for (auto at = bytes.find(begin, first + 1); at != std::string::npos; at = bytes.find(begin, at + 1)) {
    if (bytes[at - 1] != '\r' && bytes[at - 1] != '\n') continue;
    out.push_back(bytes.substr(from, at - from));
    from = at;
  }
  out.push_back(bytes.substr(from));
  return out;
}

std::optional<std::string> read_input(const std::string& path) {
  if (path != "-") return read_file(path);
  return std::string{std::istreambuf_iterator<char>(std::cin), {}};
}

/// The path itself, or a folder's files by name; hidden ones are no messages.
std::vector<std::string> files_of(const std::string& path) {
  std::error_code failed;
  if (path == "-" || !std::filesystem::is_directory(path, failed)) return {path};
  std::vector<std::string> out;
  for (const auto& each : std::filesystem::directory_iterator(path, failed))
    if (each.is_regular_file(failed) && each.path().filename().string().front() != '.')
      out.push_back(each.path().string());
  std::sort(out.begin(), out.end());
  return out;
}

} // namespace

result<std::vector<given_message>> read_messages(const std::vector<std::string>& paths) {
  std::vector<given_message> out;
  for (const auto& path : paths) {
    const auto files = files_of(path);
    if (files.empty()) return error{error_code::invalid, path, "there are no files in the folder " + path};
    for (const auto& file : files) {
      const auto bytes = read_input(file);
      if (!bytes) return error{error_code::invalid, file, why_unreadable(file)};
      auto framed = frames_of(*bytes);
      if (!framed) return error{error_code::invalid, file, file + ": " + framed.error().text};
      auto all = std::move(*framed);
      if (all.empty()) all = split(*bytes);
      for (size_t i = 0; i < all.size(); ++i)
        out.push_back({file + (i == 0 ? "" : "#" + std::to_string(i + 1)), std::move(all[i])});
    }
  }
  return out;
}

} // namespace aorta::cli
