"""Look-ups of people through a socket: by number, by name, with an edit, in batches, in enhanced mode, after a kill; what the audit keeps of them; on both databases."""
import base64
import signal
import subprocess
import unittest

from support import AORTA, Engine, Sender, WithStore, ack_code, on_both

BHS = "BHS|^~\\&|ECG|ROOM1|OPENHEART|MAIN|20261120083000||||B-9\r"
MRN = "@PID.3.1^M-0001~@PID.3.4^MAIN~@PID.3.5^MR"
NUMBERS = "M-0001^^^MAIN^MR~812345^^^CY^NNCYP~0000812345^^^GESY^NH"


def query(control, criteria, event="Q22", mode="|", charset="UNICODE UTF-8", receiver="MAIN"):
    return (f"MSH|^~\\&|ECG|ROOM1|OPENHEART|{receiver}|20261120083000||QBP^{event}^QBP_Q21|{control}|P|2.5.1|||{mode}||{charset}\r"
            f"QPD|{event}^Look-up^HL7|T-{control}|{criteria}\rRCP|I\r")


def lines(reply, name, charset="utf-8"):
    return [line for line in reply.decode(charset).split("\r") if line.startswith(name)]


@on_both
class Query(WithStore):
    def prepared(self, **how):
        made = Engine(self.postgres, routes=["queries"], **how)
        self.addCleanup(made.end)
        return made

    def route(self, engine):
        return engine.folder / "conf/routes/queries.toml"

    def check(self, engine):
        return subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "check"], env=engine.environment, cwd=engine.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def test_a_number_is_answered_and_the_audit_says_to_whom(self):
        engine = self.prepared().start()
        with Sender(engine.port) as sender:
            reply = sender.ask(query("1", MRN).encode())
            self.assertEqual(ack_code(reply), "AA")
            self.assertEqual([line[:3] for line in reply.decode().split("\r") if line], ["MSH", "MSA", "QAK", "QPD", "PID"])
            self.assertEqual(lines(reply, "PID"), [f"PID|1||{NUMBERS}||~^^^^^^S"])
            self.assertEqual(lines(sender.ask(query("2", "M-0001^^^MAIN^MR|^^^GESY", "Q23").encode()), "PID"),
                             ["PID|1||0000812345^^^GESY^NH||~^^^^^^S"])
            nobody = sender.ask(query("3", MRN + "~@PID.8^F").encode())
            self.assertEqual((ack_code(nobody), lines(nobody, "QAK")[0].split("|")[2], lines(nobody, "PID")), ("AA", "NF", []))
        self.assertEqual([m["status"] for m in engine.messages()], ["processed"] * 3)
        self.assertEqual(engine.count("hl7_message_keys"), 0)
        self.assertEqual(engine.count("review_queue"), 0)
        patient = engine.rows("select patient_id from patients where mrn = 'M-0001'")[0][0]
        self.assertEqual(engine.rows("select method, patient_id, outcome from security_audit where method like 'QBP%' order by at"),
                         [("QBP^Q22", patient, "200"), ("QBP^Q23", patient, "200"), ("QBP^Q22", "", "200")])
        status, bundle, _ = engine.fhir("GET", f"/AuditEvent?patient=Patient/{patient}")
        self.assertEqual(status, 200)
        told = [each["resource"] for each in bundle["entry"] if each["resource"]["agent"][0].get("name") == "listener:lab"]
        asked = [base64.b64decode(entity["query"]).decode() for each in told for entity in each["entity"] if "query" in entity]
        self.assertEqual(sorted(text.split("|")[2] for text in asked), ["T-1", "T-2"])
        self.assertEqual(engine.rows("select count(*) from security_audit where criteria like '%M-0001%'")[0][0], "0")
        self.assertNotIn("M-0001", engine.log())
        status, text = engine.get("/metrics")
        self.assertNotIn("M-0001", text)

    def test_letters_are_those_of_the_question_and_an_edit_helps_a_bare_number(self):
        more = ('discloses = ["PID-3", "PID-5"]\ncharset = "windows-1253"\nreceiving = ["MAIN"]\n'
                '[[edit]]\nwhen = \'MSH-9.1 = "QRY" and empty(QRD-8.9)\'\nset = "QRD-8.9"\nto = "MAIN"\n')
        engine = self.prepared()
        path = self.route(engine)
        path.write_text(path.read_text().replace('"parse", ', '"parse", "edit", ') + more)
        engine.start()
        name = "Παπαδόπουλος^Γεώργιος"
        with Sender(engine.port) as sender:
            asked = query("4", "@PID.5^ΠΑΠΑΔΟΠΟΥΛΟΣ^ΓΕΩΡΓΙΟΣ~@PID.7^19580412", charset="").encode("cp1253")
            reply = sender.ask(asked)
            self.assertEqual(lines(reply, "PID", "cp1253"), [f"PID|1||{NUMBERS}||{name}"])
            self.assertEqual(lines(reply, "QPD", "cp1253"), lines(asked, "QPD", "cp1253"))
            original = ("MSH|^~\\&|ECG|ROOM1|OPENHEART|MAIN|20261120083000||QRY^A19|5|P|2.3\r"
                        "QRD|202611200830|R|I|Q-5|||1^RD|M-0001|DEM\r").encode()
            reply = sender.ask(original)
            self.assertEqual([line[:3] for line in reply.decode("cp1253").split("\r") if line], ["MSH", "MSA", "QAK", "QRD", "PID", "PV1"])
            self.assertEqual(lines(reply, "PID", "cp1253"), [f"PID|1||{NUMBERS}||{name}"])
            self.assertEqual(lines(reply, "QRD", "cp1253"), ["QRD|202611200830|R|I|Q-5|||1^RD|M-0001|DEM"])
            other = sender.ask(query("6", MRN, receiver="ELSEWHERE").encode())
            self.assertEqual((ack_code(other), lines(other, "MSH")[0].split("|")[8]), ("AE", "ACK^Q22^ACK"))

    def test_a_batch_another_mode_and_a_kill(self):
        engine = self.prepared().start()
        two = BHS + query("7", MRN) + query("8", "@PID.3.1^M-0001") + "BTS|2\r"
        with Sender(engine.port) as sender:
            reply = sender.ask(two.encode())
            self.assertEqual([line[:3] for line in reply.decode().split("\r") if line],
                             ["BHS", "MSH", "MSA", "QAK", "QPD", "PID", "MSH", "MSA", "ERR", "QAK", "QPD", "BTS"])
            asked = query("9", MRN, mode="AL|AL").encode()
            self.assertEqual(len(lines(sender.ask(asked), "PID")), 1)
            sender.socket.settimeout(0.5)
            with self.assertRaises(TimeoutError):
                sender.read()
        engine.process.send_signal(signal.SIGKILL)
        engine.process.wait()
        engine.start()
        with Sender(engine.port) as sender:
            self.assertEqual(len(lines(sender.ask(asked), "PID")), 1)
        # The lines of the batch are the fifth.
        self.assertEqual(sorted(m["status"] for m in engine.messages()), ["failed"] + ["processed"] * 4)
        self.assertEqual(engine.count("security_audit", "method = 'QBP^Q22'"), 3)

    def test_one_acknowledgement_of_a_frame_stands_in_front_of_its_answers(self):
        engine = self.prepared(listener='batch_answer = "one"').start()
        with Sender(engine.port) as sender:
            sender.write((query("A", MRN) + query("B", MRN)).encode())
            first, second, third = (sender.read() for _ in range(3))
        self.assertIn("|ACK^Q22^ACK|", lines(first, "MSH")[0])
        self.assertEqual([lines(each, "MSA") for each in (second, third)], [["MSA|AA|A"], ["MSA|AA|B"]])
        self.assertEqual([len(lines(each, "PID")) for each in (second, third)], [1, 1])

    def test_try_shows_the_answer_and_writes_nothing(self):
        engine = self.prepared()
        asked = engine.folder / "query.hl7"
        asked.write_text(query("C", MRN))
        said = engine.command("try", str(asked))
        self.assertIn(f"PID|1||{NUMBERS}||~^^^^^^S", said)
        self.assertIn("by mrn", said)
        engine.start()
        self.assertEqual(engine.messages(), [])
        self.assertEqual(engine.count("security_audit", "method = 'QBP^Q22'"), 0)

    def test_check_says_what_is_wrong_with_a_route_of_look_ups(self):
        engine = self.prepared()
        path = self.route(engine)
        good = path.read_text()
        for change, complaint in ((good + 'discloses = ["PID-3", "PID-19"]\n', "none of PID-3, PID-5, PID-7 and PID-8"),
                                  (good + 'discloses = ["PID-5"]\n', "lacks PID-3"),
                                  (good + 'ack = "enhanced"\n', "no stage 'accept'"),
                                  (good.replace('"answer-query", ', ""), "lacks 'answer-query'")):
            path.write_text(change)
            done = self.check(engine)
            self.assertEqual(done.returncode, 1)
            self.assertIn(complaint, done.stdout.decode())
        results = engine.folder / "conf/routes/lab-results.toml"
        path.write_text(good)
        results.write_text(results.read_text() + 'discloses = ["PID-3"]\n')
        done = self.check(engine)
        self.assertIn("which is for look-ups (map-query)", done.stdout.decode())


if __name__ == "__main__":
    unittest.main()
