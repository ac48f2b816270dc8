#include "engine/config/keys.hpp"

#include <sstream>

namespace aorta::config {
namespace {

constexpr std::string_view preface = R"(# Configuration

This page is made of the table in `engine/config/keys.cpp`, by which the engine reads; `BLESS=1 build/dev/test_config` writes it anew.

The settings are TOML: `conf/aorta.toml`, and beside it a file for each route (`routes/*.toml`), for each
destination (`destinations/*.toml`) and for each laboratory (`labs/*.toml`). `aorta
check` tells all that is wrong with them, each with its place. `--set section.key=value` on the command line beats the environment
(AORTA_STORE_URL, AORTA_PII_KEY), the environment beats the files. Paths count from the folder in which the engine is started.

SIGHUP reads everything anew. What a reload does with a changed key stands in the last column: **yes**, it is applied; **restart**, the reload is
refused and the old settings stay whole, since only a new start can apply it; **no**, it has no effect on what exists.
)";

std::string number_text(double value) {
  std::ostringstream out;
  out.precision(12);
  out << value;
  return out.str();
}

std::string range_of(const key_row& of) {
  return of.least < of.most ? ", " + number_text(of.least) + " to " + number_text(of.most) : std::string();
}

std::string type_of(const key_row& of) {
  using enum key_row::kind;
  switch (of.is) {
    case text: return "text";
    case flag: return "`true` or `false`";
    case whole: return "whole number" + range_of(of);
    case number: return "number" + range_of(of);
    case texts: return "list of texts";
    case numbers: return "list of whole numbers" + range_of(of);
    case word: break;
    case section:
    case sections: return "section";
    case free: return "text";
    case heading: return "text or whole number";
  }
  std::string out;
  for (const auto& each : of.words) out += (out.empty() ? "`\"" : ", `\"") + each + "\"`";
  return out;
}

std::string_view word_of(on_reload what) {
  return what == on_reload::applied ? "yes" : what == on_reload::restart ? "restart" : "no";
}

void add_key(std::string& out, const key_row& of) {
  out += "| `" + std::string(of.name) + "` | " + std::string(of.sentence) + " | " + type_of(of) + " | ";
  out += of.required ? "required" : of.by_default.empty() ? "" : "`" + of.by_default + "`";
  out += " | " + std::string(word_of(of.when_changed)) + " |\n";
}

bool is_own(const key_row& of) { return of.is != key_row::kind::section && of.is != key_row::kind::sections; }

void add_group(std::string& out, const key_group& of) {
  out += "\n### ";
  for (const auto heading : of.headings)
    out += (heading == of.headings.front() ? "`[" : ", `[") + std::string(heading) + "]`";
  if (!of.sentence.empty()) out += "\n\n" + std::string(of.sentence);
  out += "\n\n| key | what | type | default | reload |\n| --- | --- | --- | --- | --- |\n";
  for (const auto& each : of.keys)
    if (is_own(each)) add_key(out, each);
}

} // namespace

std::string handbook() {
  std::string out(preface);
  for (const auto* group : all_keys())
    if (group->headings.empty()) out += "\n## " + std::string(group->file) + "\n";
    else add_group(out, *group);
  return out;
}

} // namespace aorta::config
