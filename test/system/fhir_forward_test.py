"""Destinations of kind fhir: what a message filed goes as a transaction to another FHIR server, here another engine; on both databases."""
import json
import unittest

from admission_test import GIORGOS, adt
from delivery_support import Web, WithReceivers
from fhir_lab_test import oru
from review_test import Desk, message
from support import SOURCE, Sender, ack_code, on_both, until

OBR = "OBR|1|P-77|F-77^LIS|24323-8^Comprehensive metabolic panel^LN|||20261120070000+0200|||||||||||||||20261120140000+0200|||{}"
K = "OBX|{}|NM|K^Κάλιο^L||{}|mmol/L|3.5-5.1|N|||{}|||20261120082000+0200"


@on_both
class ToAnotherServer(WithReceivers):
    def destination(self, engine, to, keys="", name="ris"):
        (engine.folder / f"conf/destinations/{name}.toml").write_text(
            f'[destination]\nname = "{name}"\nkind = "fhir"\nto = "{to}"\nplaintext = true\nallow = ["127.0.0.0/8"]\nretry_seconds = [1, 1, 2]\n{keys}\n')

    def named(self, *args, start=True, base="main.clinic.example"):
        one = self.forwarding(*args, start=False)
        with open(one.folder / "conf/aorta.toml", "a") as settings:
            settings.write(f'[fhir]\nbase_url = "https://{base}/fhir/r4"\n')
        return one.start() if start else one

    def two(self):
        """The one that passes on, and the other server, which knows nobody."""
        other = self.engine(roster=False)
        return self.passing_on_to(other, "main.clinic.example"), other

    def passing_on_to(self, other, base):
        key = other.command("key", "create", "--name", base, "--scope", "write", "--scope", "read", "--user", f"{base}@clinic.example").split()[-1]
        one = self.named(f"http://127.0.0.1:{other.http}/fhir/r4", '[destination.headers]\nAuthorization = "file:key"', start=False, base=base)
        (one.folder / "key").write_text(f"Bearer {key}")
        route = (one.folder / "conf/routes/lab-results.toml")
        admissions = (SOURCE / "conf/routes/admissions.toml").read_text()
        (route.parent / "admissions.toml").write_text(
            admissions.replace('"match-patient", "persist"', '"match-patient", "forward", "persist"') + '\nsend = ["ris"]\n')
        return one.start()

    def post(self, engine, *messages):
        with Sender(engine.port) as sender:
            for each in messages:
                self.assertEqual(ack_code(sender.ask(each)), "AA")

    def all_of(self, engine, type):
        bundle = engine.fhir("GET", f"/{type}?_count=100")[1]
        return [each["resource"] for each in bundle.get("entry", [])]

    def test_results_stand_there_with_order_report_and_patient_and_a_correction_changes_them(self):
        one, other = self.two()
        self.post(one, oru("1", OBR.format("F"), K.format(1, "4.4", "F")))
        self.settled(one, 1)
        (person,) = self.all_of(other, "Patient")
        (there,), (here,) = self.all_of(other, "Observation"), self.all_of(one, "Observation")
        self.assertEqual(there["valueQuantity"], here["valueQuantity"])
        self.assertEqual(there["code"], here["code"])
        self.assertEqual(there["subject"]["reference"], f"Patient/{person['id']}")
        self.assertNotEqual(there["id"], here["id"])
        (report,) = self.all_of(other, "DiagnosticReport")
        self.assertEqual(report["result"], [{**report["result"][0], "reference": f"Observation/{there['id']}"}])
        self.post(one, oru("2", OBR.format("C"), K.format(1, "4.6", "C")))
        self.settled(one, 2)
        (there,) = self.all_of(other, "Observation")
        self.assertEqual((there["valueQuantity"]["value"], there["status"]), (4.6, "corrected"))
        self.assertEqual((len(self.all_of(other, "Patient")), len(self.all_of(other, "DiagnosticReport"))), (1, 1))
        # Once more by a person: nothing is there twice.
        desk = Desk(one, "anna", "anna@clinic.example")
        status, said = desk.post(f"/api/messages/{desk.get('/api/messages')['items'][0]['id']}/resend", destination="ris")
        self.assertEqual(status, 200, said)
        self.settled(one, 3)
        self.assertEqual([len(self.all_of(other, type)) for type in ("Patient", "Observation", "DiagnosticReport")], [1, 1, 1])

    def test_two_clinics_that_gave_the_same_number_are_two_people_there(self):
        one, other = self.two()
        two = self.passing_on_to(other, "side.clinic.example")
        for engine, family in ((one, "ΑΝΔΡΕΟΥ"), (two, "ΜΙΧΑΗΛ")):
            text = (f"MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|{family}|P|2.5.1|||||CYP|UNICODE UTF-8\r"
                    f"PID|1||M-7777^^^MAIN^MR||{family}^ΑΝΝΑ||19580412|F\r").encode()
            made = {"resourceType": "Patient", "name": [{"family": family, "given": ["ΑΝΝΑ"]}], "gender": "female", "birthDate": "1958-04-12",
                    "identifier": [{"system": "urn:aorta:mrn", "value": "M-7777"}]}
            status, made, _ = engine.fhir("POST", "/Patient", made)
            self.assertEqual(status, 201, made)
            self.post(engine, text + (OBR.format("F") + "\r" + K.format(1, "4.4", "F") + "\r").encode())
        self.settled(one, 1)
        self.settled(two, 1)
        self.assertEqual(sorted(person["name"][0]["family"] for person in self.all_of(other, "Patient")), ["ΑΝΔΡΕΟΥ", "ΜΙΧΑΗΛ"])
        self.assertEqual(other.rows("select count(*) from patients where mrn = 'M-7777'"), [("0",)])  # it is no number of theirs
        self.assertEqual(len({each["subject"]["reference"] for each in self.all_of(other, "Observation")}), 2)

    def test_what_waits_for_its_patient_goes_when_they_are_found_and_once(self):
        one, other = self.two()
        anna = Desk(one, "anna", "anna@clinic.example")
        self.post(one, message("W-1", "X-9^^^MAIN^MR", name="NEOU^ANDREAS", born="19610203"))
        self.assertEqual((one.count("delivery"), one.count("hl7_message_log", "processing_status = 'unmatched'")), (0, 1))
        waiting = anna.get("/api/messages")["items"][0]["id"]
        status, said = anna.link(waiting, "1")
        self.assertEqual(status, 200, said)
        self.settled(one, 1)
        (person,), (there,) = self.all_of(other, "Patient"), self.all_of(other, "Observation")
        self.assertEqual(there["subject"]["reference"], f"Patient/{person['id']}")
        # Looked at again, or taken away and given back: what went is not sent by itself once more.
        for path in (f"/api/messages/{waiting}/reprocess", f"/api/messages/{waiting}/unlink"):
            self.assertEqual(anna.post(path, reason="test")[0], 200)
        self.assertEqual(anna.link(waiting, "1")[0], 200)
        self.assertEqual(one.count("delivery"), 1)

    def test_an_admission_changes_the_patient_and_opens_the_visit_there(self):
        one, other = self.two()
        self.post(one, adt("A01", "A-1", "0800", GIORGOS, "V-1"))
        self.settled(one, 1)
        (person,), (visit,) = self.all_of(other, "Patient"), self.all_of(other, "Encounter")
        self.assertEqual((visit["status"], visit["subject"]["reference"]), ("in-progress", f"Patient/{person['id']}"))
        self.post(one, 
                  # Behind what the roster says: a clock that runs ahead tells of now.
                  adt("A08", "A-2", "0900", GIORGOS + "|||ΛΗΔΡΑΣ 5^^ΛΕΥΚΩΣΙΑ^^1011^CYP||99111222").replace(b"20261120", b"20991120"), adt("A03", "A-3", "1000", GIORGOS, "V-1"))
        self.settled(one, 3)
        (person,), (visit,) = self.all_of(other, "Patient"), self.all_of(other, "Encounter")
        self.assertEqual(visit["status"], "finished")
        self.assertIn("ΛΗΔΡΑΣ 5", json.dumps(person, ensure_ascii=False))

    def test_who_refuses_parks_it_and_who_is_away_gets_it_later(self):
        web = Web(lambda body: 422)
        self.addCleanup(web.close)
        one = self.named(web.url.split("/hl7")[0] + "/r4", 'partitions = 1')
        self.post(one, oru("1", OBR.format("F"), K.format(1, "4.4", "F")))
        until(lambda: self.states(one) == {"parked": 1}, 30, "the parked one")
        at, headers, body = web.got[0]
        bundle = json.loads(body)
        self.assertEqual((headers["content-type"], bundle["type"]), ("application/fhir+json", "transaction"))
        self.assertEqual({each["request"]["method"] for each in bundle["entry"] if each["resource"]["resourceType"] == "Patient"}, {"POST"})
        self.assertNotIn("webhook-id", headers)
        # Who is meant is never told by a number that another clinic may have given to somebody else.
        asked = [each["request"].get("ifNoneExist") or each["request"]["url"] for each in bundle["entry"]]
        self.assertTrue(all("https%3A%2F%2Fmain.clinic.example%2F" in each for each in asked), asked)
        self.assertNotIn('"reference":"Patient/', body.decode())


if __name__ == "__main__":
    unittest.main()
