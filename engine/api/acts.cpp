// What people do about messages and reviews: each act needs a key that belongs to a person, says what it saw,
// and is run by the message's route.
#include "engine/api/json.hpp"
#include "engine/api/resources.hpp"
#include "engine/identity/identity.hpp"

#include <rapidjson/document.h>

#include <algorithm>

namespace aorta::api {

bool is_person(call& on) {
  if (on.who.user) return true;
  on.refuse(403, "no-person",
            "this is for a person to decide, and this key belongs to none: make one with"
            " `aorta key create NAME --scope write --user EMAIL`");
  return false;
}

bool wants_rehearsal(const http::request& what) {
  const auto at = what.query.find("dry_run");
  return at != what.query.end() && at->second == "true";
}

bool known_parameters(call& on) {
  for (const auto& [key, value] : on.asked.query) {
    if (key == "clinic" || (key == "dry_run" && (value == "true" || value == "false"))) continue;
    if (key == "dry_run") on.refuse(400, "bad-parameter", "dry_run is `true` or `false`", "parameter", key);
    else on.refuse(400, "unknown-parameter", "this path has no such parameter", "parameter", key);
    return false;
  }
  return true;
}

namespace {

using ports::act;

const ports::message_link* standing_link(const ports::message_detail& of) {
  return of.links.empty() || of.links.front().until ? nullptr : &of.links.front();
}

/// Nothing, and a reply, when it cannot be run again.
std::optional<rerun> rerun_of(call& on, const uuid& id) {
  auto found = api::rerun_of(on.admin(), on.clinic, id);
  if (auto* again = std::get_if<rerun>(&found)) return std::move(*again);
  if (const auto* why = std::get_if<error>(&found)) return on.refuse(*why), std::nullopt;
  const auto& why = std::get<not_rerun>(found);
  return on.refuse(why.status, why.code, why.text, why.name, why.detail), std::nullopt;
}

void run(call& on, rerun again) { on.out.again = std::move(again); }

/// Fills in whom a person names. False, and a reply, when it may not be.
bool name_patient(call& on, rerun& again, model::patient_id patient,
                  std::optional<model::patient_id> instead_of) {
  const auto refused = [&](int status, std::string_view code, std::string_view text) {
    on.refuse(status, code, text);
    return false;
  };
  const auto& log = again.what.log;
  if (log.message_type == "Bundle")
    return refused(409, "not-linkable",
                   "a bundle names its own patients; correct them in the records and reprocess it");
  if (log.status == ports::message_status::failed)
    return refused(
      409, "not-linkable",
      "this message was refused: reprocess it once the cause is mended, then link it if it waits");
  const auto* link = standing_link(again.what);
  const bool others = link != nullptr && link->patient && again.why.by && link->by.id != again.why.by->id;
  if (instead_of ? instead_of != log.patient : others) {
    json body;
    body.open().key("error").open().field("code", "linked-before");
    body.field(
      "message",
      others
        ? "a person has linked this message before; whoever wants to move it says from whom, with `instead_of`"
        : "this message does not stand under that patient (any more)");
    body.key("details").open().field(
      "patient_id", log.patient ? std::optional(std::to_string(*log.patient)) : std::nullopt);
    if (link != nullptr) body.field("by", link->by.email).field("at", to_iso(link->at));
    body.close().close().close();
    on.out.reply = {.status = 409, .body = body.take()};
    return false;
  }
  auto who = on.admin().patient(again.clinic.id, patient);
  if (!who || !*who) {
    if (!who) on.refuse(who.error());
    else
      on.refuse(422, "unknown-patient", "this clinic has no such patient", "patient_id",
                std::to_string(patient));
    return false;
  }
  again.why.is = act::kind::link;
  again.why.word = "link";
  again.why.patient = std::move(**who);
  again.why.taken_from.reset();
  on.out.audit.patient = patient;
  return true;
}

/// What was sent, as a new patient of the clinic.
std::optional<model::patient> patient_of(const std::string& claims_json, const std::string& mrn) {
  rapidjson::Document said;
  said.Parse(claims_json.data(), claims_json.size());
  if (said.HasParseError() || !said.IsObject()) return std::nullopt;
  const auto text = [](const rapidjson::Value& in, const char* name) {
    const auto at = in.FindMember(name);
    return at != in.MemberEnd() && at->value.IsString()
      ? std::string(at->value.GetString(), at->value.GetStringLength())
      : std::string();
  };
  model::patient out;
  const auto names = said.FindMember("names");
  if (names != said.MemberEnd() && names->value.IsArray() && !names->value.Empty()) {
    out.last_name = text(names->value[0], "family");
    out.first_name = text(names->value[0], "given");
  }
  if (timestamp at; from_iso(text(said, "birth_date"), at) && text(said, "birth_date").size() == 10)
    out.birth_date = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(at)};
  out.sex = model::gender_from(text(said, "sex")).value_or(model::gender::unknown);
  const auto numbers = said.FindMember("numbers");
  if (numbers != said.MemberEnd() && numbers->value.IsArray())
    for (const auto& number : numbers->value.GetArray()) {
      const auto kind = text(number, "kind"), value = text(number, "value");
      if (kind == identity::name(identity::id_kind::cyprus_id)) out.cyprus_id = value;
      else if (kind == identity::name(identity::id_kind::arc)) out.arc_number = value;
      else if (kind == identity::name(identity::id_kind::gesy)) out.gesy_beneficiary_id = value;
      else if (kind == identity::name(identity::id_kind::mrn)) out.mrn = value;
    }
  if (!mrn.empty()) out.mrn = mrn;
  return out;
}

/// The patient's own row first: it stays, as any patient's does, should the message not pass.
void create_patient(call& on, rerun again, const ports::review_item& item, const act_body& said) {
  auto who = patient_of(item.claims_json, said.mrn);
  if (!who)
    return on.refuse(409, "nobody-named",
                     "this review does not hold what the message says of its patient: reprocess it first");
  if (who->last_name.empty() && who->first_name.empty())
    return on.refuse(422, "nobody-named",
                     "the message gives no name: add the patient in the clinic's system and link it");
  if (who->mrn.empty())
    return on.refuse(422, "mrn-missing", "the message has no number of this clinic: give one with `mrn`");
  const auto made = on.admin().add_patient(again.clinic.id, *who);
  if (!made) return on.refuse(made.error());
  if (!name_patient(on, again, *made, std::nullopt)) return;
  again.why.word = "create-patient";
  return run(on, std::move(again));
}

/// The places in the message of the results that an item concerns: of one of them, if it is named.
std::vector<uint16_t> places_of(const ports::review_item& item, const std::optional<uuid>& result) {
  std::vector<uint16_t> out;
  rapidjson::Document reasons;
  reasons.Parse(item.reasons_json.data(), item.reasons_json.size());
  if (reasons.HasParseError() || !reasons.IsArray()) return out;
  size_t nth = 0;
  for (const auto& each : reasons.GetArray()) {
    if (!each.IsObject() || !each.HasMember("where") || !each["where"].IsString()) continue;
    const std::string_view where(each["where"].GetString(), each["where"].GetStringLength());
    if (!where.starts_with("OBX[")) continue;
    const auto place = read_id(where.substr(4, where.find(']') - 4));
    if (!place || nth >= item.results.size()) continue;
    const auto& id = item.results[nth++]; // one for each place, in their order
    if ((!result || *result == id) && std::find(out.begin(), out.end(), uint16_t(*place)) == out.end())
      out.push_back(uint16_t(*place));
  }
  return out;
}

void say_word(call& on, rerun again, const ports::review_item& item, const act_body& said) {
  const bool rejects = said.action == "reject";
  const auto places = places_of(item, said.result);
  if (said.reason.empty())
    return on.refuse(422, "reason-missing", "say why, with `reason`: it stands with the result for ever");
  if (!rejects && !said.value && !said.unit)
    return on.refuse(422, "value-missing", "say what should have been sent, with `value`, `unit` or both");
  if (places.empty())
    return on.refuse(422, "no-result",
                     "this review concerns no result of its message that could be corrected");
  if (!rejects && places.size() > 1)
    return on.refuse(422, "result-missing",
                     "this review concerns several results: name one of its `results` with `result_id`");
  for (const auto place : places) {
    again.why.words.push_back(
      {rejects ? ports::result_word::kind::rejected : ports::result_word::kind::corrected, place, said.value,
       said.unit, said.reason, *again.why.by, on.out.audit.at});
    ++again.why.new_words;
  }
  again.why.is = rejects ? act::kind::reject : act::kind::correct;
  return run(on, std::move(again));
}

/// Closes the item and runs nothing.
void close(call& on, const ports::review_item& item, const act_body& said) {
  const auto closed = on.admin().resolve(on.clinic.id, item.id, said.action, said.reason, *on.who.user);
  if (!closed) return on.refuse(closed.error());
  if (*closed) {
    on.out.reply = review_now(item.id, on.clinic, on.admin(), on.out.audit.patient);
    return;
  }
  const auto now = on.admin().review(on.clinic.id, item.id);
  on.out.reply = now && *now ? too_late(**now)
                             : http::failure(409, "resolved-before", "somebody else was faster");
}

/// False: an act has no such member, or it cannot be this.
bool take_text(act_body& to, std::string_view name, const std::string& text) {
  if (name == "result_id") to.result = uuid_from_text(text);
  else if (name == "action") to.action = text;
  else if (name == "reason") to.reason = text;
  else if (name == "mrn") to.mrn = text;
  else if (name == "destination") to.destination = text;
  else if (name == "value") to.value = text;
  else if (name == "unit") to.unit = text;
  else if (name == "role") to.role = text;
  else if (name == "to") to.to = text;
  else if (name == "outcome") to.outcome = text;
  else return false;
  return name != "result_id" || to.result;
}

} // namespace

