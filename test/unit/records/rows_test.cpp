#include "engine/records/rows.hpp"

#include "engine/model/lab.hpp"

#include <boost/test/unit_test.hpp>

namespace aorta::records {
namespace {

using model::record;
using model::table;

record row(table of, std::initializer_list<std::pair<const char*, const char*>> cells) {
  record out(of);
  for (const auto& [column, text] : cells) out.set(column, text);
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_new_row_says_what_nobody_said_and_keeps_what_somebody_did) {
  auto one = row(table::patients, {{"status", "inactive"}});
  complete(one, 7, timestamp{});
  BOOST_TEST(one.text("clinic_id") == "7");
  BOOST_TEST(one.text("is_deleted") == "false");
  BOOST_TEST(one.text("status") == "inactive");
  auto result = row(table::lab_results, {});
  complete(result, 7, timestamp{});
  BOOST_TEST(result.text("version") == "1");
  BOOST_TEST(result.text("entry_method") == "manual");
  BOOST_TEST(result.text("created_at") == "1970-01-01T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(a_change_touches_what_it_says_otherwise_and_nothing_else) {
  const auto stands = row(table::patients, {{"mrn", "M-1"}, {"gender", "male"}, {"status", "active"}});
  const auto then = row(table::patients, {{"mrn", "M-1"}, {"gender", "male"}});
  auto now = then;
  now.set("gender", "female");
  const auto changed = laid_over(stands, then, now);
  BOOST_TEST(changed.text("gender") == "female");
  BOOST_TEST(changed.text("status") == "active"); // the clinic's own
  now.cells[1].reset();
  BOOST_TEST(laid_over(stands, now, now).text("mrn") == "M-1"); // never said
}

BOOST_AUTO_TEST_CASE(a_newcomer_is_numbered_by_the_row) {
  BOOST_TEST(newcomers_mrn("123", 1) == "A000123");
  BOOST_TEST(newcomers_mrn("123", 2) == "A000123-2");
  BOOST_TEST(newcomers_mrn("12345678", 1) == "A12345678");
}

BOOST_AUTO_TEST_CASE(whoever_heard_of_a_critical_value_hears_what_became_of_it) {
  const auto stood = row(
    table::lab_results,
    {{"critical_value", "true"}, {"result_status", "final"}, {"value_numeric", "6.70"}, {"unit", "mmol/L"}});
  auto now = stood;
  now.set("value_numeric", "6.7"); // how a database writes it
  BOOST_TEST(end_of_critical(stood, now) == "");
  now.set("value_numeric", "4.7");
  BOOST_TEST(end_of_critical(stood, now) == model::critical_event::changed);
  now.set("result_status", "cancelled");
  BOOST_TEST(end_of_critical(stood, now) == model::critical_event::withdrawn);
  BOOST_TEST(end_of_critical(now, now) == ""); // was withdrawn before
  auto calm = stood;
  calm.set("critical_value", "false");
  BOOST_TEST(end_of_critical(calm, now) == "");
}

BOOST_AUTO_TEST_CASE(rows_of_logins_are_not_made_here) {
  BOOST_TEST(!are_made_here(table::users));
  BOOST_TEST(!are_made_here(table::clinics));
  BOOST_TEST(are_made_here(table::encounters));
}

} // namespace aorta::records
