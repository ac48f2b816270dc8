// A store that knows one key, one token and one clinic, and holds nothing: what it is asked beyond that, it
// cannot answer.
#pragma once

#include "engine/ports/critical.hpp"
#include "engine/ports/message_log.hpp"
#include "engine/ports/records.hpp"
#include "engine/ports/silence.hpp"
#include "test/support/bare_access.hpp"
#include "test/unit/api/bare_alerts.hpp"
#include "test/unit/api/bare_deliveries.hpp"
#include "test/unit/api/bare_publications.hpp"
#include "test/unit/api/bare_webhooks.hpp"

namespace aorta {

/// Nobody is watched.
class bare_silence final : public ports::silence_log {
public:
  result<ports::watched_listeners> listeners(model::clinic_id, const std::vector<std::string>&) override {
    return ports::watched_listeners{};
  }
  status heard(model::clinic_id, const std::string&, timestamp) override { return done{}; }
  result<bool> tell(model::clinic_id, const ports::silence_change&) override { return false; }
  status shift(model::clinic_id, std::chrono::milliseconds, timestamp) override { return done{}; }
};

class bare_admin final : public ports::message_log {
public:
  bare_access door;
  bare_deliveries passed_on;
  bare_alerts alerts;
  bare_webhooks told;
  bare_silence silent;
  bare_publications published;
  ports::overdue_filter asked;
  std::vector<ports::waiting_order> orders;

  /// The scopes of any key; none: no key is known.
  explicit bare_admin(std::vector<std::string> scopes) {
    door.tokens["t0ken"] = {"analytics", {"system/*.read", "system/*.write"}, 1, {}, {}};
    door.all_clinics = {{.id = 1, .code = "MAIN"}};
    if (scopes.empty()) return;
    door.any_key.emplace();
    door.any_key->name = "test";
    door.any_key->scopes = std::move(scopes);
    door.any_key->user = ports::person{.id = 1, .email = "anna@clinic.example"};
  }

  ports::access& access() noexcept override { return door; }
  ports::delivery_log& deliveries() noexcept override { return passed_on; }
  ports::critical_log& critical() noexcept override { return alerts; }
  ports::webhook_log& webhooks() noexcept override { return told; }
  ports::silence_log& silence() noexcept override { return silent; }
  ports::publication_log& publications() noexcept override { return published; }
  result<ports::page<ports::waiting_order>> overdue_orders(const ports::overdue_filter& filter) override {
    asked = filter;
    ports::page<ports::waiting_order> out;
    out.items = orders;
    return out;
  }
  result<ports::lent_session> records() override { return gone(); }
  status ping() override { return done{}; }
  result<ports::page<ports::message_record>> messages(const ports::message_filter&) override {
    return gone();
  }
  result<std::optional<ports::message_detail>> message(model::clinic_id, const uuid&) override {
    return gone();
  }
  result<std::vector<ports::stored_result>> message_results(model::clinic_id, const uuid&) override {
    return gone();
  }
  result<std::vector<ports::stored_result>> patient_results(const ports::result_filter&) override {
    return gone();
  }
  result<std::optional<model::patient>> patient(model::clinic_id, model::patient_id) override {
    return gone();
  }
  result<std::vector<ports::roster_outcome>> put_patients(model::clinic_id,
                                                          std::span<const model::patient>) override {
    return gone();
  }
  result<ports::page<ports::review_item>> reviews(const ports::review_filter&) override { return gone(); }
  result<std::optional<ports::review_item>> review(model::clinic_id, const uuid&) override { return gone(); }
  result<std::vector<ports::accepted_message>> accepted(model::clinic_id, const uuid&, int) override {
    return gone();
  }
  result<std::vector<ports::stored_message>> stored(model::clinic_id, const std::vector<uuid>&) override {
    return gone();
  }
  result<std::vector<ports::accepted_backlog>> accepted_backlogs(const std::vector<ports::clinic>&) override {
    return gone();
  }
  result<std::vector<uuid>> filed_of(model::clinic_id, const std::vector<uuid>&) override { return gone(); }
  status end_acceptance(const ports::message_record&, const ports::forward*) override { return gone(); }
  result<std::vector<ports::stored_result>> results(model::clinic_id, const std::vector<uuid>&) override {
    return gone();
  }
  result<bool> resolve(model::clinic_id, const uuid&, const std::string&, const std::string&,
                       const ports::person&) override {
    return gone();
  }
  result<ports::page<ports::unmapped_code>> unmapped(model::clinic_id, const std::string&, int) override {
    return gone();
  }
  result<std::vector<ports::sent_example>> unmapped_examples(model::clinic_id, const std::string&,
                                                             const std::string&, int) override {
    return gone();
  }
  status forget_unmapped(model::clinic_id, const std::string&, const std::string&) override { return gone(); }
  result<std::vector<uuid>> affected(const ports::affected_filter&) override { return gone(); }
  result<ports::page<ports::event_row>> events(model::clinic_id, std::optional<bool>, const std::string&,
                                               int) override {
    return gone();
  }
  result<ports::page<ports::learned>> decisions(model::clinic_id, const std::string&, int) override {
    return gone();
  }
  result<std::optional<bool>> withdraw_decision(model::clinic_id, const uuid&,
                                                const ports::person&) override {
    return gone();
  }
  result<ports::found_waiting> find_waiting(model::clinic_id, int) override { return gone(); }
  status note_looked(model::clinic_id, std::span<const int64_t>) override { return gone(); }
  result<std::optional<timestamp>> last_backup() override { return gone(); }
  result<ports::forgotten> forget_messages(const ports::forgetting&) override { return gone(); }
  result<ports::open_work> open_work_of(const std::vector<ports::clinic>&) override { return gone(); }
  result<std::vector<ports::paused_route>> paused_routes(const std::vector<ports::clinic>&) override {
    return gone();
  }
  status pause_route(const ports::paused_route&, bool, const std::string&) override { return gone(); }
  result<model::patient_id> add_patient(model::clinic_id, const model::patient&) override { return gone(); }

private:
  static error gone() { return {error_code::internal, "", "this store holds nothing"}; }
};

} // namespace aorta
