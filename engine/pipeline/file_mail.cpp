#include "engine/pipeline/file_mail.hpp"

#include "engine/config/files.hpp"
#include "engine/document/content.hpp"
#include "engine/pipeline/webhook_mail.hpp"

namespace aorta::pipeline {

bool is_file(std::string_view listener) noexcept { return listener.starts_with(config::files_listener); }

bool has_no_header(std::string_view listener) noexcept { return is_webhook(listener) || is_file(listener); }

std::string file_bytes(std::string_view part) {
  return std::string(lab::part_line) + document::sha256(part).substr(0, 32) + "\r\n" + std::string(part);
}

std::string file_bytes_again(std::string_view part, std::string_view stands) {
  return file_bytes(std::string(lab::again_line).append(stands).append("\r\n").append(part));
}

bool is_given_again(std::string_view bytes) noexcept {
  const auto name = name_of_part(bytes);
  const auto behind = lab::part_line.size() + name.size() + 2;
  return !name.empty() && behind < bytes.size() && bytes.substr(behind).starts_with(lab::again_line);
}

std::string_view name_of_part(std::string_view bytes) noexcept {
  if (!bytes.starts_with(lab::part_line)) return {};
  bytes.remove_prefix(lab::part_line.size());
  return bytes.substr(0, bytes.find('\r'));
}

namespace {

/// RFC 9562 5.7: the first 48 bits of a version 7 are milliseconds since 1970.
timestamp time_in(const uuid& id) {
  int64_t milliseconds = 0;
  for (size_t i = 0; i < 6; ++i) milliseconds = milliseconds << 8 | id.bytes[i];
  return timestamp(std::chrono::milliseconds(milliseconds));
}

std::string_view word_of(const ports::message_record& first) {
  return first.status == ports::message_status::unmatched ? "unmatched" : "filed";
}

} // namespace

file_verdict verdict_of(const envelope& done, timestamp since) {
  file_verdict out;
  out.message = done.id;
  const bool before = done.receipt && (done.receipt->duplicate || done.receipt->done_before);
  out.before = before;
  if (before) out.message = done.receipt->first.id;
  const auto& why = before ? done.receipt->first.fault : done.trouble();
  if (!why) {
    if (done.held) out.text = done.held->text;
    const bool earlier = before && time_in(out.message) + std::chrono::milliseconds{1} < since;
    out.word = earlier         ? "known"
      : before                 ? word_of(done.receipt->first)
      : done.held              ? "held"
      : waits_for_person(done) ? "unmatched"
                               : "filed";
    return out;
  }
  out.word = "failed";
  out.code = name(why->code);
  out.text = why->text;
  out.where = why->where;
  out.passes = passes(why->code) || why->code == error_code::deadline || why->code == error_code::paused;
  return out;
}

} // namespace aorta::pipeline
