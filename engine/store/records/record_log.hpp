// A message that brings resources, logged inside a record session's transaction by the code that the lanes
// use.
#pragma once

#include "engine/store/sql/database.hpp"
#include "engine/store/sql/record_link.hpp"

#include <functional>

namespace aorta::store {

struct lesson; // messages/filing.hpp

/// Sends what `add` queued, behind whatever the session had queued before, and gives the answers of this
/// queue only.
using record_flow = std::function<std::vector<std::vector<text_row>>()>;
ports::receipt log_in(record_link& link, const record_flow& flow, const ports::filing& what,
                      std::span<const lesson> lessons, const options& how, cipher& locks);

/// Rows for `row_statements()[which]`, as texts; a row goes out with its last cell.
class text_sink final : public row_sink {
public:
  explicit text_sink(write which);
  size_t send(record_link& to) const { return to.add_rows(what_, rows_); }
  void null() override { add({}); }
  void id(const uuid& v) override { add(to_text(v)); }
  void key(const half_digest& v) override { add(v); }
  void text(std::string_view v) override { add(std::string(v)); }
  void integer(int64_t v) override { add(v); }
  void boolean(bool v) override { add(v ? "1" : "0"); }
  void time(timestamp v) override;
  void number(const decimal& v) override { add(v.text()); }

private:
  void add(sql_value v);
  const row_statement& what_;
  std::vector<sql_row> rows_;
};

} // namespace aorta::store
