// Any text as configuration: no crash, places inside the file, and a refusal whenever there is a complaint.
#include "engine/config/load.hpp"
#include "engine/config/vocabulary.hpp"

#include <cstdlib>
#include <string_view>

using namespace aorta;

namespace {

config::vocabulary words() {
  config::vocabulary all;
  all.stages = {
    {"parse", {}, {"message"}},        {"edit", {"message"}, {}}, {"map-lab", {"message"}, {"claims"}},
    {"match-patient", {"claims"}, {}}, {"persist", {}, {}},       {"ack", {}, {}}};
  all.chains = {{{"parse"}, {"edit", false}, {"map-lab"}, {"match-patient"}, {"persist"}, {"ack"}}};
  all.accepts = {{"ORU^R01", 0}, {"ORU^R30", 0}, {"OUL^R22", 0}};
  return all;
}

void require(bool holds) {
  if (!holds) std::abort();
}

} // namespace

/// The first byte chooses what the rest is: the server's file, a route, a profile, or an override.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  config::source from;
  from.environment["AORTA_PII_KEY"] = "k";
  config::text_files files{{"aorta.toml", "[listener.lab]\nlisten = \"127.0.0.1:2575\"\n"}, {}, {}};
  switch (data[0] % 4) {
    case 0: files.main.text = text; break;
    case 1: files.routes.push_back({"routes/r.toml", text}); break;
    case 2: files.labs.push_back({"labs/l.toml", text}); break;
    default: from.overrides.push_back(text); break;
  }
  const auto got = config::understand(files, from, words(),
                                      [](const std::string&) { return std::optional<std::string>(); });
  for (const auto& one : got.complaints) {
    require(!one.file.empty() && !one.text.empty());
    require(one.line == 0 || one.column >= 1);
  }
  const std::string said = config::report(got);
  require(got.ok() == !said.ends_with(". Nothing was started.\n"));
  require(got.value.version.size() == 12);
  const auto again = config::understand(files, from, words(),
                                        [](const std::string&) { return std::optional<std::string>(); });
  require(config::report(again) == said);
  return 0;
}
