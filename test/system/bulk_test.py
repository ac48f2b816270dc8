"""Bulk export: kick-off, progress, manifest and files as Bulk Data Access 2.0 has them; who may see them; a crash in the middle; an erasure."""
import json
import signal
import unittest
import urllib.error
import urllib.request

from fhir_support import bundle, observation, patient, post
from support import AORTA_SANITIZED, WithStore, on_both, until

ALONE = {"Prefer": "respond-async", "Accept": "application/fhir+json"}


def call(engine, path, method="GET", body=None, key=None, **headers):
    """(status, text, headers by lower-case name)"""
    url = path if path.startswith("http") else f"http://127.0.0.1:{engine.http}{path}"
    request = urllib.request.Request(url, method=method, data=body,
                                     headers={**ALONE, **headers, "Authorization": f"Bearer {key or engine.key}"})
    try:
        answer = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        return answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.headers.items()}


def begin(engine, path="/fhir/r4/$export", **how):
    status, text, headers = call(engine, path, **how)
    assert status == 202, (status, text)
    return headers["content-location"]


def manifest(engine, where, key=None):
    def done():
        status, text, headers = call(engine, where, key=key)
        assert status in (200, 202), (status, text)
        if status == 202:
            assert "resources" in headers["x-progress"] and int(headers["retry-after"]) > 0, headers
        return status == 200 and (json.loads(text), headers)

    return until(done, 60, "the export")


def resources(engine, found, key=None):
    """By type, each file read as it is told of."""
    out = {}
    for each in found["output"]:
        status, text, headers = call(engine, each["url"], key=key, Accept="application/fhir+ndjson")
        assert (status, headers["content-type"]) == (200, "application/fhir+ndjson"), (status, text[:200])
        lines = [json.loads(line) for line in text.splitlines()]
        assert len(lines) == each["count"] and {line["resourceType"] for line in lines} == {each["type"]}
        out.setdefault(each["type"], []).extend(lines)
    return out


def fill(engine, people=3, values=4):
    """Patients with results, by transactions; their ids."""
    ids = []
    for n in range(people):
        subject = engine.fhir("POST", "/Patient", patient(n + 1))[1]["id"]
        ids.append(subject)
        for first in range(0, values, 400):
            entries = [post(json.loads(observation("Patient/" + subject, f"{3 + at % 40 / 10:.1f}", f"2026-11-20T{at // 60 % 24:02}:{at % 60:02}:00+02:00")))
                       for at in range(first, min(first + 400, values))]
            status, answer, _ = engine.fhir("POST", "", bundle("transaction", *entries))
            assert status == 200, answer
    return ids


