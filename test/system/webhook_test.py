"""Webhooks of others: signed reports in JSON, filed as a laboratory's message is, and answered as HTTP has it."""
import hashlib
import hmac
import http.client
import json
import subprocess
import time
import unittest

from delivery_support import NUMBERS, WithReceivers
from support import AORTA, CLIENTS, Engine, on_both, segment, until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CONFIGURATION = """
[webhook.poct]
scheme = "standard"
secrets = ["env:POCT_SECRET"]
[webhook.poct.map]
cyprus_id = "/patient/id"
order_number = "/order"
panel_code = "POCT"
reported_at = "/reported"
results = "/results"
code = "/code"
value = "/value"
unit = "/unit"
range = "/range"
status = "/status"
observed_at = "/at"
[webhook.hub]
scheme = "github"
secrets = ["env:HUB_SECRET"]
[webhook.hub.map]
cyprus_id = "/id"
order_number = "/order"
results = "/results"
code = "/code"
value = "/value"
status = "final"
"""
ROUTE = '[route]\nname = "{name}"\nfrom = ["webhook:{name}"]\naccept = ["lab-result"]\nchain = [{chain}]\nclinic = "MAIN"\nlabs = ["bioanalytica"]\n{more}\n'
CHAIN = '"parse-json", "map-lab", "match-patient", "persist", "respond"'


def report(order="F-1", value="4.10", patient=NUMBERS[0], code="K"):
    return json.dumps({"patient": {"id": patient}, "order": order, "reported": "2026-11-20T09:10:00+02:00",
                       "results": [{"code": code, "value": "VALUE", "unit": "mmol/L", "range": "3.5-5.1", "status": "final", "at": "2026-11-20T09:00:00+02:00"}]}
                      ).replace('"VALUE"', value).encode()


