"""`aorta import-ndjson`: what one engine's bulk export gives is taken in by another: the same content, once; bad lines, killed in the middle, people who are known here."""
import json
import signal
import subprocess
import unittest

from bulk_test import begin, manifest, resources
from fhir_support import CYPRUS_ID, observation, patient
from support import AORTA, WithStore, on_both, until

SOURCE = "https://other.example.org/fhir/r4"
ACTIVE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]}
NAMES = ("Νικολάου", "Γεωργίου", "Ιωάννου", "Παύλου", "Σάββα", "Κώστα")


def other_patient(number, **more):
    """People whom nobody takes for one another."""
    return patient(700100 + number, **{"name": [{"family": NAMES[number % 6], "given": [f"Given{chr(97 + number % 26) * 5}"]}],
                              "birthDate": f"19{40 + number % 50}-0{1 + number % 9}-1{number % 10}", **more})


def lines(*all_of):
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in all_of)


def of_person(who, number, **more):
    return {**json.loads(observation(f"Patient/{who}", f"4.{number}")), "id": f"o{number}", **more}


@on_both
class ImportNdjson(WithStore):
    def files(self, engine, **texts):
        """Paths of files with these contents."""
        out = []
        for name, text in texts.items():
            path = engine.folder / f"{name}.ndjson"
            path.write_text(text)
            out.append(str(path))
        return out

    def take_in(self, engine, files, *more, source=SOURCE):
        """(exit code, verdicts, counts)"""
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "import-ndjson", *files, "--source", source, "--json", *more], env=engine.environment,
                              cwd=engine.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertNotIn(b"Sanitizer", done.stderr)
        self.assertTrue(done.stdout, done.stderr.decode())
        told = [json.loads(line) for line in done.stdout.splitlines()]
        return done.returncode, told[:-1], told[-1]

    def totals(self, engine):
        return {kind: engine.fhir("GET", f"/{kind}?_summary=count")[1]["total"] for kind in ("Patient", "Observation", "AllergyIntolerance", "Practitioner", "CarePlan")}

    def state(self, engine):
        """All of it with its version: what changes nothing leaves this as it is."""
        out = {}
        for kind in ("Patient", "Observation", "AllergyIntolerance", "Practitioner", "CarePlan"):
            found = engine.fhir("GET", f"/{kind}?_count=1000")[1]
            out[kind] = sorted((each["resource"]["id"], each["resource"]["meta"].get("versionId")) for each in found.get("entry", []))
        return out

    def test_an_export_becomes_the_same_in_another_engine_once(self):
        first = self.engine(roster=False)
        people = [first.fhir("POST", "/Patient", other_patient(n))[1]["id"] for n in range(1, 4)]
        for who in people:
            for n in range(4):
                self.assertEqual(first.fhir("POST", "/Observation", observation(f"Patient/{who}", f"4.{n}", f"2026-11-2{n}T09:10:00+02:00"))[0], 201)
            allergy = {"resourceType": "AllergyIntolerance", "clinicalStatus": ACTIVE, "code": {"text": "Nuts"}, "patient": {"reference": f"Patient/{who}"}}
            self.assertEqual(first.fhir("POST", "/AllergyIntolerance", allergy)[0], 201)
        doctor = first.fhir("POST", "/Practitioner", {"resourceType": "Practitioner", "name": [{"family": "Ιατρού"}]})[1]["id"]
        plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": {"reference": f"Patient/{people[0]}"}, "author": {"reference": f"Practitioner/{doctor}"}}
        self.assertEqual(first.fhir("POST", "/CarePlan", plan)[0], 201)
        where = begin(first, "/fhir/r4/$export?_type=Patient,Observation,AllergyIntolerance,Practitioner,CarePlan")
        exported = resources(first, manifest(first, where)[0])
        source = where.split("/fhir/r4/")[0] + "/fhir/r4"

        second = self.engine(roster=False)
        # What refers stands in front of what it refers to.
        order = ("CarePlan", "AllergyIntolerance", "Observation", "Practitioner", "Patient")
        files = self.files(second, **{kind: lines(*reversed(exported[kind])) for kind in order})
        code, told, counts = self.take_in(second, files, "--dry-run", source=source)
        self.assertEqual((code, told, set(counts["verdicts"])), (0, [], {"valid"}))
        self.assertEqual(self.totals(second)["Patient"], 0)
        code, told, counts = self.take_in(second, files, "--user", "tester@clinic.example", source=source)
        self.assertEqual((code, told, counts["nowhere"]), (0, [], 0), counts)
        self.assertEqual(counts["verdicts"], {"created": sum(len(each) for each in exported.values())})
        people_of_both = self.totals(first)["Practitioner"] + 1  # who has a key is one in each
        self.assertEqual(self.totals(second), {**self.totals(first), "Practitioner": people_of_both})
        found = second.fhir("GET", f"/Patient?identifier={CYPRUS_ID}|700101")[1]["entry"][0]["resource"]
        sent = next(each for each in exported["Patient"] if each["id"] == people[0])
        self.assertEqual([found[key] for key in ("name", "gender", "birthDate")], [sent[key] for key in ("name", "gender", "birthDate")])
        mine = second.fhir("GET", f"/Observation?patient={found['id']}&_count=100")[1]["entry"]
        theirs = [each for each in exported["Observation"] if each["subject"]["reference"] == f"Patient/{people[0]}"]
        shown = lambda each: (each["valueQuantity"]["value"], each["code"]["coding"][0]["code"], each["effectiveDateTime"])  # noqa: E731
        self.assertEqual(sorted(shown(each["resource"]) for each in mine), sorted(map(shown, theirs)))
        there = second.fhir("GET", "/CarePlan")[1]["entry"][0]["resource"]
        self.assertEqual(there["subject"]["reference"], f"Patient/{found['id']}")
        self.assertEqual(second.fhir("GET", "/" + there["author"]["reference"])[1]["name"][0]["family"], "Ιατρού")
        audits = second.fhir("GET", "/AuditEvent?_count=100")[1]["entry"]
        self.assertIn("cli user:tester@clinic.example", json.dumps(audits))

        before = self.state(second)
        told_of = second.messages()
        self.take_in(second, files, source=source)
        self.assertEqual({each["status"] for each in second.messages()[:len(second.messages()) - len(told_of)]}, {"duplicate"})
        for at in (files, list(reversed(files))):
            code, told, counts = self.take_in(second, at, source=source)
            self.assertEqual((code, told, set(counts["verdicts"])), (0, [], {"unchanged"}), counts)
            self.assertEqual(self.state(second), before)

        # What has changed there since is changed here.
        changed = {**sent, "telecom": [{"system": "phone", "value": "99123456"}], "meta": {**sent["meta"], "lastUpdated": "2099-01-01T00:00:00Z"}}
        code, told, counts = self.take_in(second, self.files(second, changed=lines(changed)), source=source)
        self.assertEqual((code, told, counts["verdicts"]), (0, [], {"updated": 1}))
        self.assertEqual(second.fhir("GET", f"/Patient/{found['id']}")[1]["telecom"][0]["value"], "99123456")
        # And only its results, without who they are of.
        later = {**theirs[0], "id": "later", "effectiveDateTime": "2026-11-26T09:10:00+02:00"}
        code, told, counts = self.take_in(second, self.files(second, later=lines(later)), source=source)
        self.assertEqual((code, told, counts["verdicts"], counts["nowhere"]), (0, [], {"created": 1}, 0))
        self.assertEqual(second.fhir("GET", f"/Observation?patient={found['id']}&_summary=count")[1]["total"], 5)

    def test_bad_lines_stop_no_good_ones(self):
        engine = self.engine(roster=False)
        secret = "Μυστικόπουλος"
        care = {"resourceType": "CarePlan", "id": "c1", "status": "active", "intent": "plan", "subject": {"reference": "Patient/a"}, "author": {"reference": "Practitioner/gone"}}
        files = self.files(engine,
                           one=lines(of_person("a", 1), of_person("b", 2), of_person("a", 3, status="finished")) + '{"resourceType": "Patient", "' + secret + "\n\n" +
                           lines(care, {"resourceType": "Medication", "id": "m1"}, of_person("nobody", 4)),
                           two=lines({**other_patient(1), "id": "a"}, {**other_patient(2), "id": "b", "gender": secret}, {**other_patient(3), "id": "c"},
                                     {**other_patient(3), "id": "c"}, {**other_patient(3), "id": "c", "gender": "male"}, {"resourceType": "Patient"}))
        code, told, counts = self.take_in(engine, files)
        self.assertEqual(code, 1)
        verdicts = {(each["file"].rsplit("/", 1)[1], each["line"]): each["verdict"] for each in told}
        self.assertEqual(verdicts, {("one.ndjson", 2): "refused", ("one.ndjson", 3): "refused", ("one.ndjson", 4): "refused", ("one.ndjson", 7): "not-taken",
                                    ("one.ndjson", 8): "refused", ("two.ndjson", 2): "refused", ("two.ndjson", 5): "refused", ("two.ndjson", 6): "refused"}, told)
        said = {(each["file"].rsplit("/", 1)[1], each["line"]): each["issues"][0] for each in told}
        self.assertIn("line 2 of", said["one.ndjson", 2]["text"])
        self.assertEqual(said["one.ndjson", 3]["path"], "Observation.status")
        self.assertNotIn(secret, json.dumps(told, ensure_ascii=False))
        self.assertEqual(counts["verdicts"]["created"], 4)
        self.assertGreaterEqual(counts["nowhere"], 1)
        self.assertEqual(self.totals(engine), {"Patient": 2, "Observation": 1, "AllergyIntolerance": 0, "Practitioner": 1, "CarePlan": 1})  # who has a key is one
        there = engine.fhir("GET", "/CarePlan")[1]["entry"][0]["resource"]
        self.assertEqual(there["author"], {"type": "Practitioner", "identifier": {"system": "urn:ietf:rfc:3986", "value": SOURCE + "/Practitioner/gone"}})

    def test_who_is_known_here_is_not_made_again_and_never_guessed(self):
        engine = self.engine(roster=False)
        known = engine.fhir("POST", "/Patient", other_patient(1))[1]["id"]
        holder = engine.fhir("POST", "/Patient", other_patient(2))[1]
        same = {**other_patient(1), "id": "same"}
        stranger = {**other_patient(5), "id": "stranger", "identifier": other_patient(2)["identifier"]}  # the number of somebody else
        engine.fhir("POST", "/Patient", {**other_patient(7), "identifier": [{"system": "urn:aorta:mrn", "value": "17"}]})
        own = {**other_patient(8), "id": "own", "identifier": [{"system": "urn:aorta:mrn", "value": "17"}]}  # another clinic's 17
        files = self.files(engine, all=lines(of_person("same", 1), of_person("stranger", 2), same, stranger, own))
        code, told, counts = self.take_in(engine, files)
        self.assertEqual(code, 1)
        self.assertEqual({each["line"] for each in told}, {2, 4}, told)
        self.assertEqual(self.totals(engine)["Patient"], 4)
        self.assertEqual(engine.fhir("GET", f"/Observation?patient={known}&_summary=count")[1]["total"], 1)
        before = self.state(engine)
        again = self.take_in(engine, files)
        self.assertEqual((again[0], {each["line"] for each in again[1]}, self.state(engine)), (1, {2, 4}, before))
        asked = engine.get("/api/review")[1]["items"]
        self.assertEqual([each["kind"] for each in asked], ["fhir-patient"])  # once
        # The number was a slip here: a person mends that, and gives the files again.
        mended = [other_patient(9)["identifier"][0] if each["system"] == CYPRUS_ID else each for each in holder["identifier"]]
        self.assertEqual(engine.fhir("PUT", f"/Patient/{holder['id']}", {**holder, "identifier": mended})[0], 200)
        done = json.dumps({"action": "accept", "reason": "the number was a slip"}).encode()
        status, told = engine.get(f"/api/review/{asked[0]['id']}/resolve", method="POST", body=done)
        self.assertEqual(status, 200, told)
        code, told, counts = self.take_in(engine, files)
        self.assertEqual((code, told, counts["verdicts"]), (0, [], {"created": 2, "unchanged": 3}))
        before = self.state(engine)
        self.assertEqual((self.take_in(engine, files)[0], self.state(engine)), (0, before))

    def test_what_is_kept_inside_others_goes_with_each_of_them(self):
        engine = self.engine(roster=False, bundle_routes=("MAIN", "SECOND"), extra='[clinic.SECOND]\nname = "Second"')
        drug = {"resourceType": "Medication", "id": "m", "code": {"text": "Aspirin"}}
        orders = [{"resourceType": "MedicationRequest", "id": f"r{n}", "status": "active", "intent": "order", "medicationReference": {"reference": "Medication/m"},
                   "subject": {"reference": "Patient/a"}, "authoredOn": f"2026-01-01T00:{n // 60:02}:{n % 60:02}Z"} for n in range(120)]  # more than one bundle
        files = self.files(engine, all=lines(drug, *orders, {**other_patient(1), "id": "a"}))
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "import-ndjson", *files, "--source", SOURCE], env=engine.environment, cwd=engine.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stderr.decode()), (1, "aorta: for which clinic? --clinic with one of MAIN, SECOND\n"))
        for verdicts in ({"carried": 1, "created": 121}, {"carried": 1, "unchanged": 121}):
            code, told, counts = self.take_in(engine, files, "--clinic", "MAIN")
            self.assertEqual((code, told, counts["verdicts"]), (0, [], verdicts))
        found = engine.fhir("GET", "/MedicationRequest?_count=200", X_Clinic="MAIN")[1]["entry"]
        self.assertEqual({each["resource"]["contained"][0]["code"]["text"] for each in found}, {"Aspirin"})
        self.assertEqual(len(found), 120)

    def test_killed_in_the_middle_it_goes_on(self):
        engine = self.engine(roster=False)
        people = [{**other_patient(n), "id": f"p{n}"} for n in range(30)]
        files = self.files(engine, all=lines(*(of_person(f"p{n % 30}", n, effectiveDateTime=f"2026-11-{1 + n // 60:02}T{n % 24:02}:00:00Z") for n in range(1200)), *people))
        command = [AORTA, "-c", str(engine.folder / "conf"), "import-ndjson", *files, "--source", SOURCE]
        taking = subprocess.Popen(command, env=engine.environment, cwd=engine.folder, stdout=subprocess.DEVNULL)
        until(lambda: engine.count("lab_results") > 0 or taking.poll() is not None, 60, "the first bundle")
        taking.send_signal(signal.SIGKILL)
        taking.wait()
        code, told, counts = self.take_in(engine, files)
        self.assertEqual((code, told), (0, []))
        self.assertEqual(sum(counts["verdicts"].values()), 1230)
        self.assertEqual((self.totals(engine)["Patient"], engine.count("lab_results")), (30, 1200))
        before = self.state(engine)
        self.take_in(engine, files)
        self.assertEqual(self.state(engine), before)

    def test_what_cannot_be_meant_is_told(self):
        engine = self.engine(roster=False)
        files = self.files(engine, one=lines({**other_patient(1), "id": "a"}))

        def refused(*how):
            done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "import-ndjson", *how], env=engine.environment, cwd=engine.folder,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertNotEqual(done.returncode, 0)
            return done.stdout.decode()

        self.assertIn("--source", refused(*files))
        self.assertIn("https://clinic.example.org/fhir/r4", refused(*files, "--source", "other"))
        self.assertIn("no route takes Bundle for clinic 'NONE'", refused(*files, "--source", SOURCE, "--clinic", "NONE"))
        self.assertIn("no such file", refused(files[0] + "x", "--source", SOURCE))
        self.assertIn("--user", refused(*files, "--source", SOURCE, "--user", "nobody@clinic.example"))
        self.assertEqual(self.totals(engine)["Patient"], 0)


if __name__ == "__main__":
    unittest.main()
