// BUNDLE-FILER: the bundle's key, its patients, its resources and its log row in one transaction, or none of
// it.
#include "engine/pipeline/bundle_payload.hpp"
#include "engine/pipeline/record.hpp"
#include "engine/pipeline/stage.hpp"

namespace aorta::pipeline {
namespace {

class bundle_filer final : public step {
public:
  explicit bundle_filer(const route& of) : route_(of) {}

  /// Nothing of a bundle whose import fails is kept but the bundle itself, as a failed message.
  void run(envelope& mail) override {
    if (mail.fault && mail.how == ports::filing::mode::again)
      return; // a rerun that fails leaves everything as it was
    file(mail);
  }

private:
  ports::filing filing_of(envelope& mail, ports::filing::mode how) const {
    mail.trace = trace_of(mail);
    ports::filing out;
    out.how = how;
    out.log = record_of(mail, route_.clinic, route_.how.name, route_.config_version);
    out.keyed = !mail.fault || !may_pass_later(mail.fault->code);
    out.raw = mail.bytes;
    return out;
  }

  rest::grant on_behalf_of(const bundle_payload& bundle) const {
    if (bundle.who) return *bundle.who;
    rest::grant who;
    who.clinic = route_.clinic;
    who.scopes.read = who.scopes.write = true;
    return who;
  }

  /// What is thrown on the way is a failure like any other: the bundle is logged with it.
  status import(envelope& mail) {
    try {
      return log_and_import(mail);
    } catch (const std::exception&) { // what() may hold what was sent
      return error{error_code::internal, "", "file-bundle could not process this bundle"};
    }
  }

  /// Everything between begin and commit. A failure leaves nothing behind.
  status log_and_import(envelope& mail) {
    auto& bundle = bundle_of(mail);
    // The key first, so that a second copy at the same moment waits for this one; the row is completed once
    // the outcome is known.
    auto receipt = session_->log_message(filing_of(mail, mail.how));
    if (!receipt) return receipt.error();
    mail.receipt = std::move(*receipt);
    if (mail.receipt->duplicate) {
      mail.fault = mail.receipt->first.fault; // the first answer again
      return done{};
    }
    if (mail.fault) return done{};
    rest::surroundings around;
    around.base = bundle.base;
    around.systems = route_.systems;
    around.clock = route_.clock;
    around.ids = route_.ids;
    around.critical = route_.clinic_limits;
    const auto who = on_behalf_of(bundle);
    rest::repository records(*session_, who, around);
    auto outcome = rest::import_bundle(records, *bundle.document, mail.id);
    if (!outcome) return outcome.error();
    bundle.outcome = std::move(*outcome);
    const auto completed = session_->log_message(filing_of(mail, ports::filing::mode::complete));
    return completed ? status(done{}) : status(completed.error());
  }

  void file(envelope& mail) {
    for (int attempt = 0; attempt < 2; ++attempt) {
      if (!session_) {
        auto opened = route_.store->records();
        if (!opened) return mail.fail(opened.error());
        session_ = std::move(*opened);
      }
      auto kept = session_->begin(route_.clinic, true);
      if (kept) kept = import(mail);
      if (kept) kept = session_->commit();
      if (kept) return;
      session_->rollback();
      mail.receipt.reset();
      bundle_of(mail).outcome.reset();
      if (passes(kept.error().code)) return mail.fail(kept.error()); // the sender keeps it, and tries again
      if (route_.tell) route_.tell("import-refused", mail, kept.error().text);
      mail.fail(kept.error());
      if (mail.how == ports::filing::mode::again) return;
    }
  }

  const route& route_;
  std::unique_ptr<ports::record_session> session_;
};

} // namespace

middle file_bundle() {
  return {
    {.name = "file-bundle",
     .needs = part::message | part::claims,
     .gives = part::receipt,
     .make = [](const route& of) -> std::unique_ptr<step> { return std::make_unique<bundle_filer>(of); },
     .blocks = true,
     .also_failed = true}};
}

} // namespace aorta::pipeline
