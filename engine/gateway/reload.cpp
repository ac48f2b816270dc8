#include "engine/gateway/reload.hpp"

#include "engine/telemetry/log.hpp"

#include <algorithm>

namespace aorta::gateway {
namespace {

using telemetry::level;

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) (out += out.empty() ? "" : ",") += name;
  return out;
}

void tell(const diagnostic& what) {
  telemetry::log(what.level == diagnostic::severity::error ? level::error : level::warn,
                 "configuration-fault",
                 {{"file", what.file},
                  {"line", std::to_string(what.line)},
                  {"column", std::to_string(what.column)},
                  {"text", what.text},
                  {"hint", what.hint}});
}

status load_certificate(const config::tls_files& files, std::optional<net::tls_context>& into) {
  if (files.cert.empty()) return done{};
  auto made = net::tls_context::for_server(files);
  if (!made) return made.error();
  into = std::move(*made);
  return done{};
}

status load_certificates(next_configuration& of) {
  if (auto good = load_certificate(of.settings.http_tls, of.http); !good) return good;
  for (const auto& [name, how] : of.settings.listeners)
    if (auto good = load_certificate(how.tls, of.listeners[name]); !good) return good;
  return done{};
}

} // namespace

result<std::shared_ptr<next_configuration>> read_next(const config_loader& load,
                                                      const config::settings& now) {
  auto loaded = load();
  for (const auto& each : loaded.complaints) tell(each);
  if (!loaded.ok()) {
    auto why = refuse_reload("the configuration has faults", now);
    const auto& all = loaded.complaints;
    const auto first = std::find_if(
      all.begin(), all.end(), [](const auto& each) { return each.level == diagnostic::severity::error; });
    if (first != all.end()) {
      why.where = first->file.substr(first->file.rfind('/') + 1) + ":" + std::to_string(first->line);
      why.text += ": `aorta check` tells which";
    }
    return why;
  }
  auto next = std::make_shared<next_configuration>();
  next->settings = std::move(loaded.value);
  next->differs = config::compare(now, next->settings);
  if (!next->differs.restart.empty())
    return refuse_reload("these need a restart", now, listed(next->differs.restart));
  if (const auto good = load_certificates(*next); !good) return refuse_reload(good.error().text, now);
  if (!next->differs.live.empty()) return next;
  telemetry::log(level::info, "reload-unchanged",
                 {{"configuration", now.version}, {"without_effect", listed(next->differs.kept)}});
  return std::shared_ptr<next_configuration>();
}

error refuse_reload(const std::string& reason, const config::settings& kept, const std::string& settings) {
  telemetry::log(level::error, "reload-refused",
                 {{"reason", reason}, {"settings", settings}, {"kept", kept.version}});
  return {error_code::invalid, "", reason + (settings.empty() ? "" : ": " + settings)};
}

void tell_reloaded(const next_configuration& what) {
  telemetry::log(level::info, "reloaded",
                 {{"configuration", what.settings.version},
                  {"changed", listed(what.differs.live)},
                  {"without_effect", listed(what.differs.kept)}});
}

} // namespace aorta::gateway
