// What an order message changes in `lab_orders`, inside the transaction that files it.
#pragma once

#include "engine/order/notice.hpp"
#include "engine/records/told.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace aorta::order {

struct filing_room : records::filing_room {
  id_source& ids;
};

/// What became of one order, for its sender and for the trace.
struct answer {
  size_t orc = 1, obr = 0; ///< which of the message's, from 1; obr 0: none
  std::string code;        ///< ORC-1 of the answer (table 0119)
  std::string why;         ///< for people, of a refusal; never a number or a name
  std::string state;       ///< ORC-5 of the answer (table 0038); empty: there is no such order
};

struct outcome {
  identity::decision decision; ///< for a person when the patient is not there any more
  std::vector<answer> answers; ///< one for each order of the message
  std::vector<lab::rule_note> rules;
};

/// Rows of `lab_orders` of which a message told before, when it is filed anew: what it said holds, whatever
/// has come since.
using rows_told = std::set<std::string>;

/// `decided` must be certain. Each order by itself: one that is refused harms none of the others. An error
/// is the store's.
result<outcome> file(const filing_room& room, const notice& what, const identity::decision& decided,
                     const rows_told& before);

/// Takes back what the message changed for `patient`, where nobody has changed it since, before it is filed
/// anew. `leaves`: for somebody else, or nobody: then an order that it alone told of is cancelled, unless it
/// has results.
result<rows_told> take_back(const filing_room& room, model::patient_id patient, bool leaves);

} // namespace aorta::order
