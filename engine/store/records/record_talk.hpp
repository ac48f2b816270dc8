// One connection's transaction: what opens it and what locks travel with the first question.
#pragma once

#include "engine/store/records/record_read.hpp"
#include "engine/store/sql/failure.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace aorta::store {

enum class purpose : uint8_t { reading, changing };

/// Throws `failure`, but for `in`.
class record_talk {
public:
  explicit record_talk(std::shared_ptr<database> of);
  ~record_talk() { rollback(); }

  void connect(); ///< if need be, and learns anew which columns the tables have
  void begin(model::clinic_id clinic, bool changes);
  void commit();
  void rollback() noexcept;
  void mark();
  void back_to_mark();
  void lock(std::vector<std::string> names);

  /// Queued; sent with the next `flow`, `commit` or `mark` that must be sent. Its rows are not looked at.
  void tell(const sql_text& what);
  void wrote(size_t resources) noexcept { wrote_ += resources; } ///< in this transaction
  void count(size_t queued) noexcept { ahead_ += queued; } ///< of what was added to `link` and is only told
  /// Sends what was queued through `link`; the answers of what was not told.
  answers_of flow();
  std::vector<text_row> ask(const sql_text& what);
  answers_of ask_all(const std::vector<sql_text>& all);
  /// The same outside of any transaction, as one of its own.
  answers_of alone(const std::vector<sql_text>& all, bool changes,
                   std::optional<model::clinic_id> clinic = {});

  /// `work` in one transaction of the clinic; nothing of it stays after a failure.
  template <class T, class F>
  result<T> in(model::clinic_id clinic, purpose what, std::string_view doing, F&& work) {
    return guarded<T>(doing, [&]() -> result<T> {
      try {
        begin(clinic, what == purpose::changing);
        T out = work();
        commit();
        return out;
      } catch (...) {
        const auto why = current_failure(doing);
        rollback();
        return why;
      }
    });
  }

  record_link& link() noexcept { return *link_; }
  const record_context& context() const noexcept { return in_; }
  database& base() noexcept { return *of_; }
  timestamp now() const { return of_->how.clock->now(); }
  bool open() const noexcept { return open_; }
  sql_text text() const { return sql_text(of_->speaks); }

private:
  void say(const char* sql);
  void refresh_statistics() noexcept;

  std::shared_ptr<database> of_;
  cipher locks_;
  catalogue tables_;
  record_context in_;
  std::unique_ptr<record_link> link_;
  std::unique_lock<std::mutex> turn_;                  ///< SQLite's one writer
  bool open_ = false, marked_ = false, known_ = false; ///< known: the tables' columns, on this connection
  size_t wrote_ = 0;
  size_t ahead_ = 0; ///< queued statements whose answers nobody wants
};

} // namespace aorta::store
