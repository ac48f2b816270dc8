// /gesy: OpenHeart's own paths. What only reads is asked there and then; claims are deliveries.
#include "engine/api/gesy.hpp"

#include "engine/api/in_session.hpp"
#include "engine/api/json.hpp"
#include "engine/api/paging.hpp"
#include "engine/api/resources.hpp"
#include "engine/export/gather.hpp"
#include "engine/gesy/claim.hpp"
#include "engine/gesy/submission.hpp"
#include "engine/identity/identity.hpp"

#include <rapidjson/document.h>

#include <algorithm>

namespace aorta::api {
namespace {

using namespace std::chrono_literals;
using gesy::operation;

constexpr uint32_t claim_partitions = 4;
/// Cyprus is never further ahead of UTC: what happens there today is not in the future.
constexpr std::chrono::hours cyprus_ahead{3};

bool has_gesy(call& on) {
  if (on.engine.gesy) return true;
  on.refuse(404, "no-gesy", "there is no [gesy] in aorta.toml");
  return false;
}

/// Leaves the question in the outcome: whoever carries it answers the call.
void ask(call& on, operation what, gesy::kind of, const gesy::path_values& values, bool is_list = false) {
  gesy_errand out;
  out.what.what = what;
  out.what.path = gesy::path_of(on.engine.gesy->wire, what, values);
  out.of = of;
  out.is_list = is_list;
  if (of == gesy::kind::beneficiary) out.whom = std::to_string(on.clinic.id) + " " + out.what.path;
  on.out.errand = std::move(out);
}

bool takes_only_clinic(call& on) { return has_gesy(on) && known_parameters(on); }

std::string provider_of(const call& on) { return on.engine.gesy->provider_id; }

void write_sending(json& out, const ports::claim_row& of) {
  out.key("delivery").open();
  out.field("id", to_text(of.delivery))
    .field("state", of.sending ? delivery::name(*of.sending) : std::string_view("sent"))
    .field("perhaps", of.perhaps)
    .field("attempts", int64_t(of.attempts))
    .field_or_null("last_code", of.last_code)
    .close();
}

/// The claim as they told it last, else as it was brought, with what we know beside it.
void write_claim(json& out, const ports::claim_row& of) {
  rapidjson::Document body;
  const auto& told = of.answer.empty() ? of.content : of.answer;
  body.Parse<rapidjson::kParseIterativeFlag>(told.data(), told.size());
  out.open().field("id", to_text(of.id)).field_or_null("claim_id", of.number).field("status", of.status);
  if (!body.HasParseError() && body.IsObject())
    for (const auto field : gesy::fields_of(gesy::kind::claim)) {
      if (field == "claim_id" || field == "status") continue;
      const auto found = body.FindMember(
        rapidjson::StringRef(field.data(), rapidjson::SizeType(field.size())));
      out.key(field);
      if (found == body.MemberEnd()) out.null();
      else out.value(found->value);
    }
  out.key("encounter_id");
  if (of.encounter) out.number(*of.encounter);
  else out.null();
  write_sending(out, of);
  out.field("created_at", to_iso(of.created))
    .field("changed_at", to_iso(of.changed))
    .field("next_look_at", when(of.next_look));
}

void refuse_findings(call& on, const std::vector<gesy::finding>& all) {
  std::string text;
  for (const auto& each : all)
    if (each.is == gesy::finding::weight::wrong)
      text += (text.empty() ? "" : "; ") + (each.where.empty() ? "the body" : each.where) + " " + each.text;
  on.refuse(422, "claim-wrong", text);
}

/// Our JSON as it is kept and sent: known fields alone, and what follows from them.
std::string completed(const std::string& body, const gesy::claim& read, const std::string& provider) {
  rapidjson::Document out;
  out.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
  auto& memory = out.GetAllocator();
  const auto set = [&](const char* name, rapidjson::Value value) {
    out.RemoveMember(name);
    out.AddMember(rapidjson::StringRef(name), value, memory);
  };
  for (const char* theirs : {"claim_id", "status", "total_approved", "total_paid", "submitted_at",
                             "reviewed_at", "paid_at", "rejection_reason"})
    out.RemoveMember(theirs);
  set("beneficiary_id", rapidjson::Value(read.beneficiary_id.c_str(), memory));
  if (read.provider_id.empty()) set("provider_id", rapidjson::Value(provider.c_str(), memory));
  set("primary_diagnosis_code", rapidjson::Value(read.primary_diagnosis_code.c_str(), memory));
  set("total_claimed", rapidjson::Value(double(read.total_cents) / 100));
  int64_t number = 0;
  for (auto& line : out["line_items"].GetArray()) {
    line.RemoveMember("line_number");
    line.AddMember("line_number", rapidjson::Value(++number), memory);
  }
  rapidjson::StringBuffer text;
  rapidjson::Writer<rapidjson::StringBuffer> writer(text);
  out.Accept(writer);
  return {text.GetString(), text.GetSize()};
}

/// Codes that the loaded tables do not have are wrong; of a table that nobody has loaded nobody can say.
status check_codes(ports::record_session& in, gesy::read_claim& of) {
  using finding = gesy::finding;
  std::vector<std::pair<std::string, std::string>> diagnoses, procedures; // by their places
  const auto& what = of.what;
  diagnoses.emplace_back("primary_diagnosis_code", what.primary_diagnosis_code);
  const auto add = [&](const std::string& where, const std::vector<std::string>& all) {
    for (size_t i = 0; i < all.size(); ++i)
      diagnoses.emplace_back(where + "[" + std::to_string(i) + "]", all[i]);
  };
  add("diagnosis_codes", what.diagnosis_codes);
  for (size_t i = 0; i < what.lines.size(); ++i) {
    const auto line = "line_items[" + std::to_string(i) + "].";
    add(line + "diagnosis_codes", what.lines[i].diagnosis_codes);
    procedures.emplace_back(line + "procedure_code", what.lines[i].procedure_code);
  }
  for (const auto& [system, all] :
       {std::pair(ports::code_system::icd10, &diagnoses), std::pair(ports::code_system::cpt, &procedures)}) {
    std::vector<std::string> codes;
    for (const auto& [where, code] : *all) codes.push_back(code);
    const auto known = in.codes().known(system, codes);
    if (!known) return known.error();
    const auto table = "the table '" + std::string(ports::name(system)) + "'";
    if (!*known)
      of.findings.push_back(
        {finding::weight::unchecked, "", table + " is not loaded: its codes cannot be checked"});
    else
      for (const auto& [where, code] : *all)
        if (!(*known)->contains(code))
          of.findings.push_back({finding::weight::wrong, where, "is not in " + table});
  }
  return done{};
}

struct whose_claim {
  std::optional<model::patient_id> patient;
  std::optional<int64_t> encounter;
};

/// The clinic's patient of this number, and the visit, which must be theirs. False: refused, or `fault`.
bool find_whose(call& on, ports::record_session& in, const std::string& beneficiary, whose_claim& out,
                status& fault) {
  const identity::lookup_key key{std::string(identity::lookup_kind(identity::id_kind::gesy)),
                                 identity::normalise(identity::id_kind::gesy, beneficiary)};
  const auto people = in.patients_by({&key, 1});
  if (!people) return fault = people.error(), false;
  if (people->size() > 1)
    return on.refuse(409, "several-patients", "several patients of this clinic have this beneficiary number"),
           false;
  if (!people->empty()) out.patient = people->front();
  if (!out.encounter) return true;
  ports::row_query ask;
  ask.of = model::table::encounters;
  ask.keys = {std::to_string(*out.encounter)};
  ask.with_entries = false;
  const auto found = in.rows(ask);
  if (!found) return fault = found.error(), false;
  if (found->empty())
    return on.refuse(422, "claim-wrong", "encounter_id names no visit of this clinic"), false;
  const auto whose = found->front().row.text("patient_id");
  if (out.patient && whose != std::to_string(*out.patient))
    return on.refuse(422, "claim-wrong", "encounter_id is a visit of somebody else than beneficiary_id"),
           false;
  if (!out.patient) {
    ports::row_query person;
    person.of = model::table::patients;
    person.keys = {whose};
    person.with_entries = false;
    const auto row = in.rows(person);
    if (!row) return fault = row.error(), false;
    if (!row->empty() && !row->front().row.text("gesy_beneficiary_id").empty())
      return on.refuse(422, "claim-wrong", "the patient of encounter_id has another beneficiary number"),
             false;
    out.patient = read_id(whose);
  }
  return true;
}

/// Nothing: the body names none; 0: what it names is no number.
std::optional<int64_t> encounter_in(const std::string& body) {
  rapidjson::Document read;
  read.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
  if (!read.IsObject()) return std::nullopt;
  const auto found = read.FindMember("encounter_id");
  if (found == read.MemberEnd() || found->value.IsNull()) return std::nullopt;
  return found->value.IsInt64() ? found->value.GetInt64() : 0;
}

} // namespace

void show_beneficiary(call& on) {
  if (takes_only_clinic(on))
    ask(on, operation::beneficiary, gesy::kind::beneficiary, {{"id", std::string(on.path["id"])}});
}

void look_up_beneficiary(call& on) {
  if (takes_only_clinic(on))
    ask(on, operation::beneficiary_by_card, gesy::kind::beneficiary, {{"id", std::string(on.path["id"])}});
}

void show_gesy_provider(call& on) {
  if (takes_only_clinic(on)) ask(on, operation::provider, gesy::kind::provider, {{"id", provider_of(on)}});
}

void list_specialties(call& on) {
  if (takes_only_clinic(on)) ask(on, operation::specialties, gesy::kind::specialty, {}, true);
}

void check_diagnosis(call& on) {
  if (takes_only_clinic(on))
    ask(on, operation::diagnosis, gesy::kind::code, {{"id", std::string(on.path["id"])}});
}

void check_procedure(call& on) {
  if (takes_only_clinic(on))
    ask(on, operation::procedure, gesy::kind::code, {{"id", std::string(on.path["id"])}});
}

void show_referral(call& on) {
  if (takes_only_clinic(on))
    ask(on, operation::referral, gesy::kind::referral, {{"id", std::string(on.path["id"])}});
}

void list_referrals(call& on) {
  if (!has_gesy(on)) return;
  gesy::path_values values;
  for (const auto& [key, value] : on.asked.query) {
    if (key == "beneficiary_id" || key == "status") values.emplace(key, value);
    else if (key != "clinic") return no_such_parameter(on, key);
  }
  if (!values.contains("beneficiary_id"))
    return on.refuse(400, "bad-parameter", "say of whom with `beneficiary_id`", "parameter",
                     "beneficiary_id");
  ask(on, operation::referrals, gesy::kind::referral, values, true);
}

void add_referral(call& on) {
  if (!takes_only_clinic(on)) return;
  auto body = gesy::as_theirs(on.engine.gesy->wire, gesy::kind::referral, on.asked.body);
  if (!body) return on.refuse(400, "bad-body", "expected a referral as a JSON object");
  if (gesy::said(on.asked.body, "beneficiary_id").empty())
    return on.refuse(422, "referral-wrong", "beneficiary_id is missing");
  ask(on, operation::add_referral, gesy::kind::referral, {});
  on.out.errand->what.method = "POST";
  on.out.errand->what.body = std::move(*body);
  on.out.reply.status = 201;
}

void close_referral(call& on) {
  if (!takes_only_clinic(on)) return;
  ask(on, operation::close_referral, gesy::kind::referral, {{"id", std::string(on.path["id"])}});
  on.out.errand->what.method = "PUT";
  on.out.errand->what.body = gesy::as_theirs(on.engine.gesy->wire, gesy::kind::referral,
                                             on.asked.body.empty() ? "{}" : on.asked.body)
                               .value_or("{}");
}

void add_claim(call& on) {
  if (!takes_only_clinic(on)) return;
  const auto now = on.out.audit.at;
  auto read = gesy::read(on.asked.body, to_iso(now + cyprus_ahead).substr(0, 10));
  if (!read.may_be_sent()) return refuse_findings(on, read.findings);
  if (!on.engine.exports) return on.refuse(503, "store-unavailable", "the engine is starting");
  const auto by = on.engine.exports();
  ports::claim_row made;
  read.what.beneficiary_id = identity::normalise(identity::id_kind::gesy, read.what.beneficiary_id);
  made.content = completed(on.asked.body, read.what, provider_of(on));
  // What is sent is what was read: a member that stands twice is two statements.
  if (const auto again = gesy::read(made.content, "9999-12-31");
      !again.may_be_sent() || again.what.total_cents != read.what.total_cents)
    return on.refuse(422, "claim-wrong", "a member stands twice, or the number of the beneficiary is none");
  const auto like = gesy::likeness(made.content);
  if (!like) return on.refuse(422, "claim-wrong", "what it is for cannot be read");
  in_session(on, true, [&](ports::record_session& in) -> status {
    whose_claim whose;
    whose.encounter = encounter_in(on.asked.body);
    status fault = check_codes(in, read);
    if (!fault) return fault;
    if (!read.may_be_sent()) return refuse_findings(on, read.findings), done{};
    if (!find_whose(on, in, read.what.beneficiary_id, whose, fault)) return fault;
    const auto before = in.claims().alike(*like);
    if (!before) return before.error();
    gesy::parcel what;
    for (const auto& each : *before)
      if (!each.number.empty()) what.known.push_back(each.number);
    made.id = by.ids->next(now);
    made.delivery = by.ids->next(now);
    made.created = made.changed = now;
    made.actor = on.who.actor;
    made.patient = whose.patient;
    made.encounter = whose.encounter;
    what.reference = to_text(made.id);
    what.claim = made.content;
    what.system = on.engine.gesy->wire.base;
    const auto added = in.claims().add(
      made, {*like, read.what.beneficiary_id, gesy::to_json(what), what.system, "gesy", claim_partitions});
    if (!added) return added.error();
    on.out.audit.patient = made.patient;
    if (!*added) {
      const auto there = before->empty() ? std::string() : to_text(before->front().id);
      on.refuse(409, "duplicate", "a claim for the same referral, day and lines stands already", "claim",
                there);
      return done{};
    }
    made.sending = delivery::state::waiting;
    json out;
    write_claim(out, made);
    out.key("unchecked").open_list();
    for (const auto& each : read.findings) out.text(each.text);
    on.answer(out.close_list().close().take());
    on.out.reply.status = 202;
    return done{};
  });
  if (on.out.reply.status == 202 && on.engine.deliveries_changed) on.engine.deliveries_changed();
}

void list_claims(call& on) {
  if (!has_gesy(on)) return;
  std::string cursor, state;
  int limit = 50;
  const auto other = [&](const std::string& key, const std::string& value) {
    if (key == "status") state = value;
    else if (key != "clinic") return no_such_parameter(on, key), false;
    return true;
  };
  if (!read_page(on, cursor, limit, other, is_id)) return;
  in_session(on, false, [&](ports::record_session& in) -> status {
    const auto page = in.claims().list(state, cursor, limit);
    if (!page) return page.error();
    json out;
    out.open().key("items").open_list();
    for (const auto& each : page->items) {
      write_claim(out, each);
      out.close();
    }
    on.answer(out.close_list().field_or_null("next", page->next).close().take());
    return done{};
  });
}

void show_claim(call& on) {
  if (!takes_only_clinic(on)) return;
  in_session(on, false, [&](ports::record_session& in) -> status {
    const auto id = uuid_from_text(on.path["id"]);
    const auto found = id ? in.claims().find(*id) : in.claims().find_number(std::string(on.path["id"]));
    if (!found) return found.error();
    if (!*found) return on.refuse(404, "not-found", "there is no such claim"), done{};
    on.out.audit.patient = (*found)->patient;
    const auto answers = in.claims().answers((*found)->id);
    if (!answers) return answers.error();
    json out;
    write_claim(out, **found);
    out.key("history").open_list();
    for (const auto& each : *answers)
      out.open()
        .field("at", to_iso(each.at))
        .field("status", each.status)
        .field_json("claim", each.answer)
        .close();
    on.answer(out.close_list().close().take());
    return done{};
  });
}

void show_gesy_status(call& on) {
  if (!takes_only_clinic(on)) return;
  in_session(on, false, [&](ports::record_session& in) -> status {
    const auto claims = in.claims().standing();
    if (!claims) return claims.error();
    const auto line = on.engine.gesy->standing();
    const auto now = on.out.audit.at;
    json out;
    out.open().field("mode", on.engine.gesy->mode).field("away_since", when(line.away_since));
    out.field_or_null("last_fault", line.code).field("answered_at", when(line.answered_at));
    out.key("eligibility_age_seconds");
    if (line.eligibility_at)
      out.number(std::chrono::duration_cast<std::chrono::seconds>(now - *line.eligibility_at).count());
    else out.null();
    out.key("claims").open();
    out.field("waiting", claims->waiting)
      .field("perhaps_sent", claims->perhaps)
      .field("parked", claims->parked)
      .field("undecided", claims->open)
      .field("oldest_waiting_at", when(claims->oldest_waiting))
      .close();
    on.answer(out.close().take());
    return done{};
  });
}

http::response gesy_reply(const gesy_errand& asked, const gesy::reply& heard, int status,
                          const gesy_view& view, timestamp now) {
  const auto answer = [&](std::string body) {
    http::response out;
    out.status = status;
    out.body = std::move(body);
    return out;
  };
  const bool changes = asked.what.method != "GET";
  if (gesy::taken(heard)) {
    if (asked.is_list) {
      if (auto all = gesy::list_as_ours(view.wire, asked.of, heard.body)) {
        std::string items;
        for (const auto& each : all->items) items += (items.empty() ? "" : ",") + each.ours;
        return answer("{\"items\":[" + items + "]}");
      }
    } else if (auto ours = gesy::as_ours(view.wire, asked.of, heard.body)) {
      if (!asked.whom.empty()) view.remember(asked.whom, *ours, now);
      return answer(std::move(*ours));
    }
  }
  if (heard.status == 404 || heard.status == 410) {
    if (!asked.whom.empty()) view.remember(asked.whom, {}, now);
    return http::failure(404, "not-found", "Gesy knows nothing of this id");
  }
  const bool is_refusal = heard.status >= 400 && heard.status < 500 && heard.status != 401 &&
    heard.status != 403 && heard.status != 408 && heard.status != 429;
  if (is_refusal)
    return http::failure(422, "gesy-refused", "Gesy does not take it", "status",
                         std::to_string(heard.status));
  if (changes && (heard.perhaps || heard.status >= 500 || gesy::taken(heard)))
    return http::failure(504, "gesy-unknown",
                         "Gesy may have done it, and gave no answer: look before you ask again");
  if (const auto before = asked.whom.empty() ? std::nullopt : view.remembered(asked.whom, now)) {
    auto out = answer(before->first);
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - before->second).count();
    out.headers.emplace_back("Age", std::to_string(age));
    out.headers.emplace_back(
      "Warning", "110 - \"Gesy is away: this was told " + std::to_string(age / 60) + " minutes ago\"");
    return out;
  }
  auto out = http::failure(503, "gesy-away", "Gesy does not answer, or not now", "code",
                           heard.code.empty() ? std::to_string(heard.status) : heard.code);
  out.headers.emplace_back("Retry-After", std::to_string(heard.wait.value_or(30s).count()));
  return out;
}

} // namespace aorta::api
