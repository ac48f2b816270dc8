#include "engine/gateway/carriers/redis_link.hpp"

#include <hiredis/hiredis.h>

namespace aorta::gateway {
namespace {

struct free_reply {
  void operator()(redisReply* what) const { freeReplyObject(what); }
};
using reply = std::unique_ptr<redisReply, free_reply>;

timeval time_of(std::chrono::milliseconds within) {
  return {within.count() / 1000, (within.count() % 1000) * 1000};
}

/// `-OOM command not allowed ...`: the word alone, since the rest may quote what was sent.
std::string word_of(const redisReply& of) {
  const std::string_view text(of.str, of.len);
  return "redis-" + std::string(text.substr(0, std::min<size_t>(text.find(' '), 20)));
}

delivery::outcome silent(std::string code, bool perhaps) {
  delivery::outcome out;
  out.is = delivery::outcome::kind::silent;
  out.code = std::move(code);
  out.perhaps = perhaps;
  return out;
}

} // namespace

redis_link::redis_link(config::redis_server to, std::chrono::milliseconds within)
    : to_(std::move(to)),
      within_(within) {}

redis_link::~redis_link() { close(); }

void redis_link::close() noexcept {
  if (open_ != nullptr) redisFree(open_);
  open_ = nullptr;
}

void redis_link::queue(const words& what) {
  std::vector<const char*> texts;
  std::vector<size_t> sizes;
  for (const auto& each : what) {
    texts.push_back(each.data());
    sizes.push_back(each.size());
  }
  redisAppendCommandArgv(open_, int(what.size()), texts.data(), sizes.data());
}

/// False, and why, when the answer is none or a refusal; then the connection is closed.
bool redis_link::ask(const words& what, delivery::outcome& out) {
  queue(what);
  void* got = nullptr;
  if (redisGetReply(open_, &got) != REDIS_OK) {
    out = silent("not-connected", false);
    close();
    return false;
  }
  const reply answer(static_cast<redisReply*>(got));
  if (answer->type != REDIS_REPLY_ERROR) return true;
  out = silent(word_of(*answer), false);
  close();
  return false;
}

bool redis_link::connect(delivery::outcome& out) {
  if (open_ != nullptr) return true;
  open_ = redisConnectWithTimeout(to_.at.host.c_str(), to_.at.port, time_of(within_));
  if (open_ == nullptr || open_->err != 0) { // the library does not say so otherwise
    out = silent("not-connected", false);
    close();
    return false;
  }
  redisSetTimeout(open_, time_of(within_));
  redisEnableKeepAlive(open_);
  if (!to_.password.empty() &&
      !ask(to_.user.empty() ? words{"AUTH", to_.password} : words{"AUTH", to_.user, to_.password}, out))
    return false;
  return to_.database == 0 || ask({"SELECT", std::to_string(to_.database)}, out);
}

delivery::outcome redis_link::add(const std::string& stream,
                                  const std::vector<std::pair<std::string, std::string>>& entry,
                                  const std::string& channel, const std::string& text) {
  delivery::outcome out;
  if (!connect(out)) return out;
  words add{"XADD", stream};
  if (to_.most_entries > 0) add.insert(add.end(), {"MAXLEN", "~", std::to_string(to_.most_entries)});
  add.push_back("*");
  for (const auto& [name, value] : entry) add.insert(add.end(), {name, value});
  queue({"MULTI"});
  queue(add);
  if (!channel.empty()) queue({"PUBLISH", channel, text});
  queue({"EXEC"});
  const size_t answers = channel.empty() ? 3 : 4;
  std::string refused;
  for (size_t i = 0; i < answers; ++i) {
    void* got = nullptr;
    if (redisGetReply(open_, &got) != REDIS_OK) {
      close();
      return silent("broken", true);
    }
    const reply answer(static_cast<redisReply*>(got));
    const redisReply* said = answer.get();
    // EXEC answers with a list: the first is XADD's.
    if (i + 1 == answers && said->type == REDIS_REPLY_ARRAY && said->elements > 0) said = said->element[0];
    if (said->type == REDIS_REPLY_ERROR && refused.empty()) refused = word_of(*said);
  }
  if (refused.empty()) out.is = delivery::outcome::kind::taken;
  else {
    out = silent(std::move(refused), false);
    close(); // a failover may lead to another server
  }
  return out;
}

} // namespace aorta::gateway
