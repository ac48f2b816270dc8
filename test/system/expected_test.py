"""What the numbered golden cases cannot say by themselves: other orders, repeats, orders of the clinic, what a person does, what the store holds."""
import itertools
import unittest

from support import WithStore, Sender, ack_code, corpus, on_both


@on_both
class Expected(WithStore):
    def send(self, engine, *names):
        replies = []
        with Sender(engine.port) as sender:
            for name in names:
                replies.append(sender.ask(corpus(name)))
        return replies

    def patient(self, engine, mrn):
        return engine.rows(f"select patient_id from patients where mrn = '{mrn}'")[0][0]

    def log(self, engine, control_id):
        found = engine.messages(f"&control_id={control_id}")
        self.assertEqual(len(found), 1, found)
        return found[0]

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

    def test_what_is_written_beside_the_rows(self):
        """Events, files and codes without LOINC, which the golden files do not show."""
        engine = self.engine()
        self.send(engine, "02", "08", "11")
        self.assertEqual(engine.count("event_outbox", "event_type = 'lab_result_critical'"), 1)  # potassium
        self.assertEqual(engine.count("unmapped_codes", "code = 'GAL3'"), 1)
        self.assertEqual(engine.rows("select content_type, size from lab_result_attachments"), [("application/pdf", "60021")])

    def test_a_message_is_shown_whole(self):
        engine = self.engine()
        self.send(engine, "01")
        log = self.log(engine, "BIO-1001")
        self.assertEqual((log["status"], log["results_created"], log["ack_code"]), ("processed", 5, "AA"))
        status, detail = engine.get("/api/messages/" + log["id"])
        self.assertEqual(status, 200)
        self.assertEqual([s["stage"] for s in detail["trace"]["stages"]], ["parse", "map-lab", "match-patient"])
        self.assertEqual(detail["segments"][1]["segment"], "PID")
        self.assertEqual(detail["raw"].encode(), corpus("01"))

    def test_03_one_current_result_in_every_order(self):
        engine = self.engine(roster=True)
        for order in itertools.permutations(["03/1", "03/2", "03/3"]):
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

    def test_what_is_refused_is_kept_as_it_came(self):
        engine = self.engine()
        names = ["12", "13", "14", "15"]
        self.send(engine, *names)
        self.assertEqual(engine.count("lab_results"), 0)
        logged = engine.messages()
        self.assertEqual(len(logged), 4)
        for row, name in zip(reversed(logged), names):
            _, detail = engine.get("/api/messages/" + row["id"])
            self.assertEqual(detail["raw"].encode(), corpus(name))

    def test_everything_twice_is_filed_once(self):
        engine = self.engine()
        names = ["01", "02", "03/1", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15"]
        first = [ack_code(r.replace(b"#", b"|")) for r in self.send(engine, *names)]
        counts = [engine.count(t) for t in ("lab_results", "lab_result_versions", "event_outbox", "review_queue", "lab_result_attachments")]
        again = [ack_code(r.replace(b"#", b"|")) for r in self.send(engine, *names)]
        self.assertEqual(first, again)
        self.assertEqual(counts, [engine.count(t) for t in ("lab_results", "lab_result_versions", "event_outbox", "review_queue", "lab_result_attachments")])
        self.assertEqual(len(engine.messages("&status=duplicate")), len(names) - 1)  # 15 has no route: its repeat is looked at anew

    def test_no_patient_is_named_outside_the_store(self):
        engine = self.engine()
        self.send(engine, *["01", "02", "03/1", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15"])
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