class Webhooks(WithReceivers):
    def hooked(self, chain=CHAIN, more="", configuration=CONFIGURATION, start=True):
        made = Engine(self.postgres, environment={"POCT_SECRET": SECRET, "HUB_SECRET": "s3cret"})
        self.addCleanup(made.end)
        with open(made.folder / "conf/aorta.toml", "a") as file:
            file.write(configuration)
        (made.folder / "conf/routes/poct.toml").write_text(ROUTE.format(name="poct", chain=chain, more=more))
        (made.folder / "conf/routes/hub.toml").write_text(ROUTE.format(name="hub", chain=CHAIN, more=""))
        return made.start() if start else made

    def sign(self, id, body, at=None, secret=SECRET):
        """By the makers' own library."""
        if not (CLIENTS / "node_modules/standardwebhooks").exists():
            self.skipTest("npm's clients are not installed")
        at = int(time.time()) if at is None else at
        asked = json.dumps({"id": id, "time": at, "body": body.decode(), "secret": secret}).encode()
        signature = subprocess.run(["node", CLIENTS / "sign.mjs"], input=asked, stdout=subprocess.PIPE, check=True).stdout.decode()
        return {"webhook-id": id, "webhook-timestamp": str(at), "webhook-signature": signature}

    def post(self, engine, body, headers, name="poct", method="POST"):
        """(status, answer, headers)"""
        connection = http.client.HTTPConnection("127.0.0.1", engine.http, timeout=60)
        connection.request(method, f"/webhooks/{name}", body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text), dict(answer.getheaders())

    def send_report(self, engine, id, body):
        return self.post(engine, body, self.sign(id, body))

    def test_a_signed_report_is_filed_and_its_repeat_answered_as_the_first_time(self):
        engine = self.hooked()
        body = report()
        status, said, _ = self.send_report(engine, "msg_1", body)
        self.assertEqual(status, 200, said)
        again = self.post(engine, body, self.sign("msg_1", body, int(time.time()) - 100))
        self.assertEqual(again[:2], (200, said))
        kept = engine.get(f"/api/messages/{said['id']}")[1]
        self.assertEqual((kept["control_id"], kept["message_type"], kept["listener"], kept["status"]), ("msg_1", "lab-result", "webhook:poct", "processed"))
        patient = kept["patient_id"]
        row, = engine.results(patient)
        self.assertEqual((row["test_code"], row["value_text"], row["unit"], row["abnormal_flag"]), ("K", "4.10", "mmol/L", "normal"))
        self.assertEqual([each["status"] for each in engine.messages()], ["duplicate", "processed"])
        status, later, _ = self.send_report(engine, "msg_2", report(value="4.30").replace(b'"final"', b'"corrected"'))
        self.assertEqual(status, 200, later)
        row, = engine.results(patient)
        self.assertEqual((row["value_text"], row["version"]), ("4.30", 2))
        self.assertEqual(engine.get(f"/api/messages/{said['id']}/reprocess", None, "POST")[0], 200)
        row, = engine.results(patient)
        self.assertEqual(row["value_text"], "4.30")

    def test_who_proves_nothing_is_not_logged(self):
        engine = self.hooked()
        body = report()
        good = self.sign("msg_1", body)
        for headers in ({}, {**good, "webhook-id": "msg_2"}, {**good, "webhook-timestamp": str(int(time.time()) + 1)},
                        self.sign("msg_1", body, int(time.time()) - 400), self.sign("msg_1", body, secret="whsec_" + "A" * 40)):
            status, said, _ = self.post(engine, body, headers)
            self.assertEqual((status, said["error"]["code"]), (401, "signature"))
        self.assertEqual(self.post(engine, body + b" ", good)[0], 401)
        self.assertEqual(engine.messages(), [])
        until(lambda: engine.rows("select count(*) from security_audit where outcome = '401' and actor = 'nobody'")[0][0] == "1", 10, "one audit row")

    def test_what_is_no_report_is_answered_as_http_has_it(self):
        engine = self.hooked()
        body = report()
        good = self.sign("msg_1", body)
        self.assertEqual(self.post(engine, body, good, "nobody")[0], 404)
        self.assertEqual(self.post(engine, None, {}, method="GET")[0], 405)
        self.assertEqual(self.post(engine, body, {**good, "Content-Type": "text/plain"})[0], 415)
        self.assertEqual(self.post(engine, body, {**good, "Content-Encoding": "gzip"})[0], 415)
        large = b'{"a": "' + b"x" * 70_000 + b'"}'
        self.assertEqual(self.post(engine, large, self.sign("msg_1", large))[0], 413)
        for id, wrong, where in (("msg_2", b"{", None), ("msg_3", b'{"results": []}', "/results"), ("msg_4", report(value="{}"), "/results/0/value")):
            status, said, _ = self.send_report(engine, id, wrong)
            self.assertEqual(status, 422, said)
            if where:
                self.assertEqual(said["error"]["details"]["where"], where)
        self.assertEqual([each["status"] for each in engine.messages()], ["failed"] * 3)

    def test_a_report_that_names_nobody_known_waits_for_a_person_and_an_unknown_code_is_asked_for(self):
        engine = self.hooked()
        status, said, _ = self.send_report(engine, "msg_1", report(patient="999111"))
        self.assertEqual(status, 200)
        self.assertEqual(engine.get(f"/api/messages/{said['id']}")[1]["status"], "unmatched")
        waiting, = engine.get("/api/review?kind=unmatched")[1]["items"]
        person, = engine.rows("select min(patient_id) from patients")[0]
        status, done = engine.get(f"/api/review/{waiting['id']}/resolve", None, "POST", json.dumps({"action": "link", "patient_id": person}).encode())
        self.assertEqual(status, 200, done)
        self.assertEqual(len(engine.results(person)), 1)
        self.assertEqual(self.send_report(engine, "msg_2", report(code="NEVER"))[0], 200)
        self.assertEqual([each["code"] for each in engine.get("/api/unmapped")[1]["items"]], ["NEVER"])

    def test_a_report_is_passed_on_as_hl7(self):
        receiver = self.receiver()
        engine = self.hooked(CHAIN.replace('"persist"', '"forward", "persist"'), 'send = ["ris"]', start=False)
        (engine.folder / "conf/destinations").mkdir()
        self.destination(engine, receiver)
        engine.start()
        status, said, _ = self.send_report(engine, "msg_1", report())
        self.assertEqual(status, 200, said)
        until(lambda: receiver.got, 10, "the message")
        self.assertEqual(segment(receiver.got[0][1], b"OBX")[5], b"4.10")
        self.assertEqual(engine.get(f"/api/messages/{said['id']}/resend", None, "POST", b'{"destination": "ris"}')[0], 200)
        until(lambda: len(receiver.got) == 2, 10, "the message again")
        self.assertEqual(segment(receiver.got[1][1], b"OBX")[5], b"4.10")

    def test_githubs_signature_opens_its_webhook(self):
        engine = self.hooked()
        body = json.dumps({"id": NUMBERS[0], "order": "G-1", "results": [{"code": "K", "value": 4.2}]}).encode()
        headers = {"X-GitHub-Delivery": "72d3162e", "X-Hub-Signature-256": "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()}
        status, said, _ = self.post(engine, body, headers, "hub")
        self.assertEqual(status, 200, said)
        self.assertEqual(self.post(engine, body, headers, "hub")[:2], (200, said))
        self.assertEqual(self.post(engine, body + b"\n", headers, "hub")[0], 401)

    def test_a_paused_route_and_a_store_that_is_away_say_when_to_come_again(self):
        engine = self.hooked(more="deadline_seconds = 1")
        self.assertEqual(engine.get("/api/routes/poct/pause", None, "POST")[0], 200)
        body = report()
        status, said, headers = self.send_report(engine, "msg_1", body)
        self.assertEqual((status, headers["Retry-After"]), (503, "10"), said)
        self.assertEqual(engine.get("/api/routes/poct/resume", None, "POST")[0], 200)
        self.assertEqual(self.send_report(engine, "msg_1", body)[0], 200)
        if self.postgres:
            self.postgres.stop()
            try:
                status, said, headers = self.send_report(engine, "msg_2", report("F-2"))
                self.assertEqual((status, headers["Retry-After"]), (503, "10"), said)
            finally:
                self.postgres.start()
            until(lambda: self.send_report(engine, "msg_2", report("F-2"))[0] == 200, 30, "the store")
            self.assertEqual(len(engine.results(engine.get("/api/messages?control_id=msg_2")[1]["items"][0]["patient_id"])), 2)

    def test_check_explains_mistakes(self):
        def said(old, new):
            return self.output(self.hooked(configuration=CONFIGURATION.replace(old, new, 1), start=False))
        self.assertNotIn("error", self.output(self.hooked(start=False)))
        for old, new, expected in (
                ('secrets = ["env:POCT_SECRET"]', 'secrets = ["whsec_AAAA"]', "does not stand in the file itself"),
                ('secrets = ["env:POCT_SECRET"]', 'secrets = ["env:NOT_THERE"]', "which is not there"),
                ('secrets = ["env:POCT_SECRET"]', 'secrets = []', "needs 'secrets'"),
                ('scheme = "standard"', 'scheme = "standart"', "did you mean 'standard'"),
                ('code = "/code"', 'codes = "/code"', "did you mean 'code'"),
                ('code = "/code"', 'code = "/co~de"', "which is no JSON pointer"),
                ('cyprus_id = "/patient/id"\n', "", "says nowhere whose the results are"),
                ('results = "/results"', 'results = "results"', "is no pointer to a list")):
            self.assertIn(expected, said(old, new), new)
        self.assertIn("must name one laboratory", self.checked(lambda text: text.replace('labs = ["bioanalytica"]', "")))
        self.assertIn("which does not exist", self.checked(lambda text: text.replace('"webhook:poct"', '"webhook:pokt"')))
        self.assertIn("which its chain cannot do", self.checked(lambda text: text.replace('"lab-result"', '"ORU^R01"')))

    def checked(self, change):
        engine = self.hooked(start=False)
        route = engine.folder / "conf/routes/poct.toml"
        route.write_text(change(route.read_text()))
        return self.output(engine)

    def output(self, engine):
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "check"], env=engine.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout.decode()


on_both(Webhooks)

if __name__ == "__main__":
    unittest.main()
