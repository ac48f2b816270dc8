// conf/routes/*.toml: which messages take which chain.
#include "engine/config/readers.hpp"

#include <algorithm>

namespace aorta::config {

namespace {

/// A list that must be there and must not be empty.
void read_list(section& of, std::string_view key, std::vector<std::string>& into) {
  if (!of.of().contains(key)) of.complain("[route] needs '" + std::string(key) + "'");
  const auto* node = of.strings(key, into);
  if (node != nullptr && into.empty()) of.complain(*node, of.full(key) + " is empty");
}

/// An empty list would take nothing, which nobody means.
void read_receiving(section& of, std::vector<std::string>& into) {
  const auto* node = of.strings("receiving", into);
  if (node != nullptr && into.empty()) of.complain(*node, of.full("receiving") + " is empty");
}

void read_processing(section& of, std::vector<std::string>& into) {
  std::vector<std::string> told;
  const auto* node = of.strings("processing", told);
  if (node == nullptr) return;
  if (told.empty()) of.complain(*node, of.full("processing") + " is empty");
  for (const auto& each : told)
    if (each != "P" && each != "T" && each != "D")
      of.complain(*node,
                  of.full("processing") + " holds '" + each + "', which is none of P, T and D (MSH-11)");
  into = std::move(told);
}

void read_disclosure(section& of, std::vector<std::string>& into) {
  std::vector<std::string> told;
  const auto* node = of.strings("discloses", told);
  if (node == nullptr) return;
  const auto holds = [&](std::string_view field) {
    return std::find(told.begin(), told.end(), field) != told.end();
  };
  for (const auto& each : told)
    if (each != "PID-3" && each != "PID-5" && each != "PID-7" && each != "PID-8")
      of.complain(*node,
                  of.full("discloses") + " holds '" + each +
                    "', which is none of PID-3, PID-5, PID-7 and PID-8");
  if (!holds("PID-3"))
    of.complain(*node, of.full("discloses") + " lacks PID-3: no answer is without the numbers");
  into = std::move(told);
}

void read_deadline(section& of, std::chrono::milliseconds& into) {
  std::optional<double> seconds;
  const auto* node = of.number("deadline_seconds", seconds);
  if (node == nullptr) return;
  into = std::chrono::milliseconds(static_cast<int64_t>(*seconds * 1000));
}

void check_route_name(const section& of, const toml::node* at, const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
      c == '_' || c == '.';
  };
  if (at != nullptr && (name.size() > 64 || !std::all_of(name.begin(), name.end(), fits)))
    of.complain(*at, "route.name may hold letters, digits, '-', '_' and '.' only");
  if (at != nullptr && name == "refused")
    of.complain(*at, "a route cannot be called 'refused': that is what takes what no route does");
}

/// How its senders are answered.
void read_ack(section& of, route& into) {
  std::string mode;
  if (of.word("ack", mode) != nullptr)
    into.ack = mode == "enhanced" ? route::ack_mode::enhanced : route::ack_mode::original;
  into.accepts = std::find(into.chain.begin(), into.chain.end(), "accept") != into.chain.end();
  const auto* to = of.text("application_ack", into.application_ack);
  if (to == nullptr) return;
  const auto place = read_endpoint(into.application_ack);
  if (!place || place->port == 0 || place->host == "*")
    of.complain(*to,
                of.full("application_ack") + " is '" + into.application_ack +
                  "', which is not host:port of an MLLP receiver",
                "as in \"10.1.2.3:2575\"");
}

} // namespace

std::string route::acknowledgements() const {
  if (application_ack.empty()) return {};
  std::string out = "ack-" + application_ack;
  for (char& c : out) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
      c == '-' || c == '_' || c == '.';
    if (!fits) c = '-';
  }
  return out;
}

void read_one_route(const page& in, everything& into) {
  section top(in, in.root(), keys::route_file(), "");
  const auto* table = top.table("route");
  const auto edits = top.tables("edit"), found_by = top.tables("index");
  top.close();
  if (table == nullptr) {
    if (!in.root().contains("route")) in.complain("there is no [route] in this file");
    into.routes_read = false;
    return;
  }
  section of(in, *table, keys::route(), "route");
  route made;
  made.file = in.path();
  check_route_name(of, of.required("name", made.name), made.name);
  read_list(of, "from", made.from);
  read_list(of, "accept", made.accept);
  read_list(of, "chain", made.chain);
  of.strings("labs", made.labs);
  of.strings("send", made.send);
  read_receiving(of, made.receiving);
  read_processing(of, made.processing);
  const auto* clinic = of.text("clinic", made.clinic);
  if (clinic != nullptr && made.clinic.empty()) of.complain(*clinic, "route.clinic is empty");
  of.boolean("create", made.create);
  read_charset(of, made.charset);
  read_time_zone(of, made.time_zone);
  read_disclosure(of, made.discloses);
  of.whole("lanes", made.lanes);
  of.whole("in_flight", made.in_flight);
  read_deadline(of, made.deadline);
  std::string when_paused;
  of.text("when_paused", when_paused);
  made.paused_refuses = when_paused == "refuse";
  read_ack(of, made);
  read_rules(in, of, edits, into, made);
  read_found_by(in, found_by, made.found_by);
  of.close();
  if (made.from.empty()) into.routes_read = false;
  into.routes.push_back({&in, table, std::move(made)});
}

} // namespace aorta::config
