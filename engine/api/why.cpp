// /api/results/{id}/why: from a value back to the bytes, and everything that stood between them.
#include "engine/api/job_text.hpp"
#include "engine/api/message_text.hpp"
#include "engine/api/resources.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>

namespace aorta::api {
namespace {

/// The OBX of a result, and the OBR that it stands under.
struct origin {
  size_t obx = 0, obr = 0;   ///< segments of the message, from 0
  size_t nth = 0, order = 0; ///< as rules name them: OBX[nth], OBR[order]; 0: there is no OBR
};

class reader_of_message {
public:
  reader_of_message(const hl7::message& msg, const hl7::decoder* charset) : msg_(msg), charset_(charset) {}

  std::string text(const hl7::segment_view& of, size_t field, size_t component) const {
    const auto raw = hl7::unescape(of.get(field, 1, component).raw, msg_.marks());
    return std::string(lab::trimmed(shown_text(raw, charset_)));
  }

  /// Those that may have brought it: of its code and sub id, under its order, the n-th of such.
  std::vector<origin> origins_of(const ports::stored_result& row) const {
    std::vector<origin> out;
    origin at;
    std::string placer, filler;
    uint16_t alike = 0;
    for (size_t i = 0; i < msg_.segments(); ++i) {
      const auto segment = msg_.segment(i);
      if (segment.name() == "ORC") {
        placer = text(segment, 2, 1);
        filler = text(segment, 3, 1);
      } else if (segment.name() == "OBR") {
        at.obr = i;
        ++at.order;
        alike = 0;
        if (auto own = text(segment, 2, 1); !own.empty()) placer = std::move(own);
        if (auto own = text(segment, 3, 1); !own.empty()) filler = std::move(own);
      } else if (segment.name() == "OBX") {
        at.obx = i;
        ++at.nth;
        if (!is_of(segment, row) || ++alike != row.value.ordinal) continue;
        if (fits(row.placer_number, placer) && fits(row.filler_number, filler)) out.push_back(at);
      }
    }
    if (out.size() > 1) // of several orders of one number: the one that says the same
      std::erase_if(out, [&](const auto& each) {
        return text(msg_.segment(each.obx), 5, 0) != std::string(lab::trimmed(row.value.sent.value));
      });
    return out;
  }

private:
  bool is_of(const hl7::segment_view& obx, const ports::stored_result& row) const {
    const auto& sent = row.value.sent;
    const auto wanted = !sent.code.empty() ? sent.code : sent.other_code;
    const auto component = !sent.code.empty() ? 1u : 4u;
    if (wanted.empty()) return text(obx, 3, 2) == std::string(lab::trimmed(sent.name));
    return text(obx, 3, component) == std::string(lab::trimmed(wanted)) &&
      text(obx, 4, 0) == std::string(lab::trimmed(row.value.sub_id));
  }
  /// A version may know its order's number from another message.
  static bool fits(const std::string& held, const std::string& said) {
    return held.empty() || said.empty() || held == said;
  }

