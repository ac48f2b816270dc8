// Earlier versions of resources.
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/records/record_read.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using ports::fhir_version;

constexpr std::string_view fhir_version_columns =
  "SELECT h.type, h.id, h.version, h.last_updated, h.method, h.content, h.patient_id FROM fhir_resource_versions h";

void of_clinic(sql_text& sql, const record_context& in, const std::string& type,
               std::string_view selected = fhir_version_columns) {
  sql << selected << " WHERE h.clinic_id = " << sql.arg(std::to_string(in.clinic), "bigint")
      << " AND h.type = " << sql.arg(type, "text");
}

void of_question(sql_text& sql, const ports::history_query& what) {
  if (!what.id.empty()) sql << " AND h.id = " << sql.arg(what.id, "text");
  if (what.since) sql << " AND h.last_updated >= " << sql.arg(sortable(*what.since), "timestamptz");
  if (what.patient) sql << " AND h.patient_id = " << sql.arg(std::to_string(*what.patient), "bigint");
}

} // namespace

std::string cursor_of(const fhir_version& last) {
  return sortable(last.last_updated) + '|' + std::to_string(last.version) + '|' + last.id;
}

sql_text history_sql(const record_context& in, const ports::history_query& what) {
  sql_text out(in.speaks);
  out << "WITH h AS MATERIALIZED ("; // one resource's versions are picked by its key, not along the whole
                                     // type's times
  if (what.id.empty()) out = sql_text(in.speaks);
  of_clinic(out, in, what.type);
  of_question(out, what);
  if (!what.after.empty()) {
    const auto one = what.after.find('|'),
               two = one == std::string::npos ? one : what.after.find('|', one + 1);
    const auto at = two == std::string::npos ? std::nullopt : read_time(what.after.substr(0, one));
    const int64_t version = at ? read_integer(what.after.substr(one + 1, two - one - 1), -1) : -1;
    if (version < 0) throw failure({error_code::invalid, "cursor", "not a cursor of this list"});
    out << " AND (h.last_updated, h.id, h.version) < (" << out.arg(sortable(*at), "timestamptz") << ", "
        << out.arg(what.after.substr(two + 1), "text") << ", " << out.arg(version, "bigint") << ")";
  }
  if (!what.id.empty()) out << ") SELECT * FROM h";
  out << " ORDER BY h.last_updated DESC, h.id DESC, h.version DESC LIMIT "
      << out.arg(std::to_string(std::max(what.limit, 1) + 1), "bigint");
  return out;
}

sql_text history_count_sql(const record_context& in, const ports::history_query& what, int64_t most) {
  sql_text out(in.speaks);
  out << "SELECT count(*) FROM (";
  of_clinic(out, in, what.type, "SELECT 1 AS one FROM fhir_resource_versions h");
  of_question(out, what);
  out << " LIMIT " << out.arg(std::to_string(most + 1), "bigint") << ") c";
  return out;
}

sql_text version_sql(const record_context& in, const std::string& type, const std::string& id,
                     int64_t number) {
  sql_text out(in.speaks);
  of_clinic(out, in, type);
  out << " AND h.id = " << out.arg(id, "text") << " AND h.version = " << out.arg(number, "bigint");
  return out;
}

std::vector<fhir_version> read_versions(const record_context& in, const std::vector<text_row>& rows) {
  std::vector<fhir_version> out;
  for (const auto& row : rows) {
    fhir_version v{required(row[0]),
                   required(row[1]),
                   read_integer(required(row[2]), 1),
                   read_time(required(row[3])).value_or(timestamp{}),
                   required(row[4]),
                   {},
                   {}};
    if (row[5] && !row[5]->empty()) {
      auto plain = in.locks->unseal(*row[5]);
      if (!plain)
        throw failure({error_code::internal, "", "a stored resource cannot be read with the configured key"});
      v.content = std::move(*plain);
    }
    if (row[6]) v.patient = read_integer(*row[6]);
    out.push_back(std::move(v));
  }
  return out;
}

} // namespace aorta::store
