#include "engine/store/protect/key_proofs.hpp"

#include "engine/base/base64.hpp"
#include "engine/store/sql/failure.hpp"

namespace aorta::store {
namespace {

constexpr std::string_view known_text = "aorta: this store's personal data are readable";
constexpr const char* first_name = "pii-key";
constexpr const char* blind_name = "blind-key";
constexpr base64::form of_key{.letters = base64::alphabet::standard, .spare = base64::spare_bits::any};

/// Nothing where there is no such row.
std::optional<std::string> meta(conversation& with, const std::string& key) {
  const auto rows = with.ask("SELECT value FROM aorta_meta WHERE key = :a", {key}, 1);
  return rows.empty() ? std::nullopt : rows[0][0];
}

/// Not every role may change rows: it does where it must.
void add_meta(conversation& with, const std::string& key, const std::string& value) {
  with.tell("INSERT INTO aorta_meta (key, value) VALUES (:a, :b) ON CONFLICT DO NOTHING", {key, value});
}
void put_meta(conversation& with, const std::string& key, const std::string& value) {
  with.tell("UPDATE aorta_meta SET value = :a WHERE key = :b", {value, key});
}

std::optional<size_t> prover(cipher& locks, const std::string& token) {
  const auto plain = locks.decrypt(token);
  return plain && *plain == known_text ? locks.made_by(token) : std::nullopt;
}

} // namespace

bool has_meta(const database& of, conversation& with) {
  const auto rows = of.speaks == dialect::sqlite
    ? with.ask("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'aorta_meta'", {}, 1)
    : with.ask("SELECT CAST(to_regclass('aorta_meta') AS text)", {}, 1);
  return !rows.empty() && rows[0][0].has_value();
}

void read_blind_key(database& of, conversation& with) {
  of.blind_key.clear();
  if (!has_meta(of, with)) return;
  cipher locks(of.how.pii_key);
  if (const auto token = meta(with, blind_name)) {
    if (const auto text = locks.decrypt(*token))
      if (auto key = base64::decode(*text, of_key)) of.blind_key = std::move(*key);
    return;
  }
  // A store that an older program made: that of the one key it had.
  const auto proof = meta(with, first_name);
  if (const auto by = proof ? prover(locks, *proof) : std::nullopt)
    of.blind_key = blind_key_of(keys_by_line(of.how.pii_key).at(*by));
}

void keep_proofs(database& of, conversation& with, cipher& locks) {
  const auto now = of.how.clock->now();
  const auto keys = keys_by_line(of.how.pii_key);
  const auto proof = meta(with, first_name);
  const auto by = proof ? prover(locks, *proof) : std::optional<size_t>(0);
  if (!by) return; // of a key that is not here: `expect_keys` tells
  if (!meta(with, blind_name))
    add_meta(with, blind_name, locks.encrypt(base64::encode(blind_key_of(keys.at(*by))), now));
  if (proof && *by == 0) return;
  const auto mine = locks.encrypt(known_text, now);
  if (!proof) return add_meta(with, first_name, mine);
  add_meta(with, first_name + ("-" + key_id(keys.at(*by))), *proof);
  put_meta(with, first_name, mine);
}

void forget_other_proofs(conversation& with, cipher& locks) {
  if (const auto blind = meta(with, blind_name))
    if (const auto now = locks.renewed(*blind)) put_meta(with, blind_name, *now);
  with.tell("DELETE FROM aorta_meta WHERE key LIKE 'pii-key-%'", {});
}

void expect_keys(conversation& with, cipher& locks, missing_proof when_missing, bool first) {
  const auto proof = meta(with, first_name);
  if (!proof && when_missing == missing_proof::taken) return;
  if (!proof)
    throw failure({error_code::invalid, "", "the store holds no proof of its key: run aorta migrate"});
  const auto by = prover(locks, *proof);
  if (!by)
    throw failure(
      {error_code::invalid, "security.pii_key_file",
       "the PII key does not fit this store (AORTA_PII_KEY, security.pii_key_file): it was made with another key"});
  for (const auto& row :
       with.ask("SELECT key, value FROM aorta_meta WHERE key LIKE 'pii-key-%' ORDER BY key", {}, 2))
    if (!prover(locks, required(row[1])))
      throw failure(
        {error_code::invalid, "security.pii_key_file",
         "personal data of this store are still under the key " +
           required(row[0]).substr(std::string_view("pii-key-").size()) +
           ", which is not among those of AORTA_PII_KEY or security.pii_key_file: put it back behind the"
           " first one, and run aorta rotate-keys before it goes"});
  if (first && *by != 0)
    throw failure({error_code::invalid, "security.pii_key_file",
                   "the first key is new to this store: run aorta migrate, from which on it makes values"});
}

} // namespace aorta::store
