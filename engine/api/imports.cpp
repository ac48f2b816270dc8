// /api/labs/{code}/import, /api/imports: laboratories' files by HTTP, and their history.
#include "engine/api/imports.hpp"

#include "engine/api/in_session.hpp"
#include "engine/api/job_answers.hpp"
#include "engine/api/paging.hpp"
#include "engine/api/resources.hpp"
#include "engine/hl7/charset.hpp"

#include <rapidjson/document.h>

#include <algorithm>

namespace aorta::api {
namespace {

constexpr size_t piece_bytes = 1u << 20;
constexpr int most_imports = 100;
constexpr size_t most_name_bytes = 200;

const char* type_of_piece(int number) { return number == 0 ? "name" : "csv"; }

/// Of a file's name what can be shown.
std::string shown_name(const std::string& name) {
  const auto utf8 = hl7::decoder::make("");
  auto out = utf8 ? utf8->decode_with_holes(name) : std::string();
  if (out.size() <= most_name_bytes) return out;
  size_t end = most_name_bytes;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
  return out.substr(0, end);
}

void write_import(json& out, const ports::job& of, const std::string& file) {
  const auto order = import_order_from(of.asked).value_or(import_order{});
  const auto place = import_place_from(of.place).value_or(import_place{});
  out.open()
    .field("id", to_text(of.id))
    .field("lab", order.lab)
    .field("state", ports::name(of.is))
    .field("by", of.actor)
    .field("rows", place.rows)
    .field("done", of.resources)
    .key("verdicts")
    .open();
  for (const auto& [word, count] : place.counts) out.field(word, count);
  out.close();
  write_end(out, of);
  if (!file.empty()) out.field("file", file);
}

/// The laboratory's source in this clinic; nothing after a refusal.
std::optional<std::string> source_of(call& on, const std::string& lab) {
  if (!on.engine.imports) return on.refuse(503, "store-unavailable", "the engine is starting"), std::nullopt;
  auto out = on.engine.imports->source(on.clinic.id, lab);
  if (out.empty())
    return on.refuse(404, "not-found",
                     "no route of this clinic takes this laboratory's files: it needs [csv] in its profile, "
                     "[files.NAME], and a route with `from = [\"files:NAME\"]`"),
           std::nullopt;
  return out;
}

} // namespace

std::string to_json(const import_order& of) {
  json out;
  out.open()
    .field("lab", of.lab)
    .field("listener", of.listener)
    .field("pieces", of.pieces)
    .field("bytes", of.bytes)
    .close();
  return out.take();
}

std::optional<import_order> import_order_from(std::string_view text) {
  rapidjson::Document said;
  if (!parse_object(said, text)) return std::nullopt;
  return import_order{word_in(said, "lab"), word_in(said, "listener"), int(number_in(said, "pieces")),
                      uint64_t(number_in(said, "bytes"))};
}

std::string to_json(const import_place& of) {
  json out;
  out.open()
    .field("parts", of.parts)
    .field("rows", of.rows)
    .field("files", of.files)
    .field("first", of.first_verdicts)
    .field("layout", of.layout)
    .key("counts")
    .open();
  for (const auto& [word, count] : of.counts) out.field(word, count);
  out.close().close();
  return out.take();
}

std::optional<import_place> import_place_from(std::string_view text) {
  rapidjson::Document said;
  if (!parse_object(said, text)) return std::nullopt;
  import_place out;
  out.parts = uint64_t(number_in(said, "parts"));
  out.rows = uint64_t(number_in(said, "rows"));
  out.files = int(number_in(said, "files"));
  out.first_verdicts = int(number_in(said, "first"));
  out.layout = word_in(said, "layout");
  const auto counts = said.FindMember("counts");
  if (counts == said.MemberEnd() || !counts->value.IsObject()) return std::nullopt;
  for (const auto& [word, count] : counts->value.GetObject())
    if (count.IsUint64()) out.counts[word.GetString()] = count.GetUint64();
  return out;
}

std::string import_kind_of(const std::string& lab) { return std::string(import_kinds) + lab; }

status begin_import(ports::record_session& in, model::clinic_id clinic, const uuid& id, timestamp now,
                    const std::string& actor, import_order what, const std::string& name,
                    const std::string& content) {
  if (content.size() > most_import_bytes)
    return error{error_code::invalid, "", "the file is larger than 256 MB: divide it"};
  what.bytes = content.size();
  what.pieces = int((content.size() + piece_bytes - 1) / piece_bytes);
  std::vector<std::string> pieces;
  for (int i = 0; i <= what.pieces; ++i) {
    auto sealed = in.jobs().sealed(i == 0 ? shown_name(name)
                                          : content.substr(size_t(i - 1) * piece_bytes, piece_bytes));
    if (!sealed) return sealed.error();
    pieces.push_back(std::move(*sealed));
  }
  if (const auto begun = in.begin(clinic, true); !begun) return begun.error();
  const auto add = [&]() -> status {
    const auto waiting = in.jobs().running(import_kind_of(what.lab));
    if (!waiting) return waiting.error();
    if (*waiting >= most_waiting_imports)
      return error{error_code::conflict, "", "a hundred imports of this laboratory wait already"};
    ports::job made;
    made.id = id;
    made.kind = import_kind_of(what.lab);
    made.actor = actor;
    made.asked = to_json(what);
    made.place = to_json(import_place{0, 0, what.pieces + 1, 0, {}, {}});
    made.created = now;
    if (const auto added = in.jobs().add(made); !added) return added.error();
    for (int i = 0; i <= what.pieces; ++i)
      if (const auto put = in.jobs().put(id, {i, type_of_piece(i), 0}, pieces[size_t(i)]); !put)
        return put.error();
    return done{};
  };
  auto done_so_far = add();
  if (done_so_far) done_so_far = in.commit();
  if (!done_so_far) in.rollback();
  return done_so_far;
}

result<std::optional<std::string>> import_content(ports::record_session& in, const ports::job& of) {
  const auto order = import_order_from(of.asked);
  if (!order) return error{error_code::internal, "", "an import's row cannot be read"};
  std::string out;
  for (int i = 1; i <= order->pieces; ++i) {
    const auto piece = in.jobs().content(of.id, i);
    if (!piece) return piece.error();
    if (!*piece) return std::optional<std::string>();
    out += **piece;
  }
  return std::optional(std::move(out));
}

void import_file(call& on) {
  std::string name = "by HTTP";
  for (const auto& [key, value] : on.asked.query) {
    if (key == "clinic") continue;
    if (key != "name") return no_such_parameter(on, key);
    name = value;
  }
  const std::string lab(on.path["name"]);
  auto source = source_of(on, lab);
  if (!source) return;
  const auto session = on.admin().records();
  if (!session) return on.refuse(session.error());
  const auto id = on.engine.imports->ids->next(on.out.audit.at);
  const auto begun = begin_import(**session, on.clinic.id, id, on.out.audit.at, on.who.actor,
                                  {lab, std::move(*source)}, name, on.asked.body);
  if (!begun && begun.error().code == error_code::conflict)
    return on.refuse(429, "throttled", begun.error().text);
  if (!begun) return on.refuse(begun.error());
  json out;
  on.answer(out.open().field("import", to_text(id)).close().take());
  on.out.reply.status = 202;
}

void attempt_file(call& on) {
  if (!known_parameters(on)) return;
  const std::string lab(on.path["name"]);
  if (!source_of(on, lab)) return;
  auto told = on.engine.imports->attempt(on.clinic.id, lab, on.asked.body);
  if (told) return on.answer(std::move(*told));
  if (told.error().code != error_code::invalid) return on.refuse(told.error());
  on.refuse(422, "unreadable-file", told.error().text, "where", told.error().where);
}

void list_imports(call& on) {
  list_jobs_of(on, import_kinds, most_imports,
               [](json& out, const ports::job& of) { write_import(out, of, {}); });
}

void show_import(call& on) {
  int from = -1;
  if (!read_file_cursor(on, from)) return;
  in_session(on, false, [&](ports::record_session& in) -> status {
    status read = done{};
    const auto job = find_job(on, in, import_kinds, "there is no such import", read);
    if (!job) return read;
    const auto files = in.jobs().files(job->id);
    if (!files) return files.error();
    const auto name = in.jobs().content(job->id, 0);
    if (!name) return name.error();
    json out;
    write_import(out, *job, name->value_or(""));
    out.key("items").open_list();
    const int first = import_place_from(job->place).value_or(import_place{}).first_verdicts;
    std::optional<int64_t> next;
    bool given = false;
    for (const auto& each : *files) {
      if (each.type != "verdicts" || each.ordinal < std::max(from, first)) continue;
      if (given) {
        next = each.ordinal;
        break;
      }
      const auto content = in.jobs().content(job->id, each.ordinal);
      if (!content) return content.error();
      add_lines(out, content->value_or(""));
      given = true;
    }
    out.close_list();
    on.answer(out.field("next", next ? std::optional(std::to_string(*next)) : std::nullopt).close().take());
    return done{};
  });
}

} // namespace aorta::api
