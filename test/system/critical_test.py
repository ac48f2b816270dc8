"""Critical values: somebody hears of each, rung after rung, until a person has it and has read it back; on both databases."""
import collections
import csv
import datetime
import io
import json
import os
import shutil
import subprocess
import time
import unittest
import urllib.request

from delivery_kinds_test import SECRET, Web
from review_test import Desk
from support import Engine, Sender, WithStore, ack_code, on_both, second_engine, until

os.environ["HOOK"] = SECRET  # for all engines
ANNA, NOBODY = "812345", "799999"  # the first is M-0001 of the roster


BEGAN = datetime.datetime.now(datetime.timezone.utc)


def hl7_time(ago_hours=0):
    return (BEGAN - datetime.timedelta(hours=ago_hours)).strftime("%Y%m%d%H%M%S+0000")


def potassium(n, value, state="F", patient=ANNA, order=None, ago_hours=1, flag="", reported=0):
    told = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=reported)).strftime("%Y%m%d%H%M%S+0000")
    return "\r".join([f"MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|{told}||ORU^R01^ORU_R01|C-{n}|P|2.5.1|||||CYP|UNICODE UTF-8",
                      f"PID|1||{patient}^^^CYP^NI", f"OBR|1||{order or f'F-{n}'}|K^Potassium^L|||{hl7_time(ago_hours)}|||||||||||||||{told}||CH|{state}",
                      f"OBX|1|NM|K^Potassium^L||{value}|mmol/L|3.5-5.1|{flag}|||{state}|||{hl7_time(ago_hours)}", ""]).encode()


class Ladders(WithStore):
    """Engines with ladders, and two people."""

    def web(self, *args):
        made = Web(*args)
        self.addCleanup(made.close)
        return made

    def start(self, rungs, by_hand=60, more="", **how):
        """`rungs`: (name, receiver, seconds, further keys)."""
        ladder = f"[critical]\ncall_by_hand_minutes = {by_hand / 60}\n{more}\n"
        for name, _, after, keys in rungs:
            ladder += f'[[critical.ladder]]\ndestination = "{name}"\nminutes = {after / 60}\n{keys}\n'
        engine = self.engine_with(ladder, rungs, **how)
        self.anna = Desk(engine, "anna", "anna@clinic.example")
        self.bob = Desk(engine, "bob", "bob@clinic.example")
        return engine

    def engine_with(self, ladder, rungs, edit="", **how):
        engine = Engine(self.postgres, **how)
        self.addCleanup(engine.end)
        if edit:
            route = engine.folder / "conf/routes/lab-results.toml"
            route.write_text(route.read_text().replace('"parse", ', '"parse", "edit", ') + edit)
            (engine.folder / "conf/tables").mkdir()
            (engine.folder / "conf/tables/ward.csv").write_text("from,to\nA,B\n")
        (engine.folder / "conf/destinations").mkdir(exist_ok=True)
        for name, web, _, _ in rungs:
            (engine.folder / f"conf/destinations/{name}.toml").write_text(
                f'[destination]\nname = "{name}"\nkind = "http"\nto = "{web.url}"\nplaintext = true\nallow = ["127.0.0.0/8"]\nretry_seconds = [1]\n'
                'attempts = 1\nsecret = "env:HOOK"\n')
        with open(engine.folder / "conf/aorta.toml", "a") as settings:
            settings.write(ladder)
        return engine.start()

    def send(self, engine, *messages):
        with Sender(engine.port) as sender:
            for each in messages:
                self.assertEqual(ack_code(sender.ask(each)), "AA")

    def alerts(self, state=None):
        return self.anna.get("/api/critical?limit=100" + (f"&state={state}" if state else ""))["items"]

    def alert(self, state=None):
        [one] = self.alerts(state)
        return one

    def becomes(self, state, seconds=30, id=None):
        def fits():
            return [a for a in self.alerts("all") if a["state"] == state and id in (None, a["id"])]
        until(fits, seconds, f"an alert that is {state} of {[(a['state'], a['why']) for a in self.alerts('all')]}")
        return fits()[0]

    def steps(self, id):
        return [s["kind"] for s in self.anna.get(f"/api/critical/{id}")["steps"]]

    def told(self, web):
        return [json.loads(body)["data"]["alert_id"] for _, _, body in web.got]


