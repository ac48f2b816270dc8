#include "engine/lab/time.hpp"

#include <unicode/basictz.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>

namespace aorta::lab {

using namespace std::chrono;
using precision = model::moment::precision;

struct local_zone {
  std::unique_ptr<icu::BasicTimeZone> rules;
  // The last local day that has one offset from midnight to midnight: most times of a message, and of its
  // neighbours, are of one day.
  mutable local_days even_day{days::min()};
  mutable milliseconds even_offset{};
};

namespace {

bool two(std::string_view text, size_t at, int& out) noexcept {
  if (at + 2 > text.size()) return false;
  const char a = text[at], b = text[at + 1];
  if (a < '0' || a > '9' || b < '0' || b > '9') return false;
  out = (a - '0') * 10 + (b - '0');
  return true;
}

bool read_offset(std::string_view text, minutes& out) noexcept {
  int hour = 0, minute = 0;
  const bool west = text[0] == '-';
  if (!two(text, 1, hour)) return false;
  size_t at = 3;
  if (at < text.size() && text[at] == ':') ++at;
  if (at < text.size() && (!two(text, at, minute) || at + 2 != text.size())) return false;
  if (text.size() == 4 || hour > 14 || minute > 59) return false;
  out = (west ? -1 : 1) * (hours{hour} + minutes{minute});
  return true;
}

/// Offsets of a local time by both readings: they differ in a repeated and in a skipped hour.
struct offsets {
  milliseconds earlier, later; ///< by the rule before and after the change
};

std::optional<offsets> offsets_at(const icu::BasicTimeZone& rules, UDate local) {
  const auto ask = [&](UTimeZoneLocalOption which, milliseconds& out) {
    int32_t raw = 0, summer = 0;
    UErrorCode status = U_ZERO_ERROR;
    rules.getOffsetFromLocal(local, which, which, raw, summer, status);
    out = milliseconds{raw + summer};
    return U_SUCCESS(status);
  };
  offsets out{};
  if (!ask(UCAL_TZ_LOCAL_FORMER, out.earlier) || !ask(UCAL_TZ_LOCAL_LATTER, out.later)) return std::nullopt;
  return out;
}

std::optional<offsets> offsets_at(const local_zone& zone, local_time<microseconds> when) {
  const auto day = floor<days>(when);
  if (day == zone.even_day) return offsets{zone.even_offset, zone.even_offset};
  const auto ask = [&](auto local) {
    return offsets_at(*zone.rules, double(floor<milliseconds>(local.time_since_epoch()).count()));
  };
  const auto first = ask(day), last = ask(day + days{1});
  if (first && last && first->earlier == first->later && last->earlier == last->later &&
      first->later == last->earlier) {
    zone.even_day = day;
    zone.even_offset = first->later;
    return first;
  }
  return ask(when);
}

/// `2026-11-18T06:55:00.5+02:00` as HL7 writes it, `20261118065500.5+02:00`, in `room`; nothing for what is
/// not of that form.
std::string_view without_marks(std::string_view text, std::array<char, 40>& room) noexcept {
  const auto mark = [&](size_t at, char a, char b) {
    return at < text.size() && (text[at] == a || text[at] == b);
  };
  if (text.size() < 10 || text.size() > room.size() || !mark(4, '-', '-') || !mark(7, '-', '-')) return {};
  if (text.size() > 10 && (!mark(10, 'T', ' ') || !mark(13, ':', ':'))) return {};
  size_t used = 0;
  const auto keep = [&](std::string_view part) {
    std::copy(part.begin(), part.end(), room.begin() + ptrdiff_t(used));
    used += part.size();
  };
  keep(text.substr(0, 4)), keep(text.substr(5, 2)), keep(text.substr(8, 2));
  if (text.size() == 10) return {room.data(), used};
  if (text.size() < 16) return {};
  keep(text.substr(11, 2)), keep(text.substr(14, 2));
  size_t at = 16;
  if (mark(at, ':', ':')) keep(text.substr(at + 1, 2)), at = std::min(at + 3, text.size());
  const auto rest = text.substr(at);
  keep(rest == "Z" ? "+0000" : rest.ends_with('Z') ? rest.substr(0, rest.size() - 1) : rest);
  if (rest.size() > 1 && rest.ends_with('Z') && used + 5 <= room.size()) keep("+0000");
  return {room.data(), used};
}

} // namespace

bool says_no_time(std::string_view text) noexcept {
  const auto digits = text.substr(0, text.find('+'));
  return digits.find('0') != std::string_view::npos &&
    digits.find_first_not_of("0.:- ") == std::string_view::npos;
}

std::optional<told> told_time(std::string_view text) noexcept {
  told out;
  const auto sign = std::find_if(text.begin(), text.end(), [](char c) { return c == '+' || c == '-'; });
  if (const auto at = size_t(sign - text.begin()); at < text.size()) {
    minutes offset{};
    if (!read_offset(text.substr(at), offset)) return std::nullopt;
    out.offset = offset;
    text = text.substr(0, at);
  }
  microseconds fraction{0};
  bool has_fraction = false;
  if (const size_t at = text.find('.'); at != std::string_view::npos) {
    if (at != 14 || at + 1 == text.size() || text.size() > at + 10) return std::nullopt;
    int64_t unit = 100'000;
    for (const char c : text.substr(at + 1)) {
      if (c < '0' || c > '9') return std::nullopt;
      fraction += microseconds{(c - '0') * unit};
      unit /= 10;
    }
    has_fraction = true;
    text = text.substr(0, at);
  }
  if (text.size() < 4 || text.size() > 14 || text.size() % 2 != 0) return std::nullopt;
  int century = 0, part[6] = {0, 1, 1, 0, 0, 0};
  if (!two(text, 0, century) || !two(text, 2, part[0])) return std::nullopt;
  const size_t parts = (text.size() - 2) / 2;
  for (size_t i = 1; i < parts; ++i)
    if (!two(text, 2 + 2 * i, part[i])) return std::nullopt;
  const int year_number = century * 100 + part[0];
  if (year_number < 1 || !valid_date(year_number, unsigned(part[1]), unsigned(part[2]))) return std::nullopt;
  if (part[3] > 23 || part[4] > 59 || part[5] > 59) return std::nullopt;
  const local_days day{year{year_number} / part[1] / part[2]};
  out.local = day + hours{part[3]} + minutes{part[4]} + seconds{part[5]} + fraction;
  out.precision = has_fraction ? precision::fraction : precision(parts - 1);
  return out;
}

const local_zone* find_zone(const std::string& name) {
  // ICU builds a zone in microseconds, which is more than a whole message may cost; a zone is not for two
  // threads.
  thread_local std::unordered_map<std::string, std::unique_ptr<local_zone>> zones;
  if (const auto found = zones.find(name); found != zones.end()) return found->second.get();
  const auto id = icu::UnicodeString::fromUTF8(name);
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeString canonical;
  UBool is_system = false;
  icu::TimeZone::getCanonicalID(id, canonical, is_system, status);
  if (name.empty() || U_FAILURE(status) || !is_system ||
      canonical == icu::UnicodeString(UCAL_UNKNOWN_ZONE_ID))
    return nullptr;
  std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(id));
  if (dynamic_cast<icu::BasicTimeZone*>(zone.get()) == nullptr) return nullptr;
  auto& kept = zones[name];
  kept = std::make_unique<local_zone>();
  kept->rules.reset(static_cast<icu::BasicTimeZone*>(zone.release()));
  return kept.get();
}

