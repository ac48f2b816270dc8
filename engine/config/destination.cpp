// conf/destinations/*.toml: where messages are passed on to.
#include "engine/base/text.hpp"
#include "engine/config/gesy.hpp"
#include "engine/config/readers.hpp"
#include "engine/delivery/file_name.hpp"
#include "engine/model/events.hpp"

#include <algorithm>
#include <array>

namespace aorta::config {
namespace {

constexpr uint32_t http_partitions = 4;

void check_destination_name(const section& of, const toml::node* at, const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
      c == '_' || c == '.';
  };
  if (at != nullptr && (name.size() > 64 || !std::all_of(name.begin(), name.end(), fits)))
    of.complain(*at, "destination.name may hold letters, digits, '-', '_' and '.' only");
  if (at != nullptr && name == gesy_destination)
    of.complain(*at, "destination.name is 'gesy', as claims' own destination is called");
}

void read_place(section& of, const toml::node& at, destination& into) {
  if (const auto read = read_endpoint(into.to); read && read->port > 0 && read->host != "*") into.at = *read;
  else
    of.complain(at, of.full("to") + " is '" + into.to + "', which is not host:port of an MLLP receiver",
                "as in \"10.1.2.3:2575\"");
}

void check_url(const section& of, const toml::node& at, const destination& into, bool plaintext) {
  if (!is_web_url(into.to))
    of.complain(at, of.full("to") + " is no URL of http or https without user and password",
                "as in \"https://ris.example.org/hl7\"");
  else if (!into.to.starts_with("https://") && !plaintext)
    of.complain(at, of.full("to") + " is a URL without TLS", "plaintext = true says that it is meant");
}

void read_folder(section& of, destination& into) {
  const auto* node = of.text("file_name", into.file_name);
  if (node == nullptr) return;
  if (const auto good = delivery::check_file_pattern(into.file_name); !good)
    of.complain(*node, of.full("file_name") + " " + good.error().text);
}

/// Nothing when it cannot be read.
std::optional<std::string> read_file(destination& into, const std::string& path, const surroundings& with) {
  auto text = with.read(path);
  if (text) into.reads[path] = *text;
  return text;
}

std::optional<std::string> read_hidden(const section& of, const toml::node& at, const std::string& key,
                                       std::string_view named, destination& into, const surroundings& with) {
  auto text = config::read_hidden(of, at, key, named, with);
  into.hidden.emplace_back(named);
  if (text && named.starts_with(hidden_in_file))
    (void)read_file(into, std::string(named.substr(hidden_in_file.size())), with);
  return text;
}

std::optional<delivery::signature_key> read_key(section& of, const char* key, destination& into,
                                                const surroundings& with) {
  std::string named;
  const auto* node = of.text(key, named);
  const auto text = node != nullptr ? read_hidden(of, *node, key, named, into, with) : std::nullopt;
  if (!text) return std::nullopt;
  auto made = delivery::signature_key::read(*text);
  if (made) return std::move(*made);
  of.complain(*node, of.full(key) + " " + made.error().text);
  return std::nullopt;
}

void read_signature(section& of, destination& into, const surroundings& with) {
  into.secret = read_key(of, "secret", into, with);
  into.old_secret = read_key(of, "old_secret", into, with);
  std::string until;
  const auto* node = of.text("old_secret_until", until);
  if (node != nullptr && !from_iso(until, into.old_secret_until))
    of.complain(*node, of.full("old_secret_until") + " is no time", "as in \"2026-12-24T00:00:00Z\"");
  if (of.of().contains("old_secret") != (node != nullptr) || (node != nullptr && !of.of().contains("secret")))
    of.complain("old_secret and old_secret_until go together, beside a secret");
}

void read_headers(section& of, destination& into, const surroundings& with) {
  const auto* table = of.table("headers");
  if (table == nullptr) return;
  for (const auto& [key, node] : *table) {
    const std::string name(key.str());
    const auto* value = node.is_string() ? &node.as_string()->get() : nullptr;
    const bool hidden = value != nullptr && (value->starts_with("env:") || value->starts_with("file:"));
    const bool token = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '_';
    });
    if (value == nullptr || !token || lower(name).starts_with("webhook-") ||
        value->find_first_of("\r\n") != value->npos)
      of.complain(node, of.full("headers." + name) + " is no header of one line");
    else if (!hidden) into.headers[name] = *value;
    else if (const auto text = read_hidden(of, node, "headers." + name, *value, into, with))
      into.headers[name] = *text;
  }
}

