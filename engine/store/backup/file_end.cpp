#include "engine/store/backup/file_end.hpp"

#include "engine/store/sql/failure.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace aorta::store {

file_end file_end::open(const std::string& path, int flags) {
  file_end out(::open(path.c_str(), flags | O_CLOEXEC, 0600), path);
  if (out.fd_ < 0) out.refuse("opened");
  return out;
}

file_end file_end::make_beside(const std::string& path) {
  std::string name = path + "-XXXXXX";
  const int made = ::mkostemp(name.data(), O_CLOEXEC);
  file_end out(made, std::move(name));
  if (made < 0) out.refuse("made");
  return out;
}

file_end::~file_end() {
  if (fd_ >= 0) ::close(fd_);
}

void file_end::refuse(std::string_view doing) const {
  throw failure({error_code::store_unavailable, "",
                 path_ + " cannot be " + std::string(doing) + " (" + std::strerror(errno) + ")"});
}

void file_end::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto some = ::write(fd_, bytes.data(), bytes.size());
    if (some < 0 && errno == EINTR) continue;
    if (some < 0) refuse("written");
    bytes.remove_prefix(size_t(some));
  }
}

void file_end::write_at(size_t offset, std::string_view bytes) const {
  if (::pwrite(fd_, bytes.data(), bytes.size(), off_t(offset)) != ssize_t(bytes.size())) refuse("written");
}

std::string file_end::read_at(size_t offset, size_t most) const {
  std::string out(most, '\0');
  size_t got = 0;
  while (got < most) {
    const auto some = ::pread(fd_, out.data() + got, most - got, off_t(offset + got));
    if (some < 0 && errno == EINTR) continue;
    if (some < 0) refuse("read");
    if (some == 0) break;
    got += size_t(some);
  }
  out.resize(got);
  return out;
}

size_t file_end::size() const {
  struct ::stat now {};
  if (::fstat(fd_, &now) != 0) refuse("read");
  return size_t(now.st_size);
}

bool file_end::is_named() const {
  struct ::stat mine {
  }, named{};
  return ::fstat(fd_, &mine) == 0 && ::stat(path_.c_str(), &named) == 0 && mine.st_dev == named.st_dev &&
    mine.st_ino == named.st_ino;
}

void file_end::sync() const {
  if (::fsync(fd_) != 0) refuse("written");
}

void file_end::truncate() const {
  if (::ftruncate(fd_, 0) != 0) refuse("written");
}

void sync_folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  file_end::open(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY).sync();
}

} // namespace aorta::store
