// A store that knows one key and one clinic, holds nothing, and remembers what it was told for the audit:
// what it is asked beyond that, it cannot answer.
#pragma once

#include "engine/ports/store.hpp"

namespace aorta {

class bare_admin final : public ports::admin_store {
public:
  std::vector<ports::audit_entry> audited;
  bool audit_is_away = false;

  /// The key's scopes; none: no key is known.
  explicit bare_admin(std::vector<std::string> scopes) : scopes_(std::move(scopes)) {}

  status ping() override { return done{}; }
  result<std::vector<ports::clinic>> clinics() override { return std::vector{main()}; }
  result<std::optional<ports::api_key>> find_api_key(std::string_view secret) override {
    if (scopes_.empty() || secret == "t0ken") return std::optional<ports::api_key>();
    ports::api_key out;
    out.name = "test";
    out.scopes = scopes_;
    out.user = ports::person{.id = 1, .email = "anna@clinic.example"};
    return std::optional(out);
  }

  result<std::optional<ports::access_token>> find_token(std::string_view secret) override {
    if (secret != "t0ken") return std::optional<ports::access_token>();
    return std::optional(ports::access_token{"analytics", {"system/*.read", "system/*.write"}, 1, {}, {}});
  }

  result<ports::clinic> ensure_clinic(const std::string&, const std::string&) override { return gone(); }
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
  result<uuid> create_api_key(const ports::api_key&, std::string_view) override { return gone(); }
  result<std::vector<ports::api_key>> api_keys() override { return gone(); }
  result<bool> revoke_api_key(const std::string&) override { return gone(); }
  status audit(std::span<const ports::audit_entry> entries) override {
    if (audit_is_away) return gone();
    audited.insert(audited.end(), entries.begin(), entries.end());
    return done{};
  }
  result<ports::page<ports::review_item>> reviews(const ports::review_filter&) override { return gone(); }
  result<std::optional<ports::review_item>> review(model::clinic_id, const uuid&) override { return gone(); }
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
  result<ports::open_work> open_work_of(const std::vector<ports::clinic>&) override { return gone(); }
  result<model::patient_id> add_patient(model::clinic_id, const model::patient&) override { return gone(); }
  result<std::optional<ports::person>> user(const std::string&, bool) override { return gone(); }

private:
  static ports::clinic main() { return {.id = 1, .code = "MAIN"}; }
  static error gone() { return {error_code::internal, "", "this store holds nothing"}; }
  std::vector<std::string> scopes_;
};

} // namespace aorta
