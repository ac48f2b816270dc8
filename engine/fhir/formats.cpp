#include "engine/base/base64.hpp"
#include "engine/base/text.hpp"
#include "engine/fhir/validate.hpp"
#include "engine/fhir/validate_format.hpp"

#include <algorithm>
#include <cstring>

namespace aorta::fhir {
namespace {

constexpr bool is_alnum(char c) noexcept { return is_digit(c) || is_alpha(c); }
constexpr bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Eight bytes at a time: is one of them below `limit` (at most 0x80)?
bool any_below(std::string_view text, unsigned char limit) noexcept {
  constexpr uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t bytes;
    std::memcpy(&bytes, text.data() + at, 8);
    if (((bytes - ones * limit) & ~bytes & high) != 0) return true;
  }
  return std::any_of(text.begin() + ptrdiff_t(at), text.end(),
                     [limit](char c) { return static_cast<unsigned char>(c) < limit; });
}

/// White space of Unicode beyond ASCII that stands alone for `\s`: U+00A0, U+1680, U+2000-200A, U+2028,
/// U+2029, U+202F, U+205F, U+3000, U+FEFF.
bool has_wide_space(std::string_view text) noexcept {
  for (size_t at = 0; at + 1 < text.size(); ++at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0xc2) continue;
    const auto next = static_cast<unsigned char>(text[at + 1]);
    const auto last = at + 2 < text.size() ? static_cast<unsigned char>(text[at + 2]) : 0U;
    if (lead == 0xc2 && next == 0xa0) return true;
    if (lead == 0xe1 && next == 0x9a && last == 0x80) return true;
    if (lead == 0xe2 && next == 0x80 && (last <= 0x8a || last == 0xa8 || last == 0xa9 || last == 0xaf))
      return true;
    if (lead == 0xe2 && next == 0x81 && last == 0x9f) return true;
    if (lead == 0xe3 && next == 0x80 && last == 0x80) return true;
    if (lead == 0xef && next == 0xbb && last == 0xbf) return true;
  }
  return false;
}

bool has_space(std::string_view text) noexcept {
  return (any_below(text, 0x21) && std::any_of(text.begin(), text.end(), is_space)) || has_wide_space(text);
}

const char* malformed_text(std::string_view text) noexcept {
  if (any_below(text, 0x20))
    for (const char c : text)
      if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r')
        return "holds a control character";
  if (text.size() > 1'048'576) return "is longer than 1 MB";
  if (static_cast<unsigned char>(text.front()) > 0x20 && static_cast<unsigned char>(text.front()) < 0x7f)
    return nullptr;
  return std::all_of(text.begin(), text.end(), is_space) ? "is only white space" : nullptr;
}

/// [^\s]+(\s[^\s]+)*
bool is_code(std::string_view text) noexcept {
  if (!any_below(text, 0x21)) return true;
  bool space_before = true;
  for (const char c : text) {
    const bool space = is_space(c);
    if (space && space_before) return false;
    if (!space && static_cast<unsigned char>(c) < 0x20) return false;
    space_before = space;
  }
  return !space_before;
}

bool is_oid_uri(std::string_view text) noexcept {
  if (!text.starts_with("urn:oid:") || text.size() < 11 || text[8] < '0' || text[8] > '2') return false;
  for (size_t at = 9; at < text.size();) {
    const size_t from = at + 1;
    if (text[at] != '.' || from == text.size() || !is_digit(text[from])) return false;
    at = from;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (text[from] == '0' && at > from + 1) return false;
  }
  return true;
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 45 || !text.starts_with("urn:uuid:")) return false;
  for (size_t i = 0; i < 36; ++i) {
    const char c = text[9 + i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !(is_digit(c) || (c >= 'a' && c <= 'f'))) return false;
  }
  return true;
}

const char* malformed_uri(std::string_view text) noexcept {
  if (has_space(text)) return "holds white space, which a URI may not";
  if (any_below(text, 0x20)) return "holds a control character";
  if (!text.starts_with("urn:")) return nullptr;
  if (text.starts_with("urn:oid:") && !is_oid_uri(text)) return "is no OID";
  if (text.starts_with("urn:uuid:") && !is_uuid(text)) return "is no UUID in lower case";
  return nullptr;
}

