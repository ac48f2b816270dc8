// conf/aorta.toml: listeners, store, security, log, clinics.
#include "engine/base/text.hpp"
#include "engine/config/readers.hpp"

#include <algorithm>

namespace aorta::config {

namespace {

void read_listen(section& of, endpoint& into) {
  std::string text;
  const auto* node = of.text("listen", text);
  if (node == nullptr) return;
  if (const auto read = read_endpoint(text)) into = *read;
  else
    of.complain(*node, of.full("listen") + " is '" + text + "', which is not host:port",
                "as in \"127.0.0.1:2575\" or \"[::1]:2575\"");
}

/// A file that cannot be read is told; of one that can, its content is noted: a new certificate under the old
/// name is a change.
void check_file(const section& of, const char* key, const toml::node* at, const std::string& path,
                const surroundings& with) {
  if (at == nullptr) return;
  const auto content = with.read(path);
  if (content) of.in().note(of.full(key), " " + std::to_string(std::hash<std::string>{}(*content)));
  else of.complain(*at, "cannot read '" + path + "'");
}

void read_tls(section& of, tls_files& into, const surroundings& with) {
  const auto* table = of.table("tls");
  if (table == nullptr) return;
  section tls(of.in(), *table, keys::tls(), of.full("tls"));
  const auto* cert = tls.text("cert", into.cert);
  const auto* key = tls.text("key", into.key);
  const auto* client_ca = tls.text("client_ca", into.client_ca);
  if (cert != nullptr && !tls.of().contains("key"))
    of.complain(*cert, tls.full("cert") + " is given without " + tls.full("key"));
  if (key != nullptr && !tls.of().contains("cert"))
    of.complain(*key, tls.full("key") + " is given without " + tls.full("cert"));
  if (client_ca != nullptr && cert == nullptr && key == nullptr)
    of.complain(*client_ca,
                tls.full("client_ca") + " asks for client certificates, but there is no " + tls.full("cert"));
  check_file(tls, "cert", cert, into.cert, with);
  check_file(tls, "key", key, into.key, with);
  check_file(tls, "client_ca", client_ca, into.client_ca, with);
  tls.close();
}

/// A list of blocks of addresses; whether it was given.
bool read_blocks(section& of, const char* key, std::vector<std::string>& into) {
  if (of.strings(key, into) == nullptr) return false;
  for (const auto& item : *of.of().get_as<toml::array>(key))
    if (!is_address_block(item.as_string()->get()))
      of.complain(item,
                  of.full(key) + " holds '" + item.as_string()->get() + "', which is no block of addresses",
                  "as in \"10.1.0.0/16\"");
  return true;
}

void read_http(section of, settings& into, const surroundings& with) {
  read_listen(of, into.http);
  of.whole("max_body_bytes", into.http_max_body_bytes);
  of.whole("max_connections", into.http_max_connections);
  read_blocks(of, "balancers", into.http_balancers);
  read_tls(of, into.http_tls, with);
  of.close();
}

/// `http://` or `https://`, a host, and no end slash: links are made by appending to it.
bool is_base_url(const std::string& url) {
  const auto after = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : 0;
  return after > 0 && url.size() > size_t(after) && url[size_t(after)] != '/' && url.back() != '/' &&
    url.find_first_of(" \t\r\n\"<>?#") == std::string::npos;
}

/// A scheme and a host, as browsers send it in `Origin` (RFC 6454 6.2).
bool is_origin(const std::string& text) {
  return text == "*" || (is_base_url(text) && text.find('/', text.find("//") + 2) == std::string::npos);
}

void read_fhir(section of, settings& into) {
  auto& fhir = into.fhir;
  const auto* base = of.text("base_url", fhir.base_url);
  if (base != nullptr && !is_base_url(fhir.base_url))
    of.complain(*base, of.full("base_url") + " is not the address under which clients reach the engine",
                "as in \"https://clinic.example.org/fhir/r4\"");
  for (const auto& [key, target] :
       {std::pair{"cyprus_id_system", &fhir.cyprus_id_system}, std::pair{"arc_system", &fhir.arc_system},
        std::pair{"mrn_system", &fhir.mrn_system}, std::pair{"gesy_system", &fhir.gesy_system}}) {
    const auto* node = of.text(key, *target);
    if (node != nullptr &&
        (target->find(':') == std::string::npos || target->find_first_of(" \t\r\n|") != std::string::npos))
      of.complain(*node, of.full(key) + " is no URI", "as in \"urn:oid:2.16.196.1.113883.3.1.1\"");
  }
  const auto* origins = of.strings("allow_origins", fhir.allow_origins);
  for (const auto& each : fhir.allow_origins)
    if (origins != nullptr && !is_origin(each))
      of.complain(*origins, of.full("allow_origins") + " holds '" + each + "', which is no origin of pages",
                  "as in \"https://app.example.org\", without a path; \"*\" is any");
  of.close();
}

void read_limits(section of, settings& into) {
  of.whole("key_requests_per_second", into.key_requests_per_second);
  int64_t stop = into.stop.count();
  of.whole("stop_seconds", stop);
  into.stop = std::chrono::seconds(stop);
  int64_t leave = into.leave.count();
  of.whole("leave_seconds", leave);
  into.leave = std::chrono::seconds(leave);
  of.close();
}

bool is_store_url(const std::string& url) {
  const auto begins = [&](std::string_view scheme) {
    return url.compare(0, scheme.size(), scheme) == 0 && url.size() > scheme.size();
  };
  return begins("sqlite://") || begins("postgresql://") || begins("postgres://");
}

void complain_about_environment(complaints& out, const char* name, std::string text) {
  diagnostic what;
  what.file = name;
  what.text = std::move(text);
  out.add(std::numeric_limits<size_t>::max(), std::move(what));
}

void read_store(section of, settings& into, const surroundings& with) {
  const auto* url = of.text("url", into.store_url);
  if (url != nullptr && !is_store_url(into.store_url)) // the url itself may hold a password
    of.complain(*url, of.full("url") + " names no store",
                "as in \"sqlite://var/aorta.db\" or \"postgresql://user@host:5432/database\"");
  of.boolean("migrate", into.store_migrate);
  of.close();
  const auto given = from_environment("AORTA_STORE_URL", url, with);
  if (!given) return;
  into.store_url = *given;
  if (!is_store_url(*given)) complain_about_environment(with.out, "AORTA_STORE_URL", "names no store");
}

/// `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, as redis-cli has it. Nothing when it is none.
std::optional<redis_server> read_redis_url(std::string_view url) {
  constexpr std::string_view scheme = "redis://";
  if (!url.starts_with(scheme)) return std::nullopt;
  url.remove_prefix(scheme.size());
  redis_server out;
  if (const auto at = url.rfind('@'); at != url.npos) {
    const auto who = url.substr(0, at);
    const auto colon = who.find(':');
    if (colon == who.npos) return std::nullopt;
    out.user = who.substr(0, colon);
    out.password = who.substr(colon + 1);
    url.remove_prefix(at + 1);
  }
  const auto slash = std::min(url.find('/'), url.size());
  const auto database = url.substr(std::min(slash + 1, url.size()));
  if (database.size() > 4 || database.find_first_not_of("0123456789") != database.npos) return std::nullopt;
  if (!database.empty()) out.database = uint32_t(std::stoul(std::string(database)));
  std::string place(url.substr(0, slash));
  const auto bracket = place.rfind(']');
  if (place.find(':', bracket == place.npos ? 0 : bracket) == place.npos) place += ":6379";
  const auto read = read_endpoint(place);
  if (!read || read->port == 0 || read->host == "*") return std::nullopt;
  out.at = *read;
  return out;
}

bool is_this_machine(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

void read_redis(section of, settings& into, const surroundings& with) {
  std::string url;
  bool plaintext = false;
  uint32_t most_entries = 100'000;
  const auto* node = of.text("url", url);
  of.boolean("plaintext", plaintext);
  of.whole("most_entries", most_entries);
  of.close();
  const auto given = from_environment("AORTA_REDIS_URL", node, with);
  if (given) url = *given;
  if (node == nullptr && !given) {
    if (!of.of().empty()) of.complain("[redis] needs 'url'");
    return;
  }
  const auto complain = [&](std::string what, std::string hint) { // the url itself may hold a password
    if (given) complain_about_environment(with.out, "AORTA_REDIS_URL", std::move(what));
    else of.complain(*node, of.full("url") + " " + what, std::move(hint));
  };
  into.redis = read_redis_url(url);
  if (!into.redis) return complain("names no Redis", "as in \"redis://127.0.0.1:6379/0\"");
  into.redis->most_entries = most_entries;
  if (!plaintext && !is_this_machine(into.redis->at.host))
    complain("is not on this machine, and hiredis speaks no TLS", "plaintext = true says that it is meant");
}

/// The key itself may come from the environment; then the file need not exist.
void read_security(section of, settings& into, const surroundings& with) {
  of.whole("approvals", into.approvals);
  of.strings("secrets", into.secrets);
  auto& path = into.pii_key_file;
  const auto* node = of.text("pii_key_file", path);
  if (const auto given = from_environment("AORTA_PII_KEY", node, with)) {
    into.pii_key = trimmed(*given, blanks_and_line_ends);
    if (into.pii_key.empty()) complain_about_environment(with.out, "AORTA_PII_KEY", "is empty");
  } else if (node != nullptr) {
    const auto content = with.read(path);
    if (content) into.pii_key = trimmed(*content, blanks_and_line_ends);
    if (!content)
      of.complain(*node, "cannot read the key for personal data, '" + path + "'",
                  "./ops/run makes one, or set AORTA_PII_KEY");
    else if (into.pii_key.empty()) of.complain(*node, "the key for personal data in '" + path + "' is empty");
  } else if (!of.of().contains("pii_key_file"))
    of.in().complain("there is no key for personal data",
                     "set security.pii_key_file, or AORTA_PII_KEY in the environment");
  of.close();
}

void read_log(section of, settings& into) {
  of.word("level", into.log_level);
  of.word("format", into.log_format);
  of.close();
}

/// Names that become labels of metrics and words of URLs.
bool check_name(const page& in, const toml::key& key, const std::string& name, const char* what) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
      c == '_' || c == '.';
  };
  if (!name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), fits)) return true;
  in.complain(key.source(),
              name.empty() ? std::string(what) + " has an empty name"
                           : std::string(what) + " '" + name +
                  "' has a name that is not letters, digits, '-', '_' and '.'");
  return false;
}

