#include "engine/store/records/record_log.hpp"

#include "engine/store/sql/clean_text.hpp"
#include "engine/store/messages/filing.hpp"
#include "engine/store/messages/lane_session.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

/// The ledger of a transaction that is open already: it begins and ends nothing, and files no results.
class log_ledger final : public ledger {
public:
  log_ledger(record_link& link, const record_flow& flow) : link_(link), flow_(flow) {}

  found_people find(model::clinic_id, const std::vector<half_digest>&, const std::vector<int64_t>&) override {
    return {};
  }

  std::map<model::patient_id, model::patient_id> merged(model::clinic_id,
                                                        const std::vector<model::patient_id>&) override {
    return {}; // it files no results
  }
  std::vector<earlier_filing> earlier(model::clinic_id clinic, const std::vector<uuid>& messages) override {
    std::vector<earlier_filing> out;
    for (const auto& id : messages) {
      sql_text sql(link_.speaks());
      sql << "SELECT patient_id FROM hl7_message_log WHERE id = " << sql.arg(to_text(id), "uuid")
          << " AND clinic_id = " << sql.arg(clinic, "bigint") << " AND patient_id IS NOT NULL";
      link_.add(sql);
      const auto answers = flow_();
      for (const auto& row : answers.at(0)) out.push_back({id, read_integer(required(row[0])), {}});
    }
    return out;
  }

  std::vector<standing_result> past(model::clinic_id, const earlier_filing&) override {
    return {};
  } // it files no results
  standing_acts acts(model::clinic_id clinic, const std::vector<uuid>& messages) override {
    standing_acts out;
    const auto id_of = [](const text_row& row, size_t at) {
      return uuid_from_text(required(row[at])).value_or(uuid{});
    };
    for (const auto& id : messages) {
      of_message("SELECT id, kind, reasons, action, state FROM review_queue", "", clinic, id);
      of_message("SELECT id, patient_id FROM message_links", " AND replaced_at IS NULL", clinic, id);
      of_message("SELECT id, patient_id FROM patient_decisions", " AND withdrawn_at IS NULL", clinic, id);
      const auto answers = flow_();
      for (const auto& row : answers.at(0))
        out.reviews.push_back({id_of(row, 0), id, required(row[1]), required(row[2]), required(row[3]),
                               required(row[4]) == "open"});
      for (const auto& row : answers.at(1))
        out.links.push_back(
          {id_of(row, 0), id, row[1] ? std::optional(read_integer(*row[1])) : std::nullopt});
      for (const auto& row : answers.at(2))
        out.decisions.push_back({id_of(row, 0), id, {}, {}, read_integer(required(row[1])), {}, {}});
    }
    for (auto& each : out.decisions) {
      sql_text sql(link_.speaks());
      sql << "SELECT m.id FROM patient_decision_uses s JOIN hl7_message_log m ON m.id = s.message_id"
          << " WHERE s.decision_id = " << sql.arg(to_text(each.id), "uuid")
          << " AND m.patient_id = " << sql.arg(each.patient, "bigint") << " ORDER BY m.id";
      link_.add(sql);
      const auto answers = flow_();
      for (const auto& row : answers.at(0)) each.uses.push_back(id_of(row, 0));
    }
    return out;
  }
  std::vector<standing_decision> decisions(model::clinic_id, const std::vector<half_digest>&) override {
    return {};
  }
  std::vector<result_cells> results(model::clinic_id, const std::vector<uuid>&) override { return {}; }
  std::vector<result_cells> own_history(model::clinic_id, const earlier_filing&) override { return {}; }

  answers begin(const questions& ask) override {
    answers out;
    for (const auto& k : ask.keys) {
      sql_text put(link_.speaks()), get(link_.speaks());
      put << "INSERT INTO hl7_message_keys (key, message_id, received_at) VALUES (" << put.arg(k.key, "uuid")
          << ", " << put.arg(to_text(k.message), "uuid") << ", "
          << put.arg(sortable(k.received_at), "timestamptz") << ") ON CONFLICT DO NOTHING RETURNING '1'";
      link_.add(put);
      if (!flow_()[0].empty()) continue;
      get << "SELECT message_id FROM hl7_message_keys WHERE key = " << get.arg(k.key, "uuid");
      link_.add(get);
      const auto holders = flow_();
      for (const auto& row : holders.at(0))
        if (const auto id = uuid_from_text(required(row[0]))) out.taken[k.key] = *id;
    }
    for (const auto& id : ask.accepted) take_up(id, ask.clinic, out);
    for (const auto patient : ask.patients) {
      sql_text sql(link_.speaks());
      sql << "SELECT 1 FROM patients WHERE patient_id = " << sql.arg(patient, "bigint")
          << " AND clinic_id + 0 = " << sql.arg(ask.clinic, "bigint");
      link_.add(sql);
      if (!flow_()[0].empty()) out.patients.insert(patient);
    }
    return out;
  }

