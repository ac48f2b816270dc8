// `aorta`: reads the arguments and calls the command. The one file that includes CLI11.
#include "engine/cli/commands.hpp"
#include "engine/base/version.hpp"
#include "engine/gateway/ending.hpp"
#include "engine/telemetry/log.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string_view>

using namespace aorta::cli;

// NOLINTNEXTLINE(readability-function-size): the commands with their options, one after the other
int main(int argc, char** argv) {
  if (std::find(argv, argv + argc, std::string_view("serve")) != argv + argc) aorta::gateway::hold_hangups();
  CLI::App app{
    "aorta carries clinical messages: it receives laboratory results, files them, and answers only after commit"};
  app.set_version_flag("--version", std::string("aorta ") + aorta::version);
  app.require_subcommand(1);
  app.fallthrough();
  common with;
  app.add_option("-c,--config", with.config, "the configuration: aorta.toml, or its folder")
    ->capture_default_str();
  app.add_option("--set", with.overrides, "override one value: section.key=value (several times)")
    ->allow_extra_args(false);

  int code = 0;
  app.add_subcommand("serve", "runs the engine until SIGTERM")->callback([&] { code = serve(with); });

  init_options first;
  auto* init_command = app.add_subcommand(
    "init", "makes a first configuration with its key and store, and an admin key, which it prints once");
  init_command->add_option("folder", first.folder, "the configuration's folder, instead of -c");
  init_command->add_option("--user", first.user, "e-mail address of the person whose the admin key is");
  init_command->callback([&] { code = init(with, first); });

  std::string check_path;
  bool online = false;
  auto* check_command = app.add_subcommand(
    "check", "validates the whole configuration and prints every fault with its place");
  check_command->add_option("path", check_path, "aorta.toml or its folder, instead of -c");
  check_command->add_flag("--online", online,
                          "asks the store too: rights, partitions, settings of the server");
  check_command->callback([&] {
    if (!check_path.empty()) with.config = check_path;
    code = check(with, online);
  });

  try_options trial;
  auto* try_command = app.add_subcommand("try", "shows what would happen to messages; stores nothing");
  try_command->add_option("files", trial.files, "messages: files, folders, - for standard input")->required();
  try_command->add_option("--route", trial.route, "take this route, whatever the message says");
  try_command->add_option("--listener", trial.listener, "as if it came by this listener");
  try_command->add_flag("--json", trial.json, "as JSON");
  try_command->callback([&] { code = try_messages(with, trial); });

  std::string other_folder;
  auto* diff_command = app.add_subcommand(
    "diff", "shows what a configuration's files say otherwise than what runs (all but aorta.toml)");
  diff_command->add_option("folder", other_folder, "the other one's folder; else the files as they stand");
  diff_command->callback([&] { code = diff(with, other_folder); });

  rollback_options back;
  auto* rollback_command = app.add_subcommand("rollback",
                                              "has all engines run a configuration that was kept, again");
  rollback_command->add_option("version", back.version, "its hash or id: GET /api/config/versions")
    ->required();
  rollback_command->add_option("--user", back.user, "e-mail address of the person who does it")->required();
  rollback_command->add_option("--reason", back.reason, "why")->required();
  rollback_command->callback([&] { code = rollback(with, back); });

  replay_options past;
  auto* replay_command = app.add_subcommand(
    "replay", "reads logged messages by a configuration's files and tells what would differ from what runs");
  replay_command->add_option("--from", past.from, "received at this time or later (ISO 8601)")->required();
  replay_command->add_option("--to", past.to, "received before this time");
  replay_command->add_option("--route", past.route, "those that this route took");
  replay_command->add_option("--against", past.against,
                             "the other configuration; else the files as they stand");
  replay_command->add_flag("--json", past.json, "as JSON");
  replay_command->add_flag("--apply", past.apply,
                           "where the engine runs it already: has it run these messages again");
  replay_command->add_option("--user", past.user, "with --apply: e-mail address of the person who does it");
  replay_command->callback([&] { code = replay(with, past); });

  app.add_subcommand("reload", "has the running engine read its files anew, and tells how that ended")
    ->callback([&] { code = reload(with); });

  test_options cases;
  auto* test_command = app.add_subcommand(
    "test", "runs the cases beside the configuration on a store of their own and prints what differs");
  test_command->add_option("path", cases.path, "a case, or a folder of cases; `cases` beside aorta.toml");
  test_command->add_flag("--coverage", cases.coverage, "what of the configuration no case exercises");
  test_command->callback([&] { code = test_cases(with, cases); });

  auto* of_cases = app.add_subcommand("case", "cases beside the configuration")->require_subcommand(1);
  case_options added;
  auto* add_case = of_cases->add_subcommand(
    "add", "makes a case of a logged message: its people under other names, its times moved");
  add_case->add_option("message", added.message, "the message's id, as the log has it")->required();
  add_case->add_option("--name", added.name, "the case's folder in `cases` beside aorta.toml")->required();
  add_case->callback([&] { code = case_add(with, added); });

  send_options sending;
  auto* send_command = app.add_subcommand(
    "send", "sends messages over MLLP and prints each ACK; exit 1 unless all are AA or CA");
  send_command->add_option("target", sending.target, "HOST:PORT")->required();
  send_command
    ->add_option("files", sending.files, "files, folders, - for standard input; several messages a file")
    ->required();
  send_command->add_option("--repeat", sending.repeat, "send them all N times");
  send_command
    ->add_option("--connections", sending.connections, "connections with one message in flight each")
    ->check(CLI::Range(1, 20000));
  send_command->add_option("--rate", sending.rate, "messages a second in all")->check(CLI::NonNegativeNumber);
  send_command->add_flag("--renumber", sending.renumber,
                         "give each message its own control id and filler numbers, for load");
  send_command->add_flag("--tls", sending.tls, "TLS");
  send_command->add_option("--tls-ca", sending.tls_ca, "verify the server against these certificates");
  send_command->add_option("--tls-cert", sending.tls_cert, "client certificate");
  send_command->add_option("--tls-key", sending.tls_key, "its key");
  send_command->add_flag("--json", sending.json, "only figures, as JSON");
  send_command->callback([&] { code = send(sending); });

  auto* gesy = app.add_subcommand("gesy", "the national system")->require_subcommand(1);
  gesy_options simulated;
  auto* simulate = gesy->add_subcommand(
    "simulate", "serves a simulator of it until SIGTERM: beneficiaries, referrals, claims, faults by script");
  simulate->add_option("--listen", simulated.listen, "HOST:PORT")->capture_default_str();
  simulate->add_option("--seed", simulated.seed, "the same seed, the same answers")->capture_default_str();
  simulate->add_option("--script", simulated.script,
                       "a TOML file with [[fault]]; POST /_script takes it too");
  simulate->add_option("--pace", simulated.pace_seconds, "seconds between two states of a claim")
    ->capture_default_str();
  simulate->add_flag("--forgetful", simulated.forgetful,
                     "it knows claims by neither Idempotency-Key nor reference");
  simulate->callback([&] { code = gesy_simulate(simulated); });

  import_options taken;
  auto* taking = app.add_subcommand("import",
                                    "takes a laboratory's files in, as [csv] of its profile describes them");
  taking->add_option("lab", taken.lab, "the name of the laboratory's profile")->required();
  taking->add_option("files", taken.files, "CSV")->required();
  taking->add_flag("--dry-run", taken.dry_run, "tells what would become of each row; nothing is stored");
  taking->callback([&] { code = import_files(with, taken); });

  ndjson_options bulk;
  auto* bulk_in = app.add_subcommand("import-ndjson",
                                     "takes in what a bulk export of a FHIR server gave, a resource a line");
  bulk_in->add_option("files", bulk.files, "NDJSON, all files of the export together")->required();
  bulk_in
    ->add_option(
      "--source", bulk.source,
      "address of that server, as in https://clinic.example.org/fhir/r4: what came from it is known again by it")
    ->required();
  bulk_in->add_option("--clinic", bulk.clinic, "code of the clinic, where routes of several take Bundle");
  bulk_in->add_option("--user", bulk.user, "e-mail address of the person whose act it is, for the audit");
  bulk_in->add_flag("--dry-run", bulk.dry_run, "tells which lines are not valid; nothing is stored");
  bulk_in->add_flag("--json", bulk.json, "a verdict a line as JSON, and the counts at last");
  bulk_in->callback([&] { code = import_ndjson(with, bulk); });

  auto* labs = app.add_subcommand("labs", "profiles of laboratories")->require_subcommand(1);
  std::string guessed_from;
  auto* guess = labs->add_subcommand("guess",
                                     "prints a profile that a file suggests, and what stayed unclear");
  guess->add_option("file", guessed_from, "CSV")->required();
  guess->callback([&] { code = labs_guess(guessed_from); });

  auto* codes = app.add_subcommand("codes", "tables of codes")->require_subcommand(1);
  std::string code_system, code_file;
  auto* load_codes = codes->add_subcommand(
    "load", "adds codes, and changes the descriptions of those that are there");
  load_codes->add_option("system", code_system, "icd10, cpt, atc, icpc2 or hio")->required();
  load_codes->add_option("file", code_file, "CSV with a header: code, description, description_el")
    ->required();
  load_codes->callback([&] { code = codes_load(with, code_system, code_file); });

  std::string backup_file, replaces;
  auto* back_up = app.add_subcommand(
    "backup", "writes the whole store into one encrypted file, while the engine serves (SQLite)");
  back_up->add_option("file", backup_file, "a new file")->required();
  back_up->callback([&] { code = backup(with, backup_file); });
  auto* bring_back = app.add_subcommand("restore", "makes the store out of a backup (SQLite)");
  bring_back->add_option("file", backup_file, "what aorta backup wrote")->required();
  bring_back->add_option("--replace", replaces,
                         "path of the store that is there: it is kept beside, as PATH.replaced");
  bring_back->callback([&] { code = restore(with, backup_file, replaces); });

  app
    .add_subcommand(
      "rotate-keys",
      "re-encrypts personal data with the first of the keys, while the engine serves, and says whether the others may go")
    ->callback([&] { code = rotate_keys(with); });
  std::string moves_to;
  auto* moves = app.add_subcommand(
    "move", "copies the store of SQLite into an empty database of PostgreSQL, and compares");
  moves->add_option("--to", moves_to, "postgresql://USER@HOST:PORT/DATABASE, as the owner of its tables")
    ->required();
  moves->callback([&] { code = move_store(with, moves_to); });

  app.add_subcommand("migrate", "brings the store's schema up to date")->callback([&] {
    code = migrate(with);
  });

  auto* patients = app.add_subcommand("patients", "a clinic's roster")->require_subcommand(1);
  std::string roster, roster_clinic = "MAIN";
  auto* load = patients->add_subcommand("load", "adds and updates patients from a CSV file");
  load
    ->add_option(
      "file", roster,
      "columns mrn, first_name, last_name, birth_date, gender, cyprus_id, arc_number, gesy_beneficiary_id, phone, email, city")
    ->required();
  load->add_option("--clinic", roster_clinic, "code of the clinic")->capture_default_str();
  load->callback([&] { code = patients_load(with, roster, roster_clinic); });

  auto* key = app.add_subcommand("key", "API keys")->require_subcommand(1);
  key_options made;
  auto* create = key->add_subcommand("create", "makes a key and prints it once, as the last word");
  create->add_option("name,--name", made.name, "who it is for")->required();
  create
    ->add_option("--scope", made.scopes,
                 "admin, read, write, metrics, system/Patient.read, ... (several times)")
    ->required()
    ->allow_extra_args(false);
  create->add_option("--clinic", made.clinic,
                     "code of the only clinic it may see; every clinic when left out");
  create->add_option("--patient", made.patient, "number of the only patient whose records it may see");
  create->add_option(
    "--user", made.user,
    "e-mail address of the person whose key it is: links, corrections and other acts of persons need one");
  create->add_option("--expires", made.expires, "from when on it does not count, as in 2027-06-30T00:00:00Z");
  create->add_option("--jwks", made.jwks, "file with a SMART client's public keys (JWKS)");
  create->callback([&] { code = key_create(with, made); });
  key->add_subcommand("list", "shows all keys, without their secrets")->callback([&] {
    code = key_list(with);
  });
  std::string revoked;
  auto* revoke = key->add_subcommand("revoke", "ends a key");
  revoke->add_option("name", revoked, "its name or id")->required();
  revoke->callback([&] { code = key_revoke(with, revoked); });

  CLI11_PARSE(app, argc, argv);
  aorta::telemetry::flush_log();
  return code;
}
