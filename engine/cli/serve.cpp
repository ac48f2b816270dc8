// `aorta serve`: the composition root.
#include "engine/cli/commands.hpp"
#include "engine/fhir/document.hpp"
#include "engine/gateway/gateway.hpp"
#include "engine/telemetry/log.hpp"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace aorta::cli {
namespace {

/// What a message is called by its sender: MSH-10, or the value of a Bundle's identifier.
std::string name_of(const pipeline::envelope& mail) {
  if (mail.listener == pipeline::http_listener) {
    const auto read = fhir::document::parse(mail.bytes);
    const auto* identifier = read ? read->root->get("identifier") : nullptr;
    return identifier != nullptr ? std::string(identifier->str("value")) : std::string();
  }
  return std::string(mail.header.control_id);
}

/// AORTA_TEST_THROW=STAGE:NAME makes that stage's actor die on that message. For fault tests only; unset,
/// nothing is called.
actors::work_hook test_hook() {
  const char* wanted = std::getenv("AORTA_TEST_THROW");
  if (wanted == nullptr) return nullptr;
  const std::string text = wanted;
  const auto colon = text.find(':');
  return [stage = text.substr(0, colon), id = colon == std::string::npos ? "" : text.substr(colon + 1)](
           std::string_view at, const pipeline::envelope& mail) {
    if (at == stage && name_of(mail) == id) throw std::runtime_error("test hook");
  };
}

} // namespace

int serve(const common& with) {
  if (const auto done = finish_publication(with); !done) {
    const auto text = done.error().where + ": " + done.error().text;
    if (done.error().code != error_code::conflict) return fail(text);
    std::fprintf(stderr, "aorta: warning: %s: look at the files (aorta diff)\n", text.c_str());
  }
  auto settings = read_settings(with);
  if (!settings) return 1;
  telemetry::open_log(settings->log_level, settings->log_format == "json");
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto store = open_store(*settings, settings->store_migrate, clock, ids);
  if (!store) return 1;
  gateway::ending end;
  int code = 0;
  {
    gateway::gateway running(
      {std::move(*settings), store.get(), &end, [with] { return load_configuration(with); },
       [with](const config::file_texts& texts) { return load_configuration(with, &texts); },
       [](const config::settings& by) { return run_all_cases(by); }, test_hook()});
    code = running.run();
  } // its actors have ended
  if (code == 0) telemetry::log(telemetry::level::info, "stopped");
  return code;
}

} // namespace aorta::cli