/// Types of events that the receiver takes; they come from no route.
void read_events(section& of, destination& into) {
  const auto* node = of.strings("events", into.events);
  if (node == nullptr) return;
  for (const auto& each : into.events)
    if (each != "*" && !model::is_event_type(each))
      of.complain(*node, of.full("events") + " holds '" + each + "', which is no type of events",
                  suggest(each, {model::event_types.begin(), model::event_types.end()}));
}

/// A key of another kind would do nothing.
void refuse_keys_of_others(const section& of, destination::kind is) {
  using kind = destination::kind;
  struct belongs {
    const char* key;
    std::vector<kind> to;
  };
  static const std::vector<belongs> all{
    {"content", {kind::http, kind::file, kind::redis}},
    {"file_name", {kind::file}},
    {"plaintext", {kind::http, kind::fhir}},
    {"allow", {kind::http, kind::fhir}},
    {"events", {kind::http, kind::file, kind::redis}},
    {"secret", {kind::http}},
    {"old_secret", {kind::http}},
    {"old_secret_until", {kind::http}},
    {"headers", {kind::http, kind::fhir}},
    {"tls", {kind::mllp, kind::http, kind::fhir}},
    {"timeout_seconds", {kind::mllp, kind::http, kind::redis, kind::fhir}},
    {"control_id", {kind::mllp, kind::http, kind::file, kind::redis}},
    {"forward_unmatched", {kind::mllp, kind::http, kind::file, kind::redis}}};
  for (const auto& [key, to] : all)
    if (const auto* node = of.of().get(key);
        node != nullptr && std::find(to.begin(), to.end(), is) == to.end())
      of.complain(*node, of.full(key) + " means nothing to kind '" + std::string(name(is)) + "'");
}

constexpr std::array<std::string_view, 6> kinds{"mllp", "http", "file", "redis", "fhir", "gesy"};
constexpr std::array<std::string_view, 3> contents{"hl7", "json", "event"};

/// What only some kinds have.
void read_kind(section& of, destination& into, const surroundings& with) {
  std::string kind, content;
  if (!of.of().contains("kind")) of.complain("[destination] needs 'kind'");
  const auto* known = of.word("kind", kind);
  if (known != nullptr)
    into.is = destination::kind(std::find(kinds.begin(), kinds.end(), kind) - kinds.begin());
  if (of.word("content", content) != nullptr)
    into.gives = destination::content(std::find(contents.begin(), contents.end(), content) -
                                      contents.begin());
  bool plaintext = false;
  of.boolean("plaintext", plaintext);
  const auto* to = of.required("to", into.to);
  const bool by_web = into.is == destination::kind::http || into.is == destination::kind::fhir;
  if (by_web && !of.of().contains("partitions")) into.partitions = http_partitions;
  if (to != nullptr && known != nullptr) {
    if (into.is == destination::kind::mllp) read_place(of, *to, into);
    if (by_web) check_url(of, *to, into, plaintext);
  }
  read_folder(of, into);
  read_signature(of, into, with);
  read_headers(of, into, with);
  read_allow(of, into.allow);
  read_events(of, into);
  if (known != nullptr) refuse_keys_of_others(of, into.is);
}

void read_retry(section& of, delivery::rules& into) {
  std::vector<double> seconds;
  const auto* node = of.numbers("retry_seconds", seconds);
  if (node == nullptr) return;
  if (seconds.empty()) return of.complain(*node, of.full("retry_seconds") + " is empty");
  into.retry.clear();
  for (const auto each : seconds) into.retry.emplace_back(int64_t(each));
}

template <class T, class Read>
void read_word(section& of, std::string_view key, T& into, Read read) {
  std::string word;
  if (of.word(key, word) == nullptr) return;
  if (const auto known = read(word)) into = *known;
}

