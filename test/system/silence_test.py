"""A laboratory that falls silent is told of, once, and so is its return; whoever is restarted or dies; on both databases."""
import json
import time
import unittest

from critical_test import potassium
from delivery_kinds_test import Web
from support import Engine, Sender, WithStore, ack_code, on_both, second_engine, until

EXPECTS = '[listener.lab.expects]\nminutes = {}\n'


@on_both
class Silence(WithStore):
    def start(self, minutes=0.15, more=""):
        web = Web()
        self.addCleanup(web.close)
        engine = Engine(self.postgres)
        self.addCleanup(engine.end)
        (engine.folder / "conf/destinations").mkdir(exist_ok=True)
        (engine.folder / "conf/destinations/board.toml").write_text(
            f'[destination]\nname = "board"\nkind = "http"\nto = "{web.url}"\nplaintext = true\nallow = ["127.0.0.0/8"]\npartitions = 1\n'  # events of nobody keep no order among several
            'events = ["laboratory_silent", "laboratory_back"]\n')
        with open(engine.folder / "conf/aorta.toml", "a") as settings:
            settings.write(EXPECTS.format(minutes) + more)
        engine.start()
        return engine, web

    def told(self, web):
        return [json.loads(body)["event_type"] for _, _, body in web.got]

    def ready(self, engine):
        status, said = engine.get("/ready", key="")
        return status, [(s["listener"], s["clinic"]) for s in said["silent"]]

    def send(self, engine, n):
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(potassium(n, "4,2"))), "AA")

    def test_silence_and_return_are_told_once_over_restarts(self):
        engine, web = self.start()
        self.send(engine, 1)
        self.assertEqual(self.ready(engine), (200, []))
        until(lambda: self.told(web) == ["laboratory_silent"], 40, "silence")
        self.assertEqual(self.ready(engine), (200, [("lab", "MAIN")]))  # no reason to take nothing
        engine.kill()
        engine.start()
        time.sleep(5)
        self.assertEqual(self.told(web), ["laboratory_silent"])
        self.send(engine, 2)
        until(lambda: self.told(web)[1:2] == ["laboratory_back"], 60, "the return")
        until(lambda: self.told(web) == ["laboratory_silent", "laboratory_back", "laboratory_silent"], 40, "the next silence")
        rows = engine.rows("select payload from event_outbox where event_type = 'laboratory_silent' order by created_at")
        self.assertEqual(json.loads(rows[0][0])["listener"], "lab")
        self.assertIn("laboratory-silent", engine.log())

    def test_two_nodes_tell_it_once_and_what_either_hears_counts(self):
        if not self.postgres:
            self.skipTest("SQLite has one node")
        engine, web = self.start(0.25)
        other = second_engine(self, engine)
        for n in range(6):
            self.send((engine, other)[n % 2], n)
            time.sleep(2)
        self.assertEqual(self.told(web), [])
        until(lambda: self.told(web) == ["laboratory_silent"], 60, "silence")
        engine.kill()
        time.sleep(8)
        self.assertEqual(self.told(web), ["laboratory_silent"])
        self.send(other, 9)
        until(lambda: self.told(web)[1:2] == ["laboratory_back"], 60, "the return")

    def test_check_explains_it_and_a_reload_applies_it(self):
        engine, web = self.start(60, 'hours = ["Mon-Fri 07:00-19:00"]\n')
        said = engine.command("check")
        self.assertIn("60:00 minutes without a message (Mon,Tue,Wed,Thu,Fri 07:00-19:00, Asia/Nicosia)", said)
        self.assertIn("clinic 'MAIN'", said)
        time.sleep(3)
        self.assertEqual(self.told(web), [])
        page = engine.folder / "conf/aorta.toml"
        page.write_text(page.read_text().replace("minutes = 60", "minutes = 0.05").replace('hours = ["Mon-Fri 07:00-19:00"]\n', ""))
        engine.process.send_signal(1)
        until(lambda: self.told(web) == ["laboratory_silent"], 40, "silence")
        page.write_text(page.read_text().replace("minutes = 0.05", 'minutes = 600\nhours = ["07:00-08:00"]'))
        self.assertIn("nothing would ever be told", engine.command("check", check=False))


if __name__ == "__main__":
    unittest.main()
