// Versions of the configuration and the nodes that run them, over whichever connection a session has.
#pragma once

#include "engine/ports/publications.hpp"
#include "engine/store/access/access_session.hpp"

namespace aorta::store {

class publication_session final : public ports::publication_log {
public:
  /// All of it outlives this.
  publication_session(database& of, cipher& locks, run_alone run)
      : of_(of),
        locks_(locks),
        run_(std::move(run)) {}

  result<std::optional<ports::config_version>> published() override;
  status keep(const ports::config_version& what, const ports::config_texts& texts) override;
  result<bool> publish(const ports::config_version& what, const ports::config_texts& texts) override;
  result<bool> withdraw(const uuid& id) override;

  result<std::vector<ports::config_version>> versions(const std::optional<uuid>& after, int most) override;
  result<std::optional<ports::config_version>> version(const uuid& id) override;
  result<std::vector<ports::config_version>> proposed() override;
  result<std::vector<ports::config_file>> files(const uuid& id) override;
  result<ports::config_texts> texts(const uuid& id) override;
  result<std::vector<ports::config_file_version>> file_versions(const std::string& file, int most) override;
  result<std::optional<std::string>> text(const std::string& hash) override;

  result<std::optional<ports::config_draft>> draft(const std::string& by) override;
  status put_draft(const std::string& by, const std::string& file, const ports::drafted_file& what) override;
  status drop_draft(const std::string& by, timestamp until) override;
  status drop_draft(const std::string& by, const std::string& file) override;

  status tell(const ports::engine_node& what) override;
  status leave(const std::string& node) override;
  result<std::vector<ports::engine_node>> nodes(std::chrono::seconds within) override;

private:
  sql_text sql() const { return sql_text(of_.speaks); }
  std::string now_in(sql_text& sql) const;
  /// Whoever replaces this version, and whoever takes it back, do it one after the other.
  std::vector<sql_text> holding(const std::optional<uuid>& version) const;
  std::vector<text_row> ask(const sql_text& what) { return run_({what}, false, std::nullopt).at(0); }
  std::vector<ports::config_version> read_versions(const sql_text& what);
  std::string opened(const std::string& sealed);
  /// The texts, the row where `condition` holds (it answers with its id), and which texts it has.
  std::vector<sql_text> statements_of(const ports::config_version& what, const ports::config_texts& texts,
                                      const sql_text& condition);

  database& of_;
  cipher& locks_;
  run_alone run_;
};

} // namespace aorta::store
