// Under which keys the store finds who might be meant.
#include "engine/identity/taught.hpp"

#include <algorithm>
#include <array>

namespace aorta::identity {

namespace {

void add(std::vector<lookup_key>& keys, std::string_view kind, std::string value) {
  lookup_key key{std::string(kind), std::move(value)};
  if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
}

std::string day(const std::chrono::year_month_day& date) {
  std::string text = std::to_string(static_cast<int>(date.year()) * 10000 +
                                    static_cast<int>(static_cast<unsigned>(date.month())) * 100 +
                                    static_cast<int>(static_cast<unsigned>(date.day())));
  return text.size() < 8 ? std::string(8 - text.size(), '0') + text : text;
}

constexpr size_t longest_prefix = 8;
constexpr std::string_view name_prefix = "name_prefix";

std::vector<std::string> folded_words(const std::string& folded) {
  std::vector<std::string> words;
  for (size_t from = 0; from < folded.size();) {
    const size_t to = std::min(folded.find(' ', from), folded.size());
    if (to > from) words.push_back(folded.substr(from, to - from));
    from = to + 1;
  }
  return words;
}

/// What a word may begin with once it goes on: one letter alone is not yet folded with its neighbour (mp is
/// b, nt is d, ph is f, yi is gi).
std::string_view also_begins(char letter) noexcept {
  switch (letter) {
    case 'm': return "b";
    case 'n': return "d";
    case 'p': return "f";
    case 'k': return "h";
    case 'i': return "g";
    case 'd': return "t";
    case 'o': return "u";
    default: return {};
  }
}

constexpr std::string_view name_and_date = "name_dob";

void add_name(std::vector<lookup_key>& keys, const std::string& family, const std::string& given,
              const std::chrono::year_month_day& born) {
  add(keys, name_and_date, family + "|" + given + "|" + day(born));
  add(keys, name_and_date, given + "|" + family + "|" + day(born));
}

/// A whole name in one field: it may be parted between any two of its first words.
void add_parted(std::vector<lookup_key>& keys, const std::vector<std::string>& words,
                const std::chrono::year_month_day& born) {
  constexpr size_t most_words = 5;
  const auto joined = [&](size_t from, size_t to) {
    std::string out;
    for (size_t i = from; i < to; ++i) out += (out.empty() ? "" : " ") + words[i];
    return out;
  };
  for (size_t i = 1; i < std::min(words.size(), most_words); ++i)
    add_name(keys, joined(0, i), joined(i, words.size()), born);
}

} // namespace

std::string_view lookup_kind(id_kind kind) noexcept {
  return kind == id_kind::cyprus_id ? "cyprus_id" : name(kind);
}

std::vector<lookup_key> search_keys(const model::patient& who, std::string_view middle_name) {
  std::vector<lookup_key> keys;
  for (const std::string_view name :
       {std::string_view(who.last_name), std::string_view(who.first_name), middle_name})
    for (const auto& word : folded_words(fold_exactly(name))) {
      for (size_t size = 1; size <= std::min(word.size(), longest_prefix); ++size)
        add(keys, name_prefix, word.substr(0, size));
      add(keys, name_prefix, word);
    }
  if (auto key = email_search_key(who.email)) add(keys, key->kind, std::move(key->value));
  if (auto key = phone_search_key(who.phone)) add(keys, key->kind, std::move(key->value));
  if (who.birth_date) add(keys, "birth_date", day(*who.birth_date));
  return keys;
}

std::vector<lookup_key> name_search_keys(std::string_view typed) {
  std::vector<lookup_key> keys;
  const auto words = folded_words(fold_exactly(typed));
  if (words.empty()) return keys;
  const std::string& word = words[0];
  if (word.size() > longest_prefix) {
    add(keys, name_prefix, word.substr(0, longest_prefix));
  } else if (word.size() > 1) {
    add(keys, name_prefix, word.substr(0, word.size() - 1)); // its last letter may be folded otherwise before
                                                             // what follows
    if (word.size() == 2)
      for (const char other : also_begins(word[0])) add(keys, name_prefix, std::string(1, other));
  } else {
    add(keys, name_prefix, word);
    for (const char other : also_begins(word[0])) add(keys, name_prefix, std::string(1, other));
  }
  if (words.size() > 1 || word.size() > longest_prefix) return keys;
  for (char next = 'a'; next <= 'z'; ++next) // N, as in Ng, which is folded to g
    if (const auto longer = folded_words(fold_exactly(std::string(typed) + next));
        !longer.empty() && !longer[0].starts_with(keys[0].value))
      add(keys, name_prefix, longer[0].substr(0, longest_prefix));
  return keys;
}

std::optional<lookup_key> email_search_key(std::string_view typed) {
  std::string value;
  // a number that stands where a mail address should
  const std::string_view filler = typed.find('@') == typed.npos ? " -.()/" : " ";
  for (const char c : typed)
    if (filler.find(c) == filler.npos) value += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (value.empty()) return std::nullopt;
  return lookup_key{"email", std::move(value)};
}

std::optional<lookup_key> phone_search_key(std::string_view typed) {
  std::string digits;
  for (const char c : typed)
    if (c >= '0' && c <= '9') digits += c;
  if (digits.starts_with("00")) digits.erase(0, 2);
  if (digits.empty()) return std::nullopt;
  return lookup_key{"phone", digits.size() == 8 ? "357" + digits : digits}; // numbers of Cyprus have eight
}

std::optional<lookup_key> message_search_key(std::string_view index, std::string_view value) {
  constexpr size_t longest = 200;
  std::string out;
  for (const char c : value) {
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!blank) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    else if (!out.empty() && out.back() != ' ') out += ' ';
  }
  while (out.ends_with(' ')) out.pop_back();
  if (out.empty() || out.size() > longest) return std::nullopt;
  return lookup_key{"message:" + std::string(index), std::move(out)};
}

