#include "engine/export/audit_table.hpp"

#include "engine/export/csv.hpp"

#include <array>
#include <vector>

namespace aorta::exports {
namespace {

using sv = std::string_view;

struct phrase {
  sv el, en;
  sv in(language which) const noexcept { return which == language::el ? el : en; }
};

struct thing {
  sv part; ///< of the resource's path
  phrase is;
};
/// What paths name, the more special first. Greek in the plural, as the sentence wants it.
constexpr std::array things{
  thing{"/export/pdf", {"η σύνοψη του φακέλου σε PDF", "the summary of the record as PDF"}},
  thing{"/export/csv",
        {"τα αποτελέσματα και οι ζωτικές ενδείξεις σε πίνακα", "results and vital signs as a table"}},
  thing{"/export/", {"ολόκληρος ο φάκελος", "the whole record"}},
  thing{"$everything", {"ολόκληρος ο φάκελος", "the whole record"}},
  thing{"/access-log", {"το αρχείο προσβάσεων", "the log of accesses"}},
  thing{"/lab-results", {"τα εργαστηριακά αποτελέσματα", "laboratory results"}},
  thing{"/_history", {"παλαιότερες εκδοχές στοιχείων", "earlier versions of entries"}},
  thing{"/api/messages", {"μήνυμα με στοιχεία του προσώπου", "a message with data of the person"}},
  thing{"/api/review", {"εκκρεμότητα για τα στοιχεία του προσώπου", "a question about data of the person"}},
  thing{"/api/critical", {"ειδοποίηση για κρίσιμη τιμή", "an alert of a critical value"}},
  thing{"/unmerge", {"η συνένωση δύο φακέλων", "the joining of two records"}},
  thing{"/erase", {"η διαγραφή των στοιχείων", "the erasure of who it is"}},
  thing{"/Observation", {"μετρήσεις και αποτελέσματα", "measurements and results"}},
  thing{"/DiagnosticReport", {"εργαστηριακές και απεικονιστικές εκθέσεις", "reports"}},
  thing{"/MedicationRequest", {"συνταγές", "prescriptions"}},
  thing{"/Condition", {"διαγνώσεις και προβλήματα", "diagnoses and problems"}},
  thing{"/Encounter", {"επισκέψεις", "visits"}},
  thing{"/Appointment", {"ραντεβού", "appointments"}},
  thing{"/DocumentReference", {"έγγραφα", "documents"}},
  thing{"/ImagingStudy", {"απεικονιστικές εξετάσεις", "imaging studies"}},
  thing{"/ServiceRequest", {"παραπεμπτικά εξετάσεων", "orders"}},
  thing{"/AuditEvent", {"το αρχείο προσβάσεων", "the log of accesses"}},
  thing{"/Bundle", {"πακέτο στοιχείων", "a bundle of entries"}},
  thing{"/Patient", {"τα στοιχεία του προσώπου", "the person's details"}},
};
constexpr phrase something{"στοιχεία του φακέλου", "entries of the record"};

phrase thing_of(sv resource) noexcept {
  for (const auto& each : things)
    if (resource.find(each.part) != sv::npos) return each.is;
  return something;
}

phrase verb_of(const ports::audit_entry& row) noexcept {
  const sv resource = row.resource;
  if (resource.find("/export/") != sv::npos) return {"Εξαγωγή", "Exported"};
  if (row.method == "GET" || row.method == "HEAD" || resource.ends_with("/_search"))
    return {"Ανάγνωση", "Read"};
  if (row.method == "DELETE") return {"Διαγραφή", "Deleted"};
  if (row.method == "PUT" || row.method == "PATCH") return {"Τροποποίηση", "Changed"};
  return resource.starts_with("/fhir/") ? phrase{"Καταχώριση", "Entered"} : phrase{"Ενέργεια", "Acted on"};
}

} // namespace

std::string audit_csv(std::span<const ports::audit_entry> rows) {
  const std::array<std::string, 10> names{"id",       "at",     "actor",   "peer",  "method",
                                          "resource", "search", "outcome", "error", "patient_id"};
  auto out = csv_line(names);
  for (const auto& each : rows) {
    const std::array<std::string, 10> cells{each.id,       to_iso(each.at),
                                            each.actor,    each.peer,
                                            each.method,   each.resource,
                                            each.criteria, each.outcome,
                                            each.fault,    each.patient ? std::to_string(*each.patient) : ""};
    out += csv_line(cells);
  }
  return out;
}

std::string deed(const ports::audit_entry& row, language in) {
  if (row.method.find('^') != row.method.npos) { // a look-up over HL7, which the matcher answered
    constexpr phrase told{"Αναζήτηση από άλλο σύστημα: τα στοιχεία του προσώπου",
                          "Looked up by another system: the person's details"};
    return std::string(told.in(in));
  }
  return std::string(verb_of(row).in(in)) + ": " + std::string(thing_of(row.resource).in(in));
}

std::string end_of(const ports::audit_entry& row, language in) {
  const sv code = row.outcome;
  const phrase word = code < "400" ? phrase{"Επιτράπηκε", "Granted"}
    : code < "500" ? phrase{"Δεν επιτράπηκε ή δεν έγινε", "Refused or not done"}
                   : phrase{"Απέτυχε", "Failed"};
  return std::string(word.in(in));
}

} // namespace aorta::exports
