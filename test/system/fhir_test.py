"""FHIR R4 over HTTP as others use it: HL7 in and FHIR out, FHIR in and out, search, bundles, imports, access across clinics, tokens, foreign clients."""
import base64
import copy
import json
import pathlib
import subprocess
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import uuid

from support import CLIENTS, SHARED, Sender, WithStore, ack_code, corpus, on_both

FHIR_CORPUS = SHARED / "corpus/fhir"
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
CYPRUS_ID = "urn:oid:2.16.196.1.113883.3.1.1"
OUR_TYPES = {"Patient", "Observation", "MedicationRequest", "Condition", "Encounter", "Appointment", "DiagnosticReport", "DocumentReference",
             "ImagingStudy", "ServiceRequest", "Practitioner", "Organization", "Location"}


def patient(number, **more):
    return {"resourceType": "Patient", "identifier": [{"system": CYPRUS_ID, "value": str(number)}],
            "name": [{"family": "Νικολάου", "given": ["Ελένη", "Μαρία"]}], "gender": "female", "birthDate": "1964-05-09", **more}


def observation(subject, value="4.40", when="2026-11-20T09:10:00+02:00", code="2823-3", **more):
    """A laboratory result; its value keeps the digits it is written with."""
    text = json.dumps({"resourceType": "Observation", "status": "final",
                       "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
                       "code": {"coding": [{"system": LOINC, "code": code}]}, "subject": {"reference": subject}, "effectiveDateTime": when,
                       "valueQuantity": {"value": "DIGITS", "unit": "mmol/L", "system": UCUM, "code": "mmol/L"}, **more})
    return text.replace('"DIGITS"', str(value)).encode()


def bundle(kind, *entries):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def post(resource, full_url=None, **request):
    entry = {"resource": resource if isinstance(resource, dict) else json.loads(resource),
             "request": {"method": "POST", "url": json.loads(json.dumps(resource if isinstance(resource, dict) else json.loads(resource)))["resourceType"], **request}}
    return {"fullUrl": full_url, **entry} if full_url else entry


def ids(found):
    return [entry["resource"]["id"] for entry in found.get("entry", []) if entry.get("search", {}).get("mode", "match") == "match"]


def next_path(found):
    for link in found.get("link", []):
        if link["relation"] == "next":
            return link["url"].split("/fhir/r4", 1)[1]
    return None


class Judged(WithStore):
    """Everything that was answered passes the independent check."""

    def engine(self, **how):
        made = super().engine(**how)
        self.addCleanup(lambda: self.assertIn(made.judge(), (None, "")))
        return made

    def order(self, engine, placer):
        """A laboratory order of the first patient, under which results will come."""
        return self.make(engine, {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "subject": {"reference": "Patient/1"},
                                  "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "108252007"}]}],
                                  "identifier": [{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PLAC"}]},
                                                  "system": "urn:aorta:placer-order", "value": placer}],
                                  "code": {"text": "Lipids and renal"}})

    def make(self, engine, resource, **headers):
        status, made, _ = engine.fhir("POST", "/" + (resource if isinstance(resource, dict) else json.loads(resource))["resourceType"], resource, **headers)
        self.assertEqual(status, 201, made)
        return made


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
            for name in ("03a", "03b", "03c"):
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
        self.assertEqual((status, repeated["resourceType"]), (200, "OperationOutcome"))
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
        self.assertEqual(engine.fhir("PATCH", f"/Patient/{person}", b"[]")[0], 405)
        status, outcome, _ = engine.fhir("POST", "/Patient/$validate", {**patient(1), "gender": "x"})
        self.assertEqual((status, outcome["issue"][0]["expression"]), (200, ["Patient.gender"]))

    def test_what_metadata_says_works(self):
        engine = self.engine()
        metadata = engine.fhir("GET", "/metadata")[1]
        for resource in metadata["rest"][0]["resource"]:
            for parameter in resource.get("searchParam", []):
                value = {"date": "2026", "number": "1", "quantity": "1", "composite": "a$2026", "reference": "1"}.get(parameter["type"], "a")
                status, answer, _ = engine.fhir("GET", f"/{resource['type']}?{parameter['name']}={value}", X_Judge="no")
                self.assertEqual(status, 200, (resource["type"], parameter["name"], answer))
            for include in resource.get("searchInclude", []):
                self.assertEqual(engine.fhir("GET", f"/{resource['type']}?_include={include}", X_Judge="no")[0], 200, include)
        status, configuration, _ = engine.fhir("GET", "/.well-known/smart-configuration")
        self.assertTrue(configuration["token_endpoint"].endswith("/auth/token"))

    def test_every_access_leaves_an_audit_row_and_an_audit_event(self):
        engine = self.engine()
        person = self.make(engine, patient(765011))["id"]
        engine.fhir("GET", f"/Patient/{person}")
        engine.fhir("GET", "/Patient/999999")
        rows = engine.rows("select actor, method, resource, outcome, patient_id from security_audit where resource like '/fhir/r4/%' order by 1, 2")
        self.assertIn(("key:test", "GET", f"/fhir/r4/Patient/{person}", "200", person), rows)
        self.assertIn(("key:test", "GET", "/fhir/r4/Patient/999999", "404", ""), rows)
        status, events, _ = engine.fhir("GET", f"/AuditEvent?patient={person}")
        self.assertEqual(status, 200, events)
        self.assertGreaterEqual(len(events["entry"]), 2)
        self.assertNotIn("Νικολάου", engine.log())
        self.assertNotIn("765011", engine.log())

    @unittest.skipUnless((CLIENTS / "node_modules").exists(), "npm's clients are not installed")
    def test_clients_of_other_makers_can_work_with_it(self):
        engine = self.engine()
        done = subprocess.run(["node", CLIENTS / "clients.mjs", f"http://127.0.0.1:{engine.http}/fhir/r4", engine.key], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout.decode()[-3000:])


