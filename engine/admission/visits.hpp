// The visit of an admission as a row of `encounters`.
#pragma once

#include "engine/admission/file.hpp"

namespace aorta::admission {

using records::known_row;

class visits {
public:
  /// `spoken`: of which the message speaks. `rules`: what is told of it.
  visits(const filing_room& room, const notice& what, model::patient_id patient, timestamp spoken,
         std::vector<lab::rule_note>& rules)
      : room_(room),
        what_(what),
        patient_(patient),
        spoken_(spoken),
        rules_(rules) {}
  /// Whether a row was made or changed. Which visit is meant and not told asks a person (review
  /// `which-visit`).
  result<bool> run();

private:
  result<known_row*> find();
  result<known_row*> find_numbered();
  known_row* only_open(event what);
  status ask_person(std::string why);
  status make();
  bool makes() const noexcept;
  void say_state();
  void say_all();
  status say_attending();
  void say(std::string_view column, std::optional<std::string> value,
           std::vector<std::string> takes_back = {}, std::optional<event> as = {});

  const filing_room& room_;
  const notice& what_;
  model::patient_id patient_;
  timestamp spoken_;
  std::vector<lab::rule_note>& rules_;
  std::vector<known_row> all_; ///< of the patient
  known_row* at_ = nullptr;
  bool asked_ = false;
};

} // namespace aorta::admission
