#include "engine/export/words.hpp"

#include "engine/lab/time.hpp"

#include <array>

namespace aorta::exports {
namespace {

using sv = std::string_view;

struct both {
  sv el, en;
  sv in(language which) const noexcept { return which == language::el ? el : en; }
};
struct coded {
  sv code;
  both words;
};

// In the order of `word`.
// clang-format off
constexpr std::array<both, size_t(word::count_)> all{{
  {"Σύνοψη ιατρικού φακέλου", "Summary of the medical record"},
  {"Δεν υπάρχουν πληροφορίες.", "No information."},
  {"Στοιχεία προσώπου", "Person"}, {"Ονοματεπώνυμο", "Name"}, {"Ημερομηνία γέννησης", "Date of birth"}, {"Φύλο", "Sex"},
  {"Τηλέφωνο", "Telephone"}, {"Ηλεκτρονικό ταχυδρομείο", "Email"}, {"Διεύθυνση", "Address"}, {"Έχει αποβιώσει", "Deceased"},
  {"Προβλήματα και διαγνώσεις", "Problems and diagnoses"}, {"Πρόβλημα", "Problem"}, {"Κωδικός", "Code"}, {"Κατάσταση", "Status"},
  {"Από", "Since"}, {"Έως", "Until"},
  {"Αλλεργίες και δυσανεξίες", "Allergies and intolerances"},
  {"Το σύστημα της κλινικής δεν τηρεί κατάλογο αλλεργιών· αυτό δεν σημαίνει ότι δεν υπάρχουν.",
   "The clinic's system keeps no list of allergies; that does not mean that there are none."},
  {"Φάρμακα", "Medicines"}, {"Φάρμακο", "Medicine"}, {"Δόση", "Dose"}, {"Συχνότητα", "How often"}, {"ΝΑ ΜΗ ΔΟΘΕΙ", "DO NOT GIVE"},
  {"όταν χρειάζεται", "as needed"}, {"χρόνια αγωγή", "long term"},
  {"Ζωτικές ενδείξεις", "Vital signs"}, {"Μέτρηση", "Measurement"}, {"Τελευταία τιμή", "Latest value"}, {"Πότε", "When"},
  {"Πριν", "Before"}, {"Πορεία", "Trend"},
  {"Τελευταία εργαστηριακά αποτελέσματα", "Latest laboratory results"}, {"Εξέταση", "Test"}, {"Αποτέλεσμα", "Result"},
  {"Τιμές αναφοράς", "Reference range"}, {"Ένδειξη", "Flag"}, {"Εργαστήριο και σημειώσεις", "Laboratory and notes"},
  {"διορθώθηκε, ήταν", "corrected, was"}, {"στάλθηκε ως", "sent as"}, {"εκκρεμεί έλεγχος από άνθρωπο", "a person has still to check it"},
  {"προηγούμενο", "before"}, {"χωρίς τιμή", "no value"}, {"δεν είναι οριστικό", "not final"}, {"διορθώθηκε", "corrected"},
  {"Δείκτες κινδύνου", "Risk scores"}, {"δεν υπολογίστηκε", "not computed"}, {"βαθμοί", "points"}, {"τουλάχιστον", "at least"},
  {"Με βάση", "Based on"},
  {"Επισκέψεις", "Visits"}, {"Είδος", "Kind"}, {"Λόγος", "Reason"}, {"Διαγνώσεις", "Diagnoses"}, {"Ιατρός", "Doctor"}, {"Χώρος", "Place"},
  {"Απεικονίσεις", "Imaging"}, {"Μέθοδος", "Modality"}, {"Περιγραφή", "Description"},
  {"Τι δεν περιλαμβάνεται", "What was left out"},
  {"παλαιότερα αποτελέσματα των ίδιων εξετάσεων: εδώ είναι το τελευταίο της καθεμιάς", "older results of the same tests: the latest of each is shown"},
  {"παλαιότερες επισκέψεις: εδώ είναι οι είκοσι τελευταίες", "older visits: the latest twenty are shown"},
  {"άλλες μετρήσεις, ούτε εργαστηριακές ούτε ζωτικές ενδείξεις", "other measurements, neither of a laboratory nor vital signs"},
  {"εγγραφές που ανακλήθηκαν ως λανθασμένες ή αποκλείστηκαν", "entries that were withdrawn as mistaken, or refuted"},
  {"ακυρωμένα αποτελέσματα", "cancelled results"},
  {"έγγραφα και σημειώσεις: βρίσκονται στον φάκελο", "documents and notes: they are in the record"},
  {"ραντεβού: δεν είναι ιατρικά ευρήματα", "appointments: they are no findings"},
  {"παραπεμπτικά εξετάσεων: εδώ είναι τα αποτελέσματά τους", "orders: their results are shown"},
  {"εκθέσεις: εδώ είναι τα αποτελέσματά τους", "reports: their results are shown"},
  {"άλλες εγγραφές", "other entries"},
  {"Τίποτε από όσα τηρεί η κλινική για το πρόσωπο.", "Nothing of what the clinic holds of the person."},
  {"Τα ονόματα εξετάσεων, φαρμάκων και διαγνώσεων είναι όπως καταχωρίστηκαν.", "Names of tests, medicines and diagnoses are as they were entered."},
  {"Σελίδα", "Page"}, {"από", "of"}, {"Εκδόθηκε", "Made"}, {"για", "for"}, {"Έγγραφο", "Document"}, {"λογισμικό", "software"},
}};

constexpr std::array genders{coded{"male", {"άρρεν", "male"}}, coded{"female", {"θήλυ", "female"}}, coded{"other", {"άλλο", "other"}},
                             coded{"unknown", {"δεν είναι γνωστό", "not known"}}};
constexpr std::array statuses{
  coded{"active", {"ενεργό", "active"}}, coded{"recurrence", {"επανεμφάνιση", "recurrence"}}, coded{"relapse", {"υποτροπή", "relapse"}},
  coded{"inactive", {"ανενεργό", "inactive"}}, coded{"remission", {"ύφεση", "remission"}}, coded{"resolved", {"αποκαταστάθηκε", "resolved"}},
  coded{"provisional", {"προσωρινή διάγνωση", "provisional"}}, coded{"differential", {"διαφορική διάγνωση", "differential"}},
  coded{"unconfirmed", {"δεν επιβεβαιώθηκε", "unconfirmed"}},
  coded{"on-hold", {"σε αναστολή", "on hold"}}, coded{"cancelled", {"ακυρώθηκε", "cancelled"}}, coded{"completed", {"ολοκληρώθηκε", "completed"}},
  coded{"stopped", {"διακόπηκε", "stopped"}}, coded{"draft", {"πρόχειρο", "draft"}}, coded{"unknown", {"δεν είναι γνωστό", "not known"}},
  coded{"planned", {"προγραμματισμένη", "planned"}}, coded{"arrived", {"προσήλθε", "arrived"}}, coded{"in-progress", {"σε εξέλιξη", "in progress"}},
  coded{"finished", {"ολοκληρώθηκε", "finished"}}, coded{"onleave", {"σε άδεια", "on leave"}}, coded{"triaged", {"σε διαλογή", "triaged"}},
  coded{"registered", {"αναμένεται", "registered"}}, coded{"preliminary", {"προκαταρκτικό", "preliminary"}}, coded{"final", {"οριστικό", "final"}},
  coded{"amended", {"συμπληρώθηκε", "amended"}}, coded{"corrected", {"διορθώθηκε", "corrected"}}};
constexpr std::array kinds{coded{"AMB", {"εξωτερικά ιατρεία", "outpatient"}}, coded{"IMP", {"νοσηλεία", "inpatient"}},
                           coded{"EMER", {"επείγον", "emergency"}}, coded{"VR", {"εξ αποστάσεως", "remote"}}, coded{"HH", {"κατ' οίκον", "at home"}},
                           coded{"UNK", {"δεν είναι γνωστό", "not known"}}};
constexpr std::array numbers{coded{"MR", {"Αριθμός φακέλου", "Record number"}}, coded{"NI", {"Δελτίο ταυτότητας", "Identity card"}},
                             coded{"PPN", {"Αριθμός ARC", "ARC number"}}, coded{"NH", {"Αριθμός δικαιούχου ΓεΣΥ", "Gesy beneficiary"}},
                             coded{"", {"Άλλος αριθμός", "Other number"}}};
constexpr std::array vital_names{
  coded{"8480-6", {"Συστολική πίεση", "Systolic pressure"}}, coded{"8462-4", {"Διαστολική πίεση", "Diastolic pressure"}},
  coded{"8867-4", {"Καρδιακή συχνότητα", "Heart rate"}}, coded{"9279-1", {"Αναπνοές", "Respiratory rate"}},
  coded{"2708-6", {"Κορεσμός οξυγόνου", "Oxygen saturation"}}, coded{"59408-5", {"Κορεσμός οξυγόνου", "Oxygen saturation"}},
  coded{"8310-5", {"Θερμοκρασία", "Temperature"}}, coded{"29463-7", {"Βάρος", "Weight"}}, coded{"8302-2", {"Ύψος", "Height"}},
  coded{"39156-5", {"Δείκτης μάζας σώματος", "Body mass index"}}};

struct marked {
  sv sign;
  both words;
};
constexpr std::array<marked, 8> flags{{{"", {"", ""}},
                                       {"=", {"φυσιολογικό", "normal"}},
                                       {"▼", {"χαμηλό", "low"}},
                                       {"▲", {"υψηλό", "high"}},
                                       {"▼▼", {"κρίσιμα χαμηλό", "critically low"}},
                                       {"▲▲", {"κρίσιμα υψηλό", "critically high"}},
                                       {"!", {"παθολογικό", "abnormal"}},
                                       {"?", {"απροσδιόριστο", "indeterminate"}}}};
// clang-format on

template <size_t N>
std::string found_in(const std::array<coded, N>& table, sv code, language in, sv otherwise) {
  for (const auto& each : table)
    if (each.code == code) return std::string(each.words.in(in));
  return std::string(otherwise);
}

/// An instant in UTC, with the offset that Cyprus had then; other times as they are.
std::string with_offset(sv time) {
  timestamp at;
  const auto* zone = time.ends_with('Z') ? lab::find_zone("Asia/Nicosia") : nullptr;
  return zone != nullptr && from_iso(time, at) ? to_iso(at, lab::offset_at(*zone, at)) : std::string(time);
}

} // namespace

std::string_view say(word what, language in) noexcept { return all[size_t(what)].in(in); }

std::string say_gender(sv code, language in) { return found_in(genders, code, in, code); }
std::string say_status(sv code, language in) { return found_in(statuses, code, in, code); }
std::string say_kind(sv code, language in) { return found_in(kinds, code, in, code); }
std::string say_number(sv type, language in) { return found_in(numbers, type, in, type); }
std::string say_vital(const reading& of, language in) { return found_in(vital_names, of.loinc, in, of.name); }

std::string say_flag(const reading& of, language in) {
  const auto& [sign, words] = flags[size_t(of.marked)];
  if (of.critical && of.marked != flag::critical_low && of.marked != flag::critical_high) {
    const both critical{"κρίσιμο", "critical"};
    return "!! " + std::string(critical.in(in)) + (sign.empty() ? "" : ", " + std::string(words.in(in)));
  }
  return sign.empty() ? std::string() : std::string(sign) + " " + std::string(words.in(in));
}

std::string say_day(sv time) {
  const auto local = with_offset(time);
  if (local.size() < 10) return local.size() == 7 ? local.substr(5, 2) + "/" + local.substr(0, 4) : local;
  return local.substr(8, 2) + "/" + local.substr(5, 2) + "/" + local.substr(0, 4);
}

std::string say_time(sv time) {
  const auto local = with_offset(time);
  return local.size() < 16 ? say_day(time) : say_day(time) + " " + local.substr(11, 5);
}

} // namespace aorta::exports
