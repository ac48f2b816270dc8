// What a message with as many results as one may carry costs before anything is written: it must not grow
// with their square.
#include "engine/store/messages/filing.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace aorta;
using namespace aorta::store;

namespace {

constexpr int many = 65'000;
constexpr auto most = std::chrono::seconds{180}; ///< without optimisation, beside other tests; squared it
                                                 ///< takes many minutes

/// One report with `many` results; `change` gets each with its number.
struct large_message {
  lab::report report;
  ports::filing filing;

  template <class Change>
  large_message(uuid_v7_source& ids, char state, int minute, Change change) {
    report.laboratory = "BIO";
    report.orders.push_back({"", "F-1", "P", "Panel", "F", {}, {}});
    report.results.reserve(many);
    for (int i = 0; i < many; ++i) {
      auto& r = report.results.emplace_back();
      r.test_code = "K";
      r.performing_lab_code = "BIO";
      r.kind = model::value_kind::number;
      r.value_text = "4.2";
      r.value_numeric = decimal{42, 1};
      r.observation_status = state;
      r.status = state == 'C' ? model::result_status::corrected : model::result_status::final;
      r.reported_at = model::moment{timestamp{std::chrono::minutes{minute}}};
      r.ordinal = uint16_t(i + 1);
      r.set_id = uint16_t(i + 1);
      r.order = 0;
      change(r, i);
    }
    filing.report = &report;
    filing.log.id = ids.next(timestamp{});
    filing.log.clinic = 1;
    filing.log.patient = 7;
    filing.log.status = ports::message_status::processed;
  }
};

/// What would stand in the store after `first` was filed.
answers standing_of(const large_message& first, uuid_v7_source& ids) {
  answers out;
  out.patients = {7};
  for (const auto& r : first.report.results) {
    standing_result s;
    s.id = ids.next(timestamp{});
    s.where = {7, order_key(first.filing, r, &first.report.orders[0])};
    s.lab_code = "BIO", s.test_code = r.test_code, s.sub_id = r.sub_id, s.ordinal = r.ordinal,
    s.filler = "F-1";
    s.message = first.filing.log.id;
    s.value = r;
    out.standing.push_back(std::move(s));
  }
  return out;
}

template <class Change>
void file_and_correct(Change change) {
  uuid_v7_source ids;
  const large_message first(ids, 'F', 0, change), second(ids, 'C', 10, change);
  answers nothing;
  nothing.patients = {7};
  const auto begin = std::chrono::steady_clock::now();
  filing_plan filed({&first.filing, 1}, ids, timestamp{});
  BOOST_TEST(filed.decide(nothing, {}, {}).ok());
  BOOST_TEST(filed.treatments()[0].results == many);
  const auto known = standing_of(first, ids);
  filing_plan corrected({&second.filing, 1}, ids, timestamp{});
  BOOST_TEST(corrected.decide(known, {}, {}).ok());
  BOOST_TEST(corrected.treatments()[0].results == many);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < most));
}

} // namespace

BOOST_AUTO_TEST_SUITE(scale)

BOOST_AUTO_TEST_CASE(many_results_of_one_code_are_corrected_in_time) {
  file_and_correct([](model::lab_result&, int) {});
}

BOOST_AUTO_TEST_CASE(many_results_of_many_times_are_corrected_in_time) {
  file_and_correct(
    [](model::lab_result& r, int i) { r.observed_at = model::moment{timestamp{std::chrono::minutes{i}}}; });
}

BOOST_AUTO_TEST_CASE(many_tests_and_lines_are_corrected_in_time) {
  file_and_correct([](model::lab_result& r, int i) {
    r.ordinal = 1;
    (i % 2 == 0 ? r.test_code : r.sub_id) = std::to_string(i);
    if (i % 2 != 0) r.kind = model::value_kind::text, r.sent.value_type = "TX";
  });
}

BOOST_AUTO_TEST_CASE(an_order_that_is_ended_many_times_is_settled_in_time) {
  for (const char* letter : {"X", "W"})
    for (const bool by_placer : {false, true}) {
      uuid_v7_source ids;
      const auto number = [](model::lab_result& r, int i) { r.sub_id = std::to_string(i); };
      const large_message first(ids, 'F', 0, number);
      large_message last(ids, 'F', 10, number);
      last.report.results.clear();
      auto end = last.report.orders[0];
      end.status = letter;
      end.placer_number = "PO-1";
      end.reported_at = model::moment{timestamp{std::chrono::minutes{10}}};
      last.report.orders.assign(many, end);
      auto known = standing_of(first, ids);
      if (by_placer) // each of them may be the order of all results
        for (int i = 0; i < many; ++i) {
          last.report.orders[size_t(i)].filler_number = "F-" + std::to_string(i);
          auto& each = known.standing[size_t(i)];
          each.placer = "PO-1", each.filler.clear();
        }
      const auto begin = std::chrono::steady_clock::now();
      filing_plan plan({&last.filing, 1}, ids, timestamp{std::chrono::minutes{20}});
      BOOST_TEST(plan.decide(known, {}, {}).ok());
      BOOST_TEST(plan.opened().size() == (*letter == 'X' ? 1u : 0u));
      BOOST_TEST((std::chrono::steady_clock::now() - begin < most));
    }
}

BOOST_AUTO_TEST_SUITE_END()
