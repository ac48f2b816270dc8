"""Admissions through a socket: people and visits, joins and what takes them back, kill and repeat; on both databases."""
import signal
import unittest

from review_test import Desk
from support import Sender, WithStore, ack_code, on_both, until


def adt(event, control, minute, pid, number="", kind="I", more=""):
    pv1 = f"PV1|1|{kind}" + "|" * 17 + f"{number}\r" if number else ""
    return (f"MSH|^~\\&|HIS|HOSP|OPENHEART|MAIN|20261120{minute}||ADT^{event}|{control}|P|2.5.1|||||CYP|UNICODE UTF-8\r"
            f"EVN||20261120{minute}\rPID|1||{pid}\r{pv1}{more}").encode()


GIORGOS = "M-0001^^^MAIN^MR||PAPADOPOULOS^GEORGIOS||19580412|M"


@on_both
class Admission(WithStore):
    def patient(self, engine, mrn):
        return engine.rows(f"select patient_id from patients where mrn = '{mrn}'")[0][0]

    def test_a_visit_from_admission_to_discharge_and_back(self):
        engine = self.engine(routes=["admissions"])
        with Sender(engine.port) as sender:
            for event, minute in (("A01", "0800"), ("A03", "0900"), ("A13", "0930")):
                self.assertEqual(ack_code(sender.ask(adt(event, event, minute, GIORGOS, "V-1"))), "AA")
        patient = self.patient(engine, "M-0001")
        rows = engine.rows("select patient_id, status, visit_number, actual_end from encounters")
        self.assertEqual([tuple(r) for r in rows], [(patient, "in_progress", "V-1", "")])
        desk = Desk(engine, "reader", scope="read")
        status, bundle = engine.get(f"/fhir/r4/Encounter?patient={patient}", key=desk.key)
        self.assertEqual(status, 200)
        resource = bundle["entry"][0]["resource"]
        self.assertEqual(resource["identifier"][0]["value"], "V-1")
        self.assertEqual(resource["status"], "in-progress")
        self.assertEqual(resource["class"]["code"], "IMP")

    def test_who_is_not_known_waits_and_a_link_files_it(self):
        engine = self.engine(routes=["admissions"])
        anna = Desk(engine, "anna", "anna@clinic.example")
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(adt("A04", "N1", "0800", "X-9^^^MAIN^MR||NEOU^ANDREAS||19610203|M", "V-9", "O"))), "AA")
        log = engine.messages()[0]
        self.assertEqual(log["status"], "unmatched")
        self.assertEqual(engine.rows("select count(*) from encounters")[0][0], "0")
        patient = self.patient(engine, "M-0002")
        before = engine.get(f"/fhir/r4/Patient/{patient}", key=anna.key)[1]
        self.assertEqual(anna.link(log["id"], str(patient))[0], 200)
        self.assertEqual(engine.rows("select patient_id, visit_number from encounters")[0], (patient, "V-9"))
        self.assertEqual(engine.get("/api/review?state=open", key=anna.key)[1]["items"], [])
        # One call takes it back: the row is what it was.
        self.assertEqual(anna.post(f"/api/messages/{log['id']}/unlink")[0], 200)
        after = engine.get(f"/fhir/r4/Patient/{patient}", key=anna.key)[1]
        self.assertEqual({k: v for k, v in after.items() if k != "meta"}, {k: v for k, v in before.items() if k != "meta"})
        self.assertEqual(engine.rows("select status from encounters")[0][0], "cancelled")
        # The same claims of the same sender were a person's to decide: they are asked again, once.
        self.assertEqual(len(engine.get("/api/review?state=open", key=anna.key)[1]["items"]), 1)

    def test_a_repeat_and_a_kill_file_nothing_twice(self):
        engine = self.engine(routes=["admissions"])
        letter = adt("A01", "K1", "0800", GIORGOS, "V-1")
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(letter)), "AA")
        engine.process.send_signal(signal.SIGKILL)
        engine.process.wait()
        engine.start()
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(letter)), "AA")
        self.assertEqual(engine.rows("select count(*) from encounters")[0][0], "1")
        self.assertEqual(engine.rows("select count(*) from event_outbox where event_type = 'encounter_changed'")[0][0], "1")

    def test_one_call_takes_a_merge_back(self):
        engine = self.engine(routes=["admissions"])
        anna, program = Desk(engine, "anna", "anna@clinic.example"), Desk(engine, "program")
        status, made, _ = engine.fhir("POST", "/Patient", {"resourceType": "Patient", "name": [{"family": "Παπαδόπουλος", "given": ["Γεώργιος"]}],
                                                           "gender": "male", "birthDate": "1958-04-12"})
        self.assertEqual(status, 201, made)
        merged = made["id"]
        (number,), = engine.rows(f"select mrn from patients where patient_id = {merged}")
        second = f"{number}^^^MAIN^MR||PAPADOPOULOS^GEORGIOS||19580412|M"
        with Sender(engine.port) as sender:
            for control, minute, pid, visit in (("U1", "0800", second, "V-2"), ("U2", "0805", GIORGOS, "V-1")):
                self.assertEqual(ack_code(sender.ask(adt("A01", control, minute, pid, visit))), "AA")
        survivor = self.patient(engine, "M-0001")
        of = lambda: dict(tuple(map(str, row)) for row in engine.rows("select visit_number, patient_id from encounters"))  # noqa: E731
        self.assertEqual(of(), {"V-1": survivor, "V-2": merged})
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(adt("A40", "U3", "0810", GIORGOS, more=f"MRG|{number}^^^MAIN^MR\r"))), "AA")
        self.assertEqual(of(), {"V-1": survivor, "V-2": survivor})
        self.assertEqual(program.post(f"/api/patients/{survivor}/unmerge")[0], 403)  # it is a person's to say
        self.assertEqual(of(), {"V-1": survivor, "V-2": survivor})
        self.assertEqual(anna.post(f"/api/patients/{survivor}/unmerge")[0], 200)
        self.assertEqual(of(), {"V-1": survivor, "V-2": merged})
        self.assertEqual(engine.get(f"/fhir/r4/Patient/{merged}", key=anna.key)[1].get("link"), None)
        self.assertEqual(anna.post(f"/api/patients/{survivor}/unmerge")[0], 409)  # there is nothing more
        # What its number names is its own again.
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(adt("A08", "U4", "0900", second, "V-3", "O"))), "AA")
        self.assertEqual(of()["V-3"], merged)

    def test_a_sender_that_does_not_wait_gets_what_its_order_says(self):
        """A28 of two, a visit of the second, and A40: all written at once."""
        engine = self.engine(routes=["admissions"])
        route = engine.folder / "conf/routes/admissions.toml"
        route.write_text(route.read_text().replace("create = false", "create = true"))
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: " reloaded " in engine.log(), 10, "the reload")
        pairs, frames = 15, []
        for n in range(pairs):
            first, second = (f"P-{n}{side}^^^MAIN^MR||{name}||1970{n % 12 + 1:02}{n + 10}|F" for side, name in (("a", "NEOU^MARIA"), ("b", "HADJI^ELENI")))
            frames += [adt("A28", f"{n}-1", "0800", first), adt("A28", f"{n}-2", "0801", second), adt("A01", f"{n}-3", "0802", second, f"V-{n}"),
                       adt("A40", f"{n}-4", "0803", first, more=f"MRG|P-{n}b^^^MAIN^MR\r"), adt("A03", f"{n}-5", "0804", first, f"V-{n}")]
        with Sender(engine.port, timeout=120) as sender:
            for frame in frames:
                sender.write(frame)
            self.assertEqual([ack_code(sender.read()) for _ in frames], ["AA"] * len(frames))
        self.assertEqual(engine.rows("select kind, reasons from review_queue where state = 'open'"), [])
        rows = engine.rows("select p.mrn, e.visit_number, e.status from encounters e join patients p on p.patient_id = e.patient_id")
        self.assertEqual(sorted(tuple(row) for row in rows), sorted((f"P-{n}a", f"V-{n}", "completed") for n in range(pairs)))


if __name__ == "__main__":
    unittest.main()
