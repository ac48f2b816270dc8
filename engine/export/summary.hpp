// The summary of a record as a PDF for people, in the order of the International Patient Summary.
#pragma once

#include "engine/export/chart.hpp"
#include "engine/export/imprint.hpp"

#include <string>

namespace aorta::exports {

/// `internal` when it could not be drawn.
result<std::string> summary_pdf(const chart& what, const document_order& how);

} // namespace aorta::exports
