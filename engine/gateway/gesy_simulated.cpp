#include "engine/gateway/gesy_simulated.hpp"

#include "engine/base/text.hpp"

namespace aorta::gateway {

void simulated_outbound::send(ports::http_call call, heard then) {
  using namespace std::chrono_literals;
  gesy::simulator::request asked;
  asked.method = call.method;
  asked.target = call.url.starts_with(url_) ? call.url.substr(url_.size()) : call.url;
  asked.body = std::move(call.body);
  for (const auto& [header, value] : call.headers) {
    if (lower(header) == "authorization") asked.authorization = value;
    if (lower(header) == "idempotency-key") asked.once = value;
  }
  auto said = is_.hear(asked, clock_.now());
  const auto none = [&](ports::no_answer why, std::chrono::milliseconds in) {
    after_(in, [then = std::move(then), why] { then(ports::unanswered{why, ports::left::perhaps, ""}); });
  };
  using enum gesy::simulated::end;
  if (said.is == cut) return none(ports::no_answer::broken, 0ms);
  if (said.is == stalled || said.delay.value_or(0s) >= call.answer_within)
    return none(ports::no_answer::late, call.answer_within);
  ports::http_answer out;
  out.status = said.status;
  out.body = std::move(said.body);
  out.headers.emplace_back("content-type", said.media_type);
  if (said.retry_after) out.headers.emplace_back("retry-after", std::to_string(said.retry_after->count()));
  after_(said.delay.value_or(0s), [then = std::move(then), out = std::move(out)] { then(out); });
}

} // namespace aorta::gateway
