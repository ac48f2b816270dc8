#include "engine/store/messages/admin_session.hpp"

#include "engine/store/access/access_session.hpp"
#include "engine/store/backup/backup.hpp"
#include "engine/store/critical/critical_log_session.hpp"
#include "engine/store/critical/silence_log_session.hpp"
#include "engine/store/deliveries/delivery_log_session.hpp"
#include "engine/store/deliveries/webhook_rows.hpp"
#include "engine/store/publications/publication_session.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/records/patient_rows.hpp"
#include "engine/store/records/record_session.hpp"
#include "engine/store/messages/accepted_rows.hpp"
#include "engine/store/messages/affected_rows.hpp"
#include "engine/store/messages/forgotten_messages.hpp"
#include "engine/store/messages/overdue_orders.hpp"
#include "engine/store/messages/review_rows.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/messages/waiting_rows.hpp"

#include <algorithm>
#include <map>

namespace aorta::store {
namespace {

using ports::accepted_backlog;
using ports::accepted_message;
using ports::clinic;
using ports::event_row;
using ports::forward;
using ports::found_waiting;
using ports::frame_share;
using ports::learned;
using ports::message_detail;
using ports::message_filter;
using ports::message_log;
using ports::message_record;
using ports::message_status;
using ports::message_status_from;
using ports::open_work;
using ports::overdue_filter;
using ports::page;
using ports::paused_route;
using ports::person;
using ports::record_session;
using ports::result_filter;
using ports::review_filter;
using ports::review_item;
using ports::roster_outcome;
using ports::sent_example;
using ports::stored_message;
using ports::stored_result;
using ports::unmapped_code;
using ports::waiting_order;

constexpr size_t log_width = 23;
constexpr const char* log_columns =
  "SELECT CAST(id AS text), CAST(clinic_id AS text), message_control_id, message_type, sending_application, sending_facility, receiving_facility,"
  " CAST(message_datetime AS text), CAST(patient_id AS text), processing_status, error_code, error_where, error_message, ack_code,"
  " CAST(results_created AS text), listener, route, config_version, peer, CAST(created_at AS text),"
  " CAST(frame_id AS text), CAST(frame_part AS text), CAST(frame_parts AS text)";

message_record read_record(const text_row& row) {
  message_record out;
  const auto cell = [&](size_t i) { return required(row[i]); };
  out.id = uuid_from_text(cell(0)).value_or(uuid{});
  out.clinic = read_integer(cell(1));
  out.control_id = cell(2);
  out.message_type = cell(3);
  out.sending_application = cell(4);
  out.sending_facility = cell(5);
  out.receiving_facility = cell(6);
  out.message_datetime = read_time(cell(7));
  if (row[8]) out.patient = read_integer(*row[8]);
  out.status = message_status_from(cell(9)).value_or(message_status::received);
  if (const auto code = error_code_from(cell(10))) out.fault = error{*code, cell(11), cell(12)};
  out.ack_code = cell(13);
  out.results_created = int(read_integer(cell(14)));
  out.listener = cell(15);
  out.route = cell(16);
  out.config_version = cell(17);
  out.peer = cell(18);
  out.received_at = read_time(cell(19)).value_or(timestamp{});
  if (const auto frame = uuid_from_text(cell(20)))
    out.share = frame_share{*frame, uint32_t(read_integer(cell(21))), uint32_t(read_integer(cell(22)))};
  return out;
}

/// Newest first. Results of one instant keep the order in which they were filed.
void newest_first(std::vector<stored_result>& results) {
  std::stable_sort(results.begin(), results.end(), [](const auto& a, const auto& b) {
    const auto at = [](const stored_result& r) {
      return r.value.observed_at ? r.value.observed_at->at : timestamp{};
    };
    if (at(a) != at(b)) return at(a) > at(b);
    if (a.id != b.id) return a.id < b.id;
    return a.version > b.version;
  });
}

class admin_session final : public message_log {
public:
  explicit admin_session(const std::shared_ptr<database>& of)
      : of_(of),
        speaker_(of),
        locks_(of->how.pii_key, of->blind_key),
        access_(*of, locks_, alone()),
        deliveries_(*of, locks_, alone()),
        critical_(*of, locks_, alone()),
        webhooks_(*of, locks_, alone()),
        silence_(*of, alone()),
        publications_(*of, locks_, alone()) {}