  const hl7::message& msg_;
  const hl7::decoder* charset_;
};

/// Fields of one segment that have something, where they lie and what they say.
void write_bytes(json& out, const hl7::message& msg, const hl7::decoder* charset, size_t at,
                 const std::string& place, std::initializer_list<size_t> fields) {
  const auto segment = msg.segment(at);
  for (const auto n : fields) {
    const auto field = segment.field(n);
    if (field.raw.empty()) continue;
    out.open()
      .field("where", place + "-" + std::to_string(n))
      .field("offset", int64_t(field.raw.data() - msg.bytes().data()))
      .field("length", int64_t(field.raw.size()))
      .field("text", shown_text(field.raw, charset))
      .close();
  }
}

/// Those of the trace's list that stand at one of these places; without places all of them.
void write_trace_notes(json& out, const rapidjson::Document& trace, const char* list,
                       const std::vector<std::string>& places) {
  out.key(list).open_list();
  const auto all = trace.IsObject() ? trace.FindMember(list) : rapidjson::Value::ConstMemberIterator{};
  if (trace.IsObject() && all != trace.MemberEnd() && all->value.IsArray())
    for (const auto& each : all->value.GetArray()) {
      const auto where = each.IsObject() ? word_in(each, "where") : std::string();
      const bool wanted = places.empty() || std::any_of(places.begin(), places.end(), [&](const auto& place) {
                            return where.starts_with(place);
                          });
      if (wanted) out.value(each);
    }
  out.close_list();
}

/// The line of the profile that maps the code now; `configuration.same` tells whether it did then.
void write_profile_row(json& out, const call& on, const std::string& performer, const std::string& code) {
  out.key("row");
  const auto all = on.engine.mapping ? on.engine.mapping->profiles(on.clinic.id)
                                     : std::vector<std::shared_ptr<const lab::profile>>{};
  for (const auto& each : all) {
    if (each->code != performer) continue;
    const auto found = each->tests.find(code);
    if (found == each->tests.end()) continue;
    out.open().field("file", "labs/" + each->file_code + ".toml").field("line", int64_t{found->second.line});
    out.field("rule", each->file_code + ":" + code).field("code", code).field("loinc", found->second.loinc);
    out.field_or_null("unit_if_missing", found->second.unit_if_missing).close();
    return;
  }
  out.null();
}

void write_acts(json& out, const ports::message_detail& of, const uuid& result, uint16_t position) {
  out.key("links").open_list();
  for (const auto& link : of.links) {
    out.open().field("patient_id",
                     link.patient ? std::optional(std::to_string(*link.patient)) : std::nullopt);
    out.field("by", link.by.email).field("at", to_iso(link.at)).field("until", when(link.until)).close();
  }
  out.close_list().key("corrections").open_list();
  for (const auto& word : of.words) {
    if (word.position != position) continue;
    out.open().field("word", word.is == ports::result_word::kind::rejected ? "rejected" : "corrected");
    out.field("value", word.value).field("unit", word.unit).field("reason", word.reason);
    out.field("by", word.by.email).field("at", to_iso(word.at)).close();
  }
  out.close_list().key("reviews").open_list();
  for (const auto& review : of.reviews) {
    const auto& about = review.results;
    if (!about.empty() && std::find(about.begin(), about.end(), result) == about.end()) continue;
    out.open().field("id", to_text(review.id)).field("kind", review.kind).field("state", review.state);
    out.field_or_null("action", review.action)
      .field("resolved_at", when(review.resolved_at))
      .field("resolved_by", review.resolved_by ? std::optional(review.resolved_by->email) : std::nullopt)
      .close();
  }
  out.close_list();
}

/// How it became what it is, the newest version first.
status write_versions(json& out, call& on, const ports::stored_result& row) {
  ports::result_filter filter;
  filter.clinic = on.clinic.id;
  filter.patient = row.patient;
  filter.all_versions = true;
  const auto all = on.admin().patient_results(filter);
  if (!all) return all.error();
  std::vector<const ports::stored_result*> mine;
  for (const auto& each : *all)
    if (each.id == row.id) mine.push_back(&each);
  std::sort(mine.begin(), mine.end(), [](const auto* a, const auto* b) { return a->version > b->version; });
  out.key("versions").open_list();
  for (const auto* each : mine) {
    out.open().field("version", each->version).field("current", each->current);
    out.field("message_id", to_text(each->message_id)).field("filed_at", to_iso(each->created_at));
    out.field("loinc_code", each->value.loinc_code).field("value_text", each->value.value_text);
    out.field("unit", each->value.unit).field("result_status", model::name(each->value.status)).close();
  }
  out.close_list();
  return done{};
}

void write_message_part(json& out, const call& on, const ports::message_detail& of,
                        const ports::stored_result& row) {
  rapidjson::Document trace;
  parse_object(trace, of.log.trace);
  const auto parsed = hl7::parse(of.raw);
  const auto charset = parsed ? charset_of(*parsed, trace) : std::nullopt;
  const auto* reads_as = charset ? &*charset : nullptr;
  const auto origins = parsed ? reader_of_message(*parsed, reads_as).origins_of(row) : std::vector<origin>();
  std::vector<std::string> places;
  for (const auto& each : origins) {
    places.push_back("OBX[" + std::to_string(each.nth) + "]");
    if (each.order != 0) places.push_back("OBR[" + std::to_string(each.order) + "]");
  }
  out.field("gone", of.gone).key("segment"); // the bytes, by retention
  if (origins.size() == 1) out.text(places.front());
  else out.null();
  out.key("bytes").open_list();
  for (const auto& each : origins) {
    write_bytes(out, *parsed, reads_as, each.obx, "OBX[" + std::to_string(each.nth) + "]",
                {2, 3, 4, 5, 6, 7, 8, 11, 14});
    if (each.order != 0)
      write_bytes(out, *parsed, reads_as, each.obr, "OBR[" + std::to_string(each.order) + "]",
                  {2, 3, 4, 7, 15, 22, 25});
  }
  out.close_list();
  write_trace_notes(out, trace, "edits", {});
  write_trace_notes(out, trace, "rules", places);
  write_profile_row(out, on, row.value.performing_lab_code, row.value.test_code);
  out.key("patient");
  const bool tells = trace.IsObject() && trace.HasMember("patient");
  if (tells) out.value(trace["patient"]);
  else out.null();
  write_acts(out, of, row.id, origins.size() == 1 ? uint16_t(origins.front().nth) : uint16_t{0});
}

} // namespace

void show_why(call& on) {
  const auto id = id_of(on);
  if (!id || !known_parameters(on)) return;
  const auto found = on.admin().results(on.clinic.id, {*id});
  if (!found) return on.refuse(found.error());
  if (found->empty()) return on.refuse(404, "not-found", "no such result");
  const auto& row = found->front();
  on.out.audit.patient = row.patient;
  std::optional<ports::message_detail> message;
  if (row.message_id != uuid{}) {
    auto of = on.admin().message(on.clinic.id, row.message_id);
    if (!of) return on.refuse(of.error());
    message = std::move(*of);
  }
  json out;
  out.open().key("result");
  write_result(out, row);
  out.key("message");
  if (message) {
    out.open();
    write_message(out, message->log);
    out.close();
    write_message_part(out, on, *message, row);
  } else {
    out.null(); // it came by FHIR, or its message is kept no more
  }
  if (const auto versions = write_versions(out, on, row); !versions) return on.refuse(versions.error());
  on.answer(out.close().take());
}

} // namespace aorta::api
