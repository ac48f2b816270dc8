"""Messages are passed on: to receivers that fail, stall, answer late or for another message, return; by engines that are killed; by two at a time."""
import collections
import os
import random
import signal
import threading
import time
import unittest

from delivery_support import WithReceivers, number_of, result
from support import SOURCE, Sender, ack_code, drained, on_both, segment, until

KILLS = int(os.environ.get("AORTA_KILLS", "6"))


class Delivering(WithReceivers):
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

    def test_admissions_are_passed_on_as_results_are(self):
        receiver = self.receiver()
        engine = self.engine(routes=["admissions"])
        (engine.folder / "conf/destinations").mkdir()

        def use(create, keys=""):
            route = engine.folder / "conf/routes/admissions.toml"
            route.write_text((SOURCE / "conf/routes/admissions.toml").read_text().replace("create = false", f"create = {create}").replace(
                '"match-patient", "persist"', '"match-patient", "forward", "persist"') + '\nsend = ["ris"]\n')
            self.destination(engine, receiver, 'control_id = "keep"\n' + keys)
            before = engine.log().count(" reloaded ")
            engine.process.send_signal(signal.SIGHUP)
            until(lambda: engine.log().count(" reloaded ") > before, 10, "the reload")

        def admit(control, mrn, event="A01"):
            data = (f"MSH|^~\\&|HIS|HOSP|OPENHEART|MAIN|20261120080000||ADT^{event}|{control}|P|2.5.1|||||CYP|UNICODE UTF-8\r"
                    f"EVN||20261120080000\rPID|1||{mrn}^^^MAIN^MR||{mrn.replace('-', '')}X^ANDREAS||19610203|M\rPV1|1|I" + "|" * 17 + f"V{mrn}\r").encode()
            with Sender(engine.port) as sender:
                self.assertEqual(ack_code(sender.ask(data)), "AA")

        def got():
            return [segment(message, b"MSH")[9].decode() for _, message in receiver.got]

        use("false")
        admit("A1", "Q-1")  # nobody knows him: sent, as destinations take what waits unless they say otherwise
        self.settled(engine, 1)
        use("false", "forward_unmatched = false")
        admit("A2", "Q-2")
        use("true", "forward_unmatched = false")
        admit("A3", "Q-3")  # he is made by it, so nobody has to decide
        admit("A3", "Q-3")  # a repeat
        self.settled(engine, 2)
        self.assertEqual(got(), ["A1", "A3"])
        admit("A4", "Q-2", "A28")  # and so A2 is served, and goes now
        self.settled(engine, 4)
        until(lambda: engine.count("hl7_message_log", "processing_status = 'unmatched'") == 1, 10, "that A2 is served")
        self.assertEqual(engine.get(f"/api/messages/{engine.messages()[0]['id']}/reprocess", method="POST")[0], 200)
        self.assertEqual(sorted(got()), ["A1", "A2", "A3", "A4"])
        self.assertEqual(engine.count("delivery"), 4)
        for control, to in (("A1", ["ris"]), ("A2", ["ris"]), ("A3", ["ris"])):
            [(log,), *_] = engine.rows(f"select cast(id as text) from hl7_message_log where message_control_id = '{control}' order by id")
            self.assertEqual(engine.get(f"/api/messages/{log}")[1]["trace"].get("forward", []), to)

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
        dice, refused = random.Random(11), collections.Counter()

        def behave(message):
            """Most in time; some late, some not at all, for another message, or with an error of the receiver's."""
            turn = dice.randrange(60)
            if turn == 0:
                refused[number_of(message)] += 1
            return {0: "AE", 1: "hang-up", 2: "other", 3: 1.2, 4: None}.get(turn, 0.01)

        receiver = self.receiver(behave)
        engine = self.forwarding(receiver, "partitions = 2\ntimeout_seconds = 1\nattempts = 1000", lanes=2)
        sent = 0
        for _ in range(KILLS):
            self.send(engine, range(sent, sent + 40))
            sent += 40
            time.sleep(random.random() * 0.3)
            engine.kill()
            engine.start()
        drained(lambda: sent - self.states(engine).get("sent", 0), 120, "what is to be sent")
        self.assertEqual(set(receiver.numbers()), set(range(sent)))
        self.in_order(receiver)
        perhaps = self.perhaps(engine)
        twice = {n for n, copies in collections.Counter(receiver.numbers()).items() if copies > 1 + refused[n]}
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