  ports::access& access() noexcept override { return access_; }
  ports::delivery_log& deliveries() noexcept override { return deliveries_; }
  ports::critical_log& critical() noexcept override { return critical_; }
  ports::webhook_log& webhooks() noexcept override { return webhooks_; }
  ports::silence_log& silence() noexcept override { return silence_; }
  ports::publication_log& publications() noexcept override { return publications_; }
  status ping() override;
  result<page<message_record>> messages(const message_filter& filter) override;
  result<std::optional<message_detail>> message(model::clinic_id clinic, const uuid& id) override;
  result<std::vector<stored_result>> message_results(model::clinic_id clinic,
                                                     const uuid& message_id) override;
  result<std::vector<stored_result>> patient_results(const result_filter& filter) override;
  result<std::optional<model::patient>> patient(model::clinic_id clinic, model::patient_id id) override;
  result<page<waiting_order>> overdue_orders(const overdue_filter& filter) override {
    return guarded<page<waiting_order>>("reading orders",
                                        [&] { return read_overdue(of_->speaks, alone(), filter); });
  }
  result<std::vector<roster_outcome>> put_patients(model::clinic_id clinic,
                                                   std::span<const model::patient> rows) override;
  result<page<review_item>> reviews(const review_filter& filter) override;
  result<std::optional<review_item>> review(model::clinic_id clinic, const uuid& id) override;
  result<std::vector<stored_result>> results(model::clinic_id clinic, const std::vector<uuid>& ids) override;
  result<bool> resolve(model::clinic_id clinic, const uuid& id, const std::string& action,
                       const std::string& reason, const person& by) override;
  result<page<unmapped_code>> unmapped(model::clinic_id clinic, const std::string& cursor,
                                       int limit) override;
  result<std::vector<sent_example>> unmapped_examples(model::clinic_id clinic, const std::string& lab,
                                                      const std::string& code, int most) override {
    return guarded<std::vector<sent_example>>("reading unmapped results", [&] {
      return read_unmapped_examples(of_->speaks, alone(), clinic, lab, code, most);
    });
  }
  status forget_unmapped(model::clinic_id clinic, const std::string& lab, const std::string& code) override {
    return guarded<done>("forgetting an unmapped code", [&] {
      aorta::store::forget_unmapped(of_->speaks, alone(), clinic, lab, code);
      return done{};
    });
  }
  result<std::vector<uuid>> affected(const ports::affected_filter& by) override {
    return guarded<std::vector<uuid>>("looking for messages to run again",
                                      [&] { return find_affected(of_->speaks, alone(), by); });
  }
  result<ports::forgotten> forget_messages(const ports::forgetting& what) override {
    return guarded<ports::forgotten>(
      "forgetting messages", [&] { return aorta::store::forget_messages(of_->speaks, alone(), what); });
  }
  result<page<event_row>> events(model::clinic_id clinic, std::optional<bool> delivered,
                                 const std::string& cursor, int limit) override;
  result<page<learned>> decisions(model::clinic_id clinic, const std::string& cursor, int limit) override;
  result<std::optional<bool>> withdraw_decision(model::clinic_id clinic, const uuid& id,
                                                const person& by) override;
  result<found_waiting> find_waiting(model::clinic_id clinic, int most) override {
    return guarded<found_waiting>("looking for messages that wait", [&] {
      return speaker_.talk(
        clinic, false, [&](conversation& with) { return aorta::store::find_waiting(with, clinic, most); });
    });
  }
  status note_looked(model::clinic_id clinic, std::span<const int64_t> news) override;
  result<std::vector<accepted_message>> accepted(model::clinic_id clinic, const uuid& after,
                                                 int most) override {
    return guarded<std::vector<accepted_message>>("looking for accepted messages", [&] {
      return speaker_.talk(clinic, false,
                           [&](conversation& with) { return find_accepted(with, clinic, after, most); });
    });
  }
  result<std::vector<stored_message>> stored(model::clinic_id clinic,
                                             const std::vector<uuid>& messages) override {
    return guarded<std::vector<stored_message>>("reading messages", [&] {
      return speaker_.talk(
        clinic, false, [&](conversation& with) { return stored_messages(with, clinic, messages, locks_); });
    });
  }
  result<std::vector<accepted_backlog>> accepted_backlogs(const std::vector<clinic>& clinics) override {
    return guarded<std::vector<accepted_backlog>>("counting accepted messages", [&] {
      std::vector<accepted_backlog> out;
      for (const auto& each : clinics)
        speaker_.talk(each.id, false, [&](conversation& with) {
          if (auto waits = backlog_of(with, each)) out.push_back(std::move(*waits));
        });
      return out;
    });
  }
  result<std::vector<uuid>> filed_of(model::clinic_id clinic, const std::vector<uuid>& messages) override {
    return guarded<std::vector<uuid>>("asking for accepted messages", [&] {
      return speaker_.talk(
        clinic, false, [&](conversation& with) { return aorta::store::filed_of(with, clinic, messages); });
    });
  }
  status end_acceptance(const message_record& of, const forward* acknowledgement) override;
  result<std::optional<timestamp>> last_backup() override;
  result<open_work> open_work_of(const std::vector<clinic>& clinics) override;
  result<std::vector<paused_route>> paused_routes(const std::vector<clinic>& clinics) override;
  status pause_route(const paused_route& what, bool paused, const std::string& by) override;
  result<model::patient_id> add_patient(model::clinic_id clinic, const model::patient& who) override;
  result<ports::lent_session> records() override {
    return guarded<ports::lent_session>("opening a session of records", [&] {
      if (!records_) records_ = make_record_session(of_);
      return ports::lent_session(records_.get());
    });
  }
  void greet() { speaker_.session(); }

private:
  std::optional<message_detail> read_detail(conversation& with, model::clinic_id clinic, const uuid& id);
  timestamp now() { return speaker_.base().how.clock->now(); }
  run_alone alone() {
    return
      [this](const auto& all, bool changes, auto clinic) { return speaker_.alone(all, changes, clinic); };
  }

