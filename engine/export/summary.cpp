#include "engine/export/summary.hpp"

#include "engine/export/flow.hpp"
#include "engine/export/range_band.hpp"
#include "engine/export/risk.hpp"
#include "engine/export/words.hpp"
#include "engine/identity/script.hpp"

#include <algorithm>

namespace aorta::exports {
namespace {

using sv = std::string_view;

constexpr double top = 88, bottom = sheet_height - 62;
constexpr size_t most_visits = 20;

void add(std::string& to, sv between, sv what) {
  if (!what.empty()) to.append(to.empty() ? "" : between).append(what);
}

/// `4.6 mmol/L`, `<0.5 ng/mL`; in words where there is none.
std::string value_of(const reading& one, language in) {
  if (one.value.empty()) return std::string(say(word::no_value, in));
  return one.comparator + one.value + (one.unit.empty() ? "" : " " + one.unit);
}

/// Whether the two were measured so that they can be compared.
bool comparable(const reading& a, const reading& b) {
  return a.is_number && b.is_number && a.comparator.empty() && b.comparator.empty() && a.unit == b.unit &&
    a.laboratory == b.laboratory && a.method == b.method;
}

class summary {
public:
  summary(const chart& what, const document_order& how, sheets& on)
      : what_(what),
        how_(how),
        on_(on),
        to_(on) {}

  void write() {
    to_.heading("H1", face::title, text(word::summary));
    write_person();
    write_problems();
    to_.heading("H2", face::heading, text(word::allergies));
    to_.paragraph(text(word::no_information) + " " + text(word::no_list));
    write_medicines();
    write_vitals();
    write_results();
    write_scores();
    write_visits();
    write_studies();
    write_left_out();
    to_.draw([&](size_t, size_t) { head(); },
             [&](size_t number, size_t of) { draw_imprint(on_, how_, number, of); }, top, bottom);
  }

private:
  std::string text(word which) const { return std::string(say(which, how_.in)); }

  /// A heading, and the words for 'nothing is known' where there is nothing to show.
  bool begin(word title, bool something) {
    to_.heading("H2", face::heading, text(title));
    if (!something) to_.paragraph(text(word::no_information));
    return something;
  }

  std::string full_name() const {
    auto out = what_.who.given;
    add(out, " ", what_.who.family);
    return out.empty() ? text(word::no_information) : out;
  }
  /// In Latin letters, where it is written in others.
  std::string latin_name() const {
    const auto name = full_name(), latin = identity::to_latin(name);
    return latin == name ? std::string() : latin;
  }
  std::string number_of(sv type) const {
    for (const auto& [kind, value] : what_.who.numbers)
      if (kind == type) return value;
    return {};
  }

  void write_person() {
    to_.heading("H2", face::heading, text(word::person));
    to_.begin_table({0.28, 0.72}, {});
    const auto line = [&](const std::string& name, const std::string& value) {
      if (!value.empty()) to_.row({{name, face::strong}, {value}});
    };
    auto name = full_name();
    add(name, " / ", latin_name());
    line(text(word::name), name);
    line(text(word::birth_date),
         what_.who.birth_date.empty() ? text(word::no_information) : say_day(what_.who.birth_date));
    line(text(word::sex), say_gender(what_.who.gender, how_.in));
    for (const auto& [type, value] : what_.who.numbers) line(say_number(type, how_.in), value);
    line(text(word::phone), what_.who.phone);
    line(text(word::email), what_.who.email);
    line(text(word::address), what_.who.address);
    if (what_.who.deceased) line(text(word::status), text(word::deceased));
  }

  void write_problems() {
    if (!begin(word::problems, !what_.problems.empty())) return;
    to_.begin_table(
      {0.44, 0.12, 0.2, 0.12, 0.12},
      {text(word::problem), text(word::code), text(word::status), text(word::since), text(word::until)});
    auto all = what_.problems;
    std::stable_partition(all.begin(), all.end(), [](const problem& p) { return p.status == "active"; });
    for (const auto& each : all) {
      auto status = say_status(each.status, how_.in);
      if (each.certainty != "confirmed") add(status, ", ", say_status(each.certainty, how_.in));
      to_.row({{each.name.empty() ? each.code : each.name},
               {each.code},
               {status},
               {say_day(each.onset)},
               {say_day(each.ended)}});
    }
  }

