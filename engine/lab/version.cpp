// Which version of a result is current. The order is total: status class, time of the report, status. So the
// outcome does not depend on the order of arrival, except between versions that are equal in all of these,
// where the later arrival stands, and except a preliminary that was reported after a cancellation: it says
// that the test runs again after all, and replaces it. A final that is older than both does not know of
// either; beside it, the last of the three to arrive may stand.
#include "engine/lab/version.hpp"

#include "engine/lab/value.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace aorta::lab {
namespace {

using model::lab_result;
using model::result_status;
using model::value_kind;

/// Something was sent, and no value taken from it: its letters cannot be read.
bool withheld(const lab_result& r) noexcept {
  return r.kind == value_kind::none && !trimmed(r.sent.value).empty() && r.sent.value != "\"\"";
}

/// What carries no value never hides one. A preliminary gives way to everything that is settled: final,
/// corrected, cancelled or withdrawn, however late it comes.
int status_class(const lab_result& r) noexcept {
  if (says_nothing(r)) return 0;
  return r.status == result_status::preliminary ? 1 : 2;
}

/// For reports of one instant: a withdrawal beats what it withdraws, a correction what it corrects.
int strength(const lab_result& r) noexcept {
  if (r.retracts) return 5;
  switch (r.status) {
    case result_status::corrected: return states_correction(r) ? 4 : 2;
    case result_status::cancelled: return 3; // many systems cancel without a new time of report
    case result_status::final: return 2;
    case result_status::preliminary: return 0;
  }
  return 0;
}

timestamp reported(const lab_result& r) noexcept {
  return r.reported_at ? r.reported_at->at : timestamp::min();
}

std::tuple<int, timestamp, int> rank(const lab_result& r) noexcept {
  // Without a time of report a version is older than all that have one.
  return {status_class(r), reported(r), strength(r)};
}

bool cancelled(const lab_result& r) noexcept { return r.status == result_status::cancelled && !r.retracts; }
bool settled(const lab_result& r) noexcept { return r.status != result_status::preliminary; }
bool plain_final(const lab_result& r) noexcept {
  return !r.retracts && settled(r) && !cancelled(r) && !states_correction(r);
}

/// A preliminary that carries a value, reported after the test was cancelled.
bool runs_again(const lab_result& preliminary, const lab_result& cancellation) noexcept {
  return status_class(preliminary) == 1 && cancelled(cancellation) && preliminary.reported_at &&
    reported(preliminary) > reported(cancellation);
}

std::string_view text_of(const std::optional<std::string>& text) noexcept {
  return text ? trimmed(*text) : std::string_view{};
}

model::abnormal_flag flag_class(const lab_result& r) noexcept {
  return r.flag.value_or(model::abnormal_flag::normal);
}

std::optional<version_doubt> doubt_of_replacing(const lab_result& standing, const lab_result& incoming) {
  if (cancelled(incoming) && shows_value(standing) && settled(standing))
    return version_doubt{"cancelled-after-final",
                         "cancelled after it was final: the value is in the history"};
  if (incoming.retracts || incoming.status != result_status::final) return std::nullopt;
  // A correction by effect, or by a person of the clinic, has no letter of its own.
  const bool corrected = states_correction(standing) ||
    (standing.status == result_status::corrected && !same_value(standing, incoming));
  if (corrected || standing.retracts)
    return version_doubt{"final-after-correction",
                         "a final reported later replaces what was corrected or withdrawn"};
  if (shows_value(standing) && settled(standing) && !same_value(standing, incoming) &&
      !same_flag_class(standing, incoming))
    return version_doubt{"changed-final",
                         "another final value, with another flag, in place of the one "
                         "before, and not marked as its correction"};
  return std::nullopt;
}

std::optional<version_doubt> doubt_of_keeping(const lab_result& standing, const lab_result& incoming) {
  const bool late = reported(incoming) < reported(standing);
  if (says_nothing(incoming)) {
    const bool told = incoming.needs_review; // what was mapped is for a person already
    return late || told || !shows_value(standing)
      ? std::nullopt
      : std::optional(
          version_doubt{"no-value", "a later report without a value: the one that stands is kept"});
  }
  if ((states_correction(incoming) || incoming.retracts) && plain_final(standing))
    return version_doubt{"correction-behind-final",
                         "reported before the final that stands: it changes nothing"};
  if (late) return std::nullopt; // it says what was so before
  if (cancelled(incoming) && shows_value(standing))
    return version_doubt{"cancelled-and-corrected",
                         "cancelled and corrected in reports of one time: the correction stands"};
  if (cancelled(standing) && shows_value(incoming) && settled(incoming))
    return version_doubt{"final-and-cancelled",
                         "final and cancelled in reports of one time: the cancellation stands"};
  if (!settled(incoming) && settled(standing) && !same_value(standing, incoming))
    return version_doubt{"changed-after-final",
                         "another value, reported after the final and not final itself: the final stands"};
  return std::nullopt;
}

} // namespace

