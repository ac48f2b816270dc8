"""Orders through a socket: placed, answered, linked, waiting for a person, kill and repeat; on both databases."""
import signal
import unittest

from review_test import Desk
from support import WithStore, Sender, ack_code, on_both

GIORGOS = "M-0001^^^MAIN^MR||PAPADOPOULOS^GEORGIOS||19580412|M"
STRANGER = "X-9^^^MAIN^MR||NEOU^ANDREAS||19610203|M"


def order(control, minute, body, pid=GIORGOS, kind="OML^O21^OML_O21"):
    return (f"MSH|^~\\&|HIS|HOSP|OPENHEART|MAIN|20261120{minute}||{kind}|{control}|P|2.5.1|||||CYP|UNICODE UTF-8\r"
            f"PID|1||{pid}\r" + body).encode()


def placed(number, panel="LIPREN"):
    return f"ORC|NW|{number}\rOBR|1|{number}||{panel}^Panel^L\r"


def report(control, placer):
    return (f"MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|202611200900||ORU^R01^ORU_R01|{control}|P|2.5.1|||||CYP|UNICODE UTF-8\r"
            f"PID|1||{GIORGOS}\rOBR|1|{placer}|F-{placer}|LIPREN^Panel^L|||20261120070500|||||||||||||||20261120082500||CH|F\r"
            f"OBX|1|NM|K^Potassium^L||4.4|mmol/L|3.5-5.1|N|||F|||20261120082000\r").encode()


def controls(reply):
    """ORC-1 of each order of an answer."""
    return [line.split("|")[1] for line in reply.decode().split("\r") if line.startswith("ORC|")]


@on_both
class Order(WithStore):
    def test_an_order_its_results_and_its_cancellation(self):
        engine = self.engine(routes=["orders"])
        with Sender(engine.port) as sender:
            reply = sender.ask(order("O1", "0800", placed("P-1") + placed("P-2"), kind="ORM^O01^ORM_O01"))
            self.assertEqual((ack_code(reply), controls(reply)), ("AA", ["OK", "OK"]))
            self.assertIn("|ORR^O02^ORR_O02|", reply.decode())
            self.assertEqual(ack_code(sender.ask(report("R1", "P-1"))), "AA")
            self.assertEqual(controls(sender.ask(order("O2", "0910", "ORC|CA|P-1\rORC|CA|P-2\r"))), ["UC", "CR"])
        rows = engine.rows("select placer_order_number, status from lab_orders order by 1")
        self.assertEqual([tuple(r) for r in rows], [("P-1", "resulted"), ("P-2", "cancelled")])
        self.assertEqual(engine.rows("select count(*) from lab_results r join lab_orders o on o.id = r.lab_order_id")[0][0], "1")
        desk = Desk(engine, "anna", "anna@clinic.example")
        self.assertEqual([each["kind"] for each in engine.get("/api/review?state=open", key=desk.key)[1]["items"]], ["cancel-refused"])
        patient = engine.rows("select patient_id from patients where mrn = 'M-0001'")[0][0]
        status, bundle = engine.get(f"/fhir/r4/ServiceRequest?patient={patient}", key=desk.key)
        self.assertEqual(status, 200)
        shown = sorted((each["resource"]["identifier"][0]["value"], each["resource"]["status"]) for each in bundle["entry"])
        self.assertEqual(shown, [("P-1", "completed"), ("P-2", "revoked")])

    def test_who_is_not_known_waits_and_a_link_files_it(self):
        engine = self.engine(routes=["orders"])
        anna = Desk(engine, "anna", "anna@clinic.example")
        letter = order("W1", "0800", placed("P-3"), STRANGER)
        with Sender(engine.port) as sender:
            reply = sender.ask(letter)
            self.assertEqual((ack_code(reply), controls(reply)), ("AA", ["RR"]))
        log = engine.messages()[0]
        self.assertEqual(log["status"], "unmatched")
        self.assertEqual(engine.rows("select count(*) from lab_orders")[0][0], "0")
        patient = engine.rows("select patient_id from patients where mrn = 'M-0002'")[0][0]
        self.assertEqual(anna.link(log["id"], str(patient))[0], 200)
        self.assertEqual([tuple(r) for r in engine.rows("select patient_id, status from lab_orders")], [(patient, "ordered")])
        self.assertEqual(engine.get("/api/review?state=open", key=anna.key)[1]["items"], [])
        self.assertEqual(anna.post(f"/api/messages/{log['id']}/unlink")[0], 200)
        self.assertEqual(engine.rows("select status from lab_orders")[0][0], "cancelled")

    def test_a_repeat_and_a_kill_file_nothing_twice_and_are_answered_as_before(self):
        engine = self.engine(routes=["orders"])
        letter = order("K1", "0800", placed("P-4") + "ORC|CA|P-99\r")
        with Sender(engine.port) as sender:
            self.assertEqual(controls(sender.ask(letter)), ["OK", "UC"])
        engine.process.send_signal(signal.SIGKILL)
        engine.process.wait()
        engine.start()
        with Sender(engine.port) as sender:
            self.assertEqual(controls(sender.ask(letter)), ["OK", "UC"])
        self.assertEqual(engine.rows("select count(*) from lab_orders")[0][0], "1")
        self.assertEqual(engine.rows("select count(*) from event_outbox where event_type = 'lab_order_created'")[0][0], "1")


if __name__ == "__main__":
    unittest.main()
