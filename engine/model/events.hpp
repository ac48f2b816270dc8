// The events of `event_outbox`: what happened to whom, told to those who asked to hear of it. What they say
// is thin: ids, codes and states; never a name, a number of a person or a value.
#pragma once

#include "engine/model/lab.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace aorta::model {

/// A message's results stand under a patient; and nobody knows whose a message is.
inline constexpr std::string_view lab_result_filed = "lab_result_filed",
                                  message_unmatched = "message_unmatched";

/// A listener of which messages are expected has had none for too long; and it has had one again.
inline constexpr std::string_view laboratory_silent = "laboratory_silent",
                                  laboratory_back = "laboratory_back";

/// Somebody asked whether a webhook is heard; nobody can ask to hear of it.
inline constexpr std::string_view webhook_test_event = "webhook_test";

inline constexpr std::array<std::string_view, 21> event_types{lab_result_filed,
                                                              "lab_result_critical",
                                                              "lab_result_critical_changed",
                                                              "lab_result_critical_withdrawn",
                                                              message_unmatched,
                                                              "lab_order_created",
                                                              "lab_order_changed",
                                                              "appointment_created",
                                                              "appointment_changed",
                                                              "prescription_created",
                                                              "document_created",
                                                              "document_changed",
                                                              "document_withdrawn",
                                                              "patient_created",
                                                              "patient_updated",
                                                              "encounter_changed",
                                                              "patient_merged",
                                                              "patient_unmerged",
                                                              "patient_erased",
                                                              laboratory_silent,
                                                              laboratory_back};

constexpr bool is_event_type(std::string_view text) {
  return std::find(event_types.begin(), event_types.end(), text) != event_types.end();
}

/// Of a critical value: it is tried again at least once a minute.
constexpr bool is_urgent(std::string_view event_type) { return event_type.starts_with(critical_event::told); }

} // namespace aorta::model
