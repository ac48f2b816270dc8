"""Power cuts, races and databases that go away at the FHIR endpoint: what was answered is whole, nothing is half, nothing is there twice."""
import http.client
import json
import os
import random
import signal
import threading
import unittest
import uuid

from support import Postgres, Sender, WithStore, ack_code, on_both, until
from fhir_support import CYPRUS_ID, bundle, ids, observation, patient, post
from power_test import message

KILLS = int(os.environ.get("AORTA_KILLS", "10"))
RESULTS = 5
NAMES = "urn:test:results"


def name_of(load, n):
    return 20_000_000 + load * 100_000 + n


def with_results(number, once):
    """One patient and 5 laboratory results, each under a name of its own. `once`: nothing is made that is there already."""
    who = f"urn:uuid:{uuid.UUID(int=number)}"
    entries = [post(patient(number), who, **({"ifNoneExist": f"identifier={CYPRUS_ID}|{number}"} if once else {}))]
    for i in range(RESULTS):
        name = f"{number}-{i}"
        result = observation(who, f"4.{i}", identifier=[{"system": NAMES, "value": name}])
        entries.append(post(result, **({"ifNoneExist": f"identifier={NAMES}|{name}"} if once else {})))
    return bundle("transaction", *entries)


class Load(threading.Thread):
    """One connection with one transaction in flight; what had no answer is sent again. Records every answer."""

    def __init__(self, number, engine):
        super().__init__(daemon=True)
        self.number, self.engine = number, engine
        self.done, self.refused = [], []
        self.stop_asked = threading.Event()
        self.link = self.fault = None

    def run(self):
        try:
            n = 0
            while not self.stop_asked.is_set():
                self.file(name_of(self.number, n))
                n += 1
        except Exception as fault:  # told by the test's own thread
            self.fault = fault
        finally:
            self.leave()

    def leave(self):
        if self.link:
            self.link.close()
        self.link = None

    def file(self, number):
        once = False
        while True:
            status, answer = self.ask(with_results(number, once))
            if status == 200:
                assert len(answer["entry"]) == 1 + RESULTS, answer
                self.done.append(number)
                return
            if status is not None:
                assert status == 503, (status, answer)
                self.refused.append(status)
            once = True  # nobody knows how far it came
            threading.Event().wait(0.05)

    def ask(self, what):
        try:
            if self.link is None:
                self.link = http.client.HTTPConnection("127.0.0.1", self.engine.http, timeout=70)
            self.link.request("POST", "/fhir/r4", json.dumps(what), {"Authorization": f"Bearer {self.engine.key}", "Content-Type": "application/fhir+json"})
            answer = self.link.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            self.leave()
            return None, None


def together(*works):
    """Runs all at once; their results in order."""
    out = [None] * len(works)
    gate = threading.Barrier(len(works))

    def run(i):
        gate.wait()
        out[i] = works[i]()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(works))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return out


class UnderLoad(WithStore):
    def start_loads(self, engine, count=4):
        self.loads = [Load(n, engine) for n in range(count)]
        for load in self.loads:
            load.start()

    def filed(self):
        return sum(len(load.done) for load in self.loads)

    def end_loads(self):
        for load in self.loads:
            load.stop_asked.set()
        for load in self.loads:
            load.join(120)
            self.assertFalse(load.is_alive())
            self.assertIsNone(load.fault)

    def check_each_is_whole_and_there_once(self, engine):
        numbers = [number for load in self.loads for number in load.done]
        self.assertEqual(engine.count("patients", f"patient_id in (select patient_id from fhir_resources where type = 'Patient')"), len(numbers))
        self.assertEqual(engine.count("lab_results"), len(numbers) * RESULTS)
        per_patient = dict(engine.rows("select patient_id, count(*) from lab_results group by patient_id"))
        self.assertEqual((len(per_patient), set(per_patient.values())), (len(numbers), {str(RESULTS)}))
        self.assertEqual(engine.count("fhir_resources"), len(numbers) * (1 + RESULTS))
        self.assertEqual(engine.count("fhir_resource_versions"), len(numbers) * (1 + RESULTS))
        for number in random.Random(5).sample(numbers, min(20, len(numbers))):
            self.assertEqual(len(ids(engine.fhir("GET", f"/Patient?identifier={CYPRUS_ID}|{number}")[1])), 1)
            self.assertEqual(len(ids(engine.fhir("GET", f"/Observation?identifier={NAMES}|{number}-0")[1])), 1)


