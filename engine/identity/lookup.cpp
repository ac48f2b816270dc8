// Under which keys the store finds who might be meant.
#include "engine/identity/identity.hpp"

#include <algorithm>
#include <array>

namespace aorta::identity {

namespace {

std::string_view column(id_kind kind) noexcept { return kind == id_kind::cyprus_id ? "cyprus_id" : name(kind); }

void add(std::vector<lookup_key>& keys, std::string_view kind, std::string value) {
  lookup_key key{std::string(kind), std::move(value)};
  if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
}

std::string day(const std::chrono::year_month_day& date) {
  std::string text = std::to_string(static_cast<int>(date.year()) * 10000 + static_cast<int>(static_cast<unsigned>(date.month())) * 100 +
                                    static_cast<int>(static_cast<unsigned>(date.day())));
  return text.size() < 8 ? std::string(8 - text.size(), '0') + text : text;
}

} // namespace

std::vector<lookup_key> lookup_keys(const claims& who) {
  std::vector<lookup_key> keys;
  for (const auto& id : who.ids)
    if (id.kind != id_kind::other && !id.value.empty()) add(keys, column(id.kind), id.value);
  if (!who.birth_date) return keys;
  for (const auto& said : who.names) {
    const std::string family = fold_variant(said.family), given = fold_variant(said.given);
    if (family.empty() || given.empty()) continue;
    add(keys, "name_dob", family + "|" + given + "|" + day(*who.birth_date));
    add(keys, "name_dob", given + "|" + family + "|" + day(*who.birth_date));
  }
  return keys;
}

std::vector<lookup_key> lookup_keys(const model::patient& who) {
  std::vector<lookup_key> keys;
  const std::pair<id_kind, const std::string*> numbers[] = {
      {id_kind::cyprus_id, &who.cyprus_id}, {id_kind::arc, &who.arc_number}, {id_kind::mrn, &who.mrn}, {id_kind::gesy, &who.gesy_beneficiary_id}};
  for (const auto& [kind, number] : numbers)
    if (std::string value = normalise(kind, *number); !value.empty()) add(keys, column(kind), std::move(value));
  const std::string family = fold_variant(who.last_name), given = fold_variant(who.first_name);
  if (who.birth_date && !family.empty() && !given.empty()) add(keys, "name_dob", family + "|" + given + "|" + day(*who.birth_date));
  return keys;
}

} // namespace aorta::identity
