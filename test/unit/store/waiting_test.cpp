// Messages that wait for their patient, and the notes by which they are found again.
#include "test/unit/store/stores.hpp"

using namespace aorta;
using namespace aorta::test;
using ports::filing;
using ports::message_status;

namespace {

struct waiting_store : fresh_store {
  explicit waiting_store(aorta::test::on kind) : fresh_store(kind) { look(); }

  /// A message about the patient of this mrn that nobody could match, when these had been seen.
  std::unique_ptr<letter> wait(const std::string& id, const std::string& mrn,
                               std::vector<model::patient_id> seen = {}) {
    auto out = write_letter(*this, id, 0, potassium("4.0", 'F', 1));
    out->report.who = {};
    out->report.who.ids = {
      {identity::id_kind::mrn, identity::normalise(identity::id_kind::mrn, mrn), "MAIN"}};
    out->filing.claims = &out->report.who;
    out->filing.log.patient.reset();
    out->filing.log.status = message_status::unmatched;
    out->decision.is = identity::decision::kind::none;
    out->decision.patient.reset();
    out->decision.evidence = {"nobody has the number"};
    considered_.push_back(std::move(seen));
    out->filing.considered = &considered_.back();
    file_one(*this, *out);
    return out;
  }
  std::vector<uuid> find() { return must(admin().find_waiting(clinic, 100)).messages; }
  /// What is found now, and is not found again.
  std::vector<uuid> look() {
    const auto found = must(admin().find_waiting(clinic, 100));
    BOOST_TEST(admin().note_looked(clinic, found.news).ok());
    BOOST_TEST(must(admin().find_waiting(clinic, 100)).news.empty());
    return found.messages;
  }

private:
  std::deque<std::vector<model::patient_id>> considered_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(waiting)

BOOST_DATA_TEST_CASE(a_patient_who_comes_later_finds_the_messages_that_wait_in_their_order, both) {
  waiting_store store(sample);
  const auto one = store.wait("1", "M-1"), other = store.wait("2", "M-2"), two = store.wait("3", "M-1");
  BOOST_TEST(store.look().empty());
  add_patient(store, "M-1");
  const std::vector<uuid> wanted{one->filing.log.id, two->filing.log.id};
  BOOST_TEST((store.find() == wanted));
  BOOST_TEST((store.look() == wanted)); // until it was looked at
  BOOST_TEST(store.look().empty());
  add_patient(store, "M-2");
  BOOST_TEST((store.look() == std::vector<uuid>{other->filing.log.id}));
}

BOOST_DATA_TEST_CASE(who_came_between_the_matchers_look_and_the_filing_is_not_missed, both) {
  waiting_store store(sample);
  const auto patient = add_patient(store, "M-1");
  store.look(); // as a node does that sees the patient, and not yet the message
  const auto unseen = store.wait("1", "M-1");
  BOOST_TEST((store.look() == std::vector<uuid>{unseen->filing.log.id}));
  // The matcher saw the patient, perhaps as the row was before.
  const auto seen = store.wait("2", "M-1", {patient});
  BOOST_TEST((store.look() == std::vector<uuid>{seen->filing.log.id}));
  // What was written long ago was seen as it is.
  store.clock.at += std::chrono::minutes{2};
  add_patient(store, "M-2");
  store.look();
  BOOST_TEST(store.ask("SELECT count(*) FROM match_news") == "1");
  store.wait("3", "M-1", {patient});
  BOOST_TEST(store.look().empty());
}

BOOST_DATA_TEST_CASE(what_is_filed_or_dismissed_waits_no_more, both) {
  waiting_store store(sample);
  const auto linked = store.wait("1", "M-1"), dismissed = store.wait("2", "M-1");
  const auto patient = add_patient(store, "M-9");
  linked->filing.how = filing::mode::again;
  linked->filing.log.status = message_status::processed;
  linked->filing.log.patient = patient;
  file_one(store, *linked);
  const auto waits = must(store.admin().message(store.clinic, dismissed->filing.log.id));
  const auto anna = must(store.admin().access().user("anna@clinic.example", true)).value();
  BOOST_TEST(must(store.admin().resolve(store.clinic, waits->reviews.at(0).id, "accept", "a test", anna)));
  BOOST_TEST(store.ask("SELECT count(*) FROM waiting_claims") == "0");
  add_patient(store, "M-1");
  BOOST_TEST(store.look().empty());
}

BOOST_DATA_TEST_CASE(a_question_that_stays_is_one_item_with_what_is_known_today, both) {
  waiting_store store(sample);
  const auto message = store.wait("1", "M-1");
  const auto before = must(store.admin().message(store.clinic, message->filing.log.id))->reviews.at(0);
  message->filing.how = filing::mode::again;
  message->decision.evidence = {"the name is another one"};
  message->decision.candidates = {add_patient(store, "M-1")};
  file_one(store, *message);
  const auto now = must(store.admin().message(store.clinic, message->filing.log.id))->reviews;
  BOOST_REQUIRE_EQUAL(now.size(), 1u);
  BOOST_TEST((now[0].id == before.id && now[0].state == "open"));
  BOOST_TEST(now[0].reasons_json == R"(["the name is another one"])");
  BOOST_TEST(store.ask("SELECT count(*) FROM waiting_claims") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
