#include "engine/gateway/service_manager.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace aorta::gateway {
namespace {

std::optional<uint64_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  uint64_t out = 0;
  const auto* end = text + std::strlen(text);
  const auto [read, failed] = std::from_chars(text, end, out);
  return failed == std::errc() && read == end ? std::optional(out) : std::nullopt;
}

} // namespace

service_manager::service_manager() {
  if (const char* at = std::getenv("NOTIFY_SOCKET"); at != nullptr && (*at == '/' || *at == '@'))
    socket_ = at;
  const auto waits = number_in("WATCHDOG_USEC"), whom = number_in("WATCHDOG_PID");
  if (socket_.empty() || !waits || *waits == 0 || (whom && *whom != uint64_t(::getpid()))) return;
  pings_every_ = std::max(
    std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(*waits)) / 2,
    std::chrono::milliseconds{1});
}

void service_manager::tell(std::string_view state) const {
  sockaddr_un to{};
  if (socket_.empty() || socket_.size() >= sizeof to.sun_path) return;
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, socket_.data(), socket_.size());
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0'; // of the abstract names
  const int with = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (with < 0) return;
  (void)::sendto(with, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&to),
                 socklen_t(offsetof(sockaddr_un, sun_path) + socket_.size()));
  ::close(with);
}

void service_manager::tell_reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}

bool pulse::beats(const std::vector<std::pair<const void*, uint64_t>>& turns) {
  bool all = true;
  std::map<const void*, uint64_t> now(turns.begin(), turns.end());
  for (const auto& [who, count] : now) {
    const auto before = last_.find(who);
    all = all && (before == last_.end() || before->second != count);
  }
  if (all) last_ = std::move(now);
  return all;
}

} // namespace aorta::gateway
