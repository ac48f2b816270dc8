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

constexpr mode_t mode_of_new = 0644;

/// Whole or not at all; whose the old one is and who may read it stay. False: `errno` says why.
bool write_beside(const std::string& beside, const std::string& text, const struct stat* held) {
  const auto mode = held != nullptr ? held->st_mode & 0777 : mode_of_new;
  const open_file made(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (made.fd < 0) return false;
  for (size_t at = 0; at < text.size();) {
    const auto wrote = ::write(made.fd, text.data() + at, text.size() - at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    at += size_t(wrote);
  }
  struct stat now {};
  if (::fstat(made.fd, &now) != 0) return false;
  const bool same_owner = held == nullptr || (now.st_uid == held->st_uid && now.st_gid == held->st_gid);
  if (!same_owner && ::fchown(made.fd, held->st_uid, held->st_gid) != 0) return false;
  return ::fchmod(made.fd, mode) == 0 && ::fsync(made.fd) == 0;
}

void keep_folder(const fs::path& of) {
  const open_file folder(::open(of.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd >= 0) ::fsync(folder.fd);
}

/// A link leads where it led. Only where the file still is as it was read: a person may have changed it
/// meanwhile. Nothing: there is no file. False: `why` says why not.
bool replace_file(const fs::path& named, const std::optional<std::string>& was,
                  const std::optional<std::string>& text, std::string& why) {
  std::error_code fault;
  struct stat held {};
  const auto path = was ? fs::canonical(named, fault) : named;
  const auto beside = (path.parent_path() / ("." + path.filename().string() + ".new")).string();
  const auto failed = [&] {
    why = std::strerror(errno);
    ::unlink(beside.c_str());
    return false;
  };
  if (fault || (was && ::stat(path.c_str(), &held) != 0)) return failed();
  if (text && !write_beside(beside, *text, was ? &held : nullptr)) return failed();
  if (content_of_profile(path) != was) {
    ::unlink(beside.c_str());
    why = "somebody has changed it meanwhile";
    return false;
  }
  if (text ? ::rename(beside.c_str(), path.c_str()) != 0 : ::unlink(path.c_str()) != 0) return failed();
  keep_folder(path.parent_path());
  return true;
}

/// The first fault that the line would bring.
std::optional<error> fault_in(const config::text_file& file) {
  for (const auto& each : config::read_lab(file).complaints)
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
  out.before = *before;
  out.after = std::move(edited->text);
  auto done_so_far = put(what.lab, out.before, out.after);
  if (!done_so_far) {
    auto failed = done_so_far.error();
    if (failed.code == error_code::rejected) {
      failed.code = error_code::invalid;
      failed.text += ": have this line added to it, and the configuration read anew (SIGHUP): " + out.line;
    }
    return failed;
  }
  telemetry::log(telemetry::level::info, "profile-changed",
                 {{"file", name}, {"line", std::to_string(out.at)}});
  return out;
}

/// On the disk, and the engine by it; else as it was. `rejected`: it cannot be written.
status profile_desk::put(const std::string& lab, const std::optional<std::string>& before,
                         const std::optional<std::string>& after) {
  const auto name = "labs/" + lab + ".toml";
  const auto path = fs::path(folder_) / name;
  std::string why;
  if (!replace_file(path, before, after, why))
    return error{error_code::rejected, name, "the file cannot be written (" + why + ")"};
  const auto adopted = adopt_(name);
  if (adopted) return done{};
  if (adopted.error().code != error_code::deadline) {
    const bool back = replace_file(path, after, before, why);
    telemetry::log(telemetry::level::warn, "profile-not-adopted",
                   {{"file", name}, {"put_back", back ? "yes" : why}});
  }
  return adopted.error();
}

status profile_desk::replace(const std::string& lab, const std::optional<std::string>& before,
                             const std::optional<std::string>& after) {
  const std::lock_guard one_by_one(turn_);
  if (text(lab) != before)
    return error{error_code::conflict, "labs/" + lab + ".toml", "it has changed meanwhile"};
  auto done_so_far = put(lab, before, after);
  if (done_so_far)
    telemetry::log(telemetry::level::info, "profile-changed",
                   {{"file", "labs/" + lab + ".toml"}, {"line", "all"}});
  return done_so_far;
}

std::vector<std::string> profile_desk::labs() const {
  std::vector<std::string> out;
  std::error_code fault;
  for (const auto& each : fs::directory_iterator(fs::path(folder_) / "labs", fault))
    if (each.path().extension() == ".toml" && !each.path().filename().string().starts_with('.'))
      out.push_back(each.path().stem().string());
  std::sort(out.begin(), out.end());
  return out;
}

std::optional<std::string> profile_desk::text(const std::string& lab) const {
  return content_of_profile(fs::path(folder_) / "labs" / (lab + ".toml"));
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
  out->labs = [&desk] { return desk.labs(); };
  out->text = [&desk](const std::string& lab) { return desk.text(lab); };
  out->read = [](const std::string& lab, const std::string& text) {
    auto made = config::read_lab({"labs/" + lab + ".toml", text});
    return api::read_profile{std::move(made.value), std::move(made.complaints)};
  };
  out->replace = [&desk](const std::string& lab, const auto& before, const auto& after) {
    return desk.replace(lab, before, after);
  };
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
