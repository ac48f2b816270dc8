// [files.NAME] of aorta.toml, and [csv] of a laboratory's profile.
#include "engine/config/files.hpp"

#include "engine/base/text.hpp"
#include "engine/config/readers.hpp"
#include "engine/hl7/charset.hpp"

#include <algorithm>
#include <filesystem>

namespace aorta::config {
namespace {

using lab::sheet_field;
using lab::sheet_layout;

void read_folder(section& of, const char* key, std::string& into) {
  const auto* node = of.text(key, into);
  if (node != nullptr && into.empty()) of.complain(*node, of.full(key) + " is empty");
}

void read_column(const section& of, const toml::node& at, const std::string& key, lab::sheet_column& into) {
  if (const auto* text = at.as_string(); text != nullptr && !trimmed(text->get(), blanks).empty())
    into.heading = trimmed(text->get(), blanks);
  else if (const auto* place = at.as_integer(); place != nullptr && place->get() > 0 && place->get() <= 4096)
    into.place = uint32_t(place->get());
  else
    of.complain(at, of.full(key) + " must be a heading, or a column's place from 1",
                "as in \"Patient ID\", or 3");
}

void read_pattern(section& of, const char* key, std::string& into) {
  const auto* node = of.text(key, into);
  if (const auto fault = lab::sheet_pattern_fault(into); node != nullptr && !fault.empty())
    of.complain(*node, of.full(key) + " is '" + into + "', and " + fault,
                "as in \"dd/MM/yyyy\", \"yyyy-MM-dd HH:mm\" or \"excel\"");
}

void read_columns(const section& of, sheet_layout& into) {
  for (size_t i = 0; i < lab::sheet_fields; ++i) {
    const std::string key(lab::name(sheet_field(i)));
    if (const auto* node = of.of().get(key)) read_column(of, *node, key, into.columns[i]);
  }
  for (size_t i = 0; i < lab::sheet_fields; ++i)
    for (size_t j = 0; j < i; ++j)
      if (into.columns[i].given() && into.columns[i] == into.columns[j])
        of.complain("[" + of.name() + "] gives '" + std::string(lab::name(sheet_field(j))) + "' and '" +
                    std::string(lab::name(sheet_field(i))) + "' the same column");
  of.close();
}

/// What could not be read without guessing, or would never be looked at.
void check_layout(const section& of, const sheet_layout& how) {
  const auto given = [&](sheet_field each) { return how.at(each).given(); };
  const auto want = [&](bool good, const std::string& text, const char* hint) {
    if (!good) of.complain("[" + of.name() + "] " + text, hint);
  };
  want(given(sheet_field::mrn) || given(sheet_field::cyprus_id) || given(sheet_field::arc) ||
         given(sheet_field::family),
       "says nowhere whose the results are", "give mrn, cyprus_id, arc, or family with given and birth_date");
  want(given(sheet_field::order_number) || given(sheet_field::placer_number) ||
         given(sheet_field::collected_at) || given(sheet_field::reported_at),
       "says nothing that tells orders apart", "give order_number, or collected_at");
  for (const auto each : {sheet_field::code, sheet_field::name, sheet_field::value, sheet_field::unit,
                          sheet_field::range, sheet_field::low, sheet_field::high, sheet_field::flag})
    want(!how.test_a_column || !given(each),
         "has a column '" + std::string(lab::name(each)) + "', but a row is an order and has many",
         "rows = \"result\", or leave it out");
  if (how.test_a_column) {
    want(how.headings, "has a column for each test, and no headings that name them", "headings = true");
  } else {
    want(given(sheet_field::code) || given(sheet_field::name), "says nowhere which test it is", "give code");
    want(given(sheet_field::value), "says nowhere what the result is", "give value");
    want(how.units == sheet_layout::units_in::column, "has units in headings, but a row is one result",
         "rows = \"order\"");
    want(how.ignore.empty(), "ignores columns, but a row is one result: others are ignored anyway",
         "rows = \"order\"");
  }
  want(!given(sheet_field::collected_time) || given(sheet_field::collected_at),
       "has a time of the day without its day", "give collected_at");
  for (const auto& each : how.columns)
    want(each.heading.empty() || how.headings, "names the column '" + each.heading + "', but has no headings",
         "give its place, or headings = true");
  if (how.date.find('y') != how.date.npos && how.date.find("yyyy") == how.date.npos)
    want(!given(sheet_field::birth_date), "has a birth date in years of two digits: nobody knows the century",
         "the file must have four");
}

} // namespace

void read_csv(section of, std::optional<sheet_layout>& into) {
  auto& made = into.emplace();
  std::string word = ",";
  of.word("delimiter", word);
  made.delimiter = word == "tab" ? '\t' : word[0];
  read_charset(of, made.charset);
  of.boolean("headings", made.headings);
  of.word("rows", word = "result");
  made.test_a_column = word == "order";
  of.word("units", word = "column");
  made.units = word == "heading" ? sheet_layout::units_in::heading
    : word == "below"            ? sheet_layout::units_in::below
                                 : sheet_layout::units_in::column;
  of.word("repeats", word = "nothing");
  made.repeats = word == "order" ? sheet_layout::repeated::order
    : word == "patient"          ? sheet_layout::repeated::patient
                                 : sheet_layout::repeated::nothing;
  read_pattern(of, "date", made.date);
  read_pattern(of, "time", made.time);
  of.strings("ignore", made.ignore);
  of.strings("skip", made.skip);
  of.strings("not_done", made.not_done);
  if (const auto* columns = of.table("columns"))
    read_columns(section(of.in(), *columns, keys::csv_columns(), of.full("columns")), made);
  check_layout(of, made);
  of.close();
}

void read_lab_files(section& of, const std::string& name, lab_files& into) {
  into.name = name;
  of.required("lab", into.lab);
  read_folder(of, "folder", into.folder);
  read_folder(of, "done", into.done);
  read_folder(of, "failed", into.failed);
  for (auto* each : {&into.done, &into.failed}) {
    const bool is_done = each == &into.done;
    if (!each->empty() && into.folder.empty())
      of.complain("[" + of.name() + "] says where files go, and not from where", "give folder");
    if (each->empty() && !into.folder.empty())
      *each = (std::filesystem::path(into.folder) / (is_done ? "done" : "failed")).string();
  }
  of.close();
}

} // namespace aorta::config
