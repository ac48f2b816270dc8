// /api/unmapped: what laboratories send that no profile knows, and what a person says that it is.
#include "engine/api/job_text.hpp"
#include "engine/api/paging.hpp"
#include "engine/api/reissue.hpp"
#include "engine/api/resources.hpp"
#include "engine/lab/suggest.hpp"

#include <algorithm>

namespace aorta::api {
namespace {

using profiles = std::vector<std::shared_ptr<const lab::profile>>;
constexpr int most_examples = 5;

/// What is counted there names laboratories by their codes.
const lab::profile* profile_of(const profiles& all, const std::string& performer) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& each) { return each->code == performer; });
  return found == all.end() ? nullptr : found->get();
}

void write_suggestions(json& out, const ports::unmapped_code& of,
                       const std::vector<ports::sent_example>& examples, const lab::profile* from) {
  lab::sent_test sent{of.code, of.name, {}, {}};
  for (const auto& unit : of.units) sent.units.emplace_back(unit.unit, unit.count);
  for (const auto& each : examples) sent.values.emplace_back(each.value, each.unit);
  static const lab::profile none;
  out.key("suggestions").open_list();
  for (const auto& each :
       lab::suggest_tests(lab::code_table::built_in(), from != nullptr ? *from : none, sent)) {
    out.open().field("loinc", each.loinc).field("name", each.name).field_or_null("unit", each.unit);
    for (const auto& [key, texts] :
         {std::pair("evidence", &each.evidence), std::pair("contradictions", &each.contradictions)}) {
      out.key(key).open_list();
      for (const auto& text : *texts) out.text(text);
      out.close_list();
    }
    out.close();
  }
  out.close_list();
}

void write_unmapped(json& out, const ports::unmapped_code& each,
                    const std::vector<ports::sent_example>& examples, const lab::profile* from) {
  out.open()
    .field("lab", each.lab)
    .field("profile", from != nullptr ? std::optional(from->file_code) : std::nullopt)
    .field("code", each.code)
    .field_or_null("name", each.name)
    .field("count", each.count);
  const auto mapped = from != nullptr ? from->tests.find(each.code) : decltype(from->tests.end())();
  out.field("mapped_to",
            from != nullptr && mapped != from->tests.end() ? std::optional(mapped->second.loinc)
                                                           : std::nullopt);
  out.field("first_seen", to_iso(each.first_seen)).field("last_seen", to_iso(each.last_seen));
  out.key("units").open_list();
  for (const auto& unit : each.units) out.open().field("unit", unit.unit).field("count", unit.count).close();
  out.close_list().key("examples").open_list();
  for (const auto& example : examples) {
    out.open().field("message_id", to_text(example.message)).field_or_null("value", example.value);
    out.field_or_null("unit", example.unit).field_or_null("range", example.range);
    out.field_or_null("flag", example.flag).field("filed_at", to_iso(example.filed_at)).close();
  }
  out.close_list();
  write_suggestions(out, each, examples, from);
  out.close();
}

/// The body of POST /api/unmapped/map.
struct wanted_line {
  profile_line line;
  std::string reason;
  std::string fault, name; ///< why it cannot be, and of which member
};

wanted_line read_wanted_line(const std::string& body) {
  wanted_line out;
  rapidjson::Document said;
  if (!parse_object(said, body)) {
    out.fault = "expected {\"lab\": \"bioanalytica\", \"code\": \"GLU2\", \"loinc\": \"2345-7\"}, or"
                " {\"lab\": ..., \"unit\": \"gr/dl\", \"ucum\": \"g/dL\"}";
    return out;
  }
  auto& line = out.line;
  const std::pair<std::string_view, std::string*> members[] = {
    {"lab", &line.lab},   {"code", &line.code}, {"loinc", &line.test.loinc}, {"name", &line.test.name},
    {"unit", &line.unit}, {"ucum", &line.ucum}, {"reason", &out.reason}};
  for (const auto& [key, value] : said.GetObject()) {
    const std::string name(key.GetString(), key.GetStringLength());
    const auto at = std::find_if(std::begin(members), std::end(members),
                                 [&](const auto& each) { return each.first == name; });
    if (at == std::end(members) || !value.IsString() || value.GetStringLength() == 0) {
      out.fault = "it has no such member, or it is no text", out.name = name;
      return out;
    }
    at->second->assign(value.GetString(), value.GetStringLength());
  }
  if (line.lab.empty()) out.fault = "say whose it is: the profile, with `lab`", out.name = "lab";
  else if (line.code.empty() == line.ucum.empty())
    out.fault = "say what a `code` is, with `loinc`, or what a `unit` is, with `ucum`";
  else if (!line.code.empty() && line.test.loinc.empty())
    out.fault = "say which test it is, with `loinc`", out.name = "loinc";
  else if (line.code.empty() && (line.unit.empty() || !line.test.loinc.empty() || !line.test.name.empty()))
    out.fault = "a unit is said with `unit`, as it was sent, and `ucum` alone", out.name = "unit";
  // Of a code `unit` is what holds where OBX-6 is empty.
  if (!line.code.empty()) line.test.unit_if_missing = std::exchange(line.unit, {});
  return out;
}

} // namespace