  std::vector<ports::message_record> logged(model::clinic_id clinic,
                                            const std::vector<uuid>& messages) override {
    std::vector<ports::message_record> out;
    for (const auto& id : messages) {
      sql_text sql(link_.speaks());
      sql
        << "SELECT id, patient_id, processing_status, ack_code, error_code, error_where, error_message, results_created FROM hl7_message_log"
        << " WHERE id = " << sql.arg(to_text(id), "uuid") << " AND clinic_id = " << sql.arg(clinic, "bigint");
      link_.add(sql);
      const auto answers = flow_();
      for (const auto& row : answers.at(0)) {
        std::vector<std::string> texts;
        for (const auto& cell : row) texts.push_back(required(cell));
        out.push_back(read_outcome(texts));
      }
    }
    return out;
  }

  /// As it was filed; empty when there is none that can be read.
  std::string trace_of(model::clinic_id clinic, const uuid& message, cipher& locks) {
    sql_text sql(link_.speaks());
    sql << "SELECT trace FROM hl7_message_log WHERE id = " << sql.arg(to_text(message), "uuid")
        << " AND clinic_id = " << sql.arg(clinic, "bigint");
    link_.add(sql);
    const auto answers = flow_();
    if (answers.at(0).empty() || !answers[0][0][0]) return {};
    return locks.unseal(*answers[0][0][0]).value_or("");
  }

  row_sink& into(write which) override {
    auto& sink = sinks_[size_t(which)];
    if (!sink) sink = std::make_unique<text_sink>(which);
    return *sink;
  }

  void flush() override { commit(); }
  /// Writes the rows; the transaction stays open.
  void commit() override {
    size_t any = 0;
    for (const auto& sink : sinks_)
      if (sink) any += sink->send(link_);
    if (any > 0) flow_();
  }
  void rollback() noexcept override {}

private:
  /// An accepted message is filed once: whoever takes its row away, or marks it, in the transaction that
  /// files it.
  void take_up(const uuid& id, model::clinic_id clinic, answers& out) {
    for (const bool owed : {false, true}) {
      sql_text sql(link_.speaks());
      sql << (owed ? "UPDATE accepted_messages SET filed = true" : "DELETE FROM accepted_messages")
          << " WHERE message_id = " << sql.arg(to_text(id), "uuid")
          << " AND clinic_id = " << sql.arg(clinic, "bigint")
          << (owed ? " AND destination IS NOT NULL AND NOT filed RETURNING '1'"
                   : " AND destination IS NULL RETURNING '1'");
      link_.add(sql);
      if (!flow_()[0].empty()) out.taken_up.insert(id);
    }
  }
  void of_message(std::string_view selected, std::string_view and_also, model::clinic_id clinic,
                  const uuid& message) {
    sql_text sql(link_.speaks());
    sql << selected << " WHERE message_id = " << sql.arg(to_text(message), "uuid")
        << " AND clinic_id = " << sql.arg(clinic, "bigint") << and_also << " ORDER BY id";
    link_.add(sql);
  }

  record_link& link_;
  const record_flow& flow_;
  std::array<std::unique_ptr<text_sink>, writes> sinks_;
};

} // namespace

text_sink::text_sink(write which) : what_(row_statements()[size_t(which)]) {}

void text_sink::time(timestamp v) { add(sortable(v)); }

void text_sink::add(sql_value v) {
  if (rows_.empty() || rows_.back().size() == what_.columns.size())
    rows_.emplace_back().reserve(what_.columns.size());
  rows_.back().push_back(std::move(v));
}

ports::receipt log_in(record_link& link, const record_flow& flow, const ports::filing& what,
                      std::span<const lesson> lessons, const options& how, cipher& locks) {
  const std::span<const ports::filing> batch(&what, 1);
  filing_plan plan(batch, *how.ids, how.clock->now());
  for (const auto& each : lessons) plan.teach(each);
  log_ledger to(link, flow);
  const answers known = to.begin(plan.asks());
  const auto earlier = to.earlier(what.log.clinic, plan.again());
  const auto acts = to.acts(what.log.clinic, plan.again()); // the plan points into both until its rows are
                                                            // written
  if (const auto decided = plan.decide(known, earlier, acts); !decided) throw failure(decided.error());
  const auto records = to.logged(what.log.clinic, plan.wanted_records());
  auto out = receipts_of(batch, plan, records);
  if (out.at(0).duplicate || out[0].done_before)
    out[0].first.trace = to.trace_of(what.log.clinic, out[0].first.id, locks);
  plan.write_rows(to, locks, [&](size_t i) -> const ports::message_record& { return out[i].first; });
  to.commit();
  return out.at(0);
}

} // namespace aorta::store
