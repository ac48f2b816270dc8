// The state of a result and its times, as OBX-11, OBR-25 and the times of the message tell them.
#include "engine/lab/mapping.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>

namespace aorta::lab {
namespace {

using model::result_status;

struct state {
  char letter;
  result_status status;
  bool retracts;
};
/// HL70085. R, S, I and O are no last word; U and V settle what was sent before; N was never asked for.
constexpr state states[] = {
  {'F', result_status::final, false},       {'P', result_status::preliminary, false},
  {'C', result_status::corrected, false},   {'A', result_status::corrected, false},
  {'B', result_status::corrected, false},   {'R', result_status::preliminary, false},
  {'S', result_status::preliminary, false}, {'I', result_status::preliminary, false},
  {'O', result_status::preliminary, false}, {'U', result_status::final, false},
  {'V', result_status::final, false},       {'X', result_status::cancelled, false},
  {'N', result_status::cancelled, false},   {'D', result_status::cancelled, true},
  {'W', result_status::cancelled, true}};

const state* find_state(std::string_view code) noexcept {
  if (code.size() != 1) return nullptr;
  const char letter = code[0] >= 'a' && code[0] <= 'z' ? char(code[0] - 32) : code[0];
  const auto at = std::find_if(std::begin(states), std::end(states),
                               [&](const state& s) { return s.letter == letter; });
  return at == std::end(states) ? nullptr : at;
}

/// A year that is not meant (`261011` is no date of 2610) would stand before all others for good.
bool in_future(const mapping& all, const placed_time& at) {
  return all.message_time && at.reading.when.at > all.message_time->reading.when.at + std::chrono::hours{48};
}

} // namespace

void set_clinical_time(mapping& all, model::lab_result& of, const placed_time& at) {
  if (of.observed_at) return;
  of.observed_at = at.reading.when;
  const auto doubt = [&](const char* rule, const char* why) {
    of.needs_review = true;
    all.review(at.where, rule, why);
  };
  if (at.reading.when.ambiguous)
    doubt("ambiguous-time", "in the hour that the end of summer time repeats: the earlier one was taken");
  if (at.reading.skipped)
    doubt("impossible-time", "in the hour that the beginning of summer time leaves out");
  if (in_future(all, at)) doubt("future-time", "after the message itself");
}

void set_report_time(mapping& all, model::lab_result& of) {
  const auto& order = all.order;
  if (order.reported) of.issued_at = order.reported->reading.when;
  const auto doubt = [&](const std::string& where, const char* rule, const char* why) {
    of.needs_review = true;
    all.review(where, rule, why);
  };
  const auto& reported = order.reported ? order.reported : all.message_time;
  if (!reported) {
    if (std::exchange(all.message_time_unreadable, false))
      doubt("MSH-7", "unreadable-time",
            "not an HL7 time, and no OBR-22: which version is the later one cannot be told");
    return;
  }
  of.reported_at = reported->reading.when;
  if (in_future(all, *reported)) doubt(reported->where, "future-time", "after the message itself");
  // A day alone would be its midnight, older than every version of that day: the message's own time of that
  // day says more.
  if (!all.message_time || reported->reading.when.told != model::moment::precision::day) return;
  const auto since = all.message_time->reading.when.at - reported->reading.when.at;
  if (since >= std::chrono::hours{0} && since < std::chrono::hours{24})
    of.reported_at = all.message_time->reading.when;
}

bool set_state(model::lab_result& of, std::string_view code) {
  const auto* s = find_state(code);
  of.observation_status = s ? s->letter : 'P';
  of.status = s ? s->status : result_status::preliminary;
  of.retracts = s && s->retracts;
  return s != nullptr;
}

bool set_state_of_order(model::lab_result& of, std::string_view code) {
  // Beside W and D only what says the same in both tables counts.
  constexpr std::string_view common = "FPCXRIWD";
  return code.size() == 1 && common.find(code) != std::string_view::npos && set_state(of, code);
}

} // namespace aorta::lab
