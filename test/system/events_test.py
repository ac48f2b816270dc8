"""Events of the clinic at webhooks: who hears of them, in which order, how often, and that nobody else does."""
import contextlib
import json
import sqlite3
import subprocess
import threading
import time
import unittest

from delivery_support import NUMBERS, Web, WithReceivers, result
from support import CLIENTS, Engine, Sender, ack_code, on_both, second_engine, until

LOOPBACK = '[events]\nallow = ["127.0.0.0/8"]\nplaintext = true\n'


class WithWebhooks(WithReceivers):
    def telling(self, extra=LOOPBACK, start=True):
        made = Engine(self.postgres, extra=extra)
        self.addCleanup(made.end)
        return made.start() if start else made

    def web(self, *args):
        made = Web(*args)
        self.addCleanup(made.close)
        return made

    def hook(self, engine, url, *types, status=201, key=None, **more):
        got, made = engine.get("/api/webhooks", key, "POST", json.dumps({"url": url, "event_types": types, **more}).encode())
        self.assertEqual(got, status, made)
        return made

    def change(self, engine, hook, status=200, **what):
        got, made = engine.get(f"/api/webhooks/{hook['id']}", None, "PUT", json.dumps(what).encode())
        self.assertEqual(got, status, made)
        return made

    def critical(self, engine, *numbers, patient=None):
        with Sender(engine.port) as sender:
            for n in numbers:
                self.assertEqual(ack_code(sender.ask(result(n, patient, "6.9"))), "AA")

    def bodies(self, web):
        return [json.loads(body) for _, _, body in web.got]

    def types(self, web):
        return [body["event_type"] for body in self.bodies(web)]

    def deliveries(self, engine, query=""):
        return engine.get(f"/api/deliveries?limit=1000{query}")[1]["items"]


