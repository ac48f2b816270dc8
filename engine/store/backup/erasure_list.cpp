#include "engine/store/backup/erasure_list.hpp"

#include "engine/store/backup/file_end.hpp"
#include "engine/store/sql/failure.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <sstream>

namespace aorta::store {

std::string erasure_list_of(const std::string& store) { return store + ".erasures"; }

erasure_list read_erasures(const std::string& list, cipher& locks) {
  erasure_list out;
  if (::access(list.c_str(), F_OK) != 0) return out;
  const auto file = file_end::open(list, O_RDONLY);
  std::istringstream lines(file.read_at(0, file.size()));
  for (std::string line; std::getline(lines, line);) {
    const auto plain = locks.decrypt(line);
    noted_erasure one;
    std::istringstream words(plain.value_or(""));
    if (!(words >> one.id >> one.clinic >> one.patient >> one.asked_by >> one.done_by) ||
        !std::getline(words >> std::ws, one.asked_at))
      throw failure({error_code::invalid, "",
                     list +
                       ", which says who was erased, cannot be read with the configured key: put the "
                       "right key in its place, or the file that belongs to this store"});
    out.renews = out.renews || locks.made_by(line) != 0u;
    out.all.push_back(std::move(one));
  }
  return out;
}

void write_erasures(const std::string& list, const std::vector<noted_erasure>& all, cipher& locks,
                    timestamp now) {
  const auto made = file_end::make_beside(list);
  for (const auto& each : all)
    made.write(locks.encrypt(each.id + " " + each.clinic + " " + each.patient + " " + each.asked_by + " " +
                               each.done_by + " " + each.asked_at,
                             now) +
               "\n");
  made.sync();
  if (std::rename(made.path().c_str(), list.c_str()) != 0) made.refuse("renamed to " + list);
  sync_folder_of(list);
}

held_list::held_list(const std::string& list) : file_(file_end::open(list + ".lock", O_RDWR | O_CREAT)) {
  if (::flock(file_.fd(), LOCK_EX) != 0) file_.refuse("locked");
}

void renew_erasures(const std::string& list, cipher& locks, timestamp now) {
  if (::access(list.c_str(), F_OK) != 0) return;
  const held_list alone(list);
  if (const auto noted = read_erasures(list, locks); noted.renews)
    write_erasures(list, noted.all, locks, now);
}

} // namespace aorta::store
