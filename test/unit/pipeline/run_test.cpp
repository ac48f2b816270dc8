// Steps on one thread: what a chain may be, what its stages are given, and what a batch step's failure
// leaves.
#include "capital_names.hpp"
#include "engine/hl7/message.hpp"
#include "engine/pipeline/record.hpp"
#include "engine/pipeline/run.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>

using namespace aorta;
using namespace aorta::pipeline;
using list = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(running)

namespace {

struct at_noon final : clock_source {
  timestamp now() const override { return timestamp{std::chrono::seconds{1'790'000'000}}; }
};

/// Takes everything, or is away.
struct any_store final : lane, ports::lane {
  bool away = false;
  list kept;                   ///< control ids, `!` before those with a fault
  std::vector<size_t> commits; ///< how many messages each took
  ports::lane& store() override { return *this; }
  result<std::vector<ports::people>> candidates(model::clinic_id,
                                                std::span<const ports::wanted> of) override {
    if (away) return error{error_code::store_unavailable, "", "away"};
    return std::vector<ports::people>(of.size());
  }
  result<std::vector<std::optional<ports::taught>>> decided(model::clinic_id,
                                                            std::span<const identity::claims* const> who,
                                                            std::span<const ports::people* const>) override {
    return std::vector<std::optional<ports::taught>>(who.size());
  }
  result<std::vector<ports::receipt>> commit(std::span<const ports::filing> batch) override {
    if (away) return error{error_code::store_unavailable, "", "away"};
    commits.push_back(batch.size());
    for (const auto& each : batch) kept.push_back((each.log.fault ? "!" : "") + each.log.control_id);
    return std::vector<ports::receipt>(batch.size());
  }
  bool perhaps_batch() const noexcept override { return false; }
};

struct bench {
  at_noon clock;
  uuid_v7_source ids;
  route of;
  any_store store;
  bench() {
    of.how.name = "lab-results";
    of.clock = &clock;
    of.ids = &ids;
  }
  envelope_ptr letter(const std::string& id, const std::string& pid = "PID|1||1||Papas^maria") {
    auto mail = std::make_shared<envelope>();
    mail->bytes = "MSH|^~\\&|L|BIO|||20260101||ORU^R01|" + id + "|P|2.5.1\r" + pid + "\r";
    (void)read_header(*mail);
    return mail;
  }
};

const chain results = parse() | optional(capitalize_names()) | map_lab() | match_patient() | persist() |
  ack();
const chain kept_only = parse() | optional(capitalize_names()) | persist() | ack();

} // namespace

BOOST_AUTO_TEST_CASE(a_route_names_the_slots_in_their_order_and_may_leave_out_the_optional_ones) {
  const auto count = [](const list& names) { return results.stages(names).size(); };
  BOOST_TEST(count({"parse", "capital-names", "map-lab", "match-patient", "persist", "ack"}) == 6u);
  BOOST_TEST(count({"parse", "map-lab", "match-patient", "persist", "ack"}) == 5u);
  BOOST_TEST(count({"parse", "match-patient", "map-lab", "persist", "ack"}) == 0u);
  BOOST_TEST(count({"parse", "map-lab", "persist", "ack"}) == 0u);
  BOOST_TEST(count({"parse", "map-lab", "match-patient", "persist", "ack", "ack"}) == 0u);
  BOOST_TEST(count({}) == 0u);
  BOOST_TEST(results.required_names() == (list{"parse", "map-lab", "match-patient", "persist", "ack"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_stage_of_a_chain_is_given_what_it_needs_by_those_before_it) {
  for (const auto& kind : {results, parse_bundle() | persist() | answer_bundle(), kept_only}) {
    auto there = part::none;
    for (const auto& each : kind.stages()) {
      BOOST_TEST(((each.needs & there) == each.needs), each.name);
      there = there | each.gives;
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_refused_before_is_read_kept_and_answered_and_nothing_more) {
  bench b;
  auto refused = b.letter("1"), fine = b.letter("2");
  refused->refuse({error_code::unsupported_type, "MSH-9.1", "no route takes it"});
  const std::vector<envelope_ptr> both{refused, fine};
  BOOST_REQUIRE(run(kept_only.stages(), b.of, both, b.store));
  BOOST_TEST(b.store.kept == (list{"!1", "2"}), boost::test_tools::per_element());
  BOOST_TEST(refused->ack_code == "AR");
  BOOST_TEST(fine->ack_code == "AA");
  BOOST_TEST(refused->edited.empty()); // a middle stage is not given what has failed
  BOOST_TEST(!fine->edited.empty());
}

BOOST_AUTO_TEST_CASE(a_message_that_leaves_its_patient_is_committed_by_itself_behind_the_others) {
  using kind = ports::act::kind;
  const auto commits = [](kind is, std::optional<model::patient_id> seen) {
    bench b;
    auto moves = b.letter("1");
    moves->how = ports::filing::mode::again;
    auto why = std::make_shared<ports::act>();
    why->is = is;
    why->patient_seen = seen;
    moves->act = why;
    const std::vector<envelope_ptr> all{moves, b.letter("2"), b.letter("3")};
    BOOST_REQUIRE(run(kept_only.stages(), b.of, all, b.store));
    BOOST_TEST(b.store.kept.size() == 3u);
    if (b.store.commits.size() == 2u) BOOST_TEST(b.store.kept.back() == "1");
    return b.store.commits;
  };
  const std::vector<size_t> alone{2, 1}, together{3};
  BOOST_TEST(commits(kind::unlink, 7) == alone, boost::test_tools::per_element());
  BOOST_TEST(commits(kind::link, std::nullopt) == alone, boost::test_tools::per_element());
  BOOST_TEST(commits(kind::reprocess, 7) == alone, boost::test_tools::per_element()); // today it leads to
                                                                                      // nobody
  BOOST_TEST(commits(kind::reprocess, std::nullopt) == together, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_store_that_is_away_leaves_the_batch_for_another_time) {
  bench b;
  b.store.away = true;
  const auto mail = b.letter("1");
  const auto ran = run(kept_only.stages(), b.of, {&mail, 1}, b.store);
  BOOST_REQUIRE(!ran);
  BOOST_TEST((ran.error().code == error_code::store_unavailable));
  BOOST_TEST(!mail->receipt.has_value());
  BOOST_TEST(mail->reply.empty());
}

BOOST_AUTO_TEST_CASE(an_edited_message_is_read_as_it_stands_and_kept_as_it_came) {
  bench b;
  const auto mail = b.letter("1");
  const auto sent = mail->bytes;
  BOOST_REQUIRE(run((parse() | capitalize_names() | persist() | ack()).stages(), b.of, {&mail, 1}, b.store));
  using namespace hl7::literals;
  BOOST_TEST(hl7::get(*mail->message, "PID-5"_path).raw == "PAPAS^MARIA");
  BOOST_TEST(mail->header.control_id == "1");
  BOOST_TEST(mail->bytes == sent);
}

BOOST_AUTO_TEST_CASE(the_sender_hears_of_what_was_sent_whatever_an_edit_made_of_its_header) {
  struct renumber final : step {
    void run(envelope& mail) override {
      auto now = mail.bytes;
      now.replace(now.find("|77|"), 4, "|88|");
      BOOST_REQUIRE(stand_as(mail, now));
    }
  };
  bench b;
  const auto mail = b.letter("77");
  const middle edit{{.name = "renumber", .make = [](const route&) -> std::unique_ptr<step> {
                       return std::make_unique<renumber>();
                     }}};
  BOOST_REQUIRE(run((parse() | edit | persist() | ack()).stages(), b.of, {&mail, 1}, b.store));
  BOOST_TEST(mail->reply.find("MSA|AA|77") != std::string::npos);
  BOOST_TEST(b.store.kept == list{"77"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(
  a_message_of_which_nothing_can_be_told_is_kept_as_failed_and_its_neighbours_as_they_are) {
  struct untold final : payload {
    void trace(trace_writer&) const override { throw std::runtime_error("Papas"); }
  };
  bench b;
  const auto bad = b.letter("1"), good = b.letter("2");
  bad->payload = std::make_shared<untold>();
  const std::vector<envelope_ptr> both{bad, good};
  BOOST_REQUIRE(run(kept_only.stages(), b.of, both, b.store));
  BOOST_TEST(b.store.kept == (list{"!1", "2"}), boost::test_tools::per_element());
  BOOST_TEST(bad->ack_code == "AE");
  BOOST_TEST(good->ack_code == "AA");
}

BOOST_AUTO_TEST_CASE(what_a_step_throws_is_the_envelopes_fault_and_tells_nothing_of_the_message) {
  struct thrower final : step {
    void run(envelope&) override { throw std::runtime_error("Papas"); }
  };
  bench b;
  const auto mail = b.letter("1");
  const middle bad{{.name = "bad", .make = [](const route&) -> std::unique_ptr<step> {
                      return std::make_unique<thrower>();
                    }}};
  BOOST_REQUIRE(run((parse() | bad | persist() | ack()).stages(), b.of, {&mail, 1}, b.store));
  BOOST_TEST(mail->ack_code == "AE");
  BOOST_TEST(mail->reply.find("Papas") == std::string::npos);
  BOOST_TEST(trace_of(*mail).find("Papas") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_example_of_the_documentation_is_the_code_that_was_tried) {
  const auto read = [](const std::string& path) {
    std::ifstream in(std::string(AORTA_SOURCE) + path);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
  };
  auto code = read("/test/unit/pipeline/capital_names.cpp");
  code.erase(0, code.find("namespace aorta::pipeline {"));
  BOOST_REQUIRE(!code.empty());
  BOOST_TEST(read("/docs/adding-a-stage.md").find(code) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
