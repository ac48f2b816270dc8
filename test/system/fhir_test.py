"""FHIR R4 over HTTP as others use it: HL7 in and FHIR out, FHIR in and out, search, bundles, imports, foreign clients."""
import base64
import copy
import gzip
import http.client
import json
import re
import signal
import subprocess
import unittest
import urllib.parse
import urllib.request
import uuid

from fhir_support import CYPRUS_ID, LOINC, UCUM, Judged, bundle, ids, next_path, observation, patient, post
from support import CLIENTS, SHARED, Sender, ack_code, corpus, foreign, on_both, until

FHIR_CORPUS = SHARED / "corpus/fhir"
OUR_TYPES = {"Patient", "Observation", "MedicationRequest", "Condition", "Encounter", "Appointment", "DiagnosticReport", "DocumentReference",
             "ImagingStudy", "ServiceRequest", "Practitioner", "Organization", "Location"}


@on_both
class Fhir(Judged):
    def test_what_came_by_hl7_is_read_as_fhir(self):
        engine = self.engine()
        self.order(engine, "PO-77")
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(corpus("01"))), "AA")
        status, found, _ = engine.fhir("GET", f"/Patient?identifier={CYPRUS_ID}%7C812345")
        self.assertEqual((status, found["total"] if "total" in found else len(found["entry"])), (200, 1), found)
        person = found["entry"][0]["resource"]
        self.assertEqual((person["name"][0]["family"], person["birthDate"], person["gender"]), ("Παπαδόπουλος", "1958-04-12", "male"))
        status, found, _ = engine.fhir("GET", f"/Observation?patient={person['id']}&category=laboratory")
        by_code = {c["code"]: e["resource"] for e in found["entry"] for c in e["resource"]["code"]["coding"] if c.get("system") == LOINC}
        potassium = by_code["2823-3"]
        self.assertEqual((potassium["valueQuantity"]["value"], potassium["valueQuantity"]["code"], potassium["status"]), (4.4, "mmol/L", "final"))
        self.assertEqual(potassium["effectiveDateTime"], "2026-11-20T08:20:00+02:00")
        self.assertEqual(potassium["referenceRange"][0]["low"]["value"], 3.5)
        self.assertIn("αιμολυμένο", potassium["note"][0]["text"])
        status, found, _ = engine.fhir("GET", f"/DiagnosticReport?patient={person['id']}&_include=DiagnosticReport:result")
        modes = [e["search"]["mode"] for e in found["entry"]]
        self.assertEqual((modes.count("match"), modes.count("include")), (1, 5))
        for name in ("Χριστοδούλου", "christodoulou", "ΧΡΙΣΤΟΔΟΥΛΟΥ", "Evange", "Ευαγ"):
            status, found, _ = engine.fhir("GET", "/Patient?name=" + urllib.parse.quote(name))
            self.assertEqual((status, [e["resource"]["name"][0]["family"] for e in found.get("entry", [])]), (200, ["Χριστοδούλου"]), name)

    def test_a_corrected_result_is_one_observation_with_its_versions_in_its_history(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            for name in ("03/1", "03/2", "03/3"):
                sender.ask(corpus(name))
        status, found, _ = engine.fhir("GET", "/Observation?category=laboratory&status=corrected")
        self.assertEqual(len(found["entry"]), 1, found)
        corrected = found["entry"][0]["resource"]
        status, history, _ = engine.fhir("GET", f"/Observation/{corrected['id']}/_history")
        self.assertEqual(history["type"], "history")
        self.assertEqual([e["resource"]["status"] for e in history["entry"]][0], "corrected")
        self.assertGreater(len(history["entry"]), 1)
        for entry in history["entry"]:
            version = entry["resource"]["meta"]["versionId"]
            self.assertEqual(engine.fhir("GET", f"/Observation/{corrected['id']}/_history/{version}")[0], 200)

    def test_create_read_update_history_and_delete(self):
        engine = self.engine()
        sent = patient(765001, extension=[{"url": "http://example.org/ward", "valueString": "B2"}], maritalStatus={"text": "παντρεμένη"})
        status, made, headers = engine.fhir("POST", "/Patient", sent)
        self.assertEqual(status, 201, made)
        where = f"/Patient/{made['id']}"
        self.assertTrue(headers["location"].endswith(f"{where}/_history/1"), headers)
        self.assertEqual((headers["etag"], made["meta"]["versionId"]), ('W/"1"', "1"))
        status, read, headers = engine.fhir("GET", where)
        self.assertEqual((status, read), (200, made))
        for member in ("extension", "maritalStatus", "name", "gender", "birthDate"):
            self.assertEqual(read[member], sent[member])
        self.assertEqual(engine.fhir("GET", where, If_None_Match=headers["etag"])[0], 304)
        changed = {**read, "gender": "unknown"}
        self.assertEqual(engine.fhir("PUT", where, changed, If_Match='W/"7"')[0], 412)
        status, updated, headers = engine.fhir("PUT", where, changed, If_Match='W/"1"')
        self.assertEqual((status, headers["etag"], updated["gender"]), (200, 'W/"2"', "unknown"), updated)
        self.assertEqual(engine.fhir("PUT", where, {**changed, "meta": updated["meta"]})[2]["etag"], 'W/"2"')  # nothing changed
        self.assertEqual(engine.fhir("GET", where + "/_history/1")[1]["gender"], "female")
        self.assertEqual(len(engine.fhir("GET", where + "/_history")[1]["entry"]), 2)
        self.assertEqual(engine.fhir("PUT", "/Patient/999999", {**changed, "id": "999999"})[0], 405)
        self.assertEqual(engine.fhir("PUT", where, {**changed, "id": "1"})[0], 400)
        self.assertEqual(engine.fhir("POST", "/Patient", patient(765001))[0], 409)
        status, same, _ = engine.fhir("POST", "/Patient", patient(765001), If_None_Exist=f"identifier={CYPRUS_ID}|765001")
        self.assertEqual((status, same["id"]), (200, made["id"]))
        row = engine.rows(f"select gender, is_deleted from patients where patient_id = {made['id']}")[0]
        self.assertEqual(row[0], "unknown")
        vital = self.make(engine, {"resourceType": "Observation", "status": "final",
                                   "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
                                   "code": {"coding": [{"system": LOINC, "code": "8867-4"}]}, "subject": {"reference": where[1:]},
                                   "effectiveDateTime": "2026-11-20T09:00:00+02:00",
                                   "valueQuantity": {"value": 71, "unit": "/min", "system": UCUM, "code": "/min"}})
        self.assertEqual(engine.rows(f"select heart_rate from vitals where patient_id = {made['id']}"), [("71",)])
        self.assertEqual(engine.fhir("DELETE", f"/Observation/{vital['id']}")[0], 204)
        self.assertEqual(engine.fhir("GET", f"/Observation/{vital['id']}")[0], 410)
        self.assertEqual(engine.fhir("GET", f"/Observation/{vital['id']}/_history")[1]["entry"][0]["request"]["method"], "DELETE")
        self.assertEqual(engine.count("vitals", f"patient_id = {made['id']}"), 1)  # never a lost row
        self.assertEqual(ids(engine.fhir("GET", f"/Observation?patient={made['id']}")[1]), [])

    def test_digits_offsets_and_precision_stay_as_they_were_sent(self):
        engine = self.engine()
        subject = "Patient/" + self.make(engine, patient(765002))["id"]
        for value in ("4.40", "0.000", "1e2", "12345678.123456789"):
            status, _, headers = engine.fhir("POST", "/Observation", observation(subject, value))
            self.assertEqual(status, 201)
            where = headers["location"].split("/fhir/r4", 1)[1].rsplit("/_history", 1)[0]
            request = urllib.request.Request(f"http://127.0.0.1:{engine.http}/fhir/r4{where}", headers={"Authorization": f"Bearer {engine.key}"})
            with urllib.request.urlopen(request) as answer:
                self.assertIn(f'"value":{value},'.encode(), answer.read().replace(b" ", b""))
        for when in ("2026", "2026-11", "2026-11-20", "2026-11-20T09:10:00-05:00", "2026-11-20T09:10:00.125+02:00"):
            made = self.make(engine, observation(subject, when=when))
            self.assertEqual(engine.fhir("GET", f"/Observation/{made['id']}")[1]["effectiveDateTime"], when)

    def test_a_critical_value_sent_by_fhir_is_heard_of(self):
        engine = self.engine()
        subject = "Patient/" + self.make(engine, patient(765003))["id"]
        self.make(engine, observation(subject, "4.4"))
        before = engine.count("event_outbox", "event_type like '%critical%'")
        made = self.make(engine, observation(subject, "6.4"))
        self.assertEqual(engine.count("event_outbox", "event_type like '%critical%'"), before + 1)
        self.assertIn(engine.rows(f"select critical_value from lab_results where id = '{made['id']}'")[0][0], ("1", "t"))

    def test_pages_neither_skip_nor_repeat_while_rows_are_added(self):
        engine = self.engine()
        subject = self.make(engine, patient(765004))["id"]
        entries = [post(observation(f"Patient/{subject}", f"4.{n:02}", f"2026-10-{1 + n % 28:02}T08:00:00Z")) for n in range(60)]
        self.assertEqual(engine.fhir("POST", "", bundle("transaction", *entries))[0], 200)
        for sort in ("", "&_sort=-date", "&_sort=date,_id"):
            before = set(ids(engine.fhir("GET", f"/Observation?patient={subject}&_count=1000")[1]))
            seen, path = [], f"/Observation?patient={subject}&_count=7{sort}"
            while path:
                status, page, _ = engine.fhir("GET", path)
                self.assertEqual(status, 200, page)
                seen += ids(page)
                self.make(engine, observation(f"Patient/{subject}", "4.9", "2026-10-15T08:00:00Z"))
                path = next_path(page)
            self.assertEqual(len(seen), len(set(seen)))
            self.assertLessEqual(before, set(seen))
        status, page, _ = engine.fhir("GET", f"/Observation?patient={subject}&_count=5")
        self.assertIn(engine.fhir("GET", next_path(page).replace("_count=5", "_count=5&code=1-1"))[0], (200, 400))

    def test_search_does_what_it_says_and_says_what_it_does_not(self):
        engine = self.engine()
        person = self.make(engine, patient(765005, telecom=[{"system": "phone", "value": "+35799555444"}], address=[{"city": "Πάφος"}]))["id"]
        low, high = (self.make(engine, observation(f"Patient/{person}", value, when))["id"]
                     for value, when in (("3.9", "2026-01-10"), ("5.1", "2026-02-10")))
        self.make(engine, {"resourceType": "Condition", "subject": {"reference": f"Patient/{person}"},
                           "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
                           "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I48.0"}]}})

        def found(query):
            status, page, _ = engine.fhir("GET", "/" + query)
            self.assertEqual(status, 200, (query, page))
            return ids(page)

        p = f"patient={person}&"
        self.assertEqual(found(f"Observation?{p}date=lt2026-02"), [low])
        self.assertEqual(found(f"Observation?{p}date=ge2026-02-10&date=le2026-02-10"), [high])
        self.assertEqual(found(f"Observation?{p}value-quantity=gt5|{UCUM}|mmol/L"), [high])
        self.assertEqual(found(f"Observation?{p}code-value-quantity={LOINC}|2823-3$lt4"), [low])
        self.assertEqual(found(f"Observation?{p}code:not={LOINC}|2823-3"), [])
        self.assertEqual(found(f"Observation?{p}_id={low},{high}&_sort=-date"), [high, low])
        self.assertEqual(found(f"Observation?subject:Patient.identifier={CYPRUS_ID}|765005&_sort=date"), [low, high])
        self.assertEqual(found("Patient?_has:Condition:patient:code=I48.0"), [person])
        self.assertEqual(found("Patient?phone=%2B35799555444"), [person])
        self.assertEqual(found("Patient?given:exact=" + urllib.parse.quote("Ελένη")), [person])
        self.assertEqual(found("Patient?given:exact=" + urllib.parse.quote("ελενη")), [])
        self.assertEqual(found("Patient?address-city:contains=" + urllib.parse.quote("φος") + f"&_id={person}"), [person])
        self.assertEqual(found("Patient?birthdate=1964-05&gender=female"), [person])
        self.assertEqual(found(f"Patient?_id={person}&death-date:missing=false"), [])
        self.assertEqual(found(f"Patient?_id={person}&death-date:missing=true"), [person])
        status, page, _ = engine.fhir("GET", f"/Patient?_id={person}&_revinclude=Observation:subject&_summary=true")
        self.assertEqual([e["search"]["mode"] for e in page["entry"]], ["match", "include", "include"])
        status, page, _ = engine.fhir("GET", f"/Observation?{p}_summary=count")
        self.assertEqual((page["total"], page.get("entry")), (2, None))
        status, page, _ = engine.fhir("POST", "/Observation/_search", f"patient={person}&code=2823-3&_elements=status".encode(),
                                      Content_Type="application/x-www-form-urlencoded")
        self.assertEqual((status, len(page["entry"])), (200, 2), page)
        self.assertNotIn("valueQuantity", page["entry"][0]["resource"])
        for query in ("Patient?colour=red", "Observation?date=2026-02-31", "Observation?code:fuzzy=1", "Observation?_sort=nothing", "Patient?_count=x"):
            status, outcome, _ = engine.fhir("GET", "/" + query)
            self.assertEqual((status, outcome["resourceType"]), (400, "OperationOutcome"), query)
        status, page, _ = engine.fhir("GET", "/Patient?colour=red&_id=" + person, Prefer="handling=lenient")
        self.assertEqual((status, sorted(e["search"]["mode"] for e in page["entry"])), (200, ["match", "outcome"]))

    def test_everything_about_a_patient(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            sender.ask(corpus("01"))
        self.order(engine, "PO-77")  # results that came before their order are linked when it appears
        person = ids(engine.fhir("GET", f"/Patient?identifier={CYPRUS_ID}%7C812345")[1])[0]
        status, all_of_it, _ = engine.fhir("GET", f"/Patient/{person}/$everything")
        types = [e["resource"]["resourceType"] for e in all_of_it["entry"]]
        self.assertEqual((status, types.count("Patient"), types.count("Observation"), types.count("DiagnosticReport")), (200, 1, 5, 1))
        only = engine.fhir("GET", f"/Patient/{person}/$everything?_type=Observation&start=2026-11-20&end=2026-11-20")[1]
        self.assertEqual({e["resource"]["resourceType"] for e in only["entry"]}, {"Observation"})
        seen, path = [], f"/Patient/{person}/$everything?_count=3"
        while path:
            page = engine.fhir("GET", path)[1]
            seen += [e["resource"]["resourceType"] + e["resource"]["id"] for e in page["entry"]]
            path = next_path(page)
        self.assertEqual(set(seen), {e["resource"]["resourceType"] + e["resource"]["id"] for e in all_of_it["entry"]})
        of_the_patient = [one for one in seen if not one.startswith("Organization")]  # what several pages refer to comes with each
        self.assertEqual(len(of_the_patient), len(set(of_the_patient)))

    def test_transactions_are_all_or_nothing_and_batches_stand_alone(self):
        engine = self.engine()
        urn = "urn:uuid:" + str(uuid.uuid4())
        good = bundle("transaction", post(patient(765006), urn), post(observation(urn)), post(observation(urn, "5.0")))
        before = engine.count("patients"), engine.count("lab_results")
        broken = copy.deepcopy(good)
        broken["entry"][2]["resource"]["status"] = "maybe"
        status, outcome, _ = engine.fhir("POST", "", broken)
        self.assertEqual(status, 422)
        self.assertTrue(any("Bundle.entry[2]" in e for i in outcome["issue"] for e in i.get("expression", [])), outcome)
        dangling = copy.deepcopy(good)
        dangling["entry"][1]["resource"]["subject"]["reference"] = "Patient/999999"
        self.assertGreaterEqual(engine.fhir("POST", "", dangling)[0], 400)
        self.assertEqual((engine.count("patients"), engine.count("lab_results")), before)
        status, answer, _ = engine.fhir("POST", "", good)
        self.assertEqual((status, answer["type"], [e["response"]["status"][:3] for e in answer["entry"]]), (200, "transaction-response", ["201"] * 3))
        person = answer["entry"][0]["response"]["location"].split("Patient/")[1].split("/")[0]
        self.assertEqual(len(ids(engine.fhir("GET", f"/Observation?patient={person}")[1])), 2)
        batch = bundle("batch", post(patient(765007)), post(patient(765006)), {"request": {"method": "GET", "url": f"Patient/{person}"}},
                       {"request": {"method": "DELETE", "url": "Observation/" + str(uuid.uuid4())}})
        status, answer, _ = engine.fhir("POST", "", batch)
        self.assertEqual((status, answer["type"], [e["response"]["status"][:3] for e in answer["entry"]][:3]), (200, "batch-response", ["201", "409", "200"]))
        again = bundle("transaction", post(patient(765007), ifNoneExist=f"identifier={CYPRUS_ID}|765007"),
                       {"resource": patient(765007, gender="male"), "request": {"method": "PUT", "url": f"Patient?identifier={CYPRUS_ID}|765007"}})
        self.assertIn(engine.fhir("POST", "", again)[0], (200, 400))  # the same resource twice may be refused as a whole
        self.assertEqual(engine.fhir("GET", f"/Patient?identifier={CYPRUS_ID}%7C765007&_summary=count")[1]["total"], 1)

    @foreign
    def test_a_prescription_keeps_its_drug_and_what_was_an_error_leaves_the_table(self):
        engine = self.engine()
        person, drug = "urn:uuid:" + str(uuid.uuid4()), "urn:uuid:" + str(uuid.uuid4())
        brought = bundle("collection", {"fullUrl": person, "resource": patient(765020)},
                         {"fullUrl": drug, "resource": {"resourceType": "Medication", "code": {"text": "Warfarin 5 mg"}}},
                         {"fullUrl": "urn:uuid:" + str(uuid.uuid4()), "resource": {
                             "resourceType": "MedicationRequest", "status": "active", "intent": "order",
                             "medicationReference": {"reference": drug}, "subject": {"reference": person}}})
        status, answer, _ = engine.fhir("POST", "/Bundle", brought)
        self.assertEqual((status, [e["response"]["status"][:3] for e in answer["entry"]]), (200, ["201", "404", "201"]), answer)
        place = answer["entry"][2]["response"]["location"].split("/fhir/r4")[1].split("/_history")[0]
        read = engine.fhir("GET", place)[1]
        self.assertEqual(read["medicationReference"]["reference"], "#" + read["contained"][0]["id"])
        self.assertEqual(read["contained"][0]["code"]["text"], "Warfarin 5 mg")
        subject = read["subject"]["reference"]
        listed = self.make(engine, {"resourceType": "Condition", "subject": {"reference": subject}, "code": {"text": "Diabetes"},
                                    "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]}})
        wrong = {"resourceType": "Condition", "id": listed["id"], "subject": {"reference": subject}, "code": {"text": "Diabetes"},
                 "verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "entered-in-error"}]}}
        status, kept, _ = engine.fhir("PUT", f"/Condition/{listed['id']}", wrong)
        self.assertEqual((status, engine.fhir("GET", f"/Condition/{listed['id']}")[1]["verificationStatus"]), (200, wrong["verificationStatus"]), kept)
        self.assertEqual(engine.rows(f"select clinical_status, description from patient_problems where id = {listed['id']}"), [("inactive", "Withdrawn: Diabetes")])

    def test_the_examples_of_the_standard_are_imported_and_nothing_is_lost(self):
        engine = self.engine()
        entries, flawed = [], {"MedicationRequest-medrx0301.json"}
        for path in sorted(FHIR_CORPUS.glob("*/*.json")):
            resource = json.loads(path.read_text())
            if resource["resourceType"] in OUR_TYPES and path.name not in flawed:
                entries.append({"fullUrl": f"http://hl7.org/fhir/{resource['resourceType']}/{resource['id']}", "resource": resource})
        status, answer, _ = engine.fhir("POST", "/Bundle", bundle("collection", *entries), X_Judge="no")
        self.assertEqual(status, 200, answer)
        places = {}
        for entry, outcome in zip(entries, answer["entry"]):
            self.assertEqual(outcome["response"]["status"][:3], "201", (entry["fullUrl"], outcome))
            places[entry["fullUrl"]] = "/".join(outcome["response"]["location"].split("/_history")[0].split("/")[-2:])
        for entry in entries:
            status, read, _ = engine.fhir("GET", "/" + places[entry["fullUrl"]], X_Judge="no")
            self.assertEqual(status, 200, entry["fullUrl"])
            self.assert_same(entry["resource"], read, places, entry["fullUrl"])
        status, repeated, _ = engine.fhir("POST", "/Bundle", bundle("collection", *entries), X_Judge="no")
        # The first answer again, entry by entry, and that it is a repeat.
        self.assertEqual((status, repeated["type"]), (200, "batch-response"), repeated)
        self.assertEqual([e["response"].get("location") for e in repeated["entry"]], [e["response"].get("location") for e in answer["entry"]])
        self.assertTrue(all(e["response"]["outcome"]["issue"][-1]["code"] == "duplicate" for e in repeated["entry"]), repeated["entry"][0])
        self.assertEqual([m["status"] for m in engine.messages() if m["message_type"] == "Bundle"].count("duplicate"), 1)
        # Written again in another order it is another bundle, and brings nothing new.
        status, answer, _ = engine.fhir("POST", "/Bundle", bundle("collection", *reversed(entries)), X_Judge="no")
        self.assertEqual({e["response"]["status"][:3] for e in answer["entry"]}, {"200"}, answer)

    def assert_same(self, sent, read, places, where):
        """Every element that was sent is there with its value; references to what was imported with it mean the copy."""
        if isinstance(sent, dict):
            for name, value in sent.items():
                if name in ("id", "meta") and "." not in where.rsplit("/", 1)[1]:  # of the resource itself: the server's
                    continue
                self.assertIn(name, read, where)
                self.assert_same(value, read[name], places, f"{where}.{name}")
        elif isinstance(sent, list):
            self.assertLessEqual(len(sent), len(read), where)  # an identifier of ours may stand behind
            for n, value in enumerate(sent):
                self.assert_same(value, read[n], places, f"{where}[{n}]")
        elif where.endswith(".reference") and not sent.startswith("#"):
            self.assertIn(read, (sent, "http://hl7.org/fhir/" + sent, places.get("http://hl7.org/fhir/" + sent), places.get(sent)), where)
        else:
            self.assertEqual(read, sent, where)

    @foreign
    def test_invalid_examples_are_refused_with_the_place(self):
        engine = self.engine()
        flawed = json.loads((FHIR_CORPUS / "hl7-r4/MedicationRequest-medrx0301.json").read_text())
        status, outcome, _ = engine.fhir("POST", "/MedicationRequest", flawed)
        self.assertEqual(status, 422)
        self.assertTrue(any("MedicationRequest.dispenseRequest.performer" in e for i in outcome["issue"] for e in i.get("expression", [])), outcome)
        status, outcome, _ = engine.fhir("POST", "/Bundle", bundle("collection", {"resource": flawed}))
        self.assertTrue(any("Bundle.entry[0].resource.dispenseRequest.performer" in e for i in outcome["issue"] for e in i.get("expression", [])), outcome)

    def test_an_import_finds_its_patient_and_overwrites_nothing_silently(self):
        engine = self.engine()
        source = "http://other.example/fhir"

        def entry(resource, local):
            return {"fullUrl": f"{source}/{resource['resourceType']}/{local}", "resource": {**resource, "id": local}}

        known = ids(engine.fhir("GET", f"/Patient?identifier={CYPRUS_ID}%7C812345")[1])[0]
        person = {"resourceType": "Patient", "identifier": [{"system": CYPRUS_ID, "value": "812345"}], "name": [{"family": "Παπαδόπουλος", "given": ["Γεώργιος"]}],
                  "gender": "male", "birthDate": "1958-04-12"}
        result = json.loads(observation("Patient/1", "4.1", identifier=[{"system": "urn:other", "value": "R-1"}]))
        first = bundle("collection", entry(person, "1"), entry(result, "r1"))
        status, answer, _ = engine.fhir("POST", "/Bundle", first)
        self.assertEqual(status, 200, answer)
        place = answer["entry"][1]["response"]["location"].split("/fhir/r4")[-1].split("/_history")[0]
        place = place if place.startswith("/") else "/" + place
        read = engine.fhir("GET", place)[1]
        self.assertEqual(read["subject"]["reference"], f"Patient/{known}")
        other = copy.deepcopy(first)
        other["entry"][1]["resource"]["valueQuantity"]["value"] = 4.7
        status, answer, _ = engine.fhir("POST", "/Bundle", other)
        self.assertEqual(engine.fhir("GET", place)[1]["valueQuantity"]["value"], 4.1, "same age, other value: a person decides")
        self.assertEqual(engine.messages()[0]["status"], "unmatched")
        newer = copy.deepcopy(other)
        newer["entry"][1]["resource"]["meta"] = {"lastUpdated": "2030-01-01T00:00:00Z"}
        engine.fhir("POST", "/Bundle", newer)
        self.assertEqual(engine.fhir("GET", place)[1]["valueQuantity"]["value"], 4.7)
        stranger = copy.deepcopy(person)
        stranger["name"] = [{"family": "Ιωαννίδου", "given": ["Ελένη"]}]
        stranger["birthDate"], stranger["gender"] = "1990-01-01", "female"
        before = engine.count("lab_results")
        status, answer, _ = engine.fhir("POST", "/Bundle", bundle("collection", entry(stranger, "2"), entry(json.loads(observation("Patient/2", "4.4")), "r2")))
        self.assertEqual(engine.count("lab_results"), before, "an identity number of another person: nothing is filed on a guess")
        self.assertGreater(engine.count("review_queue"), 0)

    def test_a_bundle_of_one_server_goes_into_another(self):
        one, other = self.engine(), self.engine()
        with Sender(one.port) as sender:
            sender.ask(corpus("01"))
        person = ids(one.fhir("GET", f"/Patient?identifier={CYPRUS_ID}%7C812345")[1])[0]
        taken = one.fhir("GET", f"/Patient/{person}/$everything")[1]
        moved = bundle("collection", *({"fullUrl": e["fullUrl"], "resource": e["resource"]} for e in taken["entry"]))
        status, answer, _ = other.fhir("POST", "/Bundle", moved)
        self.assertEqual(status, 200, answer)
        found = other.fhir("GET", f"/Observation?subject:Patient.identifier={CYPRUS_ID}|812345&_count=100")[1]
        values = lambda page: sorted((e["resource"]["code"]["coding"][0]["code"], e["resource"]["valueQuantity"]["value"]) for e in page["entry"])
        self.assertEqual(values(found), values({"entry": [e for e in taken["entry"] if e["resource"]["resourceType"] == "Observation"]}))

    def test_content_can_be_packed_pretty_and_partial(self):
        engine = self.engine()
        person = self.make(engine, patient(765008))["id"]
        status, metadata, headers = engine.fhir("GET", "/metadata", Accept_Encoding="gzip")
        self.assertEqual((status, metadata["fhirVersion"], headers.get("content-encoding")), (200, "4.0.1", "gzip"))
        self.assertEqual(engine.fhir("GET", f"/Patient/{person}?_format=json&_pretty=true")[0], 200)
        self.assertEqual(engine.fhir("GET", f"/Patient/{person}?_format=xml")[0], 406)
        status, nothing, _ = engine.fhir("POST", "/Patient", patient(765009), Prefer="return=minimal")
        self.assertEqual((status, nothing), (201, None))
        status, outcome, _ = engine.fhir("POST", "/Patient", patient(765010), Prefer="return=OperationOutcome")
        self.assertEqual((status, outcome["resourceType"]), (201, "OperationOutcome"))
        self.assertEqual(engine.fhir("POST", "/Patient", b"<Patient/>", Content_Type="application/fhir+xml")[0], 415)
        self.assertEqual(engine.fhir("PATCH", f"/Patient/{person}", b"[]", Content_Type="text/plain")[0], 415)
        status, outcome, _ = engine.fhir("POST", "/Patient/$validate", {**patient(1), "gender": "x"})
        self.assertEqual((status, outcome["issue"][0]["expression"]), (200, ["Patient.gender"]))

    def test_what_metadata_says_works(self):
        engine = self.engine()
        metadata = engine.fhir("GET", "/metadata")[1]
        for resource in metadata["rest"][0]["resource"]:
            for parameter in resource.get("searchParam", []):
                value = {"date": "2026", "number": "1", "quantity": "1", "composite": "a$2026", "reference": "1"}.get(parameter["type"], "a")
                if parameter["name"].endswith("-window-coordinate"):
                    value = "a$1$2"  # of three parts
                status, answer, _ = engine.fhir("GET", f"/{resource['type']}?{parameter['name']}={value}", X_Judge="no")
                self.assertEqual(status, 200, (resource["type"], parameter["name"], answer))
            for include in resource.get("searchInclude", []):
                self.assertEqual(engine.fhir("GET", f"/{resource['type']}?_include={include}", X_Judge="no")[0], 200, include)
        status, configuration, _ = engine.fhir("GET", "/.well-known/smart-configuration")
        self.assertEqual((status, "base_url" in configuration["issue"][0]["diagnostics"]), (404, True))  # tokens: fhir_access_test.py

    def test_what_was_searched_for_is_audited_and_read_by_nobody_without_the_key(self):
        engine = self.engine()
        name, card = "Hadjizacharias", "ZZ77001"
        first = self.make(engine, patient(765021))["id"]
        engine.fhir("GET", f"/Patient?family={name}&birthdate=1960-01-01")
        engine.fhir("POST", "/Patient/_search", f"family={name}".encode(), Content_Type="application/x-www-form-urlencoded")
        packed = gzip.compress(f"given={name}".encode())
        engine.fhir("POST", "/Patient/_search", packed, Content_Type="application/x-www-form-urlencoded", Content_Encoding="gzip")
        engine.fhir("POST", "/Patient", patient(765022), If_None_Exist=f"family={name}")
        engine.fhir("POST", "", bundle("batch", {"request": {"method": "GET", "url": f"Patient?family:exact={name}"}}))
        status, outcome, _ = engine.fhir("GET", f"/Patient?birthdate={name}")
        self.assertEqual(status, 400, outcome)
        self.assertEqual(engine.get(f"/api/messages?control_id={card}")[0], 200)
        self.assertEqual(engine.get(f"/api/messages?status={name}")[0], 400)
        status, events, _ = engine.fhir("GET", "/AuditEvent?_count=100")
        self.assertEqual(status, 200)
        found = [(e["resource"], entity) for e in events["entry"] for entity in e["resource"]["entity"] if "query" in entity]
        queries = {base64.b64decode(entity["query"]).decode(): event for event, entity in found}
        for wanted in (f"family={name}&birthdate=1960-01-01", f"family={name}", f"given={name}", f"If-None-Exist: family={name}",
                       f"GET Patient?family:exact={name}", f"birthdate={name}", f"control_id={card}", f"status={name}"):
            self.assertIn(wanted, queries)
        self.assertTrue(all({"code": "24", "system": "http://terminology.hl7.org/CodeSystem/object-role"} == entity["role"] for _, entity in found))
        for refused in (f"birthdate={name}", f"status={name}"):
            told = queries[refused]["outcomeDesc"]
            self.assertTrue(told.startswith("400 ") and len(told) > 10, told)
        # Nothing of it stands in the store, the logs or the metrics for whoever has no key to the store's texts.
        stored = str(engine.rows("select * from security_audit"))
        files = b"".join(f.read_bytes() for f in engine.folder.glob("aorta.db*"))
        for secret in (name, card):
            self.assertNotIn(secret, stored)
            self.assertNotIn(secret.encode(), files)
            self.assertNotIn(secret, engine.log())
            self.assertNotIn(secret, engine.get("/metrics")[1])
        # Whoever sees one patient's records alone sees who looked at them, not what was asked of others.
        engine.fhir("GET", f"/Patient?_id={first}")
        bound = engine.command("key", "create", "--name", "bound", "--scope", "patient/*.read", "--clinic", "MAIN", "--patient", first).split()[-1]
        status, own, _ = engine.fhir("GET", "/AuditEvent", key=bound)
        self.assertEqual(status, 200)
        self.assertTrue(own["entry"])
        self.assertEqual([entity for e in own["entry"] for entity in e["resource"]["entity"] if "query" in entity], [])
        self.assertTrue(all(e["resource"]["outcomeDesc"].isdigit() for e in own["entry"]))

    def test_every_row_of_the_description_is_there_and_refuses_other_methods_with_what_it_takes(self):
        engine = self.engine()
        described = engine.get("/api/openapi.json")[1]["paths"]
        ours = {path: set(methods) for path, methods in described.items() if path.startswith(("/fhir/", "/auth/", "/.well-known/"))}
        self.assertGreater(len(ours), 15)
        for template, methods in ours.items():
            path = template
            for name in re.findall(r"{(.*?)}", template):
                told = next(p["schema"] for m in described[template].values() for p in m["parameters"] if p["name"] == name)
                path = path.replace("{" + name + "}", told.get("enum", ["x"])[0], 1)
            link = http.client.HTTPConnection("127.0.0.1", engine.http, timeout=30)
            link.request("OPTIONS", path, b"", {"Authorization": f"Bearer {engine.key}"})
            answer = link.getresponse()
            outcome = json.loads(answer.read())
            link.close()
            if path in ("/auth/token",):  # without a configured address there are no tokens
                self.assertEqual((answer.status, outcome["resourceType"]), (404, "OperationOutcome"))
                continue
            self.assertEqual((answer.status, outcome["resourceType"]), (405, "OperationOutcome"), path)
            self.assertEqual({m.lower() for m in answer.headers["Allow"].split(", ")} - {"head"}, methods, path)
        metrics = engine.get("/metrics")[1]
        self.assertIn('path="/fhir/r4/Patient/{id}/$everything"', metrics)
        self.assertNotIn('path="/fhir/r4/Patient/x', metrics)

    def test_every_access_leaves_an_audit_row_and_an_audit_event(self):
        engine = self.engine()
        person = self.make(engine, patient(765011))["id"]
        engine.fhir("GET", f"/Patient/{person}")
        engine.fhir("GET", "/Patient/999999")
        tester = "key:test user:tester@clinic.example"
        rows = engine.rows("select actor, method, resource, outcome, patient_id from security_audit order by 1, 2")
        self.assertIn((tester, "GET", f"/fhir/r4/Patient/{person}", "200", person), rows)
        refused = [row for row in rows if row[3] == "404"]  # a path that finds nothing may hold a number of a person: sealed
        self.assertEqual([(tester, "GET", True, "404", "")], [(*row[:2], row[2].startswith("gAAAA"), *row[3:]) for row in refused])
        status, events, _ = engine.fhir("GET", f"/AuditEvent?patient={person}")
        self.assertEqual(status, 200, events)
        self.assertGreaterEqual(len(events["entry"]), 2)
        self.assertNotIn("Νικολάου", engine.log())
        self.assertNotIn("765011", engine.log())

    @unittest.skipUnless((CLIENTS / "node_modules").exists(), "npm's clients are not installed")
    def test_clients_of_other_makers_can_work_with_it(self):
        engine = self.engine()
        base = f"http://127.0.0.1:{engine.http}/fhir/r4"
        with open(engine.folder / "conf/aorta.toml", "a") as conf:
            conf.write(f'\n[fhir]\nbase_url = "{base}"\n')  # without one there are no tokens to discover
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: "changed=fhir.base_url" in engine.log(), 30, "the reload")
        done = subprocess.run(["node", CLIENTS / "clients.mjs", base, engine.key], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout.decode()[-3000:])

if __name__ == "__main__":
    unittest.main()
