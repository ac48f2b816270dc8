// PERSISTER: commits everything that has queued up, once; what was committed, or that it was there before, is the receipt.
#include "actors/batch.hpp"

#include "engine/telemetry/log.hpp"

namespace aorta::actors {
namespace {

struct persister_state {
  static inline const char* name = "persister";
  route_context_ptr route;
  stage_actor next;
  prometheus::Histogram* seconds = nullptr;
  prometheus::Histogram* batch_messages = nullptr;
  prometheus::Histogram* commit_seconds = nullptr;
  batch_queue queue;
  std::optional<lane_session> session;
  int broken_off = 0; ///< how often in a row the connection broke over the batch in front
  static constexpr int most_attempts = 3;

  ports::filing filing_of(envelope& mail) const {
    if (mail.trace.empty() || mail.fault) mail.trace = trace_of(mail);
    ports::filing out;
    out.how = mail.how;
    out.log = record_of(mail, route->clinic, route->how.name, route->config_version);
    out.keyed = mail.whole && (!mail.fault || !may_pass_later(mail.fault->code)); // the whole message may still come
    out.raw = mail.bytes;
    if (!mail.fault && mail.report) out.report = &*mail.report;
    if (mail.decision) out.decision = &*mail.decision;
    out.act = mail.act.get();
    out.for_person = refused_for_person(mail);
    return out;
  }

  result<std::vector<ports::receipt>> commit(const std::vector<envelope_ptr>& batch) {
    std::vector<ports::filing> filings;
    filings.reserve(batch.size());
    for (const auto& mail : batch) filings.push_back(filing_of(*mail));
    if (filings.empty()) return std::vector<ports::receipt>{};
    const auto begin = steady::now();
    auto receipts = session->with([&](ports::store_session& store) { return store.commit(filings); });
    telemetry::observe(*commit_seconds, std::chrono::duration<double>(steady::now() - begin).count());
    telemetry::observe(*batch_messages, double(batch.size()));
    return receipts;
  }

  static void settle(envelope& mail, ports::receipt&& receipt) {
    if (receipt.duplicate) mail.fault = receipt.first.fault; // the first answer again
    mail.receipt = std::move(receipt);
  }

  /// True when every envelope has its receipt or its fault; false when the store is away and the batch must wait.
  bool persist(const std::vector<envelope_ptr>& batch) {
    for (const auto& mail : batch)
      if (route->before_work && mail->ok()) route->before_work("persist", *mail);
    std::vector<envelope_ptr> kept;
    for (const auto& mail : batch)
      if (!mail->only_counted && !mail->receipt && (!mail->fault || mail->how == ports::filing::mode::first)) kept.push_back(mail); // a rerun that fails leaves everything as it was
    // What is only rehearsed is undone: each of them alone, behind the others.
    const auto real = std::stable_partition(kept.begin(), kept.end(), [](const auto& mail) { return !mail->act || !mail->act->rehearsal; });
    const std::vector<envelope_ptr> rehearsals(real, kept.end());
    kept.erase(real, kept.end());
    if (!persist_all(kept)) return false;
    for (const auto& mail : rehearsals)
      if (!persist_alone(mail)) return false;
    return true;
  }

  bool persist_all(const std::vector<envelope_ptr>& kept) {
    auto receipts = commit(kept);
    if (receipts) {
      for (size_t i = 0; i < kept.size(); ++i) settle(*kept[i], std::move((*receipts)[i]));
      if (!kept.empty()) session->took();
      broken_off = 0;
      return true;
    }
    // A store that is away is waited for. But when the connection breaks again and again over this batch, one message of it may be the reason.
    if (receipts.error().code == error_code::store_unavailable && (!session->perhaps_batch() || ++broken_off < most_attempts)) return false;
    // The database refused something in the batch: one by one, so that it harms none but itself.
    for (const auto& mail : kept)
      if (!persist_alone(mail)) return false;
    broken_off = 0;
    return true;
  }

  bool persist_alone(const envelope_ptr& mail) {
    for (int attempt = 0; attempt < 2; ++attempt) {
      auto receipt = commit_alone(mail);
      if (receipt) {
        settle(*mail, std::move(receipt->front()));
        if (attempt == 0) session->took();
        return true;
      }
      if (receipt.error().code == error_code::store_unavailable) return false;
      telemetry::log(telemetry::level::error, "commit-refused", {{"id", to_text(mail->id)}, {"reason", receipt.error().text}});
      if (attempt == 0) session->refused(*mail, receipt.error());
      if (mail->how == ports::filing::mode::again) {
        mail->fail(receipt.error());
        return true;
      }
      // Once more as a failed message, so that its bytes are kept.
      mail->fault = error{error_code::internal, receipt.error().where, "the store refused this message's rows: " + receipt.error().text};
    }
    mail->receipt.emplace(); // not even the log takes it: the sender hears AE and keeps the message
    return true;
  }

  /// What breaks the connection off by itself, each time, while the store takes a new one, is refused for good.
  result<std::vector<ports::receipt>> commit_alone(const envelope_ptr& mail) {
    auto receipt = commit({mail});
    for (int attempt = 1; attempt < most_attempts && !receipt && broke_off(receipt.error()); ++attempt) receipt = commit({mail});
    if (receipt || !broke_off(receipt.error())) return receipt;
    return error{error_code::internal, "", "each time the connection was broken off over it: " + receipt.error().text};
  }

  bool broke_off(const error& why) const { return why.code == error_code::store_unavailable && session->perhaps_batch(); }
};

batching_actor::behavior_type persister(batching_actor::stateful_pointer<persister_state> self, route_context_ptr route, stage_actor next) {
  keep_quiet(self);
  self->state.seconds = &route->metrics->stage_seconds(route->how.name, "persist");
  self->state.batch_messages = &route->metrics->store_batch_messages();
  self->state.commit_seconds = &route->metrics->store_commit_seconds();
  self->state.session.emplace(route);
  self->state.route = std::move(route);
  self->state.next = std::move(next);
  return {
    [self](envelope_ptr mail) { self->state.queue.add(self, std::move(mail)); },
    [self](flush) {
      auto& state = self->state;
      const auto begin = steady::now();
      auto batch = state.queue.front();
      if (!state.persist(batch)) return state.queue.later(self);
      const auto count = batch.size();
      const auto each = std::chrono::duration<double>(steady::now() - begin).count();
      for (auto& mail : batch) {
        telemetry::observe(*state.seconds, each);
        self->send(state.next, std::move(mail));
      }
      state.queue.done(self, count);
    },
  };
}

} // namespace

stage_actor spawn_persister(caf::actor_system& sys, route_context_ptr route, stage_actor next) {
  return sys.spawn<caf::detached>(persister, std::move(route), std::move(next));
}

} // namespace aorta::actors
