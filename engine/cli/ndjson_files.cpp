#include "engine/cli/ndjson_files.hpp"

#include "engine/base/hash.hpp"
#include "engine/cli/commands.hpp"
#include "engine/fhir/validate.hpp"

#include <filesystem>

namespace aorta::cli {
namespace {

using fate = ndjson_line::fate;

fhir::issue fault_of(std::string_view code, std::string path, std::string text) {
  return {fhir::issue::severity::error, std::string(code), std::move(path), std::move(text)};
}

} // namespace

std::string_view name(fate is) noexcept {
  switch (is) {
    case fate::waiting: return "waiting";
    case fate::created: return "created";
    case fate::updated: return "updated";
    case fate::unchanged: return "unchanged";
    case fate::carried: return "carried";
    case fate::repeated: return "repeated";
    case fate::conflict: return "conflict";
    case fate::not_taken: return "not-taken";
    case fate::refused: break;
  }
  return "refused";
}

status ndjson_files::read(const fhir::identifier_systems& systems, const teller& tell) {
  for (uint32_t file = 0; file < paths_.size(); ++file) {
    std::error_code failed;
    if (!std::filesystem::is_regular_file(paths_[file], failed))
      return error{error_code::invalid, paths_[file],
                   std::filesystem::exists(paths_[file], failed)
                     ? "cannot read " + paths_[file] + ": it is no file, and lines are read more than once"
                     : why_unreadable(paths_[file])};
    std::ifstream in(paths_[file], std::ios::binary);
    if (!in) return error{error_code::invalid, paths_[file], why_unreadable(paths_[file])};
    std::string text;
    ndjson_line line;
    line.file = file;
    while (std::getline(in, text)) {
      ++line.number;
      line.bytes = text.size();
      if (text.find_first_not_of(" \t\r") != text.npos) read_line(line, text, systems, tell);
      line.at += text.size() + 1;
    }
    if (in.bad()) return error{error_code::invalid, paths_[file], "cannot read " + paths_[file]};
  }
  return done{};
}

void ndjson_files::read_line(ndjson_line line, std::string_view text, const fhir::identifier_systems& systems,
                             const teller& tell) {
  const auto refuse = [&](std::vector<fhir::issue> why) {
    line.is = fate::refused;
    tell(line, why);
    lines_.push_back(std::move(line));
  };
  const auto read = fhir::document::parse(text);
  if (!read)
    return refuse(
      {fault_of("structure", "",
                "this is not JSON, one resource a line: " + read.error().where + ": " + read.error().text)});
  const auto& resource = *read->root;
  const std::string type(resource.str("resourceType")), id(resource.str("id"));
  if (!fhir::is_resource_type(type))
    return refuse({fault_of("structure", "resourceType", "this is no resource type of FHIR R4")});
  line.type = type;
  if (!fhir::is_id(id))
    return refuse({fault_of("required", type + ".id", "a line of a bulk export has the id of its resource")});
  auto issues = fhir::validate(resource);
  if (!fhir::has_error(issues)) {
    auto more = fhir::to_row(resource, systems).faults;
    issues.insert(issues.end(), more.begin(), more.end());
  }
  const auto key = type + '/' + id;
  if (fhir::has_error(issues)) {
    by_name_.emplace(key, lines_.size()); // what refers to it is told of it
    std::erase_if(issues, [](const auto& each) { return each.level > fhir::issue::severity::error; });
    return refuse(std::move(issues));
  }
  line.content = [&] {
    fnv1a hash;
    hash.add(fhir::write(resource));
    return hash.value();
  }();
  if (const auto* meta = resource.get("meta"))
    if (timestamp at; from_iso(meta->str("lastUpdated"), at)) line.age = at;
  if (keep(line, key, tell)) by_name_[key] = lines_.size();
  lines_.push_back(std::move(line));
}

bool ndjson_files::keep(ndjson_line& line, const std::string& name, const teller& tell) {
  const auto known = by_name_.find(name);
  if (known == by_name_.end()) return true;
  auto& other = lines_[known->second];
  if (other.is == fate::refused) return true;
  if (line.age && other.age && *line.age > *other.age) {
    other.is = fate::repeated;
    return true;
  }
  line.is = fate::repeated;
  if (line.content == other.content || (line.age && other.age && *line.age < *other.age)) return false;
  line.is = fate::refused;
  const auto why = fault_of("duplicate", line.type + ".meta.lastUpdated",
                            "line " + std::to_string(other.number) + " of " + path(other) +
                              " says something else of the same resource, and neither is newer");
  tell(line, {&why, 1});
  return false;
}

std::optional<size_t> ndjson_files::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

result<fhir::document> ndjson_files::resource(const ndjson_line& of) {
  if (opened_ != of.file) {
    open_ = std::ifstream(path(of), std::ios::binary);
    opened_ = of.file;
  }
  open_.clear();
  std::string text(of.bytes, '\0');
  open_.seekg(std::streamoff(of.at));
  if (!open_.read(text.data(), std::streamsize(text.size())))
    return error{error_code::invalid, path(of), path(of) + " has changed while it was read"};
  auto read = fhir::document::parse(text);
  if (!read) return error{error_code::invalid, path(of), path(of) + " has changed while it was read"};
  return read;
}

} // namespace aorta::cli
