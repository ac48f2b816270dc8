"""The command line, HTTP's keys and lists, reload, and what a start refuses."""
import json
import os
import pathlib
import signal
import subprocess
import unittest

from support import AORTA, CYPRUS, Engine, Sender, WithStore, ack_code, corpus, on_both, until


@on_both
class Commands(WithStore):
    def test_try_tells_the_whole_way_and_stores_nothing(self):
        engine = self.engine()
        told = json.loads(engine.command("try", "--json", str(CYPRUS / "01-final-panel.hl7")))
        self.assertEqual((told["route"], told["profile"], told["status"], told["ack_code"]), ("lab-results", "BIO", "processed", "AA"))
        self.assertEqual((told["patient"]["decision"], told["patient"]["rule"]), ("same", "cyprus-id"))
        self.assertEqual([r["test_code"] for r in told["results"]], ["CREAT", "CHOL_T", "HDL", "TG", "K"])
        self.assertIn("MSA|AA|BIO-1001", told["ack"])
        text = engine.command("try", str(CYPRUS / "01-final-panel.hl7"))
        self.assertIn("umol/L -> mg/dL x 0.0113118 (2160-0)", text)
        refused = engine.command("try", "--json", str(CYPRUS / "14-no-pid.hl7"), check=False)
        self.assertEqual(json.loads(refused)["error"]["where"], "PID")
        self.assertEqual((engine.count("hl7_message_log"), engine.count("lab_results")), (0, 0))

    def test_send_prints_each_ack_and_its_exit_code_tells(self):
        engine = self.engine()
        target = f"127.0.0.1:{engine.port}"
        self.assertIn("MSA|AA|BIO-1002", engine.command("send", target, str(CYPRUS / "02-critical-potassium.hl7")))
        self.assertIn("MSA|AR|BIO-1015", engine.command("send", target, str(CYPRUS / "15-unrouted-type.hl7"), check=False))
        with self.assertRaises(AssertionError):
            engine.command("send", target, str(CYPRUS / "15-unrouted-type.hl7"))
        figures = json.loads(engine.command("send", target, str(CYPRUS / "02-critical-potassium.hl7"), "--repeat", "50", "--connections", "5",
                                            "--renumber", "--json"))
        self.assertEqual((figures["sent"], figures["accepted"]), (50, 50))
        self.assertEqual(len(engine.messages("&status=processed")), 51)

    def test_a_roster_is_added_and_updated_and_faults_name_their_line(self):
        engine = self.engine(roster=False)
        roster = engine.folder / "roster.csv"
        header = "mrn,first_name,last_name,birth_date,gender,cyprus_id,arc_number,gesy_beneficiary_id,phone,email,city\n"
        roster.write_text(header + "A-1,Άννα,Ιωάννου,1970-02-30,female,1,,,,,\nA-2,Άννα,Ιωάννου,1970-02-03,female,700001,,,,,\n")
        self.assertEqual(engine.command("patients", "load", str(roster), check=False),
                         "refused line 2: birth_date is no date like 1958-04-12\n1 added, 0 updated, 0 unchanged, 1 refused\n")
        roster.write_text(header + "A-2,Άννα,Ιωάννου,1970-02-03,female,700002,,,,,Πάφος\n")
        self.assertEqual(engine.command("patients", "load", str(roster)), "0 added, 1 updated, 0 unchanged, 0 refused\n")
        message = corpus("02").replace(b"745210", b"700002").replace(b"CONSTANTINOU^MARIA", "ΙΩΑΝΝΟΥ^ΑΝΝΑ".encode()).replace(b"19660917", b"19700203")
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(message)), "AA")
        self.assertEqual(engine.messages()[0]["status"], "processed")

    def test_keys_have_scopes_and_a_clinic_and_can_be_revoked(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            sender.ask(corpus("02"))
        reader = engine.command("key", "create", "--name", "reader", "--scope", "read", "--clinic", "MAIN").split()[-1]
        stranger = engine.command("key", "create", "--name", "stranger", "--scope", "read", "--clinic", "OTHER").split()[-1]
        metrics = engine.command("key", "create", "--name", "gauges", "--scope", "metrics").split()[-1]
        patient = engine.rows("select patient_id from patients where mrn = 'M-0007'")[0][0]
        results = f"/api/patients/{patient}/lab-results"
        self.assertEqual(engine.get(results, key="")[0], 401)
        self.assertEqual(engine.get(results, key="nonsense")[0], 401)
        self.assertEqual(len(engine.get(results, key=reader)[1]["items"]), 1)
        self.assertEqual(engine.get(results, key=stranger)[0], 404)
        self.assertEqual(engine.get("/api/messages", key=stranger)[1]["items"], [])
        self.assertEqual(engine.get("/api/messages", key=metrics)[0], 403)
        self.assertEqual(engine.get("/metrics", key=metrics)[0], 200)
        message = engine.messages()[0]["id"]
        self.assertEqual(engine.get(f"/api/messages/{message}/reprocess", key=reader, method="POST", body=b"")[0], 403)
        self.assertEqual(engine.get(f"/api/messages/{message}", key=stranger)[0], 404)
        self.assertEqual(engine.get("/api/messages", method="DELETE")[0], 405)
        engine.command("key", "revoke", "reader")
        self.assertEqual(engine.get(results, key=reader)[0], 401)
        self.assertIn("reader", engine.command("key", "list"))
        self.assertNotIn(reader, engine.command("key", "list"))
        audited = engine.count("security_audit")
        engine.get(results)
        self.assertEqual(engine.count("security_audit"), audited + 1)

    def test_lists_page_without_skipping_or_repeating(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            for n in range(25):
                sender.ask(corpus("02").replace(b"BIO-1002", b"PAGE-%d" % n))
        seen, cursor = [], ""
        while cursor is not None:
            _, page = engine.get(f"/api/messages?limit=10&cursor={cursor}")
            seen += [m["control_id"] for m in page["items"]]
            cursor = page["next"]
        self.assertEqual(seen, [f"PAGE-{n}" for n in reversed(range(25))])
        self.assertEqual(engine.get("/api/messages?cursor=nonsense")[0], 400)
        self.assertEqual(engine.get("/api/messages?colour=red")[0], 400)

    def test_reprocess_runs_todays_route(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            sender.ask(corpus("08"))
        lab = engine.folder / "conf/labs/bioanalytica.toml"
        lab.write_text(lab.read_text().replace("[tests]", '[tests]\nGAL3 = "62419-7"', 1))
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: " reloaded " in engine.log(), 10, "the reload")
        message = engine.messages("&control_id=BIO-1008")[0]
        status, again = engine.get(f"/api/messages/{message['id']}/reprocess", method="POST", body=b"")
        self.assertEqual((status, again["status"]), (200, "processed"), again)
        self.assertNotEqual(again["config_version"], message["config_version"])
        patient = engine.rows("select patient_id from patients where mrn = 'M-0001'")[0][0]
        codes = {r["test_code"]: r["loinc_code"] for r in engine.results(patient)}
        self.assertEqual(codes, {"GAL3": "62419-7", "CREAT": "2160-0"})

    def test_of_two_people_who_link_one_message_only_the_first_counts(self):
        import concurrent.futures
        engine = self.engine()
        keys = [engine.command("key", "create", "--name", name, "--scope", "write", "--user", name + "@clinic.example").split()[-1] for name in ("anna", "bob")]
        with concurrent.futures.ThreadPoolExecutor(2) as two, Sender(engine.port) as sender:
            for n in range(20):
                sender.ask(corpus("09").replace(b"BIO-1009", b"RACE-%d" % n).replace(b"F-9009", b"F-RACE-%d" % n))
                message = engine.messages(f"&control_id=RACE-{n}")[0]["id"]
                answers = list(two.map(lambda patient: engine.get(f"/api/messages/{message}/link", key=keys[patient - 3], method="POST",
                                                                  body=b'{"patient_id": "%d"}' % patient)[0], (3, 4)))
                self.assertEqual(sorted(answers), [200, 409])
                self.assertEqual(engine.count("lab_results", f"filler_order_number = 'F-RACE-{n}' and result_status <> 'cancelled'"), 1)

    def test_a_faulty_reload_is_refused_and_the_old_routes_stay(self):
        engine = self.engine()
        route = engine.folder / "conf/routes/lab-results.toml"
        good = route.read_text()
        route.write_text(good.replace("match-patient", "matchr"))
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: " reload-refused " in engine.log(), 10, "the refusal")
        self.assertIn("did you mean 'match-patient'?", engine.log())
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(corpus("02"))), "AA")

    def test_the_named_metrics_are_there(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            for name in ("01", "05", "14"):
                sender.ask(corpus(name))
        engine.get("/metrics")  # a request counts itself once it is answered
        _, text = engine.get("/metrics")
        for line in ('aorta_messages_total{outcome="processed",route="lab-results",type="ORU^R01"} 1', 'aorta_acks_total{code="AA",listener="lab"} 2',
                     'aorta_in_flight{route="lab-results"} 0', 'aorta_results_total{route="lab-results"} 5', 'aorta_unmatched_total{route="lab-results"} 1'):
            self.assertIn(line, text)
        for name in ("aorta_ack_seconds_bucket", "aorta_stage_seconds_bucket", "aorta_connections", "aorta_store_batch_messages_bucket",
                     "aorta_store_commit_seconds_bucket", "aorta_http_requests_total", "aorta_http_seconds_bucket", "process_resident_memory_bytes"):
            self.assertIn(name, text)


class Starts(unittest.TestCase):
    def serve(self, engine, **environment):
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "serve"], cwd=engine.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=30, env={**os.environ, **environment})
        return done.returncode, done.stdout.decode()

    def setUp(self):
        self.engine = Engine(roster=True)
        self.addCleanup(self.engine.end)

    def test_a_wrong_key_is_told_and_nothing_runs(self):
        code, said = self.serve(self.engine, AORTA_PII_KEY="another key")
        self.assertEqual(code, 1)
        self.assertIn("key", said)

    def test_a_missing_key_is_told_and_nothing_runs(self):
        environment = {k: v for k, v in os.environ.items() if k != "AORTA_PII_KEY"}
        done = subprocess.run([AORTA, "-c", str(self.engine.folder / "conf"), "serve"], cwd=self.engine.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=30, env=environment)
        self.assertEqual(done.returncode, 1)
        self.assertIn("AORTA_PII_KEY", done.stdout.decode())

    def test_a_taken_port_is_told(self):
        self.engine.start()
        conf = self.engine.folder / "conf/aorta.toml"
        conf.write_text(conf.read_text().replace('[listener.lab]\nlisten = "127.0.0.1:0"', f'[listener.lab]\nlisten = "127.0.0.1:{self.engine.port}"'))
        code, said = self.serve(self.engine, **{"AORTA_PII_KEY": self.engine.environment["AORTA_PII_KEY"]})
        self.assertEqual(code, 1)
        self.assertIn(str(self.engine.port), said)

    def test_an_unreachable_database_is_told(self):
        code, said = self.serve(self.engine, AORTA_PII_KEY="x", AORTA_STORE_URL="postgresql://nobody:secret@127.0.0.1:1/none")
        self.assertEqual(code, 1)
        self.assertNotIn("secret", said)
        self.assertIn("PostgreSQL", said)


if __name__ == "__main__":
    unittest.main(verbosity=1)
