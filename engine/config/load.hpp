// Reading the configuration, and comparing it with the one before. Reading yields every fault at once, each
// with its place, and nothing starts on a fault.
#pragma once

#include "engine/base/diagnostic.hpp"
#include "engine/config/config.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::config {

/// What differs between two configurations, by the names of `settings::given`, in order.
struct changes {
  std::vector<std::string> live;    ///< a reload applies them
  std::vector<std::string> restart; ///< only a restart does: a reload with one of these is refused
  std::vector<std::string> kept; ///< they have no effect: the name of a clinic that the store has, what the
                                 ///< environment beats
};
changes compare(const settings& now, const settings& next);

struct loaded {
  settings value;
  std::vector<diagnostic> complaints; ///< in the order of files and lines; errors mean `value` must not be
                                      ///< used
  bool ok() const;
};

struct vocabulary; // vocabulary.hpp: what a route file may name

struct source {
  std::string path = "conf/aorta.toml";
  std::vector<std::string> overrides;             ///< section.key=value
  std::map<std::string, std::string> environment; ///< AORTA_STORE_URL, AORTA_PII_KEY, and what `env:NAME`
                                                  ///< names
};

/// Reads aorta.toml, and routes/*.toml, destinations/*.toml, labs/*.toml and tables/*.csv beside it. Reads
/// files, nothing else of the outside. A path to a folder means the aorta.toml in it. Paths inside the files
/// (keys, certificates, the SQLite file) count from the current folder, not from the file's. An override
/// beats the environment, the environment beats the files.
loaded load(const source& from, const vocabulary& words);

/// Texts by the files' names below the folder of aorta.toml: `routes/lab-results.toml`.
using file_texts = std::map<std::string, std::string>;
struct read_files {
  file_texts texts;
  std::vector<diagnostic> complaints; ///< what cannot be read
};
/// All that `load` reads beside aorta.toml in this folder.
read_files read_beside(const std::string& folder);
/// Whether `load` would read a file of this name: a folder that it knows, the ending, no path elsewhere.
bool is_read_beside(std::string_view name);
/// As `load`, with these in the place of what stands beside aorta.toml.
loaded load_with(const file_texts& beside, const source& from, const vocabulary& words);
/// What stood beside aorta.toml when it was read.
file_texts texts_of(const settings& read);

struct text_file {
  std::string path, text;
};
/// What `load` reads before it understands anything.
struct text_files {
  text_file main;
  std::vector<text_file> routes, labs, destinations;
  std::vector<text_file> tables = {};
  std::optional<text_file> gesy = {};
};
/// The content of a small file that the configuration names (a key, a certificate); nothing when it cannot be
/// read.
using file_reader = std::function<std::optional<std::string>(const std::string& path)>;

/// The part of `load` that touches no files but through `read`.
loaded understand(const text_files& files, const source& from, const vocabulary& words,
                  const file_reader& read);

/// One laboratory's profile by itself, and what is wrong in it.
struct read_lab_file {
  lab::profile value;
  std::vector<diagnostic> complaints;
};
read_lab_file read_lab(const text_file& file);

/// All complaints as people read them, then the last line: `ok: 1 routes, 1 listeners, 3 profiles` or `2
/// errors. Nothing was started.`
std::string report(const loaded& what);

} // namespace aorta::config
