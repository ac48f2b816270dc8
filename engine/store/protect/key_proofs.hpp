// What the store knows of the keys that open it (`aorta_meta`): a text under each key that something may
// still be under, and the key of lookup keys, which stays when the others change.
#pragma once

#include "engine/store/sql/database.hpp"

namespace aorta::store {

bool has_meta(const database& of, conversation& with);

/// Reads the key of lookup keys; without one, or where none of the keys opens it, it stays empty, which is
/// that of the first key.
void read_blind_key(database& of, conversation& with);

/// From now on values are made with the first key: its proof is `pii-key`. Proofs of others stay, as
/// `pii-key-ID`, until `forget_other_proofs`. Commits nothing.
void keep_proofs(database& of, conversation& with, cipher& locks);
/// Nothing in the store is under another key than the first. Commits nothing.
void forget_other_proofs(conversation& with, cipher& locks);

enum class missing_proof : uint8_t {
  refused,
  taken ///< another engine migrates at this moment and has not written it yet
};
/// Throws `failure` unless the keys open everything. `first`: the first key must be the one that makes
/// values, too.
void expect_keys(conversation& with, cipher& locks, missing_proof when_missing, bool first);

} // namespace aorta::store
