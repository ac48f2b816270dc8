// Which version of a result is current. The order is total: status class, time of the report, status. So the outcome does not depend on
// the order of arrival, except between versions that are equal in all of these, where the later arrival stands, and except a preliminary that
// was reported after a cancellation: it says that the test runs again after all, and replaces it. A final that is older than both does not know
// of either; beside it, the last of the three to arrive may stand.
#include "engine/lab/report.hpp"

#include <tuple>

namespace aorta::lab {
namespace {

using model::lab_result;
using model::result_status;

/// A change of status that repeats no value ('U') never hides the value it speaks of. A preliminary gives way to everything that is settled:
/// final, corrected, cancelled or withdrawn, however late it comes.
int status_class(const lab_result& r) noexcept {
  if (r.observation_status == 'U' && r.kind == model::value_kind::none) return 0;
  return r.status == result_status::preliminary ? 1 : 2;
}

/// For reports of one instant: a withdrawal beats what it withdraws.
int strength(const lab_result& r) noexcept {
  if (r.retracts) return 4;
  switch (r.status) {
    case result_status::corrected: return 3;
    case result_status::final: return 2;
    case result_status::cancelled: return 1;
    case result_status::preliminary: return 0;
  }
  return 0;
}

std::tuple<int, timestamp, int> rank(const lab_result& r) noexcept {
  // Without a time of report a version is older than all that have one.
  return {status_class(r), r.reported_at ? r.reported_at->at : timestamp::min(), strength(r)};
}

bool cancelled(const lab_result& r) noexcept { return r.status == result_status::cancelled && !r.retracts; }

/// A preliminary that carries a value, reported after the test was cancelled.
bool runs_again(const lab_result& preliminary, const lab_result& cancellation) noexcept {
  return status_class(preliminary) == 1 && cancelled(cancellation) && preliminary.reported_at &&
         (!cancellation.reported_at || preliminary.reported_at->at > cancellation.reported_at->at);
}

} // namespace

version_action compare_versions(const lab_result& standing, const lab_result& incoming) {
  if (runs_again(incoming, standing)) return version_action::replace;
  if (runs_again(standing, incoming)) return version_action::history;
  return rank(incoming) >= rank(standing) ? version_action::replace : version_action::history;
}

} // namespace aorta::lab
