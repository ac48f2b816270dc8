#include "test/golden/engine.hpp"

#include "engine/cli/roster.hpp"
#include "engine/config/load.hpp"
#include "routes/table.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace aorta::golden {
namespace {

namespace fs = std::filesystem;

const fs::path source = AORTA_SOURCE;

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

const fs::path& prepared_store() {
  static const cli::scratch_folder folder;
  static const fs::path file = [] {
    const auto path = folder.path() / "prepared.db";
    const auto roster = cli::read_roster(content(source / "test/golden/patients.csv"));
    if (!roster) throw std::runtime_error(roster.error().text);
    cli::case_engine::prepare(path, {{"MAIN", "Main clinic"}}, roster->rows);
    return path;
  }();
  return file;
}

} // namespace

engine::engine() {
  fs::copy(source / "conf", folder_.path() / "conf", fs::copy_options::recursive);
  fs::copy_file(prepared_store(), folder_.path() / "aorta.db");
  running_.emplace(folder_.path() / "aorta.db");
  reload();
}

void engine::reload() {
  config::source from;
  from.path = (folder_.path() / "conf").string();
  from.environment["AORTA_PII_KEY"] = cli::case_key;
  auto read = config::load(from, routes::vocabulary());
  if (!read.ok()) throw std::runtime_error(config::report(read));
  running_->use(std::move(read.value));
}

void engine::change_lab(const std::string& file, const std::string& lines) {
  const auto path = folder_.path() / file;
  auto text = content(path);
  const std::string header = "[lab]\n";
  text.insert(text.find(header) + header.size(), lines);
  std::ofstream(path, std::ios::binary) << text;
  reload();
}

void engine::replace(const std::string& file, const std::string& text) {
  std::ofstream(folder_.path() / file, std::ios::binary) << text;
  reload();
}

} // namespace aorta::golden
