"""Operations of FHIR over the wire: by GET and by POST, for one patient's key, between two clinics, and what the audit says of them."""
import unittest

from fhir_support import Judged, ids, next_path, patient
from support import on_both

PULSE = {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}


def refer(to):
    return {"reference": to}


def parameters(**values):
    return {"resourceType": "Parameters", "parameter": [{"name": name, "valueString": value} for name, value in values.items()]}


@on_both
class Operations(Judged):
    def two_clinics(self):
        self.at = self.engine(extra='[clinic.OTHER]\nname = "Other clinic"')
        self.other = self.at.command("key", "create", "--name", "other", "--scope", "system/*.*", "--clinic", "OTHER").split()[-1]
        return self.at

    def bound_to(self, who):
        return self.at.command("key", "create", "--name", f"bound-{who}", "--scope", "patient/*.*", "--clinic", "MAIN", "--patient", who).split()[-1]

    def audited(self, path):
        """(method, outcome, whether criteria were kept, whether a patient is named)"""
        kept = ", ".join(f"case when {column} is null then '' else 'yes' end" for column in ("criteria", "patient_id"))
        return self.at.rows(f"select method, outcome, {kept} from security_audit where resource = '/fhir/r4{path}' order by at")

    def told(self):
        return self.at.fhir("GET", "/metadata")[1]["rest"][0]

    def operations_of(self, kind):
        return {o["name"] for r in self.told()["resource"] if r["type"] == kind for o in r.get("operation", [])}

    def test_everything_of_an_encounter_and_by_post(self):
        engine = self.two_clinics()
        a, b = (self.make(engine, patient(765080 + n))["id"] for n in range(2))
        visit = self.make(engine, {"resourceType": "Encounter", "status": "finished", "subject": refer(f"Patient/{a}"), "period": {"start": "2026-03-01T08:00:00Z"},
                                   "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}})["id"]
        acts = [self.make(engine, {"resourceType": "Procedure", "status": "completed", "subject": refer(f"Patient/{a}"), "encounter": refer(f"Encounter/{visit}"),
                                   "performedDateTime": "2026-03-01"})["id"] for _ in range(3)]
        self.make(engine, {"resourceType": "Procedure", "status": "completed", "subject": refer(f"Patient/{a}"), "performedDateTime": "2026-03-01"})
        where = f"/Encounter/{visit}/$everything"
        status, all_of_it, _ = engine.fhir("GET", where)
        self.assertEqual((status, sorted(ids(all_of_it))), (200, sorted([visit, *acts])))
        self.assertIn(a, [e["resource"]["id"] for e in all_of_it["entry"] if e["search"]["mode"] == "include"])
        self.assertEqual(ids(engine.fhir("POST", where, parameters(_type="Procedure"))[1]), acts)
        first = engine.fhir("POST", where, {"resourceType": "Parameters", "parameter": [{"name": "_count", "valueInteger": 2}]})[1]
        seen = ids(first)
        while next_path(first):
            first = engine.fhir("GET", next_path(first))[1]
            seen += ids(first)
        self.assertEqual(seen, ids(all_of_it))
        self.assertEqual(ids(engine.fhir("POST", f"/Patient/{a}/$everything")[1]), ids(engine.fhir("GET", f"/Patient/{a}/$everything")[1]))
        self.assertEqual(ids(engine.fhir("GET", where, key=self.bound_to(a))[1]), ids(all_of_it))
        for key in (self.bound_to(b), self.other):
            for method in ("GET", "POST"):
                self.assertEqual(engine.fhir(method, where, key=key)[0], 404)
        self.assertEqual(self.audited(where)[:3], [("GET", "200", "", "yes"), ("POST", "200", "yes", "yes"), ("POST", "200", "yes", "yes")])
        refused = self.at.rows("select method, outcome from security_audit order by at")[-4:]
        self.assertEqual(refused, [("GET", "404"), ("POST", "404")] * 2)
        self.assertEqual(self.operations_of("Encounter"), {"everything", "validate"})

    def test_validation_at_the_base_tells_a_profile_that_is_not_at_hand(self):
        engine = self.two_clinics()
        strange = "http://example.org/StructureDefinition/strange"
        status, good, _ = engine.fhir("POST", "/$validate", patient(765090))
        self.assertEqual((status, [i for i in good["issue"] if i["severity"] == "error"]), (200, []))
        brought = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": {**patient(765090), "gender": "lady"}}, {"name": "mode", "valueCode": "create"}]}
        for path in ("/$validate", "/Patient/$validate"):
            status, bad, _ = engine.fhir("POST", path, brought)
            self.assertEqual((status, any("Patient.gender" in str(i) for i in bad["issue"])), (200, True), bad)
        for path, body in ((f"/$validate?profile={strange}", patient(765090)), ("/$validate", {**patient(765090), "meta": {"profile": [strange]}})):
            status, refused, _ = engine.fhir("POST", path, body)
            self.assertEqual((status, strange in str(refused)), (422, True), refused)
        self.assertEqual(engine.fhir("GET", f"/Patient?identifier={765090}")[1]["total"], 0)
        self.assertIn("validate", {o["name"] for o in self.told()["operation"]})
        self.assertEqual(self.audited("/$validate"), [("POST", "200", "", ""), ("POST", "200", "", "")])

    def test_the_last_observations_of_each_code(self):
        engine = self.two_clinics()
        a, b = (self.make(engine, patient(765100 + n))["id"] for n in range(2))

        def seen(of, code, day):
            return self.make(engine, {"resourceType": "Observation", "status": "final", "subject": refer(f"Patient/{of}"), "effectiveDateTime": f"2026-03-0{day}",
                                      "code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueString": "x"})["id"]
        pulses = [seen(a, "8867-4", day) for day in (1, 3, 2)]
        heat = seen(a, "8310-5", 1)
        seen(b, "8867-4", 5)
        where = f"/Observation/$lastn?patient={a}"
        self.assertEqual(ids(engine.fhir("GET", where)[1]), [pulses[1], heat])
        asked = parameters(patient=a)
        asked["parameter"].append({"name": "max", "valuePositiveInt": 2})
        self.assertEqual(ids(engine.fhir("POST", "/Observation/$lastn", asked)[1]), [pulses[1], pulses[2], heat])
        self.assertEqual(ids(engine.fhir("GET", where, key=self.bound_to(a))[1]), [pulses[1], heat])
        for key in (self.bound_to(b), self.other):
            self.assertEqual(ids(engine.fhir("GET", where, key=key)[1]), [])
        status, refused, _ = engine.fhir("GET", "/Observation/$lastn?code=8867-4")
        self.assertEqual((status, refused["issue"][0]["code"]), (400, "required"))
        self.assertEqual(self.operations_of("Observation"), {"lastn", "validate"})
        self.assertEqual(self.audited("/Observation/$lastn")[:2], [("GET", "200", "yes", "yes"), ("POST", "200", "yes", "yes")])

    def test_several_types_are_searched_at_once(self):
        engine = self.two_clinics()
        a, b = (self.make(engine, patient(765110 + n))["id"] for n in range(2))
        goals = [self.make(engine, {"resourceType": "Goal", "lifecycleStatus": "active", "description": {"text": "walk"}, "subject": refer(f"Patient/{of}")})["id"] for of in (a, a, b)]
        for where in ("?_type=Goal,CarePlan", "/?_type=Goal,CarePlan"):
            self.assertEqual(sorted(ids(engine.fhir("GET", where)[1])), sorted(goals))
        found, seen = engine.fhir("GET", "?_type=Patient,Goal&_count=2")[1], []
        while found:
            seen += ids(found)
            there = next_path(found)
            found = engine.fhir("GET", there)[1] if there else None
        self.assertTrue({a, b, *goals} <= set(seen) and len(seen) == len(set(seen)), seen)
        form = "_type=Goal,CarePlan&patient=" + a
        self.assertEqual(sorted(ids(engine.fhir("POST", "/_search", form.encode(), Content_Type="application/x-www-form-urlencoded")[1])), sorted(goals[:2]))
        self.assertEqual(sorted(ids(engine.fhir("GET", "?_type=Patient,Goal", key=self.bound_to(b))[1])), sorted([b, goals[2]]))
        self.assertEqual(ids(engine.fhir("GET", "?_type=Patient,Goal", key=self.other)[1]), [])
        for wrong in ("", "?patient=1", "?_type=Nonsense", "?_type=Goal&_sort=_lastUpdated"):
            self.assertEqual(engine.fhir("GET", wrong)[0], 400, wrong)
        self.assertEqual(engine.fhir("GET", "/_history")[0], 501)
        self.assertIn("search-system", {i["code"] for i in self.told()["interaction"]})
        self.assertIn(("POST", "200", "yes", "yes"), self.audited("/_search"))


if __name__ == "__main__":
    unittest.main()
