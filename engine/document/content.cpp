#include "engine/document/content.hpp"

#include "engine/base/base64.hpp"
#include "engine/base/text.hpp"
#include "engine/hl7/charset.hpp"
#include "engine/lab/attachment.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace aorta::document {
namespace {

constexpr size_t least_in_text = 64; ///< characters of base64 in a text: no word is taken for a document

bool begins_with_word(std::string_view content, std::string_view word) noexcept {
  if (content.size() < word.size()) return false;
  return std::equal(word.begin(), word.end(), content.begin(), [](char a, char b) { return a == lower(b); });
}

bool is_text(std::string_view content) noexcept {
  return std::all_of(content.begin(), content.end(), [](char c) {
    return uint8_t(c) >= 0x20 ? c != 0x7f : c == '\t' || c == '\n' || c == '\r' || c == '\f';
  });
}

/// The type that a declared one stands for; empty: none that is taken.
std::string_view meant(std::string_view declared) noexcept {
  const auto sub = declared.substr(declared.find('/') + 1);
  for (const auto& [word, type] : {std::pair<std::string_view, std::string_view>{"pdf", "application/pdf"},
                                   {"x-pdf", "application/pdf"},
                                   {"jpeg", "image/jpeg"},
                                   {"png", "image/png"},
                                   {"gif", "image/gif"},
                                   {"tiff", "image/tiff"},
                                   {"rtf", "application/rtf"},
                                   {"richtext", "application/rtf"},
                                   {"xml", "application/xml"},
                                   {"html", "text/html"},
                                   {"plain", "text/plain"}})
    if (sub == word) return type;
  if (sub.ends_with("+xml") || sub.starts_with("x-hl7-cda")) return "application/xml";
  return {};
}

/// Whether what the bytes are is what was declared. A text may look like anything that is written in letters.
bool fits(std::string_view declared, std::string_view found) noexcept {
  if (declared == found) return true;
  const bool markup = found == "application/xml" || found == "text/html";
  return markup && (declared == "text/plain" || (declared == "text/html" && found == "application/xml"));
}

std::string served_as(std::string_view type, std::string_view content) {
  const bool text = type == "text/plain" || type == "text/html";
  return std::string(type) + (text && hl7::is_utf8(content) ? "; charset=utf-8" : "");
}

std::string digest(std::string_view bytes, const EVP_MD* how) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), out, &size, how, nullptr);
  return {reinterpret_cast<const char*>(out), size};
}

file_reading checked(std::string_view declared, std::string content) {
  if (content.size() > most_attachment) return {std::nullopt, "more bytes than a document may have here"};
  const auto found = type_of(content);
  if (found.empty()) return {std::nullopt, "its first bytes are of no type that is taken here"};
  if (lab::is_cut_off(content)) return {std::nullopt, "its end is missing"};
  auto type = found;
  if (declared != "application/octet-stream") {
    type = meant(declared);
    if (type.empty()) return {std::nullopt, "it is declared to be of a type that is not taken here"};
    if (!fits(type, found))
      return {std::nullopt, "its first bytes are of another type than the one declared"};
  }
  return {model::attachment{served_as(type, content), std::move(content)}, {}};
}

} // namespace

std::string_view type_of(std::string_view content) noexcept {
  if (const auto known = lab::type_of_content(content); !known.empty()) return known;
  if (content.empty() || !is_text(content)) return {};
  constexpr std::string_view mark = "\xef\xbb\xbf";
  auto start = content.starts_with(mark) ? content.substr(mark.size()) : content;
  start.remove_prefix(std::min(start.find_first_not_of(blanks_and_line_ends), start.size()));
  if (start.starts_with("<?xml") || start.starts_with("<ClinicalDocument")) return "application/xml";
  if (begins_with_word(start, "<!doctype html") || begins_with_word(start, "<html")) return "text/html";
  return "text/plain";
}

file_reading read_file(std::string_view type, std::string_view subtype, std::string_view encoding,
                       std::string data) {
  if (data.empty()) return {std::nullopt, "there are no data"};
  const auto how = lower(trimmed(encoding, blanks));
  const auto declared = lab::content_type(type, subtype);
  if (how == "a") return checked(declared, std::move(data));
  auto decoded = how == "base64" || how.empty() ? base64::decode(data, lab::as_sent)
    : how == "hex"                              ? lab::from_hex(data)
                                                : std::nullopt;
  if (how.empty() && (!decoded || lab::type_of_content(*decoded).empty()))
    return checked(declared, std::move(data)); // a text that only looks like base64
  if (!decoded) return {std::nullopt, "its data are not in the encoding that it names"};
  return checked(declared, std::move(*decoded));
}

std::optional<file_reading> read_file_in_text(std::string_view text) {
  if (text.size() < least_in_text) return std::nullopt;
  const auto begins = base64::decode_beginning(text.substr(0, least_in_text), lab::as_sent);
  if (!begins || lab::type_of_content(*begins).empty()) return std::nullopt;
  return read_file({}, {}, "base64", std::string(text));
}

std::string sha256(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : digest(bytes, EVP_sha256())) {
    out += digits[uint8_t(c) >> 4];
    out += digits[uint8_t(c) & 15];
  }
  return out;
}

std::string sha1(std::string_view bytes) { return base64::encode(digest(bytes, EVP_sha1())); }

} // namespace aorta::document
