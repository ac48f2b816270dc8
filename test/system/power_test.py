"""Power cuts, databases that go away, stages that die: nothing acknowledged is missing, nothing is there twice."""
import os
import random
import signal
import threading
import unittest

from support import Postgres, Sender, WithStore, ack_code, corpus, on_both, segment, until

KILLS = int(os.environ.get("AORTA_KILLS", "30"))
PATIENTS = ["812345", "934567", "512340", "1034567", "745210", "1123456"]
RESULTS = 12


def message(control_id, n):
    """12 OBX for one of the known patients, each message with an order of its own."""
    lines = [f"MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|{control_id}|P|2.5.1|||||CYP|UNICODE UTF-8",
             f"PID|1||{PATIENTS[n % len(PATIENTS)]}^^^CYP^NI", f"OBR|1||{control_id}|P^Panel^L|||20261120080000|||||||||||||||20261120082500||CH|F"]
    lines += [f"OBX|{i}|NM|K^Potassium^L|{i}|4.{i}|mmol/L|3.5-5.1|N|||F" for i in range(1, RESULTS + 1)]
    return ("\r".join(lines) + "\r").encode()


class Load(threading.Thread):
    """One connection with one message in flight; what had no answer is sent again, until `finish`. Records every answer."""
    sender = Sender

    def __init__(self, number, port):
        super().__init__(daemon=True)
        self.number, self.port = number, port
        self.accepted, self.refused = {}, []
        self.stop_asked = threading.Event()
        self.sent = 0
        self.fault = None

    def run(self):
        try:
            self.send_all()
        except AssertionError as fault:
            self.fault = fault

    def send_all(self):
        pending = None
        while pending is not None or not self.stop_asked.is_set():
            if pending is None:
                pending = f"L{self.number}-{self.sent}"
                self.sent += 1
            try:
                with self.sender(self.port(), timeout=60) as sender:
                    while True:
                        if pending is None:
                            if self.stop_asked.is_set():
                                return
                            pending = f"L{self.number}-{self.sent}"
                            self.sent += 1
                        reply = sender.ask(message(pending, self.number + self.sent))
                        if reply is None:
                            break
                        code, about = ack_code(reply), segment(reply, b"MSA")[2].decode()
                        assert about == pending, (about, pending)
                        if code == "AA":
                            self.accepted[pending] = True
                            pending = None
                        else:
                            self.refused.append(code)
                            threading.Event().wait(0.05)  # a sender's own pause before it tries again
            except OSError:
                threading.Event().wait(0.02)  # the engine is down: try again soon


