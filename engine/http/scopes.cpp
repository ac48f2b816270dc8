#include "engine/http/scopes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <regex>

namespace aorta::http {
namespace {

/// Version 2: letters of create, read, update, delete, search, in this order. Half of a kind of access is
/// none here.
void permit_letters(std::string_view letters, resource_scope& to) {
  if (letters.find_first_not_of("cruds") != letters.npos) return;
  const auto has = [&](std::string_view all) {
    return std::all_of(all.begin(), all.end(), [&](char c) { return letters.find(c) != letters.npos; });
  };
  to.reads = has("rs");
  to.writes = has("cud");
}

std::optional<resource_scope> read_resource(std::string_view word) {
  const auto slash = word.find('/'), dot = word.rfind('.');
  if (slash == word.npos || dot == word.npos || dot < slash) return std::nullopt;
  const auto whose = word.substr(0, slash), what = word.substr(dot + 1);
  if (whose != "system" && whose != "patient") return std::nullopt;
  resource_scope out;
  out.of_patient = whose == "patient";
  out.type = word.substr(slash + 1, dot - slash - 1);
  if (what == "*") out.reads = out.writes = true;
  else if (what == "read") out.reads = true;
  else if (what == "write") out.writes = true;
  else permit_letters(what, out);
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
  if ((admin && !bound) || (how == access::read ? read : write)) return true;
  return std::any_of(resources.begin(), resources.end(), [&](const resource_scope& each) {
    return (bound || !each.of_patient) && each.covers(type) &&
      (how == access::read ? each.reads : each.writes);
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
