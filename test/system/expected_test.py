"""Every case of the corpus's EXPECTED.md, through the real socket, on both databases."""
import itertools
import unittest

from support import WithStore, Sender, ack_code, corpus, on_both, segment


def near(got, wanted, tolerance=0.005):
    return got is not None and abs(float(got) - wanted) <= tolerance


@on_both
class Expected(WithStore):
    def send(self, engine, *names):
        replies = []
        with Sender(engine.port) as sender:
            for name in names:
                replies.append(sender.ask(corpus(name)))
        return replies

    def by_code(self, engine, mrn, query=""):
        patient = self.patient(engine, mrn)
        return {(row["test_code"]): row for row in engine.results(patient, query)}

    def patient(self, engine, mrn):
        return engine.rows(f"select patient_id from patients where mrn = '{mrn}'")[0][0]

    def log(self, engine, control_id):
        found = engine.messages(f"&control_id={control_id}")
        self.assertEqual(len(found), 1, found)
        return found[0]

    def test_01_final_panel(self):
        engine = self.engine()
        self.assertEqual(ack_code(self.send(engine, "01")[0]), "AA")
        rows = self.by_code(engine, "M-0001")
        self.assertEqual(len(rows), 5)
        for row in rows.values():
            self.assertEqual(row["result_status"], "final")
        creatinine = rows["CREAT"]
        self.assertTrue(near(creatinine["value_numeric"], 1.10), creatinine)
        self.assertEqual((creatinine["loinc_code"], creatinine["unit"], creatinine["abnormal_flag"]), ("2160-0", "mg/dL", "normal"))
        self.assertTrue(near(creatinine["reference_range_low"], 0.70) and near(creatinine["reference_range_high"], 1.20))
        self.assertEqual((creatinine["sent"]["value"], creatinine["sent"]["unit"], creatinine["sent"]["range"]), ("97", "umol/L", "62-106"))
        cholesterol = rows["CHOL_T"]
        self.assertTrue(near(cholesterol["value_numeric"], 228.1, 0.05), cholesterol)
        self.assertTrue(near(cholesterol["reference_range_high"], 193.3, 0.05))
        self.assertIsNone(cholesterol["reference_range_low"])
        self.assertEqual((cholesterol["abnormal_flag"], cholesterol["sent"]["value"]), ("high", "5,9"))
        self.assertTrue(near(rows["HDL"]["value_numeric"], 46.4, 0.05))
        self.assertTrue(near(rows["TG"]["value_numeric"], 185.9, 0.05))
        potassium = rows["K"]
        self.assertEqual((potassium["value_numeric"], potassium["unit"], potassium["loinc_code"]), (4.4, "mmol/L", "2823-3"))
        self.assertEqual(potassium["comments"], "Δείγμα ελαφρώς αιμολυμένο\nΕπανάληψη αν χρειαστεί")
        log = self.log(engine, "BIO-1001")
        self.assertEqual((log["status"], log["results_created"], log["ack_code"]), ("processed", 5, "AA"))
        status, detail = engine.get("/api/messages/" + log["id"])
        self.assertEqual(status, 200)
        self.assertEqual([s["stage"] for s in detail["trace"]["stages"]], ["parse", "map-lab", "match-patient"])
        self.assertTrue(any("umol/L" in rule["detail"] for rule in detail["trace"]["rules"]), detail["trace"])
        self.assertEqual(detail["segments"][1]["segment"], "PID")
        self.assertEqual(len(detail["results"]), 5)

    def test_01_links_its_order_by_placer_number(self):
        engine = self.engine()
        patient = self.patient(engine, "M-0001")
        order = "01890000-0000-7000-8000-000000000001"
        insert = (f"insert into lab_orders (id, patient_id, clinic_id, order_number, placer_order_number, status) "
                  f"values ('{order}', {patient}, (select clinic_id from clinics where code = 'MAIN'), 'O-1', 'PO-77', 'ordered')")
        if engine.postgres:
            engine.postgres.sql(insert, engine.database)
        else:
            import sqlite3
            with sqlite3.connect(engine.folder / "aorta.db", timeout=30) as db:
                db.execute(insert)
        self.send(engine, "01")
        self.assertEqual({row["lab_order_id"] for row in engine.results(patient)}, {order})

    def test_02_critical_potassium(self):
        engine = self.engine()
        self.assertEqual(ack_code(self.send(engine, "02")[0]), "AA")
        row = self.by_code(engine, "M-0007")["K"]
        self.assertEqual((row["abnormal_flag"], row["critical_value"], row["value_numeric"]), ("critical_high", True, 6.8))
        self.assertEqual(engine.count("event_outbox"), 1)

    def test_03_one_current_result_in_every_order(self):
        engine = self.engine(roster=True)
        for order in itertools.permutations(["03a", "03b", "03c"]):
            with self.subTest(order=order):
                fresh = self.engine()
                for reply in self.send(fresh, *order):
                    self.assertEqual(ack_code(reply), "AA")
                patient = self.patient(fresh, "M-0002")
                current = fresh.results(patient)
                self.assertEqual(len(current), 1, current)
                self.assertEqual((current[0]["value_numeric"], current[0]["result_status"], current[0]["abnormal_flag"]), (0.016, "corrected", "normal"))
                versions = fresh.results(patient, "?versions=all")
                self.assertEqual(sorted(v["value_numeric"] for v in versions), [0.016, 0.03, 0.06])
                self.assertEqual([v["value_numeric"] for v in versions if v["current"]], [0.016])
                fresh.end()
        engine.end()

    def test_04_greek_8859_7_by_name_only(self):
        engine = self.engine()
        self.assertEqual(ack_code(self.send(engine, "04")[0]), "AA")
        row = self.by_code(engine, "M-0008")["GLU"]
        self.assertEqual((row["value_numeric"], row["unit"], row["reference_range_low"], row["reference_range_high"]), (99, "mg/dL", 70, 100))
        self.assertEqual(row["test_name"], "Γλυκόζη")
        self.assertEqual(row["result_datetime"][:16] + row["result_datetime"][-6:], "2026-11-20T08:00+02:00")

    def test_05_ambiguous_name_waits_and_is_linked(self):
        engine = self.engine()
        self.assertEqual(ack_code(self.send(engine, "05")[0]), "AA")
        log = self.log(engine, "BIO-1005")
        self.assertEqual((log["status"], log["results_created"]), ("unmatched", 0))
        self.assertEqual(engine.count("lab_results"), 0)
        _, detail = engine.get("/api/messages/" + log["id"])
        waiting = [r for r in detail["reviews"] if r["kind"] == "unmatched"][0]
        self.assertEqual({str(c) for c in waiting["candidates"]}, {self.patient(engine, "M-0003"), self.patient(engine, "M-0004")})
        self.assertTrue(waiting["reasons"])
        patient = self.patient(engine, "M-0003")
        status, linked = engine.get(f"/api/messages/{log['id']}/link", method="POST", body=b'{"patient_id": "%s"}' % patient.encode())
        self.assertEqual(status, 200, linked)
        self.assertEqual((linked["status"], linked["results_created"]), ("processed", 1))
        self.assertEqual([r["test_code"] for r in engine.results(patient)], ["INR"])
        other = engine.command("key", "create", "--name", "other", "--scope", "write", "--user", "other@clinic.example").split()[-1]
        self.assertEqual(engine.get(f"/api/messages/{log['id']}/link", key=other, method="POST", body=b'{"patient_id": "1"}')[0], 409)

    def test_06_value_shapes(self):
        engine = self.engine()
        self.assertEqual(ack_code(self.send(engine, "06")[0]), "AA")
        rows = self.by_code(engine, "M-0006")
        self.assertEqual(len(rows), 8)
        self.assertEqual((rows["CRP"]["value_numeric"], rows["CRP"]["comparator"], rows["CRP"]["value_text"]), (0.5, "<", "<0.5"))
        self.assertEqual((rows["HBSAG"]["value_text"], rows["HBSAG"]["value_numeric"]), ("Αρνητικό", None))
        self.assertEqual((rows["ANA"]["value_text"], rows["ANA"]["value_numeric"]), ("1:160", None))
        troponin = rows["TROP_I"]
        self.assertEqual((troponin["comparator"], troponin["value_numeric"], troponin["abnormal_flag"], troponin["critical_value"]),
                         (">", 50, "critical_high", True))
        self.assertEqual((rows["DDIM"]["value_numeric"], rows["DDIM"]["sent"]["value"]), (65.88, "065.88"))
        self.assertEqual((rows["ABO"]["value_code"], rows["ABO"]["value_text"]), ("A", "A positive"))
        self.assertEqual(rows["COMM"]["value_text"], "Line one\nLine two")
        self.assertEqual((rows["NA"]["result_status"], rows["NA"]["value_numeric"], rows["NA"]["value_text"]), ("cancelled", None, None))

    def test_07_arc_and_line_feeds(self):
        engine = self.engine()
        self.assertEqual(ack_code(self.send(engine, "07")[0]), "AA")
        row = self.by_code(engine, "M-0005")["NTBNP"]
        self.assertEqual((row["value_numeric"], row["unit"], row["abnormal_flag"], row["loinc_code"], row["lab_order_id"]),
                         (412, "pg/mL", "high", "33762-6", None))

    def test_08_unknown_code_and_unit(self):
        engine = self.engine()
        self.assertEqual(ack_code(self.send(engine, "08")[0]), "AA")
        rows = self.by_code(engine, "M-0001")
        self.assertEqual((rows["GAL3"]["loinc_code"], rows["GAL3"]["value_numeric"]), (None, 17.8))
        creatinine = rows["CREAT"]
        self.assertEqual((creatinine["loinc_code"], creatinine["value_numeric"], creatinine["unit"], creatinine["needs_review"]), ("2160-0", 1.1, "mg/dL", False))
        _, detail = engine.get("/api/messages/" + self.log(engine, "BIO-1008")["id"])
        self.assertEqual(detail["trace"]["unmapped_codes"], ["GAL3"])
        self.assertEqual(engine.count("unmapped_codes", "code = 'GAL3'"), 1)

    def test_09_and_10_wait_for_a_person(self):
        engine = self.engine()
        for reply in self.send(engine, "09", "10"):
            self.assertEqual(ack_code(reply), "AA")
        self.assertEqual(engine.count("lab_results"), 0)
        for control_id in ("BIO-1009", "BIO-1010"):
            log = self.log(engine, control_id)
            self.assertEqual((log["status"], log["patient_id"], log["results_created"]), ("unmatched", None, 0))
            _, detail = engine.get("/api/messages/" + log["id"])
            self.assertEqual([r["kind"] for r in detail["reviews"]], ["unmatched"])
        evidence = " ".join(detail["trace"]["patient"]["evidence"])
        self.assertEqual(detail["trace"]["patient"]["decision"], "review")
        for mrn in ("M-0007", "M-0001"):
            self.assertIn("patient " + self.patient(engine, mrn), evidence)

    def test_11_delimiters_escapes_and_a_pdf(self):
        engine = self.engine()
        self.assertEqual(ack_code(self.send(engine, "11")[0].replace(b"#", b"|")), "AA")
        rows = self.by_code(engine, "M-0001")
        self.assertEqual(rows["REM"]["value_text"], "A#B * @ ? A")
        self.assertEqual(len(rows["PDF"]["attachments"]), 1)
        self.assertEqual(engine.rows("select content_type, size from lab_result_attachments"), [("application/pdf", "60021")])

    def test_12_to_15_are_refused_and_kept(self):
        engine = self.engine()
        no_msh, truncated, no_pid, unrouted = self.send(engine, "12", "13", "14", "15")
        self.assertEqual(ack_code(no_msh), "AR")
        self.assertEqual(ack_code(truncated), "AR")
        self.assertEqual(ack_code(no_pid), "AE")
        fault = segment(no_pid, b"ERR")
        self.assertIn(fault[3].split(b"^")[0], (b"100", b"101"))
        self.assertTrue(fault[2].startswith(b"PID"), fault)
        self.assertEqual(ack_code(unrouted), "AR")
        self.assertEqual(segment(unrouted, b"ERR")[3].split(b"^")[0], b"200")
        self.assertEqual(engine.count("lab_results"), 0)
        logged = engine.messages()
        self.assertEqual(len(logged), 4)
        for row, name in zip(reversed(logged), ("12", "13", "14", "15")):
            self.assertEqual(row["status"], "failed")
            _, detail = engine.get("/api/messages/" + row["id"])
            self.assertEqual(detail["raw"].encode(), corpus(name))

    def test_everything_twice_is_filed_once(self):
        engine = self.engine()
        names = ["01", "02", "03a", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15"]
        first = [ack_code(r.replace(b"#", b"|")) for r in self.send(engine, *names)]
        counts = [engine.count(t) for t in ("lab_results", "lab_result_versions", "event_outbox", "review_queue", "lab_result_attachments")]
        again = [ack_code(r.replace(b"#", b"|")) for r in self.send(engine, *names)]
        self.assertEqual(first, again)
        self.assertEqual(counts, [engine.count(t) for t in ("lab_results", "lab_result_versions", "event_outbox", "review_queue", "lab_result_attachments")])
        self.assertEqual(len(engine.messages("&status=duplicate")), len(names) - 1)  # 15 has no route: its repeat is looked at anew

    def test_no_patient_is_named_outside_the_store(self):
        engine = self.engine()
        self.send(engine, *["01", "02", "03a", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15"])
        status, metrics = engine.get("/metrics")
        self.assertEqual(status, 200)
        seen = engine.log() + metrics
        for word in ("ΠΑΠΑΔ", "CONSTANTINOU", "CHARALAMBOUS", "812345", "745210", "934567", "6543210", "BERIDZE", "AGNOSTOS", "Παπαδ"):
            self.assertNotIn(word, seen)
        if not engine.postgres:  # nor in the clear inside it
            for path in engine.folder.glob("aorta.db*"):
                data = path.read_bytes()
                for word in ("ΠΑΠΑΔ", "CONSTANTINOU", "CHARALAMBOUS", "Charalambous", "745210", "BERIDZE", "Beridze"):
                    self.assertFalse(word.encode() in data, f"{word} stands in {path.name}")


if __name__ == "__main__":
    unittest.main(verbosity=1)
