// What became of a part of a laboratory's file when it was given before, and whether that still stands.
#pragma once

#include "engine/lab/profile.hpp"
#include "engine/pipeline/file_mail.hpp"
#include "engine/ports/message_log.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::gateway {

/// For one window of an import: patients' rows are read once.
class filed_before {
public:
  /// Both outlive it. `by`: with its [csv].
  filed_before(ports::message_log& log, model::clinic_id clinic, const lab::profile& by)
      : log_(log),
        clinic_(clinic),
        profile_(by) {}

  /// The same row could not be read before, and waits for a person already; nothing: it is new.
  result<std::optional<pipeline::file_verdict>> failed(std::string_view bytes);
  /// A name of the rows that stand in the place of what a part says that the message `first` brought; empty:
  /// what it says stands, or was never filed as somebody's.
  result<std::string> stands_instead(std::string_view part, const uuid& first);

private:
  ports::message_log& log_;
  model::clinic_id clinic_;
  const lab::profile& profile_;
  std::map<model::patient_id, std::vector<ports::stored_result>> rows_;
};

} // namespace aorta::gateway
