// ACCEPT: of enhanced mode the raw message is committed as received, with its key, and that is acknowledged;
// it is filed afterwards, whatever happens meanwhile (`filing::mode::resume`). So is what asks for no
// receipt, since one patient's messages are filed in the order in which they came.
#include "engine/pipeline/accept.hpp"

#include "engine/pipeline/committing.hpp"
#include "engine/pipeline/record.hpp"
#include "engine/pipeline/stage.hpp"

namespace aorta::pipeline {

std::optional<hl7::acks_asked> acks_for(const envelope& mail, const hl7::message* sent,
                                        const config::route& how) {
  using mode = config::route::ack_mode;
  if (!how.accepts || how.ack == mode::original || mail.share || mail.listener == http_listener)
    return std::nullopt;
  if (sent != nullptr)
    if (const auto asked = hl7::asked_acks(*sent)) return asked;
  if (how.ack == mode::enhanced) return hl7::acks_asked{};
  return std::nullopt;
}

namespace {

/// MRG names a second person (A34, A40, A47): what stood before it for either is filed before it.
int64_t order_key_of(const hl7::message& msg) {
  for (size_t i = 0; i < msg.segments(); ++i)
    if (msg.segment(i).name() == "MRG") return ports::everybody;
  return patient_key(msg);
}

class acceptor final : public committing {
public:
  explicit acceptor(const route& of) : route_(of) {}

  status run(std::span<const envelope_ptr> batch, lane& with) override {
    std::vector<envelope_ptr> kept;
    for (const auto& mail : batch)
      if (is_new(*mail)) kept.push_back(mail);
    return together(kept, with);
  }

private:
  bool is_new(const envelope& mail) const {
    return route_.stores && !mail.trouble() && mail.accepted == envelope::acceptance::none &&
      !mail.only_counted;
  }

  ports::filing filing_of(envelope& mail) const {
    if (mail.trace.empty()) mail.trace = trace_of(mail);
    mail.to_accept = ports::acceptance{order_key_of(*mail.message), route_.how.acknowledgements()};
    ports::filing out;
    out.log = record_of(mail, route_.clinic, route_.how.name, route_.config_version);
    out.log.status = ports::message_status::received;
    out.log.ack_code = "CA";
    out.raw = mail.bytes;
    out.accepted = &*mail.to_accept;
    return out;
  }

  receipts commit(std::span<const envelope_ptr> batch, lane& with) override {
    std::vector<ports::filing> filings;
    filings.reserve(batch.size());
    for (const auto& mail : batch) filings.push_back(filing_of(*mail));
    return with.store().commit(filings);
  }

  /// A repeat of what is filed is answered as that was; one of what still waits hears of it with that.
  void settle(envelope& mail, ports::receipt&& receipt) override {
    const bool filed = receipt.duplicate && receipt.first.status != ports::message_status::received;
    mail.accepted = filed ? envelope::acceptance::known : envelope::acceptance::stored;
    mail.answered_later = receipt.duplicate ? receipt.first.id : mail.id;
    if (filed) mail.answered_later.reset();
    mail.receipt = std::move(receipt);
  }

  bool refused(envelope& mail, const error& why, bool, lane& with) override {
    if (route_.tell) route_.tell("commit-refused", mail, why.text);
    with.refused(mail, why);
    mail.fail({error_code::internal, why.where, "the store refused this message: " + why.text});
    return false;
  }

  const route& route_;
};

} // namespace

middle accept() {
  return {
    {.name = "accept",
     .needs = part::message,
     .make = [](const route& of) -> std::unique_ptr<batch_step> { return std::make_unique<acceptor>(of); },
     .also_failed = true,
     .concerns = [](const envelope& mail) { return mail.asked && mail.how == ports::filing::mode::first; }}};
}

} // namespace aorta::pipeline