  std::shared_ptr<database> of_;
  speaker speaker_;
  cipher locks_;
  std::unique_ptr<filing_session> records_; ///< when somebody has asked for it
  access_session access_;
  delivery_log_session deliveries_;
  critical_log_session critical_;
  webhook_log_session webhooks_;
  silence_log_session silence_;
  publication_session publications_;
  std::map<model::clinic_id, timestamp> forgotten_; ///< when old news were last deleted
};

status admin_session::ping() {
  return guarded<done>("asking the store", [&] {
    return speaker_.talk(std::nullopt, false, [](conversation& with) {
      with.ask("SELECT value FROM aorta_meta WHERE key = 'pii-key'", {}, 1); // reads the store, which a
                                                                             // constant does not
      return done{};
    });
  });
}

namespace {

/// Each way along an index of its own.
void add_sought(std::string& sql, text_row& values, const message_filter& filter, dialect speaks,
                cipher& locks) {
  const auto& what = *filter.sought;
  const auto clinic = std::to_string(filter.clinic);
  const auto text = [&] {
    values.push_back(what.text);
    return ":v" + std::to_string(values.size() - 1);
  };
  sql += " AND id IN (SELECT id FROM hl7_message_log WHERE clinic_id = " + clinic +
    " AND message_control_id = " + text();
  for (const char* number : {"filler_order_number", "placer_order_number"})
    for (const char* results : {"lab_results", "lab_result_versions"})
      sql += std::string(" UNION SELECT r.message_id FROM lab_reports p JOIN ") + results +
        " r ON r.patient_id = p.patient_id AND r.report_id = p.id WHERE p.clinic_id = " + clinic + " AND p." +
        number + " = " + text();
  if (!what.people.empty()) {
    std::string all;
    for (const auto each : what.people) all += (all.empty() ? "" : ", ") + std::to_string(each);
    sql += " UNION SELECT id FROM hl7_message_log WHERE clinic_id = " + clinic + " AND patient_id IN (" +
      all + ")";
  }
  for (const auto& key : what.keys)
    sql += " UNION SELECT message_id FROM message_search_keys WHERE clinic_id = " + clinic +
      " AND hash = " + hash_literal(speaks, locks.blind(filter.clinic, key.kind, key.value));
  sql += ")";
}

} // namespace

result<page<message_record>> admin_session::messages(const message_filter& filter) {
  std::string sql = std::string(log_columns) +
    " FROM hl7_message_log WHERE clinic_id = " + std::to_string(filter.clinic);
  text_row values;
  const auto when = [&](const char* condition, std::string value) {
    sql.append(" AND ").append(condition).append(":v").append(std::to_string(values.size()));
    values.push_back(std::move(value));
  };
  if (!filter.cursor.empty()) {
    if (!uuid_from_text(filter.cursor))
      return error{error_code::invalid, "cursor", "not a cursor of this list"};
    when("id < ", filter.cursor);
  }
  if (!filter.status.empty()) when("processing_status = ", filter.status);
  if (!filter.type.empty()) when("message_type = ", filter.type);
  if (!filter.control_id.empty()) when("message_control_id = ", filter.control_id);
  if (!filter.facility.empty()) when("sending_facility = ", filter.facility);
  if (filter.patient) when("patient_id = ", std::to_string(*filter.patient));
  if (!filter.frame.empty()) when("frame_id = ", filter.frame);
  if (!filter.route.empty()) when("route = ", filter.route);
  if (!filter.listener.empty()) when("listener = ", filter.listener);
  if (!filter.error.empty()) when("error_code = ", filter.error);
  if (!filter.sender.empty()) {
    when("(sending_facility = ", filter.sender);
    sql += " OR sending_application = :v" + std::to_string(values.size()) + ")";
    values.push_back(filter.sender);
  }
  const auto clinic = std::to_string(filter.clinic);
  if (filter.has_open_review)
    sql += " AND id IN (SELECT message_id FROM review_queue WHERE clinic_id = " + clinic +
      " AND state = 'open')";
  if (filter.sought) add_sought(sql, values, filter, of_->speaks, locks_);
  if (filter.from) when("created_at >= ", sortable(*filter.from));
  if (filter.to) when("created_at < ", sortable(*filter.to));
  const int limit = std::clamp(filter.limit, 1, 1000);
  sql += " ORDER BY id DESC LIMIT " + std::to_string(limit + 1);
  return guarded<page<message_record>>("reading messages", [&] {
    return speaker_.talk(filter.clinic, false, [&](conversation& with) {
      page<message_record> out;
      for (const auto& row : with.ask(sql, values, log_width)) out.items.push_back(read_record(row));
      if (int(out.items.size()) > limit) {
        out.items.pop_back();
        out.next = to_text(out.items.back().id);
      }
      return out;
    });
  });
}

std::optional<message_detail> admin_session::read_detail(conversation& with, model::clinic_id clinic,
                                                         const uuid& id) {
  const std::string sql = std::string(log_columns) +
    ", raw_message, trace FROM hl7_message_log WHERE clinic_id = :a AND id = :b";
  const text_row values{std::to_string(clinic), to_text(id)};
  auto rows = with.ask(sql + near(id, id), values, log_width + 2);
  if (rows.empty()) rows = with.ask(sql, values, log_width + 2); // a clock was set in between
  if (rows.empty()) return std::nullopt;
  message_detail out;
  out.log = read_record(rows[0]);
  const auto open = [&](const std::optional<std::string>& token) {
    if (!token || token->empty()) return std::string();
    auto plain = locks_.unseal(*token);
    if (!plain)
      throw failure({error_code::internal, "", "the stored message cannot be read with the configured key"});
    return std::move(*plain);
  };
  out.raw = open(rows[0][log_width]);
  out.gone = required(rows[0][log_width]).empty();
  out.log.trace = open(rows[0][log_width + 1]);
  out.reviews = read_message_reviews(with, clinic, id);
  out.links = read_links(with, clinic, id);
  out.words = read_words(with, clinic, id, locks_);
  return out;
}

result<std::optional<message_detail>> admin_session::message(model::clinic_id clinic, const uuid& id) {
  return guarded<std::optional<message_detail>>("reading a message", [&] {
    return speaker_.talk(clinic, false, [&](conversation& with) { return read_detail(with, clinic, id); });
  });
}

/// Results have no index of their messages, which each insertion would pay for: they are found through the
/// message's patient.
result<std::vector<stored_result>> admin_session::message_results(model::clinic_id clinic,
                                                                  const uuid& message_id) {
  return guarded<std::vector<stored_result>>("reading results", [&] {
    return speaker_.talk(clinic, false, [&](conversation& with) {
      std::vector<stored_result> out;
      const std::string sql =
        "SELECT CAST(patient_id AS text) FROM hl7_message_log WHERE clinic_id = :a AND id = :b AND patient_id IS NOT NULL";
      const text_row values{std::to_string(clinic), to_text(message_id)};
      auto who = with.ask(sql + near(message_id, message_id), values, 1);
      if (who.empty()) who = with.ask(sql, values, 1); // a clock was set in between
      if (who.empty()) return out;
      for (const bool history : {false, true})
        for (auto& r : read_results(with, clinic, "patient_id = :a AND message_id = :b",
                                    {required(who[0][0]), to_text(message_id)}, history))
          out.push_back(std::move(r));
      add_attachments(with, clinic, read_integer(required(who[0][0])), out);
      std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
      return out;
    });
  });
}

result<std::vector<stored_result>> admin_session::patient_results(const result_filter& filter) {
  return guarded<std::vector<stored_result>>("reading results", [&] {
    return speaker_.talk(filter.clinic, false, [&](conversation& with) {
      std::vector<stored_result> out;
      text_row values{std::to_string(filter.patient)};
      std::string where = "patient_id = :a";
      if (!filter.loinc.empty()) {
        where += " AND loinc_code = :b";
        values.push_back(filter.loinc);
      }
      for (const bool history : {false, true}) {
        if (history && !filter.all_versions) continue;
        for (auto& r : read_results(with, filter.clinic, where, values, history)) out.push_back(std::move(r));
      }
      std::erase_if(out, [&](const stored_result& r) {
        if (!filter.from && !filter.to) return false;
        if (!r.value.observed_at) return true;
        return (filter.from && r.value.observed_at->at < *filter.from) ||
          (filter.to && r.value.observed_at->at >= *filter.to);
      });
      add_attachments(with, filter.clinic, filter.patient, out);
      newest_first(out);
      return out;
    });
  });
}

result<std::optional<model::patient>> admin_session::patient(model::clinic_id clinic, model::patient_id id) {
  return guarded<std::optional<model::patient>>("reading a patient", [&] {
    return speaker_.talk(clinic, false,
                         [&](conversation& with) { return read_patient(with, clinic, id, locks_); });
  });
}

result<std::vector<roster_outcome>> admin_session::put_patients(model::clinic_id clinic,
                                                                std::span<const model::patient> rows) {
  return guarded<std::vector<roster_outcome>>("storing patients", [&] {
    return speaker_.talk(clinic, true, [&](conversation& with) {
      std::vector<roster_outcome> out;
      for (const auto& row : rows) out.push_back(put_patient(with, speaker_.base(), clinic, row, locks_));
      with.commit();
      return out;
    });
  });
}

result<page<review_item>> admin_session::reviews(const review_filter& filter) {
  return guarded<page<review_item>>("reading reviews", [&] {
    return speaker_.talk(filter.clinic, false,
                         [&](conversation& with) { return read_reviews(with, filter); });
  });
}

result<std::optional<review_item>> admin_session::review(model::clinic_id clinic, const uuid& id) {
  return guarded<std::optional<review_item>>("reading a review", [&] {
    return speaker_.talk(clinic, false,
                         [&](conversation& with) { return read_review(with, clinic, id, locks_); });
  });
}

result<std::vector<stored_result>> admin_session::results(model::clinic_id clinic,
                                                          const std::vector<uuid>& ids) {
  return guarded<std::vector<stored_result>>("reading results", [&] {
    return speaker_.talk(clinic, false, [&](conversation& with) {
      std::vector<stored_result> out;
      for (const auto& id : ids)
        for (auto& r : read_results(with, clinic, "id = :a", {to_text(id)}, false))
          out.push_back(std::move(r));
      return out;
    });
  });
}

status admin_session::note_looked(model::clinic_id clinic, std::span<const int64_t> news) {
  return guarded<done>("noting what was looked at", [&] {
    return speaker_.talk(clinic, true, [&](conversation& with) {
      aorta::store::note_looked(with, clinic, news);
      auto& forgotten = forgotten_[clinic];
      if (const auto at = now(); at - forgotten > news_stay / 6) {
        forget_news(with, clinic, at);
        forgotten = at;
      }
      with.commit();
      return done{};
    });
  });
}

status admin_session::end_acceptance(const message_record& of, const forward* acknowledgement) {
  return guarded<done>("ending an acceptance", [&] {
    return speaker_.talk(of.clinic, true, [&](conversation& with) {
      const auto body = acknowledgement == nullptr ? std::string()
                                                   : locks_.seal(acknowledgement->body, now());
      aorta::store::end_acceptance(with, speaker_.base(), of, acknowledgement, body);
      with.commit();
      return done{};
    });
  });
}

result<bool> admin_session::resolve(model::clinic_id clinic, const uuid& id, const std::string& action,
                                    const std::string& reason, const person& by) {
  return guarded<bool>("resolving a review", [&] {
    return speaker_.talk(clinic, true, [&](conversation& with) {
      const bool done = resolve_review(with, clinic, id, action, reason, by, now());
      with.commit();
      return done;
    });
  });
}

result<page<unmapped_code>> admin_session::unmapped(model::clinic_id clinic, const std::string& cursor,
                                                    int limit) {
  return guarded<page<unmapped_code>>("reading unmapped codes", [&] {
    return speaker_.talk(clinic, false,
                         [&](conversation& with) { return read_unmapped(with, clinic, cursor, limit); });
  });
}

result<page<event_row>> admin_session::events(model::clinic_id clinic, std::optional<bool> delivered,
                                              const std::string& cursor, int limit) {
  return guarded<page<event_row>>("reading events", [&] {
    return speaker_.talk(
      clinic, false, [&](conversation& with) { return read_events(with, clinic, delivered, cursor, limit); });
  });
}

result<page<learned>> admin_session::decisions(model::clinic_id clinic, const std::string& cursor,
                                               int limit) {
  return guarded<page<learned>>("reading decisions", [&] {
    return speaker_.talk(clinic, false,
                         [&](conversation& with) { return read_decisions(with, clinic, cursor, limit); });
  });
}

result<std::optional<bool>> admin_session::withdraw_decision(model::clinic_id clinic, const uuid& id,
                                                             const person& by) {
  return guarded<std::optional<bool>>("withdrawing a decision", [&] {
    return speaker_.talk(clinic, true, [&](conversation& with) {
      const auto done = aorta::store::withdraw_decision(with, speaker_.base(), clinic, id, by);
      with.commit();
      return done;
    });
  });
}

result<std::optional<timestamp>> admin_session::last_backup() {
  using when = std::optional<timestamp>;
  if (of_->speaks != dialect::sqlite) return when();
  return guarded<when>("looking for the last backup", [&]() -> when {
    timestamp out{};
    speaker_.talk(std::nullopt, false, [&](conversation& with) {
      const auto rows = with.ask("SELECT value FROM aorta_meta WHERE key = :a", {backup_note}, 1);
      if (!rows.empty()) out = read_time(required(rows[0][0])).value_or(timestamp{});
    });
    return out;
  });
}

result<open_work> admin_session::open_work_of(const std::vector<clinic>& clinics) {
  return guarded<open_work>("counting what is open", [&] {
    open_work out;
    for (const auto& each : clinics) // a clinic's rows are seen in its own conversation alone
      speaker_.talk(each.id, false, [&](conversation& with) { add_open_work(with, each.id, out); });
    return out;
  });
}

result<std::vector<paused_route>> admin_session::paused_routes(const std::vector<clinic>& clinics) {
  return guarded<std::vector<paused_route>>("reading which routes are paused", [&] {
    std::vector<paused_route> out;
    for (const auto& each : clinics)
      speaker_.talk(each.id, false, [&](conversation& with) {
        for (const auto& row :
             with.ask("SELECT route FROM route_stop WHERE clinic_id = :a", {std::to_string(each.id)}, 1))
          out.push_back({each.id, required(row[0])});
      });
    return out;
  });
}

status admin_session::pause_route(const paused_route& what, bool paused, const std::string& by) {
  return guarded<done>("pausing a route", [&] {
    return speaker_.talk(what.clinic, true, [&](conversation& with) {
      const auto clinic = std::to_string(what.clinic);
      if (paused)
        with.tell("INSERT INTO route_stop (clinic_id, route, made_by, made_at) VALUES (:a, :b, :c, :d)"
                  " ON CONFLICT DO NOTHING",
                  {clinic, what.route, by, sortable(now())});
      else with.tell("DELETE FROM route_stop WHERE clinic_id = :a AND route = :b", {clinic, what.route});
      with.commit();
      return done{};
    });
  });
}

result<model::patient_id> admin_session::add_patient(model::clinic_id clinic, const model::patient& who) {
  return guarded<model::patient_id>("adding a patient", [&]() -> result<model::patient_id> {
    return speaker_.talk(clinic, true, [&](conversation& with) -> result<model::patient_id> {
      const auto added = aorta::store::add_patient(with, speaker_.base(), clinic, who, locks_);
      if (added) with.commit();
      return added;
    });
  });
}

} // namespace

std::unique_ptr<message_log> make_admin_session(std::shared_ptr<database> of) {
  auto out = std::make_unique<admin_session>(std::move(of));
  out->greet();
  return out;
}

} // namespace aorta::store
