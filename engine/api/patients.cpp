// /api/patients/{id}/lab-results
#include "engine/api/json.hpp"
#include "engine/api/resources.hpp"

namespace aorta::api {

response patient_results(const request& what, model::patient_id patient, const ports::clinic& clinic, ports::store_desk& desk) {
  ports::result_filter filter;
  filter.clinic = clinic.id;
  filter.patient = patient;
  for (const auto& [key, value] : what.query) {
    timestamp at;
    if (key == "loinc") {
      filter.loinc = value;
    } else if (key == "from" || key == "to") {
      if (!from_iso(value, at)) return failure(400, "bad-parameter", "not a time", "parameter", key);
      (key == "from" ? filter.from : filter.to) = at;
    } else if (key == "versions") {
      if (value != "all" && value != "current") return failure(400, "bad-parameter", "versions is `all` or `current`", "parameter", key);
      filter.all_versions = value == "all";
    } else if (key != "clinic") {
      return failure(400, "unknown-parameter", "this list has no such parameter", "parameter", key);
    }
  }
  const auto who = desk.patient(clinic.id, patient);
  if (!who) return failure(who.error());
  if (!*who) return failure(404, "not-found", "no such patient");
  const auto rows = desk.patient_results(filter);
  if (!rows) return failure(rows.error());
  json out;
  out.open().key("items").open_list();
  for (const auto& row : *rows) write_result(out, row);
  out.close_list().key("next").null().close();
  return {.body = out.take()};
}

} // namespace aorta::api
