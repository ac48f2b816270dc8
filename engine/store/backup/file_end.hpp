// A file by its descriptor: what is written is on the disk when it is said to be.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace aorta::store {

/// Owns a descriptor. Calls throw `failure` (`store_unavailable`) that names the file.
class file_end {
public:
  file_end(int descriptor, std::string path) : fd_(descriptor), path_(std::move(path)) {}
  /// Throws when it cannot be opened; what is made is for its owner alone (0600).
  static file_end open(const std::string& path, int flags);
  /// A new file `PATH-XXXXXX` with any letters.
  static file_end make_beside(const std::string& path);
  ~file_end();
  file_end(file_end&& other) noexcept : fd_(other.fd_), path_(std::move(other.path_)) { other.fd_ = -1; }
  file_end(const file_end&) = delete;
  file_end& operator=(const file_end&) = delete;

  int fd() const noexcept { return fd_; }
  const std::string& path() const noexcept { return path_; }
  void write(std::string_view bytes) const;
  void write_at(size_t offset, std::string_view bytes) const;
  /// Up to `most` bytes from there; empty at the end.
  std::string read_at(size_t offset, size_t most) const;
  size_t size() const;
  bool is_named() const; ///< its name is still this file's
  void sync() const;
  void truncate() const;
  [[noreturn]] void refuse(std::string_view doing) const; ///< why: errno

private:
  int fd_;
  std::string path_;
};

/// The name that a file was given or lost in its folder is on the disk.
void sync_folder_of(const std::string& path);

} // namespace aorta::store