@on_both
class PowerCuts(UnderLoad):
    def test_kill_9_under_load_leaves_transactions_whole_and_once(self):
        engine = self.engine(roster=False)
        self.start_loads(engine)
        chance = random.Random(17)
        for _ in range(KILLS):
            before = self.filed()
            until(lambda: self.filed() > before + 8, 60, "progress between kills")
            threading.Event().wait(chance.uniform(0, 0.25))
            engine.kill()
            engine.start()
        self.end_loads()
        self.assertGreater(self.filed(), KILLS * 8)
        self.check_each_is_whole_and_there_once(engine)

    def test_an_orderly_stop_answers_or_files_nothing(self):
        engine = self.engine(roster=False)
        self.start_loads(engine)
        for _ in range(3):
            before = self.filed()
            until(lambda: self.filed() > before + 20, 60, "progress")
            self.assertEqual(engine.stop(), 0)
            engine.start()
        self.end_loads()
        self.check_each_is_whole_and_there_once(engine)


@on_both
class Races(WithStore):
    def patients(self, engine, count, start=21_000_000):
        return [engine.fhir("POST", "/Patient", patient(start + n))[1]["id"] for n in range(count)]

    def test_of_many_conditional_creates_one_makes_the_resource(self):
        engine = self.engine(roster=False)
        made = together(*[lambda: engine.fhir("POST", "/Patient", patient(21_100_000), If_None_Exist=f"identifier={CYPRUS_ID}|21100000") for _ in range(16)])
        self.assertEqual(sorted(status for status, _, _ in made), [200] * 15 + [201])
        self.assertEqual(engine.count("patients"), 1)
        subject = "Patient/" + made[0][1]["id"]
        result = observation(subject, identifier=[{"system": NAMES, "value": "once"}])
        updates = together(*[lambda: engine.fhir("PUT", f"/Observation?identifier={NAMES}|once", result)[0] for _ in range(16)])
        self.assertEqual(sorted(updates), [200] * 15 + [201])
        self.assertEqual(engine.count("lab_results"), 1)

    def test_of_many_updates_of_one_version_one_wins(self):
        engine = self.engine(roster=False)
        _, now, headers = engine.fhir("POST", "/Patient", patient(21_200_000))

        def update(n):
            return engine.fhir("PUT", f"/Patient/{now['id']}", {**now, "maritalStatus": {"text": str(n)}}, If_Match=headers["etag"])[0]

        self.assertEqual(sorted(together(*[lambda n=n: update(n) for n in range(16)])), [200] + [412] * 15)

    def test_bundles_that_meet_crosswise_are_all_filed(self):
        engine = self.engine(roster=False)
        people = self.patients(engine, 5)

        def file(kind, order):
            return [engine.fhir("POST", "", bundle(kind, *[post(observation(f"Patient/{each}", f"4.{n}")) for each in order]), X_Judge="no")[0] for n in range(6)]

        for kind in ("transaction", "batch"):
            answers = together(*[lambda n=n: file(kind, people if n % 2 else people[::-1]) for n in range(6)])
            self.assertEqual({status for each in answers for status in each}, {200}, kind)
        self.assertEqual(engine.count("lab_results"), 2 * 6 * 6 * 5)

    def test_one_import_sent_by_many_is_filed_once(self):
        engine = self.engine(roster=False)
        who = f"urn:uuid:{uuid.uuid4()}"
        entries = [{"fullUrl": who, "resource": patient(21_300_000)}]
        entries += [{"fullUrl": f"urn:uuid:{uuid.uuid4()}", "resource": json.loads(observation(who, f"4.{n}"))} for n in range(10)]
        answers = together(*[lambda: engine.fhir("POST", "/Bundle", bundle("collection", *entries), X_Judge="no") for _ in range(8)])
        self.assertEqual({status for status, _, _ in answers}, {200})
        repeats = [json.dumps(answer).count('"duplicate"') for _, answer, _ in answers]  # the first answer again, and that it is one
        self.assertEqual(sorted(repeats), [0] + [11] * 7)
        self.assertEqual(len({tuple(entry["response"].get("location") for entry in answer["entry"]) for _, answer, _ in answers}), 1)
        self.assertEqual((engine.count("patients"), engine.count("lab_results")), (1, 10))

    def test_messages_and_resources_about_one_patient_stand_beside_each_other(self):
        engine = self.engine()
        subject = ids(engine.fhir("GET", f"/Patient?identifier={CYPRUS_ID}|812345")[1])[0]

        def send(n):
            with Sender(engine.port) as sender:
                return [ack_code(sender.ask(message(f"R{n}-{i}", 0))) for i in range(5)]

        def file():
            return [engine.fhir("POST", "/Observation", observation(f"Patient/{subject}"), X_Judge="no")[0] for _ in range(10)]

        answers = together(*[lambda n=n: send(n) for n in range(3)], *[file for _ in range(3)])
        self.assertEqual({code for each in answers[:3] for code in each}, {"AA"})
        self.assertEqual({status for each in answers[3:] for status in each}, {201})

    def test_a_stage_of_the_import_that_dies_is_answered_and_the_route_goes_on(self):
        for stage in ("parse-bundle", "persist", "answer"):
            with self.subTest(stage=stage):
                engine = self.engine(roster=False, environment={"AORTA_TEST_THROW": f"{stage}:POISON"})

                def send(name, number):
                    what = bundle("collection", {"fullUrl": f"urn:uuid:{uuid.uuid4()}", "resource": patient(number, name=[{"family": name}])})
                    return engine.fhir("POST", "/Bundle", {**what, "identifier": {"system": NAMES, "value": name}})[0]

                self.assertEqual([send("BEFORE", 21_400_001), send("POISON", 21_400_002), send("AFTER", 21_400_003)], [200, 500, 200])
                self.assertEqual(engine.stop(), 0)

    def test_an_import_whose_every_entry_is_refused_ends_soon(self):
        engine = self.engine(roster=False)
        whose = "http://other.example/fhir/Patient/1"

        def vital(n, code, unit, age):
            what = json.loads(observation(whose, 37, code=code, meta={"lastUpdated": age}))
            what["category"][0]["coding"][0]["code"] = "vital-signs"
            what["valueQuantity"].update(unit=unit, code=unit)
            return {"fullUrl": f"http://other.example/fhir/Observation/{n}", "resource": what}

        for code, unit, age, expected in (("8867-4", "/min", "2026-01-01T00:00:00Z", "201"), ("8310-5", "Cel", "2026-02-01T00:00:00Z", "422")):
            entries = [{"fullUrl": whose, "resource": patient(21_500_000)}] + [vital(n, code, unit, age) for n in range(1000)]
            status, answer, _ = engine.fhir("POST", "/Bundle", bundle("collection", *entries), X_Judge="no")
            self.assertEqual(status, 200, answer)
            self.assertEqual({each["response"]["status"][:3] for each in answer["entry"][1:]}, {expected})

    def test_a_question_that_the_database_cannot_answer_harms_nobody_else(self):
        engine = self.engine(roster=False)
        (known,) = self.patients(engine, 1)
        strange = "/Observation?date=0001-01-01T00:00:00%2B14:00"
        answers = together(*[lambda n=n: [engine.fhir("GET", strange if n % 2 else f"/Patient/{known}", X_Judge="no")[0] for _ in range(20)] for n in range(12)])
        self.assertEqual({status for each in answers for status in each}, {200})