@on_both
class Critical(Ladders):
    def test_it_is_told_acknowledged_read_back_and_closed(self):
        doctor, oncall = self.web(), self.web()
        engine = self.start([("doctor", doctor, 0, 'role = "ordering doctor"'), ("oncall", oncall, 30, "")])
        self.send(engine, potassium(1, "7,2"))
        one = self.becomes("delivered")
        self.assertEqual((one["value"]["value"], one["value"]["unit"], one["severity"], one["why"]), ("7.2", "mmol/L", "risk", "told"))
        [(_, headers, body)] = doctor.got
        self.assertTrue(headers["webhook-signature"].startswith("v1,"))
        said = json.loads(body)
        self.assertEqual(said["type"], "lab_result_critical")
        self.assertEqual(said["data"]["alert_id"], one["id"])
        self.assertEqual((said["data"]["loinc_code"], said["data"]["role"], said["data"]["clinic"]), ("2823-3", "ordering doctor", "MAIN"))
        for secret in (b"7.2", b"7,2", ANNA.encode(), b"M-0001"):
            self.assertNotIn(secret, body)
        path = f"/api/critical/{one['id']}"
        self.assertEqual(self.anna.post(path + "/read-back", value="7.2")[0], 409)  # first somebody has it
        self.assertEqual(Desk(engine, "robot").post(path + "/acknowledge")[0], 403)
        status, taken = self.anna.post(path + "/acknowledge", role="on-call")
        self.assertEqual((status, taken["state"], taken["acknowledged_by"]), (200, "acknowledged", "anna@clinic.example"))
        status, refused = self.bob.post(path + "/acknowledge")
        self.assertEqual((status, refused["error"]["details"]["by"]), (409, "anna@clinic.example"))
        status, refused = self.anna.post(path + "/read-back", value="2.7")
        self.assertEqual((status, refused["error"]["code"]), (422, "differs"))
        self.assertEqual(self.anna.post(path + "/close", outcome="acted")[0], 400)  # why, without a read-back?
        self.assertEqual(self.anna.post(path + "/read-back", value="7,20", unit="mEq/L")[1]["state"], "read_back")
        status, closed = self.bob.post(path + "/close", outcome="acted")
        self.assertEqual((status, closed["state"], closed["closed_by"]), (200, "closed", "bob@clinic.example"))
        self.assertEqual([s["kind"] for s in closed["steps"]],
                         ["notified", "delivered", "acknowledged", "read_back_differs", "read_back", "closed"])
        differs = closed["steps"][3]
        self.assertEqual((differs["who"], differs["detail"]), ("anna@clinic.example", "2.7"))
        self.assertNotIn("2.7", str(engine.rows("select detail from critical_step where kind = 'read_back_differs'")))
        self.assertEqual(oncall.got, [])
        self.assertEqual(self.alerts(), [])
        metrics = engine.get("/metrics")[1]
        self.assertIn("aorta_critical_ack_seconds_count 1", metrics)

    def test_it_climbs_until_somebody_has_to_call(self):
        doctor, oncall, head = self.web(), self.web(), self.web()
        engine = self.start([("doctor", doctor, 0, ""), ("oncall", oncall, 2, ""), ("head", head, 4, "")], by_hand=6)
        self.send(engine, potassium(1, "7,2"))
        one = self.becomes("unreachable", 15)
        self.assertEqual([len(w.got) for w in (doctor, oncall, head)], [1, 1, 1])
        times = [w.got[0][0] - doctor.got[0][0] for w in (oncall, head)]
        self.assertAlmostEqual(times[0], 2, delta=0.9)
        self.assertAlmostEqual(times[1], 4, delta=1.2)
        [review] = [r for r in self.anna.get("/api/review")["items"] if r["kind"] == "critical-unreached"]
        self.assertEqual(review["message_id"], one["message_id"])
        # It stays when the message is run again, and goes when somebody has it.
        self.assertEqual(self.anna.post(f"/api/messages/{one['message_id']}/reprocess")[0], 200)
        self.assertEqual(self.alert("unreachable")["id"], one["id"])
        self.assertEqual([r["id"] for r in self.anna.get("/api/review")["items"] if r["kind"] == "critical-unreached"], [review["id"]])
        self.assertEqual(self.anna.post(f"/api/critical/{one['id']}/acknowledge")[0], 200)
        self.assertEqual(self.anna.get("/api/review?kind=critical-unreached")["items"], [])
        self.assertEqual(len(self.alerts("all")), 1)

    def test_whom_nobody_answers_for_is_passed_over_at_once(self):
        doctor, oncall = self.web(lambda body: 400), self.web()
        engine = self.start([("doctor", doctor, 0, ""), ("oncall", oncall, 120, "")])
        self.send(engine, potassium(1, "7,2"))
        one = self.becomes("delivered", 90)
        self.assertEqual(self.told(oncall), [one["id"]])
        self.assertEqual(self.steps(one["id"]), ["notified", "failed", "escalated", "delivered"])

    def test_a_correction_alerts_anew_and_a_withdrawal_ends_it(self):
        doctor = self.web()
        engine = self.start([("doctor", doctor, 0, "")])
        self.send(engine, potassium(1, "7,2", order="F-9"))
        first = self.becomes("delivered")
        self.send(engine, potassium(2, "7,9", state="C", order="F-9", reported=2))
        until(lambda: len(doctor.got) == 2, 10, "the correction")
        self.assertEqual(self.steps(first["id"])[-1], "superseded")
        second = self.becomes("delivered")
        self.assertEqual((second["why"], second["value"]["value"], second["before"]["value"]), ("corrected", "7.9", "7.2"))
        self.send(engine, potassium(3, "4,2", state="C", order="F-9", reported=4))
        until(lambda: len(doctor.got) == 3, 10, "that it is critical no longer")
        third = self.becomes("delivered")
        self.assertEqual((third["why"], third["severity"], third["before"]["value"]), ("changed", "significant", "7.9"))
        self.assertEqual(json.loads(doctor.got[2][2])["type"], "lab_result_critical_changed")
        self.send(engine, potassium(4, "7,7", order="F-10"))
        until(lambda: len(doctor.got) == 4, 10, "another")
        self.send(engine, potassium(5, "", state="X", order="F-10", reported=6))
        gone = self.becomes("withdrawn")
        until(lambda: len(doctor.got) == 5, 10, "that it was withdrawn")
        said = json.loads(doctor.got[4][2])
        self.assertEqual((said["type"], said["data"]["alert_id"]), ("lab_result_critical_withdrawn", gone["id"]))
        self.assertEqual(gone["value"]["value"], "7.7")
        self.assertEqual(self.anna.post(f"/api/critical/{gone['id']}/acknowledge")[0], 409)

    def test_the_same_again_calls_nobody_twice(self):
        doctor = self.web()
        engine = self.start([("doctor", doctor, 0, "")])
        first = potassium(1, "7,2", state="P", order="F-9")
        self.send(engine, first, first)
        one = self.becomes("delivered")
        self.send(engine, potassium(2, "7,2", order="F-9", reported=2))
        again = self.becomes("folded")
        self.assertEqual(again["same_as"], one["id"])
        for message in engine.messages():
            self.anna.post(f"/api/messages/{message['id']}/reprocess")
        time.sleep(1)
        self.assertEqual(self.told(doctor), [one["id"]])
        self.assertEqual(collections.Counter(a["state"] for a in self.alerts("all")), {"delivered": 1, "folded": 1})

    def test_nobodys_value_is_told_and_keeps_its_alert_when_it_finds_its_patient(self):
        office, doctor = self.web(), self.web()
        engine = self.start([("office", office, 0, 'results = "unmatched"'), ("doctor", doctor, 0, 'results = "matched"')])
        self.send(engine, potassium(1, "7,2", patient=NOBODY))
        one = self.becomes("delivered")
        self.assertEqual((one["patient_id"], one["result_id"], self.told(office), doctor.got), (None, None, [one["id"]], []))
        self.assertEqual(self.anna.post(f"/api/critical/{one['id']}/acknowledge")[0], 200)
        people = {mrn: engine.rows(f"select patient_id from patients where mrn = '{mrn}'")[0][0] for mrn in ("M-0001", "M-0002")}
        self.assertEqual(self.anna.link(one["message_id"], people["M-0001"])[0], 200)
        now = self.alert()
        self.assertEqual((now["id"], now["patient_id"], now["state"]), (one["id"], people["M-0001"], "acknowledged"))
        self.assertIsNotNone(now["result_id"])
        self.assertEqual(self.anna.link(one["message_id"], people["M-0002"], instead_of=people["M-0001"])[0], 200)
        now = self.alert()
        self.assertEqual((now["id"], now["patient_id"], now["state"]), (one["id"], people["M-0002"], "acknowledged"))
        self.assertEqual(self.anna.post(f"/api/messages/{one['message_id']}/unlink")[0], 200)
        self.assertEqual((self.alert()["id"], self.alert()["patient_id"]), (one["id"], None))
        self.assertEqual(self.steps(one["id"]), ["notified", "delivered", "acknowledged", "moved", "moved", "moved"])
        self.assertEqual(doctor.got, [])

    def test_old_news_stand_on_a_list_of_their_own(self):
        doctor = self.web()
        engine = self.start([("doctor", doctor, 0, "")])
        self.send(engine, potassium(1, "7,2", ago_hours=72))
        one = self.becomes("late")
        time.sleep(1)
        self.assertEqual(doctor.got, [])
        self.assertEqual(self.alert()["id"], one["id"])
        self.assertEqual(self.anna.post(f"/api/critical/{one['id']}/close", outcome="no-action", reason="an imported history")[0], 200)
        self.assertEqual(self.alerts(), [])

    def test_who_hands_over_is_relieved_when_the_other_has_it(self):
        engine = self.start([("doctor", self.web(), 0, "")], more="due_minutes = 0.05", extra='[clinic.SIDE]\nname = "Another clinic"')
        engine.command("key", "create", "--name", "eve", "--scope", "admin", "--clinic", "SIDE", "--user", "eve@side.example")
        self.send(engine, potassium(1, "7,2"))
        path = f"/api/critical/{self.becomes('delivered')['id']}"
        self.assertEqual(self.anna.post(path + "/hand-over", to="bob@clinic.example")[0], 409)
        self.assertEqual(self.anna.post(path + "/acknowledge")[0], 200)
        self.assertEqual(self.anna.post(path + "/hand-over", to="nobody@clinic.example")[0], 404)
        status, refused = self.anna.post(path + "/hand-over", to="eve@side.example")  # who could not acknowledge it
        self.assertEqual((status, refused["error"]["code"]), (422, "other-clinic"))
        self.assertEqual(self.anna.post(path + "/hand-over", to="bob@clinic.example", reason="end of duty")[0], 200)
        self.becomes("unreachable")  # he did not take it
        status, taken = self.bob.post(path + "/acknowledge")
        self.assertEqual((status, taken["acknowledged_by"]), (200, "bob@clinic.example"))
        self.assertEqual([s["kind"] for s in taken["steps"]],
                         ["notified", "delivered", "acknowledged", "handed_over", "unreached", "acknowledged"])

    def test_values_by_fhir_are_told_too(self):
        doctor = self.web()
        engine = self.start([("doctor", doctor, 0, "")])
        patient = engine.rows("select patient_id from patients where mrn = 'M-0001'")[0][0]
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        sent = {"resourceType": "Observation", "status": "final", "subject": {"reference": f"Patient/{patient}"}, "effectiveDateTime": now,
                "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
                "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}], "text": "Potassium"},
                "valueQuantity": {"value": 7.2, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"}}
        status, made, _ = engine.fhir("POST", "/Observation", sent)
        self.assertEqual(status, 201, made)
        one = self.becomes("delivered")
        self.assertEqual((one["value"]["value"], one["value"]["unit"], one["result_id"], one["patient_id"]), ("7.2", "mmol/L", made["id"], patient))
        made["valueQuantity"]["value"] = 7.9
        self.assertEqual(engine.fhir("PUT", f"/Observation/{made['id']}", made)[0], 200)
        until(lambda: len(doctor.got) == 2, 10, "the correction")
        second = self.alert()
        self.assertEqual((second["why"], second["before"]["value"]), ("corrected", "7.2"))
        # Back to a value that somebody has had and closed: it was another one meanwhile.
        self.assertEqual(self.anna.post(f"/api/critical/{second['id']}/acknowledge")[0], 200)
        self.assertEqual(self.anna.post(f"/api/critical/{second['id']}/close", outcome="no-action", reason="seen")[0], 200)
        for value in (4.0, 7.9):
            made["valueQuantity"]["value"] = value
            self.assertEqual(engine.fhir("PUT", f"/Observation/{made['id']}", made)[0], 200)
        again = self.becomes("delivered", id=second["id"])
        self.assertEqual((again["value"]["value"], again["why"], again["before"], again["acknowledged_by"]), ("7.9", "told", None, None))
        made["status"] = "entered-in-error"
        self.assertEqual(engine.fhir("PUT", f"/Observation/{made['id']}", made)[0], 200)
        self.becomes("withdrawn", id=second["id"])

    def test_a_result_that_fhir_takes_to_another_patient_is_told_anew(self):
        doctor = self.web()
        engine = self.start([("doctor", doctor, 0, "")])
        self.send(engine, potassium(1, "7,2"))
        first = self.becomes("delivered")
        other = engine.rows("select patient_id from patients where mrn = 'M-0002'")[0][0]
        status, result, _ = engine.fhir("GET", f"/Observation/{first['result_id']}")
        self.assertEqual(status, 200)
        result["subject"] = {"reference": f"Patient/{other}"}
        status, said, _ = engine.fhir("PUT", f"/Observation/{first['result_id']}", result)
        self.assertEqual(status, 200, said)
        until(lambda: any(a["patient_id"] == other and a["state"] == "delivered" for a in self.alerts("all")), 10, "the other patient's alert")
        states = {a["patient_id"]: a["state"] for a in self.alerts("all")}
        self.assertEqual(states[first["patient_id"]], "superseded")

    def test_a_message_that_an_edit_holds_is_told_of(self):
        office = self.web()
        engine = self.start([("office", office, 0, "")], edit='\n[[edit]]\nmap = "PV1-3.1"\ntable = "ward"\nelse = "hold"')
        held = potassium(1, "7,2").replace(b"\rOBR", b"\rPV1|1|I|NOWHERE\rOBR")
        self.send(engine, held)
        one = self.becomes("delivered")
        self.assertEqual((one["patient_id"], one["result_id"], one["value"]["value"]), (None, None, "7.2"))
        self.assertEqual(engine.messages()[0]["status"], "unmatched")

    def test_kill_between_rungs_loses_and_doubles_nothing(self):
        doctor, oncall, head = self.web(), self.web(), self.web()
        engine = self.start([("doctor", doctor, 0, ""), ("oncall", oncall, 4, ""), ("head", head, 8, "")], by_hand=12)
        self.send(engine, *(potassium(n, "7,2") for n in range(5)))
        until(lambda: len(doctor.got) == 5, 10, "the first rung")
        time.sleep(1)
        engine.kill()
        time.sleep(2)
        engine.start()
        until(lambda: len(oncall.got) >= 5, 20, "the second rung")
        engine.kill()
        engine.start()
        until(lambda: len(self.alerts("unreachable")) == 5, 40, "the end of the ladder")
        until(lambda: all(len(set(self.told(web))) == 5 for web in (doctor, oncall, head)), 60, "that all were told")
        for web in (doctor, oncall, head):
            ids = collections.Counter(headers["webhook-id"] for _, headers, _ in web.got)
            self.assertEqual(len(ids), 5)  # the same id again is the same notice, perhaps sent twice
            self.assertEqual(len(set(self.told(web))), 5)
        self.assertEqual(engine.count("critical_step", "kind in ('notified', 'escalated')"), 15)
        self.assertEqual(engine.count("review_queue", "kind = 'critical-unreached'"), 5)

    def test_two_nodes_call_once(self):
        if not self.postgres:
            self.skipTest("SQLite has one node")
        doctor, oncall = self.web(), self.web()
        engine = self.start([("doctor", doctor, 0, ""), ("oncall", oncall, 6, "")])
        other = second_engine(self, engine)
        self.send(engine, *(potassium(n, "7,2") for n in range(10)))
        self.send(other, *(potassium(n, "7,2") for n in range(10, 20)))
        until(lambda: len(doctor.got) >= 20, 20, "the first rung")
        engine.kill()
        self.anna.engine = other
        until(lambda: len(oncall.got) >= 20, 40, "the second rung")
        time.sleep(1)
        self.assertEqual(engine.count("critical_step", "kind = 'notified'"), 20)
        self.assertEqual(engine.count("critical_step", "kind = 'escalated'"), 20)
        for web in (doctor, oncall):
            self.assertEqual(len(set(self.told(web))), 20)

    def test_the_report_tells_how_soon_somebody_had_it(self):
        engine = self.start([("doctor", self.web(), 0, "")], by_hand=3)
        self.send(engine, *(potassium(n, "7,2") for n in range(4)), potassium(9, "7,2", ago_hours=90))
        until(lambda: len(self.alerts("delivered")) == 4, 10, "four alerts")
        for one in self.alerts("delivered")[:3]:
            self.assertEqual(self.anna.post(f"/api/critical/{one['id']}/acknowledge")[0], 200)
        one = self.alerts("acknowledged")[0]
        self.assertEqual(self.anna.post(f"/api/critical/{one['id']}/read-back", value="7.2")[0], 200)
        self.becomes("unreachable")
        status, text = self.anna.engine.get("/api/critical/report?format=csv", key=self.anna.key)
        self.assertEqual(status, 200)
        row = list(csv.DictReader(io.StringIO(text)))[0]
        self.assertEqual({k: row[k] for k in ("clinic", "severity", "alerts", "late", "acknowledged", "acknowledged_in_time", "share_in_time", "read_back", "unreached")},
                         {"clinic": "MAIN", "severity": "all", "alerts": "5", "late": "1", "acknowledged": "3", "acknowledged_in_time": "3",
                          "share_in_time": "0.750", "read_back": "1", "unreached": "1"})
        # What came late stays so when somebody closes it, and what reached nobody in time does when it is corrected afterwards.
        [late] = self.alerts("late")
        self.assertEqual(self.anna.post(f"/api/critical/{late['id']}/close", outcome="no-action", reason="an imported history")[0], 200)
        again = list(csv.DictReader(io.StringIO(self.anna.engine.get("/api/critical/report?format=csv", key=self.anna.key)[1])))[0]
        self.assertEqual({k: again[k] for k in ("late", "acknowledged", "share_in_time", "unreached")},
                         {"late": "1", "acknowledged": "3", "share_in_time": "0.750", "unreached": "1"})
        self.assertLess(float(row["notified_p90_seconds"]), 2)
        self.assertGreater(float(row["acknowledged_p50_seconds"]), 0)
        asked = urllib.request.Request(f"http://127.0.0.1:{engine.http}/api/critical/report?format=pdf&lang=en", headers={"Authorization": f"Bearer {self.anna.key}"})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            pdf = answer.read()
            self.assertEqual((answer.headers["Content-Type"], pdf[:5]), ("application/pdf", b"%PDF-"))
        if shutil.which("pdftotext"):
            text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, stdout=subprocess.PIPE, check=True).stdout.decode()
            for line in (r"Clinic MAIN", r"Alerts +5 ", r"Reached nobody +1 ", r"Acknowledged in time +3 ", r"Share in time +75\.0 % ", r"Until notified, median +0:0", "page 1 of 1"):
                self.assertRegex(text, f"(?i){line}")
        self.assertEqual(self.anna.get("/api/critical/report?from=2020-01-01&to=2020-02-01")["items"][0]["alerts"], 0)


if __name__ == "__main__":
    unittest.main()
