"""Messages are passed on: to receivers that fail, stall, answer late or for another message, return; by engines that are killed; by two at a time."""
import collections
import random
import signal
import socket
import threading
import time
import unittest

from support import Engine, Sender, WithStore, ack_code, on_both, segment, until

NUMBERS = ["812345", "934567", "745210", "1034567", "1123456"]


def result(n, patient=None):
    """A result of its own, of one of five patients."""
    patient = patient or NUMBERS[n % len(NUMBERS)]
    return "\r".join([f"MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|M-{n}|P|2.5.1|||||CYP|UNICODE UTF-8",
                      f"PID|1||{patient}^^^CYP^NI", f"OBR|1||F-{n}|K^Potassium^L|||20261120090000|||||||||||||||20261120091000||CH|F",
                      f"OBX|1|NM|K^Potassium^L||{4 + n % 10 / 10}|mmol/L|3.5-5.1||||F|||20261120091000", ""]).encode()


def number_of(message):
    """Which of ours it is, by the order's number: MSH-10 is the engine's own."""
    return int(segment(message, b"OBR")[3].decode().split("-")[1])


def patient_of(message):
    return segment(message, b"PID")[3].split(b"^")[0].decode()


def acknowledgement(message, code="AA", control_id=None):
    msh = segment(message, b"MSH")
    return b"MSH|^~\\&|RIS|R|AORTA|A|20261120083000||ACK^R01^ACK|1|P|2.5.1\rMSA|" + code.encode() + b"|" + (control_id or msh[9]) + b"\r"


class Receiver:
    """An MLLP receiver. `behave(message)` says what it does: an MSA-1, None (says nothing), 'hang-up', 'other', or a number of seconds to wait first."""

    def __init__(self, behave=lambda message: "AA", port=0):
        self.behave, self.got, self.lock = behave, [], threading.Lock()
        self.open, self.connections = [], 0
        self.listen(port)

    def listen(self, port):
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.socket,), daemon=True).start()

    def accept(self, listening):
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self.connections += 1
            self.open.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        rest = b""
        try:
            while True:
                while b"\x1c\x0d" not in rest:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    rest += piece
                message, rest = rest.split(b"\x1c\x0d", 1)
                message = message[1:]
                with self.lock:
                    self.got.append((time.monotonic(), message))
                answer = self.behave(message)
                if isinstance(answer, float):
                    time.sleep(answer)
                    answer = "AA"
                if answer == "hang-up":
                    return connection.close()
                if answer == "other":
                    connection.sendall(b"\x0b" + acknowledgement(message, "AA", b"SOMEBODY-ELSES") + b"\x1c\x0d")
                elif answer:
                    connection.sendall(b"\x0b" + acknowledgement(message, answer) + b"\x1c\x0d")
        except OSError:
            pass

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)  # else whoever accepts at this moment accepts one more
        except OSError:
            pass
        self.socket.close()
        for each in self.open:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()
        self.open = []

    def numbers(self):
        with self.lock:
            return [number_of(message) for _, message in self.got]


