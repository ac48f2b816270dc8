// `ports::job_store` on one record session's transaction.
#pragma once

#include "engine/ports/jobs.hpp"
#include "engine/store/records/record_talk.hpp"

namespace aorta::store {

class job_rows final : public ports::job_store {
public:
  explicit job_rows(record_talk& with) : talk_(with) {}

  status add(const ports::job& what) override;
  status put(const uuid& of, const ports::job_file& made, const std::string& content) override;
  result<std::optional<ports::job>> find(const uuid& id) override;
  result<std::vector<ports::job>> newest(int limit, const std::string& kind) override;
  result<int> running(const std::string& kind) override;
  result<int> kept(const std::string& kind, const std::string& actor) override;
  result<std::vector<ports::job_file>> files(const uuid& of) override;
  result<std::optional<std::string>> content(const uuid& of, int ordinal) override;
  result<std::optional<ports::job>> take(const std::string& kind, const std::string& owner,
                                         std::chrono::seconds lease) override;
  result<std::string> sealed(const std::string& content) override;
  result<bool> advance(const ports::job& what, const std::optional<ports::job_file>& made,
                       const std::string& content, const std::string& owner,
                       std::chrono::seconds lease) override;
  status drop_files(const uuid& of) override;
  result<bool> end(const uuid& id, ports::job_state how) override;
  result<bool> cancel(const uuid& id, const std::string& why, timestamp expires) override;
  result<int> expire(bool all) override;

private:
  std::string of_clinic(sql_text& sql) const;
  int count(sql_text& sql);
  void insert_file(const uuid& of, const ports::job_file& made, const std::string& content);
  sql_text reading() const;

  record_talk& talk_;
};

} // namespace aorta::store
