// `aorta patients load`: a clinic's roster from CSV. Refused rows are named by their line, never by their
// content.
#include "engine/cli/commands.hpp"
#include "engine/csv/reader.hpp"
#include "engine/hl7/charset.hpp"
#include "engine/identity/identity.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <unistd.h>

namespace aorta::cli {
namespace {

constexpr std::string_view columns[] = {"mrn",    "first_name", "last_name",  "birth_date",
                                        "gender", "cyprus_id",  "arc_number", "gesy_beneficiary_id",
                                        "phone",  "email",      "city"};

struct roster {
  std::vector<model::patient> rows;
  std::vector<uint64_t> lines;
  std::vector<std::pair<uint64_t, std::string>> refused, told; ///< told: taken, but somebody should look
};

/// Who has which number: one of two patients with the same card is wrong, and results sent by that number
/// would wait for a person.
class number_holders {
public:
  void take(const model::patient& row, uint64_t line, std::vector<std::pair<uint64_t, std::string>>& told) {
    using identity::id_kind;
    for (const auto& [kind, number] :
         {std::pair(id_kind::cyprus_id, &row.cyprus_id), std::pair(id_kind::arc, &row.arc_number),
          std::pair(id_kind::gesy, &row.gesy_beneficiary_id)}) {
      const auto value = identity::normalise(kind, *number);
      if (value.empty() || identity::is_placeholder(kind, value)) continue;
      const auto [first, fresh] = holders_.emplace(std::pair(kind, value), line);
      if (!fresh)
        told.emplace_back(line,
                          "the patient of line " + std::to_string(first->second) + " has the same " +
                            std::string(identity::name(kind)));
    }
  }

private:
  std::map<std::pair<identity::id_kind, std::string>, uint64_t> holders_;
};

using column_places = std::map<std::string, size_t, std::less<>>;

std::string read_row(const csv::record& record, const column_places& at, model::patient& out) {
  const auto get = [&](std::string_view column) -> std::string {
    const auto found = at.find(column);
    return found == at.end() || found->second >= record.fields.size() ? std::string()
                                                                      : record.fields[found->second];
  };
  if (record.fields.size() != at.size())
    return "has " + std::to_string(record.fields.size()) + " fields, the header " + std::to_string(at.size());
  out.mrn = get("mrn");
  if (out.mrn.empty()) return "mrn is empty";
  out.first_name = get("first_name");
  out.last_name = get("last_name");
  if (out.first_name.empty() && out.last_name.empty()) return "first_name and last_name are empty";
  if (const auto born = get("birth_date"); !born.empty()) {
    timestamp day;
    if (born.size() != 10 || !from_iso(born, day)) return "birth_date is no date like 1958-04-12";
    out.birth_date = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(day)};
  }
  const auto sex = get("gender");
  const auto known = model::gender_from(sex.empty() ? "unknown" : sex);
  if (!known) return "gender is none of male, female, other, unknown";
  out.sex = *known;
  out.cyprus_id = get("cyprus_id");
  out.arc_number = get("arc_number");
  out.gesy_beneficiary_id = get("gesy_beneficiary_id");
  out.phone = get("phone");
  out.email = get("email");
  out.city = get("city");
  return {};
}

result<roster> read_roster(const std::string& text) {
  auto records = csv::read_all(text);
  if (!records) return records.error();
  if (records->empty()) return error{error_code::invalid, "line 1", "the file is empty"};
  column_places at;
  const auto& header = records->front();
  for (size_t i = 0; i < header.fields.size(); ++i) {
    if (std::find(std::begin(columns), std::end(columns), header.fields[i]) == std::end(columns))
      return error{error_code::invalid, "line 1",
                   "column " + std::to_string(i + 1) + " is none of the roster's columns"};
    if (!at.emplace(header.fields[i], i).second)
      return error{error_code::invalid, "line 1", "the column " + header.fields[i] + " is there twice"};
  }
  if (!at.contains("mrn")) return error{error_code::invalid, "line 1", "there is no column mrn"};
  roster out;
  std::set<std::string> seen;
  number_holders holders;
  for (size_t i = 1; i < records->size(); ++i) {
    const auto& record = (*records)[i];
    model::patient row;
    auto fault = read_row(record, at, row);
    if (fault.empty() && !seen.insert(row.mrn).second) fault = "this mrn stands in an earlier line as well";
    if (!fault.empty()) {
      out.refused.emplace_back(record.line, std::move(fault));
      continue;
    }
    holders.take(row, record.line, out.told);
    out.rows.push_back(std::move(row));
    out.lines.push_back(record.line);
  }
  return out;
}

int fail(const std::string& text) {
  std::fprintf(stderr, "aorta: %s\n", text.c_str());
  return 1;
}

} // namespace

int patients_load(const common& with, const std::string& file, const std::string& clinic_code) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  const auto text = read_file(file);
  if (!text) return fail(why_unreadable(file));
  if (!hl7::is_utf8(*text)) return fail(file + " is not UTF-8");
  auto read = read_roster(*text);
  if (!read) return fail(file + ": " + read.error().where + ": " + read.error().text);
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto store = open_store(*settings, settings->store_migrate, clock, ids);
  if (!store) return 1;
  auto desk = store->desk();
  if (!desk) return fail(desk.error().text);
  if (const auto fault = clinic_fault(*settings, **desk, clinic_code)) return fail(*fault);
  const auto named = settings->clinics.find(clinic_code);
  const auto clinic = (*desk)->ensure_clinic(clinic_code,
                                             named == settings->clinics.end() ? clinic_code : named->second);
  if (!clinic) return fail(clinic.error().text);
  size_t added = 0, updated = 0, unchanged = 0;
  constexpr size_t at_once = 500;
  const bool progress = isatty(STDERR_FILENO) != 0;
  for (size_t from = 0; from < read->rows.size(); from += at_once) {
    const auto count = std::min(at_once, read->rows.size() - from);
    const auto outcome = (*desk)->put_patients(clinic->id, std::span(read->rows).subspan(from, count));
    if (!outcome)
      return fail("lines " + std::to_string(read->lines[from]) + " to " +
                  std::to_string(read->lines[from + count - 1]) + ": " + outcome.error().text);
    for (const auto each : *outcome)
      ++(each == ports::roster_outcome::added       ? added
           : each == ports::roster_outcome::updated ? updated
                                                    : unchanged);
    if (progress) std::fprintf(stderr, "\r%zu of %zu", from + count, read->rows.size());
  }
  if (progress) std::fputs("\r", stderr);
  for (const auto& [line, why] : read->refused)
    std::printf("refused line %llu: %s\n", static_cast<unsigned long long>(line), why.c_str());
  for (const auto& [line, what] : read->told)
    std::printf("warning line %llu: %s\n", static_cast<unsigned long long>(line), what.c_str());
  std::printf("%zu added, %zu updated, %zu unchanged, %zu refused\n", added, updated, unchanged,
              read->refused.size());
  return read->refused.empty() ? 0 : 1;
}

} // namespace aorta::cli
