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

/// On the disk whole or not at all; whose it is and who may read it stay, and a link leads where it led. Only
/// where the file still is as it was read: a person may have changed it meanwhile. False: `why` says why not.
bool replace_file(const fs::path& named, const std::string& was, const std::string& text, std::string& why) {
  std::error_code fault;
  const auto path = fs::canonical(named, fault);
  struct stat held {};
  const auto failed = [&](const std::string& beside) {
    why = std::strerror(errno);
    if (!beside.empty()) ::unlink(beside.c_str());
    return false;
  };
  if (fault || ::stat(path.c_str(), &held) != 0) return failed("");
  const auto beside = (path.parent_path() / ("." + path.filename().string() + ".new")).string();
  {
    const open_file made(
      ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, held.st_mode & 0777));
    if (made.fd < 0) return failed("");
    for (size_t at = 0; at < text.size();) {
      const auto wrote = ::write(made.fd, text.data() + at, text.size() - at);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) return failed(beside);
      at += size_t(wrote);
    }
    struct stat now {};
    if (::fstat(made.fd, &now) != 0) return failed(beside);
    const bool same_owner = now.st_uid == held.st_uid && now.st_gid == held.st_gid;
    if (!same_owner && ::fchown(made.fd, held.st_uid, held.st_gid) != 0) return failed(beside);
    if (::fchmod(made.fd, held.st_mode & 0777) != 0 || ::fsync(made.fd) != 0) return failed(beside);
  }
  if (content_of_profile(path) != was) {
    ::unlink(beside.c_str());
    why = "somebody has changed it meanwhile";
    return false;
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return failed(beside);
  const open_file folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd >= 0) ::fsync(folder.fd);
  return true;
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
  const auto name = "labs/" + what.lab + ".toml";
  const auto path = fs::path(folder_) / name;
  const auto before = content_of_profile(path);
  if (!before) return error{error_code::invalid, name, "the profile's file cannot be read"};
  auto edited = what.code.empty() ? config::with_unit(*before, what.unit, what.ucum, what.note)
                                  : config::with_test(*before, what.code, what.test, what.note);
  if (!edited) {
    auto why = edited.error();
    why.where = name + (why.where.empty() ? "" : " " + why.where);
    return why;
  }
  if (auto fault = fault_in({name, edited->text})) return std::move(*fault);
  api::written_line out{name, edited->line, edited->at};
  if (rehearsal) return out;
  std::string why;
  if (!replace_file(path, *before, edited->text, why))
    return error{
      error_code::invalid, name,
      "the file cannot be written (" + why +
        "): have this line added to it, and the configuration read anew (SIGHUP): " + edited->line};
  const auto adopted = adopt_(name);
  if (!adopted && adopted.error().code != error_code::deadline) {
    const bool back = replace_file(path, edited->text, *before, why);
    telemetry::log(telemetry::level::warn, "profile-not-adopted",
                   {{"file", name}, {"put_back", back ? "yes" : why}});
  }
  if (!adopted) return adopted.error();
  telemetry::log(telemetry::level::info, "profile-changed",
                 {{"file", name}, {"line", std::to_string(out.at)}});
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
  out->clinics = [&table](const std::string& lab) {
    std::vector<model::clinic_id> all;
    const auto now = table.get();
    for (const auto& route : now->entries())
      for (const auto* each : route.profiles)
        if (each->file_code == lab && std::find(all.begin(), all.end(), route.context->clinic) == all.end())
          all.push_back(route.context->clinic);
    return all;
  };
  out->ids = &ids;
  return out;
}

} // namespace aorta::gateway
