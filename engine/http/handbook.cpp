#include "engine/http/document.hpp"

namespace aorta::http {
namespace {

constexpr std::string_view preface =
  "# HTTP\n\n"
  "This page is made of the tables in `engine/api/endpoints.cpp` and `engine/rest/interactions.cpp`; `BLESS=1\n"
  "build/dev/test_api` writes it anew. `GET /api/openapi.json` gives the same to programs, as OpenAPI 3.1;\n"
  "`GET /fhir/r4/metadata` tells FHIR's part as a CapabilityStatement.\n\n"
  "Send `Authorization: Bearer KEY`; keys are made with `aorta key create --scope SCOPE`, and `admin` may everything. Scope\n"
  "none needs no key, scope any takes every key. A token of `POST /auth/token` is sent the same way and taken on both sides;\n"
  "its SMART scopes open records below `/fhir/r4` and, of all else, only what takes any key: `system/*.read` reads no message\n"
  "log. Keys of one patient are for FHIR alone, too.\n"
  "HEAD is taken wherever GET is; what a path does not take is answered 405, with `Allow`. Ids are strings. Lists are\n"
  "`{\"items\", \"next\"}`. What is refused is answered `{\"error\": {\"code\", \"message\", \"details\"}}`: 400 for parameters and\n"
  "bodies that are not what they must be, 401 without a valid key, 403 without the scope, 404, 409 when somebody was faster,\n"
  "422 for what cannot be done, 429 with `Retry-After` for keys that come too often, 503 while the store is away.\n\n"
  "Below `/fhir/r4` refusals are OperationOutcomes. There `read of TYPE` is opened by `read`, `system/TYPE.read` and, for the\n"
  "records of the patient to whom a key is bound, `patient/TYPE.read`; `*` stands for every type, and the letters of SMART's\n"
  "second version (`.rs`, `.cruds`) are understood. A key of all clinics names one with `X-Clinic: CODE`.\n";

std::string title(const endpoint& row) { return std::string(row.method) + " " + std::string(row.path); }

std::string_view scope_word(scope of) {
  switch (of) {
    case scope::open: return "none";
    case scope::any_key: return "any";
    case scope::resource_read: return "read of TYPE";
    case scope::resource_write: return "write of TYPE";
    default: return name(of);
  }
}

void add_inputs(std::string& out, std::string_view heading, const std::vector<input>& all) {
  if (all.empty()) return;
  ((out += "\n| ") += heading) += " | what |\n| --- | --- |\n";
  for (const auto& each : all) {
    ((out += "| `") += each.name) += each.is == need::required ? "` (required) | " : "` | ";
    out += each.sentence;
    constexpr size_t most_told = 20;
    const auto told = std::min(each.choices.size(), most_told);
    for (size_t i = 0; i < told; ++i) ((out += i == 0 ? " One of `" : ", `") += each.choices[i]) += "`";
    if (told < each.choices.size()) out += " and " + std::to_string(each.choices.size() - told) + " more";
    if (!each.choices.empty()) out += ".";
    if (each.of == kind::flag) out += " `true` or `false`.";
    out += " |\n";
  }
}

void add_section(std::string& out, const endpoint& row) {
  (((out += "\n## ") += title(row)) += "\n\n") += row.sentence;
  ((out += "\nScope: ") += scope_word(row.may)) += ". Gives " + std::to_string(row.status);
  out += row.media.empty() ? " without a body.\n" : ", `" + std::string(row.media) + "`.\n";
  if (!row.takes.empty()) ((out += "Takes `") += row.takes) += "`.\n";
  add_inputs(out, "segment", row.segments);
  add_inputs(out, "query", row.query);
  add_inputs(out, row.takes.empty() ? "member of the JSON body" : "member of the body", row.body);
}

} // namespace

std::string handbook(std::span<const endpoint* const> all) {
  std::string out(preface);
  out += "\n| endpoint | scope | what |\n| --- | --- | --- |\n";
  for (const auto* row : all)
    out += "| `" + title(*row) + "` | " + std::string(scope_word(row->may)) + " | " +
      std::string(row->sentence) + " |\n";
  for (const auto* row : all) add_section(out, *row);
  return out;
}

} // namespace aorta::http
