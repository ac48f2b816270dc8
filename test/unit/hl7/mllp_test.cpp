#include "engine/hl7/mllp.hpp"

#include "test/unit/hl7/corpus.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <ctime>
#include <random>

using namespace aorta::hl7;
using namespace std::string_literals;

namespace {

/// What a decoder told, one line an event; noise is summed up, since its pieces depend on the reads.
struct listener {
  explicit listener(mllp_tolerance tolerance = {}) : decoder(tolerance) {
    on.frame = [this](std::string&& bytes) { told.push_back("frame " + bytes); };
    on.broken = [this](std::string&& bytes) { told.push_back("broken " + bytes); };
    on.noise = [this](size_t count) { noise += count; };
    on.too_large = [this](std::string&& bytes, size_t came) {
      told.push_back("too large");
      kept = std::move(bytes);
      large = came;
    };
  }
  listener& feed(std::string_view bytes) {
    decoder.feed(bytes, on);
    return *this;
  }
  listener& settle() {
    decoder.settle(on);
    return *this;
  }
  listener& finish() {
    decoder.finish(on);
    return *this;
  }
  mllp_decoder decoder;
  mllp_decoder::events on;
  std::vector<std::string> told;
  std::string kept;
  size_t noise = 0, large = 0;
};

using told = std::vector<std::string>;
const mllp_tolerance bare{64u << 20, true};

/// Whole, in two pieces at each point, and byte by byte.
void check_every_split(const std::string& bytes, mllp_tolerance tolerance, const told& expected,
                       size_t noise) {
  const auto check = [&](listener& heard) {
    heard.finish();
    BOOST_REQUIRE(heard.told == expected);
    BOOST_REQUIRE_EQUAL(heard.noise, noise);
    BOOST_REQUIRE_EQUAL(heard.decoder.buffered(), 0u);
  };
  for (size_t split = 0; split <= bytes.size(); ++split) {
    listener heard(tolerance);
    heard.feed(std::string(bytes, 0, split)).feed(std::string(bytes, split));
    check(heard);
  }
  listener slow(tolerance);
  for (const char c : bytes) slow.feed({&c, 1});
  check(slow);
}

} // namespace

BOOST_AUTO_TEST_SUITE(mllp)

BOOST_AUTO_TEST_CASE(a_frame_is_the_bytes_between_its_marks) {
  std::string wire;
  append_frame(wire, "MSH|^~\\&|a\r");
  append_frame(wire, "MSH|^~\\&|b\r");
  BOOST_TEST(wire == "\x0bMSH|^~\\&|a\r\x1c\r\x0bMSH|^~\\&|b\r\x1c\r");
  check_every_split(wire, {}, {"frame MSH|^~\\&|a\r", "frame MSH|^~\\&|b\r"}, 0);
}

BOOST_AUTO_TEST_CASE(an_end_mark_ends_the_frame_when_silence_follows) {
  listener heard;
  heard.feed("\x0bMSH|a\r\x1c");
  BOOST_TEST(heard.told.empty());
  heard.settle();
  BOOST_TEST(heard.told == told{"frame MSH|a\r"});
  heard.feed("\r").feed("\x0bMSH|b\r\x1c").settle().settle();
  BOOST_TEST(heard.told.size() == 2u);
  BOOST_TEST(heard.noise == 0u);
}

BOOST_AUTO_TEST_CASE(a_missing_or_doubled_line_end_behind_the_end_mark_is_taken) {
  check_every_split("\x0b"
                    "a\x1c\x0b"
                    "b\x1c\n\x0b"
                    "c\x1c\r\n\x0b"
                    "d\x1c",
                    {}, {"frame a", "frame b", "frame c", "frame d"}, 0);
  check_every_split("\x0b"
                    "a\x1c\r\r\n\x0b"
                    "b\x1c\n\n",
                    {}, {"frame a", "frame b"}, 3);
}

BOOST_AUTO_TEST_CASE(noise_before_a_frame_is_counted_and_skipped) {
  check_every_split("\r\n\0 keep-alive\n\x0b"
                    "a\x1c\r junk \x0b"
                    "b\x1c\r\x1c\x1c"s,
                    {}, {"frame a", "frame b"}, 23);
}

