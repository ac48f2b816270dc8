// One order message as rows of `lab_orders`.
#pragma once

#include "engine/order/standing.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::order {

class filer {
public:
  /// `patient`: held by the transaction.
  filer(const filing_room& room, const notice& what, model::patient_id patient, const rows_told& before);

  /// Fills the outcome's answers and rules. Each order by itself, in the message's order.
  status run(outcome& into);

private:
  using rows = std::vector<known_row*>;
  status one(const order& what);
  std::string why_not(const order& what) const;
  bool is_number_again(const known_row& row, const order& what) const;
  status place(const order& what);
  status change(const order& what);
  status cancel(const order& what);
  status tell_status(const order& what);

  struct found {
    rows mine;
    bool of_another = false; ///< the number is that of an order of another patient, which was not cancelled
  };
  result<found> find(const order& what);
  void adopt(std::vector<known_row> all);
  /// The order that is meant, where one must be. Nothing: it was refused.
  result<known_row*> the_one(const order& what);
  known_row& make(const order& what);
  result<bool> has_results(const known_row& row);
  result<bool> is_reported(const known_row& row);

  void say(known_row& row, const order& by, std::string_view column, std::optional<std::string> value);
  void say_numbers(known_row& row, const order& by);
  void say_collected(known_row& row, const order& by);
  void say_panel(known_row& row, const order& by);
  status say_rest(known_row& row, const order& by);

  void done_with(const order& what);
  void speak_of(known_row& row);
  status refuse(const order& what, std::string why);
  status refuse_for_person(const order& what, const char* kind, std::string why);
  status refuse_unknown(const order& what, bool of_another);
  status write_all();
  status follow_results();
  status ask_persons();
  status tell();

  const filing_room& room_;
  const notice& what_;
  const model::patient_id patient_;
  const rows_told& before_;
  timestamp spoken_{};
  std::optional<std::string> visit_;
  outcome* out_ = nullptr;
  std::deque<known_row> rows_;                            ///< that were looked at
  std::vector<std::pair<size_t, known_row*>> about_;      ///< of which order an answer speaks
  std::map<std::string, std::vector<std::string>> asked_; ///< reasons by the kind of review
  bool replaced_stands_ = false;                          ///< what the next RO would replace was refused
  bool said_ = false, stands_ = false; ///< of the order that is filed: anything was said, and some of it
                                       ///< counts
};

} // namespace aorta::order
