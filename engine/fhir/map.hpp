// Rows of the clinical tables as R4 resources, and resources as rows. Columns: domain/openheart.md; states
// and flags: HL7's v2-to-FHIR guide; units UCUM, codes LOINC (vital signs profile), ATC, ICD-10.
#pragma once

#include "engine/fhir/document.hpp"
#include "engine/fhir/issue.hpp"
#include "engine/model/record.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::fhir {

/// Identifier systems of the clinic; configuration, since no national registry names them.
struct identifier_systems {
  std::string cyprus_id = "urn:oid:2.16.196.1.113883.3.1.1", arc = "urn:oid:2.16.196.1.113883.3.1.2";
  std::string mrn = "urn:aorta:mrn", gesy = "urn:aorta:gesy-beneficiary", order = "urn:aorta:order",
              placer = "urn:aorta:placer-order", filler = "urn:aorta:filler-order";
  std::string lab_code = "urn:aorta:lab:"; ///< a laboratory's own test codes; its code is appended
};

/// Where a resource of this id lives: a row, and for `vitals` which part of it.
struct place {
  model::table of = model::table::patients;
  std::string key;  ///< the row's
  std::string part; ///< of a vitals row: bp, sbp, dbp, hr, rr, spo2, temp, weight, height, bmi; else empty
  friend bool operator==(const place&, const place&) = default;
};

/// The tables behind a type, in the order in which searches read them. Empty: resources of this type live in
/// FHIR only.
std::span<const model::table> tables_of(std::string_view type) noexcept;
/// Types that this server serves, AuditEvent apart.
std::span<const std::string_view> served_types() noexcept;
/// Whether no table of the clinic serves the type. Of these FHIR keeps every patient that a resource names
/// anywhere, so that it is found by each of them.
bool is_kept_alone(std::string_view type) noexcept;

/// Ids: a row's key where one table serves the type; Observation: the UUID of a lab result or `v12-hr`;
/// DiagnosticReport: the UUID of an order, `report-` and the UUID of a laboratory's report without one, or
/// `study-5`; DocumentReference: `note-7` or the UUID of an attachment; Organization: the clinic's number, or
/// `lab-BIO` for a laboratory.
std::string resource_id(std::string_view type, const place& at);
std::optional<place> place_of(std::string_view type, std::string_view id); ///< nothing: no row could have
                                                                           ///< this id

/// The parts of a row that are resources of this type: one empty part for all tables but `vitals`. None when
/// the row was withdrawn (withdraw.hpp).
std::vector<std::string> parts_of(std::string_view type, const model::record& row);

/// What stands beside a row and is told in its resource.
struct beside {
  std::vector<model::record> results;     ///< of a lab order or report
  bool reported = false;                  ///< of a lab order: FHIR keeps a report of its own
  std::vector<model::record> attachments; ///< of a lab result, without their content; of a document, with it
  std::vector<model::record> studies;     ///< unused columns may be empty
};

/// The contents that a note names as attached (`document_contents`), in its order.
std::vector<std::string> contents_of(const model::record& note);

/// The resource with id and, where the row knows it, meta.lastUpdated; without meta.versionId. References are
/// relative (`Patient/7`).
node* to_resource(document& into, std::string_view type, const model::record& row, std::string_view part,
                  const beside& with, const identifier_systems& systems);

/// A laboratory as Organization (`lab-BIO`), a Location or Practitioner that is only referred to.
node* lab_organization(document& into, std::string_view code, std::string_view name);

/// What of a valid resource has columns. `row` without key and clinic_id; references that name rows
/// (patient_id, encounter_id, ...) are read from `Type/number`. `row` is nothing when no table holds such a
/// resource, or its table could not say it exactly (a vital sign in another unit, a heart rate with a
/// fraction): it is then kept in FHIR only, and `why` says so for the trace. Faults are what makes the
/// clinic's table refuse it.
struct as_row {
  std::optional<model::record> row;
  std::optional<model::record> rest; ///< without `row`: the one pressure that a panel has left
  std::string part;
  std::string why;
  std::vector<issue> faults;
};
as_row to_row(const node& resource, const identifier_systems& systems);

/// What was sent, with what the row says now laid over it: members of `then` (the row's resource when it was
/// written) and `now` that differ replace those of `sent`; what has no column stays, but no narrative that
/// was generated from the former values. When the row is unchanged the result is `sent`, element by element.
node* merge(document& into, const node& sent, const node& then, const node& now);

/// The patient whom a resource is about (`Patient/7` -> 7), if it names one in its own patient reference; of
/// types without a table, if the references that put it into a patient's compartment name one.
std::optional<int64_t> patient_of(const node& resource);
std::optional<int64_t> patient_named(std::string_view reference) noexcept; ///< 7 of `Patient/7`

/// Digits, a dash and a check digit: what a code of LOINC looks like, whatever system it is told with.
bool looks_like_loinc(std::string_view code) noexcept;
/// One of the codes by which rows of `vitals` are told. Another code that looks like LOINC's never stands on
/// such a row: what brings one besides is kept in FHIR only, so that a search by a laboratory's code need not
/// look at vital signs.
bool is_vital_code(std::string_view code) noexcept;

/// Every Reference.reference in it, contained resources too; the node's text may be replaced.
void each_reference(node& resource, const std::function<void(node& reference)>& visit);
void each_reference(const node& resource, const std::function<void(const node& reference)>& visit);

} // namespace aorta::fhir
