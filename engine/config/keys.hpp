// Every key that a configuration may hold, in one table: readers take each by its row (section.hpp), unknown
// keys are told with its names, a reload goes by it (compare.cpp), and docs/configuration.md is made of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::config {

enum class on_reload : uint8_t {
  applied,
  restart, ///< a reload with a change of it is refused
  kept,    ///< a change has no effect on what exists
};

struct key_row {
  enum class kind : uint8_t {
    text,
    flag,
    whole,
    number,
    texts,    ///< a list
    numbers,  ///< a list of whole numbers, each within the limits
    word,     ///< one of `words`
    section,  ///< `[name]`, with keys of its own
    sections, ///< `[[name]]`, any number of them
    heading,  ///< a text, or a place from 1
    free,     ///< its name is anybody's; what it may be is said in the sentence
  } is = kind::text;
  std::string_view name;
  std::string_view sentence = {};
  std::string by_default = {}; ///< as TOML writes it; empty: none
  bool required = false;
  double least = 0, most = 0;          ///< of a number; both 0: any
  std::vector<std::string> words = {}; ///< of `kind::word`
  on_reload when_changed = on_reload::applied;
};

/// What may stand below one heading.
struct key_group {
  /// The headings it may have, as people write them: `http.tls`, `listener.NAME.tls`,
  /// `[clinic.CODE.critical]`. Empty: the top of a file, which has no keys of its own.
  std::vector<std::string_view> headings;
  std::string_view file; ///< `aorta.toml`, `routes/*.toml`, `destinations/*.toml`, `labs/*.toml`
  std::string_view sentence;
  std::vector<key_row> keys; ///< in the order in which people are told of them

  /// Null when there is no such key.
  const key_row* find(std::string_view name) const noexcept;
  std::vector<std::string> names() const;
};

namespace keys {
const key_group& server(); ///< the top of aorta.toml; the others are its sections
const key_group& http();
const key_group& tls();
const key_group& store();
const key_group& security();
const key_group& log();
const key_group& fhir();
const key_group& limits();
const key_group& retention();
const key_group& events();
const key_group& redis();
const key_group& gesy();      ///< [gesy] of aorta.toml
const key_group& gesy_file(); ///< the top of gesy.toml
const key_group& gesy_paths();
const key_group& gesy_lists();
const key_group& gesy_claims();
const key_group& gesy_names(); ///< [fields.claim], [words.claim] and the like
const key_group& webhook();
const key_group& webhook_map();
const key_group& files();
const key_group& clinic();
const key_group& alerts(); ///< [critical] of aorta.toml
const key_group& ladder();
const key_group& critical(); ///< of a clinic and of a laboratory
const key_group& listener();
const key_group& expects();    ///< [listener.NAME.expects]
const key_group& route_file(); ///< the top of routes/*.toml
const key_group& route();
const key_group& destination_file(); ///< the top of destinations/*.toml
const key_group& destination();
const key_group& destination_tls();
const key_group& destination_headers();
const key_group& edit();     ///< [[edit]] of a route
const key_group& index();    ///< [[index]] of a route
const key_group& lab_file(); ///< the top of labs/*.toml
const key_group& lab();
const key_group& tests();
const key_group& long_test();
const key_group& units();
const key_group& flags();
const key_group& csv();
const key_group& csv_columns();
} // namespace keys

/// All of them, in the order of the page.
std::span<const key_group* const> all_keys();

/// The row of a key of aorta.toml by its full name, `listener.lab.listen`; null when there is none.
const key_row* server_key(std::string_view full_name);

/// docs/configuration.md
std::string handbook();

} // namespace aorta::config
