// /api/messages: the log, one message with its segments and trace, and sending it through its route again.
#include "engine/api/resources.hpp"

#include "engine/api/in_session.hpp"
#include "engine/api/json.hpp"
#include "engine/api/message_text.hpp"
#include "engine/base/base64.hpp"
#include "engine/fhir/search_text.hpp"
#include "engine/identity/identity.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace aorta::api {
namespace {

constexpr size_t most_shown_by_field = 1u << 20;

void write_segments(json& out, const std::string& raw, const std::string& trace) {
  const auto parsed = hl7::parse(raw);
  rapidjson::Document told;
  told.Parse<rapidjson::kParseIterativeFlag>(trace.data(), trace.size());
  const auto charset = parsed ? charset_of(*parsed, told) : std::nullopt;
  // JSON cannot hold bytes that are no text: the exact ones stand beside.
  const auto text = shown_text(raw, charset ? &*charset : nullptr);
  out.field("raw", text).field("raw_base64", text == raw ? std::string() : base64::encode(raw));
  // A large message is shown as it is, once: field by field it would take many times its size.
  const bool shown_by_field = parsed && raw.size() <= most_shown_by_field;
  out.key("segments").open_list();
  for (size_t i = 0; shown_by_field && i < parsed->segments(); ++i) {
    const auto segment = parsed->segment(i);
    out.open().field("segment", shown_text(segment.name(), nullptr)).key("fields").open_list();
    for (size_t n = 1; n <= segment.fields(); ++n)
      out.text(shown_text(segment.field(n).raw, charset ? &*charset : nullptr));
    out.close_list().close();
  }
  out.close_list();
}

constexpr size_t most_sought_bytes = 200;
constexpr size_t most_people_read = 200; ///< whose names begin alike

/// Keys of every kind of number that it may be.
std::vector<identity::lookup_key> number_keys(const std::string& text) {
  std::vector<identity::lookup_key> out;
  using enum identity::id_kind;
  for (const auto kind : {cyprus_id, arc, passport, mrn, gesy})
    if (auto value = identity::normalise(kind, text); !value.empty())
      out.push_back({std::string(identity::lookup_kind(kind)), std::move(value)});
  return out;
}

std::vector<std::string> words_in(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

/// Each word that was typed begins one of the patient's names.
bool is_called(const model::patient& who, const std::vector<std::string>& typed) {
  return std::all_of(typed.begin(), typed.end(), [&](const auto& word) {
    const auto& asked = fhir::query_for(word);
    return asked.begins(who.last_name, true) || asked.begins(who.first_name, true);
  });
}

/// Patients whose keys every word finds: more than those who are called so.
result<std::vector<model::patient_id>> perhaps_called(ports::record_session& in,
                                                      const std::vector<std::string>& typed) {
  std::optional<std::vector<model::patient_id>> out;
  for (const auto& word : typed) {
    auto found = in.patients_by(identity::name_search_keys(word));
    if (!found) return found;
    std::sort(found->begin(), found->end());
    if (out)
      std::erase_if(*out, [&](auto id) { return !std::binary_search(found->begin(), found->end(), id); });
    else out = std::move(*found);
  }
  return std::move(out).value_or(std::vector<model::patient_id>());
}

/// `NAME:VALUE` asks of one index alone, anything else of all.
void find_keys(call& on, ports::message_filter::search& what) {
  const auto names = on.engine.indexes ? on.engine.indexes(on.clinic.id) : std::vector<std::string>();
  const auto colon = what.text.find(':');
  const auto add = [&](const std::string& name, std::string_view value) {
    if (auto key = identity::message_search_key(name, value)) what.keys.push_back(std::move(*key));
  };
  if (colon != std::string::npos)
    if (const auto name = std::find(names.begin(), names.end(), what.text.substr(0, colon));
        name != names.end())
      return add(*name, std::string_view(what.text).substr(colon + 1));
  for (const auto& name : names) add(name, what.text);
}

/// Patients by a number or a name. False, and a reply, when the store did not answer.
bool find_people(call& on, ports::message_filter::search& what) {
  const auto typed = words_in(what.text);
  const bool is_name = std::any_of(what.text.begin(), what.text.end(),
                                   [](unsigned char c) { return std::isalpha(c) || c >= 0x80; });
  std::vector<model::patient_id> numbered, named;
  status done_so_far = done{};
  in_session(on, false, [&](ports::record_session& in) -> status {
    const auto by_number = in.patients_by(number_keys(what.text));
    if (!by_number) return done_so_far = by_number.error();
    numbered = *by_number;
    if (!is_name) return done{};
    const auto by_name = perhaps_called(in, typed);
    if (!by_name) return done_so_far = by_name.error();
    named = *by_name;
    return done{};
  });
  if (!done_so_far || on.out.reply.status != 200) return false;
  what.people = std::move(numbered);
  if (named.size() > most_people_read) {
    on.refuse(400, "too-many", "more than 200 patients may be called like that: say more of the name",
              "parameter", "q");
    return false;
  }
  for (const auto id : named) {
    const auto who = on.admin().patient(on.clinic.id, id);
    if (!who) return on.refuse(who.error()), false;
    if (*who && is_called(**who, typed)) what.people.push_back(id);
  }
  return true;
}

bool time_param(const http::request& what, const char* key, std::optional<timestamp>& out) {
  const auto found = what.query.find(key);
  if (found == what.query.end() || found->second.empty()) return true;
  timestamp at;
  if (!from_iso(found->second, at)) return false;
  out = at;
  return true;
}

/// One parameter of the list. False, and a refusal, when it has none such or it cannot be this.
bool take_parameter(call& on, const std::string& key, const std::string& value,
                    ports::message_filter& filter) {
  const auto refused = [&](int status, std::string_view code, std::string_view text, std::string_view name,
                           std::string_view detail) {
    on.refuse(status, code, text, name, detail);
    return false;
  };
  if (key == "status") {
    if (!value.empty() && !ports::message_status_from(value))
      return refused(400, "bad-parameter", "no such status", "parameter", key);
    filter.status = value;
  } else if (key == "type") {
    filter.type = value;
  } else if (key == "control_id") {
    filter.control_id = value;
  } else if (key == "facility") {
    filter.facility = value;
  } else if (key == "route") {
    filter.route = value;
  } else if (key == "listener") {
    filter.listener = value;
  } else if (key == "sender") {
    filter.sender = value;
  } else if (key == "error") {
    filter.error = value;
  } else if (key == "reviews") {
    if (!value.empty() && value != "open")
      return refused(400, "bad-parameter", "reviews is `open`, or is not said", "parameter", key);
    filter.has_open_review = value == "open";
  } else if (key == "q") {
    if (value.size() > most_sought_bytes)
      return refused(400, "bad-parameter", "what is looked for is longer than any number or name",
                     "parameter", key);
    if (const auto text = lab::trimmed(value); !text.empty()) filter.sought = {std::string(text), {}};
  } else if (key == "frame") {
    if (!value.empty() && !uuid_from_text(value))
      return refused(400, "bad-parameter", "not the id of a frame", "parameter", key);
    filter.frame = value;
  } else if (key == "patient_id") {
    const auto id = read_id(value);
    if (!id) return refused(400, "bad-parameter", "patient_id is a number", "parameter", key);
    filter.patient = *id;
  } else if (key == "cursor") {
    if (!value.empty() && !uuid_from_text(value))
      return refused(400, "bad-parameter", "not a cursor that a list returned", "parameter", key);
    filter.cursor = value;
  } else if (key == "limit") {
    const auto limit = read_id(value);
    if (!limit || *limit > 1000) return refused(400, "bad-parameter", "limit is 1 to 1000", "parameter", key);
    filter.limit = int(*limit);
  } else if (key != "from" && key != "to" && key != "clinic") {
    return refused(400, "unknown-parameter", "this list has no such parameter", "parameter", key);
  }
  return true;
}

} // namespace

void list_messages(call& on) {
  ports::message_filter filter;
  filter.clinic = on.clinic.id;
  for (const auto& [key, value] : on.asked.query)
    if (!take_parameter(on, key, value, filter)) return;
  if (!time_param(on.asked, "from", filter.from))
    return on.refuse(400, "bad-parameter", "not a time", "parameter", "from");
  if (!time_param(on.asked, "to", filter.to))
    return on.refuse(400, "bad-parameter", "not a time", "parameter", "to");
  if (filter.sought && !find_people(on, *filter.sought)) return;
  if (filter.sought) find_keys(on, *filter.sought);
  const auto page = on.admin().messages(filter);
  if (!page) return on.refuse(page.error());
  json out;
  out.open().key("items").open_list();
  for (const auto& row : page->items) {
    out.open();
    write_message(out, row);
    out.close();
  }
  out.close_list().field_or_null("next", page->next).close();
  on.answer(out.take());
}

void show_message(call& on) {
  if (const auto id = id_of(on)) on.out.reply = message_now(*id, on.clinic, on.admin(), on.out.audit.patient);
}

http::response message_now(const uuid& id, const ports::clinic& clinic, ports::message_log& admin,
                           std::optional<model::patient_id>& whose) {
  const auto found = admin.message(clinic.id, id);
  if (!found) return http::failure(found.error());
  if (!*found) return http::failure(404, "not-found", "no such message");
  const auto results = admin.message_results(clinic.id, id);
  if (!results) return http::failure(results.error());
  ports::delivery_filter passed_on;
  passed_on.clinic = clinic.id;
  passed_on.message = id;
  const auto deliveries = admin.deliveries().deliveries(passed_on);
  if (!deliveries) return http::failure(deliveries.error());
  const auto& message = **found;
  whose = message.log.patient;
  json out;
  out.open();
  write_message(out, message.log);
  out.field("gone", message.gone); // its bytes, by retention
  write_segments(out, message.raw, message.log.trace);
  out.field_json("trace", message.log.trace);
  out.key("deliveries").open_list();
  for (const auto& row : deliveries->items) {
    out.open();
    write_delivery(out, row);
    out.close();
  }
  out.close_list().key("reviews").open_list();
  for (const auto& review : message.reviews)
    out.open()
      .field("id", to_text(review.id))
      .field("kind", review.kind)
      .field("state", review.state)
      .field_json("reasons", review.reasons_json)
      .field_json("candidates", review.candidates_json)
      .close();
  out.close_list().key("links").open_list(); // whom persons named, the last first
  for (const auto& link : message.links) {
    out.open().field("patient_id",
                     link.patient ? std::optional(std::to_string(*link.patient)) : std::nullopt);
    out
      .field("from_patient_id",
             link.taken_from ? std::optional(std::to_string(*link.taken_from)) : std::nullopt)
      .field("by", link.by.email);
    out.field("at", to_iso(link.at))
      .field("until", link.until ? std::optional(to_iso(*link.until)) : std::nullopt)
      .close();
  }
  out.close_list().key("corrections").open_list();
  for (const auto& word : message.words) {
    out.open().field("where", "OBX[" + std::to_string(word.position) + "]");
    out.field("word", word.is == ports::result_word::kind::rejected ? "rejected" : "corrected")
      .field("value", word.value)
      .field("unit", word.unit);
    out.field("reason", word.reason).field("by", word.by.email).field("at", to_iso(word.at)).close();
  }
  out.close_list().key("results").open_list();
  for (const auto& row : *results) write_result(out, row);
  out.close_list().close();
  return {.body = out.take()};
}

} // namespace aorta::api
