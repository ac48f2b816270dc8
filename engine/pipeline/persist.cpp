// PERSISTER: commits everything that has queued up, once; what was committed, or that it was there before, is
// the receipt.
#include "engine/edit/search_values.hpp"
#include "engine/lab/choose.hpp"
#include "engine/lab/report.hpp"
#include "engine/pipeline/file_mail.hpp"
#include "engine/pipeline/committing.hpp"
#include "engine/pipeline/lab_payload.hpp"
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

class persister final : public committing {
public:
  explicit persister(const route& of) : route_(of) {
    for (const auto& each : of.profiles) profiles_.push_back(each.get());
  }

  /// Done when every envelope has its receipt or its fault.
  status run(std::span<const envelope_ptr> batch, lane& with) override {
    std::vector<envelope_ptr> kept;
    for (const auto& mail : batch)
      if (is_filed(*mail)) kept.push_back(mail);
    const auto together = std::stable_partition(kept.begin(), kept.end(),
                                                [&](const auto& mail) { return !stands_alone(*mail); });
    const std::vector<envelope_ptr> alone(together, kept.end());
    kept.erase(together, kept.end());
    if (auto away = committing::together(kept, with); !away) return away;
    return in_order(alone, with);
  }

private:
  /// A rerun that fails leaves everything as it was, and so does an accepted message that may pass later.
  static bool is_filed(envelope& mail) {
    using mode = ports::filing::mode;
    if (mail.receipt && mail.receipt->duplicate && mail.accepted == envelope::acceptance::known)
      mail.fault = mail.receipt->first.fault; // its repeat was found when its receipt was acknowledged
    if (mail.only_counted || mail.receipt) return false;
    if (!mail.fault || mail.how == mode::first) return true;
    return mail.how == mode::resume && !passes(mail.fault->code) &&
      mail.fault->code != error_code::deadline && mail.fault->code != error_code::paused;
  }

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

  /// As the route's steps saw it, behind its edits.
  std::span<const identity::lookup_key> found_by(envelope& mail) const {
    if (route_.how.found_by.empty() || !mail.message || !mail.found_by.empty()) return mail.found_by;
    const auto* sender = lab::choose(profiles_, mail.header.sending_application,
                                     mail.header.sending_facility);
    const auto& charset = sender != nullptr ? sender->charset : route_.how.charset;
    for (const auto& each : edit::search_values(*mail.message, charset, route_.how.found_by))
      if (auto key = identity::message_search_key(each.name, each.value))
        mail.found_by.push_back(std::move(*key));
    return mail.found_by;
  }

  ports::filing whole_filing_of(envelope& mail) const {
    if (mail.trace.empty() || mail.fault) mail.trace = trace_of(mail);
    ports::filing out;
    out.how = mail.how;
    out.log = record_of(mail, route_.clinic, route_.how.name, route_.config_version);
    const bool asks = mail.payload && mail.payload->asks();
    out.keyed = mail.whole && !asks && !(mail.fault && is_file(mail.listener)) && // the whole message may
                                                                                  // still come
      (!mail.fault || !may_pass_later(mail.fault->code));
    out.raw = mail.bytes;
    out.found_by = found_by(mail);
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

  receipts commit(std::span<const envelope_ptr> batch, lane& with) override {
    std::vector<ports::filing> filings;
    std::deque<lab::report> glimpses;
    std::deque<changes_of> changes;
    filings.reserve(batch.size());
    for (const auto& mail : batch) {
      filings.push_back(filing_of(*mail));
      if (auto seen = report_of_held(*mail, route_)) {
        glimpses.push_back(std::move(*seen));
        filings.back().held_report = &glimpses.back();
      }
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

  void settle(envelope& mail, ports::receipt&& receipt) override {
    const bool filed_before = receipt.done_before && mail.how == ports::filing::mode::resume;
    if (receipt.duplicate || filed_before) mail.fault = receipt.first.fault; // the first answer again
    // Its first copy was accepted and is not filed yet: nothing positive is said of it before.
    if (receipt.duplicate && receipt.first.status == ports::message_status::received)
      mail.fail({error_code::deadline, "",
                 "the same message was accepted before and is not filed yet; send it again"});
    if (receipt.forwards > 0 && route_.forwarded) route_.forwarded(mail.forwards);
    mail.receipt = std::move(receipt);
  }

  bool refused(envelope& mail, const error& why, bool first_attempt, lane& with) override {
    // The rules for records refuse what somebody sent; that says nothing of the store.
    const bool by_rules = changes_records(mail) && why.code != error_code::internal;
    if (route_.tell) route_.tell(by_rules ? "import-refused" : "commit-refused", mail, why.text);
    if (first_attempt && !by_rules) with.refused(mail, why);
    if (mail.how == ports::filing::mode::again) {
      mail.fail(why);
      return false;
    }
    // Once more as a failed message, so that its bytes are kept. The rules for records say themselves what
    // is wrong with it.
    mail.fault = changes_records(mail)
      ? why
      : error{error_code::internal, why.where, "the store refused this message's rows: " + why.text};
    return true;
  }

  /// In their order: neighbours that may share a transaction do, each of the rest has its own.
  status in_order(const std::vector<envelope_ptr>& all, lane& with) {
    const auto shares = [](const auto& mail) {
      return changes_records(*mail) && mail->payload->shares_commit(*mail);
    };
    for (auto at = all.begin(); at != all.end();) {
      const auto end = std::find_if_not(at, all.end(), shares);
      if (end - at > 1) {
        if (auto away = together({at, end}, with); !away) return away;
        at = end;
      } else {
        if (auto away = one_by_one({&*at, 1}, with); !away) return away;
        ++at;
      }
    }
    return done{};
  }

  /// Not even the log takes it: the sender hears AE and keeps the message. An accepted one is there already,
  /// and waits.
  void forsaken(envelope& mail) override {
    if (mail.how != ports::filing::mode::resume) mail.receipt.emplace();
  }

  const route& route_;
  std::vector<const lab::profile*> profiles_;
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
