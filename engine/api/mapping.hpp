// What a person adds to a laboratory's profile: a code's test, or what a unit is.
#pragma once

#include "engine/base/diagnostic.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/lab/profile.hpp"
#include "engine/model/patient.hpp"
#include "engine/ports/publications.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aorta::api {

struct profile_line {
  std::string lab;        ///< its profile's file
  std::string code;       ///< of the laboratory; empty: `unit` is meant
  lab::test_mapping test; ///< what `code` is
  std::string unit, ucum; ///< as sent, and what it is
  std::string note;       ///< who says so and when: a comment
  std::string by, reason; ///< of the publication
};

struct written_line {
  std::string file, line;
  uint32_t at = 0; ///< line number
};

struct read_profile {
  lab::profile value;
  std::vector<diagnostic> complaints;
};

/// A profile's text by another; nothing: there is no file, or none any more.
struct profile_change {
  std::string lab;
  std::optional<std::string> before, after;
  std::string by, reason;
};

/// What the API sees and does of profiles. From any thread.
struct mapping_view {
  /// Those that routes of the clinic use, as they are now.
  std::function<std::vector<std::shared_ptr<const lab::profile>>(model::clinic_id)> profiles;
  /// Publishes the profile with the line in it; waits until this node runs by it. `rehearsal`: only says what
  /// would be written. Errors: `conflict`, the code has a line already; `invalid`, the line would be no valid
  /// one, or it cannot be published: it says what to do, and nothing has changed; `deadline`: it is
  /// published, and whether the engine runs by it is not known yet; `store_unavailable`: try again.
  std::function<result<written_line>(ports::publication_log&, const profile_line&, bool rehearsal)> write;
  /// Profiles by their files' names, those that no route uses too; the text of one, nothing where there is
  /// none; and what a text says.
  std::function<std::vector<std::string>()> labs;
  std::function<std::optional<std::string>(const std::string& lab)> text;
  std::function<read_profile(const std::string& lab, const std::string& text)> read;
  /// Another text in the place of one, as `write` does it. `conflict`: it is not as `before` any more.
  std::function<status(ports::publication_log&, const profile_change&)> replace;
  /// Whose routes use this profile.
  std::function<std::vector<model::clinic_id>(const std::string& lab)> clinics;
  id_source* ids = nullptr;
};

} // namespace aorta::api
