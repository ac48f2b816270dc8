"""What others do to the store under a running engine: locks, cancelled look-ups, changed tables, lost rights, a file that is deleted. Nothing needs a restart."""
import re
import subprocess
import time
import unittest

from support import AORTA, Postgres, Sender, WithStore, ack_code, corpus, until


def message(number):
    return corpus("02").replace(b"BIO-1002", b"ST-%d" % number).replace(b"F-9002", b"F-ST-%d" % number)


class OnPostgresql(WithStore, unittest.TestCase):
    make_postgres = Postgres

    def lock(self, engine, table):
        """Holds the table until it is ended."""
        held = subprocess.Popen([self.postgres.bin / "psql", "-h", "127.0.0.1", "-p", str(self.postgres.port), "-U", "postgres", "-d", engine.database, "-Xqc",
                                 f"begin; lock table {table} in access exclusive mode; select pg_sleep(600)"], stderr=subprocess.DEVNULL)
        self.addCleanup(held.kill)
        until(lambda: self.postgres.sql("select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted and relation = '" + table + "'::regclass",
                                        engine.database) == "1", what="the lock")
        return held

    def waiting(self, engine):
        return int(self.postgres.sql("select count(*) from pg_stat_activity where usename = 'aorta' and wait_event_type = 'Lock'", engine.database))

    def test_a_cancelled_look_up_costs_no_lane(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(message(1))), "AA")
            held = self.lock(engine, "patients")
            sender.write(message(2))
            until(lambda: self.waiting(engine) > 0, what="a look-up that waits")
            self.postgres.sql("select pg_cancel_backend(pid) from pg_stat_activity where usename = 'aorta' and wait_event_type = 'Lock'", engine.database)
            until(lambda: "store-away" in engine.log(), what="the log's word")
            self.postgres.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres' and query like '%pg_sleep%' and pid <> pg_backend_pid()", engine.database)
            held.wait()
            self.assertIn(ack_code(sender.read()), ("AA", "AE"))  # AE when the deadline came first
            self.assertEqual(ack_code(sender.ask(message(3))), "AA")
        until(lambda: engine.count("lab_results", "filler_order_number in ('F-ST-1', 'F-ST-2', 'F-ST-3')") >= 3, what="all three results")
        until(lambda: engine.get("/ready", key="")[0] == 200, what="ready")
        self.assertNotIn("25P02", engine.log())

    def test_the_clinics_own_system_changes_its_tables(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(message(1))), "AA")
            self.assertEqual(engine.fhir("GET", "/Patient?_count=1")[0], 200)
            self.postgres.sql("alter table patients alter mrn type varchar(90); alter table lab_results alter unit type varchar(90)", engine.database)
            for number in range(2, 6):
                self.assertEqual(ack_code(sender.ask(message(number))), "AA")
            for _ in range(4):
                self.assertEqual(engine.fhir("GET", "/Patient?_count=1")[0], 200)
                self.assertEqual(engine.fhir("GET", "/Observation?_count=1")[0], 200)

    def test_a_message_reads_rows_of_its_own_patient_and_no_whole_clinic(self):
        """Plans are made while the tables are new and stay: none may go along all rows of a clinic."""
        self.postgres.sql("alter role aorta set session_preload_libraries = 'auto_explain'", "postgres")
        self.addCleanup(self.postgres.sql, "alter role aorta reset all", "postgres")
        self.postgres.sql("alter role aorta set auto_explain.log_min_duration = 0", "postgres")
        engine = self.engine()
        written = (self.postgres.folder / "log").stat().st_size  # a start does read whole clinics
        with Sender(engine.port) as sender:
            for number in range(1, 4):
                self.assertEqual(ack_code(sender.ask(message(number))), "AA")
        for row in engine.rows("select id from hl7_message_log"):
            self.assertEqual(engine.get(f"/api/messages/{row[0]}/reprocess", method="POST", body=b"")[0], 200)
        patient = engine.rows("select patient_id from lab_results where patient_id is not null")[0][0]
        for path in (f"/Observation?code=2160-0&patient={patient}", f"/Patient/{patient}/$everything", "/Patient?name=Papadopoulou",
                     f"/DiagnosticReport?patient={patient}", f"/ServiceRequest?patient={patient}"):
            self.assertEqual(engine.fhir("GET", path)[0], 200, path)
        problem = {"resourceType": "Condition", "subject": {"reference": f"Patient/{patient}"},
                   "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
                   "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}]}}
        self.assertEqual(engine.fhir("POST", "/Condition", problem)[0], 201)
        with open(self.postgres.folder / "log", errors="replace") as file:
            file.seek(written)
            log = file.read()
        self.assertIn("JOIN patient_blind_index", log)
        alone = r"(?:Scan using|Scan on) (\w+)[^\n]*\n[^\n]*Index Cond: \((?:\w+\.)?clinic_id = \S+\)\n"
        # What timers look at: a handful of rows that persons made, and what is due and not given out yet.
        small = {"destination_stop_pkey", "webhook_configs_clinic", "event_outbox_due", "critical_alert_due", "critical_notice_open", "delivery_open",
                 "delivery_parked", "lease_pkey", "route_stop_pkey", "fhir_resources_unindexed"}
        self.assertEqual(set(re.findall(alone, log)) - small, set())

    def test_a_role_without_rights_is_told_by_check_ready_and_the_log(self):
        engine = self.engine()
        self.assertIn("ok", engine.command("check", "--online"))
        self.postgres.sql("revoke insert on lab_results from aorta", engine.database)
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "check", "--online"], env=engine.environment, stdout=subprocess.PIPE, cwd=engine.folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("GRANT INSERT ON lab_results TO aorta", done.stdout.decode())
        with Sender(engine.port) as sender:
            for number in range(3):
                self.assertEqual(ack_code(sender.ask(message(number))), "AE")
            status, ready = engine.get("/ready", key="")
            self.assertEqual(status, 503)
            self.assertIn("permission denied for table lab_results", str(ready))
            self.postgres.sql("grant insert on lab_results to aorta", engine.database)
            self.assertEqual(ack_code(sender.ask(message(7))), "AA")
        until(lambda: engine.get("/ready", key="")[0] == 200, 90, "ready")  # a look at the rights that fell into that time is made anew within a minute
        self.assertEqual(engine.stop(), 0)
        self.postgres.sql("revoke insert on hl7_message_log from aorta", engine.database)
        engine.start()
        until(lambda: engine.get("/ready", key="")[0] == 503, what="unready from its start")
        self.assertIn("GRANT INSERT ON hl7_message_log TO aorta", str(engine.get("/ready", key="")[1]))


class OnSqlite(WithStore, unittest.TestCase):
    make_postgres = staticmethod(lambda: None)

    def test_a_file_that_is_deleted_is_not_acknowledged_into(self):
        engine = self.engine()
        with Sender(engine.port, timeout=60) as sender:
            self.assertEqual(ack_code(sender.ask(message(1))), "AA")
            path = engine.folder / "aorta.db"
            path.rename(engine.folder / "aside.db")
            began = time.monotonic()
            self.assertEqual(ack_code(sender.ask(message(2))), "AE")
            self.assertLess(time.monotonic() - began, 50)
            status, ready = engine.get("/ready", key="")
            self.assertEqual(status, 503)
            self.assertIn("was deleted or replaced", str(ready))
            (engine.folder / "aside.db").rename(path)
            self.assertEqual(ack_code(sender.ask(message(3))), "AA")
        until(lambda: engine.get("/ready", key="")[0] == 200, what="ready")
        until(lambda: engine.count("lab_results", "filler_order_number = 'F-ST-2'") > 0, what="the message of the meantime")


if __name__ == "__main__":
    unittest.main(verbosity=1)
