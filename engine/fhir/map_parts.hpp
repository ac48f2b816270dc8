// What all mappings share: building resources of texts that may be missing or odd, and reading resources that
// came in.
#pragma once

#include "engine/base/decimal.hpp"
#include "engine/fhir/map.hpp"

#include <initializer_list>

namespace aorta::fhir {

using sv = std::string_view;
using model::record;

namespace system_of {
inline constexpr sv loinc = "http://loinc.org", ucum = "http://unitsofmeasure.org",
                    snomed = "http://snomed.info/sct", atc = "http://www.whocc.no/atc",
                    icd10 = "http://hl7.org/fhir/sid/icd-10",
                    identifier_type = "http://terminology.hl7.org/CodeSystem/v2-0203",
                    act = "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                    dicom = "http://dicom.nema.org/resources/ontology/DCM",
                    category = "http://terminology.hl7.org/CodeSystem/observation-category",
                    interpretation = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
                    absent_reason = "http://terminology.hl7.org/CodeSystem/data-absent-reason",
                    study = "urn:dicom:uid", referral = "urn:aorta:gesy-referral",
                    claim = "urn:aorta:gesy-claim";
} // namespace system_of

/// Extensions of this server: `urn:aorta:extension:` and one of these words.
inline constexpr sv extension_base = "urn:aorta:extension:";

/// Builds into one document. Blank texts add nothing; control characters become spaces, since FHIR's strings
/// cannot hold them.
class maker {
public:
  maker(document& into, const identifier_systems& of) : d(into), systems(of) {}
  document& d;
  const identifier_systems& systems;

  node* resource(sv type, sv id);
  node* array(node& to, sv name);                           ///< the member, made when there is none
  bool text(node& to, sv name, sv value);                   ///< false: blank
  bool code(node& to, sv name, sv value);                   ///< as FHIR's code: trimmed, single spaces
  void uri(node& to, sv name, sv value);                    ///< spaces become `%20`
  bool number(node& to, sv name, sv value);                 ///< only what JSON takes as a number
  bool integer(node& to, sv name, sv value, int64_t least); ///< only a 32-bit integer not below `least`
  void flag(node& to, sv name, bool value) { d.add(to, name, d.boolean(value)); }
  void words(node& to, sv name, sv value); ///< as an item of a list of strings
  void item(node& to, sv name, node* value) {
    if (value) d.push(*array(to, name), value);
  }

  node* coding(sv system, sv code, sv display = {});                  ///< null without code
  node* codeable(std::initializer_list<node*> codings, sv text = {}); ///< null when there is nothing in it
  node* reference(sv type, sv id, sv display = {});                   ///< null when the id is none
  void refer(node& to, sv name, sv type, const record& row, sv column);
  void refer_subject(node& to, const record& row);                      ///< where R4 asks for one
  node* identifier(sv system, sv value, sv type = {}, sv display = {}); ///< `type` of HL7's table 0203; null
                                                                        ///< without value
  node* quantity(sv value, sv unit); ///< null when the value is no number; UCUM only for units that are UCUM
  node* quantity(sv value, sv unit, sv code);
  node* extension(sv word); ///< without a value yet
  void extend(node& to, sv word, sv value_name, sv value);

