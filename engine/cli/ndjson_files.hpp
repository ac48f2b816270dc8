// Files of a bulk export (one resource a line) as one set of lines: which resource stands where. Only that is
// kept in memory; a line is read again when it is needed.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/result.hpp"
#include "engine/fhir/issue.hpp"
#include "engine/fhir/map.hpp"

#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aorta::cli {

struct ndjson_line {
  enum class fate : uint8_t {
    waiting,
    created,
    updated,
    unchanged,
    carried,   ///< stands inside what refers to it
    repeated,  ///< another line has the same resource, as new or newer
    conflict,  ///< waits for a person
    not_taken, ///< resources of its type are not filed by themselves, and nothing refers to it
    refused,
  } is = fate::waiting;
  uint32_t file = 0;
  uint64_t number = 0, at = 0, bytes = 0; ///< the first is 1; at: where it begins in the file
  uint64_t content = 0;                   ///< a hash
  std::optional<timestamp> age;           ///< its meta.lastUpdated
  std::string type;
  bool addressed = false; ///< it was written here under its address: what refers to it finds it by that

  /// It stands here, or inside something that does.
  bool stands() const noexcept {
    return is == fate::created || is == fate::updated || is == fate::unchanged || is == fate::carried;
  }
};
std::string_view name(ndjson_line::fate) noexcept;

class ndjson_files {
public:
  /// Paths of issues begin with the resource's type.
  using teller = std::function<void(const ndjson_line& line, std::span<const fhir::issue> why)>;

  explicit ndjson_files(std::vector<std::string> paths) : paths_(std::move(paths)) {}
  /// Reads all of it once: JSON, R4, and what the clinic's tables refuse. A line that is refused is told.
  status read(const fhir::identifier_systems& systems, const teller& tell);

  const std::string& path(const ndjson_line& of) const { return paths_[of.file]; }
  std::vector<ndjson_line>& lines() noexcept { return lines_; }
  /// The line that has `Type/id`.
  std::optional<size_t> find(std::string_view name) const;
  result<fhir::document> resource(const ndjson_line& of);

private:
  void read_line(ndjson_line line, std::string_view text, const fhir::identifier_systems& systems,
                 const teller& tell);
  /// False: another line stands for the resource.
  bool keep(ndjson_line& line, const std::string& name, const teller& tell);

  std::vector<std::string> paths_;
  std::vector<ndjson_line> lines_;
  std::map<std::string, size_t, std::less<>> by_name_;
  std::ifstream open_; ///< the file that was read last
  std::optional<uint32_t> opened_;
};

} // namespace aorta::cli
