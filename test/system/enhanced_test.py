"""Enhanced acknowledgement: the receipt of a message is acknowledged before it is filed. Nothing is lost or filed twice, whenever the engine dies; on both
databases, and by two engines on PostgreSQL."""
import os
import random
import signal
import socket
import threading
import time
import unittest

from delivery_support import Receiver, result
from support import Sender, WithStore, drained, free_port, on_both, second_engine, segment, until

KILLS = int(os.environ.get("AORTA_KILLS", "6"))


def asking(n, accept="AL", application="AL", patient=None):
    return result(n, patient).replace(b"|2.5.1|||||CYP", f"|2.5.1|||{accept}|{application}|CYP".encode())


def answered(reply):
    """MSA-1 and MSA-2."""
    msa = segment(reply, b"MSA")
    return msa[1].decode(), msa[2].decode()


class Enhanced(WithStore):
    def silent(self, sender, seconds=0.7):
        sender.socket.settimeout(seconds)
        try:
            got = sender.rest or sender.socket.recv(100)
        except socket.timeout:
            got = b""
        sender.socket.settimeout(30)
        self.assertEqual(got, b"")

    def filed(self, engine, count):
        until(lambda: engine.count("accepted_messages") == 0 and engine.count("hl7_message_log", "processing_status = 'processed'") == count,
              20, f"{count} filed")
        self.assertEqual(engine.count("hl7_message_log", "processing_status = 'received'"), 0)

    def test_the_receipt_first_and_then_what_became_of_it(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            sender.write(asking(1))
            receipt, answer = sender.read(), sender.read()
        self.assertEqual((answered(receipt), answered(answer)), (("CA", "M-1"), ("AA", "M-1")))
        ids = [segment(each, b"MSH")[9] for each in (receipt, answer)]
        self.assertNotEqual(*ids)
        self.assertNotIn(b"M-1", ids)
        self.assertEqual(segment(answer, b"MSH")[8], b"ACK^R01^ACK")
        self.filed(engine, 1)
        self.assertEqual(engine.count("lab_results"), 1)
        self.assertEqual([m["ack_code"] for m in engine.messages()], ["AA"])
        self.assertEqual(engine.stop(), 0)

    def test_each_is_sent_as_it_was_asked_for(self):
        engine = self.engine()
        wrong = lambda n, *asks: asking(n, *asks).replace(b"ORU^R01^ORU_R01", b"ORU^R99^ORU_R01")
        unknown = lambda n, *asks: asking(n, *asks).replace(b"LIS|BIO", b"LIS|NOBODY")
        n = 0
        for make, asks, wanted in (
                (asking, ("AL", "AL"), ["CA", "AA"]), (asking, ("AL", "NE"), ["CA"]), (asking, ("AL", ""), ["CA"]), (asking, ("NE", "AL"), ["AA"]),
                (asking, ("", "AL"), ["AA"]), (asking, ("NE", "NE"), []), (asking, ("ER", "ER"), []), (asking, ("SU", "SU"), ["CA", "AA"]),
                (asking, ("AL", "ER"), ["CA"]), (asking, ("", ""), ["AA"]),
                (wrong, ("AL", "AL"), ["CR"]), (wrong, ("ER", "AL"), ["CR"]), (wrong, ("NE", "AL"), ["AR"]), (wrong, ("SU", "ER"), ["AR"]),
                (wrong, ("NE", "NE"), []), (wrong, ("", ""), ["AR"]),
                (unknown, ("AL", "AL"), ["CA", "AE"]), (unknown, ("AL", "ER"), ["CA", "AE"]), (unknown, ("AL", "SU"), ["CA"]),
                (unknown, ("NE", "ER"), ["AE"]), (unknown, ("ER", "NE"), [])):
            n += 1
            with self.subTest(what=make.__name__, asks=asks, n=n), Sender(engine.port) as sender:
                sender.write(make(n, *asks))
                got = [answered(sender.read()) for _ in wanted]
                self.assertEqual(got, [(each, f"M-{n}") for each in wanted])
                self.silent(sender, 0.4)
        until(lambda: engine.count("accepted_messages") == 0, 10, "all of them")
        self.assertEqual(engine.count("hl7_message_log"), n)
        self.assertEqual(engine.count("hl7_message_log", "processing_status = 'received'"), 0)

    def test_both_kinds_leave_in_the_order_of_their_messages(self):
        engine = self.engine()
        numbers = range(60)
        with Sender(engine.port) as sender:
            asks = [("AL", "AL"), ("NE", "AL"), ("AL", "NE")]
            sender.raw(b"".join(b"\x0b" + asking(n, *asks[n % 3]) + b"\x1c\x0d" for n in numbers))
            replies = [answered(sender.read()) for _ in range(80)]
            self.silent(sender)
        receipts = [r for r in replies if r[0] == "CA"]
        answers = [r for r in replies if r[0] == "AA"]
        self.assertEqual(receipts, [("CA", f"M-{n}") for n in numbers if n % 3 != 1])
        self.assertEqual(answers, [("AA", f"M-{n}") for n in numbers if n % 3 != 2])
        self.filed(engine, 60)
        # One patient's messages are filed in the order of receipt, whatever else goes on.
        for patient, filed in self.order_of_filing(engine).items():
            self.assertEqual(filed, sorted(filed), patient)

    def order_of_filing(self, engine):
        out = {}
        for patient, when, order in engine.rows("select patient_id, created_at, filler_order_number from lab_results order by created_at, id"):
            out.setdefault(patient, []).append((when, int(order.split("-")[1])))
        return {patient: [n for _, n in rows] for patient, rows in out.items()}

    def test_a_repeat_is_acknowledged_as_before_and_filed_once(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            for _ in range(3):
                sender.write(asking(7))
                self.assertEqual([answered(sender.read())[0] for _ in range(2)], ["CA", "AA"])
            sender.write(asking(8).replace(b"LIS|BIO", b"LIS|NOBODY"))
            self.assertEqual([answered(sender.read())[0] for _ in range(2)], ["CA", "AE"])
        self.assertEqual(engine.count("lab_results"), 1)
        self.assertEqual(sorted(m["status"] for m in engine.messages("&control_id=M-7")), ["duplicate", "duplicate", "processed"])

    def test_a_sender_that_has_said_all_hears_both(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            sender.write(asking(1))
            sender.socket.shutdown(socket.SHUT_WR)
            self.assertEqual([answered(sender.read())[0] for _ in range(2)], ["CA", "AA"])
            self.assertIsNone(sender.read())

    def test_the_route_may_say_how_all_are_answered(self):
        engine = self.engine(route='ack = "enhanced"')
        with Sender(engine.port) as sender:
            sender.write(result(1))
            self.assertEqual([answered(sender.read())[0] for _ in range(2)], ["CA", "AA"])
            sender.write(asking(2, "NE", "AL"))
            self.assertEqual(answered(sender.read()), ("AA", "M-2"))
        other = self.engine(route='ack = "original"')
        with Sender(other.port) as sender:
            self.assertEqual(answered(sender.ask(asking(1)))[0], "AA")
            self.silent(sender)

    def test_messages_of_one_frame_have_one_answer_each(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            sender.write(asking(1) + asking(2))
            self.assertEqual([answered(sender.read()) for _ in range(2)], [("AA", "M-1"), ("AA", "M-2")])
            self.silent(sender)

    def test_release_2_says_of_each_frame_that_it_is_safe(self):
        engine = self.engine(listener="release = 2")
        with Sender(engine.port) as sender:
            sender.write(result(1))
            self.assertEqual(sender.read(), b"\x06")
            self.assertEqual(answered(sender.read()), ("AA", "M-1"))
            sender.write(b"\x06")  # of that acknowledgement: nobody answers it
            sender.write(asking(2))
            self.assertEqual(sender.read(), b"\x06")
            self.assertEqual([answered(sender.read())[0] for _ in range(2)], ["CA", "AA"])
            sender.write(b"\x06")
            sender.write(b"\x06")
            self.silent(sender)
        self.assertEqual(engine.count("hl7_message_log"), 2)

    # --- crashes, moment by moment

    def test_killed_between_receipt_and_filing(self):
        engine = self.engine(environment={"AORTA_TEST_THROW": "map-lab:M-1"})
        with Sender(engine.port) as sender:
            sender.write(asking(1, patient="812345"))
            self.assertEqual(answered(sender.read())[0], "CA")
            while True:  # waits behind it; the chain may just have died of that
                sender.write(asking(2, patient="812345"))
                if answered(sender.read())[0] == "CA":
                    break
            self.assertEqual(engine.count("hl7_message_log", "processing_status = 'received'"), 2)
            engine.kill()
        del engine.environment["AORTA_TEST_THROW"]
        engine.start()
        self.filed(engine, 2)
        self.assertEqual(engine.rows("select filler_order_number from lab_results order by created_at, id"), [("F-1",), ("F-2",)])
        with Sender(engine.port) as sender:  # whoever heard no AA asks again
            sender.write(asking(1, patient="812345"))
            self.assertEqual([answered(sender.read())[0] for _ in range(2)], ["CA", "AA"])
        self.assertEqual(engine.count("lab_results"), 2)

    def test_a_stage_that_dies_over_a_message_loses_none_and_ends(self):
        engine = self.engine(environment={"AORTA_TEST_THROW": "map-lab:M-1"})
        with Sender(engine.port) as sender:
            sender.raw(b"".join(b"\x0b" + asking(n) + b"\x1c\x0d" for n in (1, 2)))
            replies = [answered(sender.read()) for _ in range(4)]
        self.assertEqual(sorted(replies), [("AA", "M-2"), ("AE", "M-1"), ("CA", "M-1"), ("CA", "M-2")])
        self.assertEqual([m["status"] for m in engine.messages("&control_id=M-1")], ["failed"])

    def test_killed_between_filing_and_answer(self):
        engine = self.engine(environment={"AORTA_TEST_THROW": "ack:M-1"})
        with Sender(engine.port) as sender:
            sender.write(asking(1))  # the acknowledgement of its filing dies
            self.assertEqual(answered(sender.read())[0], "CA")
            until(lambda: engine.count("lab_results") == 1, 10, "its filing")
            engine.kill()
        del engine.environment["AORTA_TEST_THROW"]
        engine.start()
        with Sender(engine.port) as sender:
            sender.write(asking(1))
            self.assertEqual([answered(sender.read())[0] for _ in range(2)], ["CA", "AA"])
        self.assertEqual(engine.count("lab_results"), 1)
        self.filed(engine, 1)

    def test_killed_again_and_again_under_load(self):
        engine = self.engine()
        senders = [Load(n, lambda: engine.port) for n in range(6)]
        for each in senders:
            each.start()
        dice = random.Random(5)
        for _ in range(KILLS):
            before = sum(len(each.receipts) for each in senders)
            until(lambda: sum(len(each.receipts) for each in senders) > before + 20, 60, "progress")
            threading.Event().wait(dice.random() * 0.2)
            engine.kill()
            engine.start()
        for each in senders:
            each.stop_asked.set()
        for each in senders:
            each.join(60)
            self.assertFalse(each.is_alive())
            self.assertIsNone(each.fault)
        drained(lambda: engine.count("accepted_messages"))
        told = {n for each in senders for n in each.receipts}
        filed = [int(order.split("-")[1]) for order, in engine.rows("select filler_order_number from lab_results")]
        self.assertEqual(len(filed), len(set(filed)), "filed twice")
        self.assertLessEqual(told, set(filed), "acknowledged and lost")
        self.assertEqual(engine.count("hl7_message_log", "processing_status in ('received', 'failed')"), 0)
        self.assertEqual(engine.count("lab_result_versions"), 0)

    # --- to another receiver

    def test_answers_go_where_the_route_says(self):
        receiver = Receiver(lambda message: "CA")
        self.addCleanup(receiver.socket.close)
        engine = self.engine(route=f'application_ack = "127.0.0.1:{receiver.port}"')
        with Sender(engine.port) as sender:
            for n in range(5):
                self.assertEqual(answered(sender.ask(asking(n))), ("CA", f"M-{n}"))
            self.assertEqual(answered(sender.ask(asking(5).replace(b"LIS|BIO", b"LIS|NOBODY"))), ("CA", "M-5"))
            self.assertEqual(answered(sender.ask(asking(6, "AL", "ER"))), ("CA", "M-6"))
            self.assertEqual(answered(sender.ask(result(7))), ("AA", "M-7"))
            self.assertEqual(answered(sender.ask(asking(1))), ("CA", "M-1"))  # a repeat
            self.silent(sender)
        until(lambda: len(receiver.got) == 6, 20, "the answers")
        got = [message for _, message in receiver.got]
        self.assertEqual(sorted(answered(each) for each in got), [("AA", f"M-{n}") for n in range(5)] + [("AE", "M-5")])
        self.assertEqual({tuple(segment(each, b"MSH")[14:16]) for each in got}, {(b"AL", b"NE")})
        until(lambda: engine.count("delivery", "state = 'sent'") == 6 and engine.count("accepted_messages") == 0, 10, "their ends")
        self.assertEqual(engine.count("delivery"), 6)
        self.assertEqual(engine.stop(), 0)

    def test_answers_to_a_receiver_that_is_away_survive_kills(self):
        port = free_port()
        engine = self.engine(route=f'application_ack = "127.0.0.1:{port}"')
        for n in range(4):
            with Sender(engine.port) as sender:
                self.assertEqual(answered(sender.ask(asking(n)))[0], "CA")
            engine.kill()
            engine.start()
        receiver = Receiver(lambda message: "CA", port)
        self.addCleanup(receiver.socket.close)
        until(lambda: {answered(message) for _, message in receiver.got} == {("AA", f"M-{n}") for n in range(4)}, 60, "the answers")
        until(lambda: engine.count("delivery", "state = 'sent'") == 4, 10, "their ends")
        self.assertEqual(engine.count("delivery"), 4)
        self.assertEqual(engine.count("lab_results"), 4)

    # --- when the configuration does not know it any more

    def accepted(self, patient="812345", **how):
        """An engine that has acknowledged the receipt of M-1, and died before it was filed."""
        engine = self.engine(environment={"AORTA_TEST_THROW": "map-lab:M-1"}, **how)
        with Sender(engine.port) as sender:
            sender.write(asking(1, patient=patient))
            self.assertEqual(answered(sender.read())[0], "CA")
            engine.kill()
        del engine.environment["AORTA_TEST_THROW"]
        return engine

    def warnings(self, engine):
        status, said = engine.get("/ready", key="")
        self.assertEqual((status, said["status"], said["reasons"]), (200, "ready", []))
        return said["warnings"]

    def gauge(self, engine, name):
        lines = [line for line in engine.get("/metrics")[1].splitlines() if line.startswith(name + "{")]
        return float(lines[0].split()[-1]) if lines else None

    def test_what_no_route_takes_any_more_is_shown_and_filed_once_one_does(self):
        engine = self.accepted()
        route = engine.folder / "conf/routes/lab-results.toml"
        before = route.read_text()
        route.write_text(before.replace('accept = ["ORU^R01", "ORU^R30", "OUL^R22"]', 'accept = ["OUL^R22"]'))
        engine.start()
        until(lambda: self.warnings(engine), 10, "the warning")
        self.assertIn("clinic 'MAIN': no route takes accepted messages any more (ORU^R01 by listener 'lab')", self.warnings(engine)[0])
        self.assertIn("no route of its clinic takes it any more", engine.log())
        until(lambda: self.gauge(engine, "aorta_accepted_waiting") == 1, 10, "the gauge")
        self.assertGreater(self.gauge(engine, "aorta_oldest_accepted_seconds"), 0)
        self.assertEqual([m["status"] for m in engine.messages()], ["received"])
        self.assertEqual(engine.count("review_queue"), 0)
        route.write_text(before)
        engine.process.send_signal(signal.SIGHUP)
        self.filed(engine, 1)
        self.assertEqual(self.warnings(engine), [])
        until(lambda: self.gauge(engine, "aorta_accepted_waiting") == 0, 10, "the gauge")
        self.assertEqual(engine.count("lab_results"), 1)

    def test_what_a_clinic_left_that_has_gone_is_shown_and_filed_once_it_is_back(self):
        engine = self.accepted()
        files = [engine.folder / "conf/aorta.toml", *(engine.folder / "conf/routes").glob("*.toml")]
        before = {path: path.read_text() for path in files}
        for path, text in before.items():
            path.write_text(text.replace('clinic.MAIN', 'clinic.OTHER').replace('clinic = "MAIN"', 'clinic = "OTHER"'))
        engine.start()
        until(lambda: self.warnings(engine), 15, "the warning")
        self.assertEqual(self.warnings(engine), ["clinic 'MAIN' is not in the configuration: 1 accepted messages wait until it is"])
        self.assertIn("the clinic is not in the configuration", engine.log())
        self.assertEqual(self.gauge(engine, "aorta_accepted_waiting"), 1)
        for path, text in before.items():
            path.write_text(text)
        engine.process.send_signal(signal.SIGHUP)
        self.filed(engine, 1)
        until(lambda: not self.warnings(engine), 15, "the end of the warning")

    def test_acknowledgements_are_a_destination_that_may_be_stopped_and_left_out(self):
        port, other = free_port(), free_port()
        engine = self.engine(route=f'application_ack = "127.0.0.1:{port}"')
        with Sender(engine.port) as sender:
            self.assertEqual(answered(sender.ask(asking(1)))[0], "CA")
        until(lambda: engine.count("delivery") == 1, 10, "the delivery")
        listed = lambda: {each["name"]: each for each in engine.get("/api/destinations")[1]["items"]}
        name = f"ack-127.0.0.1-{port}"
        self.assertEqual((listed()[name]["kind"], listed()[name]["to"], listed()[name]["state"]), ("mllp", f"127.0.0.1:{port}", "running"))
        self.assertEqual(sum(listed()[name]["counts"].values()), 1)
        self.assertEqual(engine.get(f"/api/destinations/{name}/pause", method="POST")[1]["state"], "paused")
        self.assertEqual(engine.get(f"/api/destinations/{name}/resume", method="POST")[1]["state"], "running")
        message = engine.messages()[0]["id"]
        again = f'{{"destination": "{name}"}}'.encode()
        self.assertEqual(engine.get(f"/api/messages/{message}/resend", method="POST", body=again)[0], 409)
        self.assertEqual(self.warnings(engine), [])
        # The address changes: what waits for the old one is seen, and a person may leave it out.
        self.assertEqual(engine.stop(), 0)
        route = engine.folder / "conf/routes/lab-results.toml"
        route.write_text(route.read_text().replace(str(port), str(other)))
        engine.start()
        self.assertEqual(set(listed()), {name, f"ack-127.0.0.1-{other}"})
        self.assertEqual((listed()[name]["state"], listed()[name]["counts"]["waiting"]), ("unconfigured", 1))
        until(lambda: self.warnings(engine), 10, "the warning")
        self.assertIn("1 deliveries wait for a destination that is not in the configuration", self.warnings(engine)[0])
        self.assertIn("destination-unconfigured", engine.log())
        waiting = engine.get(f"/api/deliveries?destination={name}")[1]["items"]
        self.assertEqual([each["state"] for each in waiting], ["waiting"])
        self.assertEqual(engine.get(f"/api/deliveries/{waiting[0]['id']}/skip", method="POST")[1]["state"], "skipped")
        self.assertNotIn(name, listed())
        until(lambda: not self.warnings(engine), 15, "the end of the warning")

    # --- two engines

    def test_two_engines_file_each_once_and_answer_where_it_came(self):
        if not self.postgres:
            self.skipTest("SQLite has one engine")
        first = self.engine()
        second = second_engine(self, first)
        with Sender(first.port) as one, Sender(second.port) as two:
            for n in range(0, 40, 2):
                one.write(asking(n))
                two.write(asking(n + 1))
            for sender, start in ((one, 0), (two, 1)):
                got = [answered(sender.read()) for _ in range(40)]
                self.assertEqual([g for g in got if g[0] == "CA"], [("CA", f"M-{n}") for n in range(start, 40, 2)])
                self.assertEqual([g for g in got if g[0] == "AA"], [("AA", f"M-{n}") for n in range(start, 40, 2)])
        self.filed(first, 40)
        self.assertEqual(first.count("lab_results"), 40)

    def test_what_a_killed_engine_took_another_one_files(self):
        if not self.postgres:
            self.skipTest("SQLite has one engine")
        first = self.engine(environment={"AORTA_TEST_THROW": "map-lab:M-1"})
        with Sender(first.port) as sender:
            sender.write(asking(1))
            self.assertEqual(answered(sender.read())[0], "CA")
            first.kill()
        second = second_engine(self, first)
        self.filed(second, 1)
        self.assertEqual(second.count("lab_results"), 1)


class Load(threading.Thread):
    """A sender that repeats what it heard no CA of."""

    def __init__(self, number, port):
        super().__init__(daemon=True)
        self.number, self.port, self.stop_asked, self.fault = number, port, threading.Event(), None
        self.receipts, self.sent = [], 0

    def run(self):
        try:
            while not self.stop_asked.is_set():
                n = self.number + 10 * self.sent + 100
                if self.one(n):
                    self.receipts.append(n)
                    self.sent += 1
        except Exception as why:
            self.fault = why

    def one(self, n):
        try:
            with Sender(self.port(), 10) as sender:
                sender.write(asking(n))
                while True:
                    reply = sender.read()
                    if reply is None:
                        return False
                    if answered(reply) == ("CA", f"M-{n}"):
                        return True
        except (OSError, AttributeError):
            time.sleep(0.05)
            return False


on_both(Enhanced)

if __name__ == "__main__":
    unittest.main(verbosity=1)
