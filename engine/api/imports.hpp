// Imports of laboratories' files: what is kept of one with its job. Its files are the name (0), the file in
// pieces, and then the verdicts, a row or a run of rows a line of JSON.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/ports/records.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::api {

inline constexpr std::string_view import_kinds = "import/"; ///< and the laboratory: one goes after another
inline constexpr std::chrono::hours import_lives{24 * 30};  ///< file and verdicts, once it is done
inline constexpr size_t most_import_bytes = 256u << 20;
inline constexpr int most_waiting_imports = 100; ///< of a clinic

struct import_order {
  std::string lab;      ///< its profile's file
  std::string listener; ///< `files:NAME`
  int pieces = 0;
  uint64_t bytes = 0; ///< of the file
};
std::string to_json(const import_order& of);
std::optional<import_order> import_order_from(std::string_view json);

struct import_place {
  uint64_t parts = 0;                     ///< of the file, that are done
  uint64_t rows = 0;                      ///< under its headings; 0: not divided yet
  int files = 0;                          ///< of the job, the next one's number
  int first_verdicts = 0;                 ///< of the job's files, since it was divided as it is now
  std::string layout;                     ///< by which it was divided; another one divides it anew
  std::map<std::string, uint64_t> counts; ///< rows by their verdict
};
std::string to_json(const import_place& of);
std::optional<import_place> import_place_from(std::string_view json);

std::string import_kind_of(const std::string& lab);
/// Adds one with its file, in transactions of its own. Errors: `invalid`, the file is too large; `conflict`,
/// too many wait already, or there is this one.
status begin_import(ports::record_session& in, model::clinic_id clinic, const uuid& id, timestamp now,
                    const std::string& actor, import_order what, const std::string& name,
                    const std::string& content);

/// The file as it came; nothing: it is gone. In a transaction.
result<std::optional<std::string>> import_content(ports::record_session& in, const ports::job& of);

/// What the API shows and does of files. From any thread.
struct import_view {
  /// Which `files:NAME` brings this laboratory's files to a route of the clinic; empty: none.
  std::function<std::string(model::clinic_id, const std::string& lab)> source;
  /// What would become of a file, as JSON; nothing is stored. Errors as of a file that is refused.
  std::function<result<std::string>(model::clinic_id, const std::string& lab, std::string content)> attempt;
  id_source* ids = nullptr;
};

} // namespace aorta::api
