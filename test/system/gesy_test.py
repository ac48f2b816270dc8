"""The national system: beneficiaries and referrals, claims that are sent exactly once whatever goes wrong, outages, kills, and what is kept of it."""
import json
import random
import subprocess
import threading
import unittest
import urllib.request

from support import AORTA, Engine, WithStore, on_both, until

SETTINGS = """[gesy]
mode = "sandbox"
url = "http://127.0.0.1:{port}/v1"
plaintext = true
allow = ["127.0.0.0/8"]
client_id = "clinic"
client_secret = "env:SECRET_OF_TESTS"
provider_id = "P-0001"
timeout_seconds = 2
poll_seconds = [1]
"""


class Simulator:
    def __init__(self, *options):
        self.process = subprocess.Popen([AORTA, "gesy", "simulate", "--listen", "127.0.0.1:0", "--pace", "1", *options], stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline().decode().split("http://127.0.0.1:")[1].split("/")[0])

    def script(self, text):
        with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{self.port}/_script", method="POST", data=text.encode())) as answer:
            assert answer.status == 204

    def claims(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_claims") as answer:
            return json.loads(answer.read())

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def claim(beneficiary="0000701122", referral="R-701122", price=60.55, quantity=2, **more):
    return {"beneficiary_id": beneficiary, "referral_id": referral, "service_date": "2026-11-20", "diagnosis_codes": ["I20.9"],
            "line_items": [{"procedure_code": "93306", "procedure_description": "Υπερηχογράφημα καρδιάς", "quantity": quantity, "unit_price": price,
                            "total_price": round(price * quantity, 2)}], **more}


@on_both
class Gesy(WithStore):
    def simulator(self, *options):
        made = Simulator(*options)
        self.addCleanup(made.end)
        return made

    def with_gesy(self, simulator, names=""):
        engine = self.engine_of(simulator)
        if names:
            (engine.folder / "conf/gesy.toml").write_text(names)
        return engine.start()

    def engine_of(self, simulator):
        made = Engine(self.postgres, extra=SETTINGS.format(port=simulator.port), environment={"SECRET_OF_TESTS": "secret"})
        self.addCleanup(made.end)
        return made

    def post(self, engine, body, expected=202):
        status, answer = engine.get("/gesy/claims", method="POST", body=json.dumps(body, ensure_ascii=False).encode())
        self.assertEqual(status, expected, answer)
        return answer

    def test_beneficiaries_and_referrals_are_asked_there_and_then(self):
        simulator = self.simulator()
        engine = self.with_gesy(simulator)
        status, found = engine.get("/gesy/beneficiary/0000701122")
        self.assertEqual((status, found["beneficiary_id"], found["is_active"], found["coverage_category"]), (200, "0000701122", True, "Πλήρης κάλυψη"))
        self.assertNotIn("x_unknown", found)
        self.assertIsNone(found["expiry_date"])
        self.assertEqual(engine.get("/gesy/beneficiary/lookup/701122")[1]["beneficiary_id"], "0000701122")
        self.assertEqual(engine.get("/gesy/beneficiary/0000000999")[0], 404)
        self.assertEqual(engine.get("/gesy/referrals?beneficiary_id=0000701122")[1]["items"][0]["referral_id"], "R-701122")
        self.assertEqual(engine.get("/gesy/referrals")[0], 400)
        status, made = engine.get("/gesy/referrals", method="POST", body=json.dumps({"beneficiary_id": "0000701122", "specialty_code": "CARD"}).encode())
        self.assertEqual((status, made["status"]), (201, "pending"))
        self.assertEqual(engine.get(f"/gesy/referrals/{made['referral_id']}/close", method="PUT", body=b"{}")[1]["status"], "used")
        self.assertEqual(engine.get("/gesy/specialties")[1]["items"][0]["name_el"], "Καρδιολογία")
        self.assertTrue(engine.get("/gesy/validate/diagnosis/I25.1")[1]["is_valid"])
        self.assertFalse(engine.get("/gesy/validate/procedure/echo")[1]["is_valid"])
        self.assertEqual(engine.get("/gesy/provider")[1]["provider_id"], "P-0001")
        # The audit says that somebody was looked up, and not in clear who.
        audit = engine.rows("select resource, criteria from security_audit where resource like '/gesy/beneficiary%'")
        self.assertEqual({each[0] for each in audit}, {"/gesy/beneficiary/{id}", "/gesy/beneficiary/lookup/{id}"})
        self.assertNotIn("701122", str(audit))
        reader = engine.command("key", "create", "--name", "reader", "--scope", "read").split()[-1]
        self.assertEqual(engine.get("/gesy/claims", key=reader, method="POST", body=b"{}")[0], 403)

    def test_while_it_is_away_the_last_answer_is_told_with_its_age(self):
        simulator = self.simulator()
        engine = self.with_gesy(simulator)
        engine.get("/gesy/beneficiary/0000701122")
        simulator.script('[[fault]]\nis = "unavailable"\ntimes = 0\n')
        request = urllib.request.Request(f"http://127.0.0.1:{engine.http}/gesy/beneficiary/0000701122", headers={"Authorization": f"Bearer {engine.key}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            self.assertEqual((answer.status, json.loads(answer.read())["beneficiary_id"]), (200, "0000701122"))
            self.assertGreaterEqual(int(answer.headers["Age"]), 0)
            self.assertIn("110", answer.headers["Warning"])
        self.assertEqual(engine.get("/gesy/beneficiary/0000615533")[0], 503)
        status = engine.get("/gesy/status")[1]
        self.assertIsNotNone(status["away_since"])
        simulator.script("")
        until(lambda: engine.get("/gesy/beneficiary/0000615533")[0] == 200, 30, "its return")
        self.assertIsNone(engine.get("/gesy/status")[1]["away_since"])

    def test_a_claim_from_its_check_to_its_payment(self):
        simulator = self.simulator()
        engine = self.with_gesy(simulator)
        for wrong, where in ((claim(quantity=0), "quantity"), ({**claim(), "service_date": "2999-01-01"}, "service_date"),
                             ({**claim(), "total_claimed": 1}, "total_claimed"), ({**claim(), "encounter_id": 999999}, "encounter_id"), ([], "body")):
            answer = self.post(engine, wrong, 422)
            self.assertIn(where, answer["error"]["message"])
        first_codes = engine.folder / "cpt.csv"
        first_codes.write_text("code,description,description_el\n93000,Electrocardiogram,Ηλεκτροκαρδιογράφημα\n")
        self.assertEqual(engine.command("codes", "load", "cpt", str(first_codes)), "1 codes of cpt are there\n")
        self.assertIn("line_items[0].procedure_code is not in the table 'cpt'", self.post(engine, claim(), 422)["error"]["message"])
        first_codes.write_text("code,description\n93306,Echocardiogram\n")
        engine.command("codes", "load", "cpt", str(first_codes))
        patient = engine.rows("select patient_id from patients where gesy_beneficiary_id is not null order by patient_id")
        whose = engine.rows(f"select gesy_beneficiary_id from patients where patient_id = {patient[0][0]}")[0][0] if patient else "0000701122"
        visit = None
        if patient:
            engine.execute("insert into encounters (encounter_id, patient_id, clinic_id, encounter_type, status, scheduled_start)"
                           f" values (7001, {patient[0][0]}, 1, 'outpatient', 'completed', '2026-11-20 08:00:00')")
            visit = 7001
        first = self.post(engine, claim(whose, f"R-{whose[-6:]}", encounter_id=visit) if visit else claim())
        self.assertEqual((first["status"], first["total_claimed"], first["provider_id"]), ("draft", 121.1, "P-0001"))
        self.assertEqual(first["unchecked"], ["the table 'icd10' is not loaded: its codes cannot be checked"])
        again = self.post(engine, claim(whose, f"R-{whose[-6:]}", encounter_id=visit) if visit else claim(), 409)
        self.assertEqual(again["error"]["details"]["claim"], first["id"])
        done = until(lambda: (now := engine.get(f"/gesy/claims/{first['id']}")[1])["status"] in ("paid", "rejected") and now, 30, "the end of the claim")
        self.assertEqual(simulator.claims(), [first["id"]])
        self.assertIn(done["line_items"][0]["approved"], (True, False))
        self.assertEqual(done["beneficiary_id"], whose)
        self.assertGreater(len(done["history"]), 1)
        self.assertEqual([each["status"] for each in done["history"]][-1], done["status"])
        self.assertEqual(engine.get(f"/gesy/claims/{done['claim_id']}")[1]["id"], first["id"])
        if visit:
            self.assertEqual(engine.rows("select gesy_claim_id from encounters where encounter_id = 7001")[0][0], done["claim_id"])
        self.assertEqual(engine.get("/gesy/claims?status=" + done["status"])[1]["items"][0]["id"], first["id"])
        # A referral that does not cover the day: it is not sent, and a person is asked.
        late = self.post(engine, claim("0000000007", "R-000007"))
        until(lambda: engine.get(f"/gesy/claims/{late['id']}")[1]["delivery"]["state"] == "parked", 20, "the claim that is not sent")
        self.assertEqual(engine.get(f"/gesy/claims/{late['id']}")[1]["delivery"]["last_code"], "referral-expired")
        delivery = engine.get(f"/gesy/claims/{late['id']}")[1]["delivery"]["id"]
        self.assertEqual(engine.get(f"/api/deliveries/{delivery}/skip", method="POST", body=b"{}")[0], 200)
        until(lambda: engine.get(f"/gesy/claims/{late['id']}")[1]["status"] == "withdrawn", 20, "its end")
        self.assertEqual(len(simulator.claims()), 1)
        kept = str(engine.rows("select * from gesy_claims")) + str(engine.rows("select * from gesy_claim_answers")) + str(engine.rows("select * from delivery"))
        for secret in (whose, "93306", "I20.9", "Υπερηχο"):
            self.assertNotIn(secret, kept)

    def test_every_claim_is_stored_once_whatever_goes_wrong_and_whoever_dies(self):
        for forgetful in (False, True):
            simulator = self.simulator(*(["--forgetful"] if forgetful else []))
            engine = self.with_gesy(simulator, '[claims]\nidempotency_header = ""\nreference = ""\n' if forgetful else "")
            simulator.script("".join(f'[[fault]]\nis = "{kind}"\non = "add_claim"\ntimes = {times}\npercent = 40\n'
                                     for kind, times in (("cut", 2), ("error-after", 1), ("unavailable", 1), ("html", 1), ("stall", 1)))
                             + '[[fault]]\nis = "shift"\non = "claims"\ntimes = 2\n[[fault]]\nis = "token-expired"\ntimes = 2\npercent = 20\n')
            ids = [self.post(engine, claim(f"00000000{10 + n % 4}", f"R-0000{10 + n % 4}", price=50 + n))["id"] for n in range(10)]
            chance = random.Random(7)
            for _ in range(2):
                threading.Event().wait(0.3 + chance.random())
                engine.kill()
                engine.start()

            def all_sent():
                items = engine.get("/gesy/claims")[1]["items"]
                return len(items) == len(ids) and all(each["claim_id"] for each in items)

            try:
                until(all_sent, 120, "all claims")
            except AssertionError:
                print([(each["delivery"], each["status"]) for each in engine.get("/gesy/claims")[1]["items"]], engine.log()[-3000:])
                raise
            stored = simulator.claims()
            self.assertEqual(len(stored), len(ids), stored)
            if not forgetful:
                self.assertEqual(sorted(stored), sorted(ids))
            numbers = [each["claim_id"] for each in engine.get("/gesy/claims")[1]["items"]]
            self.assertEqual(len(set(numbers)), len(ids))

    def test_an_outage_holds_claims_and_says_so(self):
        simulator = self.simulator()
        engine = self.with_gesy(simulator)
        simulator.script('[[fault]]\nis = "lost"\ntimes = 0\n')
        ids = [self.post(engine, claim(price=40 + n))["id"] for n in range(3)]
        status = until(lambda: (now := engine.get("/gesy/status")[1])["away_since"] and now, 20, "the outage")
        self.assertEqual(status["claims"]["waiting"], 3)
        self.assertIsNotNone(status["claims"]["oldest_waiting_at"])
        self.assertEqual(simulator.claims(), [])
        self.assertIn("gesy", [each["name"] for each in engine.get("/api/destinations")[1]["items"]])
        simulator.script("")
        until(lambda: len(simulator.claims()) == 3, 90, "the claims")
        self.assertEqual(simulator.claims(), ids)  # of one person: in their order


if __name__ == "__main__":
    unittest.main()