std::variant<rerun, not_rerun, error> rerun_of(ports::message_log& admin, const ports::clinic& clinic,
                                               const uuid& id) {
  auto found = admin.message(clinic.id, id);
  if (!found) return found.error();
  if (!*found) return not_rerun{404, "not-found", "no such message"};
  rerun again{std::move(**found), {}, clinic};
  if (again.what.log.status == ports::message_status::duplicate)
    return not_rerun{409, "duplicate", "this row logs a repeat; the first message is the one to work on"};
  if (again.what.gone) return not_rerun{409, "gone", gone_text};
  if (again.what.raw.empty())
    return not_rerun{409, "erased", "what this message said was erased with the person whose it was"};
  if (again.what.log.status == ports::message_status::received)
    return not_rerun{409, "not-filed-yet",
                     "its receipt was acknowledged, and it is filed in a moment by itself; try again then"};
  auto& why = again.why;
  why.patient_seen = again.what.log.patient;
  why.words = again.what.words;
  const auto* link = standing_link(again.what);
  if (link == nullptr) return again;
  why.link_seen = link->id;
  if (!link->patient) {
    why.taken_from = link->taken_from;
    return again;
  }
  auto who = admin.patient(clinic.id, *link->patient);
  if (!who) return who.error();
  if (!*who)
    return not_rerun{409, "patient-gone",
                     "the patient whom a person named is not there any more: link the message to another one",
                     "patient_id", std::to_string(*link->patient)};
  why.patient = std::move(**who);
  return again;
}

