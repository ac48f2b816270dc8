"""Types that no table of the clinic serves: HL7's examples of each in and out, between two clinics, for one patient's key, and Binary as its bytes."""
import json
import threading
import unittest
import urllib.error
import urllib.request

from fhir_support import Judged, bundle, ids, next_path, patient, post
from support import CLIENTS, on_both

OF_ROWS = {"Patient", "Observation", "MedicationRequest", "Condition", "Encounter", "Appointment", "DiagnosticReport", "DocumentReference", "ImagingStudy",
           "ServiceRequest", "Practitioner", "Organization", "AuditEvent"}
EXAMPLES = CLIENTS / "node_modules/hl7.fhir.r4.examples"
APPETITE = 6  # examples of a type that are tried: some of HL7's own are flawed
NONE_VALID = {"DeviceMetric", "DeviceUseStatement", "EventDefinition", "TerminologyCapabilities",  # HL7's only example breaks R4's own rules
              "SubstanceNucleicAcid", "SubstancePolymer", "SubstanceProtein", "SubstanceReferenceInformation", "SubstanceSourceMaterial"}  # has none
NOT_JUDGED = {"PlanDefinition-example-cardiology-os.json",  # refers to what it contains by a canonical, which the judge's dom-3 does not follow
              "Questionnaire-bb.json"}  # has an answerBoolean, which the judge's que-7 takes for none


def made_foreign(value):
    """References as another server's: what they name is not here."""
    if isinstance(value, list):
        return [made_foreign(each) for each in value]
    if not isinstance(value, dict):
        return value
    out = {name: made_foreign(each) for name, each in value.items()}
    reference = out.get("reference")
    if isinstance(reference, str) and not reference.startswith(("#", "urn:", "http")):
        out["reference"] = "http://hl7.example/fhir/" + reference.split("?")[0]
    return out


def content(resource):
    """Without what the server gives; numbers with their digits."""
    out = {name: value for name, value in json.loads(json.dumps(resource), parse_float=str).items() if name not in ("id", "meta")}
    meta = {name: value for name, value in resource.get("meta", {}).items() if name not in ("versionId", "lastUpdated")}
    return {**out, **({"meta": meta} if meta else {})}


def plain(engine, method, path, data=None, **headers):
    """(status, bytes, headers) as they come."""
    request = urllib.request.Request(f"http://127.0.0.1:{engine.http}/fhir/r4{path}", method=method, data=data,
                                     headers={"Authorization": f"Bearer {engine.key}", **{n.replace("_", "-"): v for n, v in headers.items()}})
    try:
        answer = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.headers.items()}


