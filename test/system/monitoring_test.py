"""Alert rules, dashboard and runbook: the rules do what they say, and nothing watches a figure that no engine has."""
import json
import re
import shutil
import subprocess
import unittest

from delivery_support import result
from support import SOURCE, Engine, Sender, ack_code, corpus, free_port, until

MONITORING = SOURCE / "ops/monitoring"
OF_HISTOGRAM = re.compile(r"_(bucket|count|sum)$")
SERIES = re.compile(r"\b((?:aorta|process)_[a-z_]+)(?:\{([^}]*)\})?")
# Of what has waited at least once, and of listeners with TLS: who names them is engine/telemetry.
ONLY_SOMETIMES = {"aorta_oldest_accepted_seconds", "aorta_tls_not_after_timestamp_seconds"}
promtool = unittest.skipUnless(shutil.which("promtool"), "promtool (Debian's prometheus) is not installed")


def expressions():
    """What rules and panels ask for."""
    out = re.findall(r"^ +expr: (.+)$", (MONITORING / "alerts.yml").read_text(), re.M)
    board = json.loads((MONITORING / "dashboard.json").read_text())
    return out + [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]


def alerts():
    return re.findall(r"alert: (\w+)", (MONITORING / "alerts.yml").read_text())


class Rules(unittest.TestCase):
    @promtool
    def test_the_rules_do_what_their_tests_say(self):
        for what in (("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")):
            done = subprocess.run(["promtool", *what], cwd=MONITORING, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(done.returncode, 0, done.stdout.decode())

    def test_each_alert_is_tried_and_has_its_page(self):
        tried = set(re.findall(r"alertname: (\w+)\n +exp_alerts:\n", (MONITORING / "alerts_test.yml").read_text()))
        self.assertEqual(tried, set(alerts()))
        pages = re.findall(r"^## (\w+)$", (SOURCE / "docs/runbook.md").read_text(), re.M)
        self.assertEqual(pages, alerts())
        self.assertEqual(re.findall(r"runbook_url: docs/runbook.md#(\w+)", (MONITORING / "alerts.yml").read_text()), [name.lower() for name in alerts()])


class Figures(unittest.TestCase):
    def test_an_engine_has_each_figure_that_is_watched_with_its_labels(self):
        self.assertGreater(len(expressions()), len(alerts()))
        engine = Engine()
        self.addCleanup(engine.end)
        (engine.folder / "conf/destinations").mkdir()
        (engine.folder / "conf/destinations/ris.toml").write_text(
            f'[destination]\nname = "ris"\nkind = "mllp"\nto = "127.0.0.1:{free_port()}"\nretry_seconds = [1]\n')
        route = engine.folder / "conf/routes/lab-results.toml"
        route.write_text(route.read_text().replace('"persist"', '"forward", "persist"', 1) + '\nsend = ["ris"]\n')
        engine.start()
        with Sender(engine.port) as sender:
            for number in ("02", "08", "09"):  # a critical value; a code that nobody mapped; nobody's
                self.assertEqual(ack_code(sender.ask(corpus(number))), "AA")
            self.assertEqual(ack_code(sender.ask(result(1))), "AA")

        def missing():
            text, there = engine.get("/metrics")[1], {}
            for name, labels in re.findall(r"^(\w+)(?:\{([^}]*)\})? ", text, re.M):
                there.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
            wanted = [(name, label) for each in expressions() for name, labels in SERIES.findall(each) for label in [None, *re.findall(r"(\w+)(?:=|!)", labels)]]
            return sorted({f"{name}{{{label}}}" if label else name for name, label in wanted
                           if name not in there or (label not in (None, "job", "le") and label not in there[name])})

        until(lambda: {each.split('{')[0] for each in missing()} <= ONLY_SOMETIMES or None, 30, f"each figure of {missing()}")
        for name in ONLY_SOMETIMES:
            self.assertIn(f'"{name}"', (SOURCE / "engine/telemetry/metrics.cpp").read_text())


if __name__ == "__main__":
    unittest.main()
