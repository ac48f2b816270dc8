#include "engine/order/file.hpp"

#include "engine/order/filer.hpp"

namespace aorta::order {

result<outcome> file(const filing_room& room, const notice& what, const identity::decision& decided,
                     const rows_told& before) {
  return records::file_for_patient<outcome>(room, decided, [&](model::patient_id patient, outcome& out) {
    return filer(room, what, patient, before).run(out);
  });
}

result<rows_told> take_back(const filing_room& room, model::patient_id patient, bool leaves) {
  auto rows = records::forget_all(room, model::table::lab_orders, patient);
  if (!rows) return rows.error();
  const auto message = to_text(room.message);
  rows_told out;
  std::vector<known_row*> changed;
  for (auto& each : *rows) {
    out.insert(each.row.key());
    changed.push_back(&each);
    if (!leaves || each.story.made_by != message || records::told_by_messages(each)) continue;
    const auto results = results_of(room.in, each.row);
    if (!results) return results.error();
    if (results->any) continue;
    each.row.set("status", "cancelled");
    each.changed.emplace_back("status");
  }
  if (auto written = records::write(room, changed); !written) return written.error();
  return out;
}

} // namespace aorta::order
