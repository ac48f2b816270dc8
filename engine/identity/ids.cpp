// Typed identifiers: what kind a number is, and the one form in which it compares.
#include "engine/identity/identity.hpp"
#include "engine/identity/script.hpp"

#include <unicode/utf8.h>

#include <algorithm>

namespace aorta::identity {

namespace {

/// Spaces, dashes, dots and slashes of any alphabet, and what is not seen at all.
bool is_filler(UChar32 c) noexcept {
  return c <= 0x20 || c == '-' || c == '.' || c == '/' || c == '_' || c == 0x7F || c == 0xA0 || c == 0xAD ||
    c == 0x2212 || c == 0xFEFF || (c >= 0x2000 && c <= 0x2015) || c == 0x202F || c == 0x2060;
}

bool has_digit(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Upper case without filler; Greek letters that look Latin become Latin. Bytes that are no UTF-8 stay as
/// they are.
std::string bare(std::string_view value) {
  std::string out;
  int32_t i = 0;
  const auto* bytes = reinterpret_cast<const uint8_t*>(value.data());
  const auto length = static_cast<int32_t>(std::min<size_t>(value.size(), 1000));
  while (i < length) {
    const int32_t start = i;
    UChar32 c = 0;
    U8_NEXT(bytes, i, length, c);
    if (c >= 0 && is_filler(c)) continue;
    if (c >= 'a' && c <= 'z') out += static_cast<char>(c - 'a' + 'A');
    else if (c >= 0x80 && latin_look_alike(static_cast<char32_t>(c)) != 0)
      out += latin_look_alike(static_cast<char32_t>(c));
    else out.append(value, static_cast<size_t>(start), static_cast<size_t>(i - start));
  }
  return out;
}

bool is_one_of(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The identifier systems of the clinic system, without their dots (`bare` drops them).
constexpr std::string_view id_card_oid = "2161961113883311", arc_oid = "2161961113883312";

/// A national number of another country must not meet a Cypriot one with the same digits: whoever is not
/// known to mean Cyprus does not.
bool means_cyprus(const std::string& authority, const std::string& clinic) {
  return is_one_of(authority, {"", "CY", "CYP", "CYPRUS"}) || authority == clinic;
}

/// `urn:oid:` in front of an object identifier says nothing more.
std::string without_urn(std::string authority) {
  constexpr std::string_view urn = "URN:OID:";
  if (authority.starts_with(urn)) authority.erase(0, urn.size());
  return authority;
}

id_kind kind_of(const std::string& type, const std::string& authority, const std::string& clinic) {
  if (type == "ARC" || authority == "ARC" || authority == arc_oid) return id_kind::arc;
  if (type == "NNCYP" || authority == id_card_oid) return id_kind::cyprus_id;
  if (type == "NI") return means_cyprus(authority, clinic) ? id_kind::cyprus_id : id_kind::other;
  if (type == "PPN") return id_kind::passport;
  if (is_one_of(type, {"GESY", "HIO"})) return id_kind::gesy;
  if (is_one_of(type, {"NH", "HC", "SN", "MB", ""}) && is_one_of(authority, {"GESY", "HIO"}))
    return id_kind::gesy;
  if (is_one_of(type, {"MR", "PI", "PT", ""}) && !clinic.empty() && authority == clinic) return id_kind::mrn;
  return id_kind::other;
}

} // namespace

std::string_view name(id_kind kind) noexcept {
  switch (kind) {
    case id_kind::cyprus_id: return "cyprus-id";
    case id_kind::arc: return "arc";
    case id_kind::passport: return "passport";
    case id_kind::mrn: return "mrn";
    case id_kind::gesy: return "gesy";
    case id_kind::other: return "other";
  }
  return "other";
}

std::string normalise(id_kind kind, std::string_view value) {
  std::string out = bare(value);
  if (kind == id_kind::cyprus_id || kind == id_kind::arc) {
    if (out.compare(0, 2, "CY") == 0) out.erase(0, 2);
    out.erase(0, std::min(out.find_first_not_of('0'), out.size()));
  }
  // What people type when there is none ("UNKNOWN", "N/A") must not become everybody's number.
  const bool is_number = kind != id_kind::mrn && kind != id_kind::other;
  if (is_number && (!has_digit(out) || out.find_first_not_of('0') == std::string::npos)) out.clear();
  return out;
}

bool is_placeholder(id_kind kind, std::string_view value) {
  const bool own = kind == id_kind::mrn;
  const bool digits_only = value.find_first_not_of("0123456789") == value.npos;
  if (own && !digits_only) return false;
  std::string_view digits = value;
  while (!digits.empty() && digits.front() >= 'A' && digits.front() <= 'Z')
    digits.remove_prefix(1); // ARCs and passports begin with letters
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.find_first_not_of("0123456789") != digits.npos) return false;
  const auto steps_by = [&](int step) {
    for (size_t i = 1; i < digits.size(); ++i)
      if ((digits[i] - digits[i - 1] - step) % 10 != 0) return false;
    return true;
  };
  constexpr size_t shortest_own = 4; // a small clinic counts 1, 2, 3 and 11, 12
  if (own && !digits.empty() && digits.size() < shortest_own) return false;
  return steps_by(0) || steps_by(1) || (digits_only && steps_by(-1)); // A654321 is somebody's: the letter
                                                                      // makes it no run from nine to one
}

date_weight weigh_date(const std::chrono::year_month_day& date) noexcept {
  if (date.month() != std::chrono::January || date.day() != std::chrono::day{1}) return date_weight::whole;
  for (const int year : {1800, 1900, 1901, 1970})
    if (int(date.year()) == year) return date_weight::nothing;
  return date_weight::weak;
}

typed_id type_id(std::string_view value, std::string_view type, std::string_view authority,
                 std::string_view clinic) {
  typed_id id;
  id.kind = kind_of(bare(type), without_urn(bare(authority)), bare(clinic));
  id.value = normalise(id.kind, value);
  id.authority = std::string(authority);
  return id;
}

} // namespace aorta::identity
