// Reading resources that came in.
#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/fhir/map_parts.hpp"

namespace aorta::fhir {
namespace {

sv tail_of(const node* reference, sv type) noexcept {
  if (!reference) return {};
  const auto text = reference->str("reference");
  if (text.size() <= type.size() + 1 || !text.starts_with(type) || text[type.size()] != '/') return {};
  return text.substr(type.size() + 1);
}

} // namespace

const node* extension_of(const node& from, sv word) noexcept {
  const auto* list = from.get("extension");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next) {
    const auto url = each->str("url");
    if (url.starts_with(extension_base) && url.substr(extension_base.size()) == word) return each;
  }
  return nullptr;
}

const node* coding_in(const node* codeable, sv system) noexcept {
  const auto* list = codeable ? codeable->get("coding") : nullptr;
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    if (each->str("system") == system && !each->str("code").empty()) return each;
  return nullptr;
}

bool has_code(const node* where, sv system, sv code) noexcept {
  if (!where) return false;
  if (where->is_array()) {
    for (const auto* each = where->first; each; each = each->next)
      if (has_code(each, system, code)) return true;
    return false;
  }
  const auto* list = where->get("coding");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    if (each->str("system") == system && each->str("code") == code) return true;
  return false;
}

sv text_in(const node* codeable) noexcept {
  if (!codeable) return {};
  if (const auto text = codeable->str("text"); !text.empty()) return text;
  const auto* list = codeable->get("coding");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    if (const auto display = each->str("display"); !display.empty()) return display;
  return {};
}

std::optional<std::string> some(sv text) {
  if (text.empty()) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> number_in(const node* reference, sv type) {
  const auto tail = tail_of(reference, type);
  const bool good = !tail.empty() && tail.size() < 10 && tail[0] != '0' &&
    tail.find_first_not_of("0123456789") == sv::npos;
  return good ? some(tail) : std::nullopt;
}

std::optional<std::string> uuid_in(const node* reference, sv type) {
  const auto tail = tail_of(reference, type);
  const auto id = uuid_from_text(tail);
  return id && to_text(*id) == tail ? some(tail) : std::nullopt;
}

std::optional<std::string> identifier_in(const node* list, sv system, sv type) {
  for (const auto* each = list ? list->first : nullptr; each; each = each->next) {
    if (each->str("use") == "old" || each->str("value").empty()) continue;
    if (each->str("system") == system ||
        (!type.empty() && each->str("system").empty() &&
         has_code(each->get("type"), system_of::identifier_type, type)))
      return some(each->str("value"));
  }
  return std::nullopt;
}

std::optional<std::string> day_in(sv date) {
  timestamp when;
  return date.size() >= 10 && from_iso(date.substr(0, 10), when) ? some(date.substr(0, 10)) : std::nullopt;
}

std::optional<std::string> instant_in(sv time) {
  timestamp when;
  return time.size() > 10 && from_iso(time, when) ? some(to_iso(when)) : std::nullopt;
}

std::optional<std::string> column_time(sv time) {
  return time.size() == 10 ? day_in(time) : instant_in(time);
}

as_row only_fhir(std::string why) {
  as_row out;
  out.why = std::move(why);
  return out;
}

bool has_modifiers(const node& resource) noexcept {
  return resource.get("modifierExtension") || resource.get("implicitRules");
}

} // namespace aorta::fhir
