// How soon somebody had critical values, as a PDF for those who accredit a clinic.
#pragma once

#include "engine/export/imprint.hpp"

#include <optional>
#include <span>
#include <string>

namespace aorta::exports {

/// Seconds from detection; nothing where there are none.
struct critical_spans {
  std::optional<double> median, nine_tenths;
};

/// Of one clinic's alerts of one severity.
struct critical_figures {
  std::string clinic, severity; ///< severity: `all`, `risk`, `significant`
  int64_t alerts = 0, late = 0, ended_before = 0, acknowledged = 0, in_time = 0, read_back = 0, unreached = 0;
  std::optional<double> share_in_time; ///< of those of which somebody had to hear
  critical_spans notified, had, read;  ///< notified; acknowledged; read back
};

/// A table for each clinic, its severities side by side. `internal` when it could not be drawn.
result<std::string> critical_report_pdf(std::span<const critical_figures> all, timestamp from, timestamp to,
                                        const document_order& how);

} // namespace aorta::exports
