#include "engine/pipeline/envelope.hpp"

#include "engine/base/hash.hpp"
#include "engine/config/files.hpp"
#include "engine/config/webhook.hpp"
#include "engine/pipeline/file_mail.hpp"
#include "engine/pipeline/webhook_mail.hpp"
#include "engine/rest/import.hpp"

#include <algorithm>

namespace aorta::pipeline {
namespace {

std::string_view first_line(std::string_view frame) {
  if (frame.starts_with("\xef\xbb\xbf")) frame.remove_prefix(3);
  frame.remove_prefix(std::min(frame.find_first_not_of("\r\n"), frame.size()));
  return frame.substr(0, frame.find_first_of("\r\n"));
}

/// Lines as a person reads them: indented ones and those behind a line feed too.
template <class F>
bool any_line(std::string_view bytes, F&& is) {
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    auto line = bytes.substr(0, end);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (is(line)) return true;
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return false;
}

} // namespace

status read_header(envelope& mail) {
  mail.header = {};
  if (mail.listener == http_listener) {
    mail.header.type = rest::import_type;
    return done{};
  }
  if (is_webhook(mail.listener)) {
    mail.header.type = config::webhook_type;
    mail.header.sending_application = std::string_view(mail.listener).substr(config::webhook_listener.size());
    if (const auto parts = parts_of_webhook(mail.bytes)) mail.header.control_id = parts->id;
    return done{};
  }
  if (is_file(mail.listener)) {
    mail.header.type = config::files_type;
    mail.header.sending_application = std::string_view(mail.listener).substr(config::files_listener.size());
    mail.header.control_id = name_of_part(mail.bytes);
    return done{};
  }
  const auto parsed = hl7::parse(first_line(mail.bytes));
  if (!parsed) return parsed.error();
  mail.header = hl7::peek(*parsed);
  return hl7::check_header(*parsed);
}

status stand_as(envelope& mail, std::string bytes) {
  if (auto parsed = hl7::parse(bytes); !parsed) return parsed.error();
  mail.edited = std::move(bytes); // an index made before the move could point into a short string's own place
  mail.message.emplace(std::move(*hl7::parse(mail.edited)));
  return done{};
}

int64_t stable_hash(std::string_view text) {
  fnv1a out;
  out.add(text);
  return out.value() == 0 ? 1 : int64_t(out.value());
}

int64_t patient_key(const hl7::message& msg) {
  using namespace hl7::literals;
  const auto number = hl7::get(msg, "PID-3.1"_path).raw;
  const auto person = number.empty() ? hl7::get(msg, "PID-5"_path).raw : number;
  return person.empty() ? 0 : stable_hash(person);
}

envelope_ptr stored_envelope(const ports::message_record& log, std::string raw, ports::filing::mode how) {
  auto mail = std::make_shared<envelope>();
  mail->bytes = std::move(raw);
  mail->how = how;
  mail->id = log.id;
  mail->listener = log.listener;
  mail->clinic = log.clinic;
  mail->peer = log.peer;
  mail->received_at = log.received_at;
  mail->arrived = steady::now();
  return mail;
}

envelope_ptr bare_copy(const envelope& mail, error why) {
  auto bare = std::make_shared<envelope>();
  bare->bytes = mail.bytes;
  bare->whole = mail.whole;
  bare->how = mail.how;
  bare->act = mail.act;
  bare->only_counted = mail.only_counted;
  bare->peer = mail.peer;
  bare->received_at = mail.received_at;
  bare->listener = mail.listener;
  bare->clinic = mail.clinic;
  bare->connection = mail.connection;
  bare->sequence = mail.sequence;
  bare->share = mail.share;
  bare->id = mail.id;
  bare->arrived = mail.arrived;
  (void)read_header(*bare); // what of it can be read
  bare->refuse(std::move(why));
  return bare;
}

bool payload::waits_for_person(const envelope& mail) const noexcept {
  return !mail.decision || mail.decision->is != identity::decision::kind::same;
}

bool waits_for_person(const envelope& mail) noexcept {
  return mail.payload ? mail.payload->waits_for_person(mail) : true;
}

bool may_pass_later(error_code code) noexcept {
  switch (code) {
    case error_code::undone:
    case error_code::store_unavailable:
    case error_code::deadline:
    case error_code::paused:
    case error_code::internal:
    case error_code::unknown_key: // what a changed configuration cures: the sender, its charset and tables,
                                  // the type, the version
    case error_code::rejected:
    case error_code::data_type:
    case error_code::table_value:
    case error_code::unsupported_type:
    case error_code::unsupported_event:
    case error_code::unsupported_version:
    case error_code::unsupported_processing_id: return true;
    default: return false;
  }
}

bool refused_for_person(const envelope& mail) noexcept {
  if (!mail.fault || !mail.whole) return false;
  const auto code = mail.fault->code;
  if (code == error_code::unsupported_processing_id || passes(code) || code == error_code::deadline ||
      code == error_code::paused)
    return false;
  if (mail.how == ports::filing::mode::resume) return true; // whoever has CA does not send it again
  if (is_file(mail.listener)) return true;                  // and whoever wrote a file has no answer
  const auto says_whom = [](std::string_view line) {
    if (!line.starts_with("PID") || line.size() < 5) return false;
    const char separator = line[3];
    const auto behind_set_id = line.substr(std::min(line.find(separator, 4), line.size()));
    return std::any_of(behind_set_id.begin(), behind_set_id.end(),
                       [&](char c) { return c != separator && c != ' '; });
  };
  const auto has_results = [](std::string_view line) {
    return line.starts_with("OBX") || line.starts_with("OBR");
  };
  const std::string_view lines = has_no_header(mail.listener) ? mail.edited : mail.bytes;
  return any_line(lines, says_whom) && any_line(lines, has_results);
}

} // namespace aorta::pipeline
