// What stands below each sheet: for whom and when it was made, which document and sheet it is, by which
// software.
#pragma once

#include "engine/export/language.hpp"
#include "engine/export/parcel.hpp"
#include "engine/export/sheets.hpp"

#include <string>

namespace aorta::exports {

/// What a document for people is made for. The same contents with the same of these give the same bytes.
struct document_order {
  parcel_label label;
  std::string asker;   ///< who asked, as it is printed
  std::string version; ///< of the software
  language in = language::el;
};

/// What the file says of itself.
sheet_facts facts_of(const document_order& how, std::string_view title, std::string_view author);
void draw_imprint(sheets& on, const document_order& how, size_t number, size_t of);

} // namespace aorta::exports
