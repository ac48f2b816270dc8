"""A person is erased over HTTP: two keys, a dry run first, what stands in the way, and nothing that says who it was; on both databases."""
import json
import unittest

from delivery_kinds_test import Web
from review_test import Desk, message
from support import Engine, Sender, WithStore, ack_code, on_both, until

GIORGOS = dict(ids="812345^^^CYP^NI~M-0001^^^MAIN^MR", name="PAPADOPOULOS^GEORGIOS", born="19580412", sex="M")
PATIENT = {"resourceType": "Patient", "name": [{"family": "Παπαδόπουλος", "given": ["Γεώργιος"]}], "birthDate": "1958-04-12", "gender": "male"}


@on_both
class Erase(WithStore):
    def start(self):
        web = Web()
        self.addCleanup(web.close)
        engine = Engine(self.postgres)
        self.addCleanup(engine.end)
        (engine.folder / "conf/destinations").mkdir(exist_ok=True)
        (engine.folder / "conf/destinations/board.toml").write_text(
            f'[destination]\nname = "board"\nkind = "http"\nto = "{web.url}"\nplaintext = true\nallow = ["127.0.0.0/8"]\n'
            'events = ["lab_result_filed", "patient_erased"]\n')
        engine.start()
        self.web = web
        self.anna = Desk(engine, "anna", "anna@clinic.example", "admin")
        self.nikos = Desk(engine, "nikos", "nikos@clinic.example", "admin")
        return engine

    def send(self, engine, data):
        with Sender(engine.port) as sender:
            return ack_code(sender.ask(data))

    def erase(self, desk, who, query="", **body):
        return desk.post(f"/api/patients/{who}/erase{query}", **body)

    def test_two_persons_erase_and_the_next_message_is_of_nobody(self):
        engine = self.start()
        self.assertEqual(self.send(engine, message("E1", **GIORGOS)), "AA")
        self.assertEqual(self.send(engine, message("E2", order="F-2", **GIORGOS).replace(b"|P|2.5.1", b"|T|2.5.1")), "AR")  # a test's, refused
        (who,), = engine.rows("select patient_id from patients where mrn = 'M-0001'")
        (logged,), = engine.rows("select id from hl7_message_log where message_control_id = 'E1'")
        until(lambda: len(self.web.got) == 1, 20, "the event")
        self.anna.get("/fhir/r4/Patient?family=%CE%A0%CE%B1%CF%80%CE%B1%CE%B4%CF%8C%CF%80%CE%BF%CF%85%CE%BB%CE%BF%CF%82")

        status, shown = self.erase(self.anna, who, "?dry_run=true")
        self.assertEqual((status, shown["state"], shown["rows"]["hl7_message_log"]), (200, "dry-run", 2), shown)
        self.assertEqual([(each["destination"], each["sent"]) for each in shown["left"]], [("board", 1)])
        self.assertEqual(engine.rows("select mrn from patients where patient_id = " + who), [("M-0001",)])

        self.assertEqual(self.erase(Desk(engine, "program", None, "admin"), who, reason="x")[0], 403)  # nobody's key
        self.assertEqual(self.erase(Desk(engine, "eve", "eve@clinic.example"), who, reason="x")[0], 403)  # not an admin's
        self.assertEqual(self.erase(self.anna, who)[0], 400)
        self.assertEqual(self.erase(self.anna, who, "?dryrun=true", reason="x")[0], 400)
        self.assertEqual(self.erase(self.anna, who, reason="letter of 20 November")[0], 202)
        self.assertEqual(self.erase(self.anna, who, reason="letter of 20 November")[0], 409)
        second = Desk(engine, "anna2", "anna@clinic.example", "admin")
        self.assertEqual(self.erase(second, who, reason="letter of 20 November")[0], 409)  # two keys of one person
        status, done = self.erase(self.nikos, who, reason="letter of 20 November")
        self.assertEqual((status, done["state"]), (200, "erased"), done)
        self.assertEqual(self.erase(self.nikos, who, reason="again")[0], 409)

        self.assertEqual(engine.get(f"/fhir/r4/Patient/{who}")[0], 410)
        self.assertEqual(engine.fhir("PUT", f"/Patient/{who}", dict(PATIENT, id=who))[0], 409)
        self.assertEqual(self.anna.post(f"/api/messages/{logged}/reprocess")[0], 409)
        self.assertEqual(self.anna.get(f"/api/messages/{logged}")["raw"], "")
        self.assertEqual(engine.count("lab_results", f"patient_id = {who}"), 1)
        self.assertEqual(engine.rows(f"select mrn, birth_date from patients where patient_id = {who}"), [(f"erased-{who}", "")])
        self.assertEqual(engine.count("security_audit", "criteria is not null"), 0)  # the search by name, too
        until(lambda: [json.loads(body)["event_type"] for _, _, body in self.web.got] == ["lab_result_filed", "patient_erased"], 20, "the event")
        self.assertEqual(self.send(engine, message("E1", **GIORGOS)), "AA")  # a repeat says nothing new
        self.assertEqual(self.send(engine, message("E3", order="F-3", **GIORGOS)), "AA")
        self.assertEqual([m["status"] for m in engine.messages("&control_id=E3")], ["unmatched"])
        engine.kill()
        engine.start()
        self.assertEqual(engine.get(f"/fhir/r4/Patient/{who}")[0], 410)
        status, made, _ = engine.fhir("POST", "/Patient", PATIENT)
        self.assertEqual(status, 201)
        self.assertNotEqual(made["id"], who)

    def test_what_waits_for_a_decision_comes_first(self):
        engine = self.start()
        self.assertEqual(self.send(engine, message("W1", ids="812345^^^CYP^NI", name="CHRISTOU^MARIA", born="19900101", sex="F")), "AA")
        (waiting,), = engine.rows("select id from hl7_message_log where message_control_id = 'W1' and processing_status = 'unmatched'")
        (who,), = engine.rows("select patient_id from patients where mrn = 'M-0001'")
        self.assertEqual(self.erase(self.anna, who, "?dry_run=true")[1]["waiting_messages"], [waiting])
        status, refused = self.erase(self.anna, who, reason="a letter")
        self.assertEqual(status, 409)
        self.assertIn(waiting, refused["error"]["message"])
        self.assertEqual(self.erase(self.anna, 4711, reason="a letter")[0], 404)


if __name__ == "__main__":
    unittest.main()
