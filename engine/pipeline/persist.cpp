// PERSISTER: commits everything that has queued up, once; what was committed, or that it was there before, is
// the receipt.
#include "engine/pipeline/record.hpp"
#include "engine/pipeline/stage.hpp"

#include <algorithm>
#include <deque>

namespace aorta::pipeline {
namespace {

/// What a message changes in the clinic's records, and then its row of the log anew.
class changes_of final : public ports::record_work {
public:
  changes_of(envelope& mail, const route& of) : mail_(mail), route_(of) {}

  status make(ports::record_session& in, ports::message_record& log) override {
    try {
      mail_.payload->forget_changes();
      if (auto made = mail_.payload->change_records(in, mail_, route_); !made) return made;
      mail_.trace = trace_of(mail_);
      log = record_of(mail_, route_.clinic, route_.how.name, route_.config_version);
      return done{};
    } catch (const std::exception&) { // what() may hold what was sent
      return error{error_code::internal, "", "persist could not process this message"};
    }
  }

private:
  envelope& mail_;
  const route& route_;
};

class persister final : public batch_step {
public:
  explicit persister(const route& of) : route_(of) {}

  /// Done when every envelope has its receipt or its fault.
  status run(std::span<const envelope_ptr> batch, lane& with) override {
    std::vector<envelope_ptr> kept;
    for (const auto& mail : batch)
      if (!mail->only_counted && !mail->receipt && (!mail->fault || mail->how == ports::filing::mode::first))
        kept.push_back(mail); // a rerun that fails leaves everything as it was
    const auto together = std::stable_partition(kept.begin(), kept.end(),
                                                [&](const auto& mail) { return !stands_alone(*mail); });
    const std::vector<envelope_ptr> alone(together, kept.end());
    kept.erase(together, kept.end());
    if (auto away = persist_all(kept, with); !away) return away;
    return in_order(alone, with);
  }

private:
  static constexpr int most_attempts = 3;
  using receipts = result<std::vector<ports::receipt>>;

  static bool changes_records(const envelope& mail) noexcept {
    return !mail.fault && mail.payload && mail.payload->changes_records(mail);
  }

  /// Behind the others. What changes records is committed beside its like at most. What is only rehearsed is
  /// undone; and when a message leaves its patient, what stands again there is found among all that has been
  /// filed: what were filed together with it would have been compared with what it takes away.
  bool stands_alone(const envelope& mail) const {
    if (changes_records(mail)) return true;
    if (!mail.act) return false;
    using kind = ports::act::kind;
    if (mail.act->rehearsal || mail.act->is == kind::link || mail.act->is == kind::unlink) return true;
    if (mail.fault) return false;
    try {
      return record_of(mail, route_.clinic, route_.how.name, route_.config_version).patient !=
        mail.act->patient_seen;
    } catch (const std::exception&) {
      return true; // it cannot be told: `filing_of` will say so
    }
  }

  /// What cannot be told of a message costs its rows, not those of its neighbours: it is logged as failed,
  /// with its bytes.
  ports::filing filing_of(envelope& mail) const {
    const bool was_ok = mail.ok();
    try {
      return whole_filing_of(mail);
    } catch (const std::exception&) {
      if (!was_ok && !mail.payload) throw;
      mail.fail({error_code::internal, "", "persist could not process this message"});
      mail.payload.reset();
      mail.decision.reset();
      mail.trace.clear();
    }
    return whole_filing_of(mail);
  }

  ports::filing whole_filing_of(envelope& mail) const {
    if (mail.trace.empty() || mail.fault) mail.trace = trace_of(mail);
    ports::filing out;
    out.how = mail.how;
    out.log = record_of(mail, route_.clinic, route_.how.name, route_.config_version);
    out.keyed = mail.whole && (!mail.fault || !may_pass_later(mail.fault->code)); // the whole message may
                                                                                  // still come
    out.raw = mail.bytes;
    if (!mail.fault && mail.payload) {
      out.claims = mail.payload->claims();
      mail.payload->file(out);
    }
    if (mail.decision) out.decision = &*mail.decision;
    if (mail.considered) out.considered = &*mail.considered;
    if (!mail.fault) out.forwards = mail.forwards;
    out.act = mail.act.get();
    if (mail.held && !mail.fault) out.held = &*mail.held;
    out.for_person = refused_for_person(mail);
    return out;
  }

