#include "engine/gateway/http_front.hpp"

#include "actors/rerun.hpp"
#include "engine/gateway/http_call.hpp"
#include "engine/gateway/settlement.hpp"
#include "engine/http/target.hpp"
#include "engine/telemetry/log.hpp"

#include <atomic>

namespace aorta::gateway {

using parts_ptr = std::shared_ptr<const http_front_parts>;

/// One request on its way; whoever holds it last answers it.
struct visit final : http_call {
  parts_ptr parts;
  http::request asked;
  const http::endpoint* at = nullptr; ///< its row, or another of its path; null: there is none

  bool is_slow() const { return at != nullptr && at->slow; }
  bool is_of_engine() const { return at != nullptr && at->from == http::made_of::engine; }

  /// The store took too long. What does not need it is told all the same, to whom it knew before.
  void answer_late() const override {
    if (!answered && is_of_engine()) {
      auto out = api::handle(asked, nullptr, parts->engine, parts->clock->now());
      return answer(std::move(out.reply), out.path_template);
    }
    answer(http::failure(503, "store-unavailable", "the store did not answer in time"), "other");
  }

  void answer(http::response reply, const std::string& path_template) const {
    send(as_sent(std::move(reply)), *parts->metrics, path_template, asked.method);
  }

  /// The first of many.
  void begin(http::response reply, const std::string& path_template) const {
    auto out = as_sent(std::move(reply));
    auto again = asked;
    again.body.clear();
    // Nothing that an actor waits for: it may be asked after their end.
    out.goes_on = [live = parts->live, what = std::move(again), first = out.body](net::http_feed to) {
      live->add(what, first, std::move(to));
    };
    send(std::move(out), *parts->metrics, path_template, asked.method);
  }
};

namespace {

using visit_ptr = std::shared_ptr<const visit>;

void answer_audited(const visit_ptr& who, api::outcome out, ports::message_log* admin) {
  if (!out.audited || admin == nullptr) return who->answer(std::move(out.reply), out.path_template);
  settled_call call;
  if (out.reply.status == 401)
    call.as = who->parts->unknown->receive(who->asked.peer, std::chrono::steady_clock::now());
  out.audit.outcome = std::to_string(out.reply.status);
  out.audit.fault = out.reply.fault;
  call.row = std::move(out.audit);
  call.answer = [who, out = std::move(out)](bool kept) {
    const bool shown = kept || out.shown_unaudited;
    if (shown && out.goes_on) return who->begin(out.reply, out.path_template);
    who->answer(shown ? out.reply
                      : http::failure(503, "audit-unavailable",
                                      "the access could not be audited, so it was not granted"),
                out.path_template);
  };
  settle(*who->parts, admin->access(), {std::move(call)});
}

const actors::admin_worker& admin_worker_for(const visit& who) {
  const auto& parts = *who.parts;
  if (who.is_slow()) return parts.patient;
  static std::atomic<size_t> turn{0};
  return parts.admin_workers[turn.fetch_add(1, std::memory_order_relaxed) % parts.admin_workers.size()];
}

/// A job that throws must still answer.
void with_admin(const visit_ptr& who, std::function<void(ports::message_log*)> work) {
  admin_worker_for(*who).give([who, work = std::move(work)](ports::message_log* admin) {
    try {
      work(admin);
    } catch (const std::exception&) {
      telemetry::log(telemetry::level::error, "request-failed", {{"method", who->asked.method}});
      who->answer(http::failure(500, "internal", "the request could not be handled"), "other");
    }
  });
}

void rerun(const visit_ptr& who, api::outcome out) {
  auto again = std::make_shared<api::rerun>(std::move(*out.again));
  out.again.reset();
  auto settled = [who, again, out](const actors::rerun_end& end) {
    with_admin(who, [who, again, out, end](ports::message_log* admin) mutable {
      out.reply = api::rerun_reply(*again, end.fault, end.would_change.get(), admin);
      answer_audited(who, std::move(out), admin);
    });
  };
  actors::run_again(*who->parts->actors, who->parts->find, again->what.log, again->what.raw, again->why,
                    who->parts->clock->now(), std::move(settled));
}

/// The national system takes its time, and no worker waits for it.
void ask_gesy(const visit_ptr& who, api::outcome out) {
  if (who->answered) return;
  const auto asked = *std::exchange(out.errand, std::nullopt);
  const auto view = who->parts->engine.gesy;
  who->elsewhere = true;
  view->ask(asked.what, [who, asked, view, out](const gesy::reply& heard) {
    with_admin(who, [who, asked, view, out, heard](ports::message_log* admin) mutable {
      out.reply = api::gesy_reply(asked, heard, out.reply.status, *view, who->parts->clock->now());
      answer_audited(who, std::move(out), admin);
    });
  });
}

} // namespace

net::http_handler http_front(std::shared_ptr<const http_front_parts> parts) {
  return [parts = std::move(parts)](net::http_request&& request, net::http_respond respond) {
    auto who = std::make_shared<visit>();
    who->parts = parts;
    who->respond = std::move(respond);
    who->asked.method = std::move(request.method);
    who->asked.peer = std::move(request.peer);
    auto target = http::split_target(request.target);
    if (!target) {
      who->answer(http::failure(400, "bad-target", "the request target is not a valid path and query"),
                  "other");
      return;
    }
    who->asked.path = std::move(target->path);
    who->asked.search = query_of(request.target);
    for (auto& [key, value] : target->params) who->asked.query[key] = std::move(value);
    who->asked.bearer = bearer_of(request);
    who->asked.from_console = is_from_console(request);
    who->asked.body = std::move(request.body);
    if (const auto found = http::find(api::endpoints(), who->asked.method, who->asked.path);
        found.path != nullptr)
      who->at = found.taken != nullptr ? &found.taken->is : &found.path->is;
    if (who->is_of_engine() && who->at->may == http::scope::open) { // needs neither key nor store
      auto out = api::handle(who->asked, nullptr, parts->engine, parts->clock->now());
      who->answer(std::move(out.reply), out.path_template);
      return;
    }
    (who->is_slow() ? parts->slow_calls : parts->calls)->watch(who);
    with_admin(who, [who](ports::message_log* admin) {
      if (who->answered) return;
      auto out = api::handle(who->asked, admin, who->parts->engine, who->parts->clock->now());
      if (out.again) return rerun(who, std::move(out));
      if (out.errand) return ask_gesy(who, std::move(out));
      answer_audited(who, std::move(out), admin);
    });
  };
}

} // namespace aorta::gateway
