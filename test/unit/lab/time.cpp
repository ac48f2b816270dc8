#include "engine/lab/time.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace aorta;
using precision = model::moment::precision;

namespace {

std::string read(std::string_view text, const std::string& zone = "Asia/Nicosia") {
  const auto m = lab::read_time(text, zone);
  if (!m) return "-";
  return to_iso(m->at, std::chrono::minutes{m->offset_minutes}) + (m->ambiguous ? " ambiguous" : "");
}

} // namespace

BOOST_AUTO_TEST_SUITE(times)

BOOST_AUTO_TEST_CASE(local_times_get_the_offset_of_their_season) {
  BOOST_TEST(read("20261123101500") == "2026-11-23T10:15:00+02:00");
  BOOST_TEST(read("20260723101500") == "2026-07-23T10:15:00+03:00");
  BOOST_TEST(read("20260723101500", "Europe/London") == "2026-07-23T10:15:00+01:00");
  BOOST_TEST(read("19000101") != "-");
}

BOOST_AUTO_TEST_CASE(any_precision_is_kept) {
  const std::pair<const char*, precision> cases[] = {{"2026", precision::year},
                                                     {"202611", precision::month},
                                                     {"20261123", precision::day},
                                                     {"2026112310", precision::hour},
                                                     {"202611231015", precision::minute},
                                                     {"20261123101500", precision::second},
                                                     {"20261123101500.1", precision::fraction}};
  for (const auto& [text, told] : cases)
    BOOST_TEST((lab::read_time(text, "Asia/Nicosia")->told == told), text);
  BOOST_TEST(read("2026") == "2026-01-01T00:00:00+02:00");
  BOOST_TEST(read("20261123101500.1234+0200") == "2026-11-23T10:15:00.123400+02:00");
}

BOOST_AUTO_TEST_CASE(an_offset_that_was_told_is_kept) {
  BOOST_TEST(read("20020215093000-0700") == "2002-02-15T09:30:00-07:00");
  BOOST_TEST(read("201203141259-0215") == "2012-03-14T12:59:00-02:15");
  BOOST_TEST(read("20261123+0530") == "2026-11-23T00:00:00+05:30");
  BOOST_TEST(read("20261123101500+00:00") == "2026-11-23T10:15:00+00:00");
}

BOOST_AUTO_TEST_CASE(the_repeated_hour_is_marked_and_the_earlier_one_taken) {
  BOOST_TEST(read("202610250330") == "2026-10-25T03:30:00+03:00 ambiguous"); // summer time ends at 04:00
  BOOST_TEST(read("202610250259") == "2026-10-25T02:59:00+03:00");
  BOOST_TEST(read("202610250400") == "2026-10-25T04:00:00+02:00");
  BOOST_TEST(read("202610250330+0200") == "2026-10-25T03:30:00+02:00");
  BOOST_TEST(read("20261025") == "2026-10-25T00:00:00+03:00");
}

BOOST_AUTO_TEST_CASE(the_hour_left_out_in_spring_is_read_with_the_offset_before) {
  const auto* zone = lab::find_zone("Asia/Nicosia");
  BOOST_REQUIRE(zone);
  const auto reading = lab::read_local("202603290330", *zone);
  BOOST_TEST(reading->skipped);
  BOOST_TEST(!reading->when.ambiguous);
  BOOST_TEST(read("202603290330") == "2026-03-29T03:30:00+02:00");
  BOOST_TEST(!lab::read_local("202603290430", *zone)->skipped);
}