/// In lines, as R4's datatype has it; padding must be there.
bool is_base64(std::string_view text) noexcept {
  return text.find_first_not_of(blanks_and_line_ends) != std::string_view::npos &&
    base64::is(text, {.between = base64::spaces::skipped, .spare = base64::spare_bits::any});
}

const char* malformed_integer(std::string_view text, primitive as) noexcept {
  const bool minus = text.starts_with('-');
  const auto digits = text.substr(minus ? 1 : 0);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit) ||
      (digits.size() > 1 && digits[0] == '0'))
    return "is no whole number";
  if (digits.size() > 10 || (digits.size() == 10 && digits > (minus ? "2147483648" : "2147483647")))
    return "does not fit in 32 bits";
  if (as != primitive::integer && minus) return "must not be negative";
  return as == primitive::positive_int && digits == "0" ? "must be positive" : nullptr;
}

/// Any precision, but nothing that no system could count with.
const char* malformed_decimal(std::string_view text) noexcept {
  const auto e = text.find_first_of("eE");
  if (text.substr(0, e).size() > 64) return "has too many digits";
  if (e != text.npos && text.size() - e > 5) return "has too large an exponent";
  return nullptr;
}

struct clock_fields {
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, micros = 0, offset = 0; ///< offset in
                                                                                              ///< minutes
  int precision = 0; ///< 1 year, 2 month, 3 day, 6 second, 7 fraction
  bool zone = false;
};

class clock_reader {
public:
  explicit clock_reader(std::string_view text) : rest_(text) {}

  bool date(clock_fields& out) noexcept {
    if (!digits(4, out.year) || out.year == 0) return false;
    out.precision = 1;
    if (!take('-')) return true;
    if (!digits(2, out.month) || out.month < 1 || out.month > 12) return false;
    out.precision = 2;
    if (!take('-')) return true;
    static constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (out.year % 4 == 0 && out.year % 100 != 0) || out.year % 400 == 0;
    out.precision = 3;
    return digits(2, out.day) && out.day >= 1 &&
      out.day <= (out.month == 2 && leap ? 29 : lengths[out.month - 1]);
  }
  bool time(clock_fields& out) noexcept {
    if (!digits(2, out.hour) || out.hour > 23 || !take(':') || !digits(2, out.minute) || out.minute > 59)
      return false;
    if (!take(':') || !digits(2, out.second) || out.second > 60) return false;
    out.precision = 6;
    if (!take('.')) return true;
    out.precision = 7;
    int place = 100'000, count = 0;
    for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1), ++count)
      out.micros += (rest_.front() - '0') * place, place /= 10;
    return count > 0;
  }
  bool zone(clock_fields& out) noexcept {
    out.zone = true;
    if (take('Z')) return true;
    const int sign = rest_.starts_with('-') ? -1 : 1;
    int hour = 0, minute = 0;
    if (!(take('+') || take('-')) || !digits(2, hour) || !take(':') || !digits(2, minute)) return false;
    out.offset = sign * (hour * 60 + minute);
    return minute < 60 && (hour < 14 || (hour == 14 && minute == 0));
  }
  bool take(char c) noexcept {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool done() const noexcept { return rest_.empty(); }

private:
  bool digits(size_t count, int& out) noexcept {
    if (rest_.size() < count) return false;
    out = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!is_digit(rest_[i])) return false;
      out = out * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }
  std::string_view rest_;
};

bool read_datetime(std::string_view text, clock_fields& out) noexcept {
  clock_reader read(text);
  if (!read.date(out)) return false;
  if (read.done()) return true;
  return out.precision == 3 && read.take('T') && read.time(out) && read.zone(out) && read.done();
}

bool is_time(std::string_view text) noexcept {
  clock_fields out;
  clock_reader read(text);
  return read.time(out) && read.done();
}

int64_t days_since_1970(int64_t year, int64_t month, int64_t day) noexcept { // civil calendar, years that
                                                                             // start in March
  year -= month <= 2;
  const int64_t era = year / 400, of_era = year - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

} // namespace