  receipts commit(std::span<const envelope_ptr> batch, lane& with) const {
    std::vector<ports::filing> filings;
    std::deque<changes_of> changes;
    filings.reserve(batch.size());
    for (const auto& mail : batch) {
      filings.push_back(filing_of(*mail));
      if (changes_records(*mail)) filings.back().records = &changes.emplace_back(*mail, route_);
    }
    auto committed = with.store().commit(filings);
    if (!committed && !changes.empty())
      for (const auto& mail : batch) {
        mail->payload->forget_changes();
        mail->trace.clear();
      }
    return committed;
  }

  void settle(envelope& mail, ports::receipt&& receipt) const {
    if (receipt.duplicate) mail.fault = receipt.first.fault; // the first answer again
    if (receipt.forwards > 0 && route_.forwarded) route_.forwarded(mail.forwards);
    mail.receipt = std::move(receipt);
  }

  status persist_all(const std::vector<envelope_ptr>& kept, lane& with) {
    if (kept.empty()) return done{};
    auto committed = commit(kept, with);
    if (committed) {
      for (size_t i = 0; i < kept.size(); ++i) settle(*kept[i], std::move((*committed)[i]));
      with.took();
      broken_off_ = 0;
      return done{};
    }
    // A store that is away is waited for. But when the connection breaks again and again over this batch, one
    // message of it may be the reason.
    const auto& why = committed.error();
    if (why.code == error_code::store_unavailable &&
        (!with.store().perhaps_batch() || ++broken_off_ < most_attempts))
      return why;
    // The database refused something in the batch: one by one, so that it harms none but itself.
    if (auto away = one_by_one(kept, with); !away) return away;
    broken_off_ = 0;
    return done{};
  }

  /// In their order: neighbours that may share a transaction do, each of the rest has its own.
  status in_order(const std::vector<envelope_ptr>& all, lane& with) {
    const auto shares = [](const auto& mail) {
      return changes_records(*mail) && mail->payload->shares_commit(*mail);
    };
    for (auto at = all.begin(); at != all.end();) {
      const auto end = std::find_if_not(at, all.end(), shares);
      if (end - at > 1) {
        if (auto away = persist_all({at, end}, with); !away) return away;
        at = end;
      } else {
        if (auto away = persist_alone(*at, with); !away) return away;
        ++at;
      }
    }
    return done{};
  }

  status one_by_one(const std::vector<envelope_ptr>& kept, lane& with) {
    for (const auto& mail : kept)
      if (auto away = persist_alone(mail, with); !away) return away;
    return done{};
  }

  status persist_alone(const envelope_ptr& mail, lane& with) {
    for (int attempt = 0; attempt < 2; ++attempt) {
      auto receipt = commit_alone(mail, with);
      if (receipt) {
        settle(*mail, std::move(receipt->front()));
        if (attempt == 0) with.took();
        return done{};
      }
      const auto& why = receipt.error();
      if (why.code == error_code::store_unavailable) return why;
      // The rules for records refuse what somebody sent; that says nothing of the store.
      const bool by_rules = changes_records(*mail) && why.code != error_code::internal;
      if (route_.tell) route_.tell(by_rules ? "import-refused" : "commit-refused", *mail, why.text);
      if (attempt == 0 && !by_rules) with.refused(*mail, why);
      if (mail->how == ports::filing::mode::again) {
        mail->fail(why);
        return done{};
      }
      // Once more as a failed message, so that its bytes are kept. The rules for records say themselves what
      // is wrong with it.
      mail->fault = changes_records(*mail)
        ? why
        : error{error_code::internal, why.where, "the store refused this message's rows: " + why.text};
    }
    mail->receipt.emplace(); // not even the log takes it: the sender hears AE and keeps the message
    return done{};
  }

  /// What breaks the connection off by itself, each time, while the store takes a new one, is refused for
  /// good.
  static bool broke_off(const receipts& what, lane& with) {
    return !what && what.error().code == error_code::store_unavailable && with.store().perhaps_batch();
  }
  receipts commit_alone(const envelope_ptr& mail, lane& with) const {
    auto receipt = commit({&mail, 1}, with);
    for (int attempt = 1; attempt < most_attempts && broke_off(receipt, with); ++attempt)
      receipt = commit({&mail, 1}, with);
    if (!broke_off(receipt, with)) return receipt;
    return error{error_code::internal, "",
                 "each time the connection was broken off over it: " + receipt.error().text};
  }

  const route& route_;
  int broken_off_ = 0; ///< how often in a row the connection broke over the batch in front
};

} // namespace

middle persist() {
  return {
    {.name = "persist",
     .gives = part::receipt,
     .make = [](const route& of) -> std::unique_ptr<batch_step> { return std::make_unique<persister>(of); },
     .also_failed = true}};
}

} // namespace aorta::pipeline
