// A write puts each new text beside its file (`.NAME.new`), with a second name for the old one (`.NAME.old`),
// and last a page that says what is to be done with them. From then on it is done, now or at the next start;
// all of it is renaming, so that neither doing nor undoing it needs room.
#include "engine/gateway/config_folder.hpp"

#include "engine/config/load.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace aorta::gateway {
namespace {

namespace fs = std::filesystem;
using ports::config_texts;

constexpr const char* page_name = ".publishing";
constexpr const char* mark_name = ".published";
constexpr mode_t mode_of_new = 0644;
constexpr const char* nothing = "-"; ///< in the place of a hash

std::optional<std::string> text_at(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string out{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && !in.eof()) return std::nullopt;
  return in.is_open() ? std::optional(std::move(out)) : std::nullopt;
}

std::string hash_at(const fs::path& path) {
  const auto text = text_at(path);
  return text ? ports::hash_of(*text) : nothing;
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

void keep_folder(const fs::path& of) {
  const open_file folder(::open(of.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd >= 0) ::fsync(folder.fd);
}

/// Whose the old one is and who may read it stay. False: `errno` says why.
bool write_new(const fs::path& path, const std::string& text, const struct stat* held) {
  const auto mode = held != nullptr ? held->st_mode & 0777 : mode_of_new;
  const open_file made(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
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

error cannot(const std::string& file) {
  return {error_code::rejected, file,
          "the file cannot be written (" + std::string(std::strerror(errno)) + ")"};
}

/// One page, whole or not at all.
status put_page(const fs::path& base, const std::string& name, const std::string& text) {
  const auto beside = base / (name + ".new");
  if (!write_new(beside, text, nullptr) || ::rename(beside.c_str(), (base / name).c_str()) != 0) {
    const auto why = cannot(name);
    ::unlink(beside.c_str());
    return why;
  }
  keep_folder(base);
  return done{};
}

/// What changes of one file, by the hashes of its texts.
struct file_step {
  std::string file, before, after;
};

struct place {
  fs::path target, fresh, old; ///< a link leads where it led
};

place place_of(const fs::path& base, const std::string& file) {
  std::error_code fault;
  auto target = base / file;
  if (const auto led = fs::canonical(target, fault); !fault) target = led;
  const auto hidden = "." + target.filename().string();
  return {target, target.parent_path() / (hidden + ".new"), target.parent_path() / (hidden + ".old")};
}

struct written_page {
  bool back = false; ///< it is undone
  std::optional<taken_version> as;
  std::vector<file_step> steps;
};

std::string mark_text(const std::optional<taken_version>& as) {
  return as ? to_text(as->id) + " " + as->hash : std::string(nothing);
}

std::optional<taken_version> read_mark(const std::string& line) {
  std::istringstream in(line);
  std::string id, hash;
  in >> id >> hash;
  const auto known = uuid_from_text(id);
  return known && !hash.empty() ? std::optional(taken_version{*known, hash}) : std::nullopt;
}

std::string text_of(const written_page& page) {
  std::string out = (page.back ? "back " : "as ") + mark_text(page.as) + "\n";
  for (const auto& each : page.steps) out += each.before + " " + each.after + " " + each.file + "\n";
  return out;
}

std::optional<written_page> page_at(const fs::path& base) {
  const auto text = text_at(base / page_name);
  if (!text) return std::nullopt;
  written_page out;
  std::istringstream in(*text);
  std::string line;
  std::getline(in, line);
  out.back = line.starts_with("back ");
  out.as = read_mark(line.substr(std::min(line.find(' ') + 1, line.size())));
  while (std::getline(in, line)) {
    const auto first = line.find(' '), second = line.find(' ', first + 1);
    if (first != line.npos && second != line.npos)
      out.steps.push_back(
        {line.substr(second + 1), line.substr(0, first), line.substr(first + 1, second - first - 1)});
  }
  return out;
}

status stage(const fs::path& base, const config_texts& after, const written_page& page) {
  for (const auto& each : page.steps) {
    std::error_code fault;
    fs::create_directories((base / each.file).parent_path(), fault);
    const auto at = place_of(base, each.file);
    struct stat held {};
    const bool there = each.before != nothing;
    ::unlink(at.old.c_str());
    if (there && ::stat(at.target.c_str(), &held) != 0) return cannot(each.file);
    if (there && ::link(at.target.c_str(), at.old.c_str()) != 0 && // not every file system has them
        !write_new(at.old, text_at(at.target).value_or(""), &held))
      return cannot(each.file);
    if (each.after != nothing && !write_new(at.fresh, after.at(each.file), there ? &held : nullptr))
      return cannot(each.file);
    keep_folder(at.target.parent_path());
  }
  return put_page(base, page_name, text_of(page));
}

void clean(const fs::path& base, const written_page& page) {
  if (::unlink((base / page_name).c_str()) == 0)
    keep_folder(base); // first: without it nothing is done any more
  for (const auto& each : page.steps) {
    const auto at = place_of(base, each.file);
    ::unlink(at.fresh.c_str());
    ::unlink(at.old.c_str());
  }
}

/// Each file is as it was or as it will be; what is neither somebody else has written.
status carry_out(const config_folder& folder, const fs::path& base, const written_page& page) {
  for (const auto& each : page.steps) {
    const auto at = place_of(base, each.file);
    const auto now = hash_at(at.target);
    if (now == each.after) continue;
    if (now != each.before)
      return error{error_code::conflict, each.file,
                   "somebody has changed the file while a publication was written out"};
    if (each.after == nothing
          ? ::unlink(at.target.c_str()) != 0
          : hash_at(at.fresh) != each.after || ::rename(at.fresh.c_str(), at.target.c_str()) != 0)
      return cannot(each.file);
    keep_folder(at.target.parent_path());
  }
  return folder.note(page.as);
}

status undo(const config_folder& folder, const fs::path& base, const written_page& page) {
  status out = done{};
  for (const auto& each : page.steps) {
    const auto at = place_of(base, each.file);
    if (hash_at(at.target) != each.after || each.before == each.after)
      continue; // as it was, or somebody else's
    if (each.before == nothing ? ::unlink(at.target.c_str()) != 0
                               : ::rename(at.old.c_str(), at.target.c_str()) != 0)
      out = cannot(each.file);
    keep_folder(at.target.parent_path());
  }
  if (const auto noted = folder.note(page.as); !noted) out = noted;
  return out;
}

} // namespace

config_folder::config_folder(std::string path) : path_(path.empty() ? "." : std::move(path)) {}

result<config_texts> config_folder::read() const {
  auto found = config::read_beside(path_);
  if (found.complaints.empty()) return std::move(found.texts);
  return error{error_code::invalid, found.complaints.front().file, found.complaints.front().text};
}

std::optional<taken_version> config_folder::taken() const {
  const auto text = text_at(fs::path(path_) / mark_name);
  return text ? read_mark(*text) : std::nullopt;
}

status config_folder::note(const std::optional<taken_version>& as) const {
  const auto text = mark_text(as) + "\n";
  if (text_at(fs::path(path_) / mark_name).value_or(mark_text(std::nullopt) + "\n") == text) return done{};
  return put_page(path_, mark_name, text);
}

status config_folder::write(const config_texts& before, const config_texts& after,
                            const std::optional<taken_version>& as) const {
  const auto now = read();
  if (!now) return now.error();
  if (*now != before) return error{error_code::conflict, path_, "somebody has changed the files meanwhile"};
  written_page page{false, as, {}};
  for (const auto& [file, text] : before)
    if (!after.contains(file)) page.steps.push_back({file, ports::hash_of(text), nothing});
  for (const auto& [file, text] : after) {
    const auto was = before.find(file);
    if (was != before.end() && was->second == text) continue;
    page.steps.push_back(
      {file, was == before.end() ? nothing : ports::hash_of(was->second), ports::hash_of(text)});
    if (config::is_read_beside(file)) continue;
    return error{error_code::invalid, file, "no file beside aorta.toml is called so"};
  }
  const auto mark = taken();
  auto good = stage(path_, after, page);
  const bool begun = good.ok();
  if (good) good = carry_out(*this, path_, page);
  if (!good && begun) {
    page.back = true;
    page.as = mark;
    (void)put_page(path_, page_name, text_of(page)); // without room for it: the undoing needs none
    if (const auto back = undo(*this, path_, page); !back)
      return good; // the page stays: the next start undoes it
  }
  clean(path_, page);
  return good;
}

status config_folder::finish() const {
  const auto page = page_at(path_);
  if (!page) return done{};
  auto good = page->back ? undo(*this, path_, *page) : carry_out(*this, path_, *page);
  if (good || good.error().code == error_code::conflict)
    clean(path_, *page); // a person's file stays as it is
  return good;
}

} // namespace aorta::gateway