void check_file(const section& of, const char* key, const toml::node* at, const std::string& path,
                destination& into, const surroundings& with) {
  if (at != nullptr && !read_file(into, path, with))
    of.complain(*at, of.full(key) + " names '" + path + "', which cannot be read");
}

void read_tls(section& of, destination& into, const surroundings& with) {
  const auto* table = of.table("tls");
  if (table == nullptr) return;
  auto& files = into.tls.emplace();
  section tls(of.in(), *table, keys::destination_tls(), of.full("tls"));
  const auto* ca = tls.text("ca", files.ca);
  const auto* cert = tls.text("cert", files.cert);
  const auto* key = tls.text("key", files.key);
  if (key != nullptr && cert == nullptr)
    of.complain(*key, tls.full("key") + " is given without " + tls.full("cert"));
  check_file(tls, "ca", ca, files.ca, into, with);
  check_file(tls, "cert", cert, files.cert, into, with);
  check_file(tls, "key", key, files.key, into, with);
  tls.close();
}

} // namespace

std::optional<std::string> read_hidden(const section& of, const toml::node& at, const std::string& key,
                                       std::string_view named, const surroundings& with) {
  constexpr std::string_view variable = "env:";
  if (named.starts_with(variable)) {
    const auto found = with.from.environment.find(std::string(named.substr(variable.size())));
    if (found != with.from.environment.end() && !found->second.empty()) return found->second;
  } else if (named.starts_with(hidden_in_file)) {
    if (const auto text = with.read(std::string(named.substr(hidden_in_file.size()))))
      return std::string(trimmed(*text, blanks_and_line_ends));
  } else {
    of.complain(at, of.full(key) + " does not stand in the file itself",
                "as in \"env:NAME\" or \"file:PATH\"");
    return std::nullopt;
  }
  of.complain(at, of.full(key) + " names '" + std::string(named) + "', which is not there");
  return std::nullopt;
}

void read_allow(section& of, std::vector<std::string>& into) {
  const auto* node = of.strings("allow", into);
  if (node == nullptr) return;
  for (const auto& each : into)
    if (!is_address_block(each))
      of.complain(*node, of.full("allow") + " holds '" + each + "', which is no block of addresses",
                  "as in \"10.1.0.0/16\"");
}

std::string_view name(destination::kind is) noexcept { return kinds[size_t(is)]; }
std::string_view name(destination::content gives) noexcept { return contents[size_t(gives)]; }

void read_one_destination(const page& in, everything& into, const surroundings& with) {
  section top(in, in.root(), keys::destination_file(), "");
  const auto* table = top.table("destination");
  top.close();
  if (table == nullptr) {
    if (!in.root().contains("destination")) in.complain("there is no [destination] in this file");
    into.destinations_read = false;
    return;
  }
  section of(in, *table, keys::destination(), "destination");
  destination made;
  made.file = in.path();
  check_destination_name(of, of.required("name", made.name), made.name);
  read_kind(of, made, with);
  of.whole("partitions", made.partitions);
  read_word(of, "key", made.key, delivery::order_by_from);
  read_retry(of, made.rules);
  of.whole("attempts", made.rules.attempts);
  read_word(of, "on_reject", made.rules.rejected, delivery::on_reject_from);
  std::string control_id;
  of.word("control_id", control_id);
  made.keep_control_id = control_id == "keep";
  of.boolean("forward_unmatched", made.forward_unmatched);
  if (made.is == destination::kind::fhir) made.forward_unmatched = false; // nothing is filed of what waits
  int64_t timeout = made.timeout.count(), alert = made.alert_after.count();
  of.whole("timeout_seconds", timeout);
  of.whole("alert_rows", made.alert_rows);
  of.whole("alert_seconds", alert);
  made.timeout = std::chrono::seconds(timeout);
  made.alert_after = std::chrono::seconds(alert);
  read_tls(of, made, with);
  of.close();
  if (made.name.empty()) into.destinations_read = false;
  into.destinations.push_back({&in, table, std::move(made)});
}

} // namespace aorta::config
