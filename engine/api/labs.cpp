// /api/labs: laboratories' profiles. Files in conf/labs are the truth; each change through the engine is
// checked, adopted at once, and kept with who made it.
#include "engine/api/config_text.hpp"
#include "engine/api/job_text.hpp"
#include "engine/api/resources.hpp"

#include <algorithm>

namespace aorta::api {
namespace {

constexpr int most_versions = 100;
constexpr size_t most_profile_bytes = 1u << 20, most_lab_letters = 64;

std::string file_of(const std::string& lab) { return "labs/" + lab + ".toml"; }

/// A file's name without folders, as it may be made.
bool is_lab_name(std::string_view name) {
  return !name.empty() && name.size() <= most_lab_letters &&
    std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

/// Those that the clinic's routes use; all of them for a key of every clinic.
std::vector<std::string> labs_of(const call& on) {
  const auto& view = *on.engine.mapping;
  if (!on.who.clinic) return view.labs();
  std::vector<std::string> out;
  for (const auto& each : view.profiles(on.clinic.id)) out.push_back(each->file_code);
  return out;
}

bool may_see(const call& on, const std::string& lab) {
  const auto all = labs_of(on);
  return std::find(all.begin(), all.end(), lab) != all.end();
}

/// False, and a refusal: other clinics read by it too, or nobody does yet.
bool may_change(call& on, const std::string& lab) {
  if (!on.who.clinic) return true;
  const auto users = on.engine.mapping->clinics(lab);
  if (users.size() == 1 && users.front() == *on.who.clinic) return true;
  on.refuse(403, "shared-profile",
            "only a key of all clinics may change what other clinics read by too, or nobody yet", "lab", lab);
  return false;
}

bool has_error(const std::vector<diagnostic>& all) {
  return std::any_of(all.begin(), all.end(),
                     [](const auto& each) { return each.level == diagnostic::severity::error; });
}

/// The body of PUT /api/labs/{name}.
struct wanted_profile {
  std::string text, reason;
  std::optional<std::string> expected; ///< the hash of what was read
};

std::optional<wanted_profile> read_wanted_profile(const std::string& body) {
  rapidjson::Document said;
  if (!parse_object(said, body)) return std::nullopt;
  wanted_profile out;
  for (const auto& [key, value] : said.GetObject()) {
    const std::string_view name(key.GetString(), key.GetStringLength());
    if (!value.IsString()) return std::nullopt;
    std::string text(value.GetString(), value.GetStringLength());
    if (name == "text") out.text = std::move(text);
    else if (name == "reason") out.reason = std::move(text);
    else if (name == "if") out.expected = std::move(text);
    else return std::nullopt;
  }
  return said.HasMember("text") ? std::optional(std::move(out)) : std::nullopt;
}

/// Why the file was not put there; false: it was.
bool refuse_unput(call& on, const status& made, std::string_view code) {
  if (made) return false;
  const auto& why = made.error();
  if (why.code == error_code::conflict) on.refuse(409, "changed-before", why.text, "where", why.where);
  else if (why.code == error_code::store_unavailable) on.refuse(503, "busy", why.text);
  else if (why.code == error_code::deadline) on.refuse(503, "busy", "it is written; " + why.text);
  else on.refuse(422, code, why.text, "where", why.where);
  return true;
}

} // namespace

void list_labs(call& on) {
  if (!known_parameters(on) || !is_running(on)) return;
  json out;
  out.open().key("items").open_list();
  for (const auto& lab : labs_of(on)) {
    const auto text = on.engine.mapping->text(lab);
    if (!text) continue; // deleted at this moment
    const auto made = on.engine.mapping->read(lab, *text);
    const auto newest = on.admin().publications().file_versions(file_of(lab), 1);
    if (!newest) return on.refuse(newest.error());
    const bool known = !newest->empty() && newest->front().hash == ports::hash_of(*text);
    out.open().field("lab", lab).field("file", file_of(lab)).field_or_null("code", made.value.code);
    out.field_or_null("name", made.value.name).field("tests", int64_t(made.value.tests.size()));
    out.field("units", int64_t(made.value.unit_aliases.size())).field("files", made.value.csv.has_value());
    out.field("changed_at", known ? std::optional(to_iso(newest->front().of.at)) : std::nullopt);
    out
      .field("changed_by",
             known && !newest->front().of.by.empty() ? std::optional(newest->front().of.by) : std::nullopt)
      .close();
  }
  on.answer(out.close_list().key("next").null().close().take());
}

void show_lab(call& on) {
  std::string version;
  for (const auto& [key, value] : on.asked.query) {
    if (key == "version") version = value;
    else if (key != "clinic")
      return on.refuse(400, "unknown-parameter", "this path has no such parameter", "parameter", key);
  }
  if (!is_running(on)) return;
  const std::string lab(on.path["name"]);
  auto text = may_see(on, lab) ? on.engine.mapping->text(lab) : std::nullopt;
  if (!text) return on.refuse(404, "not-found", "there is no such profile");
  const auto now = ports::hash_of(*text);
  auto& log = on.admin().publications();
  const auto versions = log.file_versions(file_of(lab), most_versions);
  if (!versions) return on.refuse(versions.error());
  if (!version.empty() && version != now) {
    const bool known = std::any_of(versions->begin(), versions->end(),
                                   [&](const auto& each) { return each.hash == version; });
    const auto kept = known ? log.text(version) : result<std::optional<std::string>>(std::nullopt);
    if (!kept) return on.refuse(kept.error());
    if (!*kept) return on.refuse(404, "not-found", "no such version is kept");
    text = *kept;
  }
  json out;
  out.open().field("lab", lab).field("file", "labs/" + lab + ".toml").field("text", *text);
  out.field("hash", ports::hash_of(*text));
  write_diagnostics(out, on.engine.mapping->read(lab, *text).complaints);
  out.key("versions").open_list();
  for (const auto& each : *versions)
    out.open()
      .field("hash", each.hash)
      .field("at", to_iso(each.of.at))
      .field_or_null("by", each.of.by)
      .field("current", each.hash == now)
      .close();
  on.answer(out.close_list().close().take());
}

void change_lab(call& on) {
  if (!known_parameters(on) || !is_running(on)) return;
  const bool rehearsal = wants_rehearsal(on.asked);
  if (!rehearsal && !is_person(on)) return;
  const std::string lab(on.path["name"]);
  const auto wanted = read_wanted_profile(on.asked.body);
  if (!wanted)
    return on.refuse(400, "bad-body",
                     "expected {\"text\": \"[lab] ...\", \"if\": \"the hash of what was read\"}");
  const auto& view = *on.engine.mapping;
  const auto before = view.text(lab);
  if (!before && !is_lab_name(lab))
    return on.refuse(400, "bad-name", "a profile's name has small letters, digits, `-` and `_`, at most 64");
  if (before && !may_see(on, lab)) return on.refuse(404, "not-found", "there is no such profile");
  if (!may_change(on, lab)) return;
  if (wanted->text.size() > most_profile_bytes)
    return on.refuse(400, "bad-body", "a profile has at most 1 MiB");
  const auto stands = before ? std::optional(ports::hash_of(*before)) : std::nullopt;
  if (wanted->expected != stands)
    return on.refuse(409, "changed-before",
                     before ? "it is not as it was read any more (`if` is the hash of what was read)"
                            : "there is no such profile (any more): without `if` it is made");
  keep_reason(on, wanted->reason);
  const auto read = view.read(lab, wanted->text);
  if (!rehearsal && !has_error(read.complaints) &&
      refuse_unput(
        on,
        view.replace(on.admin().publications(), {lab, before, wanted->text, publisher(on), wanted->reason}),
        "not-valid"))
    return;
  json out;
  out.open();
  if (has_error(read.complaints) && !rehearsal) { // a rehearsal tells the faults, and is none
    on.out.reply.status = 422;
    on.out.reply.fault = "not-valid: the profile has faults";
    out.key("error").open().field("code", "not-valid").field("message", "the profile has faults");
    out.key("details").open().close().close();
  }
  out.field("dry_run", rehearsal).field("hash", ports::hash_of(wanted->text));
  write_diagnostics(out, read.complaints);
  on.answer(out.close().take());
}

void remove_lab(call& on) {
  std::string expected;
  for (const auto& [key, value] : on.asked.query) {
    if (key == "if") expected = value;
    else if (key != "clinic")
      return on.refuse(400, "unknown-parameter", "this path has no such parameter", "parameter", key);
  }
  if (!is_running(on) || !is_person(on)) return;
  const std::string lab(on.path["name"]);
  const auto before = may_see(on, lab) ? on.engine.mapping->text(lab) : std::nullopt;
  if (!before) return on.refuse(404, "not-found", "there is no such profile");
  if (!may_change(on, lab)) return;
  if (expected != ports::hash_of(*before))
    return on.refuse(409, "changed-before",
                     "it is not as it was read any more (`if` is the hash of what was read)");
  if (!on.engine.mapping->clinics(lab).empty())
    return on.refuse(422, "in-use", "a route names this laboratory", "lab", lab);
  if (refuse_unput(
        on,
        on.engine.mapping->replace(on.admin().publications(), {lab, before, std::nullopt, publisher(on), ""}),
        "in-use"))
    return;
  on.out.reply = {.status = 204, .body = {}};
}

} // namespace aorta::api