bool states_correction(const lab_result& r) noexcept {
  return r.status == result_status::corrected && !r.retracts &&
    (r.observation_status == 'C' || r.observation_status == 'A' || r.observation_status == 'B');
}

bool is_text_line(const lab_result& r) noexcept {
  return (r.sent.value_type == "TX" || r.sent.value_type == "FT") &&
    (r.kind == value_kind::text || r.kind == value_kind::none);
}

bool says_nothing(const lab_result& r) noexcept {
  if (r.kind != value_kind::none || r.retracts || cancelled(r)) return false;
  return !settled(r) || r.observation_status == 'U' || withheld(r) || !is_text_line(r);
}

bool shows_value(const lab_result& r) noexcept {
  return r.kind != value_kind::none && !r.retracts && !cancelled(r);
}

bool same_value(const lab_result& a, const lab_result& b) noexcept {
  if (a.kind != b.kind || shows_value(a) != shows_value(b) || text_of(a.unit) != text_of(b.unit))
    return false;
  if (a.value_numeric && b.value_numeric) {
    const double x = a.value_numeric->number(), y = b.value_numeric->number();
    return a.comparator == b.comparator && std::abs(x - y) <= 1e-9 * std::max(std::abs(x), std::abs(y));
  }
  return a.value_code == b.value_code && text_of(a.value_text) == text_of(b.value_text);
}

bool same_flag_class(const lab_result& a, const lab_result& b) noexcept {
  return flag_class(a) == flag_class(b) && a.critical == b.critical;
}

bool tells_nothing_new(const lab_result& a, const lab_result& b) noexcept {
  const auto at = [](const lab_result& r) { return r.observed_at ? r.observed_at->at : timestamp::min(); };
  const bool same_state = a.status == b.status ||
    (a.status == result_status::corrected && !states_correction(a) && b.status == result_status::final);
  const bool reported_later = b.issued_at && reported(b) > reported(a);
  return !reported_later && same_state && a.retracts == b.retracts && same_value(a, b) &&
    text_of(a.value_text) == text_of(b.value_text) && a.flag == b.flag && a.critical == b.critical &&
    a.loinc_code == b.loinc_code && a.test_name == b.test_name && at(a) == at(b) &&
    trimmed(a.sent.range) == trimmed(b.sent.range) && a.comments == b.comments;
}

bool corrects_by_effect(const lab_result& standing, const lab_result& incoming) noexcept {
  if (incoming.retracts || incoming.status != result_status::final || !plain_final(standing) ||
      !shows_value(standing) || !shows_value(incoming))
    return false;
  return !same_value(standing, incoming) || standing.status == result_status::corrected;
}

version_action compare_versions(const lab_result& standing, const lab_result& incoming) {
  if (runs_again(incoming, standing)) return version_action::replace;
  if (runs_again(standing, incoming)) return version_action::history;
  return rank(incoming) >= rank(standing) ? version_action::replace : version_action::history;
}

std::optional<version_doubt> doubt_of(const lab_result& standing, const lab_result& incoming,
                                      version_action action) {
  return action == version_action::replace ? doubt_of_replacing(standing, incoming)
                                           : doubt_of_keeping(standing, incoming);
}

} // namespace aorta::lab
