// /api/patients/{id}/export/...: a patient's record in one piece, for the person, or for who treats them
// next.
#include "engine/api/paging.hpp"
#include "engine/api/resources.hpp"
#include "engine/export/csv.hpp"
#include "engine/export/document.hpp"
#include "engine/export/parcel.hpp"
#include "engine/export/summary.hpp"

namespace aorta::api {
namespace {

/// What every export is asked with.
struct export_request {
  model::patient_id patient = 0;
  exports::rules by;
  exports::parcel_label label;
};

/// Nothing, and a refusal, when it cannot be. `reason` is kept with all that was asked for, in the audit.
std::optional<export_request> read_export_request(call& on) {
  const auto patient = read_id(on.path["id"]);
  if (!patient) return on.refuse(404, "not-found", "no such patient"), std::nullopt;
  on.out.audit.patient = *patient;
  if (!on.engine.exports) return on.refuse(503, "store-unavailable", "the engine is starting"), std::nullopt;
  export_request out;
  out.patient = *patient;
  out.by = on.engine.exports();
  out.label = {out.by.ids->next(on.out.audit.at), on.out.audit.at};
  return out;
}

/// Nothing, and a refusal, when there is no such patient (any more).
std::optional<exports::gathered> gather(call& on, const export_request& what) {
  const auto session = on.admin().records();
  if (!session) return on.refuse(session.error()), std::nullopt;
  auto found = exports::gather(**session, {on.clinic.id, what.patient, on.who.scopes, on.who.actor}, what.by);
  if (!found) return on.refuse(found.error()), std::nullopt;
  if (auto* all = std::get_if<exports::gathered>(&*found)) return std::move(*all);
  const auto now = std::get<exports::nobody>(*found).joined_with;
  if (!now) return on.refuse(404, "not-found", "no such patient"), std::nullopt;
  merged(on, *now);
  return std::nullopt;
}

/// Named by the document's own id, and by nothing of the person.
void hand_out(call& on, const export_request& what, std::string body, std::string_view media,
              std::string_view ending) {
  auto& reply = on.out.reply;
  reply.body = std::move(body);
  reply.content_type = media;
  reply.headers.emplace_back("Content-Disposition",
                             "attachment; filename=\"" + to_text(what.label.id) + "." + std::string(ending) +
                               "\"");
  reply.headers.emplace_back("Cache-Control", "no-store");
}

bool is_common(const std::string& key) { return key == "clinic" || key == "reason"; }

void bad_choice(call& on, const std::string& key, std::string_view choices) {
  on.refuse(400, "bad-parameter", key + " is " + std::string(choices), "parameter", key);
}

} // namespace

void merged(call& on, model::patient_id survivor) {
  on.refuse(409, "merged",
            "this patient was joined with another, who has all of the record: ask for that one", "patient_id",
            std::to_string(survivor));
}

void export_fhir(call& on) {
  const auto what = read_export_request(on);
  if (!what) return;
  std::string profile, report;
  for (const auto& [key, value] : on.asked.query) {
    if (key == "profile") {
      if (value != "eu-lab" && value != "ips") return bad_choice(on, key, "`eu-lab` or `ips`");
      profile = value;
    } else if (key == "report") {
      report = value;
    } else if (!is_common(key)) {
      return no_such_parameter(on, key);
    }
  }
  if (!report.empty() && profile != "eu-lab")
    return on.refuse(400, "bad-parameter", "report is chosen for `profile=eu-lab` alone", "parameter",
                     "report");
  auto all = gather(on, *what);
  if (!all) return;
  auto body = profile.empty() ? std::optional(exports::collection(*all, what->by, what->label))
    : profile == "ips"        ? std::optional(exports::patient_summary(*all, what->by, what->label))
                              : exports::eu_laboratory_report(*all, what->by, what->label, report);
  if (!body) return on.refuse(404, "not-found", "this patient has no such laboratory report");
  hand_out(on, *what, std::move(*body), "application/fhir+json; charset=utf-8", "json");
}

void export_pdf(call& on) {
  const auto what = read_export_request(on);
  if (!what) return;
  exports::document_order how{what->label, who_of(on.who.actor), what->by.version, exports::language::el};
  for (const auto& [key, value] : on.asked.query) {
    if (key == "lang") {
      if (value != "el" && value != "en") return bad_choice(on, key, "`el` or `en`");
      how.in = value == "en" ? exports::language::en : exports::language::el;
    } else if (!is_common(key)) {
      return no_such_parameter(on, key);
    }
  }
  const auto all = gather(on, *what);
  if (!all) return;
  auto made = exports::summary_pdf(exports::read_chart(*all), how);
  if (!made) return on.refuse(made.error());
  hand_out(on, *what, std::move(*made), "application/pdf", "pdf");
}

void export_csv(call& on) {
  const auto what = read_export_request(on);
  if (!what) return;
  exports::csv_choice how;
  for (const auto& [key, value] : on.asked.query) {
    if (key == "only") {
      if (value != "labs" && value != "vitals") return bad_choice(on, key, "`labs` or `vitals`");
      how.laboratory = value == "labs";
      how.vital_signs = value == "vitals";
    } else if (key == "bom") {
      if (value != "true" && value != "false") return bad_choice(on, key, "`true` or `false`");
      how.mark = value == "true";
    } else if (!is_common(key)) {
      return no_such_parameter(on, key);
    }
  }
  const auto all = gather(on, *what);
  if (!all) return;
  hand_out(on, *what, exports::csv_of(exports::read_chart(*all), how),
           "text/csv; charset=utf-8; header=present", "csv");
}

} // namespace aorta::api