  void day(node& to, sv name, sv value);  ///< a date
  void time(node& to, sv name, sv value); ///< a dateTime: a day, or an instant in UTC
  void instant(node& to, sv name, sv value);
};

bool is_ucum(sv unit) noexcept; ///< conservative: units that laboratories use, never a word that only looks
                                ///< like one
bool is_blank(sv text) noexcept;
bool digits_only(sv text) noexcept;    ///< and there are some
bool is_loinc_shape(sv code) noexcept; ///< digits, hyphen, digit
bool is_loinc(sv code) noexcept;       ///< and the check digit is right
std::string clean(sv text);

/// A decimal as the database writes it, with the digits that were told.
std::string with_decimals(sv number, sv decimals);

// Fields as the laboratory sent them (map_sent.cpp). `own`: the system of its own codes.
std::vector<std::string> split(sv text, char mark); ///< parts without the blanks around them
/// The URI of a code system that HL7 v2 names (table 0396); empty: not known.
std::string system_of_hl7(sv name, sv own);
node* sent_coding(maker& m, sv own, sv code, sv display, sv name); ///< null without code
node* sent_codeable(maker& m, sv own, sv field);    ///< CE, CWE: both codings, and the text; its first
                                                    ///< repetition
node* sent_person(maker& m, sv own, sv repetition); ///< XCN, as a reference to a practitioner whom the clinic
                                                    ///< does not know
node* sent_device(maker& m, sv field);              ///< EI, as a reference to a device

/// A time with the offset and the precision that were told (model::moment::precision): a date alone stays
/// one.
std::string told_time(const record& row, sv column, sv offset_column, sv precision_column);

/// One word of a column and the code that says it; the first row of a code is what the code alone means.
struct word_pair {
  sv word, code;
};
sv code_of(std::span<const word_pair> all, sv word) noexcept; ///< empty: unknown
sv word_of(std::span<const word_pair> all, sv code) noexcept;
/// The code of a state, with an extension where the code says less than the column does.
sv put_state(maker& m, node& to, sv member, std::span<const word_pair> all, sv word, sv otherwise);
/// The column's word: of the extension when it fits the code, else of the code. Empty: the table has no word
/// for it.
std::string read_state(const node& from, sv member, std::span<const word_pair> all);

/// One code of v3-ObservationInterpretation (HL70078 maps to it code by code). `word`: of the column; empty:
/// none says it.
struct flag_code {
  sv code, display, word;
  bool critical, column; ///< `column`: the word's own code; the others say more than the column does
};
std::span<const flag_code> flag_codes() noexcept; ///< the columns' own first

// Reading
const node* extension_of(const node& from, sv word) noexcept;
const node* coding_in(const node* codeable, sv system) noexcept; ///< the first of this system
bool has_code(const node* codeable_or_list, sv system, sv code) noexcept;
sv text_in(const node* codeable) noexcept;                            ///< text, else a coding's display
std::optional<std::string> some(sv text);                             ///< nothing when empty
std::optional<std::string> number_in(const node* reference, sv type); ///< of `Type/7`
std::optional<std::string> uuid_in(const node* reference, sv type);
std::optional<std::string> identifier_in(const node* list, sv system, sv type = {});
std::optional<std::string> day_in(sv date);      ///< a whole day, or of a dateTime its day as told
std::optional<std::string> instant_in(sv time);  ///< with time of day, in UTC; nothing for less
std::optional<std::string> column_time(sv time); ///< an instant, or a whole day as it stands
as_row only_fhir(std::string why);

/// Elements that change what a resource means, which no table can hold.
bool has_modifiers(const node& resource) noexcept;

// One function a type; `key` is the resource's id.
node* patient_resource(maker& m, const record& row, sv id);
node* vital_resource(maker& m, const record& row, sv id, sv part);
node* result_resource(maker& m, const record& row, sv id, const beside& with);
node* prescription_resource(maker& m, const record& row, sv id);
node* problem_resource(maker& m, const record& row, sv id);
node* encounter_resource(maker& m, const record& row, sv id);
node* appointment_resource(maker& m, const record& row, sv id);
node* order_report(maker& m, const record& row, sv id, const beside& with);
/// null when the report is told with its order, or its results are gone
node* laboratory_report(maker& m, const record& row, sv id, const beside& with);
node* study_report(maker& m, const record& row, sv id);
node* order_request(maker& m, const record& row, sv id);
node* study_resource(maker& m, const record& row, sv id);
node* note_resource(maker& m, const record& row, sv id, const beside& with);
node* attachment_resource(maker& m, const record& row, sv id);
node* practitioner_resource(maker& m, const record& row, sv id);
node* clinic_resource(maker& m, const record& row, sv id);
node* laboratory_reference(maker& m, sv code, sv name); ///< null when neither is known

as_row patient_row(const node& from, const identifier_systems& systems);
as_row vital_row(const node& from, sv part);
sv vital_part(const node& observation) noexcept;   ///< of its code; empty: no vital sign of ours
bool tells_other_loinc(const node* code) noexcept; ///< beside those of vital signs
as_row result_row(const node& from, const identifier_systems& systems);
as_row prescription_row(const node& from);
as_row problem_row(const node& from);
as_row encounter_row(const node& from);
as_row appointment_row(const node& from);
as_row order_row(const node& from, const identifier_systems& systems);
as_row study_row(const node& from);

} // namespace aorta::fhir
