#include "engine/store/records/record_write.hpp"

#include "engine/store/records/kept_terms.hpp"
#include "engine/store/sql/clean_text.hpp"

#include <map>
#include <set>

namespace aorta::store {
namespace {

using ports::change;
using ports::fhir_entry;

sql_value time(const std::optional<timestamp>& v) { return v ? sql_value(sortable(*v)) : sql_value(); }
sql_value text(const std::string& v) { return v.empty() ? sql_value() : sql_value(v); }
sql_value home_of(const fhir_entry& e) {
  return e.home ? sql_value(std::string(model::shape(*e.home).name)) : sql_value();
}

/// Sealed contents, each text once: what is kept of a resource is often its newest version.
class sealer {
public:
  sealer(cipher& locks, timestamp now) : locks_(locks), now_(now) {}
  sql_value operator()(const std::string& content) {
    if (content.empty()) return {};
    if (content != last_) {
      last_ = content;
      token_ = locks_.seal(content, now_);
    }
    return token_;
  }

private:
  cipher& locks_;
  timestamp now_;
  std::string last_, token_;
};

const std::vector<bulk_column> one_resource{{"clinic_id", "bigint"}, {"type", "text"}, {"id", "text"}};

row_statement entry_statement() {
  std::vector<bulk_column> columns = one_resource;
  for (const auto& c : std::vector<bulk_column>{{"version", "bigint"},
                                                {"last_updated", "timestamptz"},
                                                {"deleted", "boolean"},
                                                {"patient_id", "bigint"},
                                                {"home", "text"},
                                                {"home_key", "text"},
                                                {"tag", "text"},
                                                {"content", "text"},
                                                {"codes", "text"},
                                                {"from_at", "timestamptz"},
                                                {"to_at", "timestamptz"},
                                                {"indexed_version", "bigint"}})
    columns.push_back(c);
  std::string then = " ON CONFLICT (clinic_id, type, id) DO UPDATE SET ";
  for (size_t i = 3; i < columns.size(); ++i)
    then += (i > 3 ? ", " : "") + columns[i].name + " = excluded." + columns[i].name;
  return bulk_insert("fhir_resources", columns, then);
}

row_statement version_statement() {
  std::vector<bulk_column> columns = one_resource;
  for (const auto& c : std::vector<bulk_column>{{"version", "bigint"},
                                                {"last_updated", "timestamptz"},
                                                {"method", "text"},
                                                {"content", "text"},
                                                {"patient_id", "bigint"}})
    columns.push_back(c);
  return bulk_insert("fhir_resource_versions", columns);
}

/// The last change of each resource: what will stand.
std::vector<const fhir_entry*> what_stands(std::span<const change> all) {
  std::map<std::pair<std::string_view, std::string_view>, const fhir_entry*> last;
  for (const auto& c : all)
    if (!c.entry.type.empty()) last[{c.entry.type, c.entry.id}] = &c.entry;
  std::vector<const fhir_entry*> out;
  for (const auto& [key, entry] : last) out.push_back(entry);
  return out;
}

void plan_terms(const record_context& in, const std::vector<const fhir_entry*>& entries,
                std::vector<bulk>& out) {
  const bulk_column clinic{"clinic_id", "bigint"}, type{"type", "text"}, id{"id", "text"},
    home{"home", "text"}, home_key{"home_key", "text"};
  bulk old_codes{bulk_delete("fhir_codes", one_resource), {}},
    old_identifiers{bulk_delete("fhir_identifiers", one_resource), {}};
  bulk codes{bulk_insert("fhir_codes",
                         {clinic, type, {"code", "text"}, id, home, home_key, {"patient_id", "bigint"}},
                         " ON CONFLICT DO NOTHING"),
             {}};
  bulk identifiers{bulk_insert("fhir_identifiers", {clinic, type, {"hash", "uuid"}, id, home, home_key},
                               " ON CONFLICT DO NOTHING"),
                   {}};
  for (const auto* e : entries) {
    if (e->version > 1) {
      old_codes.rows.push_back({in.clinic, e->type, e->id});
      old_identifiers.rows.push_back({in.clinic, e->type, e->id});
    }
    if (e->deleted) continue;
    for (const auto& code : e->codes)
      codes.rows.push_back(
        {in.clinic, e->type, code, e->id, home_of(*e), text(e->home_key), number_or_null(e->patient)});
    const auto keep = [&](std::string hash) {
      identifiers.rows.push_back(
        {in.clinic, e->type, std::move(hash), e->id, home_of(*e), text(e->home_key)});
    };
    for (const auto& i : e->identifiers) {
      keep(identifier_hash(in, i));
      if (i.find('|') != std::string::npos) keep(identifier_hash(in, value_of_identifier(i)));
    }
    for (const auto& key : e->keys) keep(key_hash(in, key));
  }
  for (auto* b : {&old_codes, &old_identifiers, &codes, &identifiers}) out.push_back(std::move(*b));
}

} // namespace

std::vector<bulk> plan_changes(const record_context& in, std::span<const change> all, const rows_met& met,
                               timestamp now) {
  std::vector<bulk> out;
  plan_rows(in, all, met, now, out);
  sealer seal(*in.locks, now);
  bulk entries{entry_statement(), {}}, versions{version_statement(), {}};
  const auto last = what_stands(all);
  const std::set<const fhir_entry*> stays(last.begin(), last.end());
  for (const auto& c : all) { // together, so that the same content is sealed once
    const auto& e = c.entry;
    if (stays.contains(&e)) {
      entries.rows.push_back(
        {in.clinic, e.type, e.id, e.version, sortable(e.last_updated), e.deleted ? "1" : "0",
         number_or_null(e.patient), home_of(e), text(e.home_key), text(e.tag), seal(e.content),
         e.codes.empty() ? sql_value() : sql_value(json_list(e.codes)), time(e.from), time(e.to), e.version});
    }
    const auto keep = [&](const ports::fhir_version& v) {
      versions.rows.push_back({in.clinic, v.type, v.id, v.version, sortable(v.last_updated), v.method,
                               seal(v.content), number_or_null(v.patient)});
    };
    if (c.before) keep(*c.before);
    if (!c.version.type.empty()) keep(c.version);
  }
  out.push_back(std::move(entries));
  out.push_back(std::move(versions));
  plan_terms(in, last, out);
  plan_kept_terms(in, last, false, out);
  std::erase_if(out, [](const bulk& b) { return b.rows.empty(); });
  return out;
}

} // namespace aorta::store