@on_both
class PowerCuts(WithStore):
    def check_everything_is_there_once(self, engine, loads):
        accepted = {c for load in loads for c in load.accepted}
        logged = {}
        for control_id, status, created in engine.rows(
                "select message_control_id, processing_status, results_created from hl7_message_log where processing_status <> 'duplicate'"):
            if status == "processed":
                self.assertNotIn(control_id, logged, "two processed log rows of one message")
                logged[control_id] = int(created)
        self.assertLessEqual(accepted, set(logged), "acknowledged but not in the log")
        self.assertEqual(set(logged.values()), {RESULTS})
        per_message = dict(engine.rows("select filler_order_number, count(*) from lab_results group by filler_order_number"))
        self.assertEqual({c: int(n) for c, n in per_message.items()}, logged, "each logged message has exactly its rows")
        self.assertEqual(engine.count("lab_result_versions"), 0)
        return accepted

    def test_kill_9_under_load(self):
        engine = self.engine()
        loads = [Load(n, lambda: engine.port) for n in range(8)]
        for load in loads:
            load.start()
        chance = random.Random(11)
        for _ in range(KILLS):
            before = sum(len(load.accepted) for load in loads)
            until(lambda: sum(len(load.accepted) for load in loads) > before + 8, 60, "progress between kills")
            threading.Event().wait(chance.uniform(0, 0.25))
            engine.kill()
            engine.start()
        for load in loads:
            load.stop_asked.set()
        for load in loads:
            load.join(60)
            self.assertFalse(load.is_alive())
            self.assertIsNone(load.fault)
        accepted = self.check_everything_is_there_once(engine, loads)
        self.assertGreater(len(accepted), KILLS * 8)
        self.assertEqual(len(accepted), sum(load.sent for load in loads))

    def test_an_orderly_stop_under_load_answers_what_is_in_flight(self):
        engine = self.engine()
        loads = [Load(n, lambda: engine.port) for n in range(8)]
        for load in loads:
            load.start()
        for _ in range(3):
            before = sum(len(load.accepted) for load in loads)
            until(lambda: sum(len(load.accepted) for load in loads) > before + 50, 60, "progress")
            self.assertEqual(engine.stop(), 0)
            engine.start()
        for load in loads:
            load.stop_asked.set()
        for load in loads:
            load.join(60)
            self.assertFalse(load.is_alive())
            self.assertIsNone(load.fault)
        self.check_everything_is_there_once(engine, loads)
        # Every message that was committed before a stop was also answered: no repeat was needed.
        self.assertEqual(engine.count("hl7_message_log", "processing_status = 'duplicate'"), 0)

    def test_a_stage_that_dies_answers_AE_and_the_route_goes_on(self):
        for stage in ("parse", "map-lab", "match-patient", "persist", "ack"):
            with self.subTest(stage=stage):
                engine = self.engine(environment={"AORTA_TEST_THROW": f"{stage}:POISON"})
                with Sender(engine.port) as sender:
                    self.assertEqual(ack_code(sender.ask(message("BEFORE", 0))), "AA")
                    self.assertEqual(ack_code(sender.ask(message("POISON", 0))), "AE")
                    self.assertEqual(ack_code(sender.ask(message("AFTER", 0))), "AA")
                # What the stage held when it died is logged, with the answer that its sender had.
                rows = until(lambda: [m for m in engine.messages("&control_id=POISON") if m["status"] == "failed"], 10, "the frame in the log")
                self.assertEqual([m["ack_code"] for m in rows], ["AE"])
                _, routes = engine.get("/api/routes")
                self.assertEqual([r["counts"]["restarts"] for r in routes["items"] if r["name"] == "lab-results"], [1])
                self.assertEqual(engine.stop(), 0)


class PostgresAway(WithStore, unittest.TestCase):
    make_postgres = Postgres

    def test_postgresql_stopped_for_20_seconds_under_load(self):
        engine = self.engine(route="deadline_seconds = 3")
        loads = [Load(n, lambda: engine.port) for n in range(8)]
        for load in loads:
            load.start()
        until(lambda: sum(len(load.accepted) for load in loads) > 100, 60, "progress")
        engine.postgres.stop(signal.SIGQUIT)
        until(lambda: engine.get("/ready", key="")[0] == 503, 10, "readiness 503")
        until(lambda: all("AE" in load.refused for load in loads), 15, "AE for every sender within the deadline")
        before = sum(len(load.accepted) for load in loads)
        threading.Event().wait(float(os.environ.get("AORTA_AWAY_SECONDS", "20")))
        self.assertEqual(sum(len(load.accepted) for load in loads), before, "positive ACK while the store was away")
        engine.postgres.start()
        until(lambda: engine.get("/ready", key="")[0] == 200, 30, "readiness 200")
        until(lambda: all(len(load.accepted) > 0 for load in loads) and sum(len(load.accepted) for load in loads) > before + 100, 60, "service again")
        for load in loads:
            load.stop_asked.set()
        for load in loads:
            load.join(60)
            self.assertFalse(load.is_alive())
            self.assertIsNone(load.fault)
        PowerCuts.check_everything_is_there_once(self, engine, loads)


if __name__ == "__main__":
    unittest.main(verbosity=1)
