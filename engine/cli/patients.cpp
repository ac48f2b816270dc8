// `aorta patients load`: a clinic's roster from CSV. Refused rows are named by their line, never by their
// content.
#include "engine/cli/commands.hpp"
#include "engine/cli/roster.hpp"
#include "engine/hl7/charset.hpp"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace aorta::cli {

int patients_load(const common& with, const std::string& file, const std::string& clinic_code) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  const auto text = read_file(file);
  if (!text) return fail(why_unreadable(file));
  if (!hl7::is_utf8(*text)) return fail(file + " is not UTF-8");
  auto read = read_roster(*text);
  if (!read) return fail(file + ": " + read.error().where + ": " + read.error().text);
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto store = open_store(*settings, settings->store_migrate, clock, ids);
  if (!store) return 1;
  auto admin = store->admin();
  if (!admin) return fail(admin.error().text);
  if (const auto fault = clinic_fault(*settings, **admin, clinic_code)) return fail(*fault);
  const auto named = settings->clinics.find(clinic_code);
  const auto clinic = (*admin)->access().ensure_clinic(
    clinic_code, named == settings->clinics.end() ? clinic_code : named->second);
  if (!clinic) return fail(clinic.error().text);
  size_t added = 0, updated = 0, unchanged = 0;
  constexpr size_t at_once = 500;
  const bool progress = isatty(STDERR_FILENO) != 0;
  for (size_t from = 0; from < read->rows.size(); from += at_once) {
    const auto count = std::min(at_once, read->rows.size() - from);
    const auto outcome = (*admin)->put_patients(clinic->id, std::span(read->rows).subspan(from, count));
    if (!outcome)
      return fail("lines " + std::to_string(read->lines[from]) + " to " +
                  std::to_string(read->lines[from + count - 1]) + ": " + outcome.error().text);
    for (const auto each : *outcome)
      ++(each == ports::roster_outcome::added       ? added
           : each == ports::roster_outcome::updated ? updated
                                                    : unchanged);
    if (progress) std::fprintf(stderr, "\r%zu of %zu", from + count, read->rows.size());
  }
  if (progress) std::fputs("\r", stderr);
  for (const auto& [line, why] : read->refused)
    std::printf("refused line %llu: %s\n", static_cast<unsigned long long>(line), why.c_str());
  for (const auto& [line, what] : read->told)
    std::printf("warning line %llu: %s\n", static_cast<unsigned long long>(line), what.c_str());
  std::printf("%zu added, %zu updated, %zu unchanged, %zu refused\n", added, updated, unchanged,
              read->refused.size());
  return read->refused.empty() ? 0 : 1;
}

} // namespace aorta::cli
