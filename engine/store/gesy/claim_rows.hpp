// `ports::claim_store` on one record session's transaction.
#pragma once

#include "engine/ports/claims.hpp"
#include "engine/store/records/record_talk.hpp"

namespace aorta::store {

/// Under which kind the hash of a beneficiary's number, normalised, is kept with their claims.
inline constexpr std::string_view claims_whose = "gesy-whose";

class claim_rows final : public ports::claim_store {
public:
  explicit claim_rows(record_talk& with) : talk_(with) {}

  result<bool> add(const ports::claim_row& what, const ports::claim_sending& how) override;
  result<std::optional<ports::claim_row>> find(const uuid& id) override;
  result<std::optional<ports::claim_row>> find_number(const std::string& theirs) override;
  result<std::vector<ports::claim_row>> alike(const std::string& likeness) override;
  result<ports::page<ports::claim_row>> list(const std::string& status, const std::string& cursor,
                                             int limit) override;
  result<std::vector<ports::claim_answer>> answers(const uuid& of) override;
  result<std::vector<ports::claim_row>> due(const std::string& system, int most) override;
  result<bool> told(const ports::claim_row& was, const ports::claim_row& now) override;
  result<ports::claims_standing> standing() override;

private:
  sql_text reading();
  std::vector<ports::claim_row> read(sql_text& sql, bool also_unreadable = true);
  std::optional<ports::claim_row> read_one(sql_text& sql);
  half_digest hash_of(std::string_view kind, const std::string& text);
  std::string key_of(std::string_view kind, const std::string& text);
  std::string opened(const std::string& token);
  bool withdraw(const ports::claim_row& what);

  record_talk& talk_;
};

} // namespace aorta::store
