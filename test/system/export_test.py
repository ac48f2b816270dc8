"""A patient's record in one piece: FHIR and CSV, for those who may have it, told to the audit; on both databases."""
import csv
import io
import json
import shutil
import subprocess
import unittest
import urllib.error
import urllib.request

from admission_test import adt
from fhir_lab_test import oru
from fhir_support import Judged
from support import Sender, ack_code, on_both

K = "OBX|1|NM|K^Κάλιο^L||{}|mmol/L|3.5-5.1|N|||{}|||20261120082000+0200"
OBR = "OBR|1||F-77^LIS|24323-8^Comprehensive metabolic panel^LN|||20261120070000+0200|||||||||||||||20261120140000+0200|||{}"


class Downloads(Judged):
    """What the tests of exports share."""

    def download(self, engine, path, key=None):
        """(status, bytes, headers with names in lower case); FHIR is kept for the judge."""
        request = urllib.request.Request(f"http://127.0.0.1:{engine.http}{path}", headers={"Authorization": f"Bearer {key or engine.key}"})
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            text = answer.read()
            headers = {name.lower(): value for name, value in answer.headers.items()}
        if answer.status == 200 and "fhir" in headers["content-type"]:
            (engine.folder / "answers").mkdir(exist_ok=True)
            engine.answers += 1
            (engine.folder / f"answers/{engine.answers:05}.json").write_bytes(text)
        return answer.status, text, headers

    def filled(self, **how):
        """An engine whose first patient has results, one of them corrected, vital signs, a problem and a medicine."""
        engine = self.engine(routes=["admissions"], **how)
        with Sender(engine.port) as sender:
            for message in (oru("1", OBR.format("F"), K.format("4.4", "F"), "OBX|2|NM|CREAT^Κρεατινίνη^L||88|umol/L|62-106|N|||F|||20261120082000+0200",
                                "OBX|3|ST|COM^Σχόλιο^L||=cmd()||||||F|||20261120082000+0200"),
                            oru("2", OBR.format("C"), K.format("4.6", "C"))):
                self.assertEqual(ack_code(sender.ask(message)), "AA")
        code = lambda system, value: {"coding": [{"system": system, "code": value}]}
        quantity = lambda value, unit: {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
        pressure = lambda systolic, diastolic, when: {
            "resourceType": "Observation", "status": "final", "subject": {"reference": "Patient/1"}, "effectiveDateTime": when,
            "category": [code("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")], "code": code("http://loinc.org", "85354-9"),
            "component": [{"code": code("http://loinc.org", part), "valueQuantity": quantity(value, "mm[Hg]")} for part, value in (("8480-6", systolic), ("8462-4", diastolic))]}
        for each in (pressure(142, 88, "2026-11-20T08:00:00+02:00"), pressure(150, 92, "2026-10-20T08:00:00+03:00"),
                     {"resourceType": "Condition", "clinicalStatus": code("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
                      "category": [code("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item")],
                      "code": {**code("http://hl7.org/fhir/sid/icd-10", "I48"), "text": "Κολπική μαρμαρυγή"}, "subject": {"reference": "Patient/1"}, "onsetDateTime": "2020-03-01"},
                     {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"reference": "Patient/1"},
                      "medicationCodeableConcept": {**code("http://www.whocc.no/atc", "C07AB07"), "text": "Bisoprolol 5 mg"}}):
            self.make(engine, each)
        return engine


@on_both
class Exports(Downloads):
    def test_a_record_as_one_collection(self):
        engine = self.filled()
        status, text, headers = self.download(engine, "/api/patients/1/export/fhir?reason=%CE%B1%CE%AF%CF%84%CE%B7%CF%83%CE%B7")
        self.assertEqual(status, 200, text)
        self.assertEqual(headers["cache-control"], "no-store")
        self.assertRegex(headers["content-disposition"], r'^attachment; filename="[0-9a-f-]{36}\.json"$')
        self.assertTrue(headers["content-type"].startswith("application/fhir+json"))
        bundle = json.loads(text)
        self.assertEqual(bundle["type"], "collection")
        self.assertNotIn("total", bundle)
        everything = engine.fhir("GET", "/Patient/1/$everything?_count=1000")[1]
        name = lambda entry: (entry["resource"]["resourceType"], entry["resource"]["id"])
        self.assertEqual(sorted(map(name, bundle["entry"])), sorted(map(name, everything["entry"])))
        urls = [entry["fullUrl"] for entry in bundle["entry"]]
        self.assertEqual(len(set(urls)), len(urls))
        patient = next(entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Patient")
        for entry in bundle["entry"]:
            if entry["resource"]["resourceType"] in ("Observation", "Condition", "MedicationRequest"):
                self.assertEqual(entry["resource"]["subject"]["reference"], patient["fullUrl"])
        # Who asked and why stands in the audit; why in no column that is not sealed.
        [row] = [e["resource"] for e in engine.fhir("GET", "/AuditEvent?patient=1&_count=100")[1]["entry"]
                 if "/export/fhir" in json.dumps(e["resource"])]
        self.assertIn("tester@clinic.example", json.dumps(row))
        self.assertNotIn("%CE%B1", str(engine.rows("select criteria from security_audit where resource like '%export%'")))

    def test_the_same_with_the_clinic_s_own_address(self):
        engine = self.filled(extra='[fhir]\nbase_url = "https://clinic.example/fhir/r4"')
        bundle = json.loads(self.download(engine, "/api/patients/1/export/fhir")[1])
        for entry in bundle["entry"]:
            self.assertEqual(entry["fullUrl"], f"https://clinic.example/fhir/r4/{entry['resource']['resourceType']}/{entry['resource']['id']}")

    def test_results_and_vital_signs_as_a_table(self):
        engine = self.filled()
        status, text, headers = self.download(engine, "/api/patients/1/export/csv")
        self.assertEqual(status, 200)
        self.assertTrue(headers["content-type"].startswith("text/csv; charset=utf-8"))
        self.assertRegex(headers["content-disposition"], r'^attachment; filename="[0-9a-f-]{36}\.csv"$')
        rows = list(csv.DictReader(io.StringIO(text.decode(), newline="")))
        potassium = next(r for r in rows if r["test_code"] == "K")
        self.assertEqual((potassium["value"], potassium["status"], potassium["corrected_from"], potassium["loinc_code"]), ("4.6", "corrected", "4.4 mmol/L", "2823-3"))
        creatinine = next(r for r in rows if r["test_code"] == "CREAT")
        self.assertEqual((creatinine["value"], creatinine["unit"], creatinine["sent_value"], creatinine["sent_unit"]), ("1.00", "mg/dL", "88", "umol/L"))
        self.assertEqual(next(r for r in rows if r["test_code"] == "COM")["value"], "'=cmd()")
        self.assertEqual(sorted(r["value"] for r in rows if r["loinc_code"] == "8480-6"), ["142", "150"])
        self.assertEqual(rows, sorted(rows, key=lambda r: r["taken_at"], reverse=True))
        marked = self.download(engine, "/api/patients/1/export/csv?only=vitals&bom=true")[1]
        self.assertTrue(marked.startswith(b"\xef\xbb\xbfkind,"))
        self.assertEqual({r["kind"] for r in csv.DictReader(io.StringIO(marked.decode("utf-8-sig"), newline=""))}, {"vital-sign"})
        self.assertEqual(self.download(engine, "/api/patients/1/export/csv?only=notes")[0], 400)
        self.assertEqual(self.download(engine, "/api/patients/1/export/csv?order=up")[0], 400)

    def test_who_may_not_and_who_is_not_there(self):
        engine = self.filled()
        other = engine.command("key", "create", "--name", "other", "--scope", "read", "--clinic", "OTHER", check=False).split()
        gauges = engine.command("key", "create", "--name", "gauges", "--scope", "metrics").split()[-1]
        bound = engine.command("key", "create", "--name", "bound", "--scope", "patient/*.read", "--patient", "2", "--clinic", "MAIN").split()[-1]
        for kind in ("fhir", "csv"):
            self.assertEqual(self.download(engine, f"/api/patients/1/export/{kind}", key=gauges)[0], 403)
            self.assertEqual(self.download(engine, f"/api/patients/1/export/{kind}", key=bound)[0], 403)
            self.assertEqual(self.download(engine, f"/api/patients/1/export/{kind}", key="none")[0], 401)
            self.assertEqual(self.download(engine, f"/api/patients/99999/export/{kind}")[0], 404)
            if other:
                self.assertEqual(self.download(engine, f"/api/patients/1/export/{kind}", key=other[-1])[0], 404)

    def join(self, engine):
        """Another row of the first patient, which an admission joins with them; its number."""
        made = self.make(engine, {"resourceType": "Patient", "name": [{"family": "Παπαδόπουλος", "given": ["Γεώργιος"]}], "gender": "male", "birthDate": "1958-04-12"})
        (number,), = engine.rows(f"select mrn from patients where patient_id = {made['id']}")
        self.assertEqual(self.download(engine, f"/api/patients/{made['id']}/export/csv")[0], 200)
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(adt("A40", "M", "0810", "M-0001^^^MAIN^MR||PAPADOPOULOS^GEORGIOS||19580412|M", more=f"MRG|{number}^^^MAIN^MR\r"))), "AA")
        return made["id"]

    def test_who_was_joined_says_with_whom(self):
        engine = self.filled()
        gone = self.join(engine)
        for kind in ("fhir", "csv"):
            status, text, _ = self.download(engine, f"/api/patients/{gone}/export/{kind}")
            self.assertEqual((status, json.loads(text)["error"]["details"]["patient_id"]), (409, "1"))

    def test_a_european_laboratory_report(self):
        engine = self.filled()
        older = engine.fhir("GET", "/DiagnosticReport?patient=1")[1]["entry"][0]["resource"]["id"]
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(oru("3", OBR.replace("F-77", "F-78").replace("20261120140000", "20261121140000").format("F"), K.format("7.1", "F")))), "AA")
        status, text, _ = self.download(engine, "/api/patients/1/export/fhir?profile=eu-lab")
        self.assertEqual(status, 200, text)
        bundle = json.loads(text)
        kinds = [e["resource"]["resourceType"] for e in bundle["entry"]]
        self.assertEqual((bundle["type"], kinds[0], kinds.count("Composition"), kinds.count("DiagnosticReport"), kinds.count("Observation")), ("document", "Composition", 1, 1, 1))
        by_url = {e["fullUrl"]: e["resource"] for e in bundle["entry"]}
        document, report = bundle["entry"][0]["resource"], next(r for r in by_url.values() if r["resourceType"] == "DiagnosticReport")
        self.assertIs(by_url[document["extension"][0]["valueReference"]["reference"]], report)
        self.assertIs(by_url[next(x for x in report["extension"] if x["url"].endswith("DiagnosticReport.composition"))["valueReference"]["reference"]], document)
        self.assertIn(document["identifier"]["value"], [i["value"] for i in report["identifier"]])
        self.assertEqual(document["subject"], report["subject"])
        self.assertEqual(document["type"]["coding"][0]["code"], "11502-2")
        self.assertIn("11502-2", [c["code"] for c in report["code"]["coding"]])
        self.assertEqual(by_url[report["result"][0]["reference"]]["valueQuantity"]["value"], 7.1)
        self.assertIn("7.1", document["section"][0]["text"]["div"])
        status, text, _ = self.download(engine, f"/api/patients/1/export/fhir?profile=eu-lab&report={older}")
        self.assertEqual((status, [e["resource"]["id"] for e in json.loads(text)["entry"] if e["resource"]["resourceType"] == "DiagnosticReport"]), (200, [older]))
        self.assertEqual(self.download(engine, "/api/patients/1/export/fhir?profile=eu-lab&report=nothing")[0], 404)
        self.assertEqual(self.download(engine, "/api/patients/2/export/fhir?profile=eu-lab")[0], 404)
        self.assertEqual(self.download(engine, "/api/patients/1/export/fhir?report=nothing")[0], 400)
        self.assertEqual(self.download(engine, "/api/patients/1/export/fhir?profile=us-core")[0], 400)

    def test_an_international_patient_summary(self):
        engine = self.filled()
        for patient, known in ((1, True), (2, False)):
            status, text, _ = self.download(engine, f"/api/patients/{patient}/export/fhir?profile=ips")
            self.assertEqual(status, 200, text)
            bundle = json.loads(text)
            document = bundle["entry"][0]["resource"]
            self.assertEqual((bundle["type"], document["resourceType"], document["type"]["coding"][0]["code"]), ("document", "Composition", "60591-5"))
            sections = {s["code"]["coding"][0]["code"]: s for s in document["section"]}
            for code in ("11450-4", "48765-2", "10160-0"):
                self.assertNotEqual("entry" in sections[code], "emptyReason" in sections[code], code)
            self.assertIn("emptyReason", sections["48765-2"])
            self.assertEqual("entry" in sections["11450-4"], known)
            self.assertEqual({"30954-2", "8716-3"} <= set(sections), known)
            inside = {e["fullUrl"] for e in bundle["entry"]}
            for section in document["section"]:
                for entry in section.get("entry", []):
                    self.assertIn(entry["reference"], inside)

    def test_a_summary_for_people(self):
        engine = self.filled()
        status, greek, headers = self.download(engine, "/api/patients/1/export/pdf")
        self.assertEqual((status, headers["content-type"], headers["cache-control"]), (200, "application/pdf", "no-store"))
        self.assertRegex(headers["content-disposition"], r'^attachment; filename="[0-9a-f-]{36}\.pdf"$')
        status, english, _ = self.download(engine, "/api/patients/1/export/pdf?lang=en")
        self.assertEqual(status, 200)
        self.assertEqual(self.download(engine, "/api/patients/1/export/pdf?lang=fr")[0], 400)
        if not shutil.which("pdftotext"):
            return
        text = lambda pdf: subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, stdout=subprocess.PIPE, check=True).stdout.decode()  # noqa: E731
        for word in ("Γεώργιος Παπαδόπουλος", "Georgios Papadopoulos", "12/04/1958", "812345", "Κολπική μαρμαρυγή", "Bisoprolol 5 mg", "142", "Κάλιο", "4.6 mmol/L", "ήταν 4.4 mmol/L",
                     "1.00 mg/dL", "88 umol/L", "Δεν υπάρχουν πληροφορίες", "tester@clinic.example", "Σελίδα 1 από", "CHA₂DS₂-VASc"):
            self.assertIn(word, " ".join(text(greek).split()), word)
        self.assertIn("Summary of the medical record", text(english))

    def test_the_audit_as_the_law_lists_it(self):
        engine = self.filled()
        engine.get("/api/patients/1/lab-results?loinc=2823-3")
        self.assertEqual(engine.get("/api/patients/1/lab-results?loinc=2823-3&name=%CE%95%CE%BB%CE%AD%CE%BD%CE%B7")[0], 400)
        reader = engine.command("key", "create", "--name", "reader", "--scope", "read").split()[-1]
        self.assertEqual(engine.get("/api/audit/export", key=reader)[0], 403)
        engine.get("/api/patients/2/lab-results")
        status, all_of_it = engine.get("/api/audit/export")
        self.assertEqual(status, 200, all_of_it)
        refused = next(i for i in all_of_it["items"] if i["outcome"] == "400")
        self.assertEqual((refused["method"], refused["resource"], refused["search"]), ("GET", "/api/patients/1/lab-results", "loinc=2823-3&name=%CE%95%CE%BB%CE%AD%CE%BD%CE%B7"))
        self.assertIn("unknown-parameter", refused["error"])
        self.assertEqual((refused["actor"], refused["patient_id"]), ("key:test user:tester@clinic.example", "1"))
        self.assertTrue(refused["peer"].startswith("127.0.0.1"), refused)
        self.assertNotIn("2823-3", str(engine.rows("select criteria, fault from security_audit")))  # sealed where it stands
        # The same as a table, page by page, each row once.
        rows, path = [], "/api/audit/export?format=csv&limit=3&to=" + all_of_it["items"][0]["at"].replace("+", "%2B")
        while path:
            status, text, headers = self.download(engine, path)
            self.assertEqual((status, headers["cache-control"]), (200, "no-store"))
            page = list(csv.DictReader(io.StringIO(text.decode(), newline="")))
            self.assertLessEqual(len(page), 3)
            rows += page
            path = headers["link"].split(">")[0].lstrip("<") if "link" in headers else None
        self.assertEqual([r["id"] for r in rows], [i["id"] for i in all_of_it["items"][1:]])  # `to` is exclusive
        self.assertEqual({r["search"] for r in rows if r["outcome"] == "400"}, {refused["search"]})
        # It stands in the audit itself.
        self.assertTrue(any(i["resource"] == "/api/audit/export" for i in engine.get("/api/audit/export?limit=2")[1]["items"]))
        for query in ("from=yesterday", "limit=0", "limit=10001", "format=xml", "order=up"):
            self.assertEqual(engine.get(f"/api/audit/export?{query}")[0], 400, query)

    def test_a_person_s_own_access_log_in_words(self):
        engine = self.filled()
        gone = self.join(engine)
        self.download(engine, "/api/patients/1/export/fhir?reason=%CE%B1%CE%AF%CF%84%CE%B7%CF%83%CE%B7")
        engine.get("/api/patients/1/lab-results?patient=x")
        status, log = engine.get("/api/patients/1/access-log")
        self.assertEqual((status, log["lang"]), (200, "el"), log)
        said = [(i["who"], i["what"], i["outcome"]) for i in log["items"]]
        self.assertEqual(said[0], ("tester@clinic.example", "Ανάγνωση: τα εργαστηριακά αποτελέσματα", "Δεν επιτράπηκε ή δεν έγινε"))
        self.assertEqual(said[1], ("tester@clinic.example", "Εξαγωγή: ολόκληρος ο φάκελος", "Επιτράπηκε"))
        self.assertIn(("tester@clinic.example", "Εξαγωγή: τα αποτελέσματα και οι ζωτικές ενδείξεις σε πίνακα", "Επιτράπηκε"), said)  # of who was joined
        self.assertNotIn("127.0.0.1", json.dumps(log))
        english = engine.get("/api/patients/1/access-log?lang=en")[1]["items"]
        self.assertEqual([i["what"] for i in english][:3], ["Read: the log of accesses", "Read: laboratory results", "Exported: the whole record"])
        # Page by page, each once.
        paged, cursor = [], ""
        while cursor is not None:
            page = engine.get(f"/api/patients/1/access-log?limit=2&to={english[0]['at']}{cursor}")[1]
            paged += page["items"]
            cursor = f"&cursor={page['next']}" if page["next"] else None
        self.assertEqual([i["at"] for i in paged], [i["at"] for i in english[1:]])
        self.assertEqual(engine.get("/api/patients/99999/access-log")[0], 404)
        self.assertEqual(engine.get(f"/api/patients/{gone}/access-log")[0], 409)


if __name__ == "__main__":
    unittest.main()