void read_clinics(const section& of, settings& into) {
  for (const auto& [key, value] : of.of()) {
    const std::string code(key.str());
    if (!check_name(of.in(), key, code, "a clinic")) continue;
    if (!value.is_table()) {
      of.complain(value, "clinic." + code + " must be a section, [clinic." + code + "]");
      continue;
    }
    section clinic(of.in(), *value.as_table(), keys::clinic(), of.full(code));
    std::string name = code;
    const auto* node = clinic.text("name", name);
    if (node != nullptr && trimmed(name, blanks_and_line_ends).empty())
      clinic.complain(*node, clinic.full("name") + " is empty");
    into.clinics[code] = name;
    into.critical[code] = read_critical_limits(clinic);
    clinic.close();
  }
}

listener read_listener_section(section& of, const std::string& name, const surroundings& with) {
  listener made;
  made.name = name;
  if (!of.of().contains("listen")) of.complain("[" + of.name() + "] needs 'listen'");
  read_listen(of, made.listen);
  read_tls(of, made.tls, with);
  made.allow_listed = read_blocks(of, "allow", made.allow);
  read_blocks(of, "balancers", made.balancers);
  of.whole("max_frame_bytes", made.max_frame_bytes);
  of.whole("max_connections", made.max_connections);
  int64_t idle = 0, frame = 0;
  of.whole("idle_seconds", idle);
  of.whole("frame_seconds", frame);
  made.idle_timeout = std::chrono::seconds(idle);
  made.frame_timeout = std::chrono::seconds(frame);
  of.boolean("missing_start_block", made.missing_start_block);
  of.whole("release", made.release);
  std::string answers;
  if (of.word("batch_answer", answers) != nullptr)
    made.answers = answers == "each" ? batch_answer::each
      : answers == "one"             ? batch_answer::one
                                     : batch_answer::batch;
  read_expectation(of, made);
  of.close();
  return made;
}