minutes offset_at(const local_zone& zone, timestamp when) noexcept {
  int32_t raw = 0, summer = 0;
  UErrorCode fault = U_ZERO_ERROR;
  zone.rules->getOffset(double(floor<milliseconds>(when.time_since_epoch()).count()), false, raw, summer,
                        fault);
  return U_FAILURE(fault) ? minutes(0) : floor<minutes>(milliseconds(raw + summer));
}

std::optional<time_reading> read_local(std::string_view text, const local_zone& zone,
                                       std::optional<minutes> otherwise) {
  std::array<char, 40> room;
  const auto bare = without_marks(text, room);
  const auto told = told_time(bare.empty() ? text : bare);
  if (!told) return std::nullopt;
  time_reading out;
  out.when.told = told->precision;
  minutes offset{};
  if (told->offset || otherwise) {
    offset = told->offset ? *told->offset : *otherwise;
  } else {
    const auto both = offsets_at(zone, told->local);
    if (!both) return std::nullopt;
    // Clocks went back: the reading before the change has the greater offset. Clocks went forward: there was
    // no such time. A day or less has no hour that could be in doubt.
    if (both->earlier != both->later && told->precision >= precision::hour) {
      out.when.ambiguous = both->earlier > both->later;
      out.skipped = both->earlier < both->later;
    }
    offset = floor<minutes>(both->earlier);
  }
  out.when.at = timestamp{told->local.time_since_epoch() - offset};
  out.when.offset_minutes = int16_t(offset.count());
  return out;
}

std::optional<minutes> default_offset(std::string_view header_time, const local_zone& zone) {
  const auto header = told_time(header_time);
  if (!header || !header->offset) return std::nullopt;
  const auto both = offsets_at(zone, header->local);
  // In the hour that comes twice either offset is the zone's own.
  if (!both || *header->offset == floor<minutes>(both->earlier) ||
      *header->offset == floor<minutes>(both->later))
    return std::nullopt;
  return header->offset;
}

std::optional<model::moment> read_time(std::string_view text, const std::string& time_zone) {
  const auto* zone = find_zone(time_zone);
  if (!zone) return std::nullopt;
  const auto reading = read_local(text, *zone);
  return reading ? std::optional(reading->when) : std::nullopt;
}

bool known_time_zone(const std::string& name) { return find_zone(name) != nullptr; }

} // namespace aorta::lab