  void write_medicines() {
    if (!begin(word::medicines, !what_.medicines.empty())) return;
    to_.begin_table({0.36, 0.16, 0.18, 0.14, 0.16},
                    {text(word::medicine_name), text(word::dose), text(word::how_often), text(word::status),
                     text(word::since)});
    auto all = what_.medicines;
    std::stable_partition(all.begin(), all.end(), [](const medicine& m) { return m.status == "active"; });
    for (const auto& each : all) {
      auto name = each.name;
      if (!each.atc.empty()) name += " (" + each.atc + ")";
      if (each.forbidden) name = "!! " + text(word::do_not_give) + ": " + name;
      auto dose = each.dosage, often = each.timing;
      add(dose, ", ", each.route);
      if (each.as_needed) add(often, ", ", text(word::as_needed));
      if (each.continuous) add(often, ", ", text(word::long_term));
      auto since = say_day(each.start.empty() ? each.written : each.start);
      if (!each.end.empty()) since += " – " + say_day(each.end);
      to_.row({{name, each.forbidden ? face::strong : face::body},
               {dose},
               {often},
               {say_status(each.status, how_.in)},
               {since}});
    }
  }

  void write_vitals() {
    const auto all = by_test(what_, reading::kind::vital_sign);
    if (!begin(word::vitals, !all.empty())) return;
    to_.begin_table(
      {0.24, 0.16, 0.18, 0.22, 0.2},
      {text(word::measurement), text(word::latest), text(word::when), text(word::before), text(word::trend)});
    for (const auto& each : all) {
      const auto& newest = shown_of(each);
      std::string before;
      std::vector<const reading*> line;
      for (const auto* one : each) {
        if (!comparable(newest, *one) || line.size() == 12) continue;
        if (one != &newest && line.size() < 4)
          add(before, "; ", one->value + " (" + say_day(one->taken) + ")");
        line.push_back(one);
      }
      cell trend;
      if (line.size() > 1) {
        trend.beside = trend_of(line);
        trend.picture_height = 18;
      }
      to_.row({{say_vital(newest, how_.in)},
               {value_of(newest, how_.in), face::strong},
               {say_time(newest.taken)},
               {before, face::small},
               trend});
    }
  }

  std::string notes_of(const reading& one, const std::vector<const reading*>& all) const {
    auto out = one.laboratory;
    if (one.status == "preliminary" || one.status == "registered")
      add(out, "; ", say_status(one.status, how_.in));
    for (const auto& each : one.before)
      add(out, "; ", text(word::was) + " " + each.value + (each.unit.empty() ? "" : " " + each.unit));
    if (one.before.empty() && (one.status == "corrected" || one.status == "amended"))
      add(out, "; ", text(word::corrected));
    if (!one.sent_value.empty() || !one.sent_unit.empty()) {
      auto sent = one.sent_value.empty() ? one.comparator + one.value : one.sent_value;
      add(sent, " ", one.sent_unit.empty() ? one.unit : one.sent_unit);
      add(out, "; ", text(word::sent_as) + " " + sent);
    }
    for (const auto* each : all)
      if (each != &one && comparable(one, *each)) {
        add(out, "; ", text(word::earlier_value_was) + " " + each->value + " (" + say_day(each->taken) + ")");
        break;
      }
    if (all.front() != &one) add(out, "; ", text(word::no_value) + " (" + say_day(all.front()->taken) + ")");
    if (one.needs_review) add(out, "; ", text(word::awaits_review));
    add(out, "; ", one.comment);
    return out;
  }

  void write_results() {
    const auto all = by_test(what_, reading::kind::laboratory);
    if (!begin(word::results, !all.empty())) return;
    to_.begin_table({0.21, 0.16, 0.17, 0.14, 0.12, 0.2},
                    {text(word::test), text(word::result), text(word::reference), text(word::flag_column),
                     text(word::when), text(word::notes)});
    for (const auto& each : all) {
      const auto& one = shown_of(each);
      cell range{range_text(one.within), face::small};
      if (auto band = band_of(one)) {
        range.beside = std::move(band);
        range.picture_height = 7;
      }
      const bool plain = one.marked == flag::none || one.marked == flag::normal;
      to_.row({{one.name},
               {value_of(one, how_.in), plain && !one.critical ? face::body : face::strong},
               range,
               {say_flag(one, how_.in), one.critical ? face::strong : face::body},
               {say_time(one.taken), face::small},
               {notes_of(one, each), face::small}});
    }
  }

