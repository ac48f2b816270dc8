#include "engine/export/critical_report.hpp"

#include "engine/export/flow.hpp"
#include "engine/export/words.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace aorta::exports {
namespace {

using sv = std::string_view;
using figures = critical_figures;

struct said {
  sv el, en;
  std::string in(language which) const { return std::string(which == language::el ? el : en); }
};

constexpr said title{"Κρίσιμες τιμές: πόσο γρήγορα έφτασαν σε κάποιον",
                     "Critical values: how soon somebody had them"};
constexpr said clinic_word{"Κλινική", "Clinic"};
constexpr said none{"Καμία ειδοποίηση σε αυτό το διάστημα.", "No alert in this time."};
constexpr said how_counted{
  "Οι χρόνοι μετρούν από την καταχώρηση του αποτελέσματος. Εμπρόθεσμες: όσες βεβαίωσε πρόσωπο μέσα στην προθεσμία "
  "της κλινικής, επί όσων έπρεπε να φτάσουν σε κάποιον (χωρίς τις καθυστερημένες και όσες έληξαν πριν).",
  "Times count from the filing of the result. In time: acknowledged by a person within the clinic's limit, of those of "
  "which somebody had to hear (without those that came late and those that ended before)."};

struct severity_word {
  sv key;
  said words;
};
constexpr std::array severities{severity_word{"all", {"Όλες", "All"}},
                                severity_word{"risk", {"Κίνδυνος ζωής", "Risk of life"}},
                                severity_word{"significant", {"Σημαντικές", "Significant"}}};

std::string severity_of(const figures& one, language in) {
  for (const auto& each : severities)
    if (each.key == one.severity) return each.words.in(in);
  return one.severity;
}

/// `0:45`, `12:30`, `3:05:00`; a dash where there is none.
std::string span_of(const std::optional<double>& seconds) {
  if (!seconds) return "-";
  const auto all = std::llround(*seconds);
  char out[40];
  if (all >= 3600) std::snprintf(out, sizeof out, "%lld:%02lld:%02lld", all / 3600, all / 60 % 60, all % 60);
  else std::snprintf(out, sizeof out, "%lld:%02lld", all / 60, all % 60);
  return out;
}

std::string share_of(const std::optional<double>& share) {
  if (!share) return "-";
  char out[40];
  std::snprintf(out, sizeof out, "%.1f %%", *share * 100);
  return out;
}

struct measure {
  said words;
  std::string (*of)(const figures&);
};
const std::array measures{
  measure{{"Ειδοποιήσεις", "Alerts"}, [](const figures& f) { return std::to_string(f.alerts); }},
  measure{{"Δεν έφτασαν σε κανέναν", "Reached nobody"},
          [](const figures& f) { return std::to_string(f.unreached); }},
  measure{{"Βεβαιώθηκαν", "Acknowledged"}, [](const figures& f) { return std::to_string(f.acknowledged); }},
  measure{{"Βεβαιώθηκαν εμπρόθεσμα", "Acknowledged in time"},
          [](const figures& f) { return std::to_string(f.in_time); }},
  measure{{"Μερίδιο εμπρόθεσμων", "Share in time"},
          [](const figures& f) { return share_of(f.share_in_time); }},
  measure{{"Επαναλήφθηκε η τιμή", "Read back"}, [](const figures& f) { return std::to_string(f.read_back); }},
  measure{{"Ήρθαν αργά", "Came late"}, [](const figures& f) { return std::to_string(f.late); }},
  measure{{"Έληξαν πριν", "Ended before"}, [](const figures& f) { return std::to_string(f.ended_before); }},
  measure{{"Ως την ειδοποίηση, διάμεσος", "Until notified, median"},
          [](const figures& f) { return span_of(f.notified.median); }},
  measure{{"Ως την ειδοποίηση, 9 στις 10", "Until notified, 9 of 10"},
          [](const figures& f) { return span_of(f.notified.nine_tenths); }},
  measure{{"Ως τη βεβαίωση, διάμεσος", "Until acknowledged, median"},
          [](const figures& f) { return span_of(f.had.median); }},
  measure{{"Ως τη βεβαίωση, 9 στις 10", "Until acknowledged, 9 of 10"},
          [](const figures& f) { return span_of(f.had.nine_tenths); }},
  measure{{"Ως την επανάληψη, διάμεσος", "Until read back, median"},
          [](const figures& f) { return span_of(f.read.median); }},
  measure{{"Ως την επανάληψη, 9 στις 10", "Until read back, 9 of 10"},
          [](const figures& f) { return span_of(f.read.nine_tenths); }}};

void write_clinic(flow& to, std::span<const figures> all, language in) {
  to.heading("H2", face::heading, clinic_word.in(in) + " " + all.front().clinic);
  if (all.front().alerts == 0) return to.paragraph(none.in(in));
  std::vector<double> shares{0.46};
  std::vector<std::string> header{""};
  for (const auto& each : all) {
    shares.push_back(0.54 / double(all.size()));
    header.push_back(severity_of(each, in));
  }
  to.begin_table(std::move(shares), header);
  for (const auto& [words, of] : measures) {
    std::vector<cell> row{{words.in(in)}};
    for (const auto& each : all) row.push_back({of(each)});
    to.row(row);
  }
}

} // namespace

result<std::string> critical_report_pdf(std::span<const critical_figures> all, timestamp from, timestamp to,
                                        const document_order& how) {
  sheets on(facts_of(how, title.in(how.in), "aorta"));
  flow out(on);
  out.heading("H1", face::title, title.in(how.in));
  out.paragraph(say_time(to_iso(from)) + " - " + say_time(to_iso(to)));
  for (size_t at = 0; at < all.size();) {
    size_t end = at;
    while (end < all.size() && all[end].clinic == all[at].clinic) ++end;
    write_clinic(out, all.subspan(at, end - at), how.in);
    at = end;
  }
  out.paragraph(how_counted.in(how.in), face::small);
  out.draw([](size_t, size_t) {}, [&](size_t number, size_t of) { draw_imprint(on, how, number, of); }, 42,
           sheet_height - 62);
  return on.finish();
}

} // namespace aorta::exports
