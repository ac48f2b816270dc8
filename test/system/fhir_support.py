"""Resources, bundles and checks that the FHIR tests share."""
import json
import pathlib
import shutil
import tempfile

from support import WithStore, judge

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
CYPRUS_ID = "urn:oid:2.16.196.1.113883.3.1.1"


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
    """An entry that creates a resource."""
    resource = resource if isinstance(resource, dict) else json.loads(resource)
    entry = {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"], **request}}
    return {"fullUrl": full_url, **entry} if full_url else entry


def ids(found):
    return [entry["resource"]["id"] for entry in found.get("entry", []) if entry.get("search", {}).get("mode", "match") == "match"]


def next_path(found):
    for link in found.get("link", []):
        if link["relation"] == "next":
            return link["url"].split("/fhir/r4", 1)[1]
    return None


class Judged(WithStore):
    """Everything that was answered passes the independent check, which is asked once for all tests: its start takes seconds."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answered = pathlib.Path(tempfile.mkdtemp(prefix="aorta-answers-"))

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        complaints = judge(cls.answered)
        if complaints not in (None, ""):
            raise AssertionError(f"{complaints}\nThe answers are in {cls.answered}")
        shutil.rmtree(cls.answered)

    def engine(self, **how):
        made = super().engine(**how)
        self.addCleanup(self.keep_answers, made)
        return made

    def keep_answers(self, engine):
        for answer in (engine.folder / "answers").glob("*.json"):
            shutil.move(answer, self.answered / f"{self._testMethodName}-{engine.folder.name}-{answer.name}")

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
