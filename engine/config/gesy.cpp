// [gesy] of aorta.toml, and conf/gesy.toml.
#include "engine/config/gesy.hpp"

#include "engine/config/readers.hpp"

#include <algorithm>
#include <array>

namespace aorta::config {
namespace {

using mode = gesy_settings::mode;

constexpr std::string_view simulated_url = "http://gesy.simulator/v1"; ///< nobody connects to it

/// A text of the file, `env:NAME`, `file:PATH`, or the specification's variable.
void read_login(section& of, const char* key, const char* variable, std::string& into, bool hidden,
                const surroundings& with) {
  const auto* node = of.text(key, into);
  if (node != nullptr && hidden) {
    const auto text = read_hidden(of, *node, key, into, with);
    into = text.value_or("");
  }
  if (const auto given = from_environment(variable, node, with)) into = *given;
}

void read_polls(section& of, gesy_settings& into) {
  std::vector<double> seconds;
  of.numbers("poll_seconds", seconds);
  if (seconds.empty()) return;
  into.polls.clear();
  for (const auto each : seconds) into.polls.emplace_back(int64_t(each));
}

void check_login(const section& of, const gesy_settings& how) {
  const auto needs = [&](bool there, const char* key, const char* variable) {
    if (!there)
      of.complain("[gesy] needs '" + std::string(key) + "' in mode \"" + std::string(name(how.is)) + "\"",
                  "or " + std::string(variable) + " in the environment");
  };
  needs(!how.client_id.empty(), "client_id", "GESY_CLIENT_ID");
  needs(!how.client_secret.empty(), "client_secret", "GESY_CLIENT_SECRET");
  needs(!how.provider_id.empty(), "provider_id", "GESY_PROVIDER_ID");
}

void check_url(section& of, const toml::node* at, gesy_settings& how, bool plaintext) {
  while (how.url.ends_with('/')) how.url.pop_back();
  const auto complain = [&](const std::string& text, std::string hint) {
    if (at != nullptr) of.complain(*at, of.full("url") + " " + text, std::move(hint));
    else of.complain("GESY_API_URL " + text, std::move(hint));
  };
  if (!is_web_url(how.url))
    complain("is no URL of http or https without user and password",
             "as in \"https://sandbox.gesy.org.cy/v1\"");
  else if (!how.url.starts_with("https://") && !plaintext)
    complain("is a URL without TLS", "plaintext = true says that it is meant");
}

/// What nobody fills in would be asked for as nothing.
void check_braces(const section& of, const toml::node& at, gesy::operation what, const std::string& path) {
  using enum gesy::operation;
  std::vector<std::string> known{"id"};
  if (what == claims) known = {"provider_id", "beneficiary_id", "referral_id", "service_date"};
  if (what == referrals) known = {"beneficiary_id", "status"};
  if (what == token || what == add_referral || what == add_claim || what == specialties) known.clear();
  for (size_t open = path.find('{'); open != path.npos; open = path.find('{', open + 1)) {
    const auto word = path.substr(open + 1, path.find('}', open) - open - 1);
    if (std::find(known.begin(), known.end(), word) == known.end())
      of.complain(at, of.full(gesy::name(what)) + " has {" + word + "}, which is not filled in there",
                  known.empty() ? std::string() : "known here: " + listed(known));
  }
}

} // namespace

std::string_view name(gesy_settings::mode is) noexcept {
  switch (is) {
    case mode::simulator: return "simulator";
    case mode::sandbox: return "sandbox";
    case mode::production: return "production";
  }
  return "";
}

void read_gesy(section of, settings& into, const surroundings& with) {
  gesy_settings how;
  std::string word;
  const auto* named = of.word("mode", word);
  for (const auto each : {mode::simulator, mode::sandbox, mode::production})
    if (word == name(each)) how.is = each;
  bool plaintext = false;
  const auto* url = of.text("url", how.url);
  if (const auto given = from_environment("GESY_API_URL", url, with)) how.url = *given, url = nullptr;
  read_login(of, "client_id", "GESY_CLIENT_ID", how.client_id, false, with);
  read_login(of, "client_secret", "GESY_CLIENT_SECRET", how.client_secret, true, with);
  read_login(of, "provider_id", "GESY_PROVIDER_ID", how.provider_id, false, with);
  int64_t timeout = how.timeout.count();
  of.whole("timeout_seconds", timeout);
  how.timeout = std::chrono::seconds(timeout);
  read_polls(of, how);
  read_allow(of, how.allow);
  of.boolean("plaintext", plaintext);
  of.close();
  if (named == nullptr) {
    if (!of.of().empty()) of.complain("[gesy] needs 'mode'", "\"simulator\", \"sandbox\" or \"production\"");
    return;
  }
  if (how.is == mode::simulator) {
    how.url = simulated_url;
    if (how.client_id.empty()) how.client_id = "simulator";
    if (how.client_secret.empty()) how.client_secret = "simulator";
    if (how.provider_id.empty()) how.provider_id = "P-0001";
  } else {
    if (how.url.empty())
      how.url = how.is == mode::production ? "https://api.gesy.org.cy/v1" : "https://sandbox.gesy.org.cy/v1";
    check_url(of, url, how, plaintext);
    check_login(of, how);
  }
  how.wire.base = how.url;
  into.gesy = std::move(how);
}

void read_gesy_wire(const page& in, everything& into) {
  section top(in, in.root(), keys::gesy_file(), "");
  static const toml::table nothing;
  const auto part = [&](const char* key, const key_group& known) {
    const auto* table = top.table(key);
    return section(in, table != nullptr ? *table : nothing, known, key);
  };
  gesy::wire by = gesy::specified();
  auto paths = part("paths", keys::gesy_paths());
  for (auto& [what, path] : by.paths) {
    const auto* node = paths.text(gesy::name(what), path);
    if (node != nullptr) check_braces(paths, *node, what, path);
    if (node != nullptr && !path.starts_with('/'))
      paths.complain(*node,
                     paths.full(gesy::name(what)) + " must begin with a slash: it goes behind [gesy] url");
  }
  paths.close();
  auto lists = part("lists", keys::gesy_lists());
  lists.text("items", by.items);
  lists.text("next", by.next);
  lists.close();
  auto claims = part("claims", keys::gesy_claims());
  claims.text("idempotency_header", by.idempotency_header);
  claims.text("reference", by.reference);
  claims.close();
  for (const auto* group : {"fields", "words"}) {
    const bool of_fields = std::string_view(group) == "fields";
    const auto all = part(group, keys::gesy_names());
    for (const auto& [key, value] : all.of()) {
      const std::string named(key.str());
      const auto what = gesy::kind_from(named);
      if (!what || !value.is_table()) {
        all.complain(value, all.full(named) + (what ? " must be a section" : " is nothing that they tell of"),
                     what ? std::string() : suggest(named, gesy::kind_names()));
        continue;
      }
      auto& object = by.objects[*what];
      for (const auto& [left, right] : *value.as_table()) {
        const auto text = right.value<std::string>();
        const auto known = gesy::fields_of(*what);
        const std::string field(left.str());
        if (!text || text->empty()) {
          all.complain(right, all.full(named) + "." + field + " must be a text");
        } else if (of_fields && std::find(known.begin(), known.end(), field) == known.end()) {
          all.complain(right, all.full(named) + "." + field + " is no field of ours",
                       suggest(field, {known.begin(), known.end()}));
        } else {
          (of_fields ? object.fields : object.words)[field] = *text;
        }
      }
    }
  }
  top.close();
  if (into.value.gesy) {
    by.base = into.value.gesy->url;
    into.value.gesy->wire = std::move(by);
  } else top.complain("these are the names of the national system, and there is no [gesy] in aorta.toml");
}

} // namespace aorta::config