const char* malformed(primitive as, std::string_view text) noexcept {
  if (text.empty()) return "is empty";
  switch (as) {
    case primitive::none:
    case primitive::boolean:
    case primitive::xhtml: return nullptr;
    case primitive::integer:
    case primitive::unsigned_int:
    case primitive::positive_int: return malformed_integer(text, as);
    case primitive::decimal: return malformed_decimal(text);
    case primitive::string:
    case primitive::markdown: return malformed_text(text);
    case primitive::code:
      return is_code(text) && !has_wide_space(text) ? nullptr
                                                    : "is no code: white space at an end or doubled";
    case primitive::id: return is_id(text) ? nullptr : "is no id: 1 to 64 letters, digits, - and .";
    case primitive::uri:
    case primitive::url:
    case primitive::canonical: return malformed_uri(text);
    case primitive::oid: return is_oid_uri(text) ? nullptr : "is no OID";
    case primitive::uuid: return is_uuid(text) ? nullptr : "is no UUID in lower case";
    case primitive::base64: return is_base64(text) ? nullptr : "is no base64";
    case primitive::date: return is_date(text) ? nullptr : "is no date";
    case primitive::datetime: return is_datetime(text) ? nullptr : "is no date or time with an offset";
    case primitive::instant:
      return is_instant(text) ? nullptr : "is no instant: a time with seconds and an offset";
    case primitive::time: return is_time(text) ? nullptr : "is no time of day with seconds";
  }
  return nullptr;
}

/// RFC 2045 type/subtype with parameters, or one of the three short forms that R4 uses; BCP 47 tags by their
/// form.
bool fits(text_format as, std::string_view code) noexcept {
  const auto all = [](std::string_view part, std::string_view more) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [more](char c) {
      return is_alnum(c) || more.find(c) != more.npos;
    });
  };
  if (as == text_format::mime) {
    if (code == "xml" || code == "json" || code == "ttl") return true;
    auto bare = code.substr(0, code.find(';'));
    while (!bare.empty() && is_space(bare.back())) bare.remove_suffix(1);
    const auto slash = bare.find('/');
    return slash != bare.npos && all(bare.substr(0, slash), "_.+-") && all(bare.substr(slash + 1), "_.+-");
  }
  if (as == text_format::any) return true;
  for (bool first = true; !code.empty() || first; first = false) {
    const auto dash = code.find('-');
    const auto part = code.substr(0, dash);
    if (!all(part, "") || part.size() > 8 ||
        (first && (part.size() < 2 || std::any_of(part.begin(), part.end(), is_digit))))
      return false;
    if (dash == code.npos) return true;
    code.remove_prefix(dash + 1);
  }
  return false;
}

std::optional<time_span> span_of(std::string_view datetime) noexcept {
  clock_fields at;
  if (!read_datetime(datetime, at)) return {};
  constexpr int64_t second = 1'000'000, day = 86'400 * second;
  const auto start = [&](int year, int month, int on) { return days_since_1970(year, month, on) * day; };
  time_span out{start(at.year, at.month, at.day), 0, at.zone};
  if (at.precision == 1) out.last = start(at.year + 1, 1, 1) - 1;
  else if (at.precision == 2) out.last = start(at.year + at.month / 12, at.month % 12 + 1, 1) - 1;
  else if (at.precision == 3) out.last = out.first + day - 1;
  else {
    out.first += ((at.hour * 60 + at.minute - at.offset) * int64_t(60) + at.second) * second + at.micros;
    out.last = out.first + (at.precision == 6 ? second - 1 : 0);
  }
  return out;
}

bool is_date(std::string_view text) noexcept {
  clock_fields out;
  clock_reader read(text);
  return read.date(out) && read.done();
}

bool is_datetime(std::string_view text) noexcept {
  clock_fields out;
  return read_datetime(text, out);
}

bool is_instant(std::string_view text) noexcept {
  clock_fields out;
  return read_datetime(text, out) && out.precision >= 6;
}

bool is_id(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 64 &&
    std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-' || c == '.'; });
}

} // namespace aorta::fhir
