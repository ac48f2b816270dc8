#include "engine/gateway/import_folder.hpp"

#include "engine/base/text.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <system_error>

namespace aorta::gateway {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view between = "--"; ///< the import's number and the file's own name
constexpr size_t id_size = 36;

bool is_csv(const fs::path& name) { return lower(name.extension().string()) == ".csv"; }

error no_folder(const fs::path& path, const std::error_code& why) {
  return {error_code::invalid, path.string(), why.message()};
}

/// One that nothing has yet.
fs::path free_place(const fs::path& folder, const std::string& name, const std::string& id) {
  std::error_code failed;
  const auto plain = folder / name;
  return fs::exists(plain, failed) ? folder / (id + "-" + name) : plain;
}

} // namespace

status import_folder::take(id_source& ids, timestamp now) {
  std::error_code failed;
  fs::create_directories(taken_folder(), failed);
  if (failed) return no_folder(how_.folder, failed);
  std::map<std::string, sight> seen;
  std::vector<std::pair<fs::file_time_type, std::string>> ready;
  for (const auto& each : fs::directory_iterator(how_.folder, failed)) {
    std::error_code gone;
    const auto name = each.path().filename().string();
    if (!is_csv(each.path()) || name.front() == '.' || !fs::is_regular_file(each.symlink_status(gone)))
      continue;
    const sight mine{each.file_size(gone), each.last_write_time(gone)};
    if (gone) continue;
    seen.emplace(name, mine);
    const auto before = seen_.find(name);
    if (before != seen_.end() && before->second == mine) ready.emplace_back(mine.written, name);
  }
  if (failed) return no_folder(how_.folder, failed);
  seen_ = std::move(seen);
  std::sort(ready.begin(), ready.end());
  status out = done{};
  for (const auto& [written, name] : ready) {
    const auto from = fs::path(how_.folder) / name;
    if (!std::ifstream(from, std::ios::binary)) {
      out = error{error_code::invalid, how_.folder, "a file in it may not be read"};
      continue;
    }
    std::error_code gone;
    fs::rename(from, taken_folder() / (to_text(ids.next(now)) + std::string(between) + name), gone);
    if (gone && gone != std::errc::no_such_file_or_directory) out = no_folder(how_.folder, gone);
  }
  return out;
}

std::vector<import_folder::taken> import_folder::all_taken() const {
  std::vector<taken> out;
  std::error_code failed;
  for (const auto& each : fs::directory_iterator(taken_folder(), failed)) {
    const auto name = each.path().filename().string();
    const auto id = uuid_from_text(std::string_view(name).substr(0, id_size));
    if (id && name.size() > id_size + between.size() && name.compare(id_size, between.size(), between) == 0)
      out.push_back({*id, name.substr(id_size + between.size()), each.path()});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  return out;
}

status import_folder::take_again(const taken& what, const uuid& id) const {
  std::error_code failed;
  fs::rename(what.path, taken_folder() / (to_text(id) + std::string(between) + what.name), failed);
  if (failed && failed != std::errc::no_such_file_or_directory) return no_folder(how_.folder, failed);
  return done{};
}

status import_folder::put_away(const taken& what, const std::string& reason) const {
  const fs::path folder = reason.empty() ? how_.done : how_.failed;
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return no_folder(folder, failed);
  const auto to = free_place(folder, what.name, to_text(what.id));
  if (!reason.empty()) {
    std::ofstream beside(to.string() + ".reason.txt", std::ios::binary | std::ios::trunc);
    beside << reason << '\n';
    if (!beside.flush())
      return error{error_code::invalid, folder.string(), "the reason could not be written"};
  }
  fs::rename(what.path, to, failed);
  if (failed == std::errc::cross_device_link) { // another disk
    failed.clear();
    fs::copy_file(what.path, to, failed);
    if (!failed) fs::remove(what.path, failed);
  }
  if (failed && failed != std::errc::no_such_file_or_directory) return no_folder(folder, failed);
  return done{};
}

} // namespace aorta::gateway
