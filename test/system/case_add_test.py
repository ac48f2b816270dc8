"""`aorta case add`: a case of a logged message, without the people of whom it speaks, end to end on both databases."""
import json
import re
import subprocess
import unittest

from support import AORTA, GOLDEN, SHARED, WithStore, Sender, corpus, foreign, on_both, with_cr

# Of test/golden/patients.csv and the messages below: whatever of it is in a case betrays somebody.
PAPADOPOULOS = ("812345", "M-0001", "19580412", "1958-04-12", "ΠΑΠΑΔΟΠΟΥΛ", "Παπαδόπουλ", "PAPADOPOUL", "Papadopoul", "ΓΕΩΡΓΙΟΣ", "Γεώργιος",
                "GEORGIOS", "Georgios", "ΛΗΔΡΑΣ", "Λήδρας", "22123456", "99111222", "g@example.cy")


@on_both
class CaseAdd(WithStore):
    def setUp(self):
        self.engine_ = self.engine(routes=("admissions", "orders", "appointments", "documents"))
        self.cases = self.engine_.folder / "conf/cases"

    def log(self, message):
        """Sends it; its id in the log."""
        with Sender(self.engine_.port) as sender:
            sender.ask(message)
        return self.engine_.messages()[0]["id"]

    def add(self, message, name="one", *args):
        done = subprocess.run([AORTA, "-c", str(self.engine_.folder / "conf"), *args, "case", "add", message, "--name", name],
                              env=self.engine_.environment, cwd=self.engine_.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode()

    def passes(self, name="one"):
        said = self.engine_.command("test", str(self.cases / name))
        self.assertIn("1 cases, 0 failed", said)

    def texts(self, name="one"):
        charset = "iso8859-7" if b"8859/7" in (self.cases / name / "in.hl7").read_bytes() else "utf-8"
        return {file.name: file.read_bytes().decode(charset if file.suffix == ".hl7" else "utf-8") for file in (self.cases / name).iterdir()}

    def assert_gone(self, words, name="one"):
        for file, text in self.texts(name).items():
            for word in words:
                self.assertNotIn(word, text, file)

    def test_a_report_in_greek_by_number(self):
        message = (GOLDEN.parent.parent / "conf/cases/bioanalytica-panel/in.hl7").read_bytes()
        code, said = self.add(self.log(message))
        self.assertEqual(code, 0, said)
        self.assertNotIn("other than logged", said)
        self.passes()
        self.assert_gone(PAPADOPOULOS)
        expect = json.loads(self.texts()["expect.json"])
        self.assertEqual([r["value_text"] for r in expect["messages"][0]["results"]], ["1.10", "228.1", "46.4", "185.9", "4.4"])
        self.assertEqual(expect["messages"][0]["patient_id"], "1")
        pid = re.search(r"PID\|1\|\|CY0(\d{6})\^\^\^CYP\^NI~M-000(\d)\^\^\^MAIN\^MR\|\|([Α-Ω]+)\^([Α-Ω]+)\|\|(\d{8})\|M\|", self.texts()["in.hl7"])
        self.assertTrue(pid, self.texts()["in.hl7"])
        self.assertIn(pid[1], self.texts()["patients.csv"])
        self.assertFalse([f for f in self.cases.iterdir() if f.name.startswith(".")])
        # Whoever looks into the log is in the audit.
        self.assertEqual(self.engine_.count("security_audit", "resource like '/api/messages/%'"), 1)
        code, said = self.add(self.engine_.messages()[0]["id"])
        self.assertEqual(code, 1)
        self.assertIn("exists already", said)

    def test_a_greek_name_in_a_charset_of_one_byte_matches_by_name_as_it_did(self):
        message = (GOLDEN.parent.parent / "conf/cases/yiannoukas-greek-name/in.hl7").read_bytes()
        code, said = self.add(self.log(message))
        self.assertEqual(code, 0, said)
        self.assertNotIn("other than logged", said)
        self.passes()
        self.assert_gone(("1990-03-25", "19900325", "X99"))
        self.assertEqual(json.loads(self.texts()["expect.json"])["messages"][0]["status"], "processed")

    def test_latin_names_unmatched_and_ambiguous_messages(self):
        for name, golden in (("unmatched", "09"), ("ambiguous", "05"), ("contradiction", "10")):
            message = corpus(golden)
            code, said = self.add(self.log(message), name)
            self.assertEqual(code, 0, said)
            self.assertNotIn("other than logged", said)
            self.passes(name)
            pid = next(line for line in with_cr(message).decode().split("\r") if line.startswith("PID"))
            words = [w for w in re.split(r"[|^~&]", "|".join(pid.split("|")[3:8])) if len(w) >= 4 and w not in ("MAIN", "CYP", "AGNOSTOS", "999999", "19700101", "19000101")]
            self.assert_gone(words, name)
            self.assertEqual(json.loads(self.texts(name)["expect.json"])["messages"][0]["status"], "unmatched")

    def test_admissions_orders_appointments_and_documents(self):
        for kind in ("admission", "order", "appointment", "document"):
            message = (GOLDEN.parent.parent / f"conf/cases/{kind}/in.hl7").read_bytes()
            code, said = self.add(self.log(with_cr(message)), kind)
            self.assertEqual(code, 0, said)
            self.assertNotIn("other than logged", said)
            self.passes(kind)
            self.assert_gone(PAPADOPOULOS + ("GEORGIOU", "Georgiou", "MARIA", "chest pain"), kind)
            tables = {row["table"] for row in json.loads(self.texts(kind)["expect.json"])["records"]}
            self.assertTrue(tables & {"encounters", "lab_orders", "appointments", "clinical_notes"}, tables)

    def test_what_cannot_be_hidden_is_refused_by_its_place_and_nothing_is_written(self):
        message = (GOLDEN.parent.parent / "conf/cases/bioanalytica-panel/in.hl7").read_bytes().replace(b"K^Potassium^L", b"GEORGIOS^Potassium^L")
        code, said = self.add(self.log(message))
        self.assertEqual(code, 1)
        self.assertIn("in.hl7, OBX[5]-3.1 would still hold a name", said)
        self.assertIn("Nothing was written", said)
        self.assertNotIn("GEORGIOS", said)
        self.assertFalse(self.cases.exists() and list(self.cases.iterdir()))
        for wrong, why in (("nothing", "is no message's id"), ("019aa000-0000-7000-8000-000000000000", "there is no message")):
            code, said = self.add(wrong)
            self.assertEqual(code, 1)
            self.assertIn(why, said)
        code, said = self.add(self.engine_.messages()[0]["id"], "../up")
        self.assertEqual(code, 1)
        self.assertIn("letters, digits", said)

    def test_bytes_that_are_no_message_are_refused(self):
        with Sender(self.engine_.port) as sender:
            sender.ask(b"this is no HL7 of Georgios")
        code, said = self.add(self.engine_.messages()[0]["id"])
        self.assertEqual(code, 1)
        self.assertIn("cannot be read as HL7", said)

    @foreign
    def test_what_others_send_becomes_cases_or_is_refused_for_a_reason(self):
        made = refused = 0
        reasons = []
        self.engine_.command("send", f"127.0.0.1:{self.engine_.port}", *sorted(str(file) for file in (SHARED / "corpus/hl7").glob("*.hl7"))[::3], check=False)
        for each in reversed(self.engine_.messages()):
            name = f"case-{made + refused}"
            code, said = self.add(each["id"], name)
            if code == 0:
                made += 1
            else:
                refused += 1
                reasons.append(said)
                self.assertRegex(said, "Nothing was written|cannot be read as HL7")
        self.assertGreater(made, 15, "".join(reasons))
        self.assertIn(f"{made} cases, 0 failed", self.engine_.command("test"))


if __name__ == "__main__":
    unittest.main()
