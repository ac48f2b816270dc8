"""What a laboratory said by HL7, as FHIR tells it: reports of orders that the clinic did not place, cancelled orders, observers, specimens."""
import json
import unittest

from fhir_support import LOINC, Judged, bundle, ids, observation, post
from support import Sender, ack_code, on_both

PID = "PID|1||812345^^^CY^NI||Παπαδόπουλος^Γεώργιος||19580412|M"


def oru(control, *segments):
    return "\r".join([f"MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120143000+0200||ORU^R01^ORU_R01|{control}|P|2.5.1||||||UNICODE UTF-8", PID, *segments]).encode() + b"\r"


@on_both
class Laboratory(Judged):
    def send(self, engine, *messages):
        with Sender(engine.port) as sender:
            for message in messages:
                self.assertEqual(ack_code(sender.ask(message)), "AA")

    def reports(self, engine, query=""):
        found = engine.fhir("GET", f"/DiagnosticReport?patient=1{query}")[1]
        return [entry["resource"] for entry in found.get("entry", [])]

    def test_each_obr_is_a_report_though_the_clinic_placed_no_order(self):
        engine = self.engine()
        potassium = "OBX|1|NM|K^Κάλιο^L||4.4|mmol/L|3.5-5.1|N|||F|||20261120082000+0200"
        self.send(engine, oru("1", "OBR|1||F-77^LIS|24323-8^Comprehensive metabolic panel^LN|||20261120070000+0200|||||||||||||||20261120140000+0200|||F", potassium,
                              "OBR|2||F-77^LIS|URIN^Urinalysis^L|||20261120||||||||||||||||||I"))
        reports = {report["code"]["text"]: report for report in self.reports(engine)}
        self.assertEqual(set(reports), {"Comprehensive metabolic panel", "Urinalysis"})
        panel, pending = reports["Comprehensive metabolic panel"], reports["Urinalysis"]
        self.assertEqual((panel["status"], pending["status"]), ("final", "registered"))
        self.assertEqual(panel["code"]["coding"], [{"system": LOINC, "code": "24323-8", "display": "Comprehensive metabolic panel"}])
        self.assertEqual(panel["effectiveDateTime"], "2026-11-20T07:00:00+02:00")
        self.assertEqual(pending["effectiveDateTime"], "2026-11-20")
        self.assertNotIn("basedOn", panel)
        self.assertEqual(len(panel["result"]), 1)
        one = engine.fhir("GET", "/" + panel["result"][0]["reference"])[1]
        self.assertEqual(one["valueQuantity"]["value"], 4.4)
        status, read, headers = engine.fhir("GET", f"/DiagnosticReport/{panel['id']}")
        self.assertEqual((status, read), (200, panel))
        for query in ("&code=24323-8", f"&code={LOINC}|24323-8", "&identifier=F-77&code=24323-8", f"&_id={panel['id']}", "&status=final"):
            self.assertEqual([r["id"] for r in self.reports(engine, query)], [panel["id"]], query)
        found = engine.fhir("GET", f"/DiagnosticReport?_id={panel['id']}&_include=DiagnosticReport:result")[1]
        self.assertEqual([e["search"]["mode"] for e in found["entry"]], ["match", "include"])
        self.assertIn(f"DiagnosticReport/{panel['id']}", [e["resource"]["resourceType"] + "/" + e["resource"]["id"] for e in engine.fhir("GET", "/Patient/1/$everything?_count=200")[1]["entry"]])
        self.assertEqual(ids(engine.fhir("GET", "/DiagnosticReport?_count=1")[1]).__len__(), 1)
        # A later version changes the report, and its tag.
        self.send(engine, oru("2", "OBR|1||F-77^LIS|24323-8^Comprehensive metabolic panel^LN|||20261120070000+0200|||||||||||||||20261120150000+0200|||C",
                              potassium.replace("4.4", "4.6").replace("|F|||", "|C|||")))
        changed, _, after = engine.fhir("GET", f"/DiagnosticReport/{panel['id']}")[1], None, engine.fhir("GET", f"/DiagnosticReport/{panel['id']}")[2]
        self.assertEqual(changed["status"], "corrected")
        self.assertNotEqual(after["etag"], headers["etag"])
        # An order that the clinic enters later takes the report to itself.
        self.make(engine, {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": {"reference": "Patient/1"},
                           "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "108252007"}]}], "code": {"text": "Panel"},
                           "identifier": [{"system": "urn:aorta:filler-order", "value": "F-77"}]})
        self.assertEqual([r for r in self.reports(engine) if r["id"].startswith("report-")], [])
        self.assertEqual([len(r["result"]) for r in self.reports(engine)], [1])

    def test_an_order_that_was_cancelled_is_revoked(self):
        engine = self.engine()
        bare, told = self.order(engine, "PO-1"), self.order(engine, "PO-2")
        self.send(engine, oru("1", "OBR|1|PO-1|F-1|LIP^Lipids^L|||20261120070000+0200||||||||||||||||||X"),
                  oru("2", "OBR|1|PO-2|F-2|LIP^Lipids^L|||20261120070000+0200||||||||||||||||||X", "OBX|1|NM|K^Κάλιο^L|||mmol/L||||X"),
                  oru("3", "OBR|1||F-3|LIP^Lipids^L|||20261120070000+0200||||||||||||||||||X"))
        for order in (bare, told):
            self.assertEqual(engine.fhir("GET", f"/ServiceRequest/{order['id']}")[1]["status"], "revoked")
            self.assertEqual(engine.fhir("GET", f"/DiagnosticReport/{order['id']}")[1]["status"], "cancelled")
        self.assertEqual([r["status"] for r in self.reports(engine)], ["cancelled"] * 3)

    def test_observer_method_device_specimen_and_second_coding_are_told(self):
        engine = self.engine()
        obx = ("OBX|1|NM|K^Κάλιο^L^2823-3^Potassium^LN||4.4|mmol/L|3.5-5.1|N|||F|||20261120082000+0200||D7^Γεωργίου^Άννα^^^Δρ|ISE^Ion selective electrode^L|C501^Cobas^1.2.840.9^ISO")
        self.send(engine, oru("1", "OBR|1||F-9|BMP^Panel^L|||20261120070000+0200|||||||||||||||20261120140000+0200|||F", obx,
                              "SPM|1|S-1&OH^A-77&LIS||119364003^Serum^SCT||||LA^Left arm^HL70163|||||||||20261120065500+0200",
                              "OBR|2||F-10|BG^Blood gas^L|||20261120070000+0200||||||||BLDA&Arterial blood&HL70070|||||||20261120140000+0200|||F",
                              obx.replace("K^Κάλιο^L^2823-3^Potassium^LN", "PO2^pO2^L").replace("4.4|mmol/L|3.5-5.1", "90|mm[Hg]|80-100")))
        found = engine.fhir("GET", "/Observation?patient=1&category=laboratory")[1]["entry"]
        potassium = next(e["resource"] for e in found if e["resource"]["valueQuantity"]["value"] == 4.4)
        gas = next(e["resource"] for e in found if e["resource"]["valueQuantity"]["value"] == 90)
        self.assertIn("Δρ Άννα Γεωργίου", [p.get("display") for p in potassium["performer"]])
        self.assertEqual(potassium["method"]["coding"][0]["code"], "ISE")
        self.assertEqual(potassium["device"]["identifier"]["value"], "C501")
        specimen = potassium["contained"][0]
        self.assertEqual([i["value"] for i in specimen["identifier"]], ["S-1", "A-77"])
        self.assertEqual(specimen["type"]["coding"][0], {"system": "http://snomed.info/sct", "code": "119364003", "display": "Serum"})
        self.assertEqual(specimen["collection"]["bodySite"]["text"], "Left arm")
        self.assertEqual(gas["contained"][0]["type"]["coding"][0], {"system": "http://terminology.hl7.org/CodeSystem/v2-0070", "code": "BLDA", "display": "Arterial blood"})
        self.assertIn((LOINC, "2823-3"), [(c.get("system"), c["code"]) for c in potassium["code"]["coding"]])
        # A client's change of something else keeps all of it.
        potassium["note"] = [{"text": "seen"}]
        self.assertEqual(engine.fhir("PUT", f"/Observation/{potassium['id']}", potassium)[0], 200)
        again = engine.fhir("GET", f"/Observation/{potassium['id']}")[1]
        for member in ("performer", "method", "device", "contained", "code", "specimen"):
            self.assertEqual(again[member], potassium[member], member)

    def test_an_order_with_a_report_of_its_own_shows_that_one_alone(self):
        engine = self.engine()
        order = {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": {"reference": "Patient/1"},
                 "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "108252007"}]}], "code": {"text": "Lipids"}}
        result = json.loads(observation("Patient/1"))
        result["basedOn"] = [{"reference": "urn:uuid:11111111-1111-4111-8111-111111111111"}]
        report = {"resourceType": "DiagnosticReport", "status": "final", "subject": {"reference": "Patient/1"}, "code": {"text": "Lipids"},
                  "basedOn": [{"reference": "urn:uuid:11111111-1111-4111-8111-111111111111"}], "result": [{"reference": "urn:uuid:22222222-2222-4222-8222-222222222222"}]}
        status, answer, _ = engine.fhir("POST", "", bundle("transaction", post(order, "urn:uuid:11111111-1111-4111-8111-111111111111"),
                                                           post(result, "urn:uuid:22222222-2222-4222-8222-222222222222"), post(report)))
        self.assertEqual(status, 200, answer)
        self.assertEqual([r["status"] for r in self.reports(engine)], ["final"])
        own = self.reports(engine)[0]
        placed = own["basedOn"][0]["reference"].split("/")[1]
        self.assertEqual(engine.fhir("GET", f"/DiagnosticReport/{placed}")[0], 404)
        self.assertEqual(engine.fhir("DELETE", f"/DiagnosticReport/{own['id']}")[0], 204)
        self.assertEqual([r["id"] for r in self.reports(engine)], [placed])


if __name__ == "__main__":
    unittest.main()
