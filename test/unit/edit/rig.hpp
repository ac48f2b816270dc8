// A message, conditions and edits of the tests.
#pragma once

#include "engine/edit/read_edit.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

namespace aorta::edit {

inline const std::string panel =
  "MSH|^~\\&|LIS|BIO|OH|MAIN|20261120083000||ORU^R01|X-1|P|2.5.1||||||UNICODE UTF-8\r"
  "PID|1||M-0007^^^BIO~841234^^^CY^NI||ΠΑΠΑΔΟΠΟΥΛΟΥ^ΜΑΡΙΑ||19800101|F\r"
  "PV1|1||W1^12^B\r"
  "OBR|1|P-1|F-1|CBC^Blood count|||202611200800\r"
  "OBX|1|NM|HGB^Haemoglobin||13,5|g/dL|12-16|N|||F\r"
  "NTE|1||first note\r"
  "OBX|2|NM|WBC^Leucocytes||4.200|10^9/L|4-11|HH|||F\r"
  "OBX|3|ST|COM^Comment||a\\T\\b~c|||||| P\r";

inline tables some_tables() {
  tables out;
  auto ward = std::make_shared<table>();
  ward->name = "ward";
  ward->rows = {{"W1", "CARD"}, {"W2", "Καρδιολογική"}};
  out["ward"] = ward;
  return out;
}

inline condition compiled(const std::string& text) {
  condition out;
  if (const auto wrong = condition::compile(text, some_tables(), out))
    throw std::runtime_error(text + ": " + wrong->text);
  return out;
}

inline bool holds(const std::string& text, const std::string& bytes = panel) {
  const auto msg = hl7::parse(bytes);
  return compiled(text).holds(draft(*msg, ""));
}

/// `12+3: what is wrong | hint`, or "fine".
inline std::string wrong_with(const std::string& text) {
  condition out;
  const auto wrong = condition::compile(text, some_tables(), out);
  if (!wrong) return "fine";
  return std::to_string(wrong->at) + "+" + std::to_string(wrong->length) + ": " + wrong->text +
    (wrong->hint.empty() ? "" : " | " + wrong->hint);
}

inline edit made(const edit_text& text) {
  std::vector<complaint> wrong;
  auto out = read_edit(text, some_tables(), wrong);
  if (!out) throw std::runtime_error(wrong.front().key + ": " + wrong.front().what.text);
  return std::move(*out);
}

/// What is wrong with an edit: `key: text`, one a line.
inline std::string refused(const edit_text& text) {
  std::vector<complaint> wrong;
  (void)read_edit(text, some_tables(), wrong);
  std::string out;
  for (const auto& each : wrong) out += (out.empty() ? "" : "\n") + each.key + ": " + each.what.text;
  return out;
}

struct edited {
  std::string bytes;
  outcome came;
};
inline edited edit_all(const std::vector<edit_text>& texts, const std::string& bytes = panel,
                       const std::string& charset = "") {
  std::vector<edit> all;
  for (const auto& each : texts) all.push_back(made(each));
  const auto msg = hl7::parse(bytes);
  draft now(*msg, charset);
  auto came = apply(all, now, telling::everything);
  came.marks.clear(); // they point to edits that end here
  return {now.bytes(), std::move(came)};
}

/// The bytes with one piece of them changed.
inline std::string with(const std::string& from, const std::string& to, std::string bytes = panel) {
  const auto at = bytes.find(from);
  if (at == std::string::npos) throw std::runtime_error("not there: " + from);
  return bytes.replace(at, from.size(), to);
}

} // namespace aorta::edit
