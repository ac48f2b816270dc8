"""A night of critical values: who answered, who did not, and what the report says of it; killed in its middle, on both databases."""
import collections
import concurrent.futures
import csv
import http.client
import io
import threading
import time
import unittest

from critical_test import Ladders, potassium
from support import on_both, until

FINAL = ("acknowledged", "read_back", "closed", "superseded", "withdrawn", "unreachable")


class Oncall:
    """Answers each alert as was agreed: reads it back and closes it, acknowledges it, or sleeps."""

    def __init__(self, night, how):
        self.night, self.how, self.taken = night, how, set()
        self.awake = True
        self.hands = concurrent.futures.ThreadPoolExecutor(8)
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        while self.awake:
            for alert in set(self.night.told(self.night.oncall)) - self.taken:
                self.taken.add(alert)
                self.hands.submit(self.answer, alert)
            time.sleep(0.05)

    def answer(self, alert):
        """What was lost on the way while the engine was away is done again, as it stands then."""
        while self.awake:
            try:
                shown = self.night.anna.get(f"/api/critical/{alert}")
                if self.take(alert, shown):
                    return
            except (OSError, http.client.HTTPException, AssertionError, ValueError):
                pass
            time.sleep(0.1)

    def take(self, alert, shown):
        """True: there is nothing more to do."""
        how, value, state = self.how.get(shown["value"]["value"], "sleeps"), shown["value"]["value"], shown["state"]

        def did(what, **more):
            return self.night.anna.post(f"/api/critical/{alert}/{what}", **more)[0] == 200

        if how == "sleeps" or state in ("closed", "superseded", "withdrawn"):
            return True
        if state in ("notified", "delivered", "escalated"):
            state = "acknowledged" if did("acknowledge", role="on-call") else state
        if how == "acknowledges":
            return state == "acknowledged"
        if state == "acknowledged":
            state = "read_back" if did("read-back", value=value) else state
        return state == "read_back" and did("close", outcome="acted")

    def end(self):
        self.awake = False
        self.thread.join()
        self.hands.shutdown()


@on_both
class Night(Ladders):
    """Values name their part: 7.0 are read back and closed, 7.1 acknowledged, 7.2 nobody answers."""

    def test_the_report_tells_a_night_rightly(self):
        doctor, self.oncall, head = self.web(), self.web(), self.web()
        engine = self.start([("doctor", doctor, 0, 'role = "ordering doctor"'), ("oncall", self.oncall, 1, 'role = "on-call"'),
                             ("head", head, 13, 'role = "head"')], by_hand=16, more="due_minutes = 1")
        oncall = Oncall(self, {"7.0": "closes", "7.1": "acknowledges"})
        self.addCleanup(oncall.end)
        values = ["7,0"] * 14 + ["7,1"] * 12 + ["7,2"] * 12 + ["8,4"] * 2
        messages = [potassium(n, value) for n, value in enumerate(values)]
        self.send(engine, *messages)
        # One was a mistake of the laboratory, and one is withdrawn.
        self.send(engine, potassium(100, "8,9", state="C", order="F-38", reported=2), potassium(101, "", state="X", order="F-39", reported=2))
        until(lambda: len(self.told(self.oncall)) > 10, 20, "the second rung")
        engine.kill()
        engine.start()
        self.send(engine, *messages)  # whoever had no answer sends all of it again
        until(lambda: all(a["state"] in FINAL for a in self.alerts("all")), 40,
              "the end of the night")
        oncall.end()
        states = collections.Counter(a["state"] for a in self.alerts("all"))
        self.assertEqual(states, {"closed": 14, "acknowledged": 12, "unreachable": 13, "superseded": 1, "withdrawn": 1})
        self.check_steps(engine)
        status, text = engine.get("/api/critical/report?format=csv", key=self.anna.key)
        self.assertEqual(status, 200)
        row = next(r for r in csv.DictReader(io.StringIO(text)) if (r["clinic"], r["severity"]) == ("MAIN", "all"))
        self.assertEqual({k: row[k] for k in ("alerts", "late", "ended_before", "acknowledged", "acknowledged_in_time", "read_back", "unreached")},
                         {"alerts": "41", "late": "0", "ended_before": "2", "acknowledged": "26", "acknowledged_in_time": "26", "read_back": "14",
                          "unreached": "13"})
        self.assertEqual(float(row["share_in_time"]), round(26 / 39, 3))
        self.assertLess(float(row["acknowledged_p90_seconds"]), 15)
        self.assertEqual(engine.count("review_queue", "kind = 'critical-unreached' and state = 'open'"), 13)

    def check_steps(self, engine):
        """No step twice, whatever died in between, and each alert's steps in an order that can be."""
        twice = engine.rows("select alert_id, kind, target, count(*) from critical_step group by alert_id, kind, target having count(*) > 1")
        self.assertEqual(twice, [])
        for alert in self.alerts("all"):
            steps = self.steps(alert["id"])
            if alert["state"] == "unreachable":
                self.assertEqual([s for s in steps if s in ("notified", "escalated", "unreached")], ["notified", "escalated", "escalated", "unreached"])
            if alert["state"] == "closed":
                self.assertEqual([s for s in steps if s in ("acknowledged", "read_back", "closed")], ["acknowledged", "read_back", "closed"])


if __name__ == "__main__":
    unittest.main()
