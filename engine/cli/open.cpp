#include "engine/cli/commands.hpp"
#include "engine/config/section.hpp"
#include "engine/store/open.hpp"
#include "engine/store/protect/cipher.hpp"
#include "routes/table.hpp"

#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace aorta::cli {

int fail(const std::string& text) {
  std::fprintf(stderr, "aorta: %s\n", text.c_str());
  return 1;
}

std::optional<std::string> read_file(const std::string& path) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) return std::nullopt; // opens, and throws when it is read
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string out{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return std::nullopt;
  return out;
}

std::string why_unreadable(const std::string& path) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) return "cannot read " + path + ": it is a folder";
  if (!std::filesystem::exists(path, failed)) return "cannot read " + path + ": there is no such file";
  return "cannot read " + path + ": not permitted";
}

std::optional<std::string> clinic_fault(const config::settings& settings, ports::message_log& admin,
                                        const std::string& code) {
  std::vector<std::string> known;
  for (const auto& [each, name] : settings.clinics) known.push_back(each);
  if (const auto stored = admin.access().clinics())
    for (const auto& each : *stored)
      if (!settings.clinics.contains(each.code)) known.push_back(each.code);
  if (std::find(known.begin(), known.end(), code) != known.end()) return std::nullopt;
  std::string out = "there is no clinic '" + code + "'";
  if (const auto hint = config::suggest(code, known); !hint.empty()) return out + ": " + hint;
  std::string all;
  for (const auto& each : known) all += (all.empty() ? "" : ", ") + each;
  return out + (all.empty() ? "" : "; there is " + all);
}

result<model::clinic_id> clinic_named(ports::message_log& admin, const std::string& code) {
  const auto clinics = admin.access().clinics();
  if (!clinics) return clinics.error();
  for (const auto& each : *clinics)
    if (each.code == code) return each.id;
  return error{error_code::unknown_key, "", "the store has no clinic '" + code + "' yet"};
}

config::loaded load_configuration(const common& with, const config::file_texts* beside) {
  config::source from;
  from.path = with.config;
  from.overrides = with.overrides;
  for (char** each = environ; *each != nullptr; ++each) // destinations name variables of their own
    if (const std::string_view one(*each); one.find('=') != one.npos)
      from.environment[std::string(one.substr(0, one.find('=')))] = one.substr(one.find('=') + 1);
  return beside == nullptr ? config::load(from, routes::vocabulary())
                           : config::load_with(*beside, from, routes::vocabulary());
}

std::optional<config::settings> read_settings(const common& with) {
  auto loaded = load_configuration(with);
  if (!loaded.complaints.empty()) std::fputs(config::report(loaded).c_str(), stderr);
  if (!loaded.ok()) return std::nullopt;
  return std::move(loaded.value);
}

std::optional<std::string> key_fault(const std::string& keys) {
  const auto all = store::keys_by_line(keys);
  if (std::all_of(all.begin(), all.end(), [](const auto& each) { return each.size() >= 32; }))
    return std::nullopt; // 32 bytes in base64 (44 characters), or a text that OpenHeart hashes to a key
  return "a key for personal data (AORTA_PII_KEY, security.pii_key_file) is shorter than 32 bytes and can be guessed; "
         "make one with: head -c 32 /dev/urandom | base64 | tr '+/' '-_'";
}

std::unique_ptr<ports::store> open_store(const config::settings& settings, bool migrate,
                                         const clock_source& clock, id_source& ids) {
  const auto fail = [](const error& why) {
    std::fprintf(stderr, "aorta: %s\n", why.text.c_str());
    return nullptr;
  };
  if (const auto fault = key_fault(settings.pii_key)) return fail({error_code::invalid, "", *fault});
  auto opened = store::open({settings.store_url, settings.pii_key, &clock, &ids});
  if (!opened) return fail(opened.error());
  if (migrate)
    if (const auto done = (*opened)->migrate(); !done) return fail(done.error());
  if (const auto good = (*opened)->check(); !good) return fail(good.error());
  return std::move(*opened);
}

} // namespace aorta::cli
