// Who may ask, and who has asked, once for every kind of session.
#pragma once

#include "engine/ports/access.hpp"
#include "engine/store/sql/record_link.hpp"

#include <functional>
#include <map>
#include <string>

namespace aorta::store {

/// Runs statements on the session's connection as a transaction of their own, which names the clinic if there
/// is one; the rows of each. Only what changes nothing may be asked while a clinic's transaction is open.
/// Throws `failure`.
using run_alone = std::function<answers_of(const std::vector<sql_text>& all, bool changes,
                                           std::optional<model::clinic_id> clinic)>;

class access_session final : public ports::access {
public:
  /// All of it outlives this.
  access_session(database& of, cipher& locks, run_alone run) : of_(of), locks_(locks), run_(std::move(run)) {}

  result<std::vector<ports::clinic>> clinics() override;
  result<ports::clinic> ensure_clinic(const std::string& code, const std::string& name) override;
  result<std::optional<ports::person>> user(const std::string& email, bool may_add) override;
  result<bool> works_in(int64_t user, model::clinic_id clinic) override;

  result<uuid> create_api_key(const ports::api_key& key, std::string_view secret) override;
  result<std::vector<ports::api_key>> api_keys() override;
  result<bool> revoke_api_key(const std::string& name_or_id) override;
  result<std::optional<ports::api_key>> find_api_key(std::string_view secret) override;

  result<std::optional<std::pair<ports::api_key, std::string>>> find_client(const std::string& name) override;
  status keep_token(std::string_view secret, const ports::access_token& what) override;
  result<std::optional<ports::access_token>> find_token(std::string_view secret) override;
  result<bool> use_assertion(const std::string& client, const std::string& jti, timestamp until) override;

  status open_session(std::string_view secret, const uuid& key, timestamp expires_at) override;
  result<std::optional<ports::console_session>> find_session(std::string_view secret) override;
  status end_sessions(std::string_view secret, bool everywhere) override;

  status audit(std::span<const ports::audit_entry> entries) override;
  result<ports::page<ports::audit_entry>> audits(model::clinic_id clinic,
                                                 std::optional<model::patient_id> patient,
                                                 const std::string& id, std::optional<timestamp> from,
                                                 std::optional<timestamp> to, const std::string& cursor,
                                                 int limit) override;

private:
  sql_text text() const { return sql_text(of_.speaks); }
  timestamp now() const { return of_.how.clock->now(); }
  std::vector<text_row> ask(const sql_text& what) { return run_({what}, false, std::nullopt).at(0); }
  std::optional<ports::api_key> key_by(std::string_view column, const std::string& value);
  void note_use(const ports::api_key& key);
  std::optional<ports::person> find_user(const std::string& email);
  bool may_add_users();

  database& of_;
  cipher& locks_;
  run_alone run_;
  std::map<std::string, timestamp> noted_; ///< by the key's id: when its use was last noted, or tried to be
};

} // namespace aorta::store
