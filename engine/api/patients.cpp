// /api/patients/{id}/lab-results
#include "engine/api/json.hpp"
#include "engine/api/resources.hpp"

namespace aorta::api {

void list_patient_results(call& on) {
  const auto patient = read_id(on.path["id"]);
  if (!patient) return on.refuse(404, "not-found", "no such patient");
  on.out.audit.patient = *patient;
  ports::result_filter filter;
  filter.clinic = on.clinic.id;
  filter.patient = *patient;
  for (const auto& [key, value] : on.asked.query) {
    timestamp at;
    if (key == "loinc") {
      filter.loinc = value;
    } else if (key == "from" || key == "to") {
      if (!from_iso(value, at)) return on.refuse(400, "bad-parameter", "not a time", "parameter", key);
      (key == "from" ? filter.from : filter.to) = at;
    } else if (key == "versions") {
      if (value != "all" && value != "current")
        return on.refuse(400, "bad-parameter", "versions is `all` or `current`", "parameter", key);
      filter.all_versions = value == "all";
    } else if (key != "clinic") {
      return on.refuse(400, "unknown-parameter", "this list has no such parameter", "parameter", key);
    }
  }
  const auto who = on.admin().patient(on.clinic.id, *patient);
  if (!who) return on.refuse(who.error());
  if (!*who) return on.refuse(404, "not-found", "no such patient");
  const auto rows = on.admin().patient_results(filter);
  if (!rows) return on.refuse(rows.error());
  json out;
  out.open().key("items").open_list();
  for (const auto& row : *rows) write_result(out, row);
  out.close_list().key("next").null().close();
  on.answer(out.take());
}

} // namespace aorta::api