void read_listeners(const section& of, everything& into, const surroundings& with) {
  for (const auto& [key, value] : of.of()) {
    const std::string name(key.str());
    if (!check_name(of.in(), key, name, "a listener")) continue;
    if (name == "http" || name == "files") {
      of.in().complain(key.source(),
                       "a listener cannot be called '" + name + "': routes mean something else by it");
      continue;
    }
    if (!value.is_table()) {
      of.complain(value, "listener." + name + " must be a section, [listener." + name + "]");
      continue;
    }
    section one(of.in(), *value.as_table(), keys::listener(), of.full(name));
    into.value.listeners[name] = read_listener_section(one, name, with);
    into.listeners[name] = {&of.in(), value.as_table()};
  }
}

/// `[KIND.NAME]`, each of them.
template <class Read>
void read_named(const section& of, const char* kind, const key_group& known,
                std::map<std::string, read_listener>& where, Read read) {
  for (const auto& [key, value] : of.of()) {
    const std::string name(key.str());
    if (!check_name(of.in(), key, name, kind)) continue;
    if (!value.is_table()) {
      of.complain(value, of.full(name) + " must be a section, [" + of.full(name) + "]");
      continue;
    }
    section one(of.in(), *value.as_table(), known, of.full(name));
    read(one, name);
    where[name] = {&of.in(), value.as_table()};
  }
}

} // namespace

