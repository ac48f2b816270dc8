// A configuration's files change together, wherever the writing is cut off.
#include "engine/gateway/config_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <sys/wait.h>
#include <unistd.h>

using namespace aorta;
using ports::config_texts;
namespace fs = std::filesystem;

namespace {

struct folder {
  fs::path path;
  folder() {
    std::string name = (fs::temp_directory_path() / "aorta-conf-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
    std::ofstream(path / "aorta.toml") << "# a node's own\n";
  }
  ~folder() {
    std::error_code failed;
    fs::permissions(path, fs::perms::owner_all, failed);
    fs::remove_all(path, failed);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  void put(const config_texts& texts) const {
    for (const auto& [file, text] : texts) {
      fs::create_directories((path / file).parent_path());
      std::ofstream(path / file, std::ios::binary) << text;
    }
  }
  /// Everything in it by its name, hidden files too.
  config_texts all() const {
    config_texts out;
    for (const auto& each : fs::recursive_directory_iterator(path))
      if (each.is_regular_file()) {
        std::ifstream in(each.path(), std::ios::binary);
        out[fs::relative(each.path(), path).string()] = {std::istreambuf_iterator<char>(in), {}};
      }
    return out;
  }
};

const config_texts old_texts{{"routes/a.toml", "a1"}, {"labs/b.toml", "b1"}, {"labs/gone.toml", "g"}};
const config_texts new_texts{{"routes/a.toml", "a2"}, {"labs/b.toml", "b2"}, {"tables/new.csv", "from,to\n"}};
const gateway::taken_version as{uuid_from_text("01900000-0000-7000-8000-000000000001").value(),
                                ports::hash_of(new_texts)};

} // namespace

BOOST_AUTO_TEST_SUITE(config_folders)

BOOST_AUTO_TEST_CASE(files_change_together_and_nothing_is_left_beside_them) {
  const folder at;
  at.put(old_texts);
  const gateway::config_folder files(at.path.string());
  BOOST_TEST(files.write(old_texts, new_texts, as).ok());
  BOOST_TEST((*files.read() == new_texts));
  BOOST_TEST((files.taken()->id == as.id));
  auto all = at.all();
  BOOST_TEST(all.erase("aorta.toml") == 1u);
  BOOST_TEST(all.erase(".published") == 1u);
  BOOST_TEST((all == new_texts));
  BOOST_TEST(files.finish().ok());
  BOOST_TEST((*files.read() == new_texts));
}

BOOST_AUTO_TEST_CASE(what_a_person_has_written_meanwhile_is_not_written_over) {
  const folder at;
  at.put(old_texts);
  const gateway::config_folder files(at.path.string());
  at.put({{"labs/b.toml", "by hand"}});
  const auto made = files.write(old_texts, new_texts, as);
  BOOST_TEST((made.error().code == error_code::conflict));
  BOOST_TEST(at.all().at("labs/b.toml") == "by hand");
  BOOST_TEST(at.all().at("routes/a.toml") == "a1");
}

BOOST_AUTO_TEST_CASE(a_link_leads_where_it_led_and_whose_a_file_is_stays) {
  const folder at, elsewhere;
  at.put(old_texts);
  fs::remove(at.path / "labs/b.toml");
  elsewhere.put({{"b.toml", "b1"}});
  fs::permissions(elsewhere.path / "b.toml", fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink(elsewhere.path / "b.toml", at.path / "labs/b.toml");
  const gateway::config_folder files(at.path.string());
  BOOST_TEST(files.write(old_texts, new_texts, as).ok());
  BOOST_TEST(fs::is_symlink(at.path / "labs/b.toml"));
  BOOST_TEST(elsewhere.all().at("b.toml") == "b2");
  BOOST_TEST((fs::status(elsewhere.path / "b.toml").permissions() ==
              (fs::perms::owner_read | fs::perms::owner_write)));
}

BOOST_AUTO_TEST_CASE(no_name_leads_out_of_the_folder) {
  const folder at;
  at.put(old_texts);
  const gateway::config_folder files(at.path.string());
  for (const auto* name :
       {"routes/../aorta.toml", "aorta.toml", "routes/.a.toml", "tables/x/../../y.csv", "x.toml"}) {
    auto texts = new_texts;
    texts[name] = "x";
    BOOST_TEST(!files.write(old_texts, texts, as).ok(), name);
  }
  auto all = at.all();
  BOOST_TEST(all.at("aorta.toml") == "# a node's own\n");
  all.erase("aorta.toml");
  BOOST_TEST((all == old_texts));
}

// Every state in which a cut can leave the folder: the files of a write before its page, each prefix of its
// renames, and with its page gone but its clean-up not done.
BOOST_AUTO_TEST_CASE(wherever_it_is_cut_off_the_next_start_finds_all_of_one_of_them) {
  const config_texts fresh{
    {"routes/.a.toml.new", "a2"}, {"labs/.b.toml.new", "b2"}, {"tables/.new.csv.new", "from,to\n"}};
  const config_texts kept{
    {"routes/.a.toml.old", "a1"}, {"labs/.b.toml.old", "b1"}, {"labs/.gone.toml.old", "g"}};
  const auto h = [](const std::string& text) { return ports::hash_of(text); };
  const auto page = [&](const std::string& word, const std::string& mark) {
    return word + " " + mark + "\n" + h("g") + " - labs/gone.toml\n" + h("b1") + " " + h("b2") +
      " labs/b.toml\n" + h("a1") + " " + h("a2") + " routes/a.toml\n- " + h("from,to\n") +
      " tables/new.csv\n";
  };
  const std::vector<std::function<void(const folder&)>> steps{
    [](const folder& at) { fs::remove(at.path / "labs/gone.toml"); },
    [](const folder& at) { fs::rename(at.path / "labs/.b.toml.new", at.path / "labs/b.toml"); },
    [](const folder& at) { fs::rename(at.path / "routes/.a.toml.new", at.path / "routes/a.toml"); },
    [](const folder& at) { fs::rename(at.path / "tables/.new.csv.new", at.path / "tables/new.csv"); }};
  for (const bool back : {false, true})
    for (size_t done = 0; done <= steps.size(); ++done) {
      const folder at;
      at.put(old_texts);
      at.put(fresh);
      at.put(kept);
      fs::create_directories(at.path / "tables");
      for (size_t i = 0; i < done; ++i) steps[i](at);
      at.put({{".publishing", back ? page("back", "-") : page("as", to_text(as.id) + " " + as.hash)}});
      const gateway::config_folder files(at.path.string());
      BOOST_TEST(files.finish().ok(), back << done);
      BOOST_TEST((*files.read() == (back ? old_texts : new_texts)), back << done);
      BOOST_TEST(files.taken().has_value() == !back, back << done);
      BOOST_TEST(!fs::exists(at.path / ".publishing"));
      BOOST_TEST(files.finish().ok());
    }
  // Without its page, a write has not begun.
  const folder at;
  at.put(old_texts);
  at.put(fresh);
  at.put(kept);
  const gateway::config_folder files(at.path.string());
  BOOST_TEST(files.finish().ok());
  BOOST_TEST((*files.read() == old_texts));
  // A page whose new text is not there any more takes nothing away.
  at.put({{".publishing", page("as", to_text(as.id) + " " + as.hash)}});
  fs::remove(at.path / "labs/.b.toml.new");
  BOOST_TEST(!files.finish().ok());
  BOOST_TEST(at.all().contains("labs/b.toml"));
}

BOOST_AUTO_TEST_CASE(a_file_that_a_person_repaired_after_the_cut_stays_as_he_left_it) {
  const folder at;
  at.put(old_texts);
  at.put({{"labs/b.toml", "repaired"}, {"labs/.b.toml.new", "b2"}});
  at.put({{".publishing",
           "as " + to_text(as.id) + " " + as.hash + "\n" + ports::hash_of("b1") + " " + ports::hash_of("b2") +
             " labs/b.toml\n"}});
  const gateway::config_folder files(at.path.string());
  BOOST_TEST((files.finish().error().code == error_code::conflict));
  BOOST_TEST(at.all().at("labs/b.toml") == "repaired");
  BOOST_TEST(files.finish().ok());
}

// Kills at any moment of the real thing.
BOOST_AUTO_TEST_CASE(a_killed_write_leaves_all_of_one_of_them) {
  int ended = 0;
  for (int round = 0; round < 60; ++round) {
    const folder at;
    at.put(old_texts);
    const gateway::config_folder files(at.path.string());
    const auto child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
      const auto good = files.write(old_texts, new_texts, as);
      ::_exit(good ? 0 : 1);
    }
    ::usleep(useconds_t(round * 25));
    ::kill(child, SIGKILL);
    int how = 0;
    ::waitpid(child, &how, 0);
    const bool done = WIFEXITED(how) && WEXITSTATUS(how) == 0;
    ended += done;
    BOOST_TEST(files.finish().ok());
    const auto now = *files.read();
    BOOST_TEST((now == new_texts || (!done && now == old_texts)), round);
  }
  BOOST_TEST_MESSAGE(ended << " of 60 ended before the kill");
}

BOOST_AUTO_TEST_SUITE_END()
