// `aorta init`: a configuration, its key and its store from nothing.
#include "engine/base/base64.hpp"
#include "engine/cli/commands.hpp"
#include "engine/config/load.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace aorta::cli {
namespace {

namespace fs = std::filesystem;

struct first_file {
  std::string_view name, text;
};
constexpr first_file first_settings[] = {
#include "first.inc"
};
constexpr first_file first_routes[] = {
#include "first_routes.inc"
};
constexpr first_file first_labs[] = {
#include "first_labs.inc"
};

/// A file that is to be, with who may read it.
struct planned {
  fs::path path;
  std::string text;
  mode_t mode = 0644;
};

std::string with(std::string text, std::string_view name, const std::string& value) {
  if (const auto at = text.find(name); at != text.npos) text.replace(at, name.size(), value);
  return text;
}

std::string new_pii_key() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), int(bytes.size())) != 1) return {};
  return base64::encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, base64::alphabet::url) +
    "\n";
}

/// False: `errno` says why. A file that is there stays as it is.
bool put_new(const planned& what) {
  const int made = ::open(what.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, what.mode & 0700);
  if (made < 0) return false;
  bool good = true;
  for (size_t at = 0; good && at < what.text.size();) {
    const auto wrote = ::write(made, what.text.data() + at, what.text.size() - at);
    if (wrote < 0 && errno == EINTR) continue;
    good = wrote > 0;
    if (good) at += size_t(wrote);
  }
  good = good && ::fchmod(made, what.mode) == 0 && ::fsync(made) == 0;
  const int why = errno;
  ::close(made);
  errno = why;
  return good;
}

std::optional<std::vector<planned>> plan_of(const fs::path& folder) {
  const auto key = new_pii_key();
  if (key.empty()) return std::nullopt;
  const auto kept = folder / "var";
  std::vector<planned> out{{kept / "pii.key", key, 0600}};
  for (const auto& [name, text] : first_routes) out.push_back({folder / "routes" / name, std::string(text)});
  for (const auto& [name, text] : first_labs) out.push_back({folder / "labs" / name, std::string(text)});
  for (const auto& [name, text] : first_settings)
    out.push_back(
      {folder / name,
       with(with(std::string(text), "@AORTA_STORE_URL@", "sqlite://" + (kept / "aorta.db").string()),
            "@AORTA_PII_KEY_FILE@", (kept / "pii.key").string())});
  return out;
}

/// What stands in the way, before anything is made.
std::string fault_of(const common& settings, const fs::path& folder, const std::vector<planned>& all) {
  for (const char* name : {"AORTA_STORE_URL", "AORTA_PII_KEY"})
    if (std::getenv(name) != nullptr)
      return std::string(name) + " is set and would beat what is made here: unset it, and set it afterwards";
  if (!settings.overrides.empty())
    return "--set changes nothing that is written: change the files afterwards";
  const auto text = folder.string();
  if (text.find_first_of("\"\\?") != text.npos ||
      std::any_of(text.begin(), text.end(), [](char c) { return uint8_t(c) < 0x20; }))
    return "a folder whose path has quotes, backslashes or question marks cannot be named in aorta.toml";
  std::error_code failed;
  if (fs::exists(folder / "var/aorta.db", failed))
    return (folder / "var/aorta.db").string() + " exists already: nothing was changed";
  for (const auto& each : all)
    if (fs::exists(fs::symlink_status(each.path, failed)))
      return each.path.string() + " exists already: nothing was changed";
  return {};
}

status put_all(const fs::path& folder, const std::vector<planned>& all) {
  std::error_code failed;
  const bool var_is_new = !fs::exists(folder / "var");
  for (const char* name : {"routes", "labs", "destinations", "tables", "var"}) {
    fs::create_directories(folder / name, failed);
    if (failed)
      return error{error_code::invalid, "",
                   "cannot make " + (folder / name).string() + " (" + failed.message() + ")"};
  }
  if (var_is_new) fs::permissions(folder / "var", fs::perms::owner_all, failed);
  for (const auto& each : all)
    if (!put_new(each))
      return error{error_code::invalid, "",
                   "cannot write " + each.path.string() + " (" + std::strerror(errno) +
                     "): delete what was made in " + folder.string() + " and try again"};
  return done{};
}

void tell_next(const std::string& place, const init_options& how) {
  std::printf("made %s/aorta.toml, %zu routes, %zu laboratories, and in %s/var the store and pii.key,\n"
              "which encrypts patients' data and cannot be replaced: keep a copy elsewhere.\n\nNext:\n",
              place.c_str(), std::size(first_routes), std::size(first_labs), place.c_str());
  const auto say = [&place](const char* what, const char* does) {
    std::printf("  aorta -c %s %s\n      %s\n", place.c_str(), what, does);
  };
  say("check", "what is still to be said");
  say("patients load FILE.csv", "the clinic's patients");
  if (how.user.empty())
    say("key create NAME --scope admin --user EMAIL", "acts of persons need a person's key");
  say("serve", "MLLP on 127.0.0.1:2575, http://127.0.0.1:8080/console/");
  std::printf("\n");
}

} // namespace

int init(const common& settings, const init_options& how) {
  const auto named = fs::path(how.folder.empty() ? settings.config : how.folder);
  std::error_code failed;
  const auto base = fs::absolute(named.extension() == ".toml" ? named.parent_path() : named, failed);
  auto folder = failed ? base : fs::weakly_canonical(base, failed);
  if (!folder.has_filename()) folder = folder.parent_path(); // named with a slash at its end
  if (failed) return fail("cannot find " + named.string() + " (" + failed.message() + ")");
  if (const auto fault = user_fault(how.user); !fault.empty()) return fail(fault);
  const auto all = plan_of(folder);
  if (!all) return fail("the operating system gave no random bytes");
  if (const auto fault = fault_of(settings, folder, *all); !fault.empty()) return fail(fault);
  if (const auto good = put_all(folder, *all); !good) return fail(good.error().text);
  tell_next(folder.string(), how);
  std::fflush(stdout);
  ::umask(077); // of the store
  common made = settings;
  made.config = (folder / "aorta.toml").string();
  return key_create(made,
                    {.name = "admin",
                     .clinic = {},
                     .patient = {},
                     .user = how.user,
                     .jwks = {},
                     .scopes = {"admin"},
                     .expires = {}});
}

} // namespace aorta::cli
