// Keys, tokens and clinics that a test gives, and what the audit was told.
#pragma once

#include "engine/ports/access.hpp"

#include <map>
#include <string>
#include <vector>

namespace aorta {

class bare_access final : public ports::access {
public:
  std::map<std::string, ports::api_key> keys; ///< by their secret
  std::optional<ports::api_key> any_key;      ///< of every secret else that is no token's
  std::map<std::string, ports::access_token> tokens;
  std::vector<ports::clinic> all_clinics;
  std::vector<ports::audit_entry> audited;
  bool audit_is_away = false;

  void add_key(const std::string& secret, std::vector<std::string> scopes,
               std::optional<model::clinic_id> clinic = {}) {
    auto& key = keys[secret];
    key.name = secret;
    key.scopes = std::move(scopes);
    key.clinic = clinic;
  }

  status audit(std::span<const ports::audit_entry> entries) override {
    if (audit_is_away) return error{error_code::store_unavailable, "", "gone"};
    audited.insert(audited.end(), entries.begin(), entries.end());
    return done{};
  }
  result<std::optional<ports::api_key>> find_api_key(std::string_view secret) override {
    const auto found = keys.find(std::string(secret));
    if (found != keys.end()) return std::optional(found->second);
    return tokens.contains(std::string(secret)) ? std::nullopt : any_key;
  }
  result<std::optional<ports::access_token>> find_token(std::string_view secret) override {
    const auto found = tokens.find(std::string(secret));
    return found == tokens.end() ? std::nullopt : std::optional(found->second);
  }
  result<std::vector<ports::clinic>> clinics() override { return all_clinics; }

  result<ports::clinic> ensure_clinic(const std::string&, const std::string&) override { return gone(); }
  result<std::optional<ports::person>> user(const std::string&, bool) override { return gone(); }
  result<bool> works_in(int64_t, model::clinic_id) override { return gone(); }
  result<uuid> create_api_key(const ports::api_key&, std::string_view) override { return gone(); }
  result<std::vector<ports::api_key>> api_keys() override { return gone(); }
  result<bool> revoke_api_key(const std::string&) override { return gone(); }
  result<std::optional<std::pair<ports::api_key, std::string>>> find_client(const std::string&) override {
    return gone();
  }
  status keep_token(std::string_view, const ports::access_token&) override { return gone(); }
  std::map<std::string, ports::console_session> sessions; ///< by their secret
  status open_session(std::string_view secret, const uuid& key, timestamp expires_at) override {
    for (const auto& [mine, each] : keys)
      if (each.id == key) sessions[std::string(secret)] = {each, expires_at};
    if (any_key && any_key->id == key) sessions[std::string(secret)] = {*any_key, expires_at};
    return done{};
  }
  result<std::optional<ports::console_session>> find_session(std::string_view secret) override {
    const auto found = sessions.find(std::string(secret));
    return found == sessions.end() ? std::nullopt : std::optional(found->second);
  }
  status end_sessions(std::string_view secret, bool everywhere) override {
    const auto found = sessions.find(std::string(secret));
    if (found == sessions.end()) return done{};
    const auto key = found->second.key.id;
    if (everywhere) std::erase_if(sessions, [&](const auto& each) { return each.second.key.id == key; });
    else sessions.erase(found);
    return done{};
  }
  result<bool> use_assertion(const std::string&, const std::string&, timestamp) override { return gone(); }
  result<ports::page<ports::audit_entry>> audits(model::clinic_id, std::optional<model::patient_id>,
                                                 const std::string&, std::optional<timestamp>,
                                                 std::optional<timestamp>, const std::string&, int) override {
    return gone();
  }

private:
  static error gone() { return {error_code::internal, "", "this store holds nothing"}; }
};

} // namespace aorta
