// What the command line's tests have no room for: many pieces that nothing makes smaller.
#include "engine/store/backup/backup.hpp"
#include "engine/store/backup/sealed_pieces.hpp"
#include "engine/store/sql/failure.hpp"
#include "test/unit/store/stores.hpp"

#include <fcntl.h>

#include <random>

using namespace aorta;
using namespace aorta::test;

namespace {

std::string noise(size_t size) {
  std::mt19937 chance(7);
  std::string out(size, '\0');
  for (char& each : out) each = char(chance());
  return out;
}

struct folder {
  folder() : path(std::filesystem::temp_directory_path() / ("aorta-backup-" + std::to_string(::getpid()))) {
    std::filesystem::create_directory(path);
  }
  ~folder() { std::filesystem::remove_all(path); }
  std::string operator/(const char* name) const { return (path / name).string(); }
  std::filesystem::path path;
};

} // namespace

BOOST_AUTO_TEST_SUITE(backups)

BOOST_AUTO_TEST_CASE(pieces_of_noise_come_back_as_they_were) {
  const folder in;
  const auto data = noise(store::piece_size * 5 / 2);
  {
    const auto to = store::file_end::open(in / "pieces", O_RDWR | O_CREAT);
    store::piece_writer writer(to, key, "id", "head\n", still_clock().now());
    for (size_t at = 0; at < data.size(); at += store::piece_size)
      writer.add(std::string_view(data).substr(at, store::piece_size));
    writer.end();
  }
  const auto from = store::file_end::open(in / "pieces", O_RDONLY);
  store::piece_reader reader(from, key);
  BOOST_TEST(reader.head() == "head\n");
  std::string back;
  while (const auto piece = reader.next()) back += *piece;
  BOOST_TEST((back == data));
  BOOST_CHECK_THROW(store::piece_reader(from, std::string(key) + "x"), store::failure);
}

BOOST_AUTO_TEST_CASE(a_store_of_many_pieces_comes_back) {
  fresh_store held(on::sqlite);
  held.ask("CREATE TABLE noise (n INTEGER PRIMARY KEY, bytes BLOB)");
  held.ask("WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 40)"
           " INSERT INTO noise SELECT n, randomblob(100000) FROM up");
  const auto all = "SELECT group_concat(hex(bytes)) FROM noise";
  const auto before = held.ask(all);
  const folder in;
  const store::options how{held.url, key, &held.clock, &held.ids};
  const auto made = must(store::back_up(how, in / "file"));
  BOOST_TEST(made.store_bytes > 4'000'000u);
  BOOST_TEST(!made.behind);
  held.ask("DELETE FROM noise WHERE n > 5");
  const auto path = store::sqlite_path(held.url).value();
  const auto back = must(store::restore(how, in / "file", path));
  BOOST_TEST(back.store_bytes == made.store_bytes);
  BOOST_TEST(back.kept_as == path + ".replaced");
  BOOST_TEST(held.open()->check().ok());
  BOOST_TEST((held.ask(all) == before));
  std::filesystem::remove(back.kept_as);
}

BOOST_AUTO_TEST_SUITE_END()
