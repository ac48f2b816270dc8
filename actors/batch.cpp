#include "actors/batch.hpp"

#include "engine/pipeline/record.hpp"
#include "engine/telemetry/log.hpp"

#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace aorta::actors {
namespace {

/// The lane's session: opened when first needed; it connects anew by itself. Tells the boards whether the
/// store answers and what it refuses.
class lane_session final : public pipeline::lane, ports::lane {
public:
  explicit lane_session(route_context_ptr route)
      : route_(std::move(route)),
        messages_(route_->metrics->store_batch_messages()),
        seconds_(route_->metrics->store_commit_seconds()) {}
  ~lane_session() override {
    if (refusing_) --route_->board->lanes_refused;
  }

  ports::lane& store() override { return *this; }

  void took() noexcept override {
    refused_ = 0;
    if (std::exchange(refusing_, false)) --route_->board->lanes_refused;
  }

  /// Several in a row that the store refuses, whatever they are, mean that it refuses them all. One message
  /// that is sent again and again is one.
  void refused(const envelope& mail, const error& why) override {
    const size_t content = std::hash<std::string>{}(mail.bytes);
    if (refused_ > 0 && content == last_refused_) return;
    last_refused_ = content;
    route_->board->set_refusal(why);
    if (++refused_ < most_refused || refusing_) return;
    refusing_ = true;
    ++route_->board->lanes_refused;
    telemetry::log(telemetry::level::error, "store-refuses",
                   {{"route", route_->how.name}, {"reason", why.text}});
  }

private:
  result<std::vector<ports::people>> candidates(model::clinic_id clinic,
                                                std::span<const ports::wanted> of) override {
    return with([&](auto& session) { return session.candidates(clinic, of); });
  }
  result<std::vector<std::optional<ports::taught>>> decided(
    model::clinic_id clinic, std::span<const identity::claims* const> who,
    std::span<const ports::people* const> known) override {
    return with([&](auto& session) { return session.decided(clinic, who, known); });
  }
  result<std::vector<ports::receipt>> commit(std::span<const ports::filing> batch) override {
    const auto begin = steady::now();
    auto receipts = with([&](auto& session) { return session.commit(batch); });
    telemetry::observe(seconds_, std::chrono::duration<double>(steady::now() - begin).count());
    telemetry::observe(messages_, double(batch.size()));
    return receipts;
  }
  /// False when no session could be opened, too.
  bool perhaps_batch() const noexcept override { return session_ && session_->perhaps_batch(); }

  template <class Ask>
  auto with(Ask ask) -> decltype(ask(std::declval<ports::lane&>())) {
    if (!session_) {
      auto opened = route_->store->session();
      if (!opened) return note(opened.error());
      session_ = std::move(*opened);
    }
    auto answer = ask(*session_);
    if (!answer) return note(answer.error());
    if (route_->store_state->set_back())
      telemetry::log(telemetry::level::info, "store-back", {{"route", route_->how.name}});
    return answer;
  }

  error note(const error& why) {
    if (why.code == error_code::store_unavailable && route_->store_state->set_away(why))
      telemetry::log(telemetry::level::error, "store-away",
                     {{"route", route_->how.name}, {"reason", why.text}});
    return why;
  }

  static constexpr int most_refused = 3;
  route_context_ptr route_;
  prometheus::Histogram &messages_, &seconds_;
  std::unique_ptr<ports::lane> session_;
  int refused_ = 0;         ///< in a row, each another message
  size_t last_refused_ = 0; ///< hash of its bytes
  bool refusing_ = false;   ///< the board has been told
};

struct batch_state {
  route_context_ptr route;
  pipeline::stage what;
  std::unique_ptr<pipeline::batch_step> how;
  std::optional<lane_session> lane;
  onward next;
  prometheus::Histogram* seconds = nullptr;
  batch_queue queue;

  /// False: the store is away, the batch stays.
  bool work(const std::vector<envelope_ptr>& batch) {
    const auto given = pipeline::taken(what, batch);
    if (route->before_work)
      for (const auto& mail : given)
        if (mail->ok()) route->before_work(what.name, *mail);
    std::vector<envelope*> healthy;
    for (const auto& mail : given)
      if (mail->ok()) healthy.push_back(mail.get());
    const auto begin = steady::now();
    if (!given.empty() && !how->run(given, *lane)) return false;
    const auto took = steady::now() - begin;
    for (size_t i = 0; i < given.size(); ++i)
      telemetry::observe(*seconds, std::chrono::duration<double>(took).count());
    for (auto* mail : healthy) mail->note_work(what.name, took);
    return true;
  }

  /// Made here, while the persister is busy with the batch before. What cannot be told here the persister
  /// tries again, and logs.
  void write_traces(const std::vector<envelope_ptr>& batch) const {
    if ((what.gives & pipeline::part::receipt) != pipeline::part::none) return; // it has been kept already
    for (const auto& mail : batch) {
      try {
        mail->trace = pipeline::trace_of(*mail);
      } catch (const std::exception&) { mail->trace.clear(); }
    }
  }
};

batching_actor::behavior_type batching_stage(batching_actor::stateful_pointer<batch_state> self,
                                             route_context_ptr route, pipeline::stage what, onward next) {
  keep_quiet(self);
  auto& state = self->state;
  state.how = std::get<pipeline::batch_step_maker>(what.make)(*route);
  state.seconds = &route->metrics->stage_seconds(route->how.name, what.name);
  state.lane.emplace(route);
  state.route = std::move(route);
  state.what = what;
  state.next = std::move(next);
  return {
    [self](envelope_ptr mail) { self->state.queue.add(self, std::move(mail)); },
    [self](flush) {
      auto& mine = self->state;
      auto batch = mine.queue.front();
      if (!mine.work(batch)) return mine.queue.later(self);
      mine.write_traces(batch);
      const auto count = batch.size();
      for (auto& mail : batch) mine.next.pass(self, std::move(mail));
      mine.queue.done(self, count);
    },
  };
}

} // namespace

stage_actor spawn_batching_stage(caf::actor_system& sys, route_context_ptr route, const pipeline::stage& what,
                                 onward next) {
  return sys.spawn<caf::detached>(batching_stage, std::move(route), what, std::move(next));
}

} // namespace aorta::actors
