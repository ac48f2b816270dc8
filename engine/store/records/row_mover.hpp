// Rows of a merged patient on their way to the survivor, and back. Every row that moves is written down in
// `patient_merge_rows` by its key.
#pragma once

#include "engine/ports/merges.hpp"
#include "engine/store/records/patient_columns.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aorta::store {

/// Throws `failure` for all but a table that refuses; whoever calls sets a savepoint before it.
class row_mover {
public:
  row_mover(record_talk& with, const uuid& merge, model::patient_id survivor, model::patient_id merged);

  /// The table that refuses, if one does.
  std::optional<ports::immovable> there();
  std::optional<ports::immovable> back();

private:
  std::optional<ports::immovable> each_column(void (row_mover::*work)(const patient_column&));
  void move(const patient_column& of);
  void move_back(const patient_column& of);
  void check_key(const patient_column& of);
  std::string condition(sql_text& sql, const patient_column& of) const;
  std::string written_down(sql_text& sql, const patient_column& of) const;

  /// merge_contents.cpp: what tells a patient's number elsewhere than in a column of its own.
  struct content_row {
    std::string key, type, id, content, before;
  };
  void refer_to_survivor();
  void refer_back();
  void rewrite(const std::vector<content_row>& rows);
  std::vector<content_row> moved_contents(std::string_view column);
  void take_part();
  void name_candidate();
  void unname_candidate();
  void follow();
  void put_content(const content_row& at, const std::string& token);
  std::string where_row(sql_text& sql, const content_row& at) const;

  record_talk& talk_;
  std::string merge_;
  model::patient_id survivor_, merged_;
  std::vector<patient_column> all_;
};

/// `"reference":"Patient/7"`, with or without a version, names another patient now.
std::string referring(std::string_view json, model::patient_id from, model::patient_id to);

} // namespace aorta::store
