#include "engine/http/scopes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <regex>

namespace aorta::http {
namespace {

/// Of version 2: create, read, update, delete, search.
constexpr std::string_view letters_of(access how) noexcept {
  switch (how) {
    case access::read: return "rs";
    case access::write: return "cud";
    case access::create: return "c";
    case access::get: return "r";
    case access::update: return "u";
    case access::remove: return "d";
    case access::search: return "s";
  }
  return {};
}

constexpr bool is_reading(access how) noexcept {
  return how == access::read || how == access::get || how == access::search;
}

std::optional<resource_scope> read_resource(std::string_view word) {
  const auto slash = word.find('/'), dot = word.rfind('.');
  if (slash == word.npos || dot == word.npos || dot < slash) return std::nullopt;
  const auto whose = word.substr(0, slash), what = word.substr(dot + 1);
  if (whose != "system" && whose != "patient") return std::nullopt;
  resource_scope out;
  out.of_patient = whose == "patient";
  out.type = word.substr(slash + 1, dot - slash - 1);
  if (what == "*") out.letters = "cruds";
  else if (what == "read") out.letters = letters_of(access::read);
  else if (what == "write") out.letters = letters_of(access::write);
  else if (what.find_first_not_of("cruds") == what.npos) out.letters = what;
  return out;
}

} // namespace

scopes read_scopes(std::span<const std::string> words) {
  scopes out;
  for (const auto& word : words) {
    if (word == "admin") out.admin = true;
    else if (word == "read") out.read = true;
    else if (word == "write") out.write = true;
    else if (word == "metrics") out.metrics = true;
    else if (auto one = read_resource(word)) out.resources.push_back(std::move(*one));
  }
  return out;
}

bool scopes::may(access how, std::string_view type, bool bound) const noexcept {
  if ((admin && !bound) || (is_reading(how) ? read : write)) return true;
  // Each letter may be of another scope.
  const auto wanted = letters_of(how);
  return std::all_of(wanted.begin(), wanted.end(), [&](char letter) {
    return std::any_of(resources.begin(), resources.end(), [&](const resource_scope& each) {
      return (bound || !each.of_patient) && each.covers(type) &&
        each.letters.find(letter) != each.letters.npos;
    });
  });
}

bool is_scope(const std::string& word) {
  static const std::array<std::string_view, 4> own{"admin", "read", "write", "metrics"};
  if (std::find(own.begin(), own.end(), word) != own.end()) return true;
  static const std::regex smart(
    "(system|patient)/(\\*|[A-Z][A-Za-z]*)\\.(read|write|\\*|(?=[cruds])c?r?u?d?s?)");
  return std::regex_match(word, smart);
}

} // namespace aorta::http
