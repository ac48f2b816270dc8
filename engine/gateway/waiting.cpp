#include "engine/gateway/waiting.hpp"

#include <algorithm>
#include <strings.h>

namespace aorta::gateway {

void waiting_list::sweep() {
  const auto now = std::chrono::steady_clock::now();
  while (!open_.empty()) {
    const auto& first = *open_.front();
    if (!first.answered && !first.elsewhere && now - first.begin <= longest_) break;
    if (!first.elsewhere) first.answer_late();
    open_.pop_front();
  }
}

int64_t waiting_list::owed() const {
  return std::count_if(open_.begin(), open_.end(), [](const auto& each) { return !each->answered; });
}

std::string_view bearer_of(const net::http_request& request) {
  constexpr std::string_view scheme = "bearer ";
  const auto sent = request.header("authorization");
  return sent.size() > scheme.size() && strncasecmp(sent.data(), scheme.data(), scheme.size()) == 0
    ? sent.substr(scheme.size())
    : std::string_view{};
}

std::string_view query_of(std::string_view target) {
  const auto mark = target.find('?');
  return mark == target.npos ? std::string_view() : target.substr(mark + 1);
}

} // namespace aorta::gateway
