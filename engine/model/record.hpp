// A row of a clinical table as plain texts, with OpenHeart's names for tables and columns (domain:
// openheart.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::model {

/// Tables whose rows are served as FHIR resources, or beside them. `patients` carries the decrypted columns
/// of patient_pii, `clinical_notes` those of the current row of note_versions, `lab_results` its engine
/// columns too.
enum class table : uint8_t {
  clinics,
  users,
  patients,
  encounters,
  vitals,
  clinical_notes,
  appointments,
  patient_study_links,
  prescriptions,
  patient_problems,
  lab_orders,
  lab_results,
  lab_result_attachments,
  lab_reports,
  document_contents,
};
inline constexpr size_t tables = 15;

struct table_shape {
  table which;
  std::string_view name, key; ///< the key's column; it is columns[0]
  std::span<const std::string_view> columns;
  std::span<const std::string_view> codes;   ///< the columns that its resources tell as codes, if a code can
                                             ///< narrow a search by them
  std::span<const std::string_view> numbers; ///< the columns that its resources tell as identifiers, as they
                                             ///< stand
  std::string_view date;                     ///< the column by which a time does, or empty
  bool has_patient = true;                   ///< has patient_id
  bool integer_key = true;                   ///< the database gives it; else a UUID
};
const table_shape& shape(table of) noexcept;
std::optional<table> table_from(std::string_view name) noexcept;

/// Cells in the order of `shape(of).columns`, nothing where NULL. Times as `from_iso` reads them (a day where
/// the column is a date), booleans "true" and "false", numbers as the database writes them, JSON as text.
struct record {
  table of = table::patients;
  std::vector<std::optional<std::string>> cells;

  record() = default;
  explicit record(table which) : of(which), cells(shape(which).columns.size()) {}
  const std::optional<std::string>& operator[](std::string_view column) const noexcept; ///< of an unknown
                                                                                        ///< column: nothing
  std::string text(std::string_view column) const;                                      ///< empty where NULL
  void set(std::string_view column, std::optional<std::string> value); ///< an unknown column is a defect:
                                                                       ///< asserts
  std::string key() const { return cells.empty() ? std::string() : cells[0].value_or(""); }
};

} // namespace aorta::model
