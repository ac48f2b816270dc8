// Texts that edits read and write: pieces, dates, numbers.
#include "engine/edit/edit.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>

namespace aorta::edit {
namespace {

bool digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// How many characters a letter stands for.
size_t width_of(char letter) noexcept {
  return letter == 'y' ? 4 : letter == 'S' ? 3 : letter == 'Z' ? 5 : 2;
}

int number_of(const std::map<char, std::string>& read, char letter, int without) {
  const auto at = read.find(letter);
  return at == read.end() ? without : std::stoi(at->second);
}

bool is_date(const std::map<char, std::string>& read) {
  using namespace std::chrono;
  const auto day = year(number_of(read, 'y', 2000)) / month(unsigned(number_of(read, 'M', 1))) /
    std::chrono::day(unsigned(number_of(read, 'd', 1)));
  return day.ok() && number_of(read, 'y', 1) > 0 && number_of(read, 'H', 0) < 24 &&
    number_of(read, 'm', 0) < 60 && number_of(read, 's', 0) < 60;
}

bool read_offset(std::string_view text) noexcept {
  return text.size() == 5 && (text[0] == '+' || text[0] == '-') && digits(text.substr(1)) &&
    text.substr(1, 2) <= "14" && text.substr(3) < "60";
}

} // namespace

std::optional<fault> read_pieces(std::string_view text, pieces& into) {
  std::string plain;
  const auto flush = [&] {
    if (!plain.empty()) into.push_back({true, std::exchange(plain, {}), {}});
  };
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c != '{' && c != '}') {
      plain += c;
      continue;
    }
    if (at + 1 < text.size() && text[at + 1] == c) {
      plain += text[at++];
      continue;
    }
    const size_t end = text.find('}', at);
    if (c == '}' || end == std::string_view::npos)
      return fault{at, 1, "a brace without its other one", "a brace that is meant is written twice"};
    flush();
    operand place;
    if (auto wrong = read_places(text.substr(at + 1, end - at - 1), at + 1, place.where)) return wrong;
    into.push_back(std::move(place));
    at = end;
  }
  flush();
  return std::nullopt;
}

std::optional<fault> read_date_form(std::string_view text, date_form& into) {
  constexpr std::array<std::string_view, 8> known{"yyyy", "MM", "dd", "HH", "mm", "ss", "SSS", "Z"};
  constexpr const char* hint = "yyyy MM dd HH mm ss SSS Z, as in dd/MM/yyyy HH:mm";
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter) {
      if (into.parts.empty() || into.parts.back().letter != 0) into.parts.push_back({0});
      into.parts.back().text += c;
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && text[end] == c) ++end;
    const auto word = text.substr(at, end - at);
    if (std::find(known.begin(), known.end(), word) == known.end())
      return fault{at, word.size(),
                   word == "yy" ? "a year of two digits says no century"
                                : "'" + std::string(word) + "' is no part of a date",
                   hint};
    if (into.letters.find(c) != std::string::npos)
      return fault{at, word.size(), "'" + std::string(word) + "' stands twice", ""};
    into.parts.push_back({c});
    into.letters += c;
    at = end;
  }
  if (into.letters.empty()) return fault{0, std::max<size_t>(text.size(), 1), "there is no date in it", hint};
  return std::nullopt;
}

std::optional<std::string> rewritten(std::string_view text, const date_form& from, const date_form& to) {
  std::map<char, std::string> read;
  for (const auto& part : from.parts) {
    if (part.letter == 0) {
      if (!text.starts_with(part.text)) return std::nullopt;
      text.remove_prefix(part.text.size());
      continue;
    }
    const auto piece = text.substr(0, width_of(part.letter));
    const bool good = part.letter == 'Z' ? read_offset(piece)
                                         : digits(piece) && piece.size() == width_of(part.letter);
    if (!good) return std::nullopt;
    read[part.letter] = piece;
    text.remove_prefix(piece.size());
  }
  if (!text.empty() || !is_date(read)) return std::nullopt;
  std::string out;
  for (const auto& part : to.parts) out += part.letter == 0 ? part.text : read[part.letter];
  return out;
}

std::optional<std::string> plain_number(std::string_view text, char decimal) {
  const char other = decimal == ',' ? '.' : ',';
  const auto at = text.find_first_not_of(' ');
  text.remove_prefix(std::min(at, text.size()));
  while (text.ends_with(' ')) text.remove_suffix(1);
  std::string out;
  if (text.starts_with('-') || text.starts_with('+')) {
    if (text[0] == '-') out += '-';
    text.remove_prefix(1);
  }
  const auto point = text.find(decimal);
  const auto whole = text.substr(0, point);
  size_t group = 0;
  char divider = 0; // one number has one
  bool first = true;
  for (const char c : whole) {
    if (c >= '0' && c <= '9') {
      out += c;
      ++group;
      continue;
    }
    const bool divides = c == other || c == ' ' || c == '\'';
    if (!divides || (divider != 0 && c != divider) || group == 0 || (first ? group > 3 : group != 3))
      return std::nullopt;
    divider = c;
    first = false;
    group = 0;
  }
  if (group == 0 || (!first && group != 3)) return std::nullopt;
  if (point == std::string_view::npos) return out;
  const auto decimals = text.substr(point + 1);
  if (!digits(decimals)) return std::nullopt;
  return out + "." + std::string(decimals);
}

} // namespace aorta::edit
