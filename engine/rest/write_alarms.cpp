// What a write tells of: events, alerts of critical values, and what a person must look at.
#include "engine/rest/write.hpp"

#include <algorithm>

namespace aorta::rest {

struct value_change {
  std::string place, path;
  const fhir::node* of = nullptr;        ///< as it stands now, or stood
  const observed_value* now = nullptr;   ///< null: nobody must hear of it any more
  std::optional<critical::shown> before; ///< nothing: nobody was told
  std::string flag_before;
  std::string_view end = {}; ///< the event that ends what was told; empty: none
};

namespace {

using model::critical_event::changed;
using model::critical_event::withdrawn;

/// What the clinic's own system writes here is told as what messages bring (`appointments`, `orders`). Empty:
/// nobody asked to hear of this.
std::string_view told_of(const task& each) {
  if (!each.writes || each.how == task::kind::remove) return {};
  const bool fresh = each.how == task::kind::create || each.was_update;
  if (each.type == "MedicationRequest" && fresh) return "prescription_created";
  if (each.type == "Appointment") return fresh ? "appointment_created" : "appointment_changed";
  if (each.at && each.at->of == model::table::lab_orders)
    return fresh ? "lab_order_created" : "lab_order_changed";
  if (each.type == "Patient") return fresh ? "patient_created" : "patient_updated";
  if (each.type == "Encounter") return "encounter_changed";
  return {};
}

/// The name under which the event of a message has the row's key.
std::string_view key_name(std::string_view type) {
  if (type == "MedicationRequest") return "prescription_id";
  if (type == "Patient" || type == "Encounter") return "patient_id";
  return type == "Appointment" ? "appointment_id" : "order_id";
}

/// What a thin event names: of a visit its patient, as when a message tells of it.
std::string result_named_by(const task& each) {
  if (each.type == "Encounter") return each.patient ? std::to_string(*each.patient) : std::string();
  return each.at ? each.at->key : each.id;
}

bool is_result(const task& each) { return each.at && each.at->of == model::table::lab_results; }

/// Under which alerts and events name it.
const std::string& result_of(const task& each) { return is_result(each) ? each.at->key : each.id; }

/// The row that told the value until now; null: the resource alone did.
const model::record* row_before(const task& each) {
  const auto* row = each.before && each.before->row ? &*each.before->row : nullptr;
  const bool tells = row != nullptr && row->of == model::table::lab_results &&
    row->text("result_status") != "cancelled";
  return tells ? row : nullptr;
}

bool is_gone(const task& each) {
  if (each.how == task::kind::remove || each.resource == nullptr) return true;
  const auto status = each.resource->str("status");
  return status == "entered-in-error" || status == "cancelled";
}

/// Values of which somebody was told as they stood: by the row of a result, by what the resource says of
/// itself.
std::vector<value_change> told_before(const task& each) {
  std::vector<value_change> out;
  auto* stood = each.before ? each.before->resource : nullptr;
  const auto* row = row_before(each);
  const bool by_row = row != nullptr && row->text("critical_value") == "true";
  if (by_row) {
    auto& own = out.emplace_back();
    own.of = stood;
    if (stood != nullptr) own.before = shown_value(*stood, row);
    else own.before.emplace();
    own.flag_before = row->text("abnormal_flag");
  }
  if (stood == nullptr) return out;
  for (const auto& one : interpreted_values(*stood)) {
    if (one.place.empty() && row != nullptr) continue;
    auto& told = out.emplace_back();
    told.place = one.place;
    told.path = one.path;
    told.of = one.of;
    told.before = shown_value(*one.of, nullptr);
    told.flag_before = model::name(*one.flag);
  }
  return out;
}

/// What becomes of a value that no row tells.
std::string_view end_of(const task& each, const value_change& what, const fhir::node* now) {
  if (is_gone(each) || now == nullptr) return withdrawn;
  if (what.now == nullptr || model::name(*what.now->flag) != what.flag_before) return changed;
  return same_reading(*what.before, shown_value(*now, nullptr)) ? std::string_view() : changed;
}

std::vector<value_change> changes_of(const task& each) {
  auto out = told_before(each);
  std::vector<observed_value> values;
  if (each.resource != nullptr) values = values_of(*each.resource);
  for (auto& one : out) {
    const auto now = std::find_if(values.begin(), values.end(),
                                  [&](const auto& value) { return value.place == one.place; });
    const auto alarm = std::find_if(each.alarms.begin(), each.alarms.end(), [&](const auto& value) {
      return value.flag && value.place == one.place;
    });
    const auto* node = now != values.end() ? now->of : nullptr;
    if (alarm != each.alarms.end()) one.now = &*alarm;
    const bool by_row = one.place.empty() && row_before(each) != nullptr && each.row;
    one.end = by_row ? records::end_of_critical(*each.before->row, *each.row) : end_of(each, one, node);
    if (node != nullptr) one.of = node, one.path = now->path;
  }
  for (const auto& alarm : each.alarms) {
    const bool known = !alarm.flag ||
      std::any_of(out.begin(), out.end(), [&](const auto& one) { return one.place == alarm.place; });
    if (!known) out.push_back({alarm.place, alarm.path, alarm.of, &alarm, {}, {}, {}});
  }
  return out;
}

std::string path_of(const task& each, const std::string& path) {
  return path.empty() ? each.path : each.path + '.' + path;
}

} // namespace

/// Before it is stamped: what is told stands in its row and in the resource.
void writing::note_alarms(task& each) {
  if (each.resource == nullptr) return;
  each.alarms = alarming_values(*each.resource, in_.around().critical);
  for (const auto& one : each.alarms) {
    if (!one.flag) continue;
    if (each.row && one.place.empty()) mark_critical(*each.row, *one.flag);
    tell_critical(into_, *one.of, *one.flag);
  }
}

bool writing::raise_events() {
  for (const auto& each : tasks_) {
    if (const auto type = told_of(each); !type.empty()) {
      const std::string id = result_named_by(each);
      const std::string payload = "{\"" + std::string(key_name(each.type)) + "\":\"" + id + "\"}";
      if (const auto raised = in_.session().event(std::string(type), each.patient, id, payload); !raised)
        return refuse(records::refusal(raised.error()));
    }
    if (each.writes && !raise_alarms(each)) return false;
  }
  return true;
}

bool writing::raise_alarms(const task& each) {
  for (const auto& one : changes_of(each))
    if ((one.now != nullptr || !one.end.empty()) && !raise_alarm(each, one)) return false;
  for (const auto& one : each.alarms)
    if (!one.flag && !ask_person(each, one)) return false;
  return true;
}

/// What was told of a value, and what becomes of it now.
bool writing::raise_alarm(const task& each, const value_change& what) {
  using kind = ports::critical_note::kind;
  const auto* shown = each.resource != nullptr ? each.resource : each.before->resource;
  if (shown == nullptr || what.of == nullptr) return true;
  const bool told = what.now != nullptr;
  const bool own = what.place.empty();
  auto note = critical_note_of(*shown, *what.of, own && each.row ? &*each.row : nullptr,
                               told ? model::name(*what.now->flag) : "");
  note.is = told ? kind::told : what.end == withdrawn ? kind::withdrawn : kind::changed;
  note.patient = each.patient;
  note.message = each.message;
  note.result = result_of(each);
  note.place = what.place;
  note.content.where = path_of(each, what.path);
  const bool of_another = each.before && each.before->patient != each.patient; // then nobody has heard of it
  note.repeats = told && what.before && what.end.empty() && !of_another;
  if (what.before && !what.end.empty()) note.content.before = what.before;
  if (const auto raised = in_.session().alert(note); !raised) return refuse(records::refusal(raised.error()));
  const auto result = [&](std::string_view type, model::abnormal_flag flag) {
    const auto payload = critical_payload(*shown, *what.of, flag);
    const auto raised = in_.session().event(std::string(type), each.patient, result_of(each), payload);
    return raised || refuse(records::refusal(raised.error()));
  };
  const auto before = model::abnormal_flag_from(what.flag_before).value_or(model::abnormal_flag::abnormal);
  if (!what.end.empty() && !result(what.end, before)) return false;
  return !told || result(model::critical_event::told, *what.now->flag);
}

/// A value that may be past a limit, and was not shown to a person as it is: at what may be critical somebody
/// looks, as with what laboratories send by HL7.
bool writing::ask_person(const task& each, const observed_value& what) {
  if (auto* stood = each.before ? each.before->resource : nullptr; stood != nullptr)
    for (const auto& one : alarming_values(*stood, in_.around().critical))
      if (one.place == what.place && one.rule == what.rule &&
          same_reading(shown_value(*one.of, nullptr), shown_value(*what.of, nullptr)))
        return true;
  const auto about = each.message ? each.message : uuid_from_text(result_of(each));
  if (!about) return true; // vital signs have no id of their own, and are none of a laboratory
  fhir::document json;
  auto* reasons = json.array();
  auto* one = json.push(*reasons, json.object());
  json.add(*one, "where", path_of(each, what.path));
  json.add(*one, "rule", what.rule);
  json.add(*one, "detail", what.why);
  ports::review_item item;
  item.kind = what.rule;
  item.reasons_json = fhir::write(*reasons);
  item.state = "open";
  const auto asked = in_.session().review(*about, item);
  return asked || refuse(records::refusal(asked.error()));
}

} // namespace aorta::rest