@on_both
class Access(WithStore):
    def key(self, engine, name, *scopes, **more):
        args = [word for scope in scopes for word in ("--scope", scope)] + [word for option, value in more.items() for word in (f"--{option}", value)]
        return engine.command("key", "create", "--name", name, "--clinic", "MAIN", *args).split()[-1]

    def test_who_may_not_read_learns_nothing_by_conditions(self):
        engine = self.engine(roster=False)
        engine.fhir("POST", "/Patient", patient(21_600_000))
        writer = self.key(engine, "writer", "system/Patient.write")
        for answer in (engine.fhir("POST", "/Patient", patient(21_600_000), key=writer, If_None_Exist="identifier=21600000"),
                       engine.fhir("PUT", "/Patient?identifier=21600000", patient(21_600_000), key=writer),
                       engine.fhir("POST", "", bundle("transaction", post(patient(21_600_000), ifNoneExist="family=x")), key=writer)):
            self.assertEqual((answer[0], answer[1]["issue"][0]["code"]), (403, "forbidden"))

    def test_a_patient_key_does_not_see_a_result_as_it_was_another_patients(self):
        engine = self.engine(roster=False)
        mine, other = (engine.fhir("POST", "/Patient", patient(21_700_000 + n))[1]["id"] for n in range(2))
        result = engine.fhir("POST", "/Observation", observation(f"Patient/{other}", note=[{"text": "of the other"}]))[1]
        self.assertEqual(engine.fhir("PUT", f"/Observation/{result['id']}", {**result, "subject": {"reference": f"Patient/{mine}"}, "note": [{"text": "mine"}]})[0], 200)
        bound = self.key(engine, "bound", "patient/*.*", patient=mine)
        self.assertEqual(engine.fhir("GET", f"/Observation/{result['id']}/_history/1", key=bound)[0], 404)
        self.assertEqual(len(engine.fhir("GET", f"/Observation/{result['id']}/_history", key=bound)[1]["entry"]), 1)

    def test_a_patient_key_claims_no_numbers_and_asks_for_no_people(self):
        engine = self.engine(roster=False)
        mine = engine.fhir("POST", "/Patient", patient(21_800_000))[1]
        engine.fhir("POST", "/Patient", patient(21_800_001, name=[{"family": "Other"}], birthDate="1950-01-01"))
        bound = self.key(engine, "bound", "patient/*.*", patient=mine["id"])
        for number in (21_800_001, 21_800_002):  # known and unknown alike
            changed = {**mine, "identifier": [{"system": CYPRUS_ID, "value": str(number)}]}
            self.assertEqual(engine.fhir("PUT", f"/Patient/{mine['id']}", changed, key=bound)[0], 403)
            stranger = bundle("collection", {"fullUrl": f"urn:uuid:{uuid.uuid4()}", "resource": patient(number, name=[{"family": "Other"}], birthDate="1950-01-01")})
            status, answer, _ = engine.fhir("POST", "/Bundle", stranger, key=self.key(engine, f"import{number}", "patient/*.*", "write", patient=mine["id"]))
            self.assertEqual((status, answer["entry"][0]["response"]["outcome"]["issue"][0]["code"]), (200, "forbidden"))
        self.assertEqual(engine.count("review_queue"), 0)
        self.assertEqual(engine.fhir("PUT", f"/Patient/{mine['id']}", {**mine, "maritalStatus": {"text": "x"}}, key=bound)[0], 200)


class PostgresAway(UnderLoad, unittest.TestCase):
    make_postgres = Postgres

    def test_service_resumes_by_itself_when_postgresql_comes_back(self):
        engine = self.engine(roster=False)
        self.start_loads(engine)
        until(lambda: self.filed() > 40, 60, "progress")
        for how in (signal.SIGINT, signal.SIGQUIT):
            engine.postgres.stop(how)
            until(lambda: all(load.refused for load in self.loads), 30, "503 for every sender")
            self.assertEqual(engine.fhir("GET", "/Patient?_count=1")[0], 503)
            engine.postgres.start()
            before = self.filed()
            until(lambda: self.filed() > before + 40, 60, "service again")
            for load in self.loads:
                load.refused.clear()
        self.end_loads()
        self.check_each_is_whole_and_there_once(engine)


if __name__ == "__main__":
    unittest.main(verbosity=1)
