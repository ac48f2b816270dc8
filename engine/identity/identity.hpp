// Who is meant: typed identifiers, folded names, and a decision with its evidence.
// Nothing is ever filed on a guess: two candidates or a contradiction mean `review`.
#pragma once

#include "engine/model/patient.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::identity {

enum class id_kind : uint8_t { cyprus_id, arc, passport, mrn, gesy, other };
std::string_view name(id_kind) noexcept;

struct typed_id {
  id_kind kind = id_kind::other;
  std::string value;     ///< normalised, see `normalise`
  std::string authority; ///< CX.4 first component, as sent
  friend bool operator==(const typed_id&, const typed_id&) = default;
};

struct person_name {
  std::string family, given; ///< UTF-8, as sent
  friend bool operator==(const person_name&, const person_name&) = default;
};

/// What a message says of its patient.
struct claims {
  std::vector<typed_id> ids;
  std::vector<person_name> names;
  std::optional<std::chrono::year_month_day> birth_date; ///< only a whole day agrees
  model::gender sex = model::gender::unknown;
  std::optional<std::chrono::year> birth_year;   ///< of a birth date without its day; it can only contradict
  std::optional<std::chrono::month> birth_month; ///< beside `birth_year`, if told
  bool birth_date_unreadable = false;            ///< something is said that is no date: a doubt, not silence
  std::string sender; ///< who says it (MSH-3, MSH-4): what a person decided holds for this sender alone
  bool sex_unreadable = false; ///< a word that nobody knows: likewise
  friend bool operator==(const claims&, const claims&) = default;
};

/// Upper case, without spaces, dashes, dots and slashes; ID cards and ARCs also without a CY prefix and
/// leading zeros; Gesy numbers keep their leading zeros, which mean something (00, 03, 05). Look-alike Greek
/// letters become Latin. Empty when nothing is left.
std::string normalise(id_kind kind, std::string_view value);

/// What people type where a number should be: one repeated digit, or digits that run (123456). Such a number
/// decides nothing, whoever holds it. `value` as `normalise` gives it. An MRN is the clinic's own, so a short
/// one, or one with letters, is believed.
bool is_placeholder(id_kind kind, std::string_view value);

/// Not only words that stand where a name is not known (UNKNOWN, BABY OF), or none.
bool says_something(const person_name& name);

/// How much a birth date tells: 1 January of 1800, 1900, 1901 and 1970 is what systems write when there is
/// none; any other 1 January is what registries give to whoever has no known day.
enum class date_weight : uint8_t { nothing, weak, whole };
date_weight weigh_date(const std::chrono::year_month_day& date) noexcept;

/// CX of PID-3 to a typed id. `type` is CX.5 (NI, NNCYP, MR, ARC, PPN, ...), `authority` CX.4.1 (or its
/// universal id, or CX.9), `clinic` the code under which the clinic issues its MRNs. A number of the
/// laboratory's own (PI, or MR of another authority) is `other` and never matches; so is an NI of whoever is
/// not Cyprus, the clinic or nobody: another country's number may have the same digits.
typed_id type_id(std::string_view value, std::string_view type, std::string_view authority,
                 std::string_view clinic);

/// One key for a name in two scripts: accents stripped, Greek transliterated (ELOT 743), look-alikes folded,
/// lower-case Latin letters, digits and single spaces only (hyphens and dots are spaces); also where ELOT has
/// two spellings for one sound (ks/x, ch/h, y/i ...) one is taken. Digits stay because they tell the newborns
/// of one mother apart. Empty when the bytes are not UTF-8: such a name matches nobody. Coarse: vowels that
/// sound alike are one (ai and ae with e, ei with i) and doubled letters are single, so that RAINA and RENA
/// meet.
std::string fold_name(std::string_view utf8);

/// The same without merging vowels and doubled letters: one name in two scripts or two transliterations. Only
/// this proves a name.
std::string fold_exactly(std::string_view utf8);

