// BUNDLE-FILER: the bundle's key, its patients, its resources and its log row in one transaction, or none of it.
#include "actors/bundle.hpp"
#include "actors/stage.hpp"

#include "engine/telemetry/log.hpp"

namespace aorta::actors {
namespace {

struct bundle_filer_state {
  static inline const char* name = "bundle-filer";
  route_context_ptr route;
  stage_actor next;
  prometheus::Histogram* seconds = nullptr;
  std::unique_ptr<ports::record_session> session;

  ports::filing filing_of(envelope& mail, ports::filing::mode how) const {
    mail.trace = trace_of(mail);
    ports::filing out;
    out.how = how;
    out.log = record_of(mail, route->clinic, route->how.name, route->config_version);
    out.keyed = !mail.fault || !may_pass_later(mail.fault->code);
    out.raw = mail.bytes;
    return out;
  }

  /// Everything between begin and commit. A failure leaves nothing behind.
  status import(envelope& mail) {
    auto& bundle = *mail.bundle;
    // The key first, so that a second copy at the same moment waits for this one; the row is completed once the outcome is known.
    auto receipt = session->log_message(filing_of(mail, mail.how));
    if (!receipt) return receipt.error();
    mail.receipt = std::move(*receipt);
    if (mail.receipt->duplicate) {
      mail.fault = mail.receipt->first.fault; // the first answer again
      return done{};
    }
    if (mail.fault) return done{};
    rest::surroundings around;
    around.base = bundle.base;
    around.systems = route->systems;
    around.clock = route->clock;
    around.ids = route->ids;
    around.critical = route->clinic_limits;
    rest::repository records(*session, bundle.who, around);
    auto outcome = rest::import_bundle(records, *bundle.document, mail.id);
    if (!outcome) return outcome.error();
    bundle.outcome = std::move(*outcome);
    const auto completed = session->log_message(filing_of(mail, ports::filing::mode::complete));
    return completed ? status(done{}) : status(completed.error());
  }

  /// Nothing of a bundle whose import fails is kept but the bundle itself, as a failed message.
  void file(envelope& mail) {
    if (mail.fault && mail.how == ports::filing::mode::again) return; // a rerun that fails leaves everything as it was
    for (int attempt = 0; attempt < 2; ++attempt) {
      if (!session) {
        auto opened = route->store->records();
        if (!opened) return mail.fail(opened.error());
        session = std::move(*opened);
      }
      auto kept = session->begin(route->clinic, true);
      if (kept) kept = import(mail);
      if (kept) kept = session->commit();
      if (kept) return;
      session->rollback();
      mail.receipt.reset();
      mail.bundle->outcome.reset();
      if (kept.error().code == error_code::store_unavailable) return mail.fail(kept.error()); // the sender keeps it, and tries again
      telemetry::log(telemetry::level::error, "import-refused", {{"id", to_text(mail.id)}, {"reason", kept.error().text}});
      mail.fail(kept.error());
      if (mail.how == ports::filing::mode::again) return;
    }
  }
};

stage_actor::behavior_type bundle_filer(stage_actor::stateful_pointer<bundle_filer_state> self, route_context_ptr route, stage_actor next) {
  keep_quiet(self);
  self->state.seconds = &route->metrics->stage_seconds(route->how.name, "file-bundle");
  self->state.route = std::move(route);
  self->state.next = std::move(next);
  return {[self](envelope_ptr mail) {
    auto& state = self->state;
    if (state.route->before_work && mail->ok()) state.route->before_work("file-bundle", *mail);
    const auto begin = steady::now();
    try {
      state.file(*mail);
    } catch (const std::exception&) { // what() may hold what was sent
      if (state.session) state.session->rollback();
      mail->fail({error_code::internal, "", "file-bundle could not process this bundle"});
    }
    telemetry::observe(*state.seconds, std::chrono::duration<double>(steady::now() - begin).count());
    self->send(state.next, std::move(mail));
  }};
}

} // namespace

stage_actor spawn_bundle_filer(caf::actor_system& sys, route_context_ptr route, stage_actor next) {
  return sys.spawn<caf::detached>(bundle_filer, std::move(route), std::move(next));
}

} // namespace aorta::actors
