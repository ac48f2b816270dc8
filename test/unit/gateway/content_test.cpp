// What receivers over HTTP and in folders get of a message.
#include "engine/gateway/carriers/content.hpp"
#include "engine/gateway/carriers/drop_file.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

using namespace aorta;
using gateway::content_of;
using kind = delivery::outcome::kind;
namespace fs = std::filesystem;

namespace {

ports::parcel some(const std::string& body) {
  ports::parcel out;
  out.id = *uuid_from_text("01890000-0000-7000-8000-000000000001");
  out.message = *uuid_from_text("01890000-0000-7000-8000-000000000002");
  out.patient = 7;
  out.body = body;
  out.control_id = "NEW";
  out.message_type = "ORU^R01";
  BOOST_REQUIRE(from_iso("2026-11-26T08:15:00Z", out.created_at));
  return out;
}

/// A folder that is gone with the test.
struct folder {
  fs::path path = fs::temp_directory_path() / ("aorta-drop-" + std::to_string(getpid()));
  folder() { fs::create_directories(path); }
  ~folder() { fs::remove_all(path); }
  delivery::outcome drop(const std::string& name, const std::string& bytes) const {
    return gateway::drop_file(path.string(), "1", name, bytes);
  }
  std::string read(const std::string& name) const {
    std::ostringstream out;
    out << std::ifstream(path / name, std::ios::binary).rdbuf();
    return out.str();
  }
  size_t files() const {
    return size_t(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(what_is_given)

BOOST_AUTO_TEST_CASE(a_message_is_a_tree_of_texts_in_utf8_without_escapes) {
  const auto tree = gateway::message_as_json("MSH|^~\\&|A||||||ORU^R01|1|P|2.5.1|||||CYP|8859/7\r"
                                             "PID|1||7^^^CYP&x&ISO~8||\xc3\xe5\xf9\xf1\xe3||\"\"|a\\T\\b\r");
  BOOST_TEST(
    tree.value() ==
    R"({"segments":[{"name":"MSH","fields":[[[["|"]]],[[["^~\\&"]]],[[["A"]]],[],[],[],[],[],)"
    R"([[["ORU"],["R01"]]],[[["1"]]],[[["P"]]],[[["2.5.1"]]],[],[],[],[],[[["CYP"]]],[[["8859/7"]]]]},)"
    R"({"name":"PID","fields":[[[["1"]]],[],[[["7"],[""],[""],["CYP","x","ISO"]],[["8"]]],[],)"
    R"([[["Γεωργ"]]],[],[[[null]]],[[["a&b"]]]]}]})");
  BOOST_TEST(!gateway::message_as_json("no message"));
  // Windows-1253 in a message that does not say so: its route knows, and here nobody does.
  BOOST_TEST(!gateway::message_as_json(
    "MSH|^~\\&|A||||20261126||ORU^R01|1|P|2.5.1\rPID|1||7||\xC4\xC7\xCC\xCF\xD5\r"));
}

BOOST_AUTO_TEST_CASE(bytes_go_under_our_id_and_an_event_says_nothing_of_anybody) {
  const auto what = some("MSH|^~\\&|A||||20261126||ORU^R01|OLD|P|2.5.1\rPID|1||7||Georgiou\r");
  using enum config::destination::content;
  const auto bytes = content_of(hl7, what).value();
  BOOST_TEST(bytes.bytes == "MSH|^~\\&|A||||20261126||ORU^R01|NEW|P|2.5.1\rPID|1||7||Georgiou\r");
  BOOST_TEST(bytes.media_type == "application/hl7-v2");
  BOOST_TEST(content_of(json, what)->bytes.find(R"([[["NEW"]]])") != std::string::npos);
  BOOST_TEST(
    content_of(event, what)->bytes ==
    R"({"event_type":"message_filed","patient_id":"7","data":{"message_id":"01890000-0000-7000-8000-000000000002",)"
    R"("message_type":"ORU^R01","control_id":"NEW"},"timestamp":"2026-11-26T08:15:00Z"})");
  BOOST_TEST(!content_of(json, some("nonsense")));
}

BOOST_AUTO_TEST_CASE(a_file_has_its_name_when_all_of_it_is_there_and_takes_nobodys_place) {
  const folder into;
  BOOST_TEST((into.drop("a.hl7", "one").is == kind::taken));
  BOOST_TEST(into.read("a.hl7") == "one");
  BOOST_TEST((into.drop("a.hl7", "one").is == kind::taken)); // an attempt whose end nobody saw
  const auto other = into.drop("a.hl7", "two");
  BOOST_TEST((other.is == kind::rejected && other.code == "exists"));
  BOOST_TEST(into.read("a.hl7") == "one");
  std::ofstream(into.path / ".1.part") << "half of an attempt that was killed, and more";
  BOOST_TEST((into.drop("b.hl7", "whole").is == kind::taken));
  BOOST_TEST(into.read("b.hl7") == "whole");
  const std::string large(300'000, 'x');
  BOOST_TEST((into.drop("c", large).is == kind::taken && into.drop("c", large).is == kind::taken));
  BOOST_TEST(into.files() == 3u);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_asked_again) {
  const auto gone = gateway::drop_file("/nowhere/at/all", "1", "a", "b");
  BOOST_TEST((gone.is == kind::silent && !gone.perhaps && gone.code == "no-folder"));
}

BOOST_AUTO_TEST_SUITE_END()
