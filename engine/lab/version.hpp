// What one version of a result does to another: which of them is current, and what a person must hear of it.
#pragma once

#include "engine/model/lab.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace aorta::lab {

/// What a result that arrives does to the one that stands under the same key.
enum class version_action : uint8_t {
  replace, ///< it becomes current; the standing one becomes history
  history, ///< it is kept as history; the standing one stays
};
/// A late preliminary never replaces a final; otherwise the later report wins, and on a tie the stronger
/// status (corrected, final, preliminary), then the later arrival. But for the case named below, the same one
/// is current in whatever order the versions arrive. Corrected, cancelled and withdrawn count as settled like
/// final; on a tie a withdrawal (D, W) beats all. A version without a time of report is the oldest; what
/// carries no value (a change of status, a test in process) never replaces a value. A preliminary reported
/// after a cancellation (X) replaces it; together with an older final these form a circle, the one case in
/// which the order of arrival decides.
version_action compare_versions(const model::lab_result& standing, const model::lab_result& incoming);

/// Carries neither a value nor the statement that there is none: a change of status alone, a test in process.
/// Blank lines of a text (TX, FT) and cancellations are statements; a text that was withheld, since its
/// letters cannot be read, is none.
bool says_nothing(const model::lab_result& r) noexcept;
/// The same measurement or the same text in the same unit, however it was written.
bool same_value(const model::lab_result& a, const model::lab_result& b) noexcept;
/// Both normal (or without a flag), both low, both critically low, ...
bool same_flag_class(const model::lab_result& a, const model::lab_result& b) noexcept;
/// Corrected by its own letter (C, A, B), not by its effect.
bool states_correction(const model::lab_result& r) noexcept;
/// A line of a text report: one of TX or FT.
bool is_text_line(const model::lab_result& r) noexcept;
/// Something that a reader takes for the outcome: neither cancelled nor withdrawn nor empty.
bool shows_value(const model::lab_result& r) noexcept;

/// The same result again, in value, range, flag, state, time and remark: what a file repeats of it is no new
/// version. What says (OBR-22) that it was reported later is not.
bool tells_nothing_new(const model::lab_result& standing, const model::lab_result& incoming) noexcept;

/// A final that replaces another final value without saying so: a correction by effect. Also when it only
/// repeats such a one.
bool corrects_by_effect(const model::lab_result& standing, const model::lab_result& incoming) noexcept;

/// What a person must hear of when `incoming` meets `standing` and `action` was taken: the kind of review and
/// its reason. Nothing for what goes as everybody expects.
struct version_doubt {
  std::string_view kind, why;
};
std::optional<version_doubt> doubt_of(const model::lab_result& standing, const model::lab_result& incoming,
                                      version_action action);

} // namespace aorta::lab