class Delivering(WithStore):
    def forwarding(self, to, keys="", name="ris", start=True, lanes=1):
        made = Engine(self.postgres)
        self.addCleanup(made.end)
        route = made.folder / "conf/routes/lab-results.toml"
        text = route.read_text().replace('"match-patient", "persist"', '"match-patient", "forward", "persist"')
        route.write_text(text + f'\nsend = ["{name}"]\nlanes = {lanes}\n')
        (made.folder / "conf/destinations").mkdir()
        self.destination(made, to, keys, name)
        return made.start() if start else made

    def destination(self, engine, to, keys="", name="ris"):
        where = f"127.0.0.1:{to.port}" if isinstance(to, Receiver) else to
        (engine.folder / f"conf/destinations/{name}.toml").write_text(
            f'[destination]\nname = "{name}"\nkind = "mllp"\nto = "{where}"\nretry_seconds = [1, 1, 2]\n{keys}\n')

    def receiver(self, *args, **how):
        made = Receiver(*args, **how)
        self.addCleanup(made.close)
        return made

    def states(self, engine):
        return dict(collections.Counter(state for (state,) in engine.rows("select state from delivery")))

    def settled(self, engine, count, seconds=60):
        until(lambda: self.states(engine).get("sent", 0) == count, seconds, f"{count} sent deliveries of {self.states(engine)}")

    def send(self, engine, numbers, patient=None):
        with Sender(engine.port) as sender:
            for n in numbers:
                self.assertEqual(ack_code(sender.ask(result(n, patient))), "AA")

    def perhaps(self, engine):
        return {int(text.split("-")[1]) for (text,) in engine.rows(
            "select l.message_control_id from delivery d join hl7_message_log l on l.id = d.message_id where d.perhaps")}

    def in_order(self, receiver):
        """The first copies of each patient's messages come in the order in which they were filed."""
        last = {}
        seen = set()
        for _, message in receiver.got:
            n, patient = number_of(message), patient_of(message)
            if n not in seen:
                self.assertGreater(n, last.get(patient, -1), f"{patient}: {receiver.numbers()}")
                last[patient] = n
            seen.add(n)

    def test_what_is_filed_is_passed_on_under_an_id_of_ours(self):
        receiver = self.receiver()
        engine = self.forwarding(receiver)
        self.send(engine, range(5))
        self.settled(engine, 5)
        self.assertEqual(receiver.numbers(), [0, 1, 2, 3, 4])
        sent = receiver.got[0][1]
        ours = segment(sent, b"MSH")[9].decode()
        self.assertNotEqual(ours, "M-0")
        self.assertLessEqual(len(ours), 20)
        self.assertEqual(sent.replace(ours.encode(), b"M-0", 1), result(0))
        self.assertEqual(engine.rows(f"select l.message_control_id from delivery d join hl7_message_log l on l.id = d.message_id where d.control_id = '{ours}'"),
                         [("M-0",)])
        self.send(engine, [0])  # a repeat
        status, _ = engine.get(f"/api/messages/{engine.messages()[-1]['id']}/reprocess", method="POST")
        self.assertLess(status, 300)
        self.assertEqual(engine.count("delivery"), 5)

    def test_refused_messages_are_not_passed_on_and_unmatched_ones_as_the_destination_says(self):
        receiver = self.receiver()
        engine = self.forwarding(receiver, 'control_id = "keep"')
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(result(1, "999998"))), "AA")
            self.assertEqual(ack_code(sender.ask(result(2).replace(b"ORU^R01^ORU_R01", b"ORU^R99^ORU_R01"))), "AR")
        self.settled(engine, 1)
        self.assertEqual(segment(receiver.got[0][1], b"MSH")[9], b"M-1")
        self.assertEqual(engine.count("delivery"), 1)
        self.destination(engine, receiver, "forward_unmatched = false")
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: " reloaded " in engine.log(), 10, "the reload")
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(result(3, "999999"))), "AA")
            self.assertEqual(ack_code(sender.ask(result(4))), "AA")
        self.settled(engine, 2)
        self.assertEqual(receiver.numbers(), [1, 4])

    def test_an_absent_receiver_costs_no_listener_and_gets_all_in_order_when_it_returns(self):
        receiver = self.receiver()
        port = receiver.port
        receiver.close()
        engine = self.forwarding(f"127.0.0.1:{port}")
        self.send(engine, range(200))
        until(lambda: "destination-away" in engine.log(), 30, "the alert")
        self.assertEqual(engine.log().count("destination-away"), 1)
        status, text = engine.get("/metrics")
        self.assertIn('aorta_circuit_open{destination="ris"} 1', text)
        receiver.listen(port)
        self.settled(engine, 200)
        self.assertEqual(sorted(receiver.numbers()), list(range(200)))
        self.in_order(receiver)
        until(lambda: "destination-back" in engine.log(), 10, "the end of the alert")
        self.assertEqual(self.perhaps(engine), set())

    def test_a_receiver_that_fails_stalls_answers_late_or_for_another_message_gets_each_at_least_once(self):
        dice = random.Random(7)
        refused = collections.Counter()

        def behave(message):
            turn = dice.randrange(20)
            if turn == 0:
                return "hang-up"
            if turn == 1:
                return "other"
            if turn == 2:
                return 1.5  # the engine waits one second
            if turn == 3:
                return None
            if turn == 4:
                refused[number_of(message)] += 1
                return "AE"
            return "AA"

        receiver = self.receiver(behave)
        engine = self.forwarding(receiver, "timeout_seconds = 1\nattempts = 1000")
        self.send(engine, range(40))
        self.settled(engine, 40, 180)
        self.in_order(receiver)
        perhaps = self.perhaps(engine)
        for n, copies in collections.Counter(receiver.numbers()).items():
            if copies > 1 + refused[n]:
                self.assertIn(n, perhaps)

    def test_what_the_receiver_refuses_is_parked_and_the_next_goes_on(self):
        receiver = self.receiver(lambda message: "AR" if number_of(message) == 1 else "AE" if number_of(message) == 2 else "AA")
        engine = self.forwarding(receiver, "attempts = 1")
        self.send(engine, range(5), "812345")
        until(lambda: self.states(engine) == {"sent": 3, "parked": 2}, 30, "the parked ones")
        self.assertEqual(sorted(receiver.numbers()), [0, 1, 2, 2, 3, 4])
        self.in_order(receiver)
        self.assertEqual(engine.rows("select distinct last_code from delivery where state = 'parked' order by 1"), [("AE",), ("AR",)])
        self.assertEqual(engine.log().count("delivery-parked"), 2)

    def test_a_held_key_keeps_its_own_and_nobody_elses(self):
        receiver = self.receiver(lambda message: "AR" if number_of(message) == 0 else "AA")
        engine = self.forwarding(receiver, 'on_reject = "hold"')
        self.send(engine, range(10))
        until(lambda: self.states(engine) == {"sent": 8, "parked": 1, "waiting": 1}, 30, "what is held")
        self.assertNotIn(5, receiver.numbers())
        engine.kill()
        engine.start()
        self.send(engine, [10, 11])
        until(lambda: self.states(engine) == {"sent": 9, "parked": 1, "waiting": 2}, 30, "what is held after a new start")

    def test_killed_in_the_middle_nothing_is_lost_and_twice_only_where_the_row_says_perhaps(self):
        receiver = self.receiver(lambda message: 0.01)
        engine = self.forwarding(receiver, "partitions = 2", lanes=2)
        sent = 0
        for _ in range(6):
            self.send(engine, range(sent, sent + 40))
            sent += 40
            time.sleep(random.random() * 0.3)
            engine.kill()
            engine.start()
        self.settled(engine, sent, 120)
        self.assertEqual(set(receiver.numbers()), set(range(sent)))
        self.in_order(receiver)
        perhaps = self.perhaps(engine)
        twice = {n for n, copies in collections.Counter(receiver.numbers()).items() if copies > 1}
        self.assertLessEqual(twice, perhaps)
        ids = {}
        for _, message in receiver.got:
            ids.setdefault(number_of(message), set()).add(segment(message, b"MSH")[9])
        self.assertTrue(all(len(each) == 1 for each in ids.values()), "another id at another attempt")

    def test_two_engines_never_both_send(self):
        if not self.postgres:
            self.skipTest("one file, one engine")
        receiver = self.receiver()
        first = self.forwarding(receiver, "partitions = 4", start=False)
        second = self.forwarding(receiver, "partitions = 4", start=False)
        conf = second.folder / "conf/aorta.toml"
        conf.write_text(conf.read_text().replace(second.url, first.url))
        second.key, second.database = first.key, first.database
        first.start()
        second.start()
        def some(engine, numbers):
            try:
                self.send(engine, numbers)
            except (AttributeError, OSError):
                pass  # killed while it was sent to

        threads = [threading.Thread(target=some, args=(engine, range(start, start + 150)))
                   for start, engine in ((0, first), (1000, second))]
        for each in threads:
            each.start()
        time.sleep(0.5)
        second.kill()
        for each in threads:
            each.join()
        filed = {int(text.split("-")[1]) for (text,) in first.rows("select message_control_id from hl7_message_log where processing_status = 'processed'")}
        self.settled(first, len(filed), 60)
        self.assertEqual(set(receiver.numbers()), filed)
        twice = {n for n, copies in collections.Counter(receiver.numbers()).items() if copies > 1}
        self.assertLessEqual(twice, self.perhaps(first))

    def test_a_stop_finishes_what_is_out_and_a_start_goes_on_at_once(self):
        receiver = self.receiver(lambda message: 0.1)
        engine = self.forwarding(receiver)
        self.send(engine, range(30))
        self.assertEqual(engine.stop(), 0)
        self.assertEqual(self.perhaps(engine), set())
        self.assertNotIn("inflight", self.states(engine))
        begin = time.monotonic()
        engine.start()
        self.settled(engine, 30)
        self.assertLess(time.monotonic() - begin, 10)  # no lease to wait for
        self.assertEqual(receiver.numbers(), list(range(30)))

    def test_a_reload_takes_a_destination_to_another_place(self):
        first, second = self.receiver(), self.receiver()
        engine = self.forwarding(first)
        self.send(engine, range(3))
        self.settled(engine, 3)
        self.destination(engine, second, "partitions = 3")
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: " reloaded " in engine.log(), 10, "the reload")
        self.send(engine, range(3, 10))
        self.settled(engine, 10)
        self.assertEqual((first.numbers(), sorted(second.numbers())), ([0, 1, 2], list(range(3, 10))))


on_both(Delivering)

if __name__ == "__main__":
    unittest.main()
