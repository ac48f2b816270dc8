#include "test/unit/store/records.hpp"

using namespace aorta;
using namespace aorta::test;
using namespace std::chrono_literals;
using ports::job_state;

namespace {

constexpr std::chrono::seconds lease{30};

/// A transaction that is kept.
template <class Work>
auto in(record_store& store, Work&& work) {
  store.begin();
  auto out = must(work(store.with->jobs()));
  must(store.with->commit());
  return out;
}

ports::job an_export(record_store& store) {
  ports::job out;
  out.created = store.clock.now();
  out.id = store.ids.next(out.created);
  out.kind = "export";
  out.actor = "key:test";
  out.asked = "{}";
  in(store, [&](auto& jobs) { return jobs.add(out); });
  return out;
}

bool advance(record_store& store, ports::job job, int file, const std::string& owner) {
  return in(store, [&](auto& jobs) {
    return jobs.advance(job, ports::job_file{file, "Patient", 1},
                        must(jobs.sealed("{\"resourceType\":\"Patient\"}\n")), owner, lease);
  });
}

std::optional<ports::job> take(record_store& store, const std::string& owner) {
  return in(store, [&](auto& jobs) { return jobs.take("export", owner, lease); });
}

} // namespace

BOOST_AUTO_TEST_SUITE(jobs)

BOOST_DATA_TEST_CASE(a_job_is_one_nodes_and_whoever_lost_it_writes_nothing, both) {
  record_store store(sample);
  auto job = an_export(store);
  BOOST_TEST(take(store, "one").has_value());
  BOOST_TEST(!take(store, "two").has_value());
  BOOST_TEST(take(store, "one").has_value()); // again: it is still its own
  job.place = "0 1 x";
  job.resources = 1;
  BOOST_TEST(advance(store, job, 0, "one"));
  BOOST_TEST(!advance(store, job, 1, "two"));
  store.clock.at += 31s;
  const auto taken = take(store, "two");
  BOOST_REQUIRE(taken);
  BOOST_TEST(taken->place == "0 1 x");
  BOOST_TEST(taken->resources == 1);
  BOOST_TEST(!advance(store, job, 1, "one")); // it slept, and another went on
  BOOST_TEST(advance(store, job, 1, "two"));
  BOOST_TEST(in(store, [&](auto& jobs) { return jobs.files(job.id); }).size() == 2u);
}

BOOST_DATA_TEST_CASE(what_has_ended_is_written_no_more_and_its_files_go_in_time, both) {
  record_store store(sample);
  auto job = an_export(store);
  BOOST_TEST(take(store, "one").has_value());
  BOOST_TEST(in(store, [&](auto& jobs) { return jobs.running("export"); }) == 1);
  job.is = job_state::done;
  job.ended = store.clock.now();
  job.expires = *job.ended + 24h;
  BOOST_TEST(advance(store, job, 0, "one"));
  BOOST_TEST(!advance(store, job, 1, "one"));
  BOOST_TEST(in(store, [&](auto& jobs) { return jobs.running("export"); }) == 0);
  BOOST_TEST(in(store, [&](auto& jobs) { return jobs.content(job.id, 0); }).value_or("") ==
             "{\"resourceType\":\"Patient\"}\n");
  BOOST_TEST(in(store, [&](auto& jobs) { return jobs.expire(false); }) == 0);
  store.clock.at += 24h + 1s;
  BOOST_TEST(in(store, [&](auto& jobs) { return jobs.expire(false); }) == 1);
  BOOST_TEST((in(store, [&](auto& jobs) { return jobs.find(job.id); })->is == job_state::expired));
  BOOST_TEST(!in(store, [&](auto& jobs) { return jobs.content(job.id, 0); }).has_value());
  BOOST_TEST(store.ask("SELECT count(*) FROM job_files") == "0");
}

BOOST_DATA_TEST_CASE(one_goes_after_the_other_and_what_comes_no_further_is_counted, both) {
  record_store store(sample);
  auto job = an_export(store);
  BOOST_TEST(take(store, "one")->tries == 1);
  BOOST_TEST(take(store, "one")->tries == 2);
  BOOST_TEST(advance(store, job, 0, "one"));
  BOOST_TEST(take(store, "one")->tries == 1);
  store.clock.at += 1s;
  const auto other = an_export(store);
  BOOST_TEST((take(store, "one")->id == job.id));
  BOOST_TEST(!take(store, "two").has_value()); // the second waits for the first, whoever has that
  BOOST_TEST(!in(store, [&](auto& jobs) { return jobs.take("import/bio", "two", lease); }).has_value());
  job.is = job_state::failed;
  job.ended = store.clock.now();
  BOOST_TEST(advance(store, job, 1, "one"));
  BOOST_TEST((take(store, "two")->id == other.id));
  BOOST_TEST(store.ask("SELECT count(*) FROM job_files") == "2");
  in(store, [&](auto& jobs) { return jobs.drop_files(job.id); });
  BOOST_TEST(store.ask("SELECT count(*) FROM job_files") == "0");
  BOOST_TEST(in(store, [&](auto& jobs) { return jobs.kept("export", "key:test"); }) == 0);
  store.clock.at += ports::longest_job + 1s;
  BOOST_TEST(in(store, [&](auto& jobs) { return jobs.expire(false); }) == 1);
  BOOST_TEST((in(store, [&](auto& jobs) { return jobs.find(other.id); })->is == job_state::expired));
}

BOOST_DATA_TEST_CASE(a_job_is_its_clinics_and_may_be_cancelled_once, both) {
  record_store store(sample);
  const auto job = an_export(store);
  BOOST_TEST(take(store, "one").has_value());
  store.begin(true, store.other);
  BOOST_TEST(!must(store.with->jobs().find(job.id)).has_value());
  BOOST_TEST(!must(store.with->jobs().end(job.id, job_state::cancelled)));
  BOOST_TEST(!must(store.with->jobs().take("export", "three", lease)).has_value());
  must(store.with->commit());
  BOOST_TEST(in(store, [&](auto& jobs) { return jobs.end(job.id, job_state::cancelled); }));
  BOOST_TEST(!in(store, [&](auto& jobs) { return jobs.end(job.id, job_state::cancelled); }));
  BOOST_TEST(!advance(store, job, 0, "one"));
  BOOST_TEST(!take(store, "one").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
