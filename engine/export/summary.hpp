// The summary of a record as a PDF for people, in the order of the International Patient Summary.
#pragma once

#include "engine/export/chart.hpp"
#include "engine/export/language.hpp"
#include "engine/export/parcel.hpp"

#include <string>

namespace aorta::exports {

/// What a summary is made for. The same chart with the same of these gives the same bytes.
struct summary_order {
  parcel_label label;
  std::string asker;   ///< who asked, as it is printed
  std::string version; ///< of the software
  language in = language::el;
};

/// `internal` when it could not be drawn.
result<std::string> summary_pdf(const chart& what, const summary_order& how);

} // namespace aorta::exports
