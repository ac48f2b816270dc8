#include "engine/store/lane_session.hpp"

#include "engine/store/failure.hpp"
#include "engine/store/filing.hpp"
#include "engine/store/stored_rows.hpp"

#include <algorithm>

namespace aorta::store {

model::patient open_patient(const found_patient& found, cipher& locks) {
  const auto open = [&](const std::string& token) {
    if (token.empty()) return std::string();
    auto plain = locks.decrypt(token);
    if (!plain) throw failure({error_code::internal, "", "personal data of patient " + std::to_string(found.id) + " cannot be read with the configured key"});
    return std::move(*plain);
  };
  model::patient out;
  out.id = found.id;
  out.mrn = found.mrn;
  out.first_name = open(found.first_name);
  out.last_name = open(found.last_name);
  if (const auto day = read_time(found.birth_date)) out.birth_date = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(*day)};
  out.sex = model::gender_from(found.gender).value_or(model::gender::unknown);
  out.cyprus_id = open(found.cyprus_id);
  out.arc_number = open(found.arc_number);
  out.gesy_beneficiary_id = found.gesy;
  return out;
}

namespace {

using ports::filing;
using ports::message_record;

class lane_session final : public ports::store_session {
public:
  explicit lane_session(std::shared_ptr<database> of) : of_(std::move(of)), locks_(of_->how.pii_key), ledger_(make_ledger(*of_)) {}

  result<std::vector<std::vector<model::patient>>> candidates(model::clinic_id clinic, std::span<const identity::claims* const> who) override {
    return guarded<std::vector<std::vector<model::patient>>>("looking up patients", [&] { return find(clinic, who); });
  }
  result<std::vector<ports::receipt>> commit(std::span<const filing> batch) override {
    return guarded<std::vector<ports::receipt>>("commit", [&]() -> result<std::vector<ports::receipt>> {
      if (batch.empty()) return std::vector<ports::receipt>{};
      try {
        return file(batch);
      } catch (...) {
        ledger_->rollback();
        throw;
      }
    });
  }
  void greet() { ledger_->find(0, {half_digest{}}); }

private:
  std::vector<std::vector<model::patient>> find(model::clinic_id clinic, std::span<const identity::claims* const> who);
  result<std::vector<ports::receipt>> file(std::span<const filing> batch);

  std::shared_ptr<database> of_;
  cipher locks_;
  std::unique_ptr<ledger> ledger_;
};

std::vector<std::vector<model::patient>> lane_session::find(model::clinic_id clinic, std::span<const identity::claims* const> who) {
  std::vector<std::vector<half_digest>> wanted(who.size());
  std::vector<half_digest> all;
  for (size_t i = 0; i < who.size(); ++i)
    for (const auto& key : identity::lookup_keys(*who[i])) wanted[i].push_back(all.emplace_back(locks_.blind(clinic, key.kind, key.value)));
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::vector<std::vector<model::patient>> out(who.size());
  if (all.empty()) return out;
  for (const auto& found : ledger_->find(clinic, all)) {
    const model::patient patient = open_patient(found, locks_);
    for (size_t i = 0; i < who.size(); ++i)
      if (std::find_first_of(wanted[i].begin(), wanted[i].end(), found.hashes.begin(), found.hashes.end()) != wanted[i].end()) out[i].push_back(patient);
  }
  return out;
}

result<std::vector<ports::receipt>> lane_session::file(std::span<const filing> batch) {
  const auto clinic = batch[0].log.clinic;
  filing_plan plan(batch, *of_->how.ids, of_->how.clock->now());
  if (!plan.again().empty()) plan.lock_also(ledger_->earlier(clinic, plan.again()));
  std::vector<timestamp> received;
  for (const auto& f : batch) received.push_back(f.log.received_at);
  const answers known = ledger_->begin(plan.asks(), received);
  // Once more under the lock: what a message led to may have changed meanwhile.
  if (const auto decided = plan.decide(known, ledger_->earlier(clinic, plan.again())); !decided) {
    ledger_->rollback();
    return decided.error();
  }
  const auto records = ledger_->logged(clinic, plan.wanted_records());
  const auto out = receipts_of(batch, plan, records);
  plan.write_rows(*ledger_, locks_, [&](size_t i) -> const message_record& { return out[i].first; });
  ledger_->commit();
  return out;
}

} // namespace

std::vector<ports::receipt> receipts_of(std::span<const filing> batch, const filing_plan& plan, const std::vector<message_record>& known) {
  std::vector<ports::receipt> out(batch.size());
  for (size_t i = 0; i < batch.size(); ++i) {
    const auto& t = plan.treatments()[i];
    out[i].results_created = t.results;
    out[i].critical = t.critical;
    if (t.is == treatment::kind::filed) continue;
    out[i].duplicate = t.is == treatment::kind::repeat;
    const auto stored = std::find_if(known.begin(), known.end(), [&](const auto& r) { return r.id == t.first; });
    if (stored != known.end()) {
      out[i].first = *stored;
    } else {
      // In this batch, or (its partition was dropped long ago) nowhere: then all that is known is that it was handled.
      out[i].first.id = t.first;
      out[i].first.status = ports::message_status::processed;
      out[i].first.ack_code = "AA";
      for (size_t j = 0; j < batch.size(); ++j)
        if (batch[j].log.id == t.first && plan.treatments()[j].is == treatment::kind::filed) {
          out[i].first = batch[j].log;
          out[i].first.results_created = plan.treatments()[j].results;
        }
    }
    if (!out[i].duplicate) out[i].results_created = out[i].first.results_created;
  }
  return out;
}

std::unique_ptr<ports::store_session> make_lane_session(std::shared_ptr<database> of) {
  auto out = std::make_unique<lane_session>(std::move(of));
  out->greet();
  return out;
}

} // namespace aorta::store
