// The process's own figures, under the names that Prometheus uses everywhere.
#pragma once

#include <prometheus/metric_family.h>
#include <vector>

namespace aorta::telemetry {

/// Read from /proc at this moment; a figure that cannot be read is left out.
std::vector<prometheus::MetricFamily> process_figures();

} // namespace aorta::telemetry
