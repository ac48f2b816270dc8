// What must come of a case, and what came of it.
#pragma once

#include "engine/model/record.hpp"

#include <string>
#include <vector>

namespace aorta::cli {

/// `{"messages": [...], "records": [...]}` as JSON: each message as `GET /api/messages/{id}` shows it, each
/// row of the clinic's tables of which a message told anything with its `table` and its columns as texts.
std::string outcome_of(const std::vector<std::string>& messages, const std::vector<model::record>& records);
/// The part of an outcome that a case is usually about, to begin an `expect.json` with. `listener`: by which
/// it comes, where that must be said.
std::string suggestion(const std::string& outcome, const std::string& listener = {});

/// An `expect.json`: as much of an outcome as a case is about. What it does not mention may be anything; a
/// list that it mentions has these items, in this order.
class expectation {
public:
  explicit expectation(std::string json) : json_(std::move(json)) {}
  bool empty() const noexcept { return json_.empty(); }
  std::string fault() const;    ///< why it is none; empty: it is one
  std::string listener() const; ///< its `listener`; empty when it names none
  /// `messages[0].results[1].unit: expected "mg/dL", is "mmol/L"`
  std::vector<std::string> differences(const std::string& outcome) const;

private:
  std::string json_;
};

/// That one message came, and was answered and filed so.
expectation as_logged(std::string_view ack_code, std::string_view status);

} // namespace aorta::cli
