#include "engine/store/gesy/code_rows.hpp"

#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/failure.hpp"

namespace aorta::store {
namespace {

const char* table_of_codes(ports::code_system of) {
  using enum ports::code_system;
  switch (of) {
    case icd10: return "icd10_codes";
    case cpt: return "cpt_codes";
    case atc: return "atc_codes";
    case icpc2: return "icpc2_codes";
    case hio: break;
  }
  return "hio_service_codes";
}

} // namespace

status code_rows::load(ports::code_system into, std::span<const ports::code_row> all) {
  return guarded<done>("loading codes", [&] {
    for (const auto& each : all) {
      const auto text = [](const std::string& of) { return of.empty() ? sql_value() : sql_value(of); };
      sql_text sql = talk_.text();
      sql << "INSERT INTO " << table_of_codes(into) << " (code, description, description_el) VALUES ("
          << sql.arg(each.code, "text") << ", " << sql.arg(text(each.description), "text") << ", "
          << sql.arg(text(each.description_el), "text")
          << ") ON CONFLICT (code) DO UPDATE SET description = excluded.description,"
             " description_el = excluded.description_el";
      talk_.tell(sql);
    }
    return done{};
  });
}

result<std::optional<std::set<std::string>>> code_rows::known(ports::code_system in,
                                                              const std::vector<std::string>& codes) {
  using found_codes = std::optional<std::set<std::string>>;
  return guarded<found_codes>("reading codes", [&]() -> found_codes {
    const std::string table = table_of_codes(in);
    sql_text any = talk_.text();
    any << "SELECT code FROM " << table << " LIMIT 1";
    if (talk_.ask(any).empty()) return std::nullopt;
    std::set<std::string> out;
    if (codes.empty()) return out;
    sql_text sql = talk_.text();
    sql << "SELECT code FROM " << table << " WHERE code" << sql.list(codes, "text");
    for (const auto& row : talk_.ask(sql)) out.insert(required(row[0]));
    return out;
  });
}

} // namespace aorta::store
