#include "engine/config/page.hpp"

#include <algorithm>
#include <limits>
#include <sstream>
#include <tuple>

namespace aorta::config {

namespace {

/// `//user:secret@` keeps its length and loses its secret, so that a caret below still fits.
std::string without_passwords(std::string line) {
  for (size_t at = line.find("://"); at != std::string::npos; at = line.find("://", at + 3)) {
    const size_t host = line.find('@', at);
    const size_t colon = line.find(':', at + 3);
    if (host == std::string::npos || colon == std::string::npos || colon > host) continue;
    std::fill(line.begin() + static_cast<std::ptrdiff_t>(colon) + 1,
              line.begin() + static_cast<std::ptrdiff_t>(line.rfind('@')), '*');
  }
  return line;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.push_back(without_passwords(std::string(line)));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

/// TOML's own words, as one sentence in our form.
std::string lower_first(std::string_view text) {
  std::string out(text);
  constexpr std::string_view opening = "Error ";
  if (out.compare(0, opening.size(), opening) == 0) out.erase(0, opening.size());
  return out;
}

/// Moves the leaves of `from` into `into`; tables on the way are made or entered. A moved node keeps its
/// source, a copied one would not.
void lay_over(toml::table& into, toml::table&& from) {
  for (auto&& [key, value] : from) {
    auto* below = value.as_table();
    auto* there = into.get_as<toml::table>(key.str());
    if (below != nullptr && there != nullptr) {
      lay_over(*there, std::move(*below));
      continue;
    }
    if (below != nullptr) {
      into.insert_or_assign(key, std::move(*below));
      continue;
    }
    value.visit([&into, &name = key](auto& leaf) { into.insert_or_assign(name, std::move(leaf)); });
  }
}

} // namespace

std::string text_as_toml(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

bool is_override(const toml::source_region& where) { return where.path && *where.path == command_line; }

std::vector<diagnostic> complaints::sorted() const {
  auto ordered = all_;
  std::stable_sort(ordered.begin(), ordered.end(), [](const placed& a, const placed& b) {
    return std::tie(a.file_order, a.what.line, a.what.column) <
      std::tie(b.file_order, b.what.line, b.what.column);
  });
  std::vector<diagnostic> out;
  out.reserve(ordered.size());
  for (auto& one : ordered) out.push_back(std::move(one.what));
  return out;
}

page::page(std::string path, std::string_view text, size_t order, complaints& out)
    : path_(std::move(path)),
      lines_(lines_of(text)),
      order_(order),
      out_(out) {
  try {
    root_ = toml::parse(text, path_);
    readable_ = true;
  } catch (const toml::parse_error& why) { complain(why.source(), lower_first(why.description())); }
}

void page::tell(diagnostic::severity level, const toml::source_region& where, std::string text,
                std::string hint) const {
  diagnostic what;
  what.level = level;
  what.text = std::move(text);
  what.hint = std::move(hint);
  if (is_override(where)) {
    what.file = std::string(command_line);
    out_.add(std::numeric_limits<size_t>::max(), std::move(what));
    return;
  }
  what.file = path_;
  what.line = where.begin.line;
  what.column = std::max<uint32_t>(1, where.begin.column);
  if (what.line > 0 && what.line <= lines_.size()) what.source = lines_[what.line - 1];
  if (where.end.line == where.begin.line && where.end.column > where.begin.column)
    what.length = where.end.column - where.begin.column;
  out_.add(order_, std::move(what));
}

void page::complain_within(const toml::node& value, size_t at, size_t length, std::string text,
                           std::string hint) const {
  auto where = value.source();
  const auto* said = value.as_string();
  const auto characters = [](std::string_view of) {
    return uint32_t(std::count_if(of.begin(), of.end(), [](char c) { return (uint8_t(c) & 0xc0) != 0x80; }));
  };
  if (said != nullptr && length > 0 && where.begin.line > 0 && where.begin.line <= lines_.size()) {
    const std::string& line = lines_[where.begin.line - 1];
    const auto begin = line.find(said->get());
    const bool once = begin != std::string::npos && line.find(said->get(), begin + 1) == std::string::npos;
    if (once && characters(line.substr(0, begin)) == where.begin.column && at <= said->get().size()) {
      where.begin.column += characters(said->get().substr(0, at)) + 1;
      where.end = where.begin;
      where.end.column += std::max<uint32_t>(1, characters(said->get().substr(at, length)));
    }
  }
  complain(where, std::move(text), std::move(hint));
}

void page::note(const std::string& key, const toml::node* node) const {
  std::ostringstream text;
  if (node != nullptr) node->visit([&](const auto& value) { text << value; });
  noted_[key] += text.str();
}

void page::complain(std::string text, std::string hint) const {
  complain(toml::source_region{}, std::move(text), std::move(hint));
}

void override_value(page& over, const std::string& text, complaints& out) {
  const size_t equals = text.find('=');
  const std::string key = text.substr(0, equals);
  const auto refuse = [&] {
    diagnostic what;
    what.file = std::string(command_line);
    what.text = "'" + (key.size() < 80 ? key : key.substr(0, 80)) + "' is not of the form section.key=value";
    out.add(std::numeric_limits<size_t>::max(), std::move(what));
  };
  // A line end would let one override bring many keys.
  if (equals == std::string::npos || text.find_first_of("\r\n") != std::string::npos ||
      key.find('#') != std::string::npos)
    return refuse();
  const std::string value = text.substr(equals + 1);
  const std::string front = key + " = ";
  for (const auto& form : {front + value, front + text_as_toml(value)}) {
    try {
      lay_over(over.root(), toml::parse(form, command_line));
      return;
    } catch (const toml::parse_error&) {
      continue; // the value may be a bare word; the second form tells whether the key is at fault
    }
  }
  refuse();
}

} // namespace aorta::config
