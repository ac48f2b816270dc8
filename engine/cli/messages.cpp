#include "engine/cli/messages.hpp"

#include "engine/base/text.hpp"
#include "engine/cli/commands.hpp"
#include "engine/hl7/frame.hpp"
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

/// The pieces of a file or of one of its frames, one behind the other; as it is, where a listener would not
/// divide it.
std::vector<given_message> pieces_of(std::string bytes, reading as) {
  std::vector<given_message> out;
  const auto content = hl7::read_frame(bytes);
  if (!content || content->is_whole() || content->parts.empty()) {
    out.push_back({{}, std::move(bytes), {}});
    return out;
  }
  for (const auto& part : content->parts)
    if (as == reading::messages && part.group > 0) out.back().bytes += part.own;
    else out.push_back({{}, part.bytes(), {}});
  if (content->fault) out.back().note = content->fault->text;
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

result<std::vector<given_message>> read_messages(const std::vector<std::string>& paths, reading as) {
  std::vector<given_message> out;
  for (const auto& path : paths) {
    const auto files = files_of(path);
    if (files.empty()) return error{error_code::invalid, path, "there are no files in the folder " + path};
    for (const auto& file : files) {
      const auto bytes = read_input(file);
      if (!bytes) return error{error_code::invalid, file, why_unreadable(file)};
      auto framed = frames_of(*bytes);
      if (!framed) return error{error_code::invalid, file, file + ": " + framed.error().text};
      auto frames = std::move(*framed);
      const bool as_sent = !frames.empty() && as == reading::messages; // a frame goes out as it is
      if (frames.empty()) frames.push_back(*bytes);
      size_t n = 0;
      for (auto& frame : frames) {
        std::vector<given_message> pieces;
        if (as_sent) pieces.push_back({{}, std::move(frame), {}});
        else pieces = pieces_of(std::move(frame), as);
        for (auto& each : pieces) {
          each.name = file + (n == 0 ? "" : "#" + std::to_string(n + 1));
          ++n;
          out.push_back(std::move(each));
        }
      }
    }
  }
  return out;
}

} // namespace aorta::cli
