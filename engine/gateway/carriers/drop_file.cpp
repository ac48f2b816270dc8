#include "engine/gateway/carriers/drop_file.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace aorta::gateway {
namespace {

using delivery::outcome;

constexpr mode_t may_read = 0640; ///< the engine's own account, and the group of whoever picks it up

class descriptor {
public:
  explicit descriptor(int of) noexcept : of_(of) {}
  ~descriptor() {
    if (of_ >= 0) ::close(of_);
  }
  descriptor(const descriptor&) = delete;
  int get() const noexcept { return of_; }
  bool good() const noexcept { return of_ >= 0; }

private:
  int of_;
};

std::string code_of(int fault) {
  switch (fault) {
    case ENOENT:
    case ENOTDIR: return "no-folder";
    case EACCES:
    case EPERM:
    case EROFS: return "not-writable";
    case ENOSPC:
    case EDQUOT: return "disk-full";
    default: return "io-error";
  }
}

outcome failed(int fault) {
  outcome out;
  out.is = outcome::kind::silent;
  out.code = code_of(fault);
  return out;
}

bool write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto some = ::write(to, bytes.data(), bytes.size());
    if (some < 0 && errno == EINTR) continue;
    if (some < 0) return false;
    bytes.remove_prefix(size_t(some));
  }
  return true;
}

bool put(int folder, const std::string& name, std::string_view bytes) {
  const descriptor file(
    ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, may_read));
  return file.good() && write_all(file.get(), bytes) && ::fsync(file.get()) == 0;
}

/// Without taking another file's place. Network file systems may know no such renaming; they have links.
bool give_name(int folder, const std::string& from, const std::string& to) {
  if (::renameat2(folder, from.c_str(), folder, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  return ::linkat(folder, from.c_str(), folder, to.c_str(), 0) == 0 &&
    ::unlinkat(folder, from.c_str(), 0) == 0;
}

bool holds(int folder, const std::string& name, std::string_view bytes) {
  const descriptor file(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  struct stat is {};
  if (!file.good() || ::fstat(file.get(), &is) != 0 || size_t(is.st_size) != bytes.size()) return false;
  std::array<char, 65'536> piece;
  while (!bytes.empty()) {
    const auto some = ::read(file.get(), piece.data(), piece.size());
    if (some <= 0 || !bytes.starts_with(std::string_view(piece.data(), size_t(some)))) return false;
    bytes.remove_prefix(size_t(some));
  }
  return true;
}

} // namespace

outcome drop_file(const std::string& folder, const std::string& id, const std::string& name,
                  const std::string& bytes) {
  const descriptor into(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!into.good()) return failed(errno);
  const std::string part = "." + id + ".part";
  outcome out;
  out.is = outcome::kind::taken;
  if (!put(into.get(), part, bytes) || !give_name(into.get(), part, name)) {
    const int fault = errno;
    ::unlinkat(into.get(), part.c_str(), 0);
    if (fault != EEXIST) return failed(fault);
    if (!holds(into.get(), name, bytes)) {
      out.is = outcome::kind::rejected;
      out.code = "exists";
      return out;
    }
  }
  if (::fsync(into.get()) == 0) return out;
  out = failed(errno);
  out.perhaps = true;
  return out;
}

} // namespace aorta::gateway
