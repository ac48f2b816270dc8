#include "engine/cli/roster.hpp"

#include "engine/base/clock.hpp"
#include "engine/csv/reader.hpp"
#include "engine/identity/identity.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace aorta::cli {
namespace {

constexpr std::string_view columns[] = {"mrn",    "first_name", "last_name",  "birth_date",
                                        "gender", "cyprus_id",  "arc_number", "gesy_beneficiary_id",
                                        "phone",  "email",      "city"};

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

} // namespace

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

} // namespace aorta::cli