/// `fold_name` of a given name with its common variants brought to one (giorgos, george -> georgios).
/// Evidence, not proof.
std::string fold_variant(std::string_view utf8);

/// Coarser still: the spellings of Cyprus meet (Panayiotis and Panagiotis, Demetris and Dimitris, Economou
/// and Oikonomou, Χ"Γεωργίου and Hadjigeorgiou). Under this key names are looked up; who only meets there is
/// shown to a person.
std::string fold_to_key(std::string_view utf8);

/// Which way `lookup_keys` of a patient are made. A store that kept them another way makes them anew
/// (`store::migrate`).
inline constexpr int lookup_version = 2;

/// What the store must look up for these claims: each becomes a blind index. Kinds: "cyprus_id", "arc",
/// "mrn", "gesy", "passport", "name_dob" (key(family) | key(given) | birth date, see `fold_to_key`; claims
/// are looked up in both orders of family and given, and one that tells several words in one field wherever
/// it may be parted; a patient is kept under one), "decided" (all that the sender says, when a person may
/// have decided for it). The key is coarser than what `decide` accepts, so that whoever might be meant is
/// seen. Placeholders are not looked up.
struct lookup_key {
  std::string kind, value;
  friend bool operator==(const lookup_key&, const lookup_key&) = default;
};
std::vector<lookup_key> lookup_keys(const claims& who);
std::string_view lookup_kind(id_kind) noexcept; ///< of a number's key
/// The keys under which a stored patient is found: the same functions, so that both sides always agree.
std::vector<lookup_key> lookup_keys(const model::patient& who);

/// Keys under which a search finds a stored patient, beside `lookup_keys`. Kinds: "name_prefix" (the first 1
/// to 8 letters of each exactly folded word of the names, and the whole word), "email" (lower case), "phone"
/// (digits with the country's), "birth_date" (YYYYMMDD).
std::vector<lookup_key> search_keys(const model::patient& who, std::string_view middle_name = {});
/// Any of these finds the names that have a word beginning as the first word of `typed` does: more than
/// those, since what follows a letter may change how it is folded. Empty when nothing is left to look for.
std::vector<lookup_key> name_search_keys(std::string_view typed);
std::optional<lookup_key> email_search_key(std::string_view typed);
std::optional<lookup_key> phone_search_key(std::string_view typed);
lookup_key birth_date_search_key(const std::chrono::year_month_day& day);
/// Of what a route has its messages found by (`[[index]]`), under the index's name: in capitals of ASCII, one
/// blank for several. Nothing: it is empty, or longer than 200 bytes.
std::optional<lookup_key> message_search_key(std::string_view index, std::string_view value);

/// The rule of a decision that a person took.
inline constexpr std::string_view linked_by_person = "linked-by-person";
/// The rule of one that follows what a person decided for the same claims of the same sender (taught.hpp).
inline constexpr std::string_view decided_by_person = "decided-by-person";

/// Same, none, or a person must look.
struct decision {
  enum class kind : uint8_t { same, none, review } is = kind::none;
  std::optional<model::patient_id> patient;
  std::string rule; ///< "cyprus-id", "arc", "passport", "mrn", "gesy", "name-and-birth-date",
                    ///< "linked-by-person", "decided-by-person"
  std::vector<std::string> evidence; ///< for people, in order; names kinds and patient ids, never values
  std::vector<model::patient_id> candidates; ///< for the review queue
  std::string person_decision;               ///< the id of the person's decision that was followed
  std::string teaches; ///< of a person's link: what the person saw, to be kept; empty: nothing may be learned
                       ///< of it
};
std::string_view name(decision::kind) noexcept;

/// `candidates`: every patient that at least one of `lookup_keys(who)` found, each once, in any order.
decision decide(const claims& who, const std::vector<model::patient>& candidates);

} // namespace aorta::identity
