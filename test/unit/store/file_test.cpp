// The SQLite file: who may read it, and what happens when it is damaged, deleted or replaced under the
// engine.
#include "test/unit/store/stores.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace aorta;
using namespace aorta::test;

BOOST_AUTO_TEST_SUITE(file)

namespace {

std::string path_of(const fresh_store& store) { return store.url.substr(std::string("sqlite://").size()); }

mode_t mode_of(const std::string& path) {
  struct ::stat now {};
  return ::stat(path.c_str(), &now) == 0 ? now.st_mode & 0777 : 0;
}

/// Lane, admin session and FHIR are away, and say why.
void check_away(fresh_store& store, const letter& what, const std::string& why) {
  const auto filed = store.session().commit({&what.filing, 1});
  BOOST_REQUIRE(!filed);
  BOOST_TEST((filed.error().code == error_code::store_unavailable), filed.error().text);
  BOOST_TEST(filed.error().text.find(why) != std::string::npos, filed.error().text);
  BOOST_TEST(filed.error().text.find(path_of(store)) != std::string::npos, filed.error().text);
  const auto asked = store.admin().ping();
  BOOST_REQUIRE(!asked);
  BOOST_TEST(asked.error().text.find(why) != std::string::npos, asked.error().text);
}

} // namespace

BOOST_AUTO_TEST_CASE(only_its_owner_may_read_it_whatever_the_umask) {
  const mode_t before = ::umask(0);
  fresh_store store(on::sqlite);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *write_letter(store, "1", patient, potassium("4.0", 'F', 1)));
  ::umask(before);
  for (const char* end : {"", "-wal", "-shm"}) BOOST_TEST(mode_of(path_of(store) + end) == 0600u, end);
  ::chmod(path_of(store).c_str(), 0644);
  const auto told = must(store.open()->examine()); // opening it narrows it again
  BOOST_TEST(told.empty());
  BOOST_TEST(mode_of(path_of(store)) == 0600u);
}

BOOST_AUTO_TEST_CASE(a_deleted_file_is_away_and_back_when_it_is_put_back) {
  fresh_store store(on::sqlite);
  const auto patient = add_patient(store, "M-1");
  const auto first = write_letter(store, "1", patient, potassium("4.0", 'F', 1));
  file_one(store, *first);
  const std::string path = path_of(store), aside = path + ".aside";
  std::filesystem::rename(path, aside);
  const auto second = write_letter(store, "2", patient, potassium("4.1", 'F', 2));
  check_away(store, *second, "was deleted or replaced");
  BOOST_TEST(!std::filesystem::exists(path)); // no new and empty store in its place
  std::filesystem::copy_file(aside, path); // the same content is not the same file: SQLite still writes into
                                           // the old one
  check_away(store, *second, "was deleted or replaced");
  std::filesystem::rename(aside, path);
  BOOST_TEST(!file_one(store, *second).duplicate);
  must(store.admin().ping());
  BOOST_TEST(results_of(store, patient, true).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_write_ahead_log_that_is_deleted_is_noticed) {
  fresh_store store(on::sqlite);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *write_letter(store, "1", patient, potassium("4.0", 'F', 1)));
  std::filesystem::rename(path_of(store) + "-wal", path_of(store) + "-aside");
  check_away(store, *write_letter(store, "2", patient, potassium("4.1", 'F', 2)), "-wal was deleted");
  std::filesystem::rename(path_of(store) + "-aside", path_of(store) + "-wal");
  must(store.admin().ping());
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_away_until_the_engine_starts_on_a_whole_one) {
  fresh_store store(on::sqlite);
  const auto patient = add_patient(store, "M-1");
  for (int i = 1; i <= 40; ++i)
    file_one(store, *write_letter(store, std::to_string(i), patient, potassium("4.0", 'F', i)));
  store.ask("PRAGMA wal_checkpoint(TRUNCATE)");
  const int bytes = ::open(path_of(store).c_str(), O_WRONLY | O_CLOEXEC);
  const std::string garbage(4096, '\xA5');
  const auto pages = std::filesystem::file_size(path_of(store)) / 4096;
  for (size_t page = 1; page < pages; ++page)
    BOOST_REQUIRE(::pwrite(bytes, garbage.data(), garbage.size(), off_t(page * 4096)) ==
                  ssize_t(garbage.size()));
  ::close(bytes);
  // A new start has no page of the file in memory: it finds the damage when it opens the store, or a lane.
  const auto opened = store::open({store.url, key, &store.clock, &store.ids});
  const auto refused = opened ? (*opened)->session() : result<std::unique_ptr<ports::lane>>(opened.error());
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == error_code::store_unavailable), refused.error().text);
  BOOST_TEST(refused.error().text.find("is damaged") != std::string::npos, refused.error().text);
  if (!opened) return;
  const auto admin = (*opened)->admin();
  BOOST_TEST((!admin || !(*admin)->ping()));
}

BOOST_AUTO_TEST_CASE(what_is_no_database_is_told_with_its_path) {
  const fresh_store store(on::sqlite, false);
  const int bytes = ::open(path_of(store).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const std::string text(8192, 'x');
  BOOST_REQUIRE(::write(bytes, text.data(), text.size()) == ssize_t(text.size()));
  ::close(bytes);
  const auto refused = store::open({store.url, key, &store.clock, &store.ids});
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().text.find("the file is no SQLite database, " + path_of(store)) !=
               std::string::npos,
             refused.error().text);
}

BOOST_AUTO_TEST_SUITE_END()
