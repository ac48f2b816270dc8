"""Keys for personal data: several read, the first one makes; rotate-keys under traffic, killed in its middle; without the old key all is read, on both databases."""
import base64
import hashlib
import hmac
import subprocess
import unittest

from delivery_support import WithReceivers
from power_test import Load
from support import AORTA, PII_KEY, Sender, corpus, on_both, segment, until

PEOPLE = 450
NEW_KEY = base64.urlsafe_b64encode(b"another key of the tests 0000001").decode()

def made_with(key, token):
    """Whether this key signed a Fernet token."""
    whole = base64.urlsafe_b64decode(token)
    return hmac.compare_digest(hmac.new(base64.urlsafe_b64decode(key)[:16], whole[:-32], hashlib.sha256).digest(), whole[-32:])


ACTIVE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]}


@on_both
class Rotate(WithReceivers):
    def cells(self, engine):
        """Each sealed value of the store, by table and column: read past the engine, whatever the program knows of its tables."""
        if self.postgres:
            columns = engine.rows("select c.table_name, c.column_name from information_schema.columns c join pg_class t on t.oid = to_regclass(c.table_name)"
                                  " where c.table_schema = 'public' and c.data_type in ('text', 'character varying', 'json', 'jsonb')"
                                  " and t.relkind in ('r', 'p') and not t.relispartition")
        else:
            columns = engine.rows("select t.name, c.name from sqlite_master t join pragma_table_info(t.name) c where t.type = 'table'")
        out = {}
        for table, column in columns:
            like = f'cast("{column}" as text)'
            found = [value for (value,) in engine.rows(f"select {like} from {table} where {like} like '%gAAAA%'")]
            if found:
                out[table, column] = found
        return out

    def keys(self, engine, *keys):
        engine.environment["AORTA_PII_KEY"] = "\n".join(keys)

    def rotate(self, engine):
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "rotate-keys"], env=engine.environment, cwd=engine.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode()

    def filled(self):
        """People, messages, deliveries that wait, a resource, a webhook, a review with claims, an audit with criteria, an export, a backup's worth of it."""
        self.to = self.receiver()
        engine = self.forwarding(self.to)
        people = engine.folder / "people.csv"  # more than a page
        people.write_text("mrn,first_name,last_name,birth_date,gender,cyprus_id\n" + "".join(
            f"P-{n},Anna,Test{n},19{50 + n % 50}-05-1{n % 10},female,{710000 + n * 7}\n" for n in range(PEOPLE)))
        engine.command("patients", "load", str(people))
        self.send(engine, range(4))
        self.settled(engine, 4)
        self.assertEqual(engine.get("/api/destinations/ris/pause", None, "POST", b"")[0], 200)
        self.send(engine, range(4, 8))
        self.send(engine, [8], "777777")
        with Sender(engine.port) as sender:
            sender.ask(corpus("01"))
        made = {"resourceType": "Patient", "name": [{"family": "Rotated", "given": ["Anna"]}], "gender": "female", "birthDate": "1990-02-03",
                "identifier": [{"value": "M-77"}]}
        status, self.patient, _ = engine.fhir("POST", "/Patient", made)
        self.assertEqual(status, 201, self.patient)
        status, self.allergy, _ = engine.fhir("POST", "/AllergyIntolerance", {"resourceType": "AllergyIntolerance", "clinicalStatus": ACTIVE, "note": [{"text": "Nuts"}],
                                              "patient": {"reference": f"Patient/{self.patient['id']}"}})
        self.assertEqual(status, 201, self.allergy)
        self.found(engine)
        status, said = engine.get("/api/export/bulk", None, "POST", b"{}")
        self.job = said.get("id") if status in (200, 202) else None
        if self.job:
            until(lambda: engine.get(f"/api/export/bulk/{self.job}")[1].get("state") != "running", 60, "the export")
        return engine

    def found(self, engine):
        status, page, _ = engine.fhir("GET", "/Patient?family=Rotated&given=Anna")
        self.assertEqual((status, [each["resource"]["id"] for each in page["entry"]]), (200, [self.patient["id"]]))

    def test_rotated_under_traffic_and_killed_and_read_without_the_old_key(self):
        engine = self.filled()
        before = {row["id"]: engine.get(f"/api/messages/{row['id']}")[1]["raw"] for row in engine.messages()}
        self.assertTrue(all(made_with(PII_KEY, value) for values in self.cells(engine).values() for value in values))
        sealed = set(self.cells(engine))
        self.assertLessEqual({("hl7_message_log", "raw_message"), ("hl7_message_log", "trace"), ("patient_pii", "last_name_encrypted"), ("review_queue", "claims"),
                              ("fhir_resources", "content"), ("security_audit", "criteria"), ("config_texts", "content")}, sealed)
        self.assertEqual(engine.stop(), 0)
        self.keys(engine, NEW_KEY, PII_KEY)
        engine.start()
        self.found(engine)
        loads = [Load(n, lambda: engine.port) for n in range(2)]
        for load in loads:
            load.start()
        until(lambda: all(len(load.accepted) > 3 for load in loads), 60, "traffic")
        # The proof of the old key holds it until everything is done.
        self.keys(engine, NEW_KEY)
        code, said = self.rotate(engine)
        self.assertEqual(code, 1)
        self.assertIn("are still under the key", said)
        self.keys(engine, NEW_KEY, PII_KEY)
        killed = 0
        for pause in (0.05, 0.3, 0.8):
            running = subprocess.Popen([AORTA, "-c", str(engine.folder / "conf"), "rotate-keys"], env=engine.environment, cwd=engine.folder,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            try:
                running.communicate(timeout=pause)
            except subprocess.TimeoutExpired:
                running.kill()
                running.communicate()
                killed += 1
        self.assertTrue(killed)
        engine.kill()
        engine.start()
        for _ in range(10):
            code, said = self.rotate(engine)
            if code == 0:
                break
        self.assertEqual(code, 0, said)
        self.assertIn("ok: nothing is under another key", said)
        for load in loads:
            load.stop_asked.set()
        for load in loads:
            load.join(60)
            self.assertIsNone(load.fault)
        self.assertEqual(engine.stop(), 0)
        self.keys(engine, NEW_KEY)
        engine.start()
        for place, values in self.cells(engine).items():
            for value in values:
                self.assertTrue(made_with(NEW_KEY, value), place)
        self.assertLessEqual(sealed, set(self.cells(engine)))
        for message, raw in before.items():
            self.assertEqual(engine.get(f"/api/messages/{message}")[1]["raw"], raw)
        self.found(engine)
        self.assertEqual(engine.fhir("GET", f"/AllergyIntolerance/{self.allergy['id']}")[1]["note"], [{"text": "Nuts"}])
        there = {order: int(n) for order, n in engine.rows("select filler_order_number, count(*) from lab_results group by filler_order_number")}
        self.assertLessEqual({c for load in loads for c in load.accepted}, set(there))
        results = engine.count("lab_results")
        self.send(engine, [2])  # a repeat is one, and a new message finds its patient by its keys
        self.assertEqual(engine.count("lab_results"), results)
        self.send(engine, [50])
        self.assertEqual(engine.count("hl7_message_log", "message_control_id = 'M-50' and processing_status = 'processed'"), 1)
        self.assertEqual(engine.get("/api/destinations/ris/resume", None, "POST", b"")[0], 200)
        until(lambda: set(range(9)) - {8} <= set(self.numbers_of_ours()), 60, "what waited")
        self.assertEqual(self.rotate(engine)[0], 0)  # nothing to do is done
        self.assertEqual(engine.stop(), 0)
        self.keys(engine, PII_KEY)
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "migrate"], env=engine.environment, cwd=engine.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"made with another key", done.stdout)

    def numbers_of_ours(self):
        out = []
        with self.to.lock:
            for _, message in self.to.got:
                order = segment(message, b"OBR")[3].decode()
                if order.startswith("F-"):
                    out.append(int(order[2:]))
        return out

    def test_the_old_key_stays_while_an_engine_makes_values_with_it(self):
        engine = self.forwarding(self.receiver())
        self.send(engine, range(2))
        self.keys(engine, NEW_KEY, PII_KEY)  # of what is run now; the engine has the old one
        until(lambda: engine.count("engine_nodes", "key_id is not null") == 1, 30, "the engine's word")
        code, said = self.rotate(engine)
        self.assertEqual(code, 1)
        self.assertIn("makes values with another key", said)
        self.assertEqual(engine.count("aorta_meta", "key like 'pii-key-%'"), 1)
        self.assertEqual(engine.stop(), 0)
        engine.start()
        self.assertEqual(self.rotate(engine)[0], 0)
        self.assertEqual(engine.count("aorta_meta", "key like 'pii-key-%'"), 0)

    def test_rows_of_no_clinic_are_reached_by_a_role_that_sees_them(self):
        engine = self.forwarding(self.receiver())
        self.send(engine, range(2))
        self.assertEqual(engine.stop(), 0)
        engine.execute("insert into security_audit (id, at, actor, fault) select '00000000-0000-7000-8000-000000000001', '2026-11-20T08:00:00Z', 'nobody', trace"
                       " from hl7_message_log limit 1")
        self.keys(engine, NEW_KEY, PII_KEY)
        if self.postgres:
            engine.environment["AORTA_STORE_URL"] = f"postgresql://postgres@127.0.0.1:{self.postgres.port}/{engine.database}"
        code, said = self.rotate(engine)
        self.assertEqual(code, 0, said)
        [(sealed,)] = engine.rows("select fault from security_audit where actor = 'nobody'")
        self.assertTrue(made_with(NEW_KEY, sealed))

    def test_a_backup_is_opened_by_any_of_the_keys(self):
        if self.postgres:
            self.skipTest("PostgreSQL's own tools back it up")
        engine = self.forwarding(self.receiver())
        self.send(engine, range(2))
        said = engine.command("backup", "old")
        self.assertRegex(said, "the key that opens it, [0-9a-f]{8}, is not in it")
        self.assertEqual(engine.stop(), 0)
        for file in engine.folder.glob("aorta.db*"):
            file.unlink()
        self.keys(engine, NEW_KEY, PII_KEY)
        engine.command("restore", "old")
        engine.start()
        self.send(engine, range(4))
        self.assertEqual(self.rotate(engine)[0], 0)


if __name__ == "__main__":
    unittest.main()
