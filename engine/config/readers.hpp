// From TOML pages to structs: one function a kind of file. What concerns several files is in together.cpp.
#pragma once

#include "engine/config/load.hpp"
#include "engine/config/section.hpp"
#include "engine/edit/edit.hpp"

#include <deque>
#include <map>

namespace aorta::config {

struct surroundings {
  const source& from;
  const vocabulary& words;
  const file_reader& read;
  complaints& out;
};

/// A struct with the page that it came from, for complaints that only show when all is read.
struct read_listener {
  const page* in;
  const toml::table* node;
};
struct read_route {
  const page* in;
  const toml::table* node; ///< [route]
  route value;
};
struct read_destination {
  const page* in;
  const toml::table* node; ///< [destination]
  destination value;
};
struct read_profile {
  const page* in;
  const toml::table* node; ///< [lab]
  lab::profile value;
};

struct read_rung {
  const page* in;
  const toml::table* node; ///< [[critical.ladder]]
};

/// Everything that has been read, and where. Pages do not move, so that they may be pointed at.
struct everything {
  std::deque<page> pages;
  settings value;
  /// false: a part of that kind was unreadable, so what it names is not known
  bool server_read = true, labs_read = true, routes_read = true, destinations_read = true;
  edit::tables tables;                                             ///< by their names; those with faults too
  std::map<std::string, read_listener> listeners, webhooks, files; ///< by name
  std::vector<read_route> routes;
  std::vector<read_destination> destinations;
  std::vector<read_profile> profiles;
  std::vector<read_rung> rungs; ///< in the order of `value.alerts`
};

/// aorta.toml with its overrides, then the environment.
void read_server(const page& in, everything& into, const surroundings& with);
void read_one_route(const page& in, everything& into);
void read_one_webhook(section& of, const std::string& name, inbound_webhook& into, const surroundings& with);
void read_lab_files(section& of, const std::string& name, lab_files& into);
/// `[csv]` of a profile.
void read_csv(section of, std::optional<lab::sheet_layout>& into);
void read_one_destination(const page& in, everything& into, const surroundings& with);
/// `[gesy]`, and conf/gesy.toml, which is read after it.
void read_gesy(section of, settings& into, const surroundings& with);
void read_gesy_wire(const page& in, everything& into);
/// A variable of the environment; it gives way to an override of the same setting.
std::optional<std::string> from_environment(const char* name, const toml::node* instead_of,
                                            const surroundings& with);
/// [[index]] of a route.
void read_found_by(const page& in, const std::vector<const toml::table*>& all,
                   std::vector<edit::search_path>& into);
/// `when` of a route and its [[edit]].
void read_rules(const page& in, section& of, const std::vector<const toml::table*>& edits, everything& into,
                route& made);
/// What they come to in this route: conditions that are no question, edits that never run, a chain that does
/// not go with them.
void check_rules(const read_route& of);
/// Warns of look-ups of people that everybody who reaches a port may make.
void check_exposure(const read_route& of, const everything& all);
/// conf/tables/*.csv; `order` counts on from the pages before.
void read_tables(const std::vector<text_file>& files, everything& into, size_t& order, complaints& out);
/// `file_code`: the file's name without `.toml`.
void read_one_profile(const page& in, const std::string& file_code, everything& into);

/// A value that is no text of the file: `env:NAME` or `file:PATH`. Nothing after a complaint.
inline constexpr std::string_view hidden_in_file = "file:";
std::optional<std::string> read_hidden(const section& of, const toml::node& at, const std::string& key,
                                       std::string_view named, const surroundings& with);
/// `allow`: blocks of addresses.
void read_allow(section& of, std::vector<std::string>& into);
/// `charset` and `time_zone` of a laboratory or a route, which must be known ones.
void read_charset(section& of, std::string& into);
void read_time_zone(section& of, std::string& into);
/// `[[critical]]` of a profile or a clinic.
std::vector<lab::critical_limit> read_critical_limits(section& of);
/// `hours` of a rung or an expectation.
void read_hours(section& of, std::vector<critical::open_hours>& into);
/// Parts of a minute count too. False: it is not there.
bool read_minutes(section& of, const char* key, critical::pause& into);
/// `[listener.NAME.expects]`
void read_expectation(section& of, listener& into);
/// `[critical]` of aorta.toml: who hears of critical values.
void read_alerts(section& of, everything& into);
/// Whom its rungs name: destinations that can take an alert, clinics that exist.
void check_ladder(const everything& all);
/// What holds between files: names that must exist, chains, routes that take the same messages, ports.
void check_together(everything& all, const surroundings& with);
/// A chain that does not exist: which stage is unknown, missing or out of order. The index of the chain, or
/// nothing after a complaint.
std::optional<size_t> check_chain(const read_route& of, const vocabulary& words);
bool holds(const std::vector<std::string>& list, const std::string& word); ///< a chain, what a stage gives

/// False after a complaint. LOINC: digits, a dash, and a check digit that fits (mod 10).
bool check_loinc(const section& of, const toml::node& at, const std::string& code);
/// UCUM as the engine writes it; other spellings belong into [units].
bool check_unit(const section& of, const toml::node& at, const std::string& unit);
/// `check_unit`, and that the test can be measured in it: a slip here would convert by the wrong factor or
/// not at all.
bool check_unit_of_test(const section& of, const toml::node& at, const std::string& unit,
                        const std::string& loinc);

} // namespace aorta::config