std::optional<act_body> read_act(std::string_view body) {
  rapidjson::Document parsed;
  parsed.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
  if (parsed.HasParseError() || !parsed.IsObject()) return std::nullopt;
  act_body out;
  for (const auto& member : parsed.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    const auto& is = member.value;
    const std::string text = is.IsString() ? std::string(is.GetString(), is.GetStringLength())
                                           : std::string();
    const auto number = is.IsString()     ? read_id(text)
      : is.IsInt64() && is.GetInt64() > 0 ? std::optional(is.GetInt64())
                                          : std::nullopt;
    if (name == "patient_id" || name == "instead_of") {
      if (!number) return std::nullopt;
      (name == "patient_id" ? out.patient : out.instead_of) = number;
    } else if (!is.IsString() || !take_text(out, name, text)) {
      return std::nullopt;
    }
  }
  return out;
}

void reprocess(call& on) {
  const auto message = id_of(on);
  if (!message || !known_parameters(on)) return;
  auto again = rerun_of(on, *message);
  if (!again) return;
  again->why.by = on.who.user;
  again->why.rehearsal = wants_rehearsal(on.asked);
  if (again->why.rehearsal && again->what.log.message_type == "Bundle")
    return on.refuse(409, "no-dry-run", "bundles cannot be rehearsed");
  return run(on, std::move(*again));
}

