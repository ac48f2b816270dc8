#include "engine/net/mllp/open_frames.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <string>
#include <vector>

using aorta::net::open_frames;

namespace {

constexpr size_t megabyte = 1u << 20;

struct sender final : open_frames::holder {
  sender(std::string who, std::vector<std::string>& where) : name(std::move(who)), given_up(where) {}
  void give_up_frame() override { given_up.push_back(name); }
  std::string name;
  std::vector<std::string>& given_up;
};

struct book {
  std::vector<std::string> given_up;
  std::deque<sender> senders;
  open_frames frames;
  sender& add(const std::string& name) { return senders.emplace_back(name, given_up); }
};

using list = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(frames_that_have_begun)

BOOST_AUTO_TEST_CASE(forty_frames_of_a_stranger_cannot_hold_more_than_half_the_budget) {
  book b;
  for (int i = 0; i < 40; ++i)
    b.frames.hold(b.add(std::to_string(i)), "stranger", 60 * megabyte, uint64_t(i));
  BOOST_TEST(b.frames.bytes() <= open_frames::least / 2);
  BOOST_TEST(b.given_up.front() == "0"); // the one that has not moved for longest
  BOOST_TEST(b.given_up.size() == 38u);
}

BOOST_AUTO_TEST_CASE(of_many_peers_the_one_that_holds_the_most_gives_way) {
  book b;
  b.frames.hold(b.add("laboratory"), "10.0.0.1", 20 * megabyte, 1);
  for (int i = 0; i < 4; ++i)
    b.frames.hold(b.add("stranger"), "10.0.1." + std::to_string(i), 60 * megabyte, uint64_t(2 + i));
  BOOST_TEST(b.given_up == list{"stranger"});
  BOOST_TEST(b.frames.bytes() == 200 * megabyte);
}

BOOST_AUTO_TEST_CASE(small_frames_always_pass_and_what_has_ended_is_forgotten) {
  book b;
  b.frames.hold(b.add("greedy"), "10.0.0.1", 127 * megabyte, 1);
  auto& small = b.add("small");
  b.frames.hold(small, "10.0.0.1", open_frames::small, 2);
  BOOST_TEST(b.given_up.empty());
  b.frames.release(b.senders.front());
  b.frames.release(b.senders.front());
  BOOST_TEST(b.frames.bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_peer_can_always_send_one_frame_of_the_largest_size) {
  book b;
  b.frames.limit(size_t{1} << 30);
  b.frames.hold(b.add("large"), "10.0.0.1", size_t{1} << 30, 1);
  BOOST_TEST(b.given_up.empty());
}

BOOST_AUTO_TEST_SUITE_END()
