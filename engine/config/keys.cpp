#include "engine/config/keys.hpp"

#include "engine/config/config.hpp"
#include "engine/config/page.hpp"

#include <algorithm>

namespace aorta::config {
namespace {

constexpr double any_whole = 4294967295.0; ///< what fits 32 bits
constexpr double most_frame_bytes = 4294967296.0;
constexpr double a_day = 86'400;

std::string whole_of(size_t number) { return std::to_string(number); }
std::string flag_of(bool is) { return is ? "true" : "false"; }
std::string list_of(const std::vector<std::string>& all) {
  std::string out = "[";
  for (const auto& each : all) out += (out.size() > 1 ? ", " : "") + text_as_toml(each);
  return out + "]";
}
std::string minutes_of(critical::pause time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::minutes>(time).count());
}
std::string path_by_default(gesy::operation of) { return text_as_toml(gesy::specified().paths.at(of)); }
std::string endpoint_of(const endpoint& of) { return text_as_toml(of.host + ":" + std::to_string(of.port)); }

} // namespace

namespace keys {
using enum key_row::kind;
using enum on_reload;

const key_group& server() {
  static const key_group all{.headings = {},
                             .file = "aorta.toml",
                             .sentence = "",
                             .keys = {{section, "http"},
                                      {section, "store"},
                                      {section, "security"},
                                      {section, "log"},
                                      {section, "fhir"},
                                      {section, "limits"},
                                      {section, "retention"},
                                      {section, "critical"},
                                      {section, "events"},
                                      {section, "redis"},
                                      {section, "gesy"},
                                      {section, "clinic"},
                                      {section, "listener"},
                                      {section, "webhook"},
                                      {section, "files"}}};
  return all;
}

const key_group& http() {
  static const settings made;
  static const key_group all{
    .headings = {"http"},
    .file = "aorta.toml",
    .sentence = "The one port of FHIR, of the API and of metrics.",
    .keys = {
      {.is = text,
       .name = "listen",
       .sentence =
         "Address and port, as in `127.0.0.1:8080` or `[::1]:8080`; port 0 is any free one, printed at the "
         "start.",
       .by_default = endpoint_of(made.http),
       .when_changed = restart},
      {.is = whole,
       .name = "max_body_bytes",
       .sentence = "How large a request's body may be, also after unpacking; a larger one is answered 413.",
       .by_default = whole_of(made.http_max_body_bytes),
       .least = 1024,
       .most = any_whole},
      {.is = whole,
       .name = "max_connections",
       .sentence = "How many connections may be open at a time.",
       .by_default = whole_of(made.http_max_connections),
       .least = 1,
       .most = 1'000'000},
      {.is = texts, .name = "balancers", .sentence = "As of a listener."},
      {section, "tls"}}};
  return all;
}

const key_group& tls() {
  static const key_group all{
    .headings = {"http.tls", "listener.NAME.tls"},
    .file = "aorta.toml",
    .sentence =
      "Without it the port speaks in clear. What the files hold is read again at a reload, also under their "
      "old names.",
    .keys = {
      {.is = text, .name = "cert", .sentence = "The certificate with its chain, as a PEM file."},
      {.is = text, .name = "key", .sentence = "Its private key, as a PEM file."},
      {.is = text,
       .name = "client_ca",
       .sentence = "A PEM file of authorities: who connects must show a certificate of one of them."}}};
  return all;
}

const key_group& store() {
  static const settings made;
  static const key_group all{
    .headings = {"store"},
    .file = "aorta.toml",
    .sentence = "The database.",
    .keys = {
      {.is = text,
       .name = "url",
       .sentence =
         "`sqlite://PATH` or `postgresql://user@host:5432/database`. AORTA_STORE_URL in the environment "
         "beats it, and is the place for a password.",
       .by_default = text_as_toml(made.store_url),
       .when_changed = restart},
      {.is = flag,
       .name = "migrate",
       .sentence =
         "Whether `serve` brings the schema up to date; if not, `aorta migrate` does and `serve` only "
         "checks it.",
       .by_default = flag_of(made.store_migrate),
       .when_changed = restart}}};
  return all;
}

const key_group& security() {
  static const settings made;
  static const key_group all{
    .headings = {"security"},
    .file = "aorta.toml",
    .sentence = "",
    .keys = {
      {.is = text,
       .name = "pii_key_file",
       .sentence =
         "The file with the keys that encrypt personal data in the store, one a line: the first one makes what is "
         "new, all of them read; without them the names are gone. AORTA_PII_KEY in the environment holds the "
         "keys themselves, likewise by lines, and beats it. One of the two is needed.",
       .when_changed = restart},
      {.is = whole,
       .name = "approvals",
       .sentence =
         "How many persons publish a configuration over HTTP: with 2, what one person publishes is "
         "proposed, and runs once another one approves. A laboratory's profile and a mapped code are "
         "published so, too.",
       .by_default = whole_of(made.approvals),
       .least = 1,
       .most = 2},
      {.is = texts,
       .name = "secrets",
       .sentence =
         "What destinations may name that are published over HTTP, as in `env:RIS_SECRET` and "
         "`file:/etc/aorta/ris.key`, beside what those that run name already: else whoever may publish could "
         "have any secret of this machine sent to himself.",
       .by_default = "[]"}}};
  return all;
}

const key_group& log() {
  static const settings made;
  static const key_group all{.headings = {"log"},
                             .file = "aorta.toml",
                             .sentence = "Lines on standard error.",
                             .keys = {{.is = word,
                                       .name = "level",
                                       .sentence = "The lightest line that is written.",
                                       .by_default = text_as_toml(made.log_level),
                                       .words = {"trace", "debug", "info", "warn", "error", "off"}},
                                      {.is = word,
                                       .name = "format",
                                       .sentence = "Lines for people, or one JSON object a line.",
                                       .by_default = text_as_toml(made.log_format),
                                       .words = {"text", "json"}}}};
  return all;
}

const key_group& fhir() {
  static const key_group all{
    .headings = {"fhir"},
    .file = "aorta.toml",
    .sentence =
      "What no standard settles for a clinic. A system is a URI; without one the engine's own is used.",
    .keys = {
      {.is = text,
       .name = "base_url",
       .sentence =
         "The address under which clients reach the engine, as in "
         "`https://clinic.example.org/fhir/r4`. Without it only localhost is answered, and there are no "
         "tokens."},
      {.is = text, .name = "cyprus_id_system", .sentence = "The system of Cyprus identity card numbers."},
      {.is = text, .name = "arc_system", .sentence = "The system of alien registration numbers."},
      {.is = text,
       .name = "mrn_system",
       .sentence =
         "The system of the clinic's own record numbers. Without it `urn:aorta:mrn`, and to other FHIR servers an address under `base_url`, "
         "since one clinic's 17 is another's somebody else."},
      {.is = text, .name = "gesy_system", .sentence = "The system of GESY beneficiary numbers."},
      {.is = texts,
       .name = "allow_origins",
       .sentence = "Origins of browsers' pages that may call FHIR and read its answers, as in "
                   "`https://app.example.org`; `*` is any. They need a key or token like everybody.",
       .by_default = "[]"}}};
  return all;
}

const key_group& limits() {
  static const settings made;
  static const key_group all{
    .headings = {"limits"},
    .file = "aorta.toml",
    .sentence = "",
    .keys = {
      {.is = whole,
       .name = "key_requests_per_second",
       .sentence =
         "Calls of one key, in the long run and at once; past that 429 with Retry-After. 0: no limit.",
       .by_default = whole_of(made.key_requests_per_second),
       .least = 0,
       .most = 1'000'000},
      {.is = whole,
       .name = "stop_seconds",
       .sentence =
         "How long SIGTERM may take: after half of it the database's work is interrupted, and at its end "
         "the process has ended.",
       .by_default = whole_of(size_t(made.stop.count())),
       .least = 1,
       .most = 3600},
      {.is = whole,
       .name = "leave_seconds",
       .sentence =
         "Behind a balancer: so long before that, after SIGTERM, `/ready` says 503 while everything is still taken "
         "and answered, so that the balancer has sent nobody here when the engine closes. A second SIGTERM ends the wait.",
       .by_default = whole_of(size_t(made.leave.count())),
       .least = 0,
       .most = 3600}}};
  return all;
}

const key_group& retention() {
  static const settings made;
  static const key_group all{
    .headings = {"retention"},
    .file = "aorta.toml",
    .sentence = "How long what is done with is kept.",
    .keys = {
      {.is = whole,
       .name = "raw_days",
       .sentence =
         "What a message said, byte for byte, goes so many days after it came, unless it waits: for its "
         "patient, for a person, for a delivery, for an alert that is open, or since it was never answered. "
         "Its row in the log and its results stay; it can be run and sent again no more. 0: it is kept for ever.",
       .by_default = whole_of(made.keeps.raw_days),
       .least = 0,
       .most = 36'500},
      {.is = whole,
       .name = "messages_days",
       .sentence =
         "A message's row in the log goes so many days after it came, unless it waits or was refused; a repeat of it is "
         "still known as a repeat. Not less than `raw_days`, which has to be given then. 0: it is kept for ever.",
       .by_default = whole_of(made.keeps.messages_days),
       .least = 0,
       .most = 36'500},
      {.is = whole,
       .name = "deliveries_days",
       .sentence =
         "Deliveries that were sent or skipped go so many days afterwards, and events that all have who asked "
         "for them; what waits, is in flight or is parked never does. 0: they are kept for ever.",
       .by_default = whole_of(made.keeps.deliveries_days),
       .least = 0,
       .most = 36'500}}};
  return all;
}

const key_group& events() {
  static const key_group all{
    .headings = {"events"},
    .file = "aorta.toml",
    .sentence = "Where the webhooks may lead that administrators name by HTTP (`/api/webhooks`).",
    .keys = {
      {.is = texts,
       .name = "allow",
       .sentence =
         "Blocks of addresses such as `10.0.0.0/8` that may be reached beside public ones. What is link-local or "
         "serves a cloud's metadata must be named by a block within those.",
       .by_default = "[]"},
      {.is = flag,
       .name = "plaintext",
       .sentence = "URLs without TLS are taken too: who listens on the way may read along.",
       .by_default = "false"}}};
  return all;
}

const key_group& redis() {
  static const key_group all{
    .headings = {"redis"},
    .file = "aorta.toml",
    .sentence =
      "A Redis that hears of every event: published to the channel `clinical_events:TYPE`, and kept in the stream "
      "`clinical_events`. What it cannot take now waits in the store.",
    .keys = {
      {.is = text,
       .name = "url",
       .sentence =
         "`redis://127.0.0.1:6379/0`, with `USER:PASSWORD@` where it asks for one. AORTA_REDIS_URL in the "
         "environment beats it, and is the place for a password."},
      {.is = flag,
       .name = "plaintext",
       .sentence =
         "A server beyond this machine is meant: hiredis speaks no TLS, so who listens on the way may "
         "read along.",
       .by_default = "false"},
      {.is = whole,
       .name = "most_entries",
       .sentence = "About so many entries a stream keeps (MAXLEN ~); 0: all.",
       .by_default = "100000",
       .least = 0,
       .most = any_whole}}};
  return all;
}

const key_group& gesy() {
  static const key_group all{
    .headings = {"gesy"},
    .file = "aorta.toml",
    .sentence =
      "The national system (Gesy): beneficiaries, referrals and claims. Its paths and names of fields are in "
      "`conf/gesy.toml` where they differ from the specification's. Changes need a restart.",
    .keys = {
      {.is = word,
       .name = "mode",
       .sentence =
         "`simulator`: one within the engine, in memory; it forgets when the engine ends. `sandbox` and `production`: "
         "at `url`.",
       .words = {"simulator", "sandbox", "production"},
       .when_changed = restart},
      {.is = text,
       .name = "url",
       .sentence =
         "Where it is; without it https://sandbox.gesy.org.cy/v1 or https://api.gesy.org.cy/v1, as the mode says. "
         "GESY_API_URL in the environment beats it.",
       .when_changed = restart},
      {.is = text,
       .name = "client_id",
       .sentence = "Who we are to its OAuth 2.0. GESY_CLIENT_ID beats it.",
       .when_changed = restart},
      {.is = text,
       .name = "client_secret",
       .sentence = "`env:NAME` or `file:PATH`. GESY_CLIENT_SECRET beats it.",
       .when_changed = restart},
      {.is = text,
       .name = "provider_id",
       .sentence = "The clinics' number there, for claims that name none. GESY_PROVIDER_ID beats it.",
       .when_changed = restart},
      {.is = whole,
       .name = "timeout_seconds",
       .sentence = "For an answer.",
       .by_default = "30",
       .least = 1,
       .most = 300,
       .when_changed = restart},
      {.is = numbers,
       .name = "poll_seconds",
       .sentence = "Pauses between two looks at what became of a claim; the last one for ever.",
       .by_default = "[60, 300, 1800, 7200, 21600]",
       .least = 1,
       .most = a_day,
       .when_changed = restart},
      {.is = texts,
       .name = "allow",
       .sentence = "Blocks of addresses that may be reached beside public ones, as in `10.1.0.0/16`.",
       .by_default = "[]",
       .when_changed = restart},
      {.is = flag,
       .name = "plaintext",
       .sentence = "A URL without TLS is meant: who listens on the way may read along.",
       .by_default = "false",
       .when_changed = restart}}};
  return all;
}

const key_group& gesy_file() {
  static const key_group all{
    .headings = {},
    .file = "gesy.toml",
    .sentence = "",
    .keys = {
      {section, "paths"}, {section, "lists"}, {section, "claims"}, {section, "fields"}, {section, "words"}}};
  return all;
}

// NOLINTNEXTLINE(readability-function-size): a table, one key after the other
const key_group& gesy_paths() {
  static const key_group all{
    .headings = {"paths"},
    .file = "gesy.toml",
    .sentence =
      "Behind the URL of `[gesy]`. What stands in braces is filled in. All of this file needs a restart.",
    .keys = {
      {.is = text,
       .name = "token",
       .sentence = "POST: where a token is asked for, with grant_type client_credentials.",
       .by_default = path_by_default(gesy::operation::token)},
      {.is = text,
       .name = "beneficiary",
       .sentence = "GET: one beneficiary; `{id}` is the number.",
       .by_default = path_by_default(gesy::operation::beneficiary)},
      {.is = text,
       .name = "beneficiary_by_card",
       .sentence = "GET: a beneficiary by Cyprus ID card; `{id}` is its number.",
       .by_default = path_by_default(gesy::operation::beneficiary_by_card)},
      {.is = text,
       .name = "referral",
       .sentence = "GET: one referral.",
       .by_default = path_by_default(gesy::operation::referral)},
      {.is = text,
       .name = "referrals",
       .sentence = "GET: a beneficiary's referrals: `{beneficiary_id}`, `{status}`.",
       .by_default = path_by_default(gesy::operation::referrals)},
      {.is = text,
       .name = "add_referral",
       .sentence = "POST: a new referral.",
       .by_default = path_by_default(gesy::operation::add_referral)},
      {.is = text,
       .name = "close_referral",
       .sentence = "PUT: a referral that was used.",
       .by_default = path_by_default(gesy::operation::close_referral)},
      {.is = text,
       .name = "claim",
       .sentence = "GET: one claim.",
       .by_default = path_by_default(gesy::operation::claim)},
      {.is = text,
       .name = "claims",
       .sentence =
         "GET: a provider's claims, page by page: `{provider_id}`, `{service_date}`, `{beneficiary_id}`, `{referral_id}`.",
       .by_default = path_by_default(gesy::operation::claims)},
      {.is = text,
       .name = "add_claim",
       .sentence = "POST: a new claim.",
       .by_default = path_by_default(gesy::operation::add_claim)},
      {.is = text,
       .name = "provider",
       .sentence = "GET: who we are there.",
       .by_default = path_by_default(gesy::operation::provider)},
      {.is = text,
       .name = "specialties",
       .sentence = "GET: all of them.",
       .by_default = path_by_default(gesy::operation::specialties)},
      {.is = text,
       .name = "diagnosis",
       .sentence = "GET: whether there is such an ICD-10 code.",
       .by_default = path_by_default(gesy::operation::diagnosis)},
      {.is = text,
       .name = "procedure",
       .sentence = "GET: whether there is such a CPT code.",
       .by_default = path_by_default(gesy::operation::procedure)}}};
  return all;
}

const key_group& gesy_lists() {
  static const key_group all{
    .headings = {"lists"},
    .file = "gesy.toml",
    .sentence = "How a page of a list is told, where it is no plain list.",
    .keys = {
      {.is = text, .name = "items", .sentence = "The member that holds them.", .by_default = "\"items\""},
      {.is = text,
       .name = "next",
       .sentence = "The member that holds the next page's path.",
       .by_default = "\"next\""}}};
  return all;
}

const key_group& gesy_claims() {
  static const key_group all{
    .headings = {"claims"},
    .file = "gesy.toml",
    .sentence = "By what a claim is known again. With neither, what it is for does.",
    .keys = {{.is = text,
              .name = "idempotency_header",
              .sentence = "The header that keeps a claim from being taken twice; empty: they have none.",
              .by_default = "\"Idempotency-Key\""},
             {.is = text,
              .name = "reference",
              .sentence = "The field that brings our own id, and shows it again; empty: they have none.",
              .by_default = "\"client_reference\""}}};
  return all;
}

const key_group& gesy_names() {
  static const key_group all{
    .headings = {"fields.claim", "words.claim"},
    .file = "gesy.toml",
    .sentence =
      "So of `beneficiary`, `referral`, `claim`, `line`, `provider`, `specialty` and `code`: `fields` has their names by "
      "ours (`claim_id = \"claimNumber\"`), `words` our words by theirs, of `status` (`PENDING = \"under_review\"`).",
    .keys = {{.is = free, .name = "NAME", .sentence = "A field of ours, or a word of theirs."}}};
  return all;
}

const key_group& webhook() {
  static const key_group all{
    .headings = {"webhook.NAME"},
    .file = "aorta.toml",
    .sentence =
      "What others send to `POST /webhooks/NAME` under their signature. A route takes it with `from = "
      "[\"webhook:NAME\"]` and `accept = [\"lab-result\"]`.",
    .keys = {
      {.is = word,
       .name = "scheme",
       .sentence = "How requests are signed: as Standard Webhooks has it (`webhook-id`, `webhook-timestamp`, "
                   "`webhook-signature`), GitHub (`X-Hub-Signature-256`), or Stripe (`Stripe-Signature`).",
       .required = true,
       .words = {"standard", "github", "stripe"}},
      {.is = texts,
       .name = "secrets",
       .sentence =
         "Each `env:NAME` or `file:PATH`; any of them may have signed, so that a new one can be added before the "
         "old one goes. Of `standard` each begins with `whsec_`.",
       .required = true},
      {section, "map"}}};
  return all;
}

const key_group& webhook_map() {
  static const key_group all{
    .headings = {"webhook.NAME.map"},
    .file = "aorta.toml",
    .sentence =
      "What of the JSON makes the report: each key a pointer such as `/patient/id` (RFC 6901), or a text that does not "
      "begin with `/` and is meant itself. What is of a result is looked for below its item of `results`.",
    .keys = {
      {.is = text, .name = "mrn", .sentence = "The clinic's number of the patient."},
      {.is = text, .name = "cyprus_id", .sentence = "The patient's Cyprus identity card."},
      {.is = text, .name = "arc", .sentence = "The patient's alien registration number."},
      {.is = text, .name = "family", .sentence = "The family name."},
      {.is = text, .name = "given", .sentence = "The given name."},
      {.is = text, .name = "birth_date", .sentence = "`1980-05-04`, or as HL7 writes it."},
      {.is = text, .name = "sex", .sentence = "`male`, `F`, or any word that PID-8 may have."},
      {.is = text, .name = "order_number", .sentence = "The sender's number of the order (filler)."},
      {.is = text, .name = "placer_number", .sentence = "The clinic's number of the order (placer)."},
      {.is = text, .name = "panel_code", .sentence = "What was ordered: its code."},
      {.is = text, .name = "panel_name", .sentence = "What was ordered: its name."},
      {.is = text,
       .name = "collected_at",
       .sentence = "When the specimen was taken: ISO 8601, or as HL7 writes it."},
      {.is = text, .name = "reported_at", .sentence = "When it was reported; it tells versions apart."},
      {.is = text, .name = "results", .sentence = "The list of results.", .required = true},
      {.is = text,
       .name = "code",
       .sentence = "Of a result: the test's code, as the laboratory's profile has it.",
       .required = true},
      {.is = text, .name = "name", .sentence = "Of a result: the test's name."},
      {.is = text,
       .name = "value",
       .sentence = "Of a result: a number, filed with its digits as they are written, or a text.",
       .required = true},
      {.is = text, .name = "unit", .sentence = "Of a result."},
      {.is = text, .name = "range", .sentence = "Of a result: the reference range, as in `3.5-5.1`."},
      {.is = text, .name = "flag", .sentence = "Of a result: `H`, `LL`, ... as OBX-8 has them."},
      {.is = text,
       .name = "status",
       .sentence =
         "Of a result: `final`, `preliminary`, `corrected`, `cancelled`, or a letter of OBX-11. Whose results are "
         "always final says `final` itself.",
       .required = true},
      {.is = text, .name = "observed_at", .sentence = "Of a result: when it was measured."}}};
  return all;
}

const key_group& files() {
  static const key_group all{
    .headings = {"files.NAME"},
    .file = "aorta.toml",
    .sentence =
      "A laboratory's files in CSV, as `[csv]` of its profile describes them: from a folder that is watched, and by "
      "`aorta import` and `POST /api/labs/{name}/import`. A route takes them with `from = [\"files:NAME\"]` and "
      "`accept = [\"lab-file\"]`.",
    .keys = {
      {.is = text,
       .name = "lab",
       .sentence = "Whose files: the name of its profile's file.",
       .required = true},
      {.is = text,
       .name = "folder",
       .sentence =
         "The folder that is watched: each `*.csv` in it whose size stands still is taken. Without it, none is."},
      {.is = text,
       .name = "done",
       .sentence = "Where a file goes that was read.",
       .by_default = "\"FOLDER/done\""},
      {.is = text,
       .name = "failed",
       .sentence = "Where a file goes of which nothing could be read, with the reason beside it.",
       .by_default = "\"FOLDER/failed\""}}};
  return all;
}

const key_group& clinic() {
  static const key_group all{
    .headings = {"clinic.CODE"},
    .file = "aorta.toml",
    .sentence =
      "A clinic by its code, which routes and keys name. Without any, the clinics are those that routes name.",
    .keys = {
      {.is = text,
       .name = "name",
       .sentence =
         "Its name when the store gets the clinic; afterwards the store's stands. Without it, its code.",
       .when_changed = kept},
      {sections, "critical", "See `[[clinic.CODE.critical]]`."}}};
  return all;
}

const key_group& alerts() {
  static const critical::rules made;
  static const key_group all{
    .headings = {"critical"},
    .file = "aorta.toml",
    .sentence =
      "Who hears of critical values, and when. The times are a proposal: the clinic's board sets them.",
    .keys = {
      {.is = whole,
       .name = "fresh_hours",
       .sentence =
         "Values that were observed longer before they came go to the list of late ones and call nobody.",
       .by_default = whole_of(size_t(made.fresh.count())),
       .least = 1,
       .most = 8'760},
      {.is = number,
       .name = "due_minutes",
       .sentence = "Within which somebody is to acknowledge; reports tell the share.",
       .by_default = minutes_of(made.due),
       .most = 1'440},
      {.is = number,
       .name = "call_by_hand_minutes",
       .sentence =
         "After which, and not before the ladder's last rung, somebody has to call: a review that stays open.",
       .by_default = minutes_of(made.by_hand),
       .most = 1'440},
      {.is = text,
       .name = "time_zone",
       .sentence = "The zone of `hours`.",
       .by_default = text_as_toml(made.time_zone)},
      {sections, "ladder", "See `[[critical.ladder]]`."}}};
  return all;
}

const key_group& ladder() {
  static const key_group all{
    .headings = {"[critical.ladder]"},
    .file = "aorta.toml",
    .sentence =
      "One who hears of a critical value that nobody has acknowledged yet: a rung of the clinic's ladder.",
    .keys = {
      {.is = text,
       .name = "destination",
       .sentence = "By which destination; `http` or `file`. Texts and calls go through a gateway's webhook.",
       .required = true},
      {.is = number,
       .name = "minutes",
       .sentence = "How long after the engine has seen the value.",
       .by_default = "0",
       .most = 1'440},
      {.is = text, .name = "clinic", .sentence = "The clinic's code; without it, every clinic's."},
      {.is = text,
       .name = "role",
       .sentence = "Whom it reaches, as people call them: `on-call`. It goes with the alert."},
      {.is = word,
       .name = "severity",
       .sentence =
         "Only for values past a limit or flagged LL or HH (`risk`), or only for others (`significant`): AA, and what is critical no longer.",
       .words = {"risk", "significant"}},
      {.is = word,
       .name = "results",
       .sentence =
         "Only for results of a known patient, or only for those of messages that wait for a person.",
       .words = {"matched", "unmatched"}},
      {.is = texts,
       .name = "hours",
       .sentence =
         "Only at these hours, as in `Mon-Fri 07:00-15:00` or `20:00-08:00`; outside of them the rung is left out."}}};
  return all;
}

const key_group& critical() {
  static const key_group all{
    .headings = {"[clinic.CODE.critical]", "[critical]"},
    .file = "aorta.toml",
    .sentence =
      "A limit past which a result is critical whatever the laboratory flagged: the clinic's in aorta.toml, beside them "
      "a laboratory's as `[[critical]]` in its own file. `loinc` or `analyte`, and at least one of the limits.",
    .keys = {
      {.is = text,
       .name = "loinc",
       .sentence = "A LOINC code: it means its analyte, but for codes that have limits of their own."},
      {.is = text,
       .name = "analyte",
       .sentence = "What is measured, by the code table's name, as in `potassium`: all its codes."},
      {.is = number, .name = "low", .sentence = "Critical below it. The number itself is not."},
      {.is = number, .name = "high", .sentence = "Critical above it. The number itself is not."},
      {.is = number,
       .name = "times_upper_reference",
       .sentence =
         "Critical above so many times the upper end of the range that came with the result; above 0."},
      {.is = text,
       .name = "unit",
       .sentence =
         "The unit of `low` and `high`, in UCUM; needed with them where the limit is for an analyte."}}};
  return all;
}

key_row mllp_release(const config::listener& made) {
  return {
    .is = whole,
    .name = "release",
    .sentence =
      "Of the transport protocol (MLLP). In release 2 each frame is answered by a block of its own too, as soon "
      "as it is in the store (0x06) or was not taken (0x15), before any acknowledgement of HL7.",
    .by_default = whole_of(made.release),
    .least = 1,
    .most = 2};
}

key_row batch_answers() {
  return {
    .is = word,
    .name = "batch_answer",
    .sentence =
      "How several messages in one frame are answered. `batch`: what came between BHS and BTS by such a batch of "
      "acknowledgements, in one frame, and messages without these lines each by its own. `each`: each message "
      "by an acknowledgement in a frame of its own. `one`: all of them by one acknowledgement, whose MSA-2 is "
      "BHS-11, or MSH-10 of the first message.",
    .by_default = "\"batch\"",
    .words = {"batch", "each", "one"}};
}

const key_group& expects() {
  static const critical::expectation made;
  static const key_group all{
    .headings = {"listener.NAME.expects"},
    .file = "aorta.toml",
    .sentence =
      "At least one message within so long: a laboratory that falls silent is an event (`laboratory_silent`) of "
      "the clinics whose routes take from the listener, and so is its return (`laboratory_back`).",
    .keys = {
      {.is = number,
       .name = "minutes",
       .sentence = "Without a message for so long it is silent.",
       .required = true,
       .most = 7 * 1'440},
      {.is = texts,
       .name = "hours",
       .sentence = "Only when all of that time lies within these hours, as in `Mon-Fri 07:00-19:00`. Without "
                   "them, always."},
      {.is = text,
       .name = "time_zone",
       .sentence = "The zone of `hours`.",
       .by_default = text_as_toml(made.time_zone)}}};
  return all;
}

const key_group& listener() {
  static const config::listener made;
  static const key_group all{
    .headings = {"listener.NAME"},
    .file = "aorta.toml",
    .sentence =
      "A port for HL7 v2 over MLLP; routes name it in `from`. One that comes or goes needs a restart.",
    .keys = {
      {.is = text,
       .name = "listen",
       .sentence = "Address and port, as in `0.0.0.0:2575`.",
       .required = true,
       .when_changed = restart},
      {section, "tls"},
      {section, "expects"},
      {.is = texts,
       .name = "allow",
       .sentence =
         "Blocks of addresses that may connect, as in `10.1.0.0/16`; an empty list lets nobody in. Without "
         "it, everybody who reaches the port."},
      {.is = texts,
       .name = "balancers",
       .sentence =
         "Blocks of addresses of balancers, as in `10.0.0.5`: their connections begin with a PROXY header of version 2 "
         "(HAProxy's `send-proxy-v2`), and `allow`, limits and logs are about whom it names. From "
         "anywhere else such a header is not taken."},
      {.is = whole,
       .name = "max_frame_bytes",
       .sentence =
         "How large a message may be; of a larger one the beginning is kept, it is refused (AR), and the "
         "connection closed.",
       .by_default = whole_of(made.max_frame_bytes),
       .least = 64,
       .most = most_frame_bytes},
      {.is = whole,
       .name = "max_connections",
       .sentence = "How many connections may be open at a time.",
       .by_default = whole_of(made.max_connections),
       .least = 1,
       .most = 1'000'000},
      {.is = whole,
       .name = "idle_seconds",
       .sentence = "A connection that is silent for so long is closed. 0: never.",
       .by_default = whole_of(size_t(made.idle_timeout.count())),
       .least = 0,
       .most = 365 * a_day},
      {.is = whole,
       .name = "frame_seconds",
       .sentence =
         "A connection is closed when a message that has begun is not complete after so long. 0: never.",
       .by_default = whole_of(size_t(made.frame_timeout.count())),
       .least = 0,
       .most = a_day},
      {.is = flag,
       .name = "missing_start_block",
       .sentence = "Whether a message may come without 0x0B in front.",
       .by_default = flag_of(made.missing_start_block)},
      mllp_release(made),
      batch_answers()}};
  return all;
}

const key_group& route_file() {
  static const key_group all{.headings = {},
                             .file = "routes/*.toml",
                             .sentence = "",
                             .keys = {{section, "route"},
                                      {sections, "edit", "See `[[edit]]`."},
                                      {sections, "index", "See `[[index]]`."}}};
  return all;
}

// NOLINTNEXTLINE(readability-function-size): a table, one key after the other
const key_group& route() {
  static const config::route made;
  static const key_group all{
    .headings = {"route"},
    .file = "routes/*.toml",
    .sentence = "Which messages take which chain.",
    .keys = {
      {.is = text,
       .name = "name",
       .sentence = "In metrics, traces and `/api/routes`: letters, digits, `-`, `_` and `.`.",
       .required = true},
      {.is = texts,
       .name = "from",
       .sentence = "Listeners, or `http` for what is POSTed to /fhir/r4/Bundle.",
       .required = true},
      {.is = texts,
       .name = "accept",
       .sentence = "Types of messages, as in `ORU^R01`; `Bundle` from `http`.",
       .required = true},
      {.is = texts,
       .name = "chain",
       .sentence =
         "The stages, in their order; of a chain that does not exist `aorta check` tells why, and names one that does.",
       .required = true},
      {.is = texts,
       .name = "labs",
       .sentence =
         "Laboratories by their files in labs/, chosen by MSH-4 or MSH-3. A chain with `map-lab` needs one."},
      {.is = texts,
       .name = "send",
       .sentence = "Destinations by their names, to which the stage `forward` passes its messages on."},
      {.is = texts,
       .name = "receiving",
       .sentence = "Takes only what is meant for one of these (MSH-5 or MSH-6). Without it, for anybody."},
      {.is = texts,
       .name = "processing",
       .sentence =
         "Processing ids (MSH-11) that it takes: `P` production, `T` training, `D` debugging. Others are refused "
         "(AR, 202).",
       .by_default = list_of(made.processing)},
      {.is = text,
       .name = "when",
       .sentence =
         "Takes only messages of which this holds, as in `'MSH-3 = \"LIS\"'` (docs/routes.md). HL7 alone."},
      {.is = text,
       .name = "clinic",
       .sentence = "The clinic whose patients these are.",
       .by_default = text_as_toml(made.clinic)},
      {.is = flag,
       .name = "create",
       .sentence =
         "Whether an admission whose patient nobody knows makes one; without it, a person is asked.",
       .by_default = "false"},
      {.is = text,
       .name = "charset",
       .sentence =
         "Of admissions, orders, appointments, documents and look-ups: the charset of their messages, whatever MSH-18 says. Laboratories have their own."},
      {.is = text,
       .name = "time_zone",
       .sentence = "Of admissions, orders, appointments and documents: the zone of times without an offset.",
       .by_default = text_as_toml(made.time_zone)},
      {.is = texts,
       .name = "discloses",
       .sentence =
         "Of look-ups: which fields of a person their answers hold: `PID-3` the numbers (always), `PID-5` the name, "
         "`PID-7` the birth date, `PID-8` the sex (docs/queries.md).",
       .by_default = list_of(made.discloses)},
      {.is = whole,
       .name = "lanes",
       .sentence = "Parallel copies of the chain; one patient's messages keep their order.",
       .by_default = whole_of(made.lanes),
       .least = 1,
       .most = 256},
      {.is = whole,
       .name = "in_flight",
       .sentence = "Messages between socket and answer; past that, connections are read no further.",
       .by_default = whole_of(made.in_flight),
       .least = 1,
       .most = 1'000'000},
      {.is = number,
       .name = "deadline_seconds",
       .sentence = "Then a sender who waits is told to try again (AE 207; by HTTP 503).",
       .by_default = whole_of(size_t(made.deadline.count() / 1000)),
       .least = 0.1,
       .most = 3600},
      {.is = word,
       .name = "when_paused",
       .sentence = "What its senders see while a person has paused it: `wait`, they are read no further and "
                   "answered when it goes on; `refuse`, AE 207 at once. By HTTP always 503.",
       .by_default = text_as_toml("wait"),
       .words = {"wait", "refuse"}},
      {.is = word,
       .name = "ack",
       .sentence =
         "How its senders are answered: `original`, once, when all is done; `enhanced`, first of the receipt (CA, "
         "CE, CR) and then of what became of it (AA, AE, AR), for both of which a message may ask otherwise by "
         "MSH-15 and MSH-16. Without it, as these fields of each message ask. Needs the stage `accept`, without "
         "which all is answered in original mode.",
       .words = {"original", "enhanced"}},
      {.is = text,
       .name = "application_ack",
       .sentence =
         "`host:port` of an MLLP receiver to which application acknowledgements of enhanced mode go, as deliveries "
         "of the destination `ack-HOST-PORT`; without it, back on the connection. They ask for a CA themselves "
         "(MSH-15 AL)."}}};
  return all;
}

const key_group& destination_file() {
  static const key_group all{
    .headings = {}, .file = "destinations/*.toml", .sentence = "", .keys = {{section, "destination"}}};
  return all;
}

// NOLINTNEXTLINE(readability-function-size): a table, one key after the other
const key_group& destination() {
  static const config::destination made;
  static const key_group all{
    .headings = {"destination"},
    .file = "destinations/*.toml",
    .sentence = "Where routes pass messages on to; each is kept with its message until the receiver has it.",
    .keys = {
      {.is = text,
       .name = "name",
       .sentence = "In routes, metrics and `/api/destinations`: letters, digits, `-`, `_` and `.`.",
       .required = true},
      {.is = word,
       .name = "kind",
       .sentence =
         "How it is spoken to: `mllp`; `http`, a POST for each message; `file`, a file in a folder for each; `redis`, an "
         "entry of a stream for each; `fhir`, a transaction of what each filed, for another FHIR R4 server.",
       .required = true,
       .words = {"mllp", "http", "file", "redis", "fhir"}},
      {.is = text,
       .name = "to",
       .sentence =
         "The receiver: of `mllp` `10.1.2.3:2575`, of `http` a URL, of `file` a folder that is there, of `redis` the key of "
         "a stream at the server of `[redis]`, of `fhir` a base URL.",
       .required = true},
      {.is = word,
       .name = "content",
       .sentence =
         "Of `http`, `file` and `redis`, what is given of a message: `hl7`, its bytes; `json`, all of it as a tree; "
         "`event`, that it was filed and under which ids, and nothing that it says of anybody.",
       .by_default = text_as_toml(std::string(config::name(made.gives))),
       .words = {"hl7", "json", "event"}},
      {.is = text,
       .name = "file_name",
       .sentence =
         "Of `file`: a name with `{control_id}` or `{id}` in it, which no other delivery has, and, as one likes, "
         "`{type}`, `{sender}`, `{date}` and `{time}` (UTC, of the filing). Nothing is overwritten.",
       .by_default = text_as_toml(made.file_name)},
      {.is = flag,
       .name = "plaintext",
       .sentence =
         "Of `http` and `fhir`: a URL without TLS is meant, and who listens on the way may read along.",
       .by_default = "false"},
      {.is = texts,
       .name = "allow",
       .sentence =
         "Of `http` and `fhir`: blocks of addresses such as `10.0.0.0/8` that may be reached beside public ones. What is "
         "link-local or serves a cloud's metadata must be named by a block within those.",
       .by_default = "[]"},
      {.is = texts,
       .name = "events",
       .sentence =
         "Of `http`, `file` and `redis`: types of events, as in `lab_result_critical`, or `*`, that go there from all clinics of "
         "this engine, whatever routes send; as thin events, whatever `content` says.",
       .by_default = "[]"},
      {.is = text,
       .name = "secret",
       .sentence =
         "Of `http`: with it each request is signed as Standard Webhooks has it, by a secret (`whsec_...`) or an "
         "Ed25519 key (`whsk_...`). `env:NAME` is a variable of the environment, `file:PATH` a file, which a "
         "reload reads anew."},
      {.is = text,
       .name = "old_secret",
       .sentence = "The one before: requests are signed with both until `old_secret_until`."},
      {.is = text, .name = "old_secret_until", .sentence = "A time, as in `2026-12-24T00:00:00Z`."},
      {.is = whole,
       .name = "partitions",
       .sentence =
         "How many work side by side, each on a connection of its own; what has one key stays in one. Of `http` and "
         "`fhir` 4 when nothing is said.",
       .by_default = whole_of(made.partitions),
       .least = 1,
       .most = 64},
      {.is = word,
       .name = "key",
       .sentence = "What keeps its order: the messages of one patient, all, or none.",
       .by_default = text_as_toml(std::string(delivery::name(made.key))),
       .words = {"patient", "all", "none"}},
      {.is = numbers,
       .name = "retry_seconds",
       .sentence =
         "Pauses after each attempt that came to nothing; the last one for as long as it takes. Each is "
         "shortened by up to a fifth.",
       .by_default = "[1, 5, 30, 120, 600]",
       .least = 1,
       .most = a_day},
      {.is = whole,
       .name = "attempts",
       .sentence =
         "How often an answer that it may pass later (AE, CE; 408, 429, 3xx, 5xx) is taken before `on_reject` counts. Silence and "
         "refused connections are tried for ever.",
       .by_default = whole_of(made.rules.attempts),
       .least = 0,
       .most = 1000},
      {.is = word,
       .name = "on_reject",
       .sentence =
         "What becomes of what the receiver refuses (AR, CR; other 4xx): `park`, it waits for a person and the next goes "
         "on; `skip`, it is left out; `hold`, what has its key waits too; `hold-all`, so does its partition.",
       .by_default = text_as_toml(std::string(delivery::name(made.rules.rejected))),
       .words = {"park", "skip", "hold", "hold-all"}},
      {.is = word,
       .name = "control_id",
       .sentence =
         "`new`: MSH-10 is one of ours, the same at each attempt, since senders' are not unique; `keep`: as "
         "it came.",
       .by_default = "\"new\"",
       .words = {"new", "keep"}},
      {.is = flag,
       .name = "forward_unmatched",
       .sentence =
         "Whether messages whose patient a person must decide are passed on at once; else when their patient is found, as "
         "those to `fhir` always are.",
       .by_default = flag_of(made.forward_unmatched)},
      {.is = whole,
       .name = "timeout_seconds",
       .sentence = "How long an answer may take.",
       .by_default = whole_of(size_t(made.timeout.count())),
       .least = 1,
       .most = 3600},
      {.is = whole,
       .name = "alert_rows",
       .sentence = "When more wait than this, the log tells it once, and once when it is over; 0: never.",
       .by_default = whole_of(made.alert_rows),
       .least = 0,
       .most = any_whole},
      {.is = whole,
       .name = "alert_seconds",
       .sentence = "The same when the oldest waits longer than this; 0: never.",
       .by_default = whole_of(size_t(made.alert_after.count())),
       .least = 0,
       .most = any_whole},
      {section, "tls"},
      {section, "headers"}}};
  return all;
}

const key_group& destination_headers() {
  static const key_group all{
    .headings = {"destination.headers"},
    .file = "destinations/*.toml",
    .sentence = "Of `http` and `fhir`: headers of each request.",
    .keys = {
      {.is = free, .name = "NAME", .sentence = "Its value; `env:NAME` and `file:PATH` as for `secret`."}}};
  return all;
}

const key_group& destination_tls() {
  static const key_group all{
    .headings = {"destination.tls"},
    .file = "destinations/*.toml",
    .sentence = "With this section, also an empty one, the receiver is spoken to over TLS, under its name.",
    .keys = {
      {.is = text,
       .name = "ca",
       .sentence =
         "A PEM file of the authorities whose certificates are taken; without it those of this machine."},
      {.is = text, .name = "cert", .sentence = "Our certificate, as a PEM file, where it asks for one."},
      {.is = text,
       .name = "key",
       .sentence = "Its private key, as a PEM file; without it, it is in the certificate's file."}}};

  return all;
}

const key_group& index() {
  static const key_group all{
    .headings = {"[index]"},
    .file = "routes/*.toml",
    .sentence =
      "What the route's messages are found by in `GET /api/messages?q=`, beside their control id, the "
      "numbers of their orders and their patient. Of the values only keyed hashes are kept; messages "
      "that came before it was declared are not found by it until they are run again.",
    .keys = {{.is = text,
              .name = "name",
              .sentence = "What it is called: `q=NAME:VALUE` looks for it alone.",
              .required = true},
             {.is = text,
              .name = "path",
              .sentence = "The place, as the route's steps see it, behind its edits: `OBR-18`, `PID-18.1`, "
                          "`OBX[2]-5`. Without a number every segment and repetition; of a field its first "
                          "component.",
              .required = true}}};
  return all;
}

const key_group& edit() {
  static const key_group all{
    .headings = {"[edit]"},
    .file = "routes/*.toml",
    .sentence =
      "What is written into a message before anything reads it, in order, by the stage `edit`; see docs/routes.md.",
    .keys = {
      {.is = text, .name = "when", .sentence = "Only then."},
      {.is = text, .name = "in", .sentence = "Once for each segment of this name, as in `OBX`."},
      {.is = text,
       .name = "set",
       .sentence = "The place that gets the text of `to`, in which `{PV1-3.1}` is a place's text."},
      {.is = text, .name = "to", .sentence = "Of `set` the text, of `copy` the place, of `date` the form."},
      {.is = text,
       .name = "copy",
       .sentence = "The place whose content is written to `to`, divided as it is."},
      {.is = text,
       .name = "remove",
       .sentence = "A segment with the notes behind it, a field, a repetition or a component."},
      {.is = text, .name = "map", .sentence = "The place whose text is looked up in `table`."},
      {.is = text, .name = "table", .sentence = "A file of tables/, without `.csv`: two columns, `from,to`."},
      {.is = text, .name = "replace", .sentence = "The place in which `match` is written as `with`."},
      {.is = text, .name = "match", .sentence = "A pattern of RE2."},
      {.is = text, .name = "with", .sentence = "A text; `\\1` is what the first parentheses hold."},
      {.is = text, .name = "date", .sentence = "The place whose date changes its form."},
      {.is = text, .name = "from", .sentence = "The date's form, as in `dd/MM/yyyy HH:mm`."},
      {.is = text, .name = "number", .sentence = "The place whose number is written as HL7 writes it."},
      {.is = text, .name = "decimal", .sentence = "Of `number`, the sign before decimals: `,` or `.`."},
      {.is = text,
       .name = "else",
       .sentence = "When it cannot be done: `keep`, `hold` (for a person), `reject` (AR), or another text."},
      {.is = flag, .name = "force", .sentence = "Lets MSH-9 and MSH-10 be written."}}};
  return all;
}

const key_group& lab_file() {
  static const key_group all{.headings = {},
                             .file = "labs/*.toml",
                             .sentence = "",
                             .keys = {{section, "lab"},
                                      {section, "tests"},
                                      {section, "units"},
                                      {section, "flags"},
                                      {section, "csv"},
                                      {sections, "critical", "See `[[clinic.CODE.critical]]`."}}};
  return all;
}

const key_group& lab() {
  static const lab::profile made;
  static const key_group all{
    .headings = {"lab"},
    .file = "labs/*.toml",
    .sentence = "One laboratory; routes name it by its file, without `.toml`.",
    .keys = {
      {.is = text,
       .name = "name",
       .sentence = "The laboratory's name, as results show it.",
       .required = true},
      {.is = text,
       .name = "code",
       .sentence = "Its code, as its messages have it in MSH-4 or MSH-3.",
       .required = true},
      {.is = texts, .name = "senders", .sentence = "Other names that it has in MSH-4 or MSH-3."},
      {.is = text,
       .name = "charset",
       .sentence =
         "The charset of its messages, as in `windows-1253`, whatever MSH-18 says. Without it, MSH-18 counts."},
      {.is = text,
       .name = "time_zone",
       .sentence = "The zone of times without an offset.",
       .by_default = text_as_toml(made.time_zone)},
      {.is = flag,
       .name = "decimal_comma",
       .sentence = "Whether it writes `5,4`.",
       .by_default = flag_of(made.decimal_comma)},
      {.is = flag,
       .name = "loinc_direct",
       .sentence = "Whether codes that say that they are LOINC are taken without a row in `[tests]`.",
       .by_default = flag_of(made.loinc_direct)},
      {.is = word,
       .name = "units",
       .sentence = "The clinic's normal form of this laboratory's results: mass units, or SI.",
       .by_default = "\"conventional\"",
       .words = {"conventional", "si"}}}};
  return all;
}

namespace {

/// What a row of a file is.
std::vector<key_row> rows_of_files() {
  return {
    {.is = word,
     .name = "rows",
     .sentence =
       "What a row is: one `result`, or an `order` with a column for each test. Of an order's columns each that "
       "`[csv.columns]` does not name is a test, and its heading the test's code.",
     .by_default = "\"result\"",
     .words = {"result", "order"}},
    {.is = word,
     .name = "units",
     .sentence =
       "Where units stand: in a `column`, in the `heading` as in `CREAT (mg/dL)`, or in the row `below` the "
       "headings. The last two are for rows of orders.",
     .by_default = "\"column\"",
     .words = {"column", "heading", "below"}},
    {.is = word,
     .name = "repeats",
     .sentence =
       "What blank cells mean: `order`, blank cells of patient and order together mean the row above; `patient`, "
       "blank cells of the patient mean the one above, also beside an order of its own. Until a total, headings "
       "or a blank row.",
     .by_default = "\"nothing\"",
     .words = {"nothing", "order", "patient"}}};
}

} // namespace

const key_group& csv() {
  static const lab::sheet_layout made;
  static const key_group all = [] {
    key_group out{
      .headings = {"csv"},
      .file = "labs/*.toml",
      .sentence =
        "How the laboratory's files are written: CSV as spreadsheets write it, quoted cells with line ends too. Numbers "
        "are read as `decimal_comma` of `[lab]` says.",
      .keys = {
        {.is = word,
         .name = "delimiter",
         .sentence = "Between cells.",
         .by_default = "\",\"",
         .words = {",", ";", "|", "tab"}},
        {.is = text,
         .name = "charset",
         .sentence = "As in `windows-1253`. A file that begins with a byte-order mark is UTF-8 in any case.",
         .by_default = "\"UTF-8\""},
        {.is = flag,
         .name = "headings",
         .sentence =
           "Whether a row names the columns: the first among fifty that has all that `[csv.columns]` names.",
         .by_default = flag_of(made.headings)},
        {.is = text,
         .name = "date",
         .sentence =
           "How days are written: `yyyy`, `yy`, `MM`, `M`, `dd`, `d` and what stands between; or `excel`, days "
           "since 1899.",
         .by_default = text_as_toml(made.date)},
        {.is = text,
         .name = "time",
         .sentence = "How times are written, with `HH`, `H`, `mm`, `ss` too; a cell may have the day alone.",
         .by_default = text_as_toml(made.time)},
        {.is = texts,
         .name = "ignore",
         .sentence = "With rows of orders: headings of columns that are no tests."},
        {.is = texts,
         .name = "skip",
         .sentence =
           "A row whose first cell begins with one of these is no result, as in `Total`; a test's name may."},
        {.is = texts,
         .name = "not_done",
         .sentence = "Values that say that there is none.",
         .by_default = "[\"-\", \"--\", \"not done\", \"δεν έγινε\"]"},
        {section, "columns"}}};
    auto rows = rows_of_files();
    out.keys.insert(out.keys.begin() + 3, rows.begin(), rows.end());
    return out;
  }();
  return all;
}

const key_group& csv_columns() {
  static const std::string_view sentences[lab::sheet_fields] = {
    "The clinic's number of the patient.",
    "The patient's Cyprus identity card.",
    "The patient's alien registration number.",
    "The family name, or the whole name.",
    "The given name.",
    "The birth date, as `date` says.",
    "`M`, `female`, or any word that PID-8 may have.",
    "The laboratory's number of the order. Without it an order is known by patient and time.",
    "The clinic's number of the order.",
    "What was ordered: its code.",
    "What was ordered: its name.",
    "When the specimen was taken.",
    "The time of that day, where it has a column of its own: `9:30`.",
    "When it was reported.",
    "What was examined, as in `serum`.",
    "The test's code, as `[tests]` has it.",
    "The test's name; its code too where there is no other.",
    "The result.",
    "Its unit.",
    "The reference range in one cell.",
    "Its lower end.",
    "Its upper end.",
    "`H`, `LL`, ... as OBX-8 has them.",
    "`final`, `preliminary`, `corrected`, or a letter of OBX-11. Without this column all are final.",
    "A remark."};
  static const key_group all = [] {
    key_group made{.headings = {"csv.columns"},
                   .file = "labs/*.toml",
                   .sentence = "Which column says what: by its heading, or by its place from 1.",
                   .keys = {}};
    for (size_t i = 0; i < lab::sheet_fields; ++i)
      made.keys.push_back({.is = heading, .name = lab::name(lab::sheet_field(i)), .sentence = sentences[i]});
    return made;
  }();
  return all;
}

const key_group& tests() {
  static const key_group all{
    .headings = {"tests"},
    .file = "labs/*.toml",
    .sentence = "The laboratory's codes (OBX-3.1).",
    .keys = {
      {.is = free,
       .name = "CODE",
       .sentence = "The test's LOINC code, as in `K = \"2823-3\"`, or a section with the keys below."}}};
  return all;
}

const key_group& long_test() {
  static const key_group all{
    .headings = {"tests.CODE"},
    .file = "labs/*.toml",
    .sentence = "As in `INR = { loinc = \"6301-6\", unit = \"{INR}\" }`.",
    .keys = {{.is = text, .name = "loinc", .sentence = "The test's LOINC code.", .required = true},
             {.is = text, .name = "unit", .sentence = "The unit, in UCUM, where a result comes without one."},
             {.is = text, .name = "name", .sentence = "The test's name, in place of the one that is sent."}}};
  return all;
}

const key_group& units() {
  static const key_group all{
    .headings = {"units"},
    .file = "labs/*.toml",
    .sentence = "Spellings of units (OBX-6); they go before those of the code table.",
    .keys = {
      {.is = free, .name = "SPELLING", .sentence = "What it means in UCUM, as in `\"gm%\" = \"g/dL\"`."}}};
  return all;
}

const key_group& flags() {
  static const key_group all{
    .headings = {"flags"},
    .file = "labs/*.toml",
    .sentence = "Flags (OBX-8) of the laboratory's own.",
    .keys = {
      {.is = free,
       .name = "FLAG",
       .sentence =
         "One of `normal`, `low`, `high`, `critical_low`, `critical_high`, `abnormal`, `indeterminate`."}}};
  return all;
}

} // namespace keys

const key_row* key_group::find(std::string_view name) const noexcept {
  const auto found = std::find_if(keys.begin(), keys.end(),
                                  [&](const auto& each) { return each.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string> key_group::names() const {
  std::vector<std::string> out;
  for (const auto& each : keys) out.emplace_back(each.name);
  return out;
}

std::span<const key_group* const> all_keys() {
  static const key_group* const all[] = {&keys::server(),
                                         &keys::http(),
                                         &keys::store(),
                                         &keys::security(),
                                         &keys::log(),
                                         &keys::fhir(),
                                         &keys::limits(),
                                         &keys::retention(),
                                         &keys::alerts(),
                                         &keys::ladder(),
                                         &keys::events(),
                                         &keys::redis(),
                                         &keys::gesy(),
                                         &keys::gesy_file(),
                                         &keys::gesy_paths(),
                                         &keys::gesy_lists(),
                                         &keys::gesy_claims(),
                                         &keys::gesy_names(),
                                         &keys::webhook(),
                                         &keys::webhook_map(),
                                         &keys::files(),
                                         &keys::clinic(),
                                         &keys::critical(),
                                         &keys::listener(),
                                         &keys::expects(),
                                         &keys::tls(),
                                         &keys::route_file(),
                                         &keys::route(),
                                         &keys::edit(),
                                         &keys::index(),
                                         &keys::destination_file(),
                                         &keys::destination(),
                                         &keys::destination_tls(),
                                         &keys::destination_headers(),
                                         &keys::lab_file(),
                                         &keys::lab(),
                                         &keys::tests(),
                                         &keys::long_test(),
                                         &keys::units(),
                                         &keys::flags(),
                                         &keys::csv(),
                                         &keys::csv_columns()};
  return all;
}

namespace {

/// Whether `name` is this key below this heading; a word of the heading in capitals stands for any name.
bool is_named(std::string_view heading, std::string_view key, std::string_view name) {
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto any = std::find_if(heading.begin(), heading.end(), capital);
  const auto behind = std::find_if_not(any, heading.end(), capital);
  const std::string before(heading.begin(), any),
    after = std::string(behind, heading.end()) + "." + std::string(key);
  if (any == heading.end()) return name == before + after;
  return name.size() > before.size() + after.size() && name.starts_with(before) && name.ends_with(after);
}

} // namespace

const key_row* server_key(std::string_view full_name) {
  for (const auto* group : all_keys())
    for (const auto heading : group->headings)
      for (const auto& each : group->keys)
        if (group->file == keys::server().file && is_named(heading, each.name, full_name)) return &each;
  return nullptr;
}

} // namespace aorta::config
