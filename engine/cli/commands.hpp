// The commands behind `aorta`: one file each; main/main.cpp reads the arguments. Each returns the process's
// exit code.
#pragma once

#include "engine/api/publishing.hpp"
#include "engine/config/load.hpp"
#include "engine/ports/message_log.hpp"
#include "engine/ports/store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aorta::cli {

struct common {
  std::string config = "conf/aorta.toml";
  std::vector<std::string> overrides;
};

int serve(const common& with);
int check(const common& with, bool online);

struct init_options {
  std::string folder; ///< empty: that of `common`
  std::string user;   ///< e-mail address of the person whose the first key is; empty: nobody's
};
/// Makes what is not there; changes nothing that is.
int init(const common& settings, const init_options& how);

struct try_options {
  std::vector<std::string> files;
  std::string route, listener;
  bool json = false;
};
int try_messages(const common& with, const try_options& how);

struct test_options {
  std::string path; ///< a case, or a folder of them; empty: `cases` beside aorta.toml
  bool coverage = false;
};
int test_cases(const common& with, const test_options& how);

/// The cases beside this configuration; none where there is no such folder.
api::run_cases run_all_cases(const config::settings& by);

struct case_options {
  std::string message; ///< id of a logged message
  std::string name;    ///< of the case's folder
};
int case_add(const common& with, const case_options& how);

struct send_options {
  std::string target; ///< HOST:PORT
  std::vector<std::string> files;
  uint64_t repeat = 1;
  unsigned connections = 1;
  double rate = 0;
  bool tls = false, json = false, renumber = false;
  std::string tls_ca, tls_cert, tls_key;
};
int send(const send_options& how);

struct gesy_options {
  std::string listen = "127.0.0.1:8090", script; ///< script: a file (config/gesy_script.hpp)
  uint64_t seed = 1;
  unsigned pace_seconds = 5; ///< between two states of a claim
  bool forgetful = false;    ///< it takes no Idempotency-Key and shows no reference
};
int gesy_simulate(const gesy_options& how);

struct import_options {
  std::string lab; ///< its profile's file
  std::vector<std::string> files;
  bool dry_run = false;
};
int import_files(const common& with, const import_options& how);

struct ndjson_options {
  std::vector<std::string> files;
  std::string source; ///< base address of the server that exported: resources are known again by it
  std::string clinic; ///< code; empty: the only one whose route takes Bundle
  std::string user;   ///< whose act it is, for the audit; empty: nobody's
  bool dry_run = false, json = false;
};
/// Exit code 1 unless all of it stands here.
int import_ndjson(const common& with, ndjson_options how);

int labs_guess(const std::string& file);

/// `system`: `icd10`, `cpt`, `atc`, `icpc2`, `hio`.
int codes_load(const common& with, const std::string& system, const std::string& file);

/// What `folder` says otherwise than what runs; empty: that of the configuration itself.
int diff(const common& with, const std::string& folder);

struct rollback_options {
  std::string version; ///< an id or a hash of one that was kept
  std::string user, reason;
};
int rollback(const common& with, const rollback_options& how);

struct replay_options {
  std::string from, to, route; ///< times in ISO 8601; `to` empty: until now
  std::string against;         ///< a configuration; empty: that of `common`, as its files stand
  bool json = false, apply = false;
  std::string user; ///< for `apply`
};
/// Exit code 1 where anything differs.
int replay(const common& with, const replay_options& how);

/// Has the engine that runs on this folder read its files anew, and tells how that ended.
int reload(const common& with);

/// Re-encrypts what other keys than the first have made. Exit code 1 where they may not go yet.
int rotate_keys(const common& with);

/// From the SQLite store of the configuration to an empty database of PostgreSQL.
int move_store(const common& with, const std::string& to);

/// The whole store as one sealed file. Exit code 2 where another tool does it, which is named.
int backup(const common& with, const std::string& file);
/// `replaces`: path of the store that is there, as a person names it; empty: there is none.
int restore(const common& with, const std::string& file, const std::string& replaces);

int migrate(const common& with);
int patients_load(const common& with, const std::string& file, const std::string& clinic);

struct key_options {
  std::string name, clinic, patient;
  std::string user; ///< e-mail address of the person whose key it is
  std::string jwks; ///< a file with a SMART client's public keys
  std::vector<std::string> scopes;
  std::string expires; ///< time in ISO 8601; empty: never
};
/// Why this cannot be a person's address; empty: it can, or nobody is named.
std::string user_fault(const std::string& user);
int key_create(const common& with, const key_options& how);
int key_list(const common& with);
int key_revoke(const common& with, const std::string& name);

// What several commands share (open.cpp).

int fail(const std::string& text); ///< the text on stderr; 1

/// The configuration with `--set` and the environment over it.
/// `beside`: in the place of the files beside aorta.toml.
config::loaded load_configuration(const common& with, const config::file_texts* beside = nullptr);
/// Reads the configuration; faults go to stderr and nothing comes back.
std::optional<config::settings> read_settings(const common& with);
/// What the power cut off while a publication was written out is done.
status finish_publication(const common& with);
/// Error: the store has none of this code yet.
result<model::clinic_id> clinic_named(ports::message_log& admin, const std::string& code);
/// Opens the store of a configuration, brings its schema up to date if asked, and checks it and its key.
/// Faults go to stderr.
std::unique_ptr<ports::store> open_store(const config::settings& settings, bool migrate,
                                         const clock_source& clock, id_source& ids);
/// Why this key cannot protect personal data; nothing when it can.
std::optional<std::string> key_fault(const std::string& keys);
std::optional<std::string> read_file(const std::string& path); ///< nothing for a folder
std::string why_unreadable(const std::string& path); ///< a sentence about what `read_file` did not read
/// Why `--clinic CODE` cannot be meant, with the code that it may be a slip of; nothing when the
/// configuration or the store has it.
std::optional<std::string> clinic_fault(const config::settings& settings, ports::message_log& admin,
                                        const std::string& code);
/// A line each on standard output; true when one of them is a fault.
bool print_findings(const std::vector<ports::finding>& all);

} // namespace aorta::cli