BOOST_AUTO_TEST_CASE(an_end_mark_amid_a_text_is_content) {
  check_every_split("\x0bone\x1ctwo\x1c\x1c\r\x0bthree\x1c\r", {}, {"frame one\x1ctwo\x1c", "frame three"},
                    0);
}

BOOST_AUTO_TEST_CASE(a_second_start_mark_breaks_off_the_open_frame) {
  check_every_split("\x0bMSH|a\rPID|1\r\x0bMSH|b\r\x1c\r", {}, {"broken MSH|a\rPID|1\r", "frame MSH|b\r"}, 0);
  check_every_split("\x0bMSH|a\nPID\n\x0bPID|b\x1c\r", {}, {"broken MSH|a\nPID\n", "frame PID|b"}, 0);
  check_every_split("\x0bMSH|a\rPID|1||81\x0bMSH|b\r\x1c\r", {}, {"broken MSH|a\rPID|1||81", "frame MSH|b\r"},
                    0);
  check_every_split("\x0b\x0b\x0bMSH|b\r\x1c\r", {}, {"frame MSH|b\r"}, 0);
}

BOOST_AUTO_TEST_CASE(a_start_mark_amid_a_text_is_content) {
  check_every_split("\x0bMSH|a\rNTE|one\x0btwo\x0bMS\x0bMSH\x0bMSHx\r\x1c\r", {},
                    {"frame MSH|a\rNTE|one\x0btwo\x0bMS\x0bMSH\x0bMSHx\r"}, 0);
  check_every_split("\x0b"
                    "a\x0b\x1c\x0b"
                    "a\x0bM\x1c\x0b"
                    "a\x0bMSH\x1c",
                    {}, {"frame a\x0b", "frame a\x0bM", "frame a\x0bMSH"}, 0);
}

BOOST_AUTO_TEST_CASE(an_unfinished_frame_is_reported_when_the_sender_goes) {
  check_every_split("\x0bMSH|a\rPID", {}, {"broken MSH|a\rPID"}, 0);
  check_every_split("\x0bMSH|a\rPID\x0bMS", {}, {"broken MSH|a\rPID\x0bMS"}, 0);
  check_every_split("\x0b"
                    "a\x1c\r\x0b",
                    {}, {"frame a"}, 0);
}

BOOST_AUTO_TEST_CASE(an_empty_frame_is_a_frame) {
  check_every_split("\x0b\x1c\r\x0b\x06\x1c\r", {}, {"frame ", "frame \x06"}, 0);
}

BOOST_AUTO_TEST_CASE(a_missing_start_mark_is_taken_where_the_listener_allows_it) {
  const std::string wire =
    "MSH|^~\\&|a\rMSH|x\r\x1c\r\nMSH#b\x1c\rxMSH|no\nMSHno\nMS\nMSH|c\r\x1c\r\x0bMSH|d\x1cMSH|e\x1c";
  check_every_split(
    wire, bare, {"frame MSH|^~\\&|a\rMSH|x\r", "frame MSH#b", "frame MSH|c\r", "frame MSH|d", "frame MSH|e"},
    17);
  check_every_split("MSH|a\r\x1c\r\x0bMSH|b\x1c\r", {}, {"frame MSH|b"}, 8);
  check_every_split("junk\nMSH", bare, {}, 8);
  check_every_split("MS\x0bMSH|a\x1c\rM\x0b"
                    "b\x1c",
                    bare, {"frame MSH|a", "frame b"}, 3);
}

BOOST_AUTO_TEST_CASE(a_missing_start_mark_is_told_where_the_listener_does_not_allow_it) {
  const auto hear = [](std::string_view wire, size_t split) {
    listener heard;
    heard.on.unframed = [&](std::string&& bytes) { heard.told.push_back("unframed " + bytes); };
    heard.feed(wire.substr(0, split)).feed(wire.substr(split)).finish();
    return std::pair(heard.told, heard.noise);
  };
  const std::string wire = "junk\nMSH|a\r\x1c\r\x0bMSH|b\x1c\rMSH|never ends\r\x0bMSH|c\x1c\rMSH|nor this";
  for (size_t split = 0; split <= wire.size(); ++split) {
    const auto [told_of, noise] = hear(wire, split);
    BOOST_TEST((told_of == told{"unframed MSH|a\r", "frame MSH|b", "frame MSH|c"}), split);
    BOOST_TEST(noise == 5u + 15u + 12u, split);
  }
}

