#include "engine/store/messages/lane_session.hpp"

#include "engine/identity/taught.hpp"
#include "engine/store/messages/admin_session.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/messages/filing.hpp"
#include "engine/store/records/record_session.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <algorithm>

namespace aorta::store {

model::patient open_patient(const found_patient& found, cipher& locks) {
  const auto open = [&](const std::string& token) {
    if (token.empty()) return std::string();
    auto plain = locks.decrypt(token);
    if (!plain)
      throw failure(
        {error_code::internal, "",
         "personal data of patient " + std::to_string(found.id) + " cannot be read with the configured key"});
    return std::move(*plain);
  };
  model::patient out;
  out.id = found.id;
  out.mrn = found.mrn;
  out.first_name = open(found.first_name);
  out.last_name = open(found.last_name);
  if (const auto day = read_time(found.birth_date))
    out.birth_date = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(*day)};
  out.sex = model::gender_from(found.gender).value_or(model::gender::unknown);
  out.cyprus_id = open(found.cyprus_id);
  out.arc_number = open(found.arc_number);
  out.gesy_beneficiary_id = found.gesy;
  return out;
}

namespace {

using ports::filing;
using ports::message_record;

constexpr int longest_chain = 16; ///< of merges that happen while one batch is filed

class lane_session final : public ports::lane {
public:
  explicit lane_session(std::shared_ptr<database> of)
      : of_(std::move(of)),
        locks_(of_->how.pii_key, of_->blind_key),
        ledger_(make_ledger(*of_)) {}

  result<std::vector<ports::people>> candidates(model::clinic_id clinic,
                                                std::span<const ports::wanted> of) override {
    return asked<std::vector<ports::people>>("looking up patients", [&] { return find(clinic, of); });
  }
  result<std::vector<ports::receipt>> commit(std::span<const filing> batch) override {
    if (batch.empty()) return std::vector<ports::receipt>{};
    const auto changing = std::count_if(batch.begin(), batch.end(),
                                        [](const auto& f) { return f.records != nullptr; });
    if (size_t(changing) == batch.size()) return with_changes(batch);
    if (changing > 0)
      return error{error_code::internal, "",
                   "messages that change records are committed beside their like alone"};
    return asked<std::vector<ports::receipt>>("commit", [&] { return file(batch); });
  }
  result<std::vector<std::optional<ports::taught>>> decided(
    model::clinic_id clinic, std::span<const identity::claims* const> who,
    std::span<const ports::people* const> known) override {
    return asked<std::vector<std::optional<ports::taught>>>("looking for decisions",
                                                            [&] { return find_decided(clinic, who, known); });
  }
  bool perhaps_batch() const noexcept override { return perhaps_batch_; }
  void greet() { ledger_->find(0, {half_digest{}}, {}); }

private:
  std::vector<ports::people> find(model::clinic_id clinic, std::span<const ports::wanted> of);
  std::vector<ports::linked_order> linked(model::clinic_id clinic, const ports::wanted& of,
                                          const std::vector<linked_row>& known);
  std::vector<std::optional<ports::taught>> find_decided(model::clinic_id clinic,
                                                         std::span<const identity::claims* const> who,
                                                         std::span<const ports::people* const> known);
  half_digest claims_hash(model::clinic_id clinic, const identity::claims& who);
  half_digest state_hash(model::clinic_id clinic, const model::patient& who);
  std::vector<lesson> lessons_of(std::span<const filing> batch);
  result<std::vector<ports::receipt>> file(std::span<const filing> batch);
  using survivors = std::map<model::patient_id, model::patient_id>;
  result<std::vector<ports::receipt>> file_once(std::span<const filing> batch, survivors& merged);
  std::vector<ports::receipt> rehearse(const filing& what, const filing_plan& plan,
                                       std::vector<ports::receipt> out,
                                       const std::vector<message_record>& before);
  result<std::vector<ports::receipt>> with_changes(std::span<const filing> batch);
  result<std::vector<ports::receipt>> change_once(std::span<const filing> batch);
  status change_all(std::span<const filing> batch, std::span<const lesson> lessons,
                    std::vector<ports::receipt>& out);
  status change(const filing& what, std::span<const lesson> lessons, ports::receipt& out);

