#include "engine/rest/filed_record.hpp"

#include "engine/rest/sources.hpp"
#include "engine/rest/whole_record.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace aorta::rest {
namespace {

using model::table;
using resource_names = std::vector<std::pair<std::string, std::string>>; ///< type and id

/// Rows of which messages tell field by field, and the type that shows them.
struct told_table {
  table of;
  std::string_view type;
};
constexpr std::array told_tables{
  told_table{table::patients, "Patient"}, told_table{table::encounters, "Encounter"},
  told_table{table::lab_orders, "ServiceRequest"}, told_table{table::appointments, "Appointment"},
  told_table{table::clinical_notes, "DocumentReference"}};

class collector {
public:
  collector(repository& in, model::patient_id patient, const uuid& message)
      : in_(in),
        patient_(patient),
        message_(to_text(message)) {}

  status results(std::span<const uuid> ids) {
    if (!ids.empty()) {
      ports::row_query ask = of_patient(table::lab_results);
      for (const auto& each : ids) ask.keys.push_back(to_text(each));
      if (auto read = take(ask, "Observation"); !read) return read;
      for (const auto& order : orders_) put("ServiceRequest", table::lab_orders, order);
      for (const auto& order : orders_) put("DiagnosticReport", table::lab_orders, order);
    }
    if (auto read = take(by_message(table::lab_reports), "DiagnosticReport"); !read) return read;
    return take(by_message(table::lab_result_attachments), "DocumentReference");
  }

  status told() {
    for (const auto& [of, type] : told_tables) {
      auto ask = of_patient(of);
      if (of == table::patients) ask.keys = {std::to_string(patient_)}, ask.patients.clear();
      const auto rows = in_.session().rows(ask);
      if (!rows) return rows.error();
      std::vector<std::string> keys;
      for (const auto& each : *rows) keys.push_back(each.row.key());
      if (keys.empty()) continue;
      const auto stories = in_.session().told(of, keys);
      if (!stories) return stories.error();
      for (const auto& each : *stories)
        if (each.json.find(message_) != each.json.npos) put(type, of, each.key);
    }
    return done{};
  }

  const resource_names& all() const noexcept { return all_; }

private:
  ports::row_query of_patient(table of) const {
    ports::row_query out;
    out.of = of;
    out.patients = {patient_};
    out.with_entries = false;
    return out;
  }

  ports::row_query by_message(table of) const {
    auto out = of_patient(of);
    out.equals = {{"message_id", message_}};
    return out;
  }

  status take(const ports::row_query& ask, std::string_view type) {
    const auto rows = in_.session().rows(ask);
    if (!rows) return rows.error();
    for (const auto& each : *rows) {
      const auto order = each.row.text("lab_order_id");
      if (!order.empty()) orders_.insert(order);
      if (ask.of == table::lab_reports && !order.empty()) put(type, table::lab_orders, order);
      else put(type, ask.of, each.row.key());
    }
    return done{};
  }

  void put(std::string_view type, table of, const std::string& key) {
    std::pair<std::string, std::string> name(type, fhir::resource_id(type, {of, key, ""}));
    if (std::find(all_.begin(), all_.end(), name) == all_.end()) all_.push_back(std::move(name));
  }

  repository& in_;
  model::patient_id patient_;
  std::string message_;
  resource_names all_;
  std::set<std::string> orders_;
};

} // namespace

result<filed_record> filed_record_of(repository& in, fhir::document& into, model::patient_id patient,
                                     const uuid& message, std::span<const uuid> results) {
  collector of(in, patient, message);
  if (const auto told = of.told(); !told) return told.error();
  if (const auto brought = of.results(results); !brought) return brought.error();
  filed_record out;
  for (auto& each : in.load_all(into, of.all())) {
    if (!each) return each.error();
    if (!*each || (*each)->deleted) continue;
    out.tells_of_patient = out.tells_of_patient || (*each)->type == "Patient";
    out.own.push_back(std::move(**each));
  }
  if (out.own.empty()) return out;
  auto named = named_by(in, into, out.own);
  if (!named) return named.error();
  out.named = std::move(*named);
  if (out.tells_of_patient) return out;
  auto person = in.load(into, "Patient", std::to_string(patient));
  if (!person) return person.error();
  if (*person && !(*person)->deleted) out.named.insert(out.named.begin(), std::move(**person));
  return out;
}

} // namespace aorta::rest
