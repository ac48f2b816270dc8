// What there is outside FHIR. `docs/http.md` and `GET /api/openapi.json` are made of this page.
#include "engine/api/resources.hpp"

namespace aorta::api {
namespace {

using http::kind;
using http::made_of;
using http::need;
using http::scope;

const http::input clinic = {"clinic", "The clinic's code, for keys that see more than one; else the first."};
const http::input cursor = {"cursor", "The `next` of the page before."};
const http::input limit = {"limit", "How many at most, 1 to 1000; 50 when nothing is said.", need::optional,
                           kind::number};
const http::input many = {"limit", "How many at most, 1 to 10000; 1000 when nothing is said.", need::optional,
                          kind::number};
const http::input dry_run = {"dry_run", "Do all of it, tell what it changed, and undo it.", need::optional,
                             kind::flag};
const http::input purpose = {"reason", "Why it is asked for; it is kept sealed with the audit row."};
const http::input reason = {"reason", "Why; it is kept with what was done."};
const http::input instead_of = {
  "instead_of", "Under whom the message stands now, when it is to move from a person's link."};

const http::input config_folder = {"folder",
                                   "Where the file lies, below the folder of aorta.toml.",
                                   need::required,
                                   kind::text,
                                   {"routes", "labs", "destinations", "tables"}};

// NOLINTNEXTLINE(readability-function-size): a table, one row after the other
std::vector<endpoint> make() {
  return {
    {{.method = "GET",
      .path = "/health",
      .may = scope::open,
      .from = made_of::engine,
      .sentence = "Says that the process is alive, whatever the store does."},
     show_health},

    {{.method = "GET",
      .path = "/ready",
      .may = scope::open,
      .sentence =
        "Says whether messages can be taken: 200, or 503 with the reasons; which listeners are silent "
        "that should not be (`[listener.NAME.expects]`), and what waits since the configuration does "
        "not know it any more (`warnings`), which are no reasons."},
     show_readiness},

    {{.method = "GET",
      .path = "/metrics",
      .may = scope::metrics,
      .from = made_of::engine,
      .sentence = "Gives figures for Prometheus; also while the store is away, to keys that were seen "
                  "before.",
      .media = "text/plain"},
     show_metrics},

    {{.method = "GET",
      .path = "/api/openapi.json",
      .may = scope::any_key,
      .from = made_of::engine,
      .sentence = "Describes all of this, FHIR too, for programs, as OpenAPI 3.1."},
     show_openapi},

    {{.method = "GET",
      .path = "/api/stream",
      .sentence =
        "Tells how things stand, again whenever that changes, as server-sent events (`state`): readiness, this "
        "node's listeners over the last ten seconds, routes, destinations, and how much is open in the clinic. "
        "It ends with the key or the session, and while the store does not answer.",
      .query = {clinic},
      .media = "text/event-stream"},
     show_live},

    {{.method = "POST",
      .path = "/api/session",
      .may = scope::open,
      .sentence =
        "Signs in at the console with a key: sets a cookie that stands for it for eight hours, with the header "
        "`X-Aorta: console`, without which it opens nothing.",
      .body = {{"key", "An API key.", need::required}}},
     sign_in},

    {{.method = "GET",
      .path = "/api/session",
      .may = scope::open,
      .sentence =
        "Tells who asks: the key's name, its person, scopes and clinics, and until when a session holds; "
        "`name` is null where nobody is signed in."},
     show_session},

    {{.method = "DELETE",
      .path = "/api/session",
      .may = scope::any_key,
      .sentence = "Signs out: ends this session, or all of its key.",
      .query = {{"everywhere", "All sessions of this key.", need::optional, kind::flag}},
      .status = 204,
      .media = ""},
     sign_out},

    {{.method = "GET",
      .path = "/api/routes",
      .sentence = "Lists the routes with their chains, what they have at work, what they have done, and "
                  "their last error.",
      .query = {clinic}},
     list_routes},

    {{.method = "POST",
      .path = "/api/routes/{name}/pause",
      .may = scope::write,
      .sentence =
        "Pauses a route, on all nodes and over restarts: what its messages meet is `when_paused` of "
        "its file. What has entered is finished; what persons run again is run.",
      .query = {clinic}},
     pause_route},

    {{.method = "POST",
      .path = "/api/routes/{name}/resume",
      .may = scope::write,
      .sentence = "Lets a paused route go on; who waited is taken in the order in which it came.",
      .query = {clinic}},
     resume_route},

    {{.method = "GET",
      .path = "/api/messages",
      .sentence = "Lists the message log, the newest first.",
      .query =
        {clinic,
         {"status",
          "Only those that ended so.",
          need::optional,
          kind::text,
          {"received", "processed", "unmatched", "failed", "duplicate"}},
         {"type", "Only this message type, as MSH-9 says it: `ORU^R01`."},
         {"control_id", "Only this control id (MSH-10)."},
         {"facility", "Only from this sending facility (MSH-4)."},
         {"q",
          "Only those of a control id, an order's number, a patient's number or name (in either script; "
          "each word begins one of the names), or a value that `[[index]]` of a route names: `accession:A-17` "
          "looks in that index alone."},
         {"route", "Only those that this route took."},
         {"listener", "Only those that came at this listener."},
         {"sender", "Only from this sender (MSH-3 or MSH-4)."},
         {"error", "Only those that failed with this code."},
         {"reviews",
          "Only those of which something waits for a person.",
          need::optional,
          kind::text,
          {"open"}},
         {"patient_id", "Only those that stand under this patient.", need::optional, kind::number},
         {"frame", "Only the parts of this frame: `part.frame` of any of them."},
         {"from", "Only those received at this time or later (ISO 8601)."},
         {"to", "Only those received before this time (ISO 8601)."},
         cursor,
         limit}},
     list_messages},

    {{.method = "GET",
      .path = "/api/messages/{id}",
      .sentence = "Shows one message: its log row, its bytes and segments, trace, reviews, links, "
                  "corrections and results.",
      .query = {clinic}},
     show_message},

    {{.method = "POST",
      .path = "/api/messages/{id}/reprocess",
      .may = scope::write,
      .sentence = "Sends a message through today's route again; what persons have said of it stays.",
      .query = {clinic, dry_run}},
     reprocess},

    {{.method = "POST",
      .path = "/api/messages/{id}/link",
      .may = scope::write,
      .sentence = "Files a message under the patient whom a person names; its results move in one step. The "
                  "key must be a person's.",
      .query = {clinic, dry_run},
      .body = {{"patient_id", "The patient whose it is.", need::required}, instead_of, reason}},
     link},

    {{.method = "POST",
      .path = "/api/messages/{id}/unlink",
      .may = scope::write,
      .sentence = "Takes a message away from its patient: its results are withdrawn and it waits. The key "
                  "must be a person's.",
      .query = {clinic, dry_run}},
     unlink},

    {{.method = "POST",
      .path = "/api/messages/{id}/resend",
      .may = scope::write,
      .sentence = "Passes a message on to one destination once more, as its route writes it today, under a "
                  "new control id; answers the new delivery.",
      .query = {clinic},
      .body = {{"destination", "Where to: a destination of the clinic's routes.", need::required}}},
     resend},

    {{.method = "GET",
      .path = "/api/destinations",
      .sentence =
        "Lists the destinations of the clinic's routes, those of application acknowledgements too: where they "
        "lead, whether they are running, paused or gone, and what waits there; and, `unconfigured`, those "
        "that the configuration does not have any more, as long as something waits for them.",
      .query = {clinic}},
     list_destinations},

    {{.method = "POST",
      .path = "/api/destinations/{name}/pause",
      .may = scope::write,
      .sentence = "Begins nothing more to this destination, of this clinic, on any node; what comes waits.",
      .query = {clinic}},
     pause_destination},

    {{.method = "POST",
      .path = "/api/destinations/{name}/resume",
      .may = scope::write,
      .sentence = "Goes on with a destination that was paused, or whose receiver said that it was gone.",
      .query = {clinic}},
     resume_destination},

    {{.method = "GET",
      .path = "/api/deliveries",
      .sentence = "Lists what is passed on, a row for each message or event and its destination, the newest "
                  "first.",
      .query = {clinic,
                {"destination", "Only to this destination."},
                {"state",
                 "Only those that stand so; what is `parked` waits for a person.",
                 need::optional,
                 kind::text,
                 {"waiting", "inflight", "sent", "parked", "skipped"}},
                {"message_id", "Only those of this message."},
                {"event_id", "Only those of this event."},
                cursor,
                limit}},
     list_deliveries},

    {{.method = "POST",
      .path = "/api/deliveries/{id}/retry",
      .may = scope::write,
      .sentence =
        "Sends a delivery that waits, is parked or was left out at once, with all its attempts; that "
        "of a webhook which was removed is refused (409).",
      .query = {clinic}},
     retry_delivery},

    {{.method = "POST",
      .path = "/api/deliveries/{id}/skip",
      .may = scope::write,
      .sentence = "Leaves a delivery that waits or is parked out for good; what it held goes on.",
      .query = {clinic}},
     skip_delivery},

    {{.method = "GET",
      .path = "/api/webhooks",
      .may = scope::write,
      .sentence = "Lists the webhooks that hear of the clinic's events, without their secrets.",
      .query = {clinic}},
     list_webhooks},

    {{.method = "POST",
      .path = "/api/webhooks",
      .may = scope::write,
      .sentence = "Adds a webhook. The answer holds the secret by which its requests are signed; it is not "
                  "shown again.",
      .query = {clinic},
      .body =
        {{"url", "Where to: https, at an address that is public or allowed by `[events]`.", need::required},
         {"event_types", "Types of events, or `*`, all of them.", need::required, kind::texts},
         {"active", "Whether anything is sent; true when nothing is said.", need::optional, kind::flag}},
      .status = 201},
     add_webhook},

    {{.method = "GET",
      .path = "/api/webhooks/{id}",
      .may = scope::write,
      .sentence = "Shows one webhook; `state` is `gone` when its receiver said so (410).",
      .query = {clinic}},
     show_webhook},

    {{.method = "PUT",
      .path = "/api/webhooks/{id}",
      .may = scope::write,
      .sentence = "Changes what is said of it; what waits goes to the new URL. With a new secret, which the "
                  "answer shows once, the one before signs too for a day.",
      .query = {clinic},
      .body = {{"url", "Where it leads from now on."},
               {"event_types", "Types of events, or `*`.", need::optional, kind::texts},
               {"active", "false: nothing is sent, and no event is kept for it; true lets it go on.",
                need::optional, kind::flag},
               {"rotate_secret", "true: a new secret.", need::optional, kind::flag}}},
     change_webhook},

    {{.method = "DELETE",
      .path = "/api/webhooks/{id}",
      .may = scope::write,
      .sentence = "Removes a webhook; what waits for it is not sent.",
      .query = {clinic},
      .status = 204,
      .media = ""},
     remove_webhook},

    {{.method = "POST",
      .path = "/api/webhooks/{id}/test",
      .may = scope::write,
      .sentence = "Sends it an event of type `webhook_test`; answers the delivery, whose way "
                  "`GET /api/deliveries?event_id=` shows.",
      .query = {clinic},
      .status = 202},
     test_webhook},

    {{.method = "GET",
      .path = "/api/review",
      .sentence = "Lists what waits for a person, the newest first.",
      .query =
        {clinic,
         {"kind", "Only of this kind: `unmatched`, `unknown-unit`, ..."},
         {"state", "`open` when nothing is said.", need::optional, kind::text, {"open", "resolved", "all"}},
         cursor,
         limit}},
     list_reviews},

    {{.method = "GET",
      .path = "/api/review/{id}",
      .sentence = "Shows one review: its reasons, what was sent of the patient beside what is held of each "
                  "candidate, its results.",
      .query = {clinic}},
     show_review},

    {{.method = "POST",
      .path = "/api/review/{id}/resolve",
      .may = scope::write,
      .sentence = "Does what a person decides of a review; the second of two people gets 409 with who and "
                  "when. The key must be a person's.",
      .query = {clinic, dry_run},
      .body = {{"action",
                "What is to be done.",
                need::required,
                kind::text,
                {"link", "create-patient", "accept", "correct", "reject", "reprocess"}},
               {"patient_id", "For `link`: the patient whose it is."},
               instead_of,
               {"mrn", "For `create-patient`: the clinic's number of the patient, if the message has none."},
               {"result_id", "For `correct` and `reject`: which result, where the review concerns several."},
               {"value", "For `correct`: the value as the laboratory should have sent it."},
               {"unit", "For `correct`: the unit as the laboratory should have sent it."},
               {"reason", "Why; `correct` and `reject` of results need it."}}},
     resolve},

    {{.method = "GET",
      .path = "/api/critical",
      .sentence =
        "Lists alerts of critical values, the newest first: those that have not ended, or those of one state.",
      .query = {clinic,
                {"state",
                 "Only those that stand so; `all`: those that have ended too.",
                 need::optional,
                 kind::text,
                 {"open", "notified", "delivered", "escalated", "acknowledged", "read_back", "unreachable",
                  "late", "closed", "folded", "superseded", "withdrawn", "all"}},
                {"message_id", "Only those of this message."},
                cursor,
                limit}},
     list_critical},

    {{.method = "GET",
      .path = "/api/critical/report",
      .sentence =
        "Tells for each clinic how soon somebody was told of critical values, had them, and read them back: "
        "counts, shares, medians and nine tenths.",
      .query =
        {clinic,
         {"from", "Only those that came at this time or later (ISO 8601); 30 days ago when nothing is said."},
         {"to", "Only those that came before this time (ISO 8601)."},
         {"format", "`json` when nothing is said.", need::optional, kind::text, {"json", "csv", "pdf"}},
         {"lang", "Of `pdf`: Greek when nothing is said.", need::optional, kind::text, {"el", "en"}}}},
     report_critical},

    {{.method = "GET",
      .path = "/api/critical/{id}",
      .sentence = "Shows one alert with all that was done about it: who, in which role, by which way, when.",
      .query = {clinic}},
     show_critical},

    {{.method = "POST",
      .path = "/api/critical/{id}/acknowledge",
      .may = scope::write,
      .sentence =
        "Says that a person has it: nobody else is called. The second of two people gets 409 with who was "
        "first. The key must be a person's.",
      .query = {clinic},
      .body = {{"role", "In which role they do it."}}},
     acknowledge_critical},

    {{.method = "POST",
      .path = "/api/critical/{id}/read-back",
      .may = scope::write,
      .sentence =
        "Compares the value that a person repeats with the alert's; another one is kept and answered with "
        "422. The key must be a person's.",
      .query = {clinic},
      .body = {{"value", "The value as the person repeats it: `7.2`, `<20`.", need::required},
               {"unit", "Its unit, where it is not the one that the alert shows."},
               {"role", "In which role they do it."}}},
     read_back_critical},

    {{.method = "POST",
      .path = "/api/critical/{id}/hand-over",
      .may = scope::write,
      .sentence =
        "Gives an acknowledged alert to somebody else, who has to acknowledge it in their turn, or somebody "
        "has to call. The key must be a person's.",
      .query = {clinic},
      .body = {{"to", "The email of the person who is to have it.", need::required},
               {"reason", "Why; it is kept."},
               {"role", "In which role they do it."}}},
     hand_over_critical},

    {{.method = "POST",
      .path = "/api/critical/{id}/close",
      .may = scope::write,
      .sentence = "Closes an alert that somebody has, or a late one. The key must be a person's.",
      .query = {clinic},
      .body =
        {{"outcome", "What came of it.", need::required, kind::text, {"acted", "no-action", "mistaken"}},
         {"reason", "Why; needed where the value was not read back."},
         {"role", "In which role they do it."}}},
     close_critical},

    {{.method = "GET",
      .path = "/api/decisions",
      .sentence = "Lists what the engine has learned of links that persons made, the newest first, withdrawn "
                  "ones too.",
      .query = {clinic, cursor, limit}},
     list_decisions},

    {{.method = "DELETE",
      .path = "/api/decisions/{id}",
      .may = scope::write,
      .sentence = "Withdraws a decision: it teaches no more, and what was filed because of it is shown. The "
                  "key must be a person's.",
      .query = {clinic},
      .status = 204,
      .media = ""},
     withdraw},

    {{.method = "GET",
      .path = "/api/unmapped",
      .sentence =
        "Lists the codes that no profile maps, the most frequent first: with their units, how often they came, "
        "examples as they were sent, and tests that they may be, with what speaks for each and against.",
      .query = {clinic, cursor, limit}},
     list_unmapped},

    {{.method = "POST",
      .path = "/api/unmapped/map",
      .may = scope::write,
      .sentence =
        "Says what a code is, or a unit: writes the line into the laboratory's profile, has the engine "
        "run by it, and runs the messages that waited for it again, as a job of `/api/reprocess`. 409 "
        "names the line that stands already. The key must be a person's.",
      .query = {clinic, dry_run},
      .body = {{"lab", "The laboratory: the name of its profile's file.", need::required},
               {"code", "The laboratory's code (OBX-3.1), as it was sent."},
               {"loinc",
                "Which test that is. In the clinic's normal form: results in another unit are converted."},
               {"name", "How it is called, instead of as the laboratory calls it."},
               {"unit",
                "With `code`: the unit where none is sent. Without: the unit that is meant, as it was sent."},
               {"ucum", "What `unit` is, in UCUM."},
               reason},
      .status = 202,
      .slow = true},
     map_unmapped},

    {{.method = "POST",
      .path = "/api/reprocess",
      .may = scope::write,
      .sentence =
        "Runs many messages again by today's rules, as a job, in the order of receipt: only what differs gets a "
        "new version, and what persons have said stays. With `dry_run` nothing is changed, and its "
        "verdicts tell what would be. The key must be a person's.",
      .query = {clinic, dry_run},
      .body = {{"lab", "Only messages of this laboratory: the name of its profile's file."},
               {"code", "With `lab`: only those with a result of this code that stands."},
               {"status", "Only those that ended so: processed, unmatched or failed."},
               {"route", "Only those that this route took."},
               {"from", "Only those received at this time or later (ISO 8601)."},
               {"to", "Only those received before this time (ISO 8601)."},
               {"dry_run", "As the parameter.", need::optional, kind::flag},
               reason},
      .status = 202},
     reprocess_many},

    {{.method = "GET",
      .path = "/api/reprocess",
      .sentence =
        "Lists such runs, the newest first: what was asked, how far each is, messages by their verdict.",
      .query = {clinic}},
     list_reissues},

    {{.method = "GET",
      .path = "/api/reprocess/{id}",
      .sentence =
        "Shows one with the verdict of each message: changed, unchanged, failed or left-out, and why.",
      .query = {clinic, {"cursor", "Where to go on: `next` of the page before."}}},
     show_reissue},

    {{.method = "GET",
      .path = "/api/events",
      .sentence = "Lists the events of the outbox, the oldest first.",
      .query = {clinic,
                {"delivered", "Only those that were delivered, or were not.", need::optional, kind::flag},
                cursor,
                limit}},
     list_events},

    {{.method = "GET",
      .path = "/api/results/{id}/why",
      .sentence =
        "Tells how a result came to be what it is: the bytes that were sent, the edits and rules that read "
        "them, the profile's line, how its patient was found, its versions, and what persons did about it.",
      .query = {clinic}},
     show_why},

    {{.method = "GET",
      .path = "/api/orders",
      .sentence =
        "Lists laboratory orders without results, those that wait the longest first: since their "
        "specimen was collected, else since they were made. Partly resulted and cancelled ones, and "
        "those of which nobody says when, are none of them.",
      .query = {clinic,
                {"overdue", "For how long they wait at least: `90m`, `24h`, `3d`.", need::required},
                cursor,
                limit}},
     list_orders},

    {{.method = "GET",
      .path = "/api/patients/{id}/lab-results",
      .sentence = "Lists a patient's results.",
      .query = {clinic,
                {"loinc", "Only of this LOINC code."},
                {"from", "Only those observed at this time or later (ISO 8601)."},
                {"to", "Only those observed before this time (ISO 8601)."},
                {"versions",
                 "`current` when nothing is said; `all`: also those that others have replaced.",
                 need::optional,
                 kind::text,
                 {"current", "all"}}}},
     list_patient_results},

    {{.method = "GET",
      .path = "/api/patients/{id}/export/fhir",
      .sentence =
        "Gives all that the clinic holds of a patient as one FHIR Bundle of type collection. 409 `merged` "
        "names the patient with whom this one was joined.",
      .query =
        {clinic,
         {"profile",
          "As a document instead: `eu-lab` is a Laboratory Report of HL7 Europe, `ips` an International "
          "Patient Summary.",
          need::optional,
          kind::text,
          {"eu-lab", "ips"}},
         {"report", "For `eu-lab`: the id of a DiagnosticReport; the latest when nothing is said."},
         purpose},
      .media = "application/fhir+json"},
     export_fhir},

    {{.method = "GET",
      .path = "/api/patients/{id}/export/csv",
      .sentence = "Gives a patient's laboratory results and vital signs as a table, the newest value first; "
                  "`docs/exports.md` has its columns.",
      .query =
        {clinic,
         {"only", "Only these; both when nothing is said.", need::optional, kind::text, {"labs", "vitals"}},
         {"bom", "true: a byte-order mark in front, by which some spreadsheets know UTF-8.", need::optional,
          kind::flag},
         purpose},
      .media = "text/csv"},
     export_csv},

    {{.method = "GET",
      .path = "/api/patients/{id}/export/pdf",
      .sentence =
        "Gives a summary of the record for people: who it is, problems, medicines, vital signs with "
        "their trends, latest results, scores of risk, visits, imaging, and what was left out.",
      .query = {clinic,
                {"lang", "`el` when nothing is said.", need::optional, kind::text, {"el", "en"}},
                purpose},
      .media = "application/pdf"},
     export_pdf},

    {{.method = "POST",
      .path = "/api/labs/{name}/test",
      .may = scope::write,
      .sentence =
        "Tells what would become of a laboratory's file, part by part, with its patient and its results as "
        "they would be filed. Nothing is stored.",
      .query = {clinic},
      .takes = "text/csv"},
     attempt_file},

    {{.method = "POST",
      .path = "/api/labs/{name}/import",
      .may = scope::write,
      .sentence = "Takes a laboratory's file in; what becomes of each row is told at `/api/imports/{id}`.",
      .query = {clinic, {"name", "What the file is called; people see it in the history."}},
      .takes = "text/csv",
      .status = 202},
     import_file},

    {{.method = "GET",
      .path = "/api/rules/{id}/results",
      .sentence =
        "Lists the results that stand by a profile's line, `LAB:CODE` as `why` tells it (`row.rule`), with `from` and "
        "`to` those of messages received then. `POST /api/reprocess` with this `lab` and `code` runs them again.",
      .query = {clinic,
                {"from", "Only of messages received at this time or later (ISO 8601)."},
                {"to", "Only of messages received before this time (ISO 8601)."},
                cursor,
                {"limit", "Of how many messages at most, 1 to 1000; 50 when nothing is said.", need::optional,
                 kind::number}}},
     list_rule_results},

    {{.method = "GET",
      .path = "/api/labs",
      .sentence =
        "Lists laboratories' profiles: those that the clinic's routes use, or all for a key of every clinic.",
      .query = {clinic}},
     list_labs},

    {{.method = "GET",
      .path = "/api/labs/{name}",
      .sentence =
        "Shows one as it is written, what `aorta check` says of it, and its versions: when it was changed, by whom.",
      .query = {clinic, {"version", "The text of this version: its `hash`."}}},
     show_lab},

    {{.method = "PUT",
      .path = "/api/labs/{name}",
      .may = scope::admin,
      .sentence =
        "Changes a profile, or makes one: it is checked, written into its file, and the engine runs by it. 422 has "
        "the faults; 409 where somebody was faster. The key must be a person's.",
      .query = {clinic, dry_run},
      .body = {{"text", "The whole file.", need::required},
               {"if", "The `hash` of what was read; without it the profile is made."},
               reason},
      .slow = true},
     change_lab},

    {{.method = "DELETE",
      .path = "/api/labs/{name}",
      .may = scope::admin,
      .sentence = "Deletes a profile that no route names; its versions stay. The key must be a person's.",
      .query = {clinic, {"if", "The `hash` of what was read.", need::required}},
      .status = 204,
      .media = "",
      .slow = true},
     remove_lab},

    {{.method = "GET",
      .path = "/api/config",
      .may = scope::admin,
      .sentence =
        "Shows what runs: the files beside aorta.toml (which is each node's own) with what one's draft changes, which "
        "version is published, what waits for a second person, and which node runs what. All of /api/config takes a "
        "key that sees all clinics.",
      .query = {clinic}},
     show_config},

    {{.method = "POST",
      .path = "/api/config/check",
      .may = scope::admin,
      .sentence =
        "Tells every fault that the configuration would have with one's draft, or with one more text in it, what of it "
        "a running engine would take over, and how the cases beside the configuration end.",
      .query = {clinic},
      .body = {{"file", "A file that would be otherwise, as in `routes/lab-results.toml`."},
               {"text", "What it would say; null: it would not be there."},
               {"cases", "Run the cases too.", need::optional, kind::flag}},
      .slow = true},
     check_config},

    {{.method = "POST",
      .path = "/api/config/publish",
      .may = scope::admin,
      .sentence =
        "Has all nodes run one's draft, or none of them: it is checked, its cases are run, each node writes it into its "
        "files and takes it over. 202 while a node has not answered, or where a second person must approve "
        "(`[security] approvals`). The key must be a person's.",
      .query = {clinic},
      .body = {{"reason", "Why it is done.", need::required},
               {"if", "The id of what was published when its author looked; absent: nothing was."},
               {"draft", "The hash of one's draft as its author looked at it."},
               {"version", "What another person proposed, which this one approves."},
               {"despite_cases", "Why it is published though cases fail."}},
      .slow = true},
     publish_config},

    {{.method = "POST",
      .path = "/api/config/rollback",
      .may = scope::admin,
      .sentence = "Publishes a version that was, again. The key must be a person's.",
      .query = {clinic},
      .body = {{"version", "The id of the one to go back to.", need::required},
               {"reason", "Why it is done.", need::required},
               {"if", "The id of what was published when its author looked; absent: nothing was."},
               {"despite_cases", "Why it is published though cases fail."}},
      .slow = true},
     roll_config_back},

    {{.method = "POST",
      .path = "/api/config/try",
      .may = scope::admin,
      .sentence =
        "Tells what would become of each message of a text, as `aorta try` does: route, edits, patient with the "
        "evidence, results with the rules that made them, alerts, answer. Nothing is stored.",
      .query = {clinic},
      .body = {{"text", "HL7 v2: a message, several, or a batch.", need::required},
               {"listener", "Where it would come in; needed where that decides which route takes it."},
               {"route", "The route that is to take it, whatever it takes."},
               {"draft", "By one's draft, instead of what runs.", need::optional, kind::flag}},
      .slow = true},
     try_messages},

    {{.method = "POST",
      .path = "/api/config/shadow",
      .may = scope::admin,
      .sentence =
        "Has one's draft read this node's live messages beside what runs, or logged ones (`from`), without effect, and "
        "counts what it reads otherwise. The key must be a person's.",
      .query = {clinic},
      .body = {{"minutes", "Live ones, for how long: 1 to 1440; 60 when nothing is said.", need::optional,
                kind::number},
               {"from", "Logged ones that were received at this time or later (ISO 8601)."},
               {"to", "And before this time."},
               {"route", "And that this route took."}},
      .status = 202,
      .slow = true},
     begin_shadow},

    {{.method = "GET",
      .path = "/api/config/shadow",
      .may = scope::admin,
      .sentence =
        "Tells what the configuration that reads beside on this node reads otherwise: by field, laboratory, code and "
        "rule, with how many messages and some of them.",
      .query = {clinic}},
     show_shadow},

    {{.method = "DELETE",
      .path = "/api/config/shadow",
      .may = scope::admin,
      .sentence =
        "Ends what reads beside on this node, and forgets what it found. The key must be a person's.",
      .query = {clinic},
      .status = 204,
      .media = "",
      .slow = true},
     end_shadow},

    {{.method = "DELETE",
      .path = "/api/config/draft",
      .may = scope::admin,
      .sentence = "Throws one's draft away. The key must be a person's.",
      .query = {clinic},
      .status = 204,
      .media = ""},
     drop_config_draft},

    {{.method = "GET",
      .path = "/api/config/versions",
      .may = scope::admin,
      .sentence =
        "Lists the configurations that ran, were published or proposed, the newest first: who, when, why.",
      .query = {clinic, cursor, limit}},
     list_config_versions},

    {{.method = "GET",
      .path = "/api/config/versions/{id}",
      .may = scope::admin,
      .sentence = "Shows one: its files, and what it says otherwise than what runs.",
      .query = {clinic}},
     show_config_version},

    {{.method = "GET",
      .path = "/api/config/{file}",
      .may = scope::admin,
      .sentence = "Shows `gesy.toml`, as it runs and as one's draft has it.",
      .query = {clinic}},
     show_config_file},

    {{.method = "PUT",
      .path = "/api/config/{file}",
      .may = scope::admin,
      .sentence = "Changes `gesy.toml` in one's draft; nothing runs by it before it is published.",
      .query = {clinic},
      .body = {{"text", "The whole file; null: it goes.", need::required},
               {"if", "The `draft_hash` of what was read."},
               {"running", "The `running_hash` of what was read."}}},
     draft_config_file},

    {{.method = "GET",
      .path = "/api/config/{folder}/{file}",
      .segments = {config_folder},
      .may = scope::admin,
      .sentence =
        "Shows a file of `routes`, `labs`, `destinations` or `tables`, as it runs and as one's draft has it.",
      .query = {clinic}},
     show_config_file},

    {{.method = "PUT",
      .path = "/api/config/{folder}/{file}",
      .segments = {config_folder},
      .may = scope::admin,
      .sentence =
        "Changes a file in one's draft, makes or deletes it there; nothing runs by it before it is published. The answer "
        "has every fault of the whole draft. The key must be a person's.",
      .query = {clinic},
      .body = {{"text", "The whole file; null: it goes.", need::required},
               {"if", "The `draft_hash` of what was read; absent: the draft has no such file."},
               {"running", "The `running_hash` of what was read."}}},
     draft_config_file},

    {{.method = "GET",
      .path = "/api/keys",
      .may = scope::admin,
      .sentence =
        "Lists API keys, revoked and expired ones too, without their secrets, with when each was used last (to the "
        "minute): those of the key's clinic, or all.",
      .query = {clinic}},
     list_keys},

    {{.method = "POST",
      .path = "/api/keys",
      .may = scope::admin,
      .sentence =
        "Makes a key; its secret is shown this once. A key that acts as a person is made by that person alone, or "
        "beside the engine.",
      .query = {clinic},
      .body =
        {{"name", "What it is called.", need::required},
         {"scopes", "What it may: admin, read, write, metrics, or SMART scopes.", need::required,
          kind::texts},
         {"user", "The address of the person whose it is: one's own."},
         {"clinic", "The only clinic for which it works."},
         {"expires_at",
          "From when on it does not count (ISO 8601); without it until it is revoked. A key that expires makes "
          "none that counts longer."}},
      .status = 201},
     add_key},

    {{.method = "DELETE",
      .path = "/api/keys/{id}",
      .may = scope::admin,
      .sentence = "Revokes a key; its sessions and tokens end with it.",
      .query = {clinic},
      .status = 204,
      .media = ""},
     revoke_key},

    {{.method = "GET",
      .path = "/api/imports",
      .may = scope::read,
      .sentence = "Lists files that were taken in, the newest first, with the rows by their verdict.",
      .query = {clinic}},
     list_imports},

    {{.method = "GET",
      .path = "/api/imports/{id}",
      .may = scope::read,
      .sentence = "Shows one with the verdict of each row: lines of the file, word, message, and why.",
      .query = {clinic, {"cursor", "Where to go on: `next` of the page before."}}},
     show_import},

    {{.method = "GET",
      .path = "/api/jobs",
      .may = scope::admin,
      .sentence =
        "Lists work that takes longer than an answer, the newest first: bulk exports, imports, messages run again.",
      .query = {clinic}},
     list_jobs},

    {{.method = "GET",
      .path = "/api/jobs/{id}",
      .may = scope::admin,
      .sentence = "Shows one: who asked, how far it is, how it ended.",
      .query = {clinic}},
     show_job},

    {{.method = "DELETE",
      .path = "/api/jobs/{id}",
      .may = scope::admin,
      .sentence =
        "Ends one that is at work: what it has filed and told stays, what is under way at this moment is finished and "
        "told, and nothing more of it is done. 409 says that it has ended. The key must be a person's.",
      .query = {clinic},
      .status = 204,
      .media = ""},
     end_job},

    {{.method = "POST",
      .path = "/api/export/bulk",
      .may = scope::admin,
      .sentence =
        "Begins an export of the clinic's resources as NDJSON, one at a time (else 429). Clients of Bulk Data "
        "Access ask `/fhir/r4/$export`.",
      .query = {clinic, purpose},
      .body = {{"types", "Only these types of resources; all when nothing is said.", need::optional,
                kind::texts},
               {"since", "Only resources that changed at this time or later (ISO 8601)."}},
      .status = 202},
     begin_export},

    {{.method = "GET",
      .path = "/api/export/bulk/{id}",
      .may = scope::admin,
      .sentence = "Shows an export with its files.",
      .query = {clinic}},
     show_export},

    {{.method = "GET",
      .path = "/api/export/bulk/{id}/download",
      .may = scope::admin,
      .sentence = "Gives one file of an export that is done: a resource a line.",
      .query = {clinic, {"file", "Which, by its number.", need::required, kind::number}, purpose},
      .media = "application/fhir+ndjson"},
     download_export},

    {{.method = "DELETE",
      .path = "/api/export/bulk/{id}",
      .may = scope::admin,
      .sentence = "Ends an export and deletes its files.",
      .query = {clinic},
      .status = 204,
      .media = ""},
     end_export},

    {{.method = "GET",
      .path = "/api/patients/{id}/access-log",
      .sentence = "Tells in words who has read or changed a patient's record, the newest access first: what "
                  "the person may be given.",
      .query = {clinic,
                {"lang", "`el` when nothing is said.", need::optional, kind::text, {"el", "en"}},
                {"from", "Only accesses at this time or later (ISO 8601)."},
                {"to", "Only accesses before this time (ISO 8601)."},
                {"cursor", "The `next` of the page before."},
                many,
                purpose}},
     show_access_log},

    {{.method = "GET",
      .path = "/api/audit/export",
      .may = scope::admin,
      .sentence = "Gives the clinic's audit, the newest access first: who, when, from where, which resource, "
                  "what was searched for, which answer, which error. A CSV names its next page in `Link`.",
      .query = {clinic,
                {"from", "Only accesses at this time or later (ISO 8601)."},
                {"to", "Only accesses before this time (ISO 8601)."},
                {"format", "`json` when nothing is said.", need::optional, kind::text, {"json", "csv"}},
                {"cursor", "The `next` of the page before."},
                many,
                purpose}},
     export_audit},

    {{.method = "POST",
      .path = "/api/patients/{id}/unmerge",
      .may = scope::write,
      .sentence =
        "Takes back the newest merge, or change of a number, in which this patient takes part: rows "
        "that moved go back, what came since stays. 409 says what stands in its way. The key must be "
        "a person's.",
      .query = {clinic}},
     unmerge},

    {{.method = "POST",
      .path = "/api/patients/{id}/erase",
      .may = scope::admin,
      .sentence =
        "Erases a person: names, numbers, raw messages, attachments and what was to be sent become unreadable, "
        "clinical rows stay under a number without a name, and what left by destinations is listed. The first "
        "call asks (202); the same call by another person within a week does it. 409 says what stands in its "
        "way. The keys must be persons'.",
      .query = {clinic, dry_run},
      .body = {{"reason", "Why: on whose wish, by which document.", need::required}}},
     erase},

    {{.method = "GET",
      .path = "/gesy/beneficiary/{id}",
      .may = scope::read,
      .sentence =
        "Asks Gesy whether a beneficiary is insured. While it is away the last answer of a day is told, with its age in `Age`.",
      .query = {clinic},
      .hides_path = true},
     show_beneficiary},

    {{.method = "GET",
      .path = "/gesy/beneficiary/lookup/{id}",
      .may = scope::read,
      .sentence = "The same by Cyprus ID card.",
      .query = {clinic},
      .hides_path = true},
     look_up_beneficiary},

    {{.method = "GET",
      .path = "/gesy/referrals",
      .may = scope::read,
      .sentence = "A beneficiary's referrals, as Gesy has them.",
      .query = {clinic,
                {"beneficiary_id", "The number of the beneficiary whose they are.", need::required},
                {"status", "Only these: pending, approved, rejected, used, expired, cancelled."}}},
     list_referrals},

    {{.method = "POST",
      .path = "/gesy/referrals",
      .may = scope::write,
      .sentence = "Makes a referral at Gesy. It is not asked twice: 504 says that it may have been made.",
      .query = {clinic},
      .takes = "application/json",
      .status = 201},
     add_referral},

    {{.method = "GET",
      .path = "/gesy/referrals/{id}",
      .may = scope::read,
      .sentence = "One referral.",
      .query = {clinic}},
     show_referral},

    {{.method = "PUT",
      .path = "/gesy/referrals/{id}/close",
      .may = scope::write,
      .sentence = "Says that a referral was used.",
      .query = {clinic},
      .takes = "application/json"},
     close_referral},

    {{.method = "POST",
      .path = "/gesy/claims",
      .may = scope::write,
      .sentence =
        "Takes a claim to be sent: checked first (422 says what is wrong), 409 when one for the same referral, day and lines stands already. `encounter_id` names the visit.",
      .query = {clinic},
      .takes = "application/json",
      .status = 202},
     add_claim},

    {{.method = "GET",
      .path = "/gesy/claims",
      .may = scope::read,
      .sentence =
        "The clinic's claims, the newest first: as Gesy told them last, and where their delivery is.",
      .query =
        {clinic,
         cursor,
         limit,
         {"status",
          "Only these: draft, submitted, under_review, approved, partially_approved, rejected, paid, withdrawn."}}},
     list_claims},

    {{.method = "GET",
      .path = "/gesy/claims/{id}",
      .may = scope::read,
      .sentence = "One claim by our id or Gesy's, with every answer that was another than the one before.",
      .query = {clinic}},
     show_claim},

    {{.method = "GET",
      .path = "/gesy/specialties",
      .may = scope::read,
      .sentence = "Gesy's specialties.",
      .query = {clinic}},
     list_specialties},

    {{.method = "GET",
      .path = "/gesy/validate/diagnosis/{id}",
      .may = scope::read,
      .sentence = "Asks Gesy whether there is such an ICD-10 code.",
      .query = {clinic}},
     check_diagnosis},

    {{.method = "GET",
      .path = "/gesy/validate/procedure/{id}",
      .may = scope::read,
      .sentence = "Asks Gesy whether there is such a CPT code.",
      .query = {clinic}},
     check_procedure},

    {{.method = "GET",
      .path = "/gesy/provider",
      .may = scope::read,
      .sentence = "Who the clinic is at Gesy.",
      .query = {clinic}},
     show_gesy_provider},

    {{.method = "GET",
      .path = "/gesy/status",
      .may = scope::read,
      .sentence =
        "Whether Gesy answers, since when not, how many claims wait, and how old the last eligibility answer is.",
      .query = {clinic}},
     show_gesy_status},
  };
}

} // namespace

std::span<const endpoint> endpoints() {
  static const auto all = make();
  return all;
}

} // namespace aorta::api
