// A bundle whose filing is broken off and made again, on real databases: the same rows as if nothing had
// been.
#include "../rest/fixture.hpp"
#include "engine/pipeline/bundle_payload.hpp"
#include "engine/pipeline/run.hpp"
#include "engine/pipeline/stage.hpp"

namespace aorta::pipeline {
namespace {

using test::both;
using test::must;

const error gone{error_code::store_unavailable, "", "the connection is lost"};

/// Does the work, and then the connection is lost.
class lost_work final : public ports::record_work {
public:
  explicit lost_work(ports::record_work& of) : of_(of) {}
  status make(ports::record_session& in, ports::message_record& log) override {
    if (auto made = of_.make(in, log); !made) return made;
    return gone;
  }

private:
  ports::record_work& of_;
};

struct unsteady final : lane, ports::lane {
  enum class loses : uint8_t { nothing, before_the_commit, the_answer } next = loses::nothing;
  std::unique_ptr<ports::lane> of;
  int refusals = 0;

  ports::lane& store() override { return *this; }
  void refused(const envelope&, const error&) override { ++refusals; }
  result<std::vector<ports::people>> candidates(model::clinic_id clinic,
                                                std::span<const ports::wanted> who) override {
    return of->candidates(clinic, who);
  }
  result<std::vector<std::optional<ports::taught>>> decided(
    model::clinic_id clinic, std::span<const identity::claims* const> who,
    std::span<const ports::people* const> known) override {
    return of->decided(clinic, who, known);
  }
  result<std::vector<ports::receipt>> commit(std::span<const ports::filing> batch) override {
    const auto now = std::exchange(next, loses::nothing);
    if (now == loses::nothing || batch[0].records == nullptr) return of->commit(batch);
    if (now == loses::the_answer) {
      (void)must(of->commit(batch));
      return gone;
    }
    auto filing = batch[0];
    lost_work work(*filing.records);
    filing.records = &work;
    return of->commit({&filing, 1});
  }
  bool perhaps_batch() const noexcept override { return false; }
};

struct room {
  explicit room(test::on which) : at(which) {
    of.clinic = at.clinic;
    of.how.name = "fhir-bundle";
    of.clock = &at.clock;
    of.ids = &at.ids;
    store.of = must(at.store().session());
  }

  envelope_ptr post(const std::string& json) {
    auto mail = envelope_of_bundle(json, at.who, at.around.base, "127.0.0.1", at.ids.next(at.clock.now()),
                                   at.clock.now());
    const std::vector<envelope_ptr> one{mail};
    must(run({parse_bundle()}, of, one, store));
    lane_steps filing({persist()}, of);
    while (!filing.run(one, store)) {} // as a batch that is kept and comes again
    return mail;
  }

  test::house at;
  route of;
  unsteady store;
};

std::string patient(int number, const char* family) {
  return R"({"fullUrl":"http://other.example/fhir/Patient/)" + std::to_string(number) +
    R"(","resource":{"resourceType":"Patient","id":")" + std::to_string(number) +
    R"(","identifier":[{"system":"urn:mrn","value":"X-)" + std::to_string(number) +
    R"("}],"name":[{"family":")" + family + R"(","given":["G"]}],"birthDate":"1960-01-0)" +
    std::to_string(number % 9 + 1) + R"("}})";
}

/// Its subject is named as the sender names it.
std::string potassium(int of, bool named) {
  const std::string url = named ? R"("fullUrl":"http://other.example/fhir/Observation/5",)" : "";
  return "{" + url +
    R"("resource":{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":)"
    R"("http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":)"
    R"("http://loinc.org","code":"2823-3"}]},"subject":{"reference":"http://other.example/fhir/Patient/)" +
    std::to_string(of) +
    R"("},"effectiveDateTime":"2026-11-20T08:00:00+02:00","valueQuantity":{"value":6.9,)"
    R"("unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}}})";
}

std::string bundle(const std::string& entries) {
  return R"({"resourceType":"Bundle","type":"collection","entry":[)" + entries + "]}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(bundles)

/// The sender's Patient/2 is our first patient, and whom the second bundle brings gets our number 2.
BOOST_DATA_TEST_CASE(what_is_filed_in_a_second_attempt_is_what_was_sent,
                     both* boost::unit_test::data::make({true, false}), which, named) {
  for (const auto loss :
       {unsteady::loses::nothing, unsteady::loses::before_the_commit, unsteady::loses::the_answer}) {
    room r(which);
    BOOST_REQUIRE(!r.post(bundle(patient(2, "Annou")))->fault);
    r.store.next = loss;
    const auto mail = r.post(bundle(patient(900, "Bobou") + "," + potassium(900, named)));
    BOOST_TEST_CONTEXT("loss " << int(loss)) {
      BOOST_REQUIRE(!mail->fault);
      BOOST_REQUIRE(mail->receipt.has_value());
      BOOST_TEST(reply_of_bundle(*mail).status == 200);
      BOOST_TEST(reply_of_bundle(*mail).body.find("201 Created") != std::string::npos);
      BOOST_TEST(r.at.sql("SELECT count(*) FROM patients") == "2");
      BOOST_TEST(r.at.sql("SELECT count(*) FROM lab_results") == "1");
      BOOST_TEST(r.at.sql("SELECT patient_id FROM lab_results") ==
                 r.at.sql("SELECT max(patient_id) FROM patients"));
      BOOST_TEST(r.at.sql("SELECT count(*) FROM fhir_resources WHERE type = 'Observation'") == "1");
      BOOST_TEST(r.at.sql("SELECT count(*) FROM hl7_message_log WHERE processing_status = 'processed'") ==
                 "2");
      BOOST_TEST(r.at.sql("SELECT count(*) FROM review_queue") == "0");
      BOOST_TEST(r.store.refusals == 0);
    }
  }
}

BOOST_DATA_TEST_CASE(what_the_rules_refuse_says_nothing_of_the_store, both) {
  room r(sample);
  std::string many = patient(1, "P");
  for (size_t i = 0; i < r.at.around.most_entries; ++i)
    many += R"(,{"resource":{"resourceType":"Basic","code":{"text":"x"}}})";
  const auto mail = r.post(bundle(many));
  BOOST_REQUIRE(mail->fault.has_value());
  BOOST_TEST(reply_of_bundle(*mail).status == 400);
  BOOST_TEST(r.store.refusals == 0);
  BOOST_TEST(r.at.sql("SELECT count(*) FROM hl7_message_log WHERE processing_status = 'failed'") == "1");
  BOOST_TEST(r.at.sql("SELECT count(*) FROM patients") == "0");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace aorta::pipeline