@on_both
class BulkExport(WithStore):
    def test_what_is_exported_is_what_searches_find(self):
        engine = self.engine(roster=False)
        people = fill(engine)
        where = begin(engine)
        found, headers = manifest(engine, where)
        self.assertEqual((found["requiresAccessToken"], found["error"]), (True, []))
        self.assertTrue(found["request"].endswith("/fhir/r4/$export"))
        self.assertIn("GMT", headers["expires"])
        all_of = resources(engine, found)
        self.assertEqual({each["id"] for each in all_of["Patient"]}, set(people))
        self.assertEqual(len(all_of["Observation"]), 12)
        one = all_of["Observation"][0]
        self.assertEqual(one, engine.fhir("GET", f"/Observation/{one['id']}")[1])
        for kind, each in all_of.items():
            self.assertEqual(len(each), len({one["id"] for one in each}), kind)
        self.assertNotIn("AuditEvent", all_of)
        # The API shows the same job.
        job = where.rsplit("/", 1)[1]
        status, shown = engine.get(f"/api/export/bulk/{job}")
        self.assertEqual((status, shown["state"], shown["resources"]), (200, "done", sum(len(each) for each in all_of.values())))
        self.assertEqual(engine.get("/api/jobs")[1]["items"][0]["id"], job)

    def test_types_patients_and_since(self):
        engine = self.engine(roster=False)
        fill(engine, 2, 2)
        kinds = lambda path, **how: set(resources(engine, manifest(engine, begin(engine, path, **how))[0]))  # noqa: E731
        self.assertEqual(kinds("/fhir/r4/$export?_type=Observation"), {"Observation"})
        self.assertNotIn("Organization", kinds("/fhir/r4/Patient/$export"))
        body = {"resourceType": "Parameters", "parameter": [{"name": "_type", "valueString": "Patient"}, {"name": "_type", "valueString": "Observation"},
                                                             {"name": "_outputFormat", "valueCode": "ndjson"}]}
        self.assertEqual(kinds("/fhir/r4/$export", method="POST", body=json.dumps(body).encode()), {"Patient", "Observation"})
        self.assertEqual(kinds("/fhir/r4/$export?_type=Patient,Observation&_since=2099-01-01T00:00:00Z"), set())
        for wrong, place in (("_type=Patients", "_type"), ("_type=AuditEvent", "_type"), ("_type=", "_type"), ("_type=,", "_type"), ("_since=yesterday", "_since"), ("_since=2026-11-27", "_since"), ("_since=2026-11-27T08:00:00", "_since"), ("_outputFormat=csv", "_outputFormat"),
                             ("_elements=id", "_elements"), ("_typeFilter=Patient%3Factive%3Dtrue", "_typeFilter")):
            status, text, _ = call(engine, f"/fhir/r4/$export?{wrong}")
            self.assertEqual(status, 400, wrong)
            self.assertIn(place, text)
        self.assertEqual(call(engine, "/fhir/r4/Patient/$export?_type=Organization")[0], 400)
        self.assertEqual(call(engine, "/fhir/r4/$export", "POST", b"{}")[0], 400)

    def test_since_misses_nobody_who_was_joined_with_another(self):
        engine = self.engine(roster=False)
        first, second = fill(engine, 2, 1)
        everything, _ = manifest(engine, begin(engine, "/fhir/r4/$export?_type=Patient,Observation"))
        self.assertLess(everything["transactionTime"], engine.fhir("GET", f"/Patient/{first}")[1]["meta"]["lastUpdated"])
        since = "2099-01-01T00:00:00Z"
        self.assertEqual(resources(engine, manifest(engine, begin(engine, f"/fhir/r4/$export?_type=Observation&_since={since}"))[0]), {})
        # A merge of that time: what the other had is told anew, though no result changed.
        merge = ("insert into patient_merges (id, clinic_id, survivor_id, merged_id, made_at) values"
                 f" ('0192f0c0-0000-7000-8000-000000000001', 1, {first}, {second}, '2099-01-02 00:00:00')")
        engine.execute(merge)
        found = resources(engine, manifest(engine, begin(engine, f"/fhir/r4/$export?_type=Observation&_since={since}"))[0])
        self.assertEqual(len(found["Observation"]), 2)

    def test_an_export_in_a_bundle_is_refused_and_the_rest_stands(self):
        engine = self.engine(roster=False)
        entry = {"request": {"method": "GET", "url": "$export"}}
        status, answer, _ = engine.fhir("POST", "", bundle("batch", post(patient(1)), entry, {"request": {"method": "GET", "url": "Patient"}}))
        self.assertEqual(status, 200)
        self.assertEqual([each["response"]["status"][:3] for each in answer["entry"]], ["201", "400", "200"])
        self.assertEqual(answer["entry"][2]["resource"]["total"], 1)
        status, answer, _ = engine.fhir("POST", "", bundle("transaction", post(patient(2)), entry))
        self.assertEqual(status, 400, answer)
        self.assertEqual(engine.fhir("GET", "/Patient?_summary=count")[1]["total"], 1)
        self.assertEqual(engine.count("jobs"), 0)

    def test_others_see_nothing_of_it(self):
        engine = self.engine(roster=False)
        fill(engine, 1, 1)
        key = lambda *scopes: engine.command(  # noqa: E731
            "key", "create", "--name", "-".join(scopes).replace("/", "").replace("*", "all").replace(".", ""),
            *[word for scope in scopes for word in ("--scope", scope)]).split()[-1]
        reader, other = key("system/Observation.read"), key("read")
        where = begin(engine, key=reader)
        found, _ = manifest(engine, where, key=reader)
        self.assertEqual(set(resources(engine, found, key=reader)), {"Observation"})
        for path in (where, found["output"][0]["url"]):
            self.assertEqual(call(engine, path, key=other)[0], 404)
            self.assertEqual(call(engine, path, key="nobody")[0], 401)
        self.assertEqual(call(engine, where, "DELETE", key=other)[0], 404)
        self.assertEqual(call(engine, "/fhir/r4/$export?_type=Patient", key=reader)[0], 403)
        self.assertEqual(call(engine, "/api/export/bulk", "POST", b"", key=other)[0], 403)
        self.assertEqual(call(engine, where)[0], 200)  # of scope admin
        self.assertEqual(call(engine, where, "DELETE", key=reader)[0], 202)
        self.assertEqual(call(engine, where, key=reader)[0], 404)
        self.assertEqual(call(engine, found["output"][0]["url"], key=reader)[0], 404)
        self.assertEqual(engine.count("job_files"), 0)

    def test_files_are_sealed_and_go_with_whom_they_tell_of(self):
        engine = self.engine(roster=False)
        who = fill(engine, 1, 1)[0]
        status, begun = engine.get("/api/export/bulk", method="POST", body=b'{"types": ["Patient"]}')
        self.assertEqual(status, 202)
        until(lambda: engine.get(f"/api/export/bulk/{begun['job']}")[1]["state"] == "done")
        status, text, _ = call(engine, f"/api/export/bulk/{begun['job']}/download?file=0")
        self.assertEqual((status, json.loads(text)["id"]), (200, who))
        self.assertEqual(call(engine, f"/api/export/bulk/{begun['job']}/download")[0], 400)
        (content,) = engine.rows("select content from job_files")[0]
        self.assertNotIn("resourceType", str(content))
        second = engine.command("key", "create", "--name", "second", "--scope", "admin", "--user", "second@clinic.example").split()[-1]
        reason = json.dumps({"reason": "wish of 27 November"}).encode()
        self.assertEqual(engine.get(f"/api/patients/{who}/erase", method="POST", body=reason)[0], 202)
        self.assertEqual(engine.get(f"/api/patients/{who}/erase", method="POST", body=reason, key=second)[0], 200)
        self.assertEqual(engine.count("job_files"), 0)
        self.assertEqual(engine.get(f"/api/export/bulk/{begun['job']}")[1]["state"], "cancelled")

    @unittest.skipIf(AORTA_SANITIZED, "about what happens while it runs")
    def test_a_crash_in_the_middle_loses_nothing_and_doubles_nothing(self):
        engine = self.engine(roster=False)
        fill(engine, 2, 4000)
        where = begin(engine, "/fhir/r4/$export?_type=Observation,Patient")
        self.assertEqual(call(engine, "/fhir/r4/$export")[0], 429)
        kills = 0
        for _ in range(4):
            made = engine.count("job_files")
            until(lambda: engine.count("job_files") > made or engine.count("jobs", "state = 'done'"), 60, "a file")
            if engine.count("jobs", "state = 'done'"):
                break
            engine.process.send_signal(signal.SIGKILL)
            engine.process.wait()
            kills += 1
            # Its lease is over, as it would be after half a minute.
            engine.execute("update jobs set owned_until = '2026-01-01T00:00:00.000000Z'")
            engine.start()
        self.assertGreater(kills, 0)
        where = f"http://127.0.0.1:{engine.http}/fhir/r4/" + where.split("/fhir/r4/")[1]
        found, _ = manifest(engine, where)
        ids = []
        for each in found["output"]:
            address = f"http://127.0.0.1:{engine.http}/fhir/r4/" + each["url"].split("/fhir/r4/")[1]
            ids += [json.loads(line)["id"] for line in call(engine, address)[1].splitlines() if each["type"] == "Observation"]
        self.assertEqual((len(ids), len(set(ids))), (8000, 8000))


if __name__ == "__main__":
    unittest.main()
