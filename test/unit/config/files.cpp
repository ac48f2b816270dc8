// [csv] of a profile and [files.NAME]: what is read, and what is complained about, with its remedy.
#include "engine/config/load.hpp"

#include "vocabulary.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

namespace {

constexpr const char* good_csv = R"([csv]
delimiter = "tab"
charset = "windows-1253"
repeats = "patient"
date = "yyyy-MM-dd"
skip = ["Total"]
[csv.columns]
cyprus_id = "ID"
order_number = 3
code = "Test"
value = "Result"
)";
constexpr const char* good_route = R"([route]
name = "files"
from = ["files:bio"]
accept = ["lab-file"]
chain = ["parse-file", "map-lab", "match-patient", "persist", "respond"]
labs = ["bio"]
)";

config::loaded read(const std::string& csv, const std::string& files = "[files.bio]\nlab = \"bio\"\n",
                    const std::string& route = good_route) {
  const std::string server = "[security]\npii_key_file = \"key\"\n" + files;
  const config::text_files texts{{"aorta.toml", server},
                                 {{"routes/r.toml", route}},
                                 {{"labs/bio.toml", "[lab]\nname = \"Bio\"\ncode = \"BIO\"\n" + csv}}};
  return config::understand(texts, {}, test_vocabulary(),
                            [](const std::string&) { return std::optional<std::string>("secret"); });
}

bool says(const config::loaded& of, std::string_view text) {
  return config::report(of).find(text) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(lab_files)

BOOST_AUTO_TEST_CASE(a_profile_with_files) {
  const auto got = read(good_csv, "[files.bio]\nlab = \"bio\"\nfolder = \"/srv/in\"\n");
  BOOST_REQUIRE_MESSAGE(got.ok(), config::report(got));
  const auto& csv = got.value.profiles.at("bio").csv;
  BOOST_REQUIRE(csv.has_value());
  BOOST_TEST(csv->delimiter == '\t');
  BOOST_TEST((csv->repeats == lab::sheet_layout::repeated::patient));
  BOOST_TEST(csv->at(lab::sheet_field::cyprus_id).heading == "ID");
  BOOST_TEST(csv->at(lab::sheet_field::order_number).place == 3u);
  BOOST_TEST(got.value.files.at("bio").done == "/srv/in/done");
  BOOST_TEST(got.value.files.at("bio").failed == "/srv/in/failed");
}

BOOST_AUTO_TEST_CASE(what_could_not_be_read_without_guessing_is_told) {
  const std::string columns =
    "[csv.columns]\nmrn = \"ID\"\norder_number = \"No\"\ncode = \"Test\"\nvalue = \"Result\"\n";
  const auto complaint = [&](const std::string& csv, std::string_view text) {
    BOOST_TEST(says(read(csv), text), csv + "\n" + config::report(read(csv)));
  };
  complaint("[csv]\n[csv.columns]\norder_number = \"No\"\ncode = \"T\"\nvalue = \"R\"\n",
            "says nowhere whose the results are");
  complaint("[csv]\n[csv.columns]\nmrn = \"ID\"\ncode = \"T\"\nvalue = \"R\"\n",
            "nothing that tells orders apart");
  complaint("[csv]\n[csv.columns]\nmrn = \"ID\"\norder_number = \"No\"\ncode = \"T\"\n",
            "says nowhere what the result is");
  complaint("[csv]\ndate = \"DD/MM/YYYY\"\n" + columns,
            "csv.date is 'DD/MM/YYYY', and 'DD' means nothing in it");
  complaint("[csv]\ndate = \"dd/MM/yy\"\n" + columns + "birth_date = \"Born\"\n", "nobody knows the century");
  complaint("[csv]\n" + columns + "name = \"Test\"\n", "the same column");
  complaint("[csv]\n" + columns + "flag = 0\n",
            "csv.columns.flag must be a heading, or a column's place from 1");
  complaint("[csv]\nheadings = false\n" + columns, "names the column 'ID', but has no headings");
  complaint("[csv]\nrows = \"order\"\n" + columns, "has a column 'code', but a row is an order");
  complaint("[csv]\ncharset = \"windows-1252x\"\n" + columns, "nobody knows the charset");
  complaint("[csv]\ndelimeter = \";\"\n" + columns, "did you mean 'delimiter'?");
  complaint("[csv]\n[csv.columns]\npatient = \"ID\"\n", "unknown key 'patient' in [csv.columns]");
}

BOOST_AUTO_TEST_CASE(files_routes_and_profiles_fit_together) {
  BOOST_TEST(says(read(""), "has no [csv]"));
  BOOST_TEST(says(read(good_csv, "[files.bio]\nlab = \"boi\"\n"), "which has no profile"));
  BOOST_TEST(says(read(good_csv, "[files.other]\nlab = \"bio\"\n"), "files 'bio', which do not exist"));
  BOOST_TEST(says(read(good_csv, "[files.bio]\nlab = \"bio\"\n[files.two]\nlab = \"bio\"\n"),
                  "of the same laboratory"));
  BOOST_TEST(says(read(good_csv, "[files.bio]\nlab = \"bio\"\ndone = \"/x\"\n"), "not from where"));
  std::string route = good_route;
  route.replace(route.find("lab-file\""), 9, "ORU^R01\"");
  BOOST_TEST(!read(good_csv, "[files.bio]\nlab = \"bio\"\n", route).ok());
}

BOOST_AUTO_TEST_SUITE_END()