class Events(WithWebhooks):
    def test_a_critical_value_is_told_thinly_and_genuinely_to_who_asked_and_to_nobody_else(self):
        mine, other = self.web(), self.web()
        engine = self.telling()
        hook = self.hook(engine, mine.url, "lab_result_critical")
        self.hook(engine, other.url, "appointment_created")
        self.assertTrue(hook["secret"].startswith("whsec_"))
        self.assertNotIn("secret", engine.get("/api/webhooks")[1]["items"][0])
        self.assertNotIn(hook["secret"], str(engine.rows("select secret from webhook_configs")))
        self.critical(engine, 0)
        self.send(engine, [1])  # an ordinary one is no event of theirs
        until(lambda: mine.got, 10, "the event")
        (_, headers, body), = mine.got
        said = json.loads(body)
        patient, message = engine.rows("select patient_id, message_id from event_outbox where event_type = 'lab_result_critical'")[0]
        self.assertEqual((said["event_type"], said["patient_id"], said["data"]["message_id"]), ("lab_result_critical", patient, message))
        self.assertEqual((said["data"]["severity"], said["data"]["abnormal_flag"]), ("critical", "critical_high"))
        self.assertEqual(set(said), {"event_type", "patient_id", "data", "timestamp"})
        for personal in ("6.9", NUMBERS[0]):
            self.assertNotIn(personal, body.decode())
        if (CLIENTS / "node_modules/standardwebhooks").exists():
            asked = json.dumps([{"headers": headers, "body": body.decode(), "secret": hook["secret"]}])
            done = subprocess.run(["node", CLIENTS / "webhooks.mjs"], input=asked.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(done.returncode, 0, done.stdout.decode())
        until(lambda: engine.count("event_outbox", "delivered_at is null") == 0, 10, "delivered_at")
        self.assertEqual(engine.get("/api/events?delivered=false")[1]["items"], [])
        event = next(each for each in engine.get("/api/events?delivered=true")[1]["items"] if each["type"] == "lab_result_critical")
        sent, = self.deliveries(engine, f"&event_id={event['id']}")
        self.assertEqual((sent["state"], sent["destination"], sent["id"]), ("sent", hook["destination"], headers["webhook-id"]))
        self.assertEqual(other.got, [])
        self.assertIn(f'aorta_deliveries{{destination="{hook["destination"]}",state="waiting"}}', engine.get("/metrics")[1])

    def test_each_event_comes_once_and_those_before_the_webhook_never(self):
        engine = self.telling()
        self.critical(engine, 0)
        until(lambda: engine.count("event_outbox", "due is not null") == 0, 10, "events without takers")
        web = self.web()
        self.hook(engine, web.url, "*")
        numbers = range(1, 41)
        self.critical(engine, *numbers)
        self.critical(engine, *numbers)  # repeats
        until(lambda: len(web.got) >= 80, 20, "the events")
        self.assertEqual(sorted(self.types(web)), ["lab_result_critical"] * 40 + ["lab_result_filed"] * 40)
        ids = [headers["webhook-id"] for _, headers, _ in web.got]
        self.assertEqual(len(set(ids)), 80)

    def test_what_cannot_be_told_is_refused_when_the_webhook_is_made(self):
        engine = self.telling('[events]\nallow = ["10.0.0.0/8"]\n')
        for url in ("http://example.org/", "https://user:p@example.org/", "ftp://example.org/", "https://127.0.0.1/", "https://[::1]/x",
                    "https://169.254.169.254/latest", "https://[::ffff:169.254.169.254]/", "https://192.168.1.1/", "https://exa mple.org"):
            self.assertEqual(self.hook(engine, url, "*", status=422)["error"]["code"], "bad-url")
        self.assertEqual(self.hook(engine, "https://10.1.2.3/", "lab_result_critcal", status=422)["error"]["code"], "bad-event-type")
        self.assertEqual(self.hook(engine, "https://10.1.2.3/", status=422)["error"]["code"], "bad-event-type")
        hook = self.hook(engine, "https://10.1.2.3/", "*", active=False)
        self.change(engine, hook, 422, url="https://169.254.169.254/")
        self.assertEqual(engine.get(f"/api/webhooks/{hook['id']}")[1]["url"], "https://10.1.2.3/")
        self.assertEqual(engine.get(f"/api/webhooks/{hook['id']}/test", None, "POST")[0], 409)
        self.assertEqual(engine.get("/api/webhooks", None, "POST", b'{"url": "https://10.1.2.3/", "event_types": ["*"], "sekret": 1}')[0], 400)
        reader = engine.command("key", "create", "--name", "reader", "--scope", "read").split()[-1]
        self.assertEqual(engine.get("/api/webhooks", reader)[0], 403)
        self.assertEqual(engine.get(f"/api/webhooks/{hook['id']}", None, "DELETE")[0], 204)
        self.assertEqual(engine.get(f"/api/webhooks/{hook['id']}", None, "DELETE")[0], 404)
        audited = [row[0] for row in engine.rows("select method from security_audit where resource like '/api/webhooks%'")]
        self.assertTrue({"POST", "DELETE"} <= set(audited))  # what was refused is sealed

    def test_a_test_event_shows_what_becomes_of_a_name_that_leads_inside(self):
        engine = self.telling()
        hook = self.hook(engine, "https://localhost:1/", "*")
        self.assertEqual(engine.get(f"/api/webhooks/{hook['id']}/test", None, "POST")[0], 202)
        until(lambda: self.deliveries(engine)[0]["last_code"] == "not-connected", 10, "the attempt")
        narrow = self.telling("")
        hook = self.hook(narrow, "https://localhost:1/", "*")
        self.assertEqual(narrow.get(f"/api/webhooks/{hook['id']}/test", None, "POST")[0], 202)
        until(lambda: self.deliveries(narrow)[0]["last_code"] == "address-refused", 10, "the refusal")

    def test_a_redirect_is_not_followed(self):
        aim = self.web()
        web = self.web(lambda body: (302, {"Location": aim.url}))
        engine = self.telling()
        self.hook(engine, web.url, "lab_result_critical")
        self.critical(engine, 0)
        until(lambda: web.got and self.deliveries(engine)[0]["last_code"] == "302", 10, "the attempt")
        self.assertEqual(aim.got, [])
        self.assertEqual(self.deliveries(engine)[0]["state"], "waiting")

    def test_one_that_is_gone_hears_nothing_more_until_a_person_says_so(self):
        gone = [True]
        web = self.web(lambda body: 410 if gone[0] else 200)
        engine = self.telling()
        hook = self.hook(engine, web.url, "lab_result_critical")
        self.critical(engine, 0)
        until(lambda: engine.get(f"/api/webhooks/{hook['id']}")[1]["state"] == "gone", 10, "its end")
        self.assertIn("destination-gone", engine.log())
        self.critical(engine, 1)
        until(lambda: engine.count("event_outbox", "due is not null") == 0, 10, "events without takers")
        self.assertEqual(len(web.got), 1)
        gone[0] = False
        self.assertEqual(self.change(engine, hook, active=True)["state"], "running")
        parked, = self.deliveries(engine, "&state=parked")
        self.assertEqual(engine.get(f"/api/deliveries/{parked['id']}/retry", None, "POST")[0], 200)
        self.critical(engine, 2)
        until(lambda: len(web.got) == 3, 10, "what was parked, and the next")

    def test_what_waits_goes_to_the_new_url_and_under_the_new_secret_and_not_at_all_after_its_removal(self):
        web = self.web(lambda body: 503)
        engine = self.telling()
        hook = self.hook(engine, web.url, "lab_result_critical")
        self.critical(engine, 0)
        until(lambda: web.got, 10, "the first attempt")
        aim = self.web()
        after = self.change(engine, hook, url=aim.url, rotate_secret=True)
        self.assertNotEqual(after["secret"], hook["secret"])
        waiting, = self.deliveries(engine)
        engine.get(f"/api/deliveries/{waiting['id']}/retry", None, "POST")
        until(lambda: aim.got, 10, "the event")
        (_, headers, body), = aim.got
        self.assertEqual(headers["webhook-id"], web.got[0][1]["webhook-id"])
        self.assertEqual(len(headers["webhook-signature"].split()), 2)  # both secrets
        if (CLIENTS / "node_modules/standardwebhooks").exists():
            asked = json.dumps([{"headers": headers, "body": body.decode(), "secret": each["secret"]} for each in (hook, after)])
            done = subprocess.run(["node", CLIENTS / "webhooks.mjs"], input=asked.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(done.returncode, 0, done.stdout.decode())
        self.change(engine, hook, url=web.url)
        self.critical(engine, 1)
        until(lambda: any(each["last_code"] == "503" and each["state"] == "waiting" for each in self.deliveries(engine)), 10, "one that waits")
        self.assertEqual(engine.get(f"/api/webhooks/{hook['id']}", None, "DELETE")[0], 204)
        until(lambda: {each["state"] for each in self.deliveries(engine)} == {"sent", "skipped"}, 10, "the end of what waited")

    def test_a_critical_value_overtakes_what_waits_and_is_tried_again_within_the_minute(self):
        web = self.web(lambda body: 503)
        engine = self.telling()
        self.hook(engine, web.url, "*")
        self.send(engine, [0], NUMBERS[0])
        until(lambda: any(each["attempts"] > 0 for each in self.deliveries(engine)), 10, "an attempt")
        self.critical(engine, 1, patient=NUMBERS[0])
        until(lambda: "lab_result_critical" in self.types(web), 10, "the critical one, of the same patient")
        self.assertEqual(engine.rows("select count(*) from delivery where urgent")[0][0], "1")

    def test_an_event_of_one_clinic_is_not_told_to_another(self):
        web, theirs = self.web(), self.web()
        engine = self.telling(LOOPBACK + '[clinic.NICOSIA]\nname = "Nicosia"\n')
        self.hook(engine, web.url, "*")
        key = engine.command("key", "create", "--name", "other", "--scope", "admin", "--clinic", "NICOSIA").split()[-1]
        other = self.hook(engine, theirs.url, "*", key=key)
        self.assertEqual(engine.get(f"/api/webhooks/{other['id']}")[0], 404)
        self.assertEqual(engine.get(f"/api/webhooks/{other['id']}", None, "DELETE")[0], 404)
        self.critical(engine, 0)
        until(lambda: len(web.got) == 2, 10, "the events")
        self.assertEqual(engine.get(f"/api/webhooks/{other['id']}/test", key, "POST")[0], 202)
        until(lambda: theirs.got, 10, "the test")
        self.assertEqual(self.types(theirs), ["webhook_test"])

    def test_what_fhir_writes_of_people_is_told_as_what_messages_bring(self):
        web = self.web()
        engine = self.telling()
        self.hook(engine, web.url, "patient_created", "patient_updated", "encounter_changed")
        person = {"resourceType": "Patient", "name": [{"family": "Neou", "given": ["Eleni"]}], "gender": "female", "birthDate": "1990-02-03",
                  "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": "M-9001"}]}
        status, made, _ = engine.fhir("POST", "/Patient", person)
        self.assertEqual(status, 201, made)
        until(lambda: self.types(web) == ["patient_created"], 10, "the event")
        self.assertEqual(self.bodies(web)[0]["patient_id"], made["id"])
        self.assertNotIn("Neou", str(web.got))
        self.assertEqual(engine.fhir("PUT", f"/Patient/{made['id']}", made)[0], 200)  # the same again is no news
        made["birthDate"] = "1990-02-04"
        self.assertEqual(engine.fhir("PUT", f"/Patient/{made['id']}", made)[0], 200)
        visit = {"resourceType": "Encounter", "status": "planned", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
                 "subject": {"reference": f"Patient/{made['id']}"}, "period": {"start": "2026-12-01T08:00:00Z"}}
        status, answer, _ = engine.fhir("POST", "/Encounter", visit)
        self.assertEqual(status, 201, answer)
        until(lambda: self.types(web) == ["patient_created", "patient_updated", "encounter_changed"], 10, "the events")

    def test_a_delivery_of_a_removed_webhook_is_not_sent_again_and_what_is_told_long_ago_goes(self):
        web = self.web(lambda body: 400)
        engine = self.telling(LOOPBACK + "[retention]\ndeliveries_days = 1\n")
        hook = self.hook(engine, web.url, "lab_result_critical")
        self.critical(engine, 0)
        until(lambda: [d["state"] for d in self.deliveries(engine)] == ["parked"], 10, "a parked delivery")
        [delivery] = self.deliveries(engine)
        self.assertEqual(engine.get(f"/api/webhooks/{hook['id']}", None, "DELETE")[0], 204)
        status, refused = engine.get(f"/api/deliveries/{delivery['id']}/retry", None, "POST", b"")
        self.assertEqual((status, refused["error"]["code"]), (409, "webhook-removed"))
        self.assertEqual(engine.get("/api/deliveries/00000000-0000-7000-8000-000000000000/retry", None, "POST", b"")[0], 404)
        paths = engine.get("/api/openapi.json")[1]["paths"]
        self.assertIn("post", paths["/webhooks/{name}"])
        self.assertIn("get", paths["/api/orders"])
        self.assertEqual(engine.stop(), 0)
        self.old(engine)
        engine.start()
        until(lambda: engine.count("event_outbox") == 0, 15, "the end of old events")

    def old(self, engine):
        """As if all of it had been three days ago."""
        changes = ("update event_outbox set created_at = '2020-01-01T00:00:00.000000Z'",
                   "update delivery set changed_at = '2020-01-01T00:00:00.000000Z', id = '00000000-0000-7000-8000-000000000001'")
        for sql in changes:
            if self.postgres:
                self.postgres.sql(sql, engine.database)
            else:
                with contextlib.closing(sqlite3.connect(engine.folder / "aorta.db", timeout=30)) as db:
                    db.execute(sql)
                    db.commit()

    def test_nothing_is_lost_by_kills_and_sent_twice_only_where_the_ledger_says_perhaps(self):
        web = self.web()
        engine = self.telling()
        self.hook(engine, web.url, "lab_result_critical")
        n = 0
        for _ in range(8):
            end = time.monotonic() + 0.6
            with Sender(engine.port) as sender:
                while time.monotonic() < end:
                    self.assertEqual(ack_code(sender.ask(result(n, None, "6.9"))), "AA")
                    n += 1
            engine.kill()
            engine.start()
        events = {row[0] for row in engine.rows("select id from event_outbox where event_type = 'lab_result_critical'")}
        self.assertEqual(len(events), n)
        until(lambda: self.states(engine) == {"sent": n}, 60, f"{n} sent deliveries")
        came = [headers["webhook-id"] for _, headers, _ in web.got]
        perhaps = {row[0] for row in engine.rows("select id from delivery where perhaps")}
        self.assertEqual(len(set(came)), n)
        self.assertLessEqual({each for each in came if came.count(each) > 1}, perhaps)
        self.assertEqual(engine.count("event_outbox", "delivered_at is null"), 0)

    def test_two_nodes_give_each_event_out_once(self):
        if not self.postgres:
            self.skipTest("one node has the file")
        web = self.web()
        engine = self.telling()
        other = second_engine(self, engine)
        self.hook(engine, web.url, "lab_result_critical")
        threads = [threading.Thread(target=self.critical, args=(each, *range(k, 200, 2))) for k, each in enumerate((engine, other))]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        until(lambda: self.states(engine) == {"sent": 200}, 60, "200 sent deliveries")
        self.assertEqual(len(web.got), 200)

    def test_a_destination_of_the_configuration_takes_events_too(self):
        web = self.web()
        engine = self.telling("", start=False)
        (engine.folder / "conf/destinations").mkdir()
        (engine.folder / "conf/destinations/ris.toml").write_text(
            f'[destination]\nname = "ris"\nkind = "http"\nto = "{web.url}"\nplaintext = true\nallow = ["127.0.0.0/8"]\nevents = ["lab_result_critical"]\n')
        engine.start()
        self.critical(engine, 0)
        until(lambda: web.got, 10, "the event")
        self.assertEqual(self.types(web), ["lab_result_critical"])
        self.assertEqual(engine.get("/api/destinations")[1]["items"][0]["name"], "ris")


on_both(Events)

if __name__ == "__main__":
    unittest.main()
