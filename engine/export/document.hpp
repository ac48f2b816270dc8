// FHIR documents that leave the house: a Bundle that begins with a Composition (FHIR R4, 3.3).
#pragma once

#include "engine/export/chart.hpp"
#include "engine/export/parcel.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::exports {

/// A FHIR document as JSON. All references in it lead to entries of it, where these are the clinic's to give.
///
/// HL7 Europe Laboratory Report 2.0.0 (Bundle-eu-lab): one Composition and one DiagnosticReport that point at
/// each other and agree on identifier, subject, encounter and type; each Observation has a performer, the
/// category laboratory, and a value, a reason why not, members or components. `report`: the id of a
/// DiagnosticReport; empty: the latest of a laboratory. Nothing: there is none (of this id) that still
/// counts.
std::optional<std::string> eu_laboratory_report(gathered& what, const rules& by, const parcel_label& label,
                                                const std::string& report);

/// International Patient Summary 2.0 (Bundle-uv-ips): problems, allergies and medicines always, with
/// `emptyReason` where nothing is known; past problems, latest results and vital signs where there are any.
std::string patient_summary(gathered& what, const rules& by, const parcel_label& label);

/// What both are made with. Resources live in the gathered document.
class document_maker {
public:
  document_maker(gathered& from, const rules& by, const parcel_label& label);

  fhir::node* find(std::string_view type, std::string_view id); ///< null: it was not gathered
  /// A Composition with its fixed parts; sections are added by `section`.
  fhir::node* compose(std::string_view status, fhir::node* type, std::string_view title);
  /// A section of the composition. `rows` of text make its narrative; without any it says `nothing`.
  fhir::node* section(std::string_view title, fhir::node* code, const std::vector<std::string>& header,
                      const std::vector<std::vector<std::string>>& rows, std::string_view nothing);
  void enter(fhir::node& section, std::string_view type, std::string_view id); ///< once each
  void leave_empty(fhir::node& section);                                       ///< nothing is known

  fhir::node* coded(std::string_view system, std::string_view code, std::string_view display);
  fhir::node* absent();                                              ///< `data-absent-reason`: unknown
  fhir::node* reference(std::string_view type, std::string_view id); ///< as entries are referred to
  std::string composition_url() const;

  /// The Bundle: the Composition, then all that it refers to, directly and through others, each once; not
  /// those of `never`, and of their references none.
  std::string bundle(std::string_view profile, const std::set<std::string, std::less<>>& never = {});

  fhir::document& into;
  fhir::node* composition = nullptr;

private:
  gathered& from_;
  const rules& by_;
  const parcel_label& label_;
  std::map<std::string, fhir::node*, std::less<>> all_; ///< by `Type/id`
  std::string composition_id_;
};

/// Completes a laboratory Observation by what both profiles require: performer, category, and why there is no
/// value or time.
void complete_result(document_maker& by, fhir::node& observation);

} // namespace aorta::exports