@on_both
class Wide(Judged):
    def served(self, engine):
        return {one["type"]: one for one in engine.fhir("GET", "/metadata")[1]["rest"][0]["resource"]}

    @unittest.skipUnless(EXAMPLES.exists(), "HL7's examples are not installed")
    def test_hl7s_examples_of_every_type_are_read_back_element_by_element(self):
        engine = self.engine()
        types = self.served(engine)
        self.assertGreaterEqual(len(types), 142)
        without = set()
        for kind in sorted(set(types) - OF_ROWS):
            taken = None
            for path in sorted(EXAMPLES.glob(f"{kind}-*.json"))[:APPETITE]:
                example = made_foreign(json.loads(path.read_text(encoding="utf-8"), parse_float=float))
                if example.get("resourceType") != kind or path.name in NOT_JUDGED:
                    continue
                example.pop("id", None)
                status, made, _ = engine.fhir("POST", f"/{kind}", example)
                if status != 201:
                    self.assertEqual(status, 422, (path.name, made))
                    continue
                taken = path.name
                status, read, _ = engine.fhir("GET", f"/{kind}/{made['id']}", Accept="application/fhir+json")
                self.assertEqual(status, 200)
                self.assertEqual(content(read), content(example), path.name)
                status, found, _ = engine.fhir("GET", f"/{kind}?_id={made['id']}")
                self.assertEqual((status, ids(found)), (200, [made["id"]]), path.name)
                self.assertEqual(engine.fhir("GET", f"/{kind}/{made['id']}/_history")[1]["total"], 1)
            if taken is None:
                without.add(kind)
        self.assertEqual(without, NONE_VALID)

    def test_two_clinics_and_a_key_of_one_patient(self):
        engine = self.engine(extra='[clinic.OTHER]\nname = "Other clinic"')
        a, b = (self.make(engine, patient(765050 + n))["id"] for n in range(2))

        def given(to):
            return {"resourceType": "Immunization", "status": "completed", "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "08"}]},
                    "patient": {"reference": f"Patient/{to}"}, "occurrenceDateTime": "2026-02-01"}
        mine, theirs = (self.make(engine, given(to))["id"] for to in (a, b))
        task = self.make(engine, {"resourceType": "Task", "status": "requested", "intent": "order", "for": {"reference": f"Patient/{a}"}})["id"]
        other = engine.command("key", "create", "--name", "other", "--scope", "system/*.*", "--clinic", "OTHER").split()[-1]
        bound = engine.command("key", "create", "--name", "bound", "--scope", "patient/*.*", "--clinic", "MAIN", "--patient", a).split()[-1]
        for path in (f"/Immunization/{mine}", f"/Immunization/{mine}/_history", f"/Task/{task}"):
            self.assertEqual(engine.fhir("GET", path)[0], 200)
            self.assertEqual(engine.fhir("GET", path, key=other)[0], 404, path)
        for path in ("/Immunization", f"/Immunization?patient={a}", "/Immunization?vaccine-code=08", f"/Patient/{a}/Immunization"):
            self.assertEqual(ids(engine.fhir("GET", path, key=other)[1]), [], path)
            self.assertEqual(ids(engine.fhir("GET", path, key=bound)[1]), [mine], path)
        for path in (f"/Immunization/{theirs}", f"/Immunization/{theirs}/_history", f"/Task/{task}"):
            self.assertEqual(engine.fhir("GET", path, key=bound)[0], 404, path)
        self.assertEqual(ids(engine.fhir("GET", f"/Immunization?patient={b}", key=bound)[1]), [])
        self.assertGreaterEqual(engine.fhir("POST", "/Immunization", given(b), key=bound)[0], 400)
        self.assertGreaterEqual(engine.fhir("POST", "/Immunization", given(a), key=other)[0], 400)
        self.assertEqual(engine.fhir("POST", "/Immunization", given(a), key=bound)[0], 201)
        everything = engine.fhir("GET", f"/Patient/{a}/$everything", key=bound)[1]
        self.assertEqual([e["resource"]["resourceType"] for e in everything["entry"]].count("Immunization"), 2)
        self.assertNotIn("Task", [e["resource"]["resourceType"] for e in everything["entry"]])

    def test_searches_page_sort_count_and_chain(self):
        engine = self.engine()
        who = self.make(engine, patient(765060))["id"]
        days = ["2026-01-05", "2026-01-03", "2026-01-04"]
        for day in days:
            self.make(engine, {"resourceType": "Procedure", "status": "completed", "subject": {"reference": f"Patient/{who}"}, "performedDateTime": day,
                               "code": {"coding": [{"system": "http://snomed.info/sct", "code": "80146002"}]}})
        found, seen = engine.fhir("GET", f"/Procedure?patient={who}&_sort=-date&_count=2&_total=accurate")[1], []
        self.assertEqual(found["total"], 3)
        while found:
            seen += [e["resource"]["performedDateTime"] for e in found["entry"]]
            there = next_path(found)
            found = engine.fhir("GET", there)[1] if there else None
        self.assertEqual(seen, sorted(days, reverse=True))
        self.assertEqual(engine.fhir("GET", "/Procedure?code=80146002&date=ge2026-01-04&_summary=count")[1]["total"], 2)
        self.assertEqual(ids(engine.fhir("GET", "/Patient?_has:Procedure:patient:code=80146002")[1]), [who])
        self.assertEqual(engine.fhir("GET", "/Procedure?colour=red")[0], 400)
        status, answer, _ = engine.fhir("POST", "", bundle("transaction", *(post({"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": t},
                                                                                 "subject": {"reference": f"Patient/{who}"}}) for t in ("walk", "swim"))))
        self.assertEqual(status, 200, answer)
        self.assertEqual(len(ids(engine.fhir("GET", f"/Goal?patient={who}")[1])), 2)
        status, answer, _ = engine.fhir("POST", "/Goal/$validate", {"resourceType": "Goal", "lifecycleStatus": "colourful"})
        self.assertEqual((status, "lifecycleStatus" in json.dumps(answer)), (200, True))

    def test_parts_are_patched_and_two_at_once_lose_nothing(self):
        engine = self.engine()
        who = self.make(engine, patient(765070))["id"]
        goal = self.make(engine, {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "walk"}, "subject": {"reference": f"Patient/{who}"}})["id"]

        def patch(where, operations, **headers):
            return engine.fhir("PATCH", where, operations, Content_Type="application/json-patch+json", **headers)
        status, changed, headers = patch(f"/Patient/{who}", [{"op": "replace", "path": "/gender", "value": "other"}], If_Match='W/"1"')
        self.assertEqual((status, changed["gender"], headers["etag"]), (200, "other", 'W/"2"'))
        self.assertEqual(patch(f"/Patient/{who}", [{"op": "remove", "path": "/gender"}], If_Match='W/"1"')[0], 412)
        self.assertEqual(patch(f"/Patient/{who}", [{"op": "test", "path": "/gender", "value": "male"}])[0], 422)
        status, changed, _ = engine.fhir("PATCH", f"/Goal/{goal}", {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [
            {"name": "type", "valueCode": "replace"}, {"name": "path", "valueString": "Goal.lifecycleStatus"}, {"name": "value", "valueCode": "completed"}]}]})
        self.assertEqual((status, changed["lifecycleStatus"]), (200, "completed"))
        answers = []

        def add(number):
            answers.append(patch(f"/Goal/{goal}", [{"op": "add", "path": "/identifier/-", "value": {"system": "urn:x", "value": str(number)}}])[0])
        self.assertEqual(patch(f"/Goal/{goal}", [{"op": "add", "path": "/identifier", "value": [{"system": "urn:x", "value": "first"}]}])[0], 200)
        threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        kept = {i["value"] for i in engine.fhir("GET", f"/Goal/{goal}")[1]["identifier"]}
        self.assertEqual((answers, kept), ([200] * 8, {"first", *map(str, range(8))}))
        self.assertEqual(engine.fhir("DELETE", "/Goal?identifier=urn:x%7Cfirst")[0], 204)
        self.assertEqual(engine.fhir("GET", f"/Goal/{goal}")[0], 410)
        resource = {r["type"]: r for r in engine.fhir("GET", "/metadata")[1]["rest"][0]["resource"]}["Goal"]
        self.assertIn("patch", [i["code"] for i in resource["interaction"]])

    def test_a_browsers_page_of_an_allowed_origin_may_call_and_read(self):
        engine = self.engine(extra='[fhir]\nallow_origins = ["https://app.example.org"]')
        page = {"Origin": "https://app.example.org"}
        status, body, headers = plain(engine, "OPTIONS", "/Patient/1", Access_Control_Request_Method="PUT", Access_Control_Request_Headers="authorization,if-match", **page)
        self.assertEqual((status, body, headers["access-control-allow-origin"]), (204, b"", "https://app.example.org"))
        self.assertTrue({"PUT", "POST", "GET", "DELETE"} <= set(headers["access-control-allow-methods"].split(", ")), headers)
        self.assertTrue({"authorization", "if-match", "content-type", "prefer"} <= set(headers["access-control-allow-headers"].lower().split(", ")), headers)
        for path, wanted in (("/Patient/1", 200), ("/Patient/999999", 404), ("/metadata", 200), ("/Patient?colour=red", 400)):
            status, _, headers = plain(engine, "GET", path, **page)
            self.assertEqual((status, headers["access-control-allow-origin"]), (wanted, "https://app.example.org"), path)
            self.assertTrue({"ETag", "Location", "Content-Location"} <= set(headers["access-control-expose-headers"].split(", ")))
            self.assertNotIn("access-control-allow-credentials", headers)
        request = urllib.request.Request(f"http://127.0.0.1:{engine.http}/fhir/r4/Patient/1", headers=page)
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        self.assertEqual((refused.exception.code, refused.exception.headers["Access-Control-Allow-Origin"]), (401, "https://app.example.org"))
        for origin in ("https://app.example.org.evil.example", "http://app.example.org", "null"):
            self.assertNotIn("access-control-allow-origin", plain(engine, "GET", "/Patient/1", Origin=origin)[2], origin)
            status, _, headers = plain(engine, "OPTIONS", "/Patient/1", Origin=origin, Access_Control_Request_Method="PUT")
            self.assertEqual((status, "access-control-allow-origin" in headers), (405, False), origin)

    def test_a_binary_is_taken_and_given_as_its_bytes(self):
        engine = self.engine()
        data = bytes(range(256)) * 300
        status, made, headers = plain(engine, "POST", "/Binary", data, Content_Type="image/png")
        self.assertEqual(status, 201, made)
        where = "/Binary/" + json.loads(made)["id"]
        status, read, headers = plain(engine, "GET", where, Accept="image/png")
        self.assertEqual((status, read == data, headers["content-type"], headers["x-content-type-options"]), (200, True, "image/png", "nosniff"))
        self.assertEqual(engine.fhir("GET", where, Accept="application/fhir+json")[1]["contentType"], "image/png")
        self.assertEqual(plain(engine, "PUT", where, b"<script>", Content_Type="text/html", If_Match=headers["etag"])[0], 200)
        status, read, headers = plain(engine, "GET", where)
        self.assertEqual((read, headers["content-type"], headers["content-disposition"]), (b"<script>", "text/html", "attachment"))
        self.assertIn("sandbox", headers["content-security-policy"])
        self.assertEqual(plain(engine, "PUT", where, b"x", Content_Type="text/html", If_Match='W/"1"')[0], 412)
        self.assertEqual(plain(engine, "DELETE", where)[0], 204)
        self.assertEqual(plain(engine, "GET", where)[0], 410)


if __name__ == "__main__":
    unittest.main()
