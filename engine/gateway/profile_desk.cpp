#include "engine/gateway/profile_desk.hpp"

#include "engine/config/load.hpp"
#include "engine/config/profile_text.hpp"
#include "engine/telemetry/log.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace aorta::gateway {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> content_of_profile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string out{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && !in.eof()) return std::nullopt;
  return in.is_open() ? std::optional(std::move(out)) : std::nullopt;
}

struct open_file {
  explicit open_file(int of) : fd(of) {}
  ~open_file() {
    if (fd >= 0) ::close(fd);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  int fd;
};

/// On the disk whole or not at all; who owns it and who may read it stay. False: `errno` says why.
bool replace_file(const fs::path& path, const std::string& text) {
  struct stat was {};
  if (::stat(path.c_str(), &was) != 0) return false;
  const auto beside = path.parent_path() / ("." + path.filename().string() + ".new");
  {
    const open_file made(
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, was.st_mode & 0777));
    if (made.fd < 0) return false;
    for (size_t at = 0; at < text.size();) {
      const auto wrote = ::write(made.fd, text.data() + at, text.size() - at);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) return ::unlink(beside.c_str()), false;
      at += size_t(wrote);
    }
    if (::fchmod(made.fd, was.st_mode & 0777) != 0 || ::fsync(made.fd) != 0)
      return ::unlink(beside.c_str()), false;
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return ::unlink(beside.c_str()), false;
  const open_file folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.fd >= 0 && ::fsync(folder.fd) == 0;
}

/// The first fault that the line would bring.
std::optional<error> fault_in(const config::text_file& file) {
  for (const auto& each : config::check_profile(file))
    if (each.level == diagnostic::severity::error)
      return error{error_code::invalid, each.file + ":" + std::to_string(each.line),
                   each.text + (each.hint.empty() ? "" : ": " + each.hint)};
  return std::nullopt;
}

} // namespace

result<api::written_line> profile_desk::write(const api::profile_line& what, bool rehearsal) {
  const std::lock_guard one_by_one(turn_);
  const auto path = fs::path(folder_) / "labs" / (what.lab + ".toml");
  const auto before = content_of_profile(path);
  if (!before) return error{error_code::invalid, path.string(), "the profile's file cannot be read"};
  auto edited = what.code.empty() ? config::with_unit(*before, what.unit, what.ucum, what.note)
                                  : config::with_test(*before, what.code, what.test, what.note);
  if (!edited) {
    auto why = edited.error();
    why.where = path.string() + (why.where.empty() ? "" : " " + why.where);
    return why;
  }
  if (auto fault = fault_in({path.string(), edited->text})) return std::move(*fault);
  api::written_line out{path.string(), edited->line, edited->at};
  if (rehearsal) return out;
  if (!replace_file(path, edited->text))
    return error{
      error_code::invalid, path.string(),
      std::string("the file cannot be written (") + std::strerror(errno) +
        "): have this line added to it, and the configuration read anew (SIGHUP): " + edited->line};
  if (const auto adopted = adopt_(); !adopted) {
    if (adopted.error().code == error_code::deadline) return adopted.error();
    const bool back = replace_file(path, *before);
    telemetry::log(telemetry::level::warn, "profile-not-adopted",
                   {{"file", path.string()}, {"put_back", back ? "yes" : "no"}});
    return error{error_code::invalid, adopted.error().where, adopted.error().text};
  }
  telemetry::log(telemetry::level::info, "profile-changed",
                 {{"file", path.string()}, {"line", std::to_string(out.at)}});
  return out;
}

std::shared_ptr<const api::mapping_view> view_profiles(const routes::current_table& table, profile_desk& desk,
                                                       id_source& ids) {
  auto out = std::make_shared<api::mapping_view>();
  out->profiles = [&table](model::clinic_id clinic) {
    std::vector<std::shared_ptr<const lab::profile>> all;
    const auto now = table.get();
    for (const auto& route : now->entries()) {
      if (route.context->clinic != clinic) continue;
      for (const auto* each : route.profiles)
        if (std::none_of(all.begin(), all.end(),
                         [&](const auto& known) { return known->file_code == each->file_code; }))
          all.emplace_back(route.context, each);
    }
    return all;
  };
  out->write = [&desk](const api::profile_line& what, bool rehearsal) { return desk.write(what, rehearsal); };
  out->ids = &ids;
  return out;
}

} // namespace aorta::gateway