  /// Whatever fails leaves no transaction open.
  template <class T, class F>
  result<T> asked(std::string_view doing, F&& work) {
    perhaps_batch_ = false;
    try {
      of_->breaks.check();
      return work();
    } catch (...) {
      const failure why = current_fault(doing);
      perhaps_batch_ = why.traits().perhaps_batch && !of_->breaks.interrupted(); // what the end breaks off is
                                                                                 // nobody's fault
      of_->file.note(why);
      ledger_->rollback();
      return kept(why.why());
    }
  }
  static error kept(error why) {
    if (why.code == error_code::undone)
      why.code = error_code::store_unavailable; // a lane keeps its batch either way
    return why;
  }

  std::shared_ptr<database> of_;
  cipher locks_;
  std::unique_ptr<ledger> ledger_;
  std::unique_ptr<filing_session> records_; ///< made with the first message that changes records
  bool perhaps_batch_ = false;
};

std::vector<ports::people> lane_session::find(model::clinic_id clinic, std::span<const ports::wanted> of) {
  std::vector<std::vector<half_digest>> keys(of.size());
  std::vector<std::vector<identity::lookup_key>> told(of.size());
  std::vector<half_digest> all;
  std::vector<int64_t> orders;
  for (size_t i = 0; i < of.size(); ++i) {
    told[i] = identity::lookup_keys(*of[i].who);
    for (const auto& key : told[i])
      keys[i].push_back(all.emplace_back(locks_.blind(clinic, key.kind, key.value)));
    if (of[i].report == nullptr) continue;
    for (const auto& order : of[i].report->orders)
      for (const auto key : number_keys(clinic, of[i].report->laboratory, order)) orders.push_back(key);
  }
  sort_each_once(all);
  sort_each_once(orders);
  std::vector<ports::people> out(of.size());
  if (all.empty() && orders.empty()) return out;
  const auto found = ledger_->find(clinic, all, orders);
  for (const auto& each : found.patients) {
    const model::patient patient = open_patient(each, locks_);
    for (size_t i = 0; i < of.size(); ++i) {
      if (std::find_first_of(keys[i].begin(), keys[i].end(), each.hashes.begin(), each.hashes.end()) ==
          keys[i].end())
        continue;
      auto& aliases = out[i].candidates.emplace_back(patient).aliases;
      for (size_t k = 0; k < keys[i].size(); ++k)
        if (std::find(each.aliases.begin(), each.aliases.end(), keys[i][k]) != each.aliases.end())
          aliases.push_back({told[i][k].kind, told[i][k].value});
    }
  }
  for (size_t i = 0; i < of.size() && !found.linked.empty(); ++i)
    out[i].linked = linked(clinic, of[i], found.linked);
  return out;
}

std::vector<ports::linked_order> lane_session::linked(model::clinic_id clinic, const ports::wanted& of,
                                                      const std::vector<linked_row>& known) {
  std::vector<ports::linked_order> out;
  if (of.report == nullptr) return out;
  const auto claims = claims_hash(clinic, *of.who);
  for (size_t i = 0; i < of.report->orders.size(); ++i) {
    const auto& order = of.report->orders[i];
    const auto minute = minute_of(order);
    for (const auto key : number_keys(clinic, of.report->laboratory, order))
      for (const auto& row : known) {
        if (row.order_key != key) continue;
        const bool untold = minute < 0 || row.minute < 0;
        const bool certain = row.claims == claims || (!untold && row.minute == minute);
        if (certain || untold) out.push_back({i, row.patient, row.taken_from, certain});
      }
  }
  sort_each_once(out);
  return out;
}

half_digest lane_session::claims_hash(model::clinic_id clinic, const identity::claims& who) {
  return locks_.blind(clinic, identity::decided_kind, identity::decision_key(who));
}

/// All by which a patient is told from another: whoever decided saw these.
half_digest lane_session::state_hash(model::clinic_id clinic, const model::patient& who) {
  std::string all;
  for (const auto* text :
       {&who.mrn, &who.last_name, &who.first_name, &who.cyprus_id, &who.arc_number, &who.gesy_beneficiary_id})
    all += *text + "\n";
  all += model::name(who.sex);
  if (who.birth_date)
    all += "\n" + std::to_string(std::chrono::sys_days(*who.birth_date).time_since_epoch().count());
  return locks_.blind(clinic, "decided-patient", all);
}

std::vector<std::optional<ports::taught>> lane_session::find_decided(
  model::clinic_id clinic, std::span<const identity::claims* const> who,
  std::span<const ports::people* const> known) {
  std::vector<half_digest> hashes(who.size());
  for (size_t i = 0; i < who.size(); ++i) hashes[i] = claims_hash(clinic, *who[i]);
  auto all = hashes;
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::vector<std::optional<ports::taught>> out(who.size());
  for (const auto& decision : ledger_->decisions(clinic, all))
    for (size_t i = 0; i < who.size(); ++i) {
      if (decision.claims != hashes[i] || who[i]->sender.empty()) continue;
      const auto is = std::find_if(known[i]->candidates.begin(), known[i]->candidates.end(),
                                   [&](const auto& p) { return p.id == decision.patient; });
      const bool changed = is != known[i]->candidates.end() &&
        state_hash(clinic, *is) != decision.patient_state;
      out[i] = ports::taught{decision.id, decision.patient, changed, decision.seen, decision.made_at};
    }
  return out;
}

std::vector<lesson> lane_session::lessons_of(std::span<const filing> batch) {
  std::vector<lesson> out;
  for (size_t i = 0; i < batch.size(); ++i) {
    const auto& f = batch[i];
    if (f.decision == nullptr || f.decision->teaches.empty() || f.claims == nullptr || f.act == nullptr ||
        !f.act->patient)
      continue;
    lesson what{i, claims_hash(f.log.clinic, *f.claims), state_hash(f.log.clinic, *f.act->patient), {}};
    what.rivals = ledger_->decisions(f.log.clinic, {what.claims});
    out.push_back(std::move(what));
  }
  return out;
}

/// What a person who reads the result would see of it.
bool same_to_a_reader(const ports::stored_result& a, const ports::stored_result& b) {
  const auto& x = a.value;
  const auto& y = b.value;
  const auto at = [](const model::lab_result& r) {
    return r.observed_at ? std::optional(r.observed_at->at) : std::nullopt;
  };
  return a.patient == b.patient && a.lab_order_id == b.lab_order_id && x.loinc_code == y.loinc_code &&
    x.test_name == y.test_name && x.value_text == y.value_text && x.unit == y.unit &&
    x.range_text == y.range_text && x.flag == y.flag && x.critical == y.critical && x.status == y.status &&
    x.comments == y.comments && x.needs_review == y.needs_review && at(x) == at(y);
}

/// Everything was decided as ever; it is written, looked at, and undone.
std::vector<ports::receipt> lane_session::rehearse(const filing& what, const filing_plan& plan,
                                                   std::vector<ports::receipt> out,
                                                   const std::vector<message_record>& before) {
  auto difference = std::make_shared<ports::difference>();
  if (!before.empty()) difference->before = before.front();
  difference->after = what.log;
  difference->after.results_created = out[0].results_created;
  auto ids = plan.standing_ids();
  const auto old = ledger_->results(what.log.clinic, ids);
  plan.write_rows(*ledger_, locks_, [&](size_t i) -> const message_record& { return out[i].first; });
  ledger_->flush();
  for (const auto& id : plan.new_ids()) ids.push_back(id);
  for (const auto& cells : ledger_->results(what.log.clinic, ids)) {
    ports::difference::row row;
    row.after = read_result(cells, true);
    for (const auto& earlier : old)
      if (auto was = read_result(earlier, true); was.id == row.after->id) row.before = std::move(was);
    if (!row.before || !same_to_a_reader(*row.before, *row.after))
      difference->results.push_back(std::move(row));
  }
  difference->opened = plan.opened();
  difference->closed = plan.closed();
  ledger_->rollback();
  out[0].results_created = out[0].critical = out[0].versions = 0;
  out[0].would_change = std::move(difference);
  return out;
}

/// Whoever was found may have become one with somebody else since: then the survivor is meant. A person who
/// named the patient is asked again.
result<std::vector<ports::receipt>> lane_session::file(std::span<const filing> batch) {
  survivors merged;
  auto out = file_once(batch, merged);
  std::vector<filing> followed;
  for (int turn = 0; turn < longest_chain && !merged.empty(); ++turn) {
    if (followed.empty()) followed.assign(batch.begin(), batch.end());
    for (auto& each : followed)
      if (const auto on = each.log.patient ? merged.find(*each.log.patient) : merged.end();
          on != merged.end())
        each.log.patient = on->second;
    merged.clear();
    out = file_once(followed, merged);
  }
  return out;
}

/// With `merged` filled nothing was done.
result<std::vector<ports::receipt>> lane_session::file_once(std::span<const filing> batch,
                                                            survivors& merged) {
  const auto clinic = batch[0].log.clinic;
  filing_plan plan(batch, *of_->how.ids, of_->how.clock->now());
  if (!plan.again().empty()) plan.lock_also(ledger_->earlier(clinic, plan.again()));
  const answers known = ledger_->begin(plan.asks());
  if (known.patients.size() < plan.asks().patients.size()) {
    const auto named = [&](model::patient_id who) {
      return std::any_of(batch.begin(), batch.end(), [&](const filing& f) {
        return f.log.patient == who && !(f.act != nullptr && f.act->patient);
      });
    };
    merged = ledger_->merged(clinic, plan.asks().patients);
    std::erase_if(merged, [&](const auto& each) { return !named(each.first); });
    if (!merged.empty()) {
      ledger_->rollback();
      return error{error_code::conflict, "", "the patient was merged into another one"};
    }
  }
  // Once more under the lock: what a message led to may have changed meanwhile.
  auto earlier = ledger_->earlier(clinic, plan.again());
  for (auto& each : earlier) {
    each.past = ledger_->past(clinic, each);
    const auto stays = [&](const filing& f) {
      return f.log.id == each.message && f.log.patient == each.patient;
    };
    if (std::any_of(batch.begin(), batch.end(), stays)) {
      each.own_current = ledger_->results(clinic, each.results);
      each.own_past = ledger_->own_history(clinic, each);
      continue;
    }
    if (each.results.empty()) continue;
    for (const auto& cells : ledger_->results(clinic, each.results))
      each.current.push_back(read_result(cells, true));
  }
  const auto acts = ledger_->acts(clinic, plan.again());
  for (auto& each : lessons_of(batch)) plan.teach(std::move(each));
  if (const auto decided = plan.decide(known, earlier, acts); !decided) {
    ledger_->rollback();
    return decided.error();
  }
  const auto records = ledger_->logged(clinic, plan.wanted_records());
  auto out = receipts_of(batch, plan, records);
  if (batch.size() == 1 && batch[0].act != nullptr && batch[0].act->rehearsal)
    return rehearse(batch[0], plan, std::move(out), ledger_->logged(clinic, plan.again()));
  plan.write_rows(*ledger_, locks_, [&](size_t i) -> const message_record& { return out[i].first; });
  ledger_->commit();
  return out;
}

/// Everything between begin and commit.
status lane_session::change(const filing& what, std::span<const lesson> lessons, ports::receipt& out) {
  filing row = what;
  // The key first, so that a second copy at the same moment waits for this one; the row is completed once the
  // outcome is known.
  auto first = records_->log_message(row, lessons);
  if (!first) return first.error();
  out = std::move(*first);
  if (out.duplicate || out.done_before) return done{};
  if (auto made = what.records->make(*records_, row.log); !made) return made;
  if (what.act != nullptr && what.act->rehearsal) {
    auto difference = std::make_shared<ports::difference>();
    difference->before = what.log;
    difference->before.patient = what.act->patient_seen;
    difference->before.status = what.act->patient_seen ? ports::message_status::processed
                                                       : ports::message_status::unmatched;
    difference->after = row.log;
    out.would_change = std::move(difference);
  }
  if (what.how == filing::mode::again) row.considered = nullptr; // it waits already
  row.how = filing::mode::complete;
  row.act = nullptr; // it was heeded above
  const auto completed = records_->log_message(row, {});
  if (!completed) return completed.error();
  out.forwards = completed->forwards;
  return done{};
}

status lane_session::change_all(std::span<const filing> batch, std::span<const lesson> lessons,
                                std::vector<ports::receipt>& out) {
  // All of them at once and in their order, so that two such transactions do not wait for each other.
  std::vector<std::string> patients;
  for (const auto& each : batch)
    if (each.log.patient) patients.push_back(ports::patient_lock(*each.log.patient));
  if (batch.size() > 1)
    if (auto locked = records_->lock(std::move(patients)); !locked) return locked;
  for (size_t i = 0; i < batch.size(); ++i)
    if (auto changed = change(batch[i], lessons, out[i]); !changed) return changed;
  return done{};
}

/// A failure, or what is thrown on the way, leaves nothing behind and no transaction open.
result<std::vector<ports::receipt>> lane_session::change_once(std::span<const filing> batch) {
  return asked<std::vector<ports::receipt>>("commit", [&]() -> result<std::vector<ports::receipt>> {
    if (!records_) records_ = make_record_session(of_);
    const auto lessons = lessons_of(batch);
    const auto undo = [](filing_session* session) { session->rollback(); };
    std::unique_ptr<filing_session, decltype(undo)> open(records_.get(), undo);
    std::vector<ports::receipt> out(batch.size());
    auto filed = records_->begin(batch[0].log.clinic, true);
    if (filed) filed = change_all(batch, lessons, out);
    const bool rehearsed = batch[0].act != nullptr && batch[0].act->rehearsal;
    if (filed && rehearsed) return out; // undone as everything else
    if (filed) filed = records_->commit();
    if (!filed) {
      perhaps_batch_ = records_->perhaps_batch() && !of_->breaks.interrupted();
      return filed.error();
    }
    (void)open.release();
    return out;
  });
}

/// What the database took back to end a deadlock is asked again at once; several are tried one by one.
result<std::vector<ports::receipt>> lane_session::with_changes(std::span<const filing> batch) {
  constexpr int most_attempts = 3;
  auto out = change_once(batch);
  if (batch.size() > 1 && !out && out.error().code == error_code::undone)
    return error{error_code::conflict, "", "another transaction waited for this one"};
  for (int attempt = 1; attempt < most_attempts && !out && out.error().code == error_code::undone; ++attempt)
    out = change_once(batch);
  return out ? std::move(out) : kept(out.error());
}

} // namespace

std::vector<ports::receipt> receipts_of(std::span<const filing> batch, const filing_plan& plan,
                                        const std::vector<message_record>& known) {
  std::vector<ports::receipt> out(batch.size());
  for (size_t i = 0; i < batch.size(); ++i) {
    const auto& t = plan.treatments()[i];
    out[i].results_created = t.results;
    out[i].versions = plan.versions(i);
    out[i].critical = t.critical;
    out[i].forwards = int(plan.forwards(i).size());
    if (t.is == treatment::kind::filed) continue;
    out[i].done_before = t.is == treatment::kind::done_before;
    out[i].duplicate = t.is == treatment::kind::repeat;
    const auto stored = std::find_if(known.begin(), known.end(),
                                     [&](const auto& r) { return r.id == t.first; });
    if (stored != known.end()) {
      out[i].first = *stored;
    } else {
      // In this batch, or (its partition was dropped long ago) nowhere: then all that is known is that it was
      // handled.
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

std::unique_ptr<ports::lane> make_lane_session(std::shared_ptr<database> of) {
  auto out = std::make_unique<lane_session>(std::move(of));
  out->greet();
  return out;
}

} // namespace aorta::store
