// Any text as a condition: a fault lies inside the text, and what compiles explains itself as it decides.
// Any message under edits: what comes of it is a message, has no more segments than it had, and is the same
// when nothing was edited.
#include "engine/edit/read_edit.hpp"

#include <cstdlib>

using namespace aorta;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

const edit::tables& some_tables() {
  static const edit::tables all = [] {
    auto ward = std::make_shared<edit::table>();
    ward->rows = {{"W1", "CARD"}, {"A", "Ω"}};
    return edit::tables{{"ward", ward}};
  }();
  return all;
}

void check_condition(std::string_view text) {
  static const std::string bytes =
    "MSH|^~\\&|LIS|BIO|||2026||ORU^R01|1|P|2.5\rPID|1||7^^^A~8\rOBX|1|NM|K||4,1|||H\rOBX|2|ST|L||x\r";
  static const auto msg = hl7::parse(bytes);
  edit::condition made;
  if (const auto wrong = edit::condition::compile(text, some_tables(), made)) {
    require(!wrong->text.empty() && wrong->at <= text.size());
    return;
  }
  const edit::draft now(*msg, "");
  const bool holds = made.holds(now);
  require(made.explain(now).holds == holds);
  const auto chance = edit::chance_of({&made});
  require(chance != (holds ? edit::chance::never : edit::chance::always));
  edit::chance is;
  (void)edit::idle_part(made, {}, is);
}

const std::vector<edit::edit>& some_edits() {
  static const std::vector<edit::edit> all = [] {
    const std::vector<edit::edit_text> texts{
      {.set = "PID-3[2].4.2", .to = "a^b|{PID-5}Ω", .or_else = "keep"},
      {.to = "PID-2.1", .copy = "PID-3"},
      {.in = "OBX", .number = "OBX-5", .decimal = ",", .or_else = "?"},
      {.replace = "OBX[*]-5[*].1", .match = "(.)x", .with = "\\1", .or_else = "keep"},
      {.when = "any(OBX[*]-3[*] = \"K\")", .remove = "NTE[*]"},
      {.remove = "PID-3[1]"},
      {.map = "OBX[*]-6", .table = "ward", .or_else = "keep"},
      {.to = "yyyy", .date = "PID-7", .from = "yyyyMMdd", .or_else = "keep"},
      {.when = "OBX-2 = \"ST\"", .in = "OBX", .remove = "OBX"}};
    std::vector<edit::edit> out;
    std::vector<edit::complaint> wrong;
    for (const auto& each : texts) out.push_back(*edit::read_edit(each, some_tables(), wrong));
    return out;
  }();
  return all;
}

void check_edits(const std::string& bytes) {
  const auto msg = hl7::parse(bytes);
  if (!msg) return;
  edit::draft untouched(*msg, "");
  require(untouched.bytes() == bytes);
  edit::draft now(*msg, "");
  (void)edit::apply(some_edits(), now, edit::telling::everything);
  const auto out = now.bytes();
  if (!now.changed()) return require(out == bytes);
  const auto again = hl7::parse(out);
  require(again && again->segments() <= msg->segments() && again->marks() == msg->marks());
}

} // namespace

/// The first byte chooses what the rest is.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) check_condition(text);
  else check_edits(text);
  return 0;
}
