#include "engine/lab/attachment.hpp"

#include "engine/base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aorta::lab {
namespace {

/// A MIME type and its parameters mean the same in capitals and with blanks.
std::string type_word(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ') out += c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  return out;
}

/// What a MIME type may hold; anything else could break a header where it is served.
bool token(std::string_view text) noexcept {
  for (const char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '+' || c == '_'))
      return false;
  return !text.empty() && text.size() <= 60;
}

} // namespace

std::optional<std::string> from_hex(std::string_view text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0'
      : c >= 'a' && c <= 'f'    ? c - 'a' + 10
      : c >= 'A' && c <= 'F'    ? c - 'A' + 10
                                : -1;
  };
  std::string out;
  int high = -1;
  for (const char c : text) {
    if (blanks_and_line_ends.find(c) != std::string_view::npos) continue;
    const int d = digit(c);
    if (d < 0) return std::nullopt;
    if (high < 0) {
      high = d;
    } else {
      out += char(high << 4 | d);
      high = -1;
    }
  }
  return high < 0 ? std::optional(out) : std::nullopt;
}

std::string_view type_of_content(std::string_view content) noexcept {
  using namespace std::string_view_literals;
  static constexpr std::pair<std::string_view, std::string_view> beginnings[] = {
    {"%PDF-"sv, "application/pdf"sv},
    {"\xff\xd8\xff"sv, "image/jpeg"sv},
    {"\x89PNG\r\n\x1a\n"sv, "image/png"sv},
    {"GIF87a"sv, "image/gif"sv},
    {"GIF89a"sv, "image/gif"sv},
    {"II*\0"sv, "image/tiff"sv},
    {"MM\0*"sv, "image/tiff"sv},
    {"{\\rtf"sv, "application/rtf"sv}};
  for (const auto& [bytes, type] : beginnings)
    if (content.starts_with(bytes)) return type;
  return {};
}

bool is_cut_off(std::string_view content) noexcept {
  const auto type = type_of_content(content);
  // some writers leave bytes behind the end
  const auto tail = content.substr(content.size() - std::min<size_t>(content.size(), 1024));
  if (type == "application/pdf") return tail.find("%%EOF") == std::string_view::npos;
  if (type == "image/jpeg") return tail.find("\xff\xd9") == std::string_view::npos;
  return type == "image/png" && tail.find("IEND") == std::string_view::npos;
}

std::string content_type(std::string_view type, std::string_view subtype) {
  auto main = type_word(type), sub = type_word(subtype);
  // The subtype is what says how to open it: nothing opens text/pdf.
  for (const auto& [word, whole] : {std::pair{"pdf", "application/pdf"},
                                    {"jpeg", "image/jpeg"},
                                    {"jpg", "image/jpeg"},
                                    {"png", "image/png"},
                                    {"gif", "image/gif"},
                                    {"tiff", "image/tiff"},
                                    {"tif", "image/tiff"},
                                    {"msword", "application/msword"},
                                    {"zip", "application/zip"},
                                    {"dicom", "application/dicom"}})
    if (sub == word) return whole;
  if (main == "im") main = "image";
  else if (main == "text" || main == "tx" || main == "ft" || main == "si") main = "text";
  else if (main == "au") main = "audio";
  else if (main != "application" && main != "audio" && main != "image" && main != "model" &&
           main != "multipart" && main != "video")
    main = "application";
  if (main == "image" && sub == "jpg") sub = "jpeg";
  if (!token(sub)) return main == "text" ? "text/plain" : "application/octet-stream";
  return main + "/" + sub;
}

std::optional<model::attachment> read_attachment(std::string_view type, std::string_view subtype,
                                                 std::string_view encoding, std::string data) {
  if (data.empty()) return std::nullopt;
  const auto how = type_word(encoding);
  model::attachment out;
  out.content_type = content_type(type, subtype);
  if (how == "a") {
    out.content = std::move(data);
  } else {
    auto decoded = how == "base64" || how.empty() ? base64::decode(data, as_sent)
      : how == "hex"                              ? from_hex(data)
                                                  : std::nullopt;
    if (!decoded || decoded->empty() || (how.empty() && type_of_content(*decoded).empty()))
      return std::nullopt;
    out.content = std::move(*decoded);
  }
  if (const auto known = type_of_content(out.content); !known.empty()) out.content_type = known;
  return out;
}

std::string describe(const model::attachment& what) {
  return what.content_type + ", " + std::to_string(what.content.size()) + " bytes";
}

} // namespace aorta::lab
