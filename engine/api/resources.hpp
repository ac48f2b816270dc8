// The handlers of the table's rows, and what they share.
#pragma once

#include "engine/api/api.hpp"

namespace aorta::api {

void show_health(call& on);
void show_readiness(call& on);
void show_metrics(call& on);
void show_openapi(call& on);
void list_routes(call& on);
void show_live(call& on); ///< live.cpp
void pause_route(call& on);
void resume_route(call& on);

void list_messages(call& on);
void show_message(call& on);
void list_patient_results(call& on);
void list_orders(call& on);
void list_reviews(call& on);
void show_review(call& on);
void list_events(call& on);
void list_decisions(call& on);

/// What persons do (acts.cpp): each either answers at once or leaves a rerun in the outcome.
void reprocess(call& on);
void link(call& on);
void unlink(call& on);
void resolve(call& on);
void withdraw(call& on);
void unmerge(call& on); ///< merges.cpp
void erase(call& on);   ///< erase.cpp

/// 409: this patient was joined with another, whom it names.
void merged(call& on, model::patient_id survivor);

/// exports.cpp
void export_fhir(call& on);
void export_csv(call& on);
void export_pdf(call& on);

/// jobs.cpp
void list_jobs(call& on);
void show_job(call& on);
void end_job(call& on);
void begin_export(call& on);
void show_export(call& on);
void download_export(call& on);
void end_export(call& on);

/// Of `key:front-desk user:anna@clinic.example` the person, else the program.
std::string who_of(const std::string& actor);
/// audit.cpp
void export_audit(call& on);
void show_access_log(call& on);

/// deliveries.cpp
void list_destinations(call& on);
void pause_destination(call& on);
void resume_destination(call& on);
void list_deliveries(call& on);
void retry_delivery(call& on);
void skip_delivery(call& on);
void resend(call& on);

/// critical.cpp
void list_critical(call& on);
void show_critical(call& on);
void acknowledge_critical(call& on);
void read_back_critical(call& on);
void hand_over_critical(call& on);
void close_critical(call& on);
void report_critical(call& on);
/// imports.cpp
void import_file(call& on);
void attempt_file(call& on);
void list_imports(call& on);
void show_import(call& on);
/// unmapped.cpp
void list_unmapped(call& on);
void map_unmapped(call& on);
/// reissue.cpp
/// Why it is done: kept sealed with the audit row.
void keep_reason(call& on, const std::string& reason);
void reprocess_many(call& on);
void list_reissues(call& on);
void show_reissue(call& on);
/// why.cpp
void show_why(call& on);
/// rules.cpp
void list_rule_results(call& on);
/// labs.cpp
void list_labs(call& on);
void show_lab(call& on);
void change_lab(call& on);
void remove_lab(call& on);
/// Who asks, as versions of the configuration name him.
std::string publisher(const call& on);
/// False, and an answer: the engine is starting.
bool is_running(call& on);
/// config.cpp
void show_config(call& on);
void show_config_file(call& on);
void draft_config_file(call& on);
void drop_config_draft(call& on);
void check_config(call& on);
void list_config_versions(call& on);
void show_config_version(call& on);
/// shadow.cpp
void try_messages(call& on); ///< attempt.cpp
void begin_shadow(call& on);
void show_shadow(call& on);
void end_shadow(call& on);
/// publish.cpp
void publish_config(call& on);
void roll_config_back(call& on);
/// keys.cpp
void list_keys(call& on);
void add_key(call& on);
void revoke_key(call& on);
/// session.cpp
void sign_in(call& on);
void show_session(call& on);
void sign_out(call& on);
/// gesy.cpp
void show_beneficiary(call& on);
void look_up_beneficiary(call& on);
void list_referrals(call& on);
void add_referral(call& on);
void show_referral(call& on);
void close_referral(call& on);
void list_claims(call& on);
void add_claim(call& on);
void show_claim(call& on);
void list_specialties(call& on);
void check_diagnosis(call& on);
void check_procedure(call& on);
void show_gesy_provider(call& on);
void show_gesy_status(call& on);
/// webhooks.cpp
void list_webhooks(call& on);
void show_webhook(call& on);
void add_webhook(call& on);
void change_webhook(call& on);
void remove_webhook(call& on);
void test_webhook(call& on);

/// False, and a refusal, when the key is nobody's own.
bool is_person(call& on);
/// A positive number, as ids and limits are.
std::optional<int64_t> read_id(std::string_view text);
/// The uuid that the path names with `{id}`; nothing, and a refusal, when it is none.
std::optional<uuid> id_of(call& on);

/// A message, or a review, as it stands now: what its path shows, and what acts answer with. `whose`: its
/// patient, for the audit row.
http::response message_now(const uuid& id, const ports::clinic& clinic, ports::message_log& admin,
                           std::optional<model::patient_id>& whose);
http::response review_now(const uuid& id, const ports::clinic& clinic, ports::message_log& admin,
                          std::optional<model::patient_id>& whose);

/// 409: a person was faster; tells who and when.
http::response too_late(const ports::review_item& item);
/// The same for a rerun that came too late.
http::response conflict_reply(const rerun& what, const error& fault, ports::message_log& admin);
http::response show_difference(const rerun& what, const ports::difference& would_change);

/// What the body of an act says; members that it does not have are empty.
struct act_body {
  std::string action, reason, mrn, destination, role, to, outcome;
  std::optional<model::patient_id> patient, instead_of;
  std::optional<uuid> result;
  std::optional<std::string> value, unit;
};
/// `?dry_run=true`
bool wants_rehearsal(const http::request& what);
/// A parameter that nobody reads is a mistake: `?dryrun=true` must not move anything.
bool known_parameters(call& on);
/// Nothing when it is no JSON object, or a member is not what it must be.
std::optional<act_body> read_act(std::string_view body);

} // namespace aorta::api
