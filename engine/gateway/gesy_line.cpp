#include "engine/gateway/gesy_line.hpp"

#include "engine/base/text.hpp"
#include "engine/delivery/judge.hpp"

#include <rapidjson/document.h>

#include <algorithm>

namespace aorta::gateway {
namespace {

using namespace std::chrono_literals;
constexpr uint32_t most_tries = 3;
constexpr std::chrono::seconds longest_wait{5}; ///< within one question; who asks for more has answered
constexpr std::chrono::seconds shortest_token{30};

delivery::rules line_rules() {
  delivery::rules out;
  out.retry = {10s};
  out.faults_to_open = 5;
  return out;
}

bool only_reads(const gesy::question& what) { return what.method == "GET"; }

/// Whether it says that the system is away, rather than what it thinks of the question.
bool is_fault(const gesy::reply& what) {
  return what.status == 0 || what.status == 502 || what.status == 503 || what.status == 504;
}

} // namespace

struct gesy_line::errand {
  gesy::question what;
  heard then;
  uint32_t tries = 0;
  bool renewed = false;   ///< it was asked with another token already
  std::string with_token; ///< with which it was asked last
};

gesy_line::gesy_line(parts with, config::gesy_settings how) : with_(std::move(with)), how_(std::move(how)) {}

void gesy_line::ask(gesy::question what, heard then, bool urgent) {
  if (stopped_) return;
  auto one = std::make_shared<errand>();
  one->what = std::move(what);
  one->then = std::move(then);
  if (!urgent && circuit_.open() && with_.clock->now() < circuit_.next()) {
    gesy::reply away;
    away.code = "away";
    return end(one, std::move(away));
  }
  go(std::move(one));
}

void gesy_line::stop() {
  stopped_ = true;
  with_.by.reset(); // with all that waits for its answers
  waiting_.clear();
}

void gesy_line::go(errand_ptr one) {
  if (stopped_) return;
  if (!token_.empty() && with_.clock->now() < renew_at_) return send(std::move(one));
  waiting_.push_back(std::move(one));
  if (!std::exchange(asking_, true)) ask_for_token();
}

void gesy_line::ask_for_token() {
  gesy::question what;
  what.what = gesy::operation::token;
  what.method = "POST";
  what.path = gesy::path_of(how_.wire, what.what, {});
  what.body = "grant_type=client_credentials&client_id=" + percent_encoded(how_.client_id) +
    "&client_secret=" + percent_encoded(how_.client_secret);
  with_.by->send(call_of(what), [self = shared_from_this()](const auto& answer) {
    self->hear_token(self->reply_of(answer));
  });
}

void gesy_line::hear_token(gesy::reply what) {
  asking_ = false;
  rapidjson::Document body;
  body.Parse<rapidjson::kParseIterativeFlag>(what.body.data(), what.body.size());
  const bool given = gesy::taken(what) && !body.HasParseError() && body.IsObject() &&
    body.HasMember("access_token") && body["access_token"].IsString();
  auto all = std::exchange(waiting_, {});
  if (!given) {
    token_.clear();
    what.perhaps = false; // the question itself was not asked, and what the answer says is of us, not of it
    if (gesy::taken(what)) what.code = "no-token";
    else if (what.status != 0) what.code = "token-" + std::to_string(what.status);
    if (what.status != 401 && what.status != 403 && what.status != 429) what.status = 0;
    for (const auto& each : all) end(each, what);
    return;
  }
  token_ = body["access_token"].GetString();
  const auto lives = body.HasMember("expires_in") && body["expires_in"].IsInt64()
    ? body["expires_in"].GetInt64()
    : 0;
  const auto length = std::max(std::chrono::seconds(std::min<int64_t>(lives, 86'400)), shortest_token);
  renew_at_ = with_.clock->now() + length * 8 / 10;
  for (auto& each : all) send(std::move(each));
}

void gesy_line::send(errand_ptr one) {
  ++one->tries;
  one->with_token = token_;
  auto call = call_of(one->what);
  call.headers.emplace_back("Authorization", "Bearer " + token_);
  with_.by->send(std::move(call), [self = shared_from_this(), one = std::move(one)](const auto& answer) {
    self->hear(one, self->reply_of(answer));
  });
}

bool gesy_line::again(const errand& one, const gesy::reply& what) const {
  if (!only_reads(one.what) || one.tries >= most_tries) return false;
  if (what.status == 429 || what.status == 503) return what.wait.value_or(0s) <= longest_wait;
  return what.status == 0 || what.status >= 500;
}

void gesy_line::hear(errand_ptr one, gesy::reply what) {
  if (what.status == 401 && !one->renewed) {
    one->renewed = true;
    if (token_ == one->with_token) token_.clear(); // else somebody has another already
    return go(std::move(one));
  }
  if (again(*one, what)) {
    const auto pause = std::max<std::chrono::milliseconds>(what.wait.value_or(0s),
                                                           200ms * (1 << (2 * one->tries)) / 4);
    auto self = shared_from_this();
    return with_.later(pause, [self, one] { self->go(one); });
  }
  end(one, std::move(what));
}

void gesy_line::end(const errand_ptr& one, gesy::reply what) {
  if (what.code != "away") note(what);
  with_.later(0ms, [then = std::move(one->then), what = std::move(what)] { then(what); });
}

void gesy_line::note(const gesy::reply& what) {
  const auto now = with_.clock->now();
  const bool fault = is_fault(what);
  if (fault) circuit_.fault(now, line_rules(), jitter_);
  else circuit_.answer();
  const std::lock_guard hold(lock_);
  if (!fault) {
    standing_.answered_at = now;
    standing_.away_since.reset();
    standing_.code.clear();
    return;
  }
  standing_.code = what.code.empty() ? std::to_string(what.status) : what.code;
  if (!standing_.away_since) standing_.away_since = now;
}

gesy_line::state gesy_line::standing() const {
  const std::lock_guard hold(lock_);
  return standing_;
}

ports::http_call gesy_line::call_of(const gesy::question& what) const {
  ports::http_call out;
  out.method = what.method;
  out.url = how_.url + what.path;
  out.body = what.body;
  out.headers.emplace_back("Accept", "application/json");
  if (what.what == gesy::operation::token)
    out.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  else if (!what.body.empty()) out.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  if (!what.once.empty() && !how_.wire.idempotency_header.empty())
    out.headers.emplace_back(how_.wire.idempotency_header, what.once);
  out.allow = how_.allow;
  out.connect_within = std::min<std::chrono::milliseconds>(out.connect_within, how_.timeout);
  out.answer_within = how_.timeout;
  return out;
}

gesy::reply gesy_line::reply_of(const ports::http_outbound::outcome& what) const {
  gesy::reply out;
  if (const auto* none = std::get_if<ports::unanswered>(&what)) {
    out.perhaps = none->sent == ports::left::perhaps;
    out.code = std::string(ports::name(none->why));
    return out;
  }
  const auto& answer = std::get<ports::http_answer>(what);
  out.status = answer.status;
  out.body = answer.body;
  for (const auto& [header, value] : answer.headers)
    if (header == "retry-after") out.wait = delivery::of_status(503, value, with_.clock->now()).wait;
  return out;
}

} // namespace aorta::gateway
