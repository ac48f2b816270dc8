// [webhook.NAME] and [webhook.NAME.map].
#include "engine/config/webhook.hpp"

#include "engine/config/readers.hpp"

#include <algorithm>

namespace aorta::config {
namespace {

/// RFC 6901 3: `~` stands only before 0 or 1.
bool is_pointer(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
  return text.starts_with('/');
}

void read_place(section& of, const char* key, std::string& into) {
  const auto* node = of.text(key, into);
  if (node == nullptr) return;
  if (into.empty())
    of.complain(*node, of.full(key) + " is empty", "leave it out, or give a pointer such as \"/code\"");
  else if (into.starts_with('/') && !is_pointer(into))
    of.complain(*node, of.full(key) + " is '" + into + "', which is no JSON pointer",
                "~0 stands for ~, and ~1 for / (RFC 6901)");
}

/// Without these no report can be made, or not without guessing.
void check_map(const section& of, const webhook_map& map) {
  for (const auto& [key, what] : {std::pair{"results", &map.results}, std::pair{"code", &map.code},
                                  std::pair{"value", &map.value}, std::pair{"status", &map.status}})
    if (what->empty() && !of.of().contains(key)) of.complain("[" + of.name() + "] needs '" + key + "'");
  if (!map.results.empty() && !map.results.starts_with('/'))
    of.complain(*of.of().get("results"), of.full("results") + " is no pointer to a list",
                "as in \"/observations\"");
  if (map.mrn.empty() && map.cyprus_id.empty() && map.arc.empty() && map.family.empty())
    of.complain("[" + of.name() + "] says nowhere whose the results are",
                "give mrn, cyprus_id, arc, or family with given and birth_date");
}

void read_map(section of, webhook_map& into) {
  for (const auto& [key, place] : {std::pair{"mrn", &into.mrn},
                                   std::pair{"cyprus_id", &into.cyprus_id},
                                   std::pair{"arc", &into.arc},
                                   std::pair{"family", &into.family},
                                   std::pair{"given", &into.given},
                                   std::pair{"birth_date", &into.birth_date},
                                   std::pair{"sex", &into.sex},
                                   std::pair{"order_number", &into.order_number},
                                   std::pair{"placer_number", &into.placer_number},
                                   std::pair{"panel_code", &into.panel_code},
                                   std::pair{"panel_name", &into.panel_name},
                                   std::pair{"collected_at", &into.collected_at},
                                   std::pair{"reported_at", &into.reported_at},
                                   std::pair{"results", &into.results},
                                   std::pair{"code", &into.code},
                                   std::pair{"name", &into.name},
                                   std::pair{"value", &into.value},
                                   std::pair{"unit", &into.unit},
                                   std::pair{"range", &into.range},
                                   std::pair{"flag", &into.flag},
                                   std::pair{"status", &into.status},
                                   std::pair{"observed_at", &into.observed_at}})
    read_place(of, key, *place);
  check_map(of, into);
  of.close();
}

void read_secrets(section& of, inbound_webhook& into, const surroundings& with) {
  std::vector<std::string> named;
  const auto* node = of.strings("secrets", named);
  if (node == nullptr || named.empty()) {
    if (node != nullptr || !of.of().contains("secrets")) of.complain("[" + of.name() + "] needs 'secrets'");
    return;
  }
  for (const auto& each : named) {
    auto secret = read_hidden(of, *node, "secrets", each, with);
    if (!secret) continue;
    if (const auto good = delivery::check_webhook_secret(into.scheme, *secret); !good)
      of.complain(*node, of.full("secrets") + ": '" + each + "' " + good.error().text);
    // A new secret under the old name is a change.
    of.in().note(of.full("secrets") + " " + each, std::to_string(std::hash<std::string>{}(*secret)));
    into.secrets.push_back(std::move(*secret));
  }
}

} // namespace

void read_one_webhook(section& of, const std::string& name, inbound_webhook& into, const surroundings& with) {
  into.name = name;
  std::string scheme;
  if (!of.of().contains("scheme")) of.complain("[" + of.name() + "] needs 'scheme'");
  if (of.word("scheme", scheme) != nullptr) into.scheme = *delivery::webhook_scheme_from(scheme);
  read_secrets(of, into, with);
  const auto* map = of.table("map");
  if (map != nullptr) read_map(section(of.in(), *map, keys::webhook_map(), of.full("map")), into.map);
  else if (!of.of().contains("map")) of.complain("[" + of.name() + "] needs [" + of.full("map") + "]");
  of.close();
}

} // namespace aorta::config
