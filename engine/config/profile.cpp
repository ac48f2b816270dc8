// conf/labs/*.toml: one laboratory's codes, units, formats and tolerances.
#include "engine/config/readers.hpp"

#include "engine/hl7/charset.hpp"
#include "engine/lab/time.hpp"

#include <algorithm>

namespace aorta::config {

void read_charset(section& of, std::string& into) {
  if (const auto* node = of.text("charset", into); node != nullptr && !hl7::decoder::make(into).ok())
    of.complain(*node, "nobody knows the charset '" + into + "'",
                "as in \"windows-1253\", \"8859/7\" or \"UTF-8\"");
}

void read_time_zone(section& of, std::string& into) {
  if (const auto* node = of.text("time_zone", into); node != nullptr && !lab::known_time_zone(into))
    of.complain(*node, "nobody knows the time zone '" + into + "'", "as in \"Asia/Nicosia\"");
}

namespace {

std::vector<std::string> flag_words() {
  std::vector<std::string> words;
  for (auto flag = model::abnormal_flag::normal; flag <= model::abnormal_flag::indeterminate;
       flag = static_cast<model::abnormal_flag>(static_cast<int>(flag) + 1))
    words.emplace_back(model::name(flag));
  return words;
}

void read_lab(section of, lab::profile& into) {
  of.required("name", into.name);
  of.required("code", into.code);
  of.strings("senders", into.senders);
  read_charset(of, into.charset);
  read_time_zone(of, into.time_zone);
  of.boolean("decimal_comma", into.decimal_comma);
  of.boolean("loinc_direct", into.loinc_direct);
  std::string units = "conventional";
  of.word("units", units);
  into.units = units == "si" ? lab::unit_system::si : lab::unit_system::conventional;
  of.close();
}

lab::test_mapping read_long_test(section of) {
  lab::test_mapping test;
  if (const auto* node = of.required("loinc", test.loinc)) check_loinc(of, *node, test.loinc);
  if (const auto* node = of.text("unit", test.unit_if_missing))
    check_unit_of_test(of, *node, test.unit_if_missing, test.loinc);
  of.text("name", test.name);
  of.close();
  return test;
}

void read_tests(const section& of, lab::profile& into) {
  for (const auto& [key, value] : of.of()) {
    const std::string code(key.str());
    if (code.empty()) {
      of.in().complain(key.source(), "a test has an empty code");
    } else if (value.is_string()) {
      const std::string loinc = value.as_string()->get();
      if (check_loinc(of, value, loinc)) into.tests[code] = {loinc, "", "", value.source().begin.line};
    } else if (value.is_table()) {
      into.tests[code] = read_long_test(
        section(of.in(), *value.as_table(), keys::long_test(), of.full(code)));
      into.tests[code].line = value.source().begin.line;
    } else {
      of.complain(value, of.full(code) + " must be a LOINC code, or { loinc = ..., unit = ..., name = ... }");
    }
  }
}

void read_units(const section& of, lab::profile& into) {
  for (const auto& [key, value] : of.of()) {
    const std::string sent(key.str());
    if (!value.is_string()) of.complain(value, of.full(sent) + " must be a unit in UCUM");
    else if (check_unit(of, value, value.as_string()->get()))
      into.unit_aliases[sent] = value.as_string()->get();
  }
}

void read_flags(const section& of, lab::profile& into) {
  for (const auto& [key, value] : of.of()) {
    const std::string sent(key.str());
    const auto flag = value.is_string() ? model::abnormal_flag_from(value.as_string()->get()) : std::nullopt;
    if (flag) {
      into.flags[sent] = *flag;
      continue;
    }
    std::string hint = value.is_string() ? suggest(value.as_string()->get(), flag_words()) : std::string();
    if (hint.empty()) hint = "one of " + listed(flag_words(), "or");
    of.complain(value, "the flag '" + sent + "' is given a word that is none", std::move(hint));
  }
}

} // namespace

void read_one_profile(const page& in, const std::string& file_code, everything& into) {
  section top(in, in.root(), keys::lab_file(), "");
  static const toml::table nothing;
  const auto part = [&](const char* name, const key_group& known) {
    const auto* table = top.table(name);
    return section(in, table != nullptr ? *table : nothing, known, name);
  };
  lab::profile made;
  made.file_code = file_code;
  const auto* table = top.table("lab");
  if (table != nullptr) read_lab(section(in, *table, keys::lab(), "lab"), made);
  else if (!in.root().contains("lab")) in.complain("there is no [lab] in this file");
  read_tests(part("tests", keys::tests()), made);
  read_units(part("units", keys::units()), made);
  read_flags(part("flags", keys::flags()), made);
  if (const auto* csv = top.table("csv")) read_csv(section(in, *csv, keys::csv(), "csv"), made.csv);
  made.critical = read_critical_limits(top);
  top.close();
  if (table == nullptr) table = &in.root();
  into.profiles.push_back({&in, table, std::move(made)});
}

} // namespace aorta::config
