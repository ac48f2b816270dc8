// One OBX: code, value, unit, range, flag, state and time, each with the rule that made it.
#include "engine/lab/map_result.hpp"

#include "engine/lab/unit.hpp"

#include <algorithm>

namespace aorta::lab {
namespace {

using model::result_status;
using model::value_kind;

bool withdraws_order(std::string_view status) noexcept { return status == "W" || status == "D"; }

void take_state(result_draft& d) {
  d.out.sent.status = d.all.read.code(d.obx, 11);
  const auto& own = d.out.sent.status;
  const bool known = set_state(d.out, own);
  const auto& of_order = d.all.order.status;
  if (withdraws_order(of_order)) {
    set_state_of_order(d.out, of_order);
    d.note(11, "status", "OBR-25 withdraws the order's results");
  } else if (own.empty()) {
    d.note(11, "status", set_state_of_order(d.out, of_order) ? "empty: OBR-25 counts" : "empty: preliminary");
  } else if (!known) {
    d.review(11, "unknown-status", "not in HL70085: preliminary");
  }
}

/// OBX-14, else OBR-7, else SPM-17: what was measured was so then. When it was reported (OBR-22) and sent
/// (MSH-7) says nothing of that.
void take_time(result_draft& d) {
  const auto doubts = d.all.out.reviews.size();
  const auto own = d.all.time_at(d.obx, 14, "OBX[" + std::to_string(d.position) + "]");
  if (d.all.out.reviews.size() > doubts || d.all.order.time_in_doubt) d.out.needs_review = true;
  if (const auto& at = own ? own : d.all.order.collected) set_clinical_time(d.all, d.out, *at);
  set_report_time(d.all, d.out);
}

/// Who measured: OBX-23 (XON), else OBX-15 (CE).
void take_performer(result_draft& d) {
  auto& read = d.all.read;
  const auto producer = read.get(d.obx, 15, 1, 1), name = read.get(d.obx, 15, 1, 2);
  d.out.performer = read.get(d.obx, 23, 1, 1);
  for (const size_t component : {10, 3})
    if (d.out.performer_code.empty()) d.out.performer_code = read.get(d.obx, 23, 1, component);
  if (d.out.performer.empty() && d.out.performer_code.empty()) {
    d.out.performer = name.empty() ? producer : name;
    d.out.performer_code = producer;
  } else if (d.out.performer_code.empty() && d.out.performer == name) {
    d.out.performer_code = producer;
  }
}

/// Nothing but a number, a type and a state: some systems fill up their messages so.
bool is_empty(const hl7::segment_view& obx, const hl7::delimiters& marks) {
  const auto says = [&](char c) {
    return c != ' ' && c != '\t' && c != marks.component && c != marks.repetition && c != marks.subcomponent;
  };
  for (size_t field = 3; field <= obx.fields(); ++field) {
    const auto raw = obx.field(field).raw;
    if (field != 4 && field != 11 && std::any_of(raw.begin(), raw.end(), says)) return false;
  }
  return true;
}

std::string segment_of(uint16_t position) { return "OBX[" + std::to_string(position) + "]"; }

/// A value that should be there and is not. Text may be empty: it is often continued in NTE.
void check_empty(result_draft& d) {
  if (d.out.kind != value_kind::none || d.out.status == result_status::cancelled ||
      d.out.status == result_status::preliminary)
    return;
  if (!d.out.attachments.empty() || !(d.out.sent.value.empty() || d.out.sent.value == "\"\"")) return;
  if (d.out.observation_status == 'U')
    d.review(11, "status-only", "a change of status without its value: what stands is kept");
  else if (d.type != "TX" && d.type != "FT" && d.type != "ST" && !d.type.empty())
    d.review(5, "empty-value", "settled, but without a value");
}

} // namespace

void count_repeat(mapping& all, model::lab_result& of) {
  // Orders of one number are one order, as they are in the store: their results must not become versions of
  // each other.
  std::string key;
  const auto* numbers = of.order < all.out.orders.size() ? &all.out.orders[of.order] : nullptr;
  if (numbers && !numbers->filler_number.empty()) key.append("F").append(numbers->filler_number);
  else if (numbers && !numbers->placer_number.empty()) key.append("P").append(numbers->placer_number);
  else if (of.observed_at)
    key.append("T").append(std::to_string(of.observed_at->at.time_since_epoch().count()));
  key.append("\x1f").append(of.test_code).append("\x1f").append(of.sub_id);
  of.ordinal = ++all.repeats[std::move(key)];
}

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
    const auto same = [&](const auto& other) {
      return other.field == doubts[i].field && other.holes == doubts[i].holes &&
        other.withheld == doubts[i].withheld;
    };
    if (std::any_of(doubts.begin(), doubts.begin() + std::ptrdiff_t(i), same)) continue;
    auto where = place(segment, occurrence, doubts[i].field);
    const auto& charset = all.read.charset().name();
    if (doubts[i].withheld)
      all.review(
        std::move(where), "unreadable-text",
        "bytes that are no characters of " + charset +
          ": this text is not filed as a value. As sent it shows those"
          " bytes as \\X..\\; correct it, or name the sender's charset in its profile and reprocess");
    else if (doubts[i].holes)
      all.out.reviews.push_back(
        {std::move(where), "unreadable-text",
         "bytes that are no characters of " + charset + ": the text has holes, the message keeps the bytes"});
    else
      all.out.reviews.push_back({std::move(where), "doubtful-text",
                                 "not in the charset that MSH-18 names: read as " + charset +
                                   "; if that is right, say so in the profile's charset"});
    if (segment == "OBX" && !all.out.results.empty() && all.out.results.back().set_id == occurrence)
      all.out.results.back().needs_review = true;
  }
}

bool map_result(mapping& all, const hl7::segment_view& obx, uint16_t position) {
  if (is_empty(obx, all.read.source().marks())) {
    all.note(segment_of(position), "empty", "says nothing: left out");
    return false;
  }
  all.know_specimens();
  result_draft d{all, obx, position, all.out.results.emplace_back()};
  d.type = upper_code(all.read.code(obx, 2));
  d.out.sent.value_type = d.type;
  d.out.set_id = position;
  d.out.order = all.order.index;
  d.out.sub_id = trimmed(all.read.get(obx, 4));
  d.out.performing_lab = all.from.name;
  d.out.performing_lab_code = all.from.code;
  d.out.sent.observer = all.read.whole(obx, 16);
  d.out.sent.method = all.read.whole(obx, 17);
  d.out.sent.device = all.read.whole(obx, 18);
  take_code(d);
  take_performer(d);
  take_state(d);
  take_unit(d);
  if (take_document(d) == document_part::piece) {
    all.out.results.pop_back();
    return false;
  }
  take_value(d);
  take_range(d);
  harmonise(d);
  take_flag(d);
  take_time(d);
  check_empty(d);
  count_repeat(all, d.out);
  if (!d.loinc.empty()) d.out.loinc_code = std::move(d.loinc);
  return true;
}

} // namespace aorta::lab
