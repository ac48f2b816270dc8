"""Appointments through a socket: booked, shown, cancelled, refused, kill and repeat; on both databases."""
import signal
import unittest

from review_test import Desk
from support import WithStore, Sender, ack_code, on_both

GIORGOS = "M-0001^^^MAIN^MR||PAPADOPOULOS^GEORGIOS||19580412|M"


def siu(event, control, minute, number, pid=GIORGOS, times="20261125100000|20261125103000", kind="SIU"):
    return (f"MSH|^~\\&|SCHED|HOSP|OPENHEART|MAIN|20261120{minute}||{kind}^{event}|{control}|P|2.5.1|||||CYP|UNICODE UTF-8\r"
            f"SCH||{number}\rTQ1|||||||{times}\rPID|1||{pid}\rRGS|1\rAIS|1|A|ECHO^Echocardiography^L\rAIL|1|A|CARDIO^R2\r").encode()


@on_both
class Appointment(WithStore):
    def test_an_appointment_from_booking_to_no_show(self):
        engine = self.engine(routes=["appointments"])
        with Sender(engine.port) as sender:
            for event, minute in (("S12", "0800"), ("S13", "0810"), ("S26", "0900")):
                self.assertEqual(ack_code(sender.ask(siu(event, event, minute, "S-1"))), "AA")
            reply = sender.ask(siu("S01", "R1", "0900", "S-2", kind="SRM"))
            self.assertEqual(ack_code(reply), "AR")
            self.assertIn("|200^Unsupported message type^", reply.decode())
        self.assertEqual([tuple(r) for r in engine.rows("select status, appointment_type, location from appointments")],
                         [("no_show", "echo", "CARDIO, R2")])
        desk = Desk(engine, "reader", scope="read")
        patient = engine.rows("select patient_id from patients where mrn = 'M-0001'")[0][0]
        status, bundle = engine.get(f"/fhir/r4/Appointment?patient={patient}", key=desk.key)
        self.assertEqual(status, 200)
        self.assertEqual((bundle["entry"][0]["resource"]["status"], bundle["entry"][0]["resource"]["start"]), ("noshow", "2026-11-25T08:00:00Z"))

    def test_a_repeat_and_a_kill_book_nothing_twice(self):
        engine = self.engine(routes=["appointments"])
        letter = siu("S12", "K1", "0800", "S-3")
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(letter)), "AA")
        engine.process.send_signal(signal.SIGKILL)
        engine.process.wait()
        engine.start()
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(letter)), "AA")
        self.assertEqual(engine.rows("select count(*) from appointments")[0][0], "1")
        self.assertEqual(engine.rows("select count(*) from event_outbox where event_type = 'appointment_created'")[0][0], "1")


if __name__ == "__main__":
    unittest.main()
