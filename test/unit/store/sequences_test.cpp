// Sequences of versions as a laboratory may send them: what is current in the end, how many versions there
// are, and what a person is told.
#include "test/unit/store/stores.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>

using namespace aorta;
using namespace aorta::test;

namespace {

/// One message of one order: `F10=4.2` is a final 4.2 reported at minute 10; `X20` carries no value;
/// `F10=6.4H` is flagged high.
model::lab_result step(const std::string& text) {
  const auto equals = text.find('=');
  auto value = equals == std::string::npos ? std::string() : text.substr(equals + 1);
  const bool high = value.ends_with('H');
  if (high) value.pop_back();
  auto r = potassium(value, text[0], std::stoi(text.substr(1)));
  if (text[0] == 'I' || text[0] == 'R') r.status = model::result_status::preliminary;
  if (value.empty()) {
    r.kind = model::value_kind::none;
    r.value_text.reset();
    r.value_numeric.reset();
    r.flag.reset();
  }
  if (high) r.flag = model::abnormal_flag::high;
  return r;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

/// `value status` of what is current, in the order of values.
std::string current(fresh_store& in, model::patient_id patient) {
  std::vector<std::string> all;
  for (const auto& r : results_of(in, patient))
    all.push_back(r.value.value_text.value_or("-") + " " + std::string(model::name(r.value.status)));
  std::sort(all.begin(), all.end());
  std::string out;
  for (const auto& each : all) out += (out.empty() ? "" : ", ") + each;
  return out;
}

std::string kinds(const fresh_store& in, model::patient_id patient) {
  const bool lite = in.which == on::sqlite;
  const std::string list = lite ? "group_concat(kind, ' ')" : "string_agg(kind, ' ' ORDER BY kind)";
  const auto out = in.ask(
    "SELECT " + list +
    " FROM (SELECT kind FROM review_queue q JOIN hl7_message_log l ON l.id = q.message_id WHERE l.patient_id = " +
    std::to_string(patient) + " ORDER BY kind) k");
  return out == "-" ? "" : out;
}

enum class arrival : uint8_t { as_written, any };

struct sequence {
  const char *steps, *current, *told;
  arrival order = arrival::as_written;
};

constexpr sequence sequences[] = {
  {"P0=4.0 F10=4.2", "4.2 final", ""},
  {"F10=4.2 P0=4.0", "4.2 final", ""},
  {"F10=4.2 F20=4.2", "4.2 final", ""},
  {"F10=4.2 F20=4.3", "4.3 corrected", ""}, // a correction by effect, of the same flag class
  {"F10=4.2 F20=6.4H", "6.4 corrected", "changed-final"},
  {"F10=4.2 F20=6.4H F30=6.4H", "6.4 corrected", "changed-final"}, // sent again: still a correction, nothing
                                                                   // new to tell
  {"F20=6.4H F10=4.2", "6.4 final", ""}, // the older one was never what anybody read
  {"F10=4.2 C20=6.4H", "6.4 corrected", ""},
  {"F10=4.2 C20=6.4H F30=4.2", "4.2 final", "final-after-correction"},
  {"F10=4.2 P20=5.9H", "4.2 final", "changed-after-final"},
  {"F10=4.2 P20=4.20", "4.2 final", ""}, // the same value, written otherwise
  {"F10=4.2 P10=5.9H", "4.2 final", "changed-after-final"},
  {"F10=4.2 R20=5.9H", "4.2 final", "changed-after-final"},
  {"F10=4.2 X20", "- cancelled", "cancelled-after-final"},
  {"P0=4.2 X20", "- cancelled", ""},
  {"F10=4.2 X20 F30=4.4", "4.4 final", "cancelled-after-final"},
  {"F10=4.2 X5", "4.2 final", ""},
  {"F10=4.2 I20", "4.2 final", "no-value"},
  {"P0=4.2 I20", "4.2 preliminary", "no-value"},
  {"F10=4.2 I5", "4.2 final", ""},
  {"F10=4.2 F20", "4.2 final", "no-value"},
  {"F10=4.2 C20", "4.2 final", "no-value"}, // a correction to nothing does not hide the value
  {"I0 P10=4.0 F20=4.2", "4.2 final", ""},
  {"F10=4.2 W20", "- cancelled", ""},
  {"F10=4.2 D20", "- cancelled", ""},
  {"F10=4.2 W20 F30=4.4", "4.4 final", "final-after-correction"},
  {"F10=4.2 W20 P30=4.4", "- cancelled", "changed-after-final"},
  {"P0=4.0 F10=4.2 C20=4.4", "4.4 corrected", nullptr, arrival::any},
  {"I0 P5=4.0 F10=4.2", "4.2 final", nullptr, arrival::any},
  {"P0=4.0 F10=4.2 X20", "- cancelled", nullptr, arrival::any},
  {"F10=4.2 I20 C30=4.4", "4.4 corrected", nullptr, arrival::any},
  {"F10=4.2 W20 P5=4.0", "- cancelled", nullptr, arrival::any},
};

void run(fresh_store& store, const std::vector<std::string>& steps, const sequence& wanted, int& number) {
  const auto patient = add_patient(store, "M-" + std::to_string(++number));
  int n = 0;
  for (const auto& each : steps)
    file_one(store,
             *write_letter(store, std::to_string(number) + "-" + std::to_string(++n), patient, step(each)));
  BOOST_TEST(current(store, patient) == wanted.current);
  if (wanted.told != nullptr) BOOST_TEST(kinds(store, patient) == wanted.told);
  BOOST_TEST(results_of(store, patient, true).size() == steps.size());
}

/// A line of a text report, `n`-th by its OBX-4, or by its place where that is not told.
model::lab_result line(int n, const std::string& text, char state, int minute, bool numbered) {
  auto r = potassium("", state, minute);
  r.test_code = "PATH", r.test_name = "Histology";
  r.loinc_code.reset();
  r.kind = model::value_kind::text;
  r.value_text = text;
  r.value_numeric.reset();
  r.flag.reset();
  r.sent.value_type = "TX";
  if (numbered) r.sub_id = std::to_string(n);
  else r.ordinal = uint16_t(n);
  return r;
}

std::unique_ptr<letter> report(fresh_store& in, const std::string& id, model::patient_id patient,
                               const std::vector<std::string>& lines, char state, int minute, bool numbered) {
  auto out = write_letter(in, id, patient, line(1, lines[0], state, minute, numbered));
  for (size_t i = 1; i < lines.size(); ++i)
    out->report.results.push_back(line(int(i + 1), lines[i], state, minute, numbered));
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sequences_of_versions)

BOOST_DATA_TEST_CASE(every_sequence_ends_as_the_decisions_say, both) {
  fresh_store store(sample);
  int number = 0;
  for (const auto& each : sequences) {
    auto steps = words(each.steps);
    std::vector<size_t> order(steps.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    do {
      std::vector<std::string> arranged;
      std::string title;
      for (const size_t i : order) title += arranged.emplace_back(steps[i]) + " ";
      BOOST_TEST_CONTEXT(title) { run(store, arranged, each, number); }
    } while (each.order == arrival::any && std::next_permutation(order.begin(), order.end()));
  }
}

BOOST_DATA_TEST_CASE(lines_that_a_corrected_text_lacks_do_not_stay, both) {
  fresh_store store(sample);
  int number = 0;
  for (const bool numbered : {true, false}) {
    const auto patient = add_patient(store, "M-" + std::to_string(++number));
    const auto id = std::to_string(number);
    file_one(store,
             *report(store, id + "-1", patient, {"Carcinoma.", "Margins involved.", "Grade 3.", "Dr A."}, 'F',
                     10, numbered));
    file_one(store, *report(store, id + "-2", patient, {"Benign.", "Dr A."}, 'C', 20, numbered));
    BOOST_TEST_CONTEXT((numbered ? "numbered" : "by their place")) {
      BOOST_TEST(current(store, patient) ==
                 (numbered ? "- cancelled, - cancelled, Benign. corrected, Dr A. corrected"
                           : "- cancelled, - cancelled, Benign. corrected, Dr A. corrected"));
      BOOST_TEST(kinds(store, patient) == "text-shortened");
    }
  }
  // The old text comes after its correction.
  const auto late = add_patient(store, "M-late");
  file_one(store, *report(store, "late-2", late, {"Benign.", "Dr A."}, 'C', 20, true));
  file_one(
    store,
    *report(store, "late-1", late, {"Carcinoma.", "Margins involved.", "Grade 3.", "Dr A."}, 'F', 10, true));
  BOOST_TEST(current(store, late) == "- cancelled, - cancelled, Benign. corrected, Dr A. corrected");
  // More lines are an addendum, and a text that is sent again is the same.
  const auto grown = add_patient(store, "M-grown");
  file_one(store, *report(store, "grown-1", grown, {"Benign."}, 'F', 10, true));
  file_one(store, *report(store, "grown-2", grown, {"Benign.", "Addendum."}, 'F', 20, true));
  BOOST_TEST(current(store, grown) == "Addendum. final, Benign. final");
  BOOST_TEST(kinds(store, grown) == "");
}

BOOST_DATA_TEST_CASE(a_second_result_of_one_test_and_order_is_shown, both) {
  fresh_store store(sample);
  int number = 0;
  const auto told = [&](auto change) {
    const auto patient = add_patient(store, "M-" + std::to_string(++number));
    file_one(store, *write_letter(store, std::to_string(number) + "-1", patient, potassium("4.2", 'F', 10)));
    auto second = write_letter(store, std::to_string(number) + "-2", patient, potassium("4.4", 'F', 20));
    change(*second);
    file_one(store, *second);
    return std::to_string(results_of(store, patient).size()) + " " + kinds(store, patient);
  };
  BOOST_TEST(told([](letter& l) { l.report.results[0].sub_id = "2"; }) == "2 second-result");
  BOOST_TEST(told([](letter& l) { l.report.results[0].test_code = "POT"; }) == "2 second-result"); // the same
                                                                                                   // LOINC
  BOOST_TEST(told([](letter& l) { // the codings changed their places, and nobody mapped either
               auto& r = l.report.results[0];
               r.loinc_code.reset(), r.test_code = "2823-3", r.sent.other_code = "K";
             }) == "2 second-result");
  BOOST_TEST(told([](letter& l) {
               l.report.results[0].test_code = "NA", l.report.results[0].loinc_code = "2951-2";
             }) == "2 ");
  BOOST_TEST(told([](letter& l) {
               l.report.orders[0].filler_number = "F-other";
               l.report.orders[0].placer_number = "PO-other";
             }) == "2 ");
  BOOST_TEST(told([](letter& l) { // the message holds both: it knows what it says
               l.report.results.push_back(l.report.results[0]);
               l.report.results[1].sub_id = "2";
             }) == "2 ");
  BOOST_TEST(told([](letter& l) { // nothing that anybody would take for a value
               auto& r = l.report.results[0];
               r.sub_id = "2", r.kind = model::value_kind::none, r.value_text.reset(),
               r.value_numeric.reset(), r.status = model::result_status::cancelled;
             }) == "2 ");
}

BOOST_DATA_TEST_CASE(an_order_without_results_still_says_what_became_of_them, both) {
  fresh_store store(sample);
  int number = 0;
  const auto after = [&](const char* first, char status, int minute) {
    const auto patient = add_patient(store, "M-" + std::to_string(++number));
    file_one(store, *write_letter(store, std::to_string(number) + "-1", patient, step(first)));
    auto order = write_letter(store, std::to_string(number) + "-2", patient, step("F0=1"));
    order->report.results.clear();
    order->report.laboratory = "BIO";
    order->report.orders[0].status = std::string(1, status);
    order->report.orders[0].reported_at = step("F" + std::to_string(minute)).reported_at;
    file_one(store, *order);
    return current(store, patient) + "; " + kinds(store, patient);
  };
  BOOST_TEST(after("P0=4.2", 'X', 10) == "- cancelled; ");
  BOOST_TEST(after("F0=4.2", 'X', 10) == "4.2 final; order-cancelled");
  BOOST_TEST(after("F0=4.2", 'W', 10) == "- cancelled; ");
  BOOST_TEST(after("F20=4.2", 'W', 10) == "4.2 final; order-withdrawn");
  BOOST_TEST(after("F0=4.2", 'F', 10) == "4.2 final; ");
  BOOST_TEST(store.ask("SELECT count(*) FROM lab_result_versions WHERE value_text = '4.2'") == "2");
}

namespace {

struct numbers {
  std::string placer, filler;
};

/// A result, or what OBR-25 says of a whole order, of the order with these numbers.
std::unique_ptr<letter> of_order(fresh_store& in, const std::string& id, model::patient_id patient,
                                 const char* what, const numbers& of, char ends = 0) {
  auto out = write_letter(in, id, patient, step(what));
  auto& order = out->report.orders[0];
  order.placer_number = of.placer, order.filler_number = of.filler;
  order.reported_at = out->report.results[0].reported_at;
  out->report.laboratory = "BIO";
  if (ends == 0) return out;
  out->report.results.clear();
  order.status = std::string(1, ends);
  return out;
}

/// What stands and waits after `results` and then the end of an order came.
std::string after_end(fresh_store& in, const std::vector<std::pair<const char*, numbers>>& results,
                      char letter, const numbers& of) {
  static int number = 1000;
  const auto patient = add_patient(in, "E-" + std::to_string(++number));
  int n = 0;
  const auto id = [&] { return std::to_string(number) + "-" + std::to_string(++n); };
  for (const auto& [what, order] : results) file_one(in, *of_order(in, id(), patient, what, order));
  file_one(in, *of_order(in, id(), patient, "F10=1", of, letter));
  return current(in, patient) + "; " + kinds(in, patient);
}

} // namespace

BOOST_DATA_TEST_CASE(an_order_ends_by_either_of_its_numbers, both) {
  fresh_store store(sample);
  const numbers whole{"PO-1", "F-1"}, second{"PO-1", "F-2"}, placer{"PO-1", ""}, filler{"", "F-1"};
  for (const char letter : {'W', 'D'}) {
    BOOST_TEST(after_end(store, {{"F0=4.2", whole}}, letter, placer) == "- cancelled; ");
    BOOST_TEST(after_end(store, {{"F0=4.2", placer}}, letter, whole) == "- cancelled; ");
    BOOST_TEST(after_end(store, {{"F0=4.2", whole}}, letter, filler) == "- cancelled; ");
    BOOST_TEST(after_end(store, {{"F20=4.2", whole}}, letter, placer) == "4.2 final; order-withdrawn");
  }
  BOOST_TEST(after_end(store, {{"P0=4.2", whole}}, 'X', placer) == "- cancelled; ");
  BOOST_TEST(after_end(store, {{"P0=4.2", placer}}, 'X', whole) == "- cancelled; ");
  BOOST_TEST(after_end(store, {{"F0=4.2", whole}}, 'X', placer) == "4.2 final; order-cancelled");
  // Another order, although the placer's number is the same.
  BOOST_TEST(after_end(store, {{"F0=4.2", whole}}, 'W', second) == "4.2 final; ");
  BOOST_TEST(after_end(store, {{"F0=4.2", placer}}, 'W', {"PO-2", ""}) == "4.2 final; ");
  BOOST_TEST(after_end(store, {{"F0=4.2", whole}, {"F0=4.4", second}}, 'W', second) ==
             "- cancelled, 4.2 final; ");
}

BOOST_DATA_TEST_CASE(an_end_that_may_mean_several_orders_is_for_a_person, both) {
  fresh_store store(sample);
  const numbers whole{"PO-1", "F-1"}, second{"PO-1", "F-2"}, placer{"PO-1", ""};
  BOOST_TEST(after_end(store, {{"F0=4.2", whole}, {"F0=4.4", second}}, 'W', placer) ==
             "4.2 final, 4.4 final; order-withdrawn");
  BOOST_TEST(after_end(store, {{"P0=4.2", whole}, {"F0=4.4", second}}, 'X', placer) ==
             "4.2 preliminary, 4.4 final; order-cancelled");
  // Without any number its specimen's time may be that of several orders.
  const auto patient = add_patient(store, "E-1");
  const auto unnumbered = [&](const std::string& id, const char* what, char letter) {
    auto out = of_order(store, id, patient, what, numbers{}, letter);
    out->report.orders[0].collected_at = step("F0=1").reported_at;
    return out;
  };
  file_one(store, *unnumbered("E-1", "F0=4.2", 0));
  file_one(store, *unnumbered("E-2", "F10=1", 'W'));
  BOOST_TEST(current(store, patient) + "; " + kinds(store, patient) == "4.2 final; order-withdrawn");
  BOOST_TEST(after_end(store, {}, 'W', {}) == "; order-withdrawn"); // it names nothing at all
  BOOST_TEST(after_end(store, {}, 'X', {}) == "; ");
}

BOOST_DATA_TEST_CASE(a_note_or_a_text_does_not_keep_an_order_from_ending, both) {
  fresh_store store(sample);
  int number = 2000;
  const auto after = [&](const char* first, char letter, bool as_text) {
    const auto patient = add_patient(store, "N-" + std::to_string(++number));
    const auto id = std::to_string(number);
    const numbers of{"PO-1", "F-1"};
    file_one(store, *of_order(store, id + "-1", patient, first, of));
    auto end = of_order(store, id + "-2", patient, "F10=1", of, letter);
    auto why = step("X10");
    why.test_code = as_text ? "REM" : "CHEM";
    why.loinc_code.reset();
    why.observation_status = letter;
    why.retracts = letter != 'X';
    if (as_text)
      why.kind = model::value_kind::text, why.value_text = "haemolysed", why.sent.value_type = "ST",
      why.set_id = 1;
    else why.comments = "haemolysed", why.set_id = 0, why.sent.value_type.clear();
    end->report.results.push_back(why);
    file_one(store, *end);
    const auto told = kinds(store, patient);
    const auto potassium_is = store.ask(
      "SELECT result_status FROM lab_results WHERE test_code = 'K' AND patient_id = " +
      std::to_string(patient));
    end->filing.how = ports::filing::mode::again; // run again it says the same
    file_one(store, *end);
    BOOST_TEST(kinds(store, patient) == told);
    BOOST_TEST(store.ask("SELECT result_status FROM lab_results WHERE test_code = 'K' AND patient_id = " +
                         std::to_string(patient)) == potassium_is);
    return potassium_is + "; " + told;
  };
  for (const bool as_text : {false, true}) {
    BOOST_TEST(after("P0=4.2", 'X', as_text) == "cancelled; ");
    BOOST_TEST(after("F0=4.2", 'X', as_text) == "final; order-cancelled");
    BOOST_TEST(after("F0=4.2", 'W', as_text).starts_with("cancelled; "));
    BOOST_TEST(after("F0=4.2", 'D', as_text).starts_with("cancelled; "));
  }
  BOOST_TEST(
    store.ask(
      "SELECT count(*) FROM lab_results WHERE comments = 'haemolysed' OR value_text = 'haemolysed'") != "0");
}

BOOST_AUTO_TEST_SUITE_END()
