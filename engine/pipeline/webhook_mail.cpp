#include "engine/pipeline/webhook_mail.hpp"

#include "engine/config/webhook.hpp"

namespace aorta::pipeline {
namespace {

constexpr std::string_view id_line = "webhook-id: ", blank = "\r\n\r\n";

} // namespace

bool is_webhook(std::string_view listener) noexcept { return listener.starts_with(config::webhook_listener); }

std::string webhook_bytes(std::string_view id, std::string_view body) {
  std::string out(id_line);
  out.append(id).append(blank).append(body);
  return out;
}

std::optional<webhook_parts> parts_of_webhook(std::string_view bytes) noexcept {
  const auto end = bytes.find(blank);
  if (!bytes.starts_with(id_line) || end == bytes.npos) return std::nullopt;
  return webhook_parts{bytes.substr(id_line.size(), end - id_line.size()), bytes.substr(end + blank.size())};
}

webhook_reply reply_of_webhook(const envelope& done) {
  webhook_reply out;
  out.message = done.id;
  const bool before = done.receipt && (done.receipt->duplicate || done.receipt->done_before);
  if (before) out.message = done.receipt->first.id;
  const auto& why = before ? done.receipt->first.fault : done.trouble();
  if (!why) return out;
  out.code = name(why->code);
  out.text = why->text;
  out.where = why->where;
  if (passes(why->code) || why->code == error_code::deadline || why->code == error_code::paused)
    out.status = 503;
  else out.status = why->code == error_code::internal ? 500 : 422;
  return out;
}

} // namespace aorta::pipeline
