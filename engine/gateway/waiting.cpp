#include "engine/gateway/waiting.hpp"

#include "engine/api/api.hpp"
#include "engine/base/text.hpp"

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

namespace {

std::string_view session_of(std::string_view cookies) {
  while (!cookies.empty()) {
    const auto end = std::min(cookies.find(';'), cookies.size());
    const auto each = trimmed(cookies.substr(0, end), blanks);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    if (each.starts_with(api::session_cookie) && each.substr(api::session_cookie.size()).starts_with('='))
      return each.substr(api::session_cookie.size() + 1);
  }
  return {};
}

} // namespace

bool is_from_console(const net::http_request& request) { return request.header("x-aorta") == "console"; }

std::string_view bearer_of(const net::http_request& request) {
  constexpr std::string_view scheme = "bearer ";
  const auto sent = request.header("authorization");
  if (sent.empty() && is_from_console(request)) return session_of(request.header("cookie"));
  return sent.size() > scheme.size() && strncasecmp(sent.data(), scheme.data(), scheme.size()) == 0
    ? sent.substr(scheme.size())
    : std::string_view{};
}

std::string_view query_of(std::string_view target) {
  const auto mark = target.find('?');
  return mark == target.npos ? std::string_view() : target.substr(mark + 1);
}

} // namespace aorta::gateway
