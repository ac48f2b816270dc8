#include "engine/delivery/file_name.hpp"

#include <algorithm>
#include <array>

namespace aorta::delivery {
namespace {

constexpr size_t longest_name = 200, longest_word = 64;
constexpr std::array<std::string_view, 6> words{"control_id", "id", "type", "sender", "date", "time"};

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
    c == '_';
}

std::string plain(std::string_view text) {
  std::string out(text.substr(0, longest_word));
  std::replace_if(
    out.begin(), out.end(), [](char c) { return !is_plain(c); }, '_');
  if (out.starts_with('.')) out.front() = '_'; // whoever picks files up leaves those alone
  return out;
}

/// `20261126` or `081500`
std::string digits_of(timestamp at, size_t from, size_t count) {
  auto text = to_iso(at).substr(from, count);
  std::erase_if(text, [](char c) { return c < '0' || c > '9'; });
  return text;
}

std::string word(std::string_view name, const file_words& of) {
  if (name == "control_id") return plain(of.control_id);
  if (name == "id") return plain(of.id);
  if (name == "type") return plain(of.type);
  if (name == "sender") return plain(of.sender);
  return name == "date" ? digits_of(of.at, 0, 10) : digits_of(of.at, 11, 8);
}

/// Calls `text` for what stands outside of braces and `name` for what stands inside. False: they do not fit.
template <class Text, class Name>
bool walk(std::string_view pattern, Text text, Name name) {
  while (!pattern.empty()) {
    const auto open = pattern.find_first_of("{}");
    text(pattern.substr(0, open));
    if (open == pattern.npos) return true;
    const auto close = pattern.find('}', open);
    if (pattern[open] == '}' || close == pattern.npos) return false;
    if (!name(pattern.substr(open + 1, close - open - 1))) return false;
    pattern.remove_prefix(close + 1);
  }
  return true;
}

} // namespace

status check_file_pattern(std::string_view pattern) {
  bool tells_apart = false, is_name = !pattern.empty() && pattern.front() != '.';
  const auto text = [&](std::string_view some) {
    is_name = is_name && std::all_of(some.begin(), some.end(), is_plain);
  };
  const auto name = [&](std::string_view some) {
    tells_apart = tells_apart || some == "control_id" || some == "id";
    return std::find(words.begin(), words.end(), some) != words.end();
  };
  if (!walk(pattern, text, name))
    return unusable(
      "holds braces with something else in them than control_id, id, type, sender, date or time");
  if (!is_name || pattern.size() > longest_name)
    return unusable("is no name of a file: letters, digits, `.`, `-` and `_`, and no dot in front");
  if (!tells_apart) return unusable("holds neither {control_id} nor {id}: two files would have one name");
  return done{};
}

std::string file_name(std::string_view pattern, const file_words& of) {
  std::string out;
  walk(
    pattern, [&](std::string_view some) { out += some; },
    [&](std::string_view some) {
      out += word(some, of);
      return true;
    });
  if (out.size() > longest_name) out.resize(longest_name);
  return out;
}

} // namespace aorta::delivery
