"""Whoever waited is served: messages that wait for their patient are filed once he is created or changed, by whatever way; on both databases."""
import signal
import sqlite3
import threading
import time
import unittest

from admission_test import adt
from delivery_support import Receiver
from fhir_support import CYPRUS_ID, bundle, post
from review_test import Desk, message
from support import GOLDEN, Postgres, Sender, WithStore, ack_code, on_both, second_engine, until

NEOU = "X-9^^^MAIN^MR||NEOU^ANDREAS||19610203|M"
NEOU_NAME = dict(name="NEOU^ANDREAS", born="19610203", sex="M")


def person(number, given="Ανδρέας", born="1961-02-03"):
    return {"resourceType": "Patient", "identifier": [{"system": CYPRUS_ID, "value": number}], "name": [{"family": "Νέου", "given": [given]}],
            "gender": "male", "birthDate": born}


@on_both
class Waiting(WithStore):
    def start(self, **how):
        engine = self.engine(routes=["admissions"], **how)
        self.anna = Desk(engine, "anna", "anna@clinic.example")
        return engine

    def creating(self):
        """Whose route of admissions makes who is not known."""
        engine = self.start()
        route = engine.folder / "conf/routes/admissions.toml"
        route.write_text(route.read_text().replace("create = false", "create = true"))
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: " reloaded " in engine.log(), 10, "the reload")
        return engine

    def send(self, engine, *messages):
        with Sender(engine.port) as sender:
            for each in messages:
                self.assertEqual(ack_code(sender.ask(each)), "AA")

    def open(self, engine):
        return self.anna.get("/api/review?state=open&limit=100")["items"]

    def waits(self, engine, count):
        self.assertEqual(engine.count("hl7_message_log", "processing_status = 'unmatched'"), count)
        self.assertEqual(len(self.open(engine)), count)

    def served(self, engine, seconds=3):
        """Nothing waits any more; the notes were looked at. Returns how long that took."""
        begin = time.monotonic()
        until(lambda: engine.count("hl7_message_log", "processing_status = 'unmatched'") == 0, seconds, "that all are served")
        took = time.monotonic() - begin
        self.assertEqual(self.open(engine), [])
        self.assertEqual(engine.count("waiting_claims"), 0)
        return took

    def looked(self, engine):
        until(lambda: engine.count("match_news", "not looked") == 0, 10, "the look")

    def test_an_admission_serves_in_the_order_of_receipt(self):
        engine = self.creating()
        ids = "X-9^^^MAIN^MR"
        for n, (state, value) in enumerate((("P", "4.1"), ("F", "4.2"), ("C", "4.3"))):
            data = message(f"O{n}", ids, order="F-9", obx=f"K^Potassium^L||{value}|mmol/L|3.5-5.1|N", **NEOU_NAME)
            self.send(engine, data.replace(b"|||F\r", b"|||" + state.encode() + b"\r"))
        self.waits(engine, 3)
        self.send(engine, adt("A28", "NEW", "0800", NEOU))
        self.assertLess(self.served(engine), 1.5)
        patient = engine.rows("select patient_id from patients where mrn = 'X-9'")[0][0]
        [current] = engine.results(patient)
        self.assertEqual((current["value_text"], current["result_status"], current["version"]), ("4.3", "corrected", 3))
        closed = self.anna.get("/api/review?state=resolved")["items"]
        self.assertEqual({(each["kind"], each["action"], each["reason"], each["resolved_by"]) for each in closed},
                         {("unmatched", "settled", "run again, since a patient whom it may mean was created or changed", None)})
        log = engine.get(f"/api/messages/{closed[0]['message_id']}")[1]
        self.assertEqual((log["status"], log["patient_id"], log["trace"]["patient"]["rule"]), ("processed", patient, "mrn"))
        self.assertIn("a patient whom it may mean was created or changed", " ".join(log["trace"]["remarks"]))

    def test_a_patient_by_fhir_by_transaction_and_by_roster(self):
        engine = self.start()
        self.send(engine, message("O1", "700001^^^CYP^NI", **NEOU_NAME))
        self.assertEqual(engine.fhir("POST", "/Patient", person("700001"))[0], 201)
        self.served(engine)
        self.send(engine, message("O2", "700002^^^CYP^NI", **NEOU_NAME, order="F-2").replace(b"ANDREAS", b"MARIOS"))
        self.assertEqual(engine.fhir("POST", "", bundle("transaction", post(person("700002", "Μάριος"))))[0], 200)
        self.served(engine)
        self.send(engine, message("O3", "R-1^^^MAIN^MR", name="ROSTER^ELENI", born="19800102", sex="F", order="F-3"))
        roster = engine.folder / "more.csv"
        head = (GOLDEN / "patients.csv").read_text().splitlines()[0]
        roster.write_text(head + "\nR-1,Eleni,Roster,1980-01-02,female,,,,,,\n")
        engine.command("patients", "load", str(roster))
        self.served(engine)
        self.assertEqual(engine.count("lab_results"), 3)

    def test_a_change_serves_and_what_needs_a_person_keeps_its_review(self):
        engine = self.start()
        status, made, _ = engine.fhir("POST", "/Patient", person("700001", born="1961-03-02"))
        self.assertEqual(status, 201)
        self.send(engine, message("O1", "700001^^^CYP^NI", **NEOU_NAME))
        self.waits(engine, 1)
        before = self.open(engine)
        made["name"] = [{"family": "Άλλος", "given": ["Ανδρέας"]}]  # changed, and still somebody else's name
        self.assertEqual(engine.fhir("PUT", f"/Patient/{made['id']}", made)[0], 200)
        self.looked(engine)
        self.waits(engine, 1)
        self.assertEqual([each["id"] for each in self.open(engine)], [each["id"] for each in before])
        made.update(person("700001"))
        self.assertEqual(engine.fhir("PUT", f"/Patient/{made['id']}", made)[0], 200)
        self.served(engine)

    def test_two_candidates_wait_until_they_are_one(self):
        engine = self.start()
        for mrn in ("T-1", "T-2"):
            self.anna.engine.command("patients", "load", self.roster(engine, f"{mrn},Andreas,Neou,1961-02-03,male,,,,,,"))
        self.send(engine, message("O1", **NEOU_NAME))
        self.looked(engine)
        self.waits(engine, 1)
        self.send(engine, adt("A40", "M", "0800", NEOU.replace("X-9", "T-1"), more="MRG|T-2^^^MAIN^MR\r"))
        self.served(engine)
        self.assertEqual(engine.rows("select p.mrn from lab_results r join patients p on p.patient_id = r.patient_id"), [("T-1",)])

    def roster(self, engine, *lines):
        file = engine.folder / "more.csv"
        file.write_text("\n".join([(GOLDEN / "patients.csv").read_text().splitlines()[0], *lines, ""]))
        return str(file)

    def test_a_changed_number_and_a_link_that_teaches_serve_too(self):
        engine = self.start()
        engine.command("patients", "load", self.roster(engine, "N-1,Andreas,Neou,1961-02-03,male,,,,,,"))
        self.send(engine, message("O1", "N-2^^^MAIN^MR"))  # a number alone
        self.waits(engine, 1)
        self.send(engine, adt("A47", "M", "0800", NEOU.replace("X-9", "N-2"), more="MRG|N-1^^^MAIN^MR\r"))
        self.served(engine)
        patient = engine.rows("select patient_id from patients where mrn = 'N-2'")[0][0]
        # The sender's own spelling: what a person says of one message holds for those that said the same.
        for n in range(3):
            self.send(engine, message(f"L{n}", "778811^^^CYP^NI", name="NEOY^ANTREAS", born="19610203", sex="M", order=f"L-{n}"))
        self.waits(engine, 3)
        first = engine.rows("select min(cast(id as text)) from hl7_message_log where processing_status = 'unmatched'")[0][0]
        self.assertEqual(self.anna.link(first, patient)[0], 200)
        self.served(engine)
        self.assertEqual(len(engine.results(patient)), 4)

    def test_what_a_person_has_decided_stays_and_no_destination_gets_it_again(self):
        engine = self.start()
        receiver = Receiver()
        self.addCleanup(receiver.close)
        route = engine.folder / "conf/routes/lab-results.toml"
        route.write_text(route.read_text().replace('"match-patient", "persist"', '"match-patient", "forward", "persist"') + '\nsend = ["ris"]\n')
        (engine.folder / "conf/destinations").mkdir()
        (engine.folder / "conf/destinations/ris.toml").write_text(
            f'[destination]\nname = "ris"\nkind = "mllp"\nto = "127.0.0.1:{receiver.port}"\n')
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: " reloaded " in engine.log(), 10, "the reload")
        self.send(engine, message("O1", "700001^^^CYP^NI", **NEOU_NAME), message("O2", "700001^^^CYP^NI", **NEOU_NAME, order="F-2"))
        until(lambda: engine.count("delivery", "state = 'sent'") == 2, 10, "both deliveries")
        dismissed = self.open(engine)[-1]
        self.assertEqual(self.anna.resolve(dismissed["id"], "accept", reason="a test of theirs")[0], 200)
        self.assertEqual(engine.fhir("POST", "/Patient", person("700001"))[0], 201)
        until(lambda: engine.count("hl7_message_log", "processing_status = 'unmatched'") == 1, 5, "the other one")
        self.looked(engine)
        self.assertEqual(engine.rows("select cast(id as text) from hl7_message_log where processing_status = 'unmatched'"), [(dismissed["message_id"],)])
        self.assertEqual(engine.count("delivery"), 2)
        self.assertEqual(len(receiver.got), 2)

    def test_admissions_wait_and_are_served_with_their_visits(self):
        engine = self.start()
        for event, minute in (("A01", "0800"), ("A02", "0830"), ("A03", "0900")):
            self.send(engine, adt(event, event, minute, NEOU, "V-9"))
        self.waits(engine, 3)
        engine.command("patients", "load", self.roster(engine, "X-9,Andreas,Neou,1961-02-03,male,,,,,,"))
        self.served(engine)
        self.assertEqual(engine.rows("select visit_number, status from encounters"), [("V-9", "completed")])

    def test_a_crash_forgets_nobody(self):
        engine = self.start()
        self.send(engine, *(message(f"O{n}", "X-9^^^MAIN^MR", order=f"F-{n}", **NEOU_NAME) for n in range(40)))
        self.waits(engine, 40)
        engine.kill()
        engine.command("patients", "load", self.roster(engine, "X-9,Andreas,Neou,1961-02-03,male,,,,,,"))
        for pause in (0.0, 0.1, 0.3):
            engine.start()
            time.sleep(pause)
            engine.kill()
        engine.start()
        self.served(engine, 20)
        self.assertEqual(engine.count("lab_results"), 40)

    def test_messages_that_waited_before_the_keys_were_kept_are_found(self):
        engine = self.start()
        self.send(engine, message("O1", "X-9^^^MAIN^MR", **NEOU_NAME))
        self.looked(engine)
        self.assertEqual(engine.stop(), 0)
        self.write(engine, "delete from waiting_claims")
        self.write(engine, "delete from aorta_meta where key = 'waiting-keys'")
        engine.command("migrate")
        engine.start()
        engine.command("patients", "load", self.roster(engine, "X-9,Andreas,Neou,1961-02-03,male,,,,,,"))
        self.served(engine, 10)

    def write(self, engine, sql):
        if engine.postgres:
            return engine.postgres.sql(sql, engine.database)
        with sqlite3.connect(f"{engine.folder}/aorta.db") as db:
            db.execute(sql)


class TwoNodes(WithStore, unittest.TestCase):
    """Patients are written by one engine and messages come to another, all at once: nobody is missed in between."""

    make_postgres = Postgres

    def test_a_patient_and_his_message_at_the_same_moment(self):
        one = self.engine(routes=["admissions"])
        other = second_engine(self, one)
        count = 150

        def lab():
            with Sender(other.port) as sender:
                for n in range(count):
                    self.assertEqual(ack_code(sender.ask(message(f"O{n}", f"7{n:05}^^^CYP^NI", order=f"F-{n}", **NEOU_NAME))), "AA")

        def desk():
            for n in range(count):
                self.assertEqual(one.fhir("POST", "/Patient", person(f"7{n:05}"))[0], 201)

        threads = [threading.Thread(target=each) for each in (lab, desk)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        until(lambda: one.count("hl7_message_log", "processing_status = 'unmatched'") == 0, 20, "that all are served")
        self.assertEqual(one.rows("select count(distinct patient_id), count(*) from lab_results"), [(str(count), str(count))])
        self.assertEqual(one.count("review_queue", "state = 'open'"), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