@on_both
class Access(Judged):
    def two_clinics(self):
        engine = self.engine(extra='[clinic.OTHER]\nname = "Other clinic"', bundle_routes=("MAIN", "OTHER"))
        keys = {clinic: engine.command("key", "create", "--name", clinic, "--scope", "system/*.*", "--clinic", clinic).split()[-1] for clinic in ("MAIN", "OTHER")}
        return engine, keys

    def test_nothing_of_one_clinic_is_seen_changed_or_told_of_by_a_key_of_another(self):
        engine, keys = self.two_clinics()
        main, other = keys["MAIN"], keys["OTHER"]
        self.order(engine, "PO-77")
        with Sender(engine.port) as sender:
            sender.ask(corpus("01"))
        person = self.make(engine, patient(765020, telecom=[{"system": "email", "value": "eleni@example.org"}]), key=main)
        subject = f"Patient/{person['id']}"
        made = [person, self.make(engine, observation(subject), key=main),
                self.make(engine, {"resourceType": "Condition", "subject": {"reference": subject}, "code": {"text": "AF"}}, key=main),
                self.make(engine, {"resourceType": "Encounter", "status": "finished", "subject": {"reference": subject},
                                   "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}}, key=main)]
        made += [e["resource"] for e in engine.fhir("GET", "/Observation?category=laboratory", key=main)[1]["entry"]]
        made += [e["resource"] for e in engine.fhir("GET", "/DiagnosticReport", key=main)[1]["entry"]]
        missing = engine.fhir("GET", "/Patient/999999", key=other)
        for one in made:
            where = f"/{one['resourceType']}/{one['id']}"
            for method, path, body in (("GET", where, None), ("GET", where + "/_history", None), ("GET", where + f"/_history/{one['meta']['versionId']}", None),
                                       ("PUT", where, one), ("DELETE", where, None)):
                status, answer, _ = engine.fhir(method, path, body, key=other)
                self.assertIn(status, (404, 405) if method == "PUT" else (404, 204) if method == "DELETE" else (404,), (method, path, answer))
            self.assertEqual(engine.fhir("GET", where, key=main)[0], 200)
            for query in (f"{one['resourceType']}?_id={one['id']}", f"{one['resourceType']}", f"{one['resourceType']}/_history"):
                found = engine.fhir("GET", "/" + query, key=other)[1]
                self.assertEqual([e["resource"]["id"] for e in found.get("entry", []) if e["resource"]["id"] == one["id"] and
                                  e["resource"]["resourceType"] != "Organization"], [], query)
        self.assertEqual(missing[0], 404)
        for query in (f"Patient?identifier={CYPRUS_ID}|765020", "Patient?email=eleni@example.org", "Patient?name=" + urllib.parse.quote("Νικολάου"),
                      f"Observation?subject:Patient.identifier={CYPRUS_ID}|765020", "Patient?_has:Condition:patient:code:text=AF",
                      f"Observation?subject={subject}", f"Patient?_id={person['id']}&_revinclude=Observation:subject"):
            status, found, _ = engine.fhir("GET", "/" + query, key=other)
            self.assertEqual(ids(found), [], (query, found))
        self.assertEqual(engine.fhir("GET", f"/{subject}/$everything", key=other)[0], 404)
        self.assertEqual(ids(engine.fhir("GET", f"/AuditEvent?patient={person['id']}", key=other)[1]), [])
        # Another clinic's patient cannot be written about, referred to, or found out by a duplicate.
        before = engine.count("lab_results")
        self.assertGreaterEqual(engine.fhir("POST", "/Observation", observation(subject), key=other)[0], 400)
        self.assertGreaterEqual(engine.fhir("POST", "", bundle("transaction", post(observation(subject))), key=other)[0], 400)
        self.assertEqual(engine.count("lab_results"), before)
        self.make(engine, patient(765020), key=other)
        status, own, _ = engine.fhir("POST", "/Patient", patient(765020), key=other, If_None_Exist=f"identifier={CYPRUS_ID}|765020")
        self.assertEqual(status, 200)
        self.assertNotEqual(own["id"], person["id"])
        status, answer, _ = engine.fhir("POST", "/Bundle", bundle("collection", {"fullUrl": f"http://127.0.0.1:{engine.http}/fhir/r4/{subject}",
                                                                                 "resource": patient(765021)}), key=other)
        self.assertEqual(engine.fhir("GET", f"/{subject}", key=main)[1]["identifier"][0]["value"], "765020")
        self.assertEqual(engine.fhir("GET", "/Patient", key=main, X_Clinic="OTHER")[0], 404)
        self.assertEqual(engine.fhir("GET", "/Patient", X_Clinic="NONE")[0], 404)

    def test_a_key_may_what_its_scopes_say_and_a_patient_key_sees_one_patient(self):
        engine = self.engine()
        a, b = (self.make(engine, patient(765030 + n))["id"] for n in range(2))
        oa, ob = (self.make(engine, observation(f"Patient/{p}"))["id"] for p in (a, b))
        reader = engine.command("key", "create", "--name", "reader", "--scope", "system/Patient.read", "--clinic", "MAIN").split()[-1]
        self.assertEqual(engine.fhir("GET", f"/Patient/{a}", key=reader)[0], 200)
        self.assertEqual(engine.fhir("GET", f"/Observation/{oa}", key=reader)[0], 403)
        self.assertEqual(engine.fhir("POST", "/Patient", patient(765039), key=reader)[0], 403)
        self.assertEqual([e["resource"]["resourceType"] for e in engine.fhir("GET", f"/Patient?_id={a}&_revinclude=Observation:subject", key=reader)[1]["entry"]], ["Patient"])
        self.assertNotIn("Observation", {e["resource"]["resourceType"] for e in engine.fhir("GET", f"/Patient/{a}/$everything", key=reader)[1].get("entry", [])})
        bound = engine.command("key", "create", "--name", "bound", "--scope", "patient/*.*", "--scope", "read", "--clinic", "MAIN", "--patient", a).split()[-1]
        self.assertEqual([engine.get(path, key=bound)[0] for path in (f"/api/patients/{a}/lab-results", "/api/messages", "/metrics")], [403] * 3)
        self.assertEqual(engine.fhir("GET", f"/Patient/{a}", key=bound)[0], 200)
        for path in (f"/Patient/{b}", f"/Observation/{ob}", f"/Patient/{b}/$everything", f"/Observation/{ob}/_history"):
            self.assertEqual(engine.fhir("GET", path, key=bound)[0], 404, path)
        self.assertEqual(ids(engine.fhir("GET", "/Observation", key=bound)[1]), [oa])
        self.assertEqual(ids(engine.fhir("GET", "/Patient", key=bound)[1]), [a])
        self.assertEqual(ids(engine.fhir("GET", f"/Observation?patient={b}", key=bound)[1]), [])
        self.assertEqual({e["resource"]["subject"]["reference"] for e in engine.fhir("GET", "/Observation/_history", key=bound)[1]["entry"]}, {f"Patient/{a}"})
        self.assertGreaterEqual(engine.fhir("POST", "/Observation", observation(f"Patient/{b}"), key=bound)[0], 400)
        self.make(engine, observation(f"Patient/{a}"), key=bound)
        self.assertEqual(engine.fhir("GET", "/Patient", key="nonsense")[0], 401)
        self.assertEqual(engine.fhir("GET", "/Patient", key="")[0] if False else engine.get("/fhir/r4/Patient", key=False)[0], 401)

    def test_a_backend_service_signs_in_with_its_key(self):
        engine = self.engine()
        self.make(engine, patient(765040))
        folder = engine.folder
        subprocess.run(["openssl", "genrsa", "-out", folder / "client.pem", "2048"], check=True, stderr=subprocess.DEVNULL)
        modulus = subprocess.run(["openssl", "rsa", "-in", folder / "client.pem", "-noout", "-modulus"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        b64 = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=").decode()
        n = b64(bytes.fromhex(modulus.decode().strip().split("=")[1]))
        (folder / "jwks.json").write_text(json.dumps({"keys": [{"kty": "RSA", "kid": "one", "alg": "RS384", "n": n, "e": "AQAB"}]}))
        engine.command("key", "create", "--name", "analytics", "--scope", "system/Patient.read", "--clinic", "MAIN", "--jwks", str(folder / "jwks.json"))
        url = f"http://127.0.0.1:{engine.http}/auth/token"

        def ask(scope="system/Patient.read system/Observation.read", audience=url, jti=None, ahead=200, client="analytics"):
            claims = {"iss": client, "sub": client, "aud": audience, "exp": int(time.time()) + ahead, "jti": jti or str(uuid.uuid4())}
            text = b64(json.dumps({"alg": "RS384", "typ": "JWT", "kid": "one"}).encode()) + "." + b64(json.dumps(claims).encode())
            signature = subprocess.run(["openssl", "dgst", "-sha384", "-sign", folder / "client.pem"], input=text.encode(), check=True, stdout=subprocess.PIPE).stdout
            form = urllib.parse.urlencode({"grant_type": "client_credentials", "scope": scope, "client_assertion": text + "." + b64(signature),
                                           "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}).encode()
            try:
                with urllib.request.urlopen(urllib.request.Request(url, data=form), timeout=30) as answer:
                    return answer.status, json.loads(answer.read())
            except urllib.error.HTTPError as refused:
                return refused.code, json.loads(refused.read())

        status, token = ask(jti="once")
        self.assertEqual((status, token["token_type"], token["scope"]), (200, "bearer", "system/Patient.read"), token)
        self.assertLessEqual(token["expires_in"], 300)
        self.assertEqual(engine.fhir("GET", "/Patient", key=token["access_token"])[0], 200)
        self.assertEqual(engine.fhir("GET", "/Observation", key=token["access_token"])[0], 403)
        for refused in (ask(jti="once"), ask(audience="http://elsewhere/token"), ask(ahead=-300), ask(ahead=4000), ask(client="nobody")):
            self.assertEqual((refused[0], refused[1]["error"]), (401, "invalid_client"))
        self.assertEqual(ask(scope="system/*.write")[1]["error"], "invalid_scope")
        self.assertIn(("client:analytics",), engine.rows("select distinct actor from security_audit"))
        self.assertNotIn(token["access_token"], str(engine.rows("select * from access_tokens")))
        engine.command("key", "revoke", "analytics")
        self.assertEqual(ask()[0], 401)

    def test_a_key_that_asks_too_often_is_told_when_to_come_again(self):
        engine = self.engine(extra="[limits]\nkey_requests_per_second = 5")
        statuses = [engine.fhir("GET", "/Patient/999999") for _ in range(40)]
        refused = [answer for answer in statuses if answer[0] == 429]
        self.assertTrue(refused)
        self.assertGreaterEqual(int(refused[0][2]["retry-after"]), 1)
        self.assertIn(404, [answer[0] for answer in statuses])


if __name__ == "__main__":
    unittest.main()
