// What comes in a laboratory's file: the envelope of one of its parts, and what became of it.
#pragma once

#include "engine/lab/sheet.hpp"
#include "engine/pipeline/envelope.hpp"

#include <string>
#include <string_view>

namespace aorta::pipeline {

bool is_file(std::string_view listener) noexcept; ///< `files:NAME`
/// Of webhooks and files: what they bring is no HL7, and is made a message by its route's entry.
bool has_no_header(std::string_view listener) noexcept;

/// The bytes of its envelope, which the log keeps: a line with the part's own name, and the part. The same
/// part in whatever file is the same message.
std::string file_bytes(std::string_view part);
/// The same rows once more, though what they brought has been superseded since: another message, which waits
/// for a person. `stands`: a name of what stands now, so that it is asked once.
std::string file_bytes_again(std::string_view part, std::string_view stands);
bool is_given_again(std::string_view bytes) noexcept;
/// That name; empty: the bytes are none of these.
std::string_view name_of_part(std::string_view bytes) noexcept;

/// What became of a part, as people are told.
struct file_verdict {
  /// `filed`; `known`, it was filed before; `unmatched`, a person says whose it is; `held`; `failed`; and of
  /// what was not given to a route `total`, `heading`, `no-value`.
  std::string word;
  std::string code, text, where; ///< of a fault
  uuid message;                  ///< in the log; of what is known the first one
  bool before = false;           ///< it was filed before, perhaps by this very import
  bool passes = false;           ///< it could not be done now: it is to be given again
};
/// `since`: when its import began. What is known and came later was filed by this import, before a crash.
file_verdict verdict_of(const envelope& done, timestamp since);

} // namespace aorta::pipeline