BOOST_AUTO_TEST_CASE(what_was_asked_before_changes_nothing) {
  for (const auto zone : {"Asia/Nicosia", "America/Sao_Paulo", "Asia/Tehran", "Australia/Lord_Howe", "UTC"})
    for (int day = 1; day <= 31; ++day)
      for (const auto month : {"03", "04", "10"}) {
        if (day == 31 && std::string_view(month) == "04") continue;
        const auto date = std::string("2018") + month + (day < 10 ? "0" : "") + std::to_string(day);
        for (const auto clock : {"0000", "0030", "0145", "0330", "0400", "2330"}) {
          const auto first = read(date + clock, zone);
          read(date + "1200", zone);
          BOOST_TEST(read(date + clock, zone) == first);
          std::string fresh;
          std::thread([&] { fresh = read(date + clock, zone); }).join();
          BOOST_TEST(fresh == first);
        }
      }
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_refused) {
  for (const auto text : {"",
                          "26",
                          "202",
                          "20261",
                          "20261301",
                          "20260230",
                          "2026112324",
                          "202611232460",
                          "20261123101560",
                          "2026-11-2",
                          "2026-11-23 10",
                          "2026-11-23x10:15",
                          "20261123T1015",
                          "20261123101500.",
                          "202611231015.5",
                          "20261123101500+",
                          "20261123101500+2",
                          "20261123101500+020",
                          "20261123101500+9900",
                          "00000101",
                          "20261123101500 ",
                          "abcd",
                          "+0200"})
    BOOST_TEST(read(text) == "-", text);
}

BOOST_AUTO_TEST_CASE(days_and_times_are_read_as_iso_writes_them_too) {
  BOOST_TEST(read("2026-11-18") == read("20261118"));
  BOOST_TEST(read("2026-11-18 06:55") == read("202611180655"));
  BOOST_TEST(read("2026-11-18 06:55:00") == read("20261118065500"));
  BOOST_TEST(read("2026-11-18T06:55:00.25+02:00") == read("20261118065500.25+0200"));
  BOOST_TEST(read("2026-11-18T06:55:00Z") == read("20261118065500+0000"));
  BOOST_TEST(read("2026-11-18T06:55:00.5Z") == read("20261118065500.5+0000"));
  for (const auto text : {"2026-11-18 06:55:0", "2026-13-18", "2026-11-18T06:55:00ZZ", "2026-11-18Tnoon:00",
                          "2026-11-18T06:55:00+02:00+02:00+02:00+02:00"})
    BOOST_TEST(read(text) == "-", text);
}

BOOST_AUTO_TEST_CASE(zeros_tell_no_time) {
  for (const auto text :
       {"0", "00000000", "00000000000000", "00000000000000.000+0000", "0000-00-00 00:00:00"})
    BOOST_TEST(lab::says_no_time(text), text);
  for (const auto text : {"", "20261118", "00000101", "+0000", "-"})
    BOOST_TEST(!lab::says_no_time(text), text);
}

BOOST_AUTO_TEST_CASE(the_headers_offset_holds_where_the_zone_says_otherwise) {
  const auto* zone = lab::find_zone("Asia/Nicosia");
  BOOST_REQUIRE(zone);
  const auto offset = [&](const char* header) {
    const auto out = lab::default_offset(header, *zone);
    return out ? std::to_string(out->count()) : "-";
  };
  BOOST_TEST(offset("20261118070500+0000") == "0");
  BOOST_TEST(offset("20261118070500+0300") == "180");
  BOOST_TEST(offset("20261118070500+0200") == "-"); // the zone's own: its times in summer keep theirs
  BOOST_TEST(offset("20260718070500+0300") == "-");
  BOOST_TEST(offset("202610250330+0200") == "-"); // the hour that comes twice
  BOOST_TEST(offset("202610250330+0300") == "-");
  BOOST_TEST(offset("20261118070500") == "-");
  BOOST_TEST(offset("junk") == "-");
  BOOST_TEST(to_iso(lab::read_local("20261118065500", *zone, std::chrono::minutes{0})->when.at) ==
             "2026-11-18T06:55:00Z");
  BOOST_TEST(to_iso(lab::read_local("20261118065500+0200", *zone, std::chrono::minutes{0})->when.at) ==
             "2026-11-18T04:55:00Z");
}

BOOST_AUTO_TEST_CASE(zones_are_iana_names) {
  BOOST_TEST(lab::known_time_zone("Asia/Nicosia"));
  BOOST_TEST(lab::known_time_zone("Europe/Athens"));
  BOOST_TEST(lab::known_time_zone("UTC"));
  for (const auto name : {"", "Asia/Nowhere", "GMT+25", "nicosia"})
    BOOST_TEST(!lab::known_time_zone(name), name);
  BOOST_TEST(read("20261123", "Asia/Nowhere") == "-");
}

BOOST_AUTO_TEST_SUITE_END()
