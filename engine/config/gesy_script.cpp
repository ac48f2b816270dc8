#include "engine/config/gesy_script.hpp"

#include "engine/config/section.hpp"

#include <toml++/toml.h>

namespace aorta::config {
namespace {

error wrong(const std::string& file, const toml::node& at, std::string text, const std::string& hint = {}) {
  return {error_code::invalid, file + ":" + std::to_string(at.source().begin.line),
          std::move(text) + (hint.empty() ? "" : "; " + hint)};
}

result<gesy::fault> read_fault(const toml::table& of, const std::string& file) {
  gesy::fault out;
  if (!of.contains("is"))
    return wrong(file, of, "a fault needs 'is'", "one of " + listed(gesy::fault_names(), "or"));
  for (const auto& [name, value] : of) {
    const std::string key(name.str());
    const auto text = value.value<std::string>();
    const auto number = value.value<int64_t>();
    const bool fits = number && *number >= 0 && *number <= 86'400;
    if (key == "is") {
      const auto is = text ? gesy::fault_from(*text) : std::nullopt;
      if (!is) return wrong(file, value, "'is' is no fault", suggest(text.value_or(""), gesy::fault_names()));
      out.is = *is;
    } else if (key == "on") {
      out.on = text ? gesy::operation_from(*text) : std::nullopt;
      if (!out.on)
        return wrong(file, value, "'on' is no operation",
                     suggest(text.value_or(""), gesy::operation_names()));
    } else if (key == "times" && fits) {
      out.times = uint32_t(*number);
    } else if (key == "percent" && fits && *number <= 100) {
      out.percent = uint32_t(*number);
    } else if (key == "wait_seconds" && fits) {
      out.wait = std::chrono::seconds(*number);
    } else {
      return wrong(file, value, "'" + key + "' is no key of a fault, or has no such value",
                   suggest(key, {"is", "on", "times", "percent", "wait_seconds"}));
    }
  }
  return out;
}

} // namespace

result<std::vector<gesy::fault>> read_gesy_script(std::string_view text, const std::string& file) {
  std::vector<gesy::fault> out;
  toml::table all;
  try {
    all = toml::parse(text, file);
  } catch (const toml::parse_error& what) {
    return error{error_code::invalid, file + ":" + std::to_string(what.source().begin.line),
                 std::string(what.description())};
  }
  for (const auto& [name, value] : all) {
    const auto* list = value.as_array();
    if (name.str() != "fault" || list == nullptr) return wrong(file, value, "expected [[fault]]");
    for (const auto& each : *list) {
      if (!each.is_table()) return wrong(file, each, "expected [[fault]]");
      auto one = read_fault(*each.as_table(), file);
      if (!one) return one.error();
      out.push_back(*one);
    }
  }
  return out;
}

} // namespace aorta::config