std::optional<std::string> from_environment(const char* name, const toml::node* instead_of,
                                            const surroundings& with) {
  const auto given = with.from.environment.find(name);
  if (given == with.from.environment.end() || given->second.empty()) return std::nullopt;
  if (instead_of != nullptr && is_override(instead_of->source())) return std::nullopt;
  return given->second;
}

void read_retention(section& from, settings::retention& into) {
  const auto* bytes = from.whole("raw_days", into.raw_days);
  const auto* rows = from.whole("messages_days", into.messages_days);
  from.whole("deliveries_days", into.deliveries_days);
  from.close();
  if (rows == nullptr || into.messages_days == 0) return;
  if (into.raw_days == 0)
    from.complain(
      bytes != nullptr ? *bytes : *rows,
      "messages_days takes a message's row, and its bytes with it, and raw_days keeps them for ever",
      "give raw_days, at most " + std::to_string(into.messages_days));
  else if (into.raw_days > into.messages_days)
    from.complain(*bytes, "raw_days keeps a message's bytes longer than messages_days its row",
                  "at most " + std::to_string(into.messages_days));
}

void read_server(const page& in, everything& into, const surroundings& with) {
  section top(in, in.root(), keys::server(), "");
  static const toml::table nothing;
  const auto part = [&](const char* name, const key_group& known) {
    const auto* table = top.table(name);
    return section(in, table != nullptr ? *table : nothing, known, name);
  };
  settings& value = into.value;
  read_http(part("http", keys::http()), value, with);
  read_store(part("store", keys::store()), value, with);
  read_security(part("security", keys::security()), value, with);
  read_log(part("log", keys::log()), value);
  read_fhir(part("fhir", keys::fhir()), value);
  read_limits(part("limits", keys::limits()), value);
  auto kept = part("retention", keys::retention());
  read_retention(kept, value.keeps);
  auto alerts = part("critical", keys::alerts());
  read_alerts(alerts, into);
  auto told = part("events", keys::events());
  read_allow(told, value.events.allow);
  told.boolean("plaintext", value.events.plaintext);
  told.close();
  read_clinics(part("clinic", keys::clinic()), value);
  read_redis(part("redis", keys::redis()), value, with);
  read_gesy(part("gesy", keys::gesy()), value, with);
  read_named(
    part("webhook", keys::webhook()), "a webhook", keys::webhook(), into.webhooks,
    [&](section& one, const std::string& name) { read_one_webhook(one, name, value.webhooks[name], with); });
  read_named(part("files", keys::files()), "a source of files", keys::files(), into.files,
             [&](section& one, const std::string& name) { read_lab_files(one, name, value.files[name]); });
  read_listeners(part("listener", keys::listener()), into, with);
  top.close();
}

} // namespace aorta::config
