"""The command line, HTTP's keys and lists, reload, and what a start refuses."""
import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

from support import AORTA, GOLDEN, PII_KEY, Engine, Sender, WithStore, ack_code, corpus, on_both, until


@on_both
class Commands(WithStore):
    def test_try_tells_the_whole_way_and_stores_nothing(self):
        engine = self.engine()
        told = json.loads(engine.command("try", "--json", str(GOLDEN / "oru/01-final-panel/in.hl7")))
        self.assertEqual((told["route"], told["profile"], told["status"], told["ack_code"]), ("lab-results", "BIO", "processed", "AA"))
        self.assertEqual((told["patient"]["decision"], told["patient"]["rule"]), ("same", "cyprus-id"))
        self.assertEqual([r["test_code"] for r in told["results"]], ["CREAT", "CHOL_T", "HDL", "TG", "K"])
        self.assertIn("MSA|AA|BIO-1001", told["ack"])
        text = engine.command("try", str(GOLDEN / "oru/01-final-panel/in.hl7"))
        self.assertIn("umol/L -> mg/dL x 0.0113118 (2160-0)", text)
        refused = engine.command("try", "--json", str(GOLDEN / "oru/14-no-pid/in.hl7"), check=False)
        self.assertEqual(json.loads(refused)["error"]["where"], "PID")
        self.assertEqual((engine.count("hl7_message_log"), engine.count("lab_results")), (0, 0))

    def test_send_prints_each_ack_and_its_exit_code_tells(self):
        engine = self.engine()
        target = f"127.0.0.1:{engine.port}"
        self.assertIn("MSA|AA|BIO-1002", engine.command("send", target, str(GOLDEN / "oru/02-critical-potassium/in.hl7")))
        self.assertIn("MSA|AR|BIO-1015", engine.command("send", target, str(GOLDEN / "oru/15-unrouted-type/in.hl7"), check=False))
        with self.assertRaises(AssertionError):
            engine.command("send", target, str(GOLDEN / "oru/15-unrouted-type/in.hl7"))
        figures = json.loads(engine.command("send", target, str(GOLDEN / "oru/02-critical-potassium/in.hl7"), "--repeat", "50", "--connections", "5",
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
        engine = self.engine(extra='[clinic.OTHER]\nname = "Other clinic"')
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
        self.assertEqual(engine.get("/api/openapi.json", key=metrics)[1]["info"]["title"], "aorta")
        self.assertEqual(engine.get("/api/openapi.json", key="")[0], 401)
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

    def said(self, engine, *args):
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), *args], env=engine.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=engine.folder)
        return done.returncode, done.stdout.decode()

    def test_commands_tell_what_is_wrong_with_what_they_were_given(self):
        engine = self.engine()
        folder = str(engine.folder)
        empty = engine.folder / "empty"
        empty.mkdir()
        for args in (("try", str(empty)), ("send", f"127.0.0.1:{engine.port}", str(empty))):
            code, text = self.said(engine, *args)
            self.assertEqual((code, "no files in the folder" in text), (1, True), text)
        for args in (("patients", "load", folder),
                     ("key", "create", "--name", "x", "--scope", "system/*.read", "--clinic", "MAIN", "--jwks", folder)):
            code, text = self.said(engine, *args)
            self.assertEqual((code, "is a folder" in text), (1, True), text)
        code, text = self.said(engine, "patients", "load", str(GOLDEN / "patients.csv"), "--clinic", "MIAN")
        self.assertEqual((code, "did you mean 'MAIN'?" in text), (1, True), text)
        code, text = self.said(engine, "key", "create", "--name", "x", "--scope", "read", "--clinic", "MAIM")
        self.assertEqual((code, "did you mean 'MAIN'?" in text), (1, True), text)
        self.assertEqual(int(engine.rows("select count(*) from clinics")[0][0]), 1)
        roster = engine.folder / "twice.csv"
        roster.write_text("mrn,first_name,last_name,cyprus_id\nA-1,Άννα,Ιωάννου,711223\nA-2,Μαρία,Ιωάννου,0711223\nA-3,Νίκη,Ιωάννου,999999\nA-4,Ζωή,Ιωάννου,999999\n")
        self.assertEqual(engine.command("patients", "load", str(roster)),
                         "warning line 3: the patient of line 2 has the same cyprus-id\n4 added, 0 updated, 0 unchanged, 0 refused\n")

    def test_send_names_the_file_and_why_nothing_came(self):
        engine = self.engine()
        one, two = engine.folder / "one.hl7", engine.folder / "two.hl7"
        one.write_bytes(corpus("02"))
        two.write_bytes(corpus("14"))
        code, text = self.said(engine, "send", f"127.0.0.1:{engine.port}", str(one), str(two))
        self.assertEqual(code, 1)
        self.assertLess(text.index("one.hl7"), text.index("MSA|AA"))
        self.assertLess(text.index("two.hl7"), text.index("MSA|AE"))

    def test_send_waits_for_no_answer_where_the_message_asks_for_none(self):
        engine = self.engine()
        silent = engine.folder / "silent.hl7"
        head, rest = corpus("02").split(b"\r", 1)
        fields = (head.split(b"|") + [b""] * 20)[:20]
        fields[14:16] = [b"NE", b"NE"]
        silent.write_bytes(b"|".join(fields).rstrip(b"|") + b"\r" + rest)
        began = time.monotonic()
        code, text = self.said(engine, "send", f"127.0.0.1:{engine.port}", str(silent))
        self.assertLess(time.monotonic() - began, 30)
        self.assertEqual(code, 0, text)
        self.assertIn("silent.hl7: no answer, and it asks for none (MSH-15, MSH-16)", text)
        self.assertEqual(engine.count("hl7_message_log"), 1)

    def test_try_and_send_take_files_folders_and_standard_input(self):
        engine = self.engine()
        several = engine.folder / "several"
        several.mkdir()
        (several / "1-bare.hl7").write_bytes(corpus("02") + corpus("01"))
        (several / "2-framed").write_bytes(b"\x0b" + corpus("06") + b"\x1c\r")
        told = [json.loads(line) for line in engine.command("try", "--json", str(several)).splitlines()]
        self.assertEqual([each["control_id"] for each in told], ["BIO-1002", "BIO-1001", "BIO-1006"])
        code, text = self.said(engine, "send", f"127.0.0.1:{engine.port}", str(several))
        self.assertEqual((code, text.count("MSA|AA"), "1-bare.hl7#2" in text), (0, 3, True), text)
        for bytes_ in (b"\x0b" + corpus("02") + b"\x1c\r" + corpus("01"), b"\x0b" + corpus("02") + b"\x1c\r\x0b" + corpus("01")):
            (several / "2-framed").write_bytes(bytes_)  # nothing is dropped in silence
            code, text = self.said(engine, "try", str(several / "2-framed"))
            self.assertEqual((code, "outside of its MLLP frames" in text), (1, True), text)
        self.assertIn("comes by HTTP", self.said(engine, "try", "--route", "fhir-bundle-MAIN", str(several / "1-bare.hl7"))[1])
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "try", "--json", "-"], env=engine.environment, input=corpus("02"), stdout=subprocess.PIPE, cwd=engine.folder)
        self.assertEqual(json.loads(done.stdout)["control_id"], "BIO-1002")

    def test_try_asks_for_the_listener_where_it_decides(self):
        engine = self.engine()
        conf = engine.folder / "conf"
        (conf / "aorta.toml").write_text((conf / "aorta.toml").read_text() + '\n[listener.second]\nlisten = "127.0.0.1:0"\n')
        route = (conf / "routes/lab-results.toml").read_text()
        (conf / "routes/second.toml").write_text(route.replace('"lab-results"', '"second"').replace('from = ["lab"]', 'from = ["second"]'))
        message = engine.folder / "one.hl7"
        message.write_bytes(corpus("02"))
        code, text = self.said(engine, "try", str(message))
        self.assertEqual((code, "add --listener with one of lab, second" in text), (1, True), text)
        for listener, route in (("lab", "lab-results"), ("second", "second")):
            code, text = self.said(engine, "try", str(message), "--listener", listener, "--json")
            self.assertEqual((code, json.loads(text)["route"]), (0, route), text)

    def test_check_opens_what_serve_opens(self):
        engine = self.engine()
        self.assertEqual(self.said(engine, "check")[0], 0)
        conf = engine.folder / "conf/aorta.toml"
        good = conf.read_text()
        for name in ("a", "b"):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=x", "-days", "10",
                            "-keyout", str(engine.folder / f"{name}.key"), "-out", str(engine.folder / f"{name}.pem")], check=True, capture_output=True)
        def with_key(name):
            conf.write_text(good + f'\n[listener.lab.tls]\ncert = "{engine.folder}/a.pem"\nkey = "{engine.folder}/{name}.key"\n')
            return self.said(engine, "check")
        code, text = with_key("a")
        self.assertEqual((code, "expires in" in text), (0, True), text)
        code, text = with_key("b")
        self.assertEqual((code, "listener 'lab'" in text), (1, True), text)
        conf.write_text(good)
        code, text = self.said(engine, "check", "--set", f"store.url=sqlite://{engine.folder}/nowhere/aorta.db")
        self.assertEqual((code, "there is no folder" in text), (1, True), text)
        engine.environment["AORTA_PII_KEY"] = "short"
        code, text = self.said(engine, "check")
        self.assertEqual((code, "shorter than 32 bytes" in text), (1, True), text)
        engine.environment["AORTA_PII_KEY"] = PII_KEY
        conf.write_text(good)

    def test_check_tells_which_files_others_may_read(self):
        engine = self.engine()
        key, store = engine.folder / "pii.key", engine.folder / "aorta.db"
        key.write_text(PII_KEY)
        where = ("check", "--set", f"security.pii_key_file={key}")
        for path in (key,) if engine.postgres else (key, store):
            path.chmod(0o640)
            code, text = self.said(engine, *where)
            self.assertEqual((code, f"others may read {path}: chmod 600" in text), (0, True), text)
            path.chmod(0o600)
            code, text = self.said(engine, *where)
            self.assertEqual((code, "others may read" in text), (0, False), text)

    def test_each_message_is_one_line_of_the_log(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            for name in ("02", "09", "14"):
                sender.ask(corpus(name))
        until(lambda: engine.log().count("message-settled") == 3, 5, "three lines")
        lines = [line for line in engine.log().splitlines() if "message-settled" in line]
        for line, wanted in zip(lines, (("BIO-1002", "processed", "AA", "listener=lab", "results=1"), ("BIO-1009", "unmatched", "AA"), ("failed", "AE"))):
            for word in wanted:
                self.assertIn(word, line)
        for private in ("745210", "CONSTANTINOU", "AGNOSTOS", "999999"):
            self.assertNotIn(private, engine.log())

    def test_a_message_without_a_start_byte_is_kept_and_refused(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            sender.socket.sendall(corpus("02") + b"\x1c\r")
            self.assertEqual(ack_code(sender.read()), "AR")
        self.assertEqual([(m["status"], m["ack_code"]) for m in engine.messages()], [("failed", "AR")])

    def test_what_configuration_cures_is_filed_when_it_comes_again(self):
        engine = self.engine()
        message = corpus("02").replace(b"|LIS|BIO|", b"|LIS9|BIO9|")
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(message)), "AE")
            lab = engine.folder / "conf/labs/bioanalytica.toml"
            lab.write_text(lab.read_text().replace("[lab]\n", '[lab]\nsenders = ["BIO9"]\n', 1))
            engine.process.send_signal(signal.SIGHUP)
            until(lambda: " reloaded " in engine.log(), 10, "the reload")
            self.assertEqual(ack_code(sender.ask(message)), "AA")
            self.assertEqual(ack_code(sender.ask(message)), "AA")
        self.assertEqual([m["status"] for m in engine.messages()], ["duplicate", "processed", "failed"])

    def test_the_log_is_shown_in_the_charset_that_read_it(self):
        engine = self.engine()
        lab = engine.folder / "conf/labs/bioanalytica.toml"
        lab.write_text(lab.read_text().replace("[lab]\n", '[lab]\ncharset = "windows-1253"\n', 1))
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: " reloaded " in engine.log(), 10, "the reload")
        greek = corpus("02").replace("CONSTANTINOU^MARIA".encode(), "ΚΩΝΣΤΑΝΤΙΝΟΥ^ΜΑΡΙΑ".encode("cp1253"))
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(greek)), "AA")
        shown = engine.get(f"/api/messages/{engine.messages()[0]['id']}")[1]
        self.assertEqual(shown["trace"]["charset"].lower(), "windows-1253")
        self.assertIn("ΚΩΝΣΤΑΝΤΙΝΟΥ^ΜΑΡΙΑ", shown["raw"])
        self.assertIn("ΚΩΝΣΤΑΝΤΙΝΟΥ^ΜΑΡΙΑ", [s for s in shown["segments"] if s["segment"] == "PID"][0]["fields"])

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
                     "aorta_store_commit_seconds_bucket", "aorta_http_requests_total", "aorta_http_seconds_bucket", "aorta_store_up 1", "aorta_build_info{", "aorta_config_last_reload_success 1", "aorta_config_info{", "process_resident_memory_bytes"):
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
        code, said = self.serve(self.engine, AORTA_PII_KEY="another key, long enough to be one")
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
        code, said = self.serve(self.engine, AORTA_PII_KEY="x" * 32, AORTA_STORE_URL="postgresql://nobody:secret@127.0.0.1:1/none")
        self.assertEqual(code, 1)
        self.assertNotIn("secret", said)
        self.assertIn("PostgreSQL", said)


if __name__ == "__main__":
    unittest.main(verbosity=1)