  void write_scores() {
    to_.heading("H2", face::heading, text(word::risks));
    for (const auto& each : scores_of(what_, how_.label.made, how_.in)) {
      const bool made = !each.value.empty();
      to_.paragraph(each.name + " (" + each.formula + "): " +
                    (made ? each.value + ". " + text(word::basis) + ": " : text(word::not_computed) + ": ") +
                    each.why + ".");
    }
  }

  void write_visits() {
    if (!begin(word::visits, !what_.visits.empty())) return;
    to_.begin_table(
      {0.17, 0.15, 0.25, 0.25, 0.18},
      {text(word::when), text(word::kind), text(word::reason), text(word::diagnoses), text(word::doctor)});
    for (size_t i = 0; i < std::min(most_visits, what_.visits.size()); ++i) {
      const auto& each = what_.visits[i];
      auto when = say_time(each.start);
      if (!each.end.empty()) when += " – " + say_time(each.end);
      std::string diagnoses, kind = say_kind(each.kind, how_.in), doctor = each.doctor;
      add(kind, ", ", say_status(each.status, how_.in));
      for (const auto& one : each.diagnoses) add(diagnoses, "; ", one);
      add(doctor, ", ", each.place);
      to_.row({{when}, {kind}, {each.reason}, {diagnoses}, {doctor}});
    }
  }

  void write_studies() {
    if (!begin(word::imaging, !what_.studies.empty())) return;
    to_.begin_table({0.2, 0.15, 0.65}, {text(word::when), text(word::modality), text(word::description)});
    for (const auto& each : what_.studies) to_.row({{say_time(each.date)}, {each.modality}, {each.name}});
  }

  void write_left_out() {
    to_.heading("H2", face::heading, text(word::left_out));
    bool any = false;
    const auto tell = [&](size_t count, word of_what) {
      if (count == 0) return;
      any = true;
      auto line = text(of_what); // `reports: their results are shown` becomes `reports (2): ...`
      line.insert(std::min(line.find(':'), line.size()), " (" + std::to_string(count) + ")");
      to_.paragraph("• " + line + ".");
    };
    size_t older = 0, other = 0, cancelled = 0;
    for (const auto& each : by_test(what_, reading::kind::laboratory)) older += each.size() - 1;
    for (const auto& each : what_.readings) {
      other += each.is == reading::kind::other ? 1 : 0;
      cancelled += each.status == "cancelled" ? 1 : 0;
    }
    tell(older, word::older_results);
    tell(cancelled, word::cancelled_results);
    tell(what_.visits.size() - std::min(most_visits, what_.visits.size()), word::older_visits);
    tell(other, word::other_measurements);
    auto rest = what_.uncounted;
    const auto taken = [&](const char* type) {
      const auto count = rest.contains(type) ? rest[type] : 0;
      rest.erase(type);
      return count;
    };
    tell(taken("DocumentReference"), word::documents);
    tell(taken("DiagnosticReport"), word::reports);
    tell(taken("ServiceRequest"), word::orders);
    tell(taken("Appointment"), word::appointments);
    size_t unknown = 0;
    for (const auto& [type, count] : rest) unknown += count;
    tell(unknown, word::other_entries);
    tell(what_.withdrawn, word::withdrawn);
    if (!any) to_.paragraph(text(word::nothing_left_out));
    to_.paragraph(text(word::language_of_names), face::small);
  }

  /// Two who share a name are told apart on every sheet.
  void head() {
    auto name = full_name();
    add(name, " / ", latin_name());
    std::string ids = text(word::birth_date) + ": " +
      (what_.who.birth_date.empty() ? text(word::no_information) : say_day(what_.who.birth_date));
    for (const sv type : {"MR", "NI", "PPN", "NH"}) {
      const auto number = number_of(type);
      if (!number.empty()) ids += "   " + say_number(type, how_.in) + ": " + number;
    }
    const auto clinic = on_.lay(face::small, what_.clinic, text_width, side::right);
    const auto who = on_.lay(face::heading, name, text_width);
    const auto numbers = on_.lay(face::small, ids, text_width);
    on_.draw(clinic, left_edge, 32, 0.3);
    on_.draw(who, left_edge, 44);
    on_.draw(numbers, left_edge, 46 + who.height);
    on_.rule(left_edge, top - 10, right_edge, top - 10, 0.8, 0.3);
  }

  const chart& what_;
  const document_order& how_;
  sheets& on_;
  flow to_;
};

} // namespace

result<std::string> summary_pdf(const chart& what, const document_order& how) {
  sheets on(facts_of(how, say(word::summary, how.in), what.clinic));
  summary(what, how, on).write();
  return on.finish();
}

} // namespace aorta::exports