BOOST_AUTO_TEST_CASE(a_frame_past_the_limit_stops_the_decoder) {
  const mllp_tolerance small{10, false};
  check_every_split("\x0b"
                    "0123456789\x1c\r",
                    small, {"frame 0123456789"}, 0);
  check_every_split("\x0b"
                    "0123456789A\x1c\r\x0b"
                    "a\x1c\r",
                    small, {"too large"}, 0);
  check_every_split("\x0b"
                    "012345678\r\x0b"
                    "a\x1c",
                    small, {"broken 012345678\r", "frame a"}, 0);
  listener heard(small);
  heard
    .feed("\x0b"
          "0123")
    .feed("456789ABC");
  BOOST_TEST(heard.kept == "0123456789ABC");
  BOOST_TEST(heard.large == 13u);
  BOOST_TEST(heard.decoder.buffered() == 0u);
  heard
    .feed("\x0b"
          "a\x1c\r")
    .finish();
  BOOST_TEST(heard.told == told{"too large"});
}

BOOST_AUTO_TEST_CASE(only_the_beginning_of_a_frame_past_the_limit_is_kept) {
  listener heard(mllp_tolerance{1u << 20, false});
  heard.feed("\x0b");
  const std::string read(50'000, 'x');
  for (int i = 0; i < 30; ++i) heard.feed(read);
  BOOST_TEST(heard.told == told{"too large"});
  BOOST_TEST(heard.kept.size() == 65'536u);
  BOOST_TEST(heard.large > 1u << 20);
}

BOOST_AUTO_TEST_CASE(every_message_of_the_corpus_passes_through_in_reads_of_any_size) {
  std::mt19937 random(3);
  std::string wire;
  told expected;
  for (const auto& [name, bytes] : corpus::all()) {
    append_frame(wire, bytes);
    expected.push_back("frame " + bytes);
  }
  for (const size_t most : {1, 7, 100, 5'000, 70'000}) {
    listener heard(bare);
    for (size_t at = 0; at < wire.size();) {
      const size_t size = 1 + random() % most;
      heard.feed(std::string_view(wire).substr(at, size));
      at += size;
    }
    BOOST_TEST(heard.told == expected);
    BOOST_TEST(heard.noise == 0u);
  }
}

BOOST_AUTO_TEST_CASE(nonsense_gives_the_same_events_however_it_is_cut) {
  std::mt19937 random(5);
  const std::string alphabet = "\x0b\x0b\x1c\x1c\r\nMSH|Mx"s;
  for (int round = 0; round < 4'000; ++round) {
    std::string wire;
    for (size_t i = random() % 40; i > 0; --i)
      random() % 6 == 0 ? wire += "\x0bMSH|" : wire += alphabet[random() % alphabet.size()];
    const mllp_tolerance tolerance{random() % 3 == 0 ? size_t{6} : size_t{1000}, random() % 2 == 0};
    listener whole(tolerance);
    whole.feed(wire).finish();
    check_every_split(wire, tolerance, whole.told, whole.noise);
  }
}

BOOST_AUTO_TEST_CASE(a_large_frame_and_a_read_full_of_marks_take_time_in_proportion) {
  const auto begun = std::clock(); // of this process: others may be busy
  listener heard(bare);
  heard.feed("\x0bMSH|a\r");
  const std::string read = std::string(32'000, 'x') + std::string(32'000, '\x0b');
  for (int i = 0; i < 800; ++i) heard.feed(read);
  heard.feed("\x1c\r");
  std::string many;
  for (int i = 0; i < 300'000; ++i)
    many += "\x0b\r\x0b"
            "a\x1c";
  heard.feed(many);
  BOOST_TEST(heard.told.size() == 600'000u);
  BOOST_CHECK(std::clock() - begun < 60 * CLOCKS_PER_SEC); // many minutes, if each byte were seen again and
                                                           // again
}

BOOST_AUTO_TEST_SUITE_END()
