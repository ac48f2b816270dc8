#include "engine/store/deliveries/delivery_counts.hpp"

#include "engine/store/messages/stored_rows.hpp"

#include <map>

namespace aorta::store {

std::vector<sql_text> delivery_counts_sql(dialect speaks, model::clinic_id clinic) {
  // Two statements, since each has its own partial index.
  sql_text open(speaks), parked(speaks);
  open << "SELECT destination, state, CAST(count(*) AS text), CAST(min(created_at) AS text) FROM delivery"
       << " WHERE clinic_id = " << open.arg(clinic, "bigint")
       << " AND state IN ('waiting', 'inflight') GROUP BY destination, state";
  parked << "SELECT destination, state, CAST(count(*) AS text) FROM delivery WHERE clinic_id = "
         << parked.arg(clinic, "bigint") << " AND state = 'parked' GROUP BY destination, state";
  return {open, parked};
}

std::vector<ports::queue_state> read_delivery_counts(std::span<const std::vector<text_row>> answers) {
  std::map<std::string, ports::queue_state> all;
  for (const auto& answer : answers)
    for (const auto& row : answer) {
      auto& one = all[required(row[0])];
      one.destination = required(row[0]);
      one.by_state[required(row[1])] = read_integer(required(row[2]));
      const auto oldest = row.size() > 3 ? read_time(required(row[3])) : std::nullopt;
      if (oldest && (!one.oldest || *oldest < *one.oldest)) one.oldest = oldest;
    }
  std::vector<ports::queue_state> out;
  for (auto& [name, one] : all) out.push_back(std::move(one));
  return out;
}

} // namespace aorta::store
