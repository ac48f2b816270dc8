"""`aorta move`: the store of SQLite into PostgreSQL: repeats are repeats, FHIR reads the same, what waits goes out; refused, killed, begun again."""
import contextlib
import signal
import sqlite3
import subprocess
import unittest

from delivery_support import WithReceivers
from support import AORTA, Postgres, Sender, corpus, until

ACTIVE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]}


class Move(WithReceivers, unittest.TestCase):
    make_postgres = staticmethod(lambda: None)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = Postgres()

    @classmethod
    def tearDownClass(cls):
        cls.server.end()
        super().tearDownClass()

    def filled(self):
        self.to = self.receiver()
        engine = self.forwarding(self.to)
        self.send(engine, range(6))
        self.settled(engine, 6)
        self.assertEqual(engine.get("/api/destinations/ris/pause", None, "POST", b"")[0], 200)
        self.send(engine, range(6, 10))
        self.send(engine, [10], "777777")
        with Sender(engine.port) as sender:
            sender.ask(corpus("01"))
        made = {"resourceType": "Patient", "name": [{"family": "Μεταφερμένη\tmoved", "given": ["Anna \\N"]}], "gender": "female", "birthDate": "1990-02-03",
                "identifier": [{"value": "M-77"}]}
        self.assertEqual(engine.fhir("POST", "/Patient", made)[0], 201)
        note = {"resourceType": "AllergyIntolerance", "clinicalStatus": ACTIVE, "note": [{"text": "Nuts\nand others"}], "patient": {"reference": "Patient/1"}}
        self.assertEqual(engine.fhir("POST", "/AllergyIntolerance", note)[0], 201)
        return engine

    def url(self, database):
        return f"postgresql://aorta:aorta@127.0.0.1:{self.server.port}/{database}"

    def move(self, engine, database):
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "move", "--to", self.url(database)], env=engine.environment, cwd=engine.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode()

    def seen(self, engine):
        """What FHIR and the API show, without what changes by being asked."""
        out = {}
        for what in ("Patient", "Observation", "DiagnosticReport", "AllergyIntolerance"):
            status, page, _ = engine.fhir("GET", f"/{what}?_count=200&_sort=_id")
            self.assertEqual(status, 200, page)
            out[what] = sorted((entry["resource"] for entry in page.get("entry", [])), key=lambda each: each["id"])
            for each in out[what][:3]:
                history = engine.fhir("GET", f"/{what}/{each['id']}/_history")[1]
                out[what, each["id"]] = [entry.get("resource") for entry in history["entry"]]
        self.assertGreater(len(out["Observation"]), 9)
        for row in engine.messages():
            shown = engine.get(f"/api/messages/{row['id']}")[1]
            out[row["id"]] = {name: shown[name] for name in ("raw", "trace", "status", "patient_id", "reviews", "results")}
        return out

    def on_postgresql(self, engine, database):
        conf = engine.folder / "conf/aorta.toml"
        conf.write_text(conf.read_text().replace(engine.url, self.url(database)))
        engine.postgres, engine.database, engine.url = self.server, database, self.url(database)

    def test_all_of_it_is_there_and_goes_on(self):
        engine = self.filled()
        before = self.seen(engine)
        keys = engine.count("hl7_message_keys")
        database = self.server.new_database()
        code, said = self.move(engine, database)
        self.assertEqual(code, 1)
        self.assertIn("is open: stop the engine", said)
        self.assertEqual(engine.stop(), 0)
        code, said = self.move(engine, database)
        self.assertEqual(code, 0, said)
        self.assertRegex(said, "hl7_message_log: 12 rows, sha256 [0-9a-f]{64}")
        code, again = self.move(engine, database)  # the store was moved
        self.assertEqual(code, 1)
        self.assertIn("was moved to PostgreSQL", again)
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "serve"], env=engine.environment, cwd=engine.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"was moved to PostgreSQL", done.stdout)
        self.on_postgresql(engine, database)
        self.assertEqual(self.server.sql("select count(*) from pg_class where relrowsecurity and not relforcerowsecurity", database), "0")
        engine.start()
        self.assertEqual(self.seen(engine), before)
        self.assertEqual(engine.count("hl7_message_keys"), keys)
        results = engine.count("lab_results")
        self.send(engine, range(10))  # each is a repeat
        self.assertEqual(engine.count("hl7_message_log", "processing_status = 'duplicate'"), 10)
        self.assertEqual((engine.count("lab_results"), engine.count("lab_result_versions")), (results, 0))
        self.send(engine, [30])
        self.assertEqual(engine.count("hl7_message_log", "message_control_id = 'M-30' and processing_status = 'processed'"), 1)
        made = {"resourceType": "Patient", "name": [{"family": "New", "given": ["Petros"]}], "gender": "male", "birthDate": "1991-02-03"}
        self.assertEqual(engine.fhir("POST", "/Patient", made)[0], 201)  # under a number that none had
        self.assertEqual(engine.get("/api/destinations/ris/resume", None, "POST", b"")[0], 200)
        until(lambda: self.states(engine).get("waiting", 0) + self.states(engine).get("inflight", 0) == 0, 60, "what waited")
        self.assertEqual(set(self.states(engine)), {"sent"})

    def test_killed_in_its_middle_it_begins_again(self):
        engine = self.filled()
        self.assertEqual(engine.stop(), 0)
        with contextlib.closing(sqlite3.connect(engine.folder / "aorta.db")) as db:  # so that there is a middle
            db.execute("with recursive s (n) as (select 1 union all select n + 1 from s where n < 30000) insert into hl7_message_keys (key, message_id, received_at)"
                       " select randomblob(16), '01900000-0000-7000-8000-000000000000', '2026-11-20T08:00:00.000000Z' from s")
            db.commit()
        database = self.server.new_database()
        killed = 0
        for n in range(4):
            running = subprocess.Popen([AORTA, "-c", str(engine.folder / "conf"), "move", "--to", self.url(database)], env=engine.environment,
                                       cwd=engine.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            line = b"first"
            for _ in range(1 + 4 * n):  # after so many tables
                line = running.stdout.readline()
            running.send_signal(signal.SIGKILL)
            running.communicate()
            self.assertEqual(running.returncode, -signal.SIGKILL, line)
            killed += 1
            until(lambda: self.server.sql(f"select count(*) from pg_stat_activity where datname = '{database}' and usename = 'aorta'", "postgres") == "0", 60,
                  "the server's notice of it")
            self.assertEqual(self.server.sql("select count(*) from hl7_message_log", database), "0")
        self.assertEqual(killed, 4)
        code, said = self.move(engine, database)
        self.assertEqual(code, 0, said)
        self.assertEqual(self.server.sql("select count(*) from hl7_message_log", database), "12")
        self.on_postgresql(engine, database)
        engine.start()
        self.send(engine, [3])
        self.assertEqual(engine.count("hl7_message_log", "processing_status = 'duplicate'"), 1)

    def test_a_database_that_holds_anything_is_refused(self):
        engine = self.filled()
        self.assertEqual(engine.stop(), 0)
        database = self.server.new_database()
        environment = {**engine.environment, "AORTA_STORE_URL": self.url(database)}
        subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
        self.server.sql("insert into clinics (name, code) values ('Other', 'OTHER')", database)
        code, said = self.move(engine, database)
        self.assertEqual(code, 1)
        self.assertIn("the database is not empty: clinics has rows", said)
        self.server.sql("delete from clinics", database)
        self.assertEqual(self.move(engine, database)[0], 0)


if __name__ == "__main__":
    unittest.main()