void list_unmapped(call& on) {
  std::string cursor;
  int limit = 50;
  if (!read_page(on, cursor, limit, is_text)) return;
  const auto page = on.admin().unmapped(on.clinic.id, cursor, limit);
  if (!page && page.error().code == error_code::invalid)
    return on.refuse(400, "bad-parameter", page.error().text, "parameter", page.error().where);
  if (!page) return on.refuse(page.error());
  const auto all = on.engine.mapping ? on.engine.mapping->profiles(on.clinic.id) : profiles{};
  json out;
  out.open().key("items").open_list();
  for (const auto& each : page->items) {
    const auto examples = on.admin().unmapped_examples(on.clinic.id, each.lab, each.code, most_examples);
    if (!examples) return on.refuse(examples.error());
    write_unmapped(out, each, *examples, profile_of(all, each.lab));
  }
  out.close_list().field_or_null("next", page->next).close();
  on.answer(out.take());
}

namespace {

/// What waits for the line in one clinic.
reissue_order order_of(const profile_line& line, const std::string& performer, const ports::person& by) {
  reissue_order out;
  out.lab = line.lab;
  out.by = by;
  out.of.lab = performer;
  out.of.code = line.code;
  out.of.unmapped = !line.code.empty();
  out.of.unit = line.code.empty() ? line.unit : std::string();
  out.loinc = line.test.loinc;
  out.ucum = line.ucum;
  return out;
}

/// The clinics whose routes use the profile, this one first; empty, and a refusal, where the key may not
/// speak for all of them.
std::vector<model::clinic_id> clinics_of(call& on, const std::string& lab) {
  auto all = on.engine.mapping->clinics(lab);
  if (all.size() > 1 && on.who.clinic) {
    on.refuse(
      403, "shared-profile",
      "other clinics read this laboratory's messages by the same file: only a key of all clinics may change it",
      "lab", lab);
    return {};
  }
  std::stable_partition(all.begin(), all.end(), [&](auto each) { return each == on.clinic.id; });
  return all;
}

/// Says why the line was not written; false: it was.
bool refuse_unwritten(call& on, const result<written_line>& made) {
  if (made) return false;
  const auto& why = made.error();
  if (why.code == error_code::conflict) on.refuse(409, "mapped-before", why.text, "where", why.where);
  else if (why.code == error_code::store_unavailable) on.refuse(503, "busy", why.text);
  else if (why.code == error_code::deadline)
    on.refuse(
      503, "mapped-later",
      "the line is written, and " + why.text +
        ": look whether GET /api/unmapped tells `mapped_to`, and run what waited again with POST /api/reprocess");
  else on.refuse(422, "not-mapped", why.text, "where", why.where);
  return true;
}

/// The runs in all clinics concerned. The line stands: what cannot be begun is told, and can be asked for.
void begin_all(call& on, json& out, ports::record_session& in, const std::vector<model::clinic_id>& clinics,
               const reissue_order& order) {
  std::string fault;
  out.key("reprocess");
  for (size_t i = 0; i < clinics.size(); ++i) {
    const auto id = on.engine.mapping->ids->next(on.out.audit.at);
    const auto begun = begin_reissue(in, clinics[i], id, on.out.audit.at, on.who.actor, order);
    if (!begun && fault.empty())
      fault = "what waited is not run again everywhere: " + begun.error().text +
        "; ask for it with POST /api/reprocess";
    if (i > 0) continue;
    if (begun) out.text(to_text(id));
    else out.null();
  }
  out.field_or_null("fault", fault);
}

} // namespace

void map_unmapped(call& on) {
  if (!known_parameters(on)) return;
  auto wanted = read_wanted_line(on.asked.body);
  if (!wanted.fault.empty()) return on.refuse(400, "bad-body", wanted.fault, "member", wanted.name);
  const bool rehearsal = wants_rehearsal(on.asked);
  if (!is_person(on)) return;
  const auto view = on.engine.mapping;
  if (!view) return on.refuse(503, "store-unavailable", "the engine is starting");
  auto& line = wanted.line;
  const auto all = view->profiles(on.clinic.id);
  const auto profile = std::find_if(all.begin(), all.end(),
                                    [&](const auto& each) { return each->file_code == line.lab; });
  if (profile == all.end())
    return on.refuse(404, "not-found", "no route of this clinic takes this laboratory's messages", "lab",
                     line.lab);
  const auto clinics = clinics_of(on, line.lab);
  if (clinics.empty()) return;
  line.note = to_iso(on.out.audit.at).substr(0, 10) + " " + on.who.user->email;
  keep_reason(on, wanted.reason);
  const auto order = order_of(line, (*profile)->code, *on.who.user);
  int64_t waiting = 0;
  for (const auto each : clinics) {
    auto wide = order.of;
    wide.clinic = each;
    wide.most = most_reissued;
    const auto found = on.admin().affected(wide);
    if (!found) return on.refuse(found.error());
    waiting += int64_t(found->size());
  }
  const auto session = on.admin().records();
  if (!session) return on.refuse(session.error());
  const auto room = has_room_for_reissue(**session, on.clinic.id);
  if (!room) return on.refuse(room.error());
  if (!*room) return on.refuse(429, "throttled", "twenty runs wait already: GET /api/reprocess lists them");
  line.by = on.who.user->email;
  line.reason = wanted.reason;
  const auto written = view->write(on.admin().publications(), line, rehearsal);
  if (refuse_unwritten(on, written)) return;
  json out;
  out.open().field("dry_run", rehearsal).field("file", written->file);
  out.field("line", int64_t{written->at}).field("text", written->line);
  out.field("messages", waiting).field("clinics", int64_t(clinics.size()));
  if (rehearsal) out.key("reprocess").null();
  else begin_all(on, out, **session, clinics, order);
  on.answer(out.close().take());
  if (!rehearsal) on.out.reply.status = 202;
}

} // namespace aorta::api
