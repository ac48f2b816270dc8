// One OBX: code, value, unit, range, flag, state and time, each with the rule that made it.
#include "engine/lab/map_result.hpp"

#include "engine/lab/unit.hpp"

#include <algorithm>

namespace aorta::lab {
namespace {

using model::result_status;
using model::value_kind;

struct state {
  char letter;
  result_status status;
  bool retracts;
};
/// HL70085. R, S, I and O are no last word; U and V settle what was sent before; N was never asked for.
constexpr state states[] = {{'F', result_status::final, false},       {'P', result_status::preliminary, false}, {'C', result_status::corrected, false},
                            {'A', result_status::corrected, false},   {'B', result_status::corrected, false},   {'R', result_status::preliminary, false},
                            {'S', result_status::preliminary, false}, {'I', result_status::preliminary, false}, {'O', result_status::preliminary, false},
                            {'U', result_status::final, false},       {'V', result_status::final, false},       {'X', result_status::cancelled, false},
                            {'N', result_status::cancelled, false},   {'D', result_status::cancelled, true},    {'W', result_status::cancelled, true}};

const state* find_state(std::string_view code) noexcept {
  if (code.size() != 1) return nullptr;
  const char letter = code[0] >= 'a' && code[0] <= 'z' ? char(code[0] - 32) : code[0];
  const auto at = std::find_if(std::begin(states), std::end(states), [&](const state& s) { return s.letter == letter; });
  return at == std::end(states) ? nullptr : at;
}

/// HL70123 (OBR-25) for an OBX without a state of its own: only what says the same in both tables counts.
const state* order_state(std::string_view code) noexcept {
  return code == "F" || code == "P" || code == "C" || code == "X" || code == "R" || code == "I" ? find_state(code) : nullptr;
}

void take_state(result_draft& d) {
  d.out.sent.status = d.all.read.first(d.obx, 11);
  const auto* s = find_state(trimmed(d.out.sent.status));
  if (!s && d.out.sent.status.empty()) {
    s = order_state(d.all.order.status);
    d.note(11, "status", s ? "empty: OBR-25 counts" : "empty: preliminary");
  } else if (!s) {
    d.review(11, "unknown-status", "not in HL70085: preliminary");
  }
  d.out.observation_status = s ? s->letter : 'P';
  d.out.status = s ? s->status : result_status::preliminary;
  d.out.retracts = s && s->retracts;
}

/// A year that is not meant (`261011` is no date of 2610) would stand before all others for good.
void check_future(result_draft& d, const placed_time& at) {
  const auto& sent = d.all.message_time;
  if (sent && at.reading.when.at > sent->reading.when.at + std::chrono::hours{48}) d.review(at.where, "future-time", "after the message itself");
}

/// OBX-14, else OBR-22, else OBR-7, else MSH-7.
void take_time(result_draft& d) {
  const auto& order = d.all.order;
  const bool told = !d.all.read.first(d.obx, 14).empty();
  auto own = told ? d.all.time_at(d.obx, 14, "OBX[" + std::to_string(d.position) + "]") : std::nullopt;
  if (told && !own) d.review(14, "unreadable-time", "the order's or the message's time stands in its place");
  const auto& at = own ? own : order.reported ? order.reported : order.collected ? order.collected : d.all.message_time;
  if (at) {
    d.out.observed_at = at->reading.when;
    if (at->reading.when.ambiguous) d.review(at->where, "ambiguous-time", "in the hour that the end of summer time repeats: the earlier one was taken");
    if (at->reading.skipped) d.review(at->where, "impossible-time", "in the hour that the beginning of summer time leaves out");
  }
  const auto& reported = order.reported ? order.reported : d.all.message_time;
  if (reported) d.out.reported_at = reported->reading.when;
  // A day alone would be its midnight, older than every version of that day: the message's own time of that day says more.
  if (const auto& sent = d.all.message_time; sent && reported && reported->reading.when.told == model::moment::precision::day) {
    const auto since = sent->reading.when.at - reported->reading.when.at;
    if (since >= std::chrono::hours{0} && since < std::chrono::hours{24}) d.out.reported_at = sent->reading.when;
  }
  if (at) check_future(d, *at);
  if (reported && (!at || reported->where != at->where)) check_future(d, *reported);
}

void count_repeat(result_draft& d) {
  // Orders of one number are one order, as they are in the store: their results must not become versions of each other.
  std::string order;
  if (d.out.order < d.all.out.orders.size()) {
    const auto& of = d.all.out.orders[d.out.order];
    order = !of.filler_number.empty() ? 'F' + of.filler_number : !of.placer_number.empty() ? 'P' + of.placer_number : "";
  }
  if (order.empty() && d.out.observed_at) order = 'T' + std::to_string(d.out.observed_at->at.time_since_epoch().count());
  auto key = order + '\x1f' + d.out.test_code + '\x1f' + d.out.sub_id;
  d.out.ordinal = ++d.all.repeats[std::move(key)];
}

/// Nothing but a number, a type and a state: some systems fill up their messages so.
bool is_empty(const hl7::segment_view& obx, const hl7::delimiters& marks) {
  const auto says = [&](char c) { return c != ' ' && c != '\t' && c != marks.component && c != marks.repetition && c != marks.subcomponent; };
  for (size_t field = 3; field <= obx.fields(); ++field) {
    const auto raw = obx.field(field).raw;
    if (field != 4 && field != 11 && std::any_of(raw.begin(), raw.end(), says)) return false;
  }
  return true;
}

std::string segment_of(uint16_t position) { return "OBX[" + std::to_string(position) + "]"; }

std::string upper_code(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = char(c - 32);
  return text;
}

/// A value that should be there and is not. Text may be empty: it is often continued in NTE.
void check_empty(result_draft& d) {
  if (d.out.kind != value_kind::none || d.out.status == result_status::cancelled || d.out.status == result_status::preliminary) return;
  if (!d.out.attachments.empty() || !(d.out.sent.value.empty() || d.out.sent.value == "\"\"")) return;
  if (d.out.observation_status == 'U') d.review(11, "status-only", "a change of status without its value: what stands is kept");
  else if (d.type != "TX" && d.type != "FT" && d.type != "ST" && !d.type.empty()) d.review(5, "empty-value", "settled, but without a value");
}

} // namespace

void result_draft::note(size_t field, std::string rule, std::string detail) {
  all.note(place("OBX", position, field), std::move(rule), std::move(detail));
}

void result_draft::review(size_t field, std::string rule, std::string detail) {
  review(place("OBX", position, field), std::move(rule), std::move(detail));
}

void result_draft::review(std::string where, std::string rule, std::string detail) {
  out.needs_review = true;
  all.out.reviews.push_back({std::move(where), std::move(rule), std::move(detail)});
}

void note_doubts(mapping& all, std::string_view segment, size_t occurrence) {
  const auto doubts = all.read.take_doubts();
  for (size_t i = 0; i < doubts.size(); ++i) {
    const auto same = [&](const auto& other) { return other.field == doubts[i].field && other.holes == doubts[i].holes; };
    if (std::any_of(doubts.begin(), doubts.begin() + std::ptrdiff_t(i), same)) continue;
    auto where = place(segment, occurrence, doubts[i].field);
    const auto& charset = all.read.charset().name();
    if (doubts[i].holes) all.out.reviews.push_back({std::move(where), "unreadable-text", "bytes that are no characters of " + charset + ": the text has holes, the message keeps the bytes"});
    else all.out.reviews.push_back({std::move(where), "doubtful-text", "not in the charset that MSH-18 names: read as " + charset + "; if that is right, say so in the profile's charset"});
    if (segment == "OBX" && !all.out.results.empty() && all.out.results.back().set_id == occurrence) all.out.results.back().needs_review = true;
  }
}

bool map_result(mapping& all, const hl7::segment_view& obx, uint16_t position) {
  if (is_empty(obx, all.read.source().marks())) {
    all.note(segment_of(position), "empty", "says nothing: left out");
    return false;
  }
  all.know_specimens();
  result_draft d{all, obx, position};
  d.type = upper_code(all.read.first(obx, 2));
  d.out.sent.value_type = d.type;
  d.out.set_id = position;
  d.out.order = all.order.index;
  d.out.sub_id = trimmed(all.read.get(obx, 4));
  d.out.comments = all.order.comments;
  d.out.performing_lab = all.from.name;
  d.out.performing_lab_code = all.from.code;
  take_code(d);
  take_state(d);
  take_unit(d);
  if (take_document(d) == document_part::piece) return false;
  take_value(d);
  take_range(d);
  harmonise(d);
  take_flag(d);
  take_time(d);
  check_empty(d);
  count_repeat(d);
  if (!d.loinc.empty()) d.out.loinc_code = std::move(d.loinc);
  all.out.results.push_back(std::move(d.out));
  return true;
}

} // namespace aorta::lab
