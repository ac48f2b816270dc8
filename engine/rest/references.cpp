#include "engine/rest/references.hpp"

#include "engine/fhir/validate.hpp"

#include <algorithm>
#include <array>

namespace aorta::rest {
namespace {

using form_kind = reference_form::kind;

/// `Patient/7` or `Patient/7/_history/2`.
bool read_own(std::string_view text, reference_form& out) {
  const auto slash = text.find('/');
  if (slash == text.npos || !fhir::is_resource_type(text.substr(0, slash))) return false;
  auto id = text.substr(slash + 1);
  if (const auto past = id.find('/'); past != id.npos) {
    static constexpr std::string_view history = "/_history/";
    if (!id.substr(past).starts_with(history) || !fhir::is_id(id.substr(past + history.size()))) return false;
    out.version = id.substr(past);
    id = id.substr(0, past);
  }
  if (!fhir::is_id(id)) return false;
  out.type = text.substr(0, slash);
  out.id = id;
  return true;
}

int hex(char c) noexcept {
  return c >= '0' && c <= '9' ? c - '0'
    : c >= 'a' && c <= 'f'    ? c - 'a' + 10
    : c >= 'A' && c <= 'F'    ? c - 'A' + 10
                              : -1;
}

/// More is taken than RFC 3986 allows in a query: bundles write `system|value` without encoding it, as the
/// standard's own examples do.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex(text[i + 1]) : -1, low = high < 0 ? -1 : hex(text[i + 2]);
    if (low < 0) return std::nullopt;
    out += char(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string_view without_version(std::string_view url) noexcept {
  return url.substr(0, url.find("/_history/"));
}

} // namespace

reference_form form_of(std::string_view text, std::string_view base) {
  reference_form out;
  if (text.starts_with('#')) {
    out.is = form_kind::contained;
    return out;
  }
  if (text.starts_with("urn:")) {
    out.is = form_kind::urn;
    return out;
  }
  if (!base.empty() && text.size() > base.size() && text.starts_with(base) && text[base.size()] == '/')
    text.remove_prefix(base.size() + 1);
  if (const auto mark = text.find('?'); mark != text.npos && fhir::is_resource_type(text.substr(0, mark))) {
    out.is = form_kind::conditional;
    out.type = text.substr(0, mark);
    out.query = text.substr(mark + 1);
  } else if (read_own(text, out)) {
    out.is = form_kind::own;
  } else if (text.find("://") != text.npos) {
    out.is = form_kind::elsewhere;
  }
  return out;
}

std::optional<parameters> decode_query(std::string_view encoded) {
  parameters out;
  while (!encoded.empty()) {
    const auto end = encoded.find('&');
    const auto one = encoded.substr(0, end);
    encoded = end == encoded.npos ? std::string_view() : encoded.substr(end + 1);
    if (one.empty()) continue;
    const auto equals = one.find('=');
    auto key = decoded(one.substr(0, equals)),
         value = decoded(equals == one.npos ? std::string_view() : one.substr(equals + 1));
    if (!key || !value) return std::nullopt;
    out.emplace_back(std::move(*key), std::move(*value));
  }
  return out;
}

std::string plain_urn(std::string_view url) {
  std::string out(url);
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
  std::string start(url.substr(0, 9));
  std::transform(start.begin(), start.end(), start.begin(), small);
  if (start == "urn:uuid:") std::transform(out.begin(), out.end(), out.begin(), small);
  return out;
}

void bundle_index::add(std::string_view full_url, std::string_view type, std::string_view id, size_t entry) {
  if (!full_url.empty()) by_url_.emplace(plain_urn(without_version(full_url)), entry);
  if (full_url.empty() && !id.empty()) by_name_.emplace(std::string(type) + '/' + std::string(id), entry);
}

std::optional<size_t> bundle_index::find(std::string_view reference, std::string_view from) const {
  const auto bare = without_version(reference);
  if (const auto exact = by_url_.find(plain_urn(bare)); exact != by_url_.end()) return exact->second;
  if (bare.find(':') != bare.npos || bare.starts_with('#')) return std::nullopt;
  if (const auto server = server_of(from); !server.empty())
    if (const auto there = by_url_.find(std::string(server) + '/' + std::string(bare));
        there != by_url_.end())
      return there->second;
  if (const auto named = by_name_.find(bare); named != by_name_.end()) return named->second;
  return std::nullopt;
}

std::string_view server_of(std::string_view full_url) noexcept {
  if (!full_url.starts_with("http://") && !full_url.starts_with("https://")) return {};
  full_url = without_version(full_url);
  const auto id = full_url.rfind('/');
  const auto type = id == full_url.npos || id == 0 ? full_url.npos : full_url.rfind('/', id - 1);
  if (type == full_url.npos || !fhir::is_resource_type(full_url.substr(type + 1, id - type - 1))) return {};
  return full_url.substr(0, type);
}

void each_uri(fhir::node& resource, const std::function<void(fhir::node& text)>& visit) {
  static constexpr std::array<std::string_view, 8> names{
    "url",   "uri", "valueUri", "valueUrl", "valueCanonical", "instantiatesUri", "instantiatesCanonical",
    "policy"};
  for (auto* each = resource.first; each != nullptr; each = each->next) {
    if (each->is_object() || each->is_array()) each_uri(*each, visit);
    const auto name = each->name.empty() ? resource.name : each->name; // an item of a list is named by the
                                                                       // list
    if (each->is_string() && std::find(names.begin(), names.end(), name) != names.end()) visit(*each);
  }
}

void each_narrative(fhir::node& resource, const std::function<void(fhir::node& div)>& visit) {
  if (auto* text = resource.get("text"); text != nullptr && text->is_object())
    if (auto* div = text->get("div"); div != nullptr && div->is_string()) visit(*div);
  auto* contained = resource.get("contained");
  for (auto* each = contained != nullptr ? contained->first : nullptr; each != nullptr; each = each->next)
    each_narrative(*each, visit);
}

std::string with_links(std::string_view div, const std::function<std::string(std::string_view link)>& to) {
  std::string out;
  while (!div.empty()) {
    const auto equals = div.find('=');
    if (equals == div.npos) break;
    auto start = equals + 1;
    while (start < div.size() &&
           (div[start] == ' ' || div[start] == '\n' || div[start] == '\t' || div[start] == '\r'))
      ++start;
    const bool quoted = start < div.size() && (div[start] == '"' || div[start] == '\'');
    const auto end = quoted ? div.find(div[start], start + 1) : div.npos;
    auto name = div.substr(0, equals);
    while (!name.empty() && (name.back() == ' ' || name.back() == '\n')) name.remove_suffix(1);
    const bool is_link = name.ends_with("href") || name.ends_with("src");
    if (end == div.npos || !is_link) {
      out.append(div.substr(0, equals + 1));
      div.remove_prefix(equals + 1);
      continue;
    }
    const auto instead = to(div.substr(start + 1, end - start - 1));
    out.append(div.substr(0, start + 1))
      .append(instead.empty() ? div.substr(start + 1, end - start - 1) : std::string_view(instead));
    div.remove_prefix(end);
  }
  return out.append(div);
}

std::string path_to(const fhir::node& resource, const fhir::node& text, std::string path) {
  if (&resource == &text) return path;
  size_t index = 0;
  for (const auto* each = resource.first; each != nullptr; each = each->next, ++index) {
    if (!each->is_object() && !each->is_array() && each != &text) continue;
    std::string step = path;
    if (resource.is_array()) step.append(1, '[').append(std::to_string(index)).append(1, ']');
    else step.append(1, '.').append(each->name);
    if (auto found = path_to(*each, text, std::move(step)); !found.empty()) return found;
  }
  return {};
}

} // namespace aorta::rest