lookup_key birth_date_search_key(const std::chrono::year_month_day& date) {
  return {"birth_date", day(date)};
}

std::vector<lookup_key> lookup_keys(const claims& who) {
  std::vector<lookup_key> keys;
  for (const auto& id : who.ids)
    if (id.kind != id_kind::other && !id.value.empty() && !is_placeholder(id.kind, id.value))
      add(keys, lookup_kind(id.kind), id.value);
  if (auto decided = decision_key(who); !decided.empty()) add(keys, decided_kind, std::move(decided));
  if (!who.birth_date || weigh_date(*who.birth_date) == date_weight::nothing) return keys;
  for (const auto& said : who.names) {
    const std::string family = fold_to_key(said.family), given = fold_to_key(said.given);
    if (!family.empty() && !given.empty()) add_name(keys, family, given, *who.birth_date);
    else if (!family.empty() || !given.empty())
      add_parted(keys, folded_words(family + given), *who.birth_date);
  }
  return keys;
}

std::vector<lookup_key> lookup_keys(const model::patient& who) {
  std::vector<lookup_key> keys;
  const std::pair<id_kind, const std::string*> numbers[] = {{id_kind::cyprus_id, &who.cyprus_id},
                                                            {id_kind::arc, &who.arc_number},
                                                            {id_kind::mrn, &who.mrn},
                                                            {id_kind::gesy, &who.gesy_beneficiary_id}};
  for (const auto& [kind, number] : numbers)
    if (std::string value = normalise(kind, *number); !value.empty())
      add(keys, lookup_kind(kind), std::move(value));
  if (!who.birth_date) return keys;
  const std::string family = fold_to_key(who.last_name), given = fold_to_key(who.first_name);
  if (!family.empty() && !given.empty())
    add(keys, name_and_date, family + "|" + given + "|" + day(*who.birth_date));
  return keys;
}

} // namespace aorta::identity
