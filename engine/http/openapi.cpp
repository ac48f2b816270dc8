#include "engine/http/document.hpp"
#include "engine/http/json.hpp"

#include <algorithm>

namespace aorta::http {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  return out;
}

/// "get_api_messages_id_link": what a program that is made of the description calls it.
std::string operation_id(const endpoint& row) {
  auto out = lower(row.method);
  for (const char c : row.path)
    if (c == '/') out += '_';
    else if (c != '{' && c != '}' && c != '$') out += c == '-' || c == '.' ? '_' : c;
  return out;
}

void write_schema(json& out, const input& of) {
  static constexpr const char* types[] = {"string", "integer", "boolean", "string", "array"}; // as `kind` has
                                                                                              // them
  out.open().field("type", types[size_t(of.of)]);
  if (of.of == kind::number) out.field("minimum", 1);
  if (of.of == kind::id) out.field("pattern", "^[^_$]");
  if (of.of == kind::texts) out.key("items").open().field("type", "string").close();
  if (!of.choices.empty()) {
    out.key("enum").open_list();
    for (const auto choice : of.choices) out.text(choice);
    out.close_list();
  }
}

void write_parameters(json& out, const endpoint& row) {
  out.key("parameters").open_list();
  for (const auto name : parameters_of(row.path)) {
    out.open().field("name", name).field("in", "path").field("required", true);
    const auto told = std::find_if(row.segments.begin(), row.segments.end(),
                                   [&](const input& each) { return each.name == name; });
    if (told != row.segments.end()) out.field("description", told->sentence);
    out.key("schema");
    write_schema(out, told != row.segments.end() ? *told : input{name, {}});
    out.close().close();
  }
  for (const auto& each : row.query) {
    out.open().field("name", each.name).field("in", "query").field("description", each.sentence);
    out.field("required", each.is == need::required).key("schema");
    write_schema(out, each);
    out.close().close();
  }
  out.close_list();
}

void write_body(json& out, const endpoint& row) {
  if (row.body.empty() && row.takes.empty()) return;
  out.key("requestBody")
    .open()
    .field("required", true)
    .key("content")
    .open()
    .key(row.takes.empty() ? "application/json" : row.takes)
    .open()
    .key("schema")
    .open()
    .field("type", "object");
  if (row.body.empty()) {
    out.close().close().close().close();
    return;
  }
  out.field("additionalProperties", false).key("properties").open();
  for (const auto& each : row.body) {
    out.key(each.name);
    write_schema(out, each);
    out.field("description", each.sentence).close();
  }
  out.close().key("required").open_list();
  for (const auto& each : row.body)
    if (each.is == need::required) out.text(each.name);
  out.close_list().close().close().close().close();
}

std::string_view response_name(refusals how) {
  return how == refusals::outcome ? "outcome" : how == refusals::oauth ? "oauth" : "failure";
}

void write_answers(json& out, const endpoint& row) {
  out.key("responses").open().key(std::to_string(row.status)).open();
  out.field("description", row.media.empty() ? "It is done; there is no body." : "What was asked for.");
  if (!row.media.empty()) out.key("content").open().key(row.media).open().close().close();
  out.close()
    .key("default")
    .open()
    .field("$ref", "#/components/responses/" + std::string(response_name(row.fails)))
    .close()
    .close();
}

void write_security(json& out, const endpoint& row) {
  out.key("security").open_list();
  if (row.may == scope::any_key) out.open().key("key").open_list().close_list().close();
  for (const auto word : words(row.may)) out.open().key("key").open_list().text(word).close_list().close();
  out.close_list();
}

void write_operation(json& out, const endpoint& row) {
  out.key(lower(row.method)).open().field("operationId", operation_id(row)).field("summary", row.sentence);
  write_parameters(out, row);
  write_body(out, row);
  write_answers(out, row);
  write_security(out, row);
  out.close();
}

void write_refusal(json& out, std::string_view name, std::string_view media, std::string_view sentence) {
  out.key(name)
    .open()
    .field("description", sentence)
    .key("content")
    .open()
    .key(media)
    .open()
    .key("schema")
    .open();
  if (name == "failure") out.field("$ref", "#/components/schemas/failure");
  else out.field("type", "object");
  out.close().close().close().close();
}

void write_components(json& out) {
  out.key("components").open();
  out.key("securitySchemes").open().key("key").open().field("type", "http").field("scheme", "bearer");
  out.field("description", "Keys are made with `aorta key create`; a key of scope `admin` may everything.")
    .close()
    .close();
  out.key("responses").open();
  write_refusal(out, "failure", "application/json",
                "It was refused, or could not be done: `message` says why.");
  write_refusal(out, "outcome", "application/fhir+json",
                "It was refused, or could not be done: an OperationOutcome says why and where.");
  write_refusal(out, "oauth", "application/json",
                "No token was given: `error` and `error_description` say why (RFC 6749 5.2).");
  out.close();
  out.key("schemas")
    .open()
    .key("failure")
    .open()
    .field("type", "object")
    .key("properties")
    .open()
    .key("error")
    .open();
  out.field("type", "object").key("properties").open();
  for (const auto* text : {"code", "message"}) out.key(text).open().field("type", "string").close();
  out.key("details").open().field("type", "object").close().close().close().close().close().close().close();
}

} // namespace

std::string openapi(std::span<const endpoint* const> all, std::string_view version) {
  json out;
  out.open()
    .field("openapi", "3.1.0")
    .key("info")
    .open()
    .field("title", "aorta")
    .field("version", version)
    .close();
  out.key("paths").open();
  for (auto row = all.begin(); row != all.end(); ++row) {
    const auto same = [&](const endpoint* each) { return each->path == (*row)->path; };
    if (std::any_of(all.begin(), row, same)) continue; // stands with the first of its path
    out.key((*row)->path).open();
    for (const auto* each : all)
      if (same(each)) write_operation(out, *each);
    out.close();
  }
  out.close();
  write_components(out);
  out.close();
  return out.take();
}

} // namespace aorta::http
