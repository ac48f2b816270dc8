// conf/destinations/*.toml: where messages are passed on to.
#include "engine/config/readers.hpp"

#include <algorithm>

namespace aorta::config {
namespace {

void check_destination_name(const section& of, const toml::node* at, const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
      c == '_' || c == '.';
  };
  if (at != nullptr && (name.size() > 64 || !std::all_of(name.begin(), name.end(), fits)))
    of.complain(*at, "destination.name may hold letters, digits, '-', '_' and '.' only");
}

void read_to(section& of, destination& into) {
  const auto* node = of.required("to", into.to);
  if (node == nullptr) return;
  if (const auto read = read_endpoint(into.to); read && read->port > 0 && read->host != "*") into.at = *read;
  else
    of.complain(*node, of.full("to") + " is '" + into.to + "', which is not host:port of an MLLP receiver",
                "as in \"10.1.2.3:2575\"");
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
                const surroundings& with) {
  if (at != nullptr && !with.read(path))
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
  check_file(tls, "ca", ca, files.ca, with);
  check_file(tls, "cert", cert, files.cert, with);
  check_file(tls, "key", key, files.key, with);
  tls.close();
}

} // namespace

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
  std::string kind;
  if (!of.of().contains("kind")) of.complain("[destination] needs 'kind'");
  of.word("kind", kind);
  read_to(of, made);
  of.whole("partitions", made.partitions);
  read_word(of, "key", made.key, delivery::order_by_from);
  read_retry(of, made.rules);
  of.whole("attempts", made.rules.attempts);
  read_word(of, "on_reject", made.rules.rejected, delivery::on_reject_from);
  std::string control_id;
  of.word("control_id", control_id);
  made.keep_control_id = control_id == "keep";
  of.boolean("forward_unmatched", made.forward_unmatched);
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
