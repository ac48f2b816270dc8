// Messages that are filed again for another patient, or for none, and what the patients show then.
#pragma once

#include "test/unit/store/stores.hpp"

namespace aorta::test {

inline void move_to(fresh_store& store, letter& what, std::optional<model::patient_id> patient) {
  what.filing.how = ports::filing::mode::again;
  what.filing.log.patient = patient;
  what.filing.log.status = patient ? ports::message_status::processed : ports::message_status::unmatched;
  what.decision.patient = patient;
  file_one(store, what);
}

inline std::string shown(fresh_store& store, model::patient_id patient) {
  std::string out;
  for (const auto& r : results_of(store, patient))
    out += (out.empty() ? "" : ", ") + r.value.value_text.value_or("-") + " " +
      std::string(model::name(r.value.status));
  return out;
}

inline std::string open_reviews(const fresh_store& store, const std::string& kind) {
  return store.ask("SELECT count(*) FROM review_queue WHERE state = 'open' AND kind = '" + kind + "'");
}

inline model::lab_result nothing(char state, int minute) {
  auto out = potassium("", state, minute);
  out.kind = model::value_kind::none;
  out.value_text.reset(), out.value_numeric.reset(), out.flag.reset();
  return out;
}

/// OBR-25 of the whole order, without results, said at this minute.
inline std::unique_ptr<letter> end_order(fresh_store& store, const std::string& id, model::patient_id patient,
                                         char state, int minute) {
  auto out = write_letter(store, id, patient, nothing(state, minute));
  out->report.orders[0].reported_at = out->report.results[0].reported_at;
  out->report.results.clear();
  out->report.laboratory = "BIO";
  out->report.orders[0].status = std::string(1, state);
  return out;
}

inline model::lab_result high(const std::string& value, char state, int minute) {
  auto out = potassium(value, state, minute);
  out.flag = model::abnormal_flag::high;
  return out;
}

} // namespace aorta::test