void link(call& on) {
  const auto message = id_of(on);
  if (!message || !known_parameters(on)) return;
  const bool rehearsal = wants_rehearsal(on.asked);
  if (!rehearsal && !is_person(on)) return;
  const auto said = read_act(on.asked.body);
  if (!said || !said->patient)
    return on.refuse(400, "bad-body",
                     "expected {\"patient_id\": \"7\"}, and \"instead_of\" with the patient whose it was");
  auto again = rerun_of(on, *message);
  if (!again) return;
  again->why.by = on.who.user;
  again->why.rehearsal = rehearsal;
  const auto* before = standing_link(again->what);
  if (before != nullptr && on.who.user && before->by.id == on.who.user->id &&
      before->patient == said->patient && !rehearsal) { // said twice
    on.out.audit.patient = said->patient;
    on.out.reply = message_now(*message, on.clinic, on.admin(), on.out.audit.patient);
    return;
  }
  if (!name_patient(on, *again, *said->patient, said->instead_of)) return;
  again->why.reason = said->reason;
  return run(on, std::move(*again));
}

void unlink(call& on) {
  const auto message = id_of(on);
  if (!message || !known_parameters(on)) return;
  const bool rehearsal = wants_rehearsal(on.asked);
  if (!rehearsal && !is_person(on)) return;
  auto again = rerun_of(on, *message);
  if (!again) return;
  if (again->what.log.message_type == "Bundle")
    return on.refuse(409, "not-linkable",
                     "a bundle names its own patients; correct them in the records and reprocess it");
  if (!again->why.patient_seen) return on.refuse(409, "not-linked", "this message stands under no patient");
  again->why.is = act::kind::unlink;
  again->why.word = "unlink";
  again->why.by = on.who.user;
  again->why.rehearsal = rehearsal;
  again->why.patient.reset();
  again->why.taken_from = again->why.patient_seen;
  on.out.audit.patient = again->why.patient_seen;
  return run(on, std::move(*again));
}

void resolve(call& on) {
  const auto review = id_of(on);
  if (!review || !known_parameters(on)) return;
  const auto said = read_act(on.asked.body);
  if (!said)
    return on.refuse(
      400, "bad-body",
      "expected {\"action\": \"link\", \"patient_id\": \"7\"} or another action with what it needs");
  static constexpr std::string_view actions[] = {"link",    "create-patient", "accept",
                                                 "correct", "reject",         "reprocess"};
  if (std::find(std::begin(actions), std::end(actions), said->action) == std::end(actions))
    return on.refuse(400, "bad-body", "action is link, create-patient, accept, correct, reject or reprocess",
                     "action", said->action);
  const auto found = on.admin().review(on.clinic.id, *review);
  if (!found) return on.refuse(found.error());
  if (!*found) return on.refuse(404, "not-found", "no such review");
  const auto& item = **found;
  const bool rehearsal = wants_rehearsal(on.asked);
  if (!rehearsal && !is_person(on)) return;
  if (item.state != "open") {
    on.out.reply = too_late(item);
    return;
  }
  on.out.audit.resource += "#" + said->action;
  const bool of_result = !item.results.empty();
  if (said->action == "accept" || (said->action == "reject" && !of_result)) {
    if (rehearsal)
      return on.refuse(400, "no-dry-run", "this action moves nothing: it only closes the review");
    return close(on, item, *said);
  }
  auto again = rerun_of(on, item.message);
  if (!again) return;
  again->why.by = on.who.user ? on.who.user : ports::person{};
  again->why.review = item.id;
  again->why.word = said->action;
  again->why.reason = said->reason;
  again->why.rehearsal = rehearsal;
  if (said->action == "reprocess") return run(on, std::move(*again));
  if (said->action == "correct" || said->action == "reject")
    return say_word(on, std::move(*again), item, *said);
  if (said->action == "create-patient") {
    if (rehearsal) return on.refuse(400, "no-dry-run", "a patient cannot be made for a rehearsal");
    return create_patient(on, std::move(*again), item, *said);
  }
  if (!said->patient) return on.refuse(422, "patient-missing", "say to whom, with `patient_id`");
  if (!name_patient(on, *again, *said->patient, said->instead_of)) return;
  return run(on, std::move(*again));
}

void withdraw(call& on) {
  const auto decision = id_of(on);
  if (!decision || !is_person(on)) return;
  const auto done = on.admin().withdraw_decision(on.clinic.id, *decision, *on.who.user);
  if (!done) return on.refuse(done.error());
  if (!*done) return on.refuse(404, "not-found", "no such decision");
  if (!**done)
    return on.refuse(409, "withdrawn-before",
                     "this decision was withdrawn before: GET /api/decisions says by whom and when");
  on.out.reply = {.status = 204, .body = {}};
}

} // namespace aorta::api
