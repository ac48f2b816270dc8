"""Routes that a person pauses and resumes, and listeners that come with a reload."""
import signal
import time

from support import Engine, Sender, WithStore, ack_code, corpus, on_both, segment, until


class Pausing(WithStore):
    def started(self, route=""):
        made = Engine(self.postgres, route=route)
        self.addCleanup(made.end)
        return made.start()

    def act(self, engine, what, route="lab-results"):
        return engine.get(f"/api/routes/{route}/{what}", method="POST")

    def state(self, engine):
        _, body = engine.get("/api/routes")
        return next(each["state"] for each in body["items"] if each["name"] == "lab-results")

    def test_a_sender_waits_while_its_route_is_paused_over_a_restart_and_a_reload(self):
        engine = self.started()
        self.assertEqual(self.state(engine), "running")
        self.assertEqual(self.act(engine, "pause"), (200, {"name": "lab-results", "state": "paused"}))
        self.assertEqual(self.act(engine, "pause")[0], 200)
        self.assertEqual(self.state(engine), "paused")
        engine.kill()
        engine.start()
        self.assertEqual(self.state(engine), "paused")
        with Sender(engine.port) as sender:
            sender.write(corpus("02"))
            until(lambda: engine.get("/api/routes")[1]["items"][0]["waiting"] + engine.get("/api/routes")[1]["items"][1]["waiting"], 10, "who waits")
            with open(engine.folder / "conf/aorta.toml", "a") as conf:
                conf.write('\n[log]\nlevel = "debug"\n')
            engine.process.send_signal(signal.SIGHUP)
            until(lambda: " reloaded " in engine.log(), 20, "the reload")
            time.sleep(0.5)  # that nothing comes
            self.assertEqual(engine.count("hl7_message_log"), 0)
            self.assertEqual(self.act(engine, "resume")[0], 200)
            self.assertEqual(ack_code(sender.read()), "AA")
        self.assertEqual(engine.count("hl7_message_log"), 1)
        self.assertEqual(int(engine.rows("select count(*) from security_audit where resource like '/api/routes/%'")[0][0]), 3)

    def test_a_paused_route_may_refuse_at_once_and_what_it_refused_is_filed_later(self):
        engine = self.started('when_paused = "refuse"')
        self.act(engine, "pause")
        with Sender(engine.port) as sender:
            reply = sender.ask(corpus("02"))
            self.assertEqual(ack_code(reply), "AE")
            self.assertIn("paused", str(segment(reply, b"ERR")))
            self.act(engine, "resume")
            self.assertEqual(ack_code(sender.ask(corpus("02"))), "AA")
        self.assertEqual(sorted(engine.rows("select processing_status from hl7_message_log")), [("failed",), ("processed",)])

    def test_a_paused_engine_ends_in_order_and_no_other_clinic_or_key_pauses(self):
        engine = self.started()
        reader = engine.command("key", "create", "--name", "r", "--scope", "read").split()[-1]
        self.assertEqual(engine.get("/api/routes/lab-results/pause", key=reader, method="POST")[0], 403)
        self.assertEqual(self.act(engine, "pause", "nobody")[0], 404)
        self.assertEqual(engine.get("/api/routes/lab-results/pause")[0], 405)
        self.act(engine, "pause")
        with Sender(engine.port) as sender:
            sender.write(corpus("02"))
            time.sleep(0.3)
            began = time.monotonic()
            self.assertEqual(engine.stop(), 0)
            self.assertLess(time.monotonic() - began, 15)
            self.assertIsNone(sender.read())
        engine.start()
        self.assertEqual(engine.count("hl7_message_log"), 0)

    def test_other_nodes_hear_of_it(self):
        if not self.postgres:
            return self.skipTest("SQLite has one node")
        engine = self.started()
        other = Engine(self.postgres)
        self.addCleanup(other.end)
        conf = other.folder / "conf/aorta.toml"
        conf.write_text(conf.read_text().replace(other.url, engine.url))
        other.key = engine.key
        other.start()
        self.act(engine, "pause")
        until(lambda: self.state(other) == "paused", 10, "the other node")
        self.act(other, "resume")
        until(lambda: self.state(engine) == "running", 10, "the first node")

    def test_a_new_listener_comes_with_a_reload_and_no_connection_is_closed(self):
        engine = self.started()
        conf = engine.folder / "conf/aorta.toml"
        route = engine.folder / "conf/routes/lab-results.toml"
        good, before = conf.read_text(), route.read_text()
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(corpus("02"))), "AA")
            for port, event in ((engine.port, " reload-refused "), (0, " reloaded ")):
                conf.write_text(good + f'\n[listener.ward]\nlisten = "127.0.0.1:{port}"\n')
                route.write_text(before.replace('from = ["lab"]', 'from = ["lab", "ward"]'))
                engine.process.send_signal(signal.SIGHUP)
                until(lambda: event in engine.log(), 20, event)
            at = engine.log().index("listener=ward mllp=")
            ward = int(engine.log()[at:].split()[1].rsplit(":", 1)[1])
            with Sender(ward) as other:
                self.assertEqual(ack_code(other.ask(corpus("03"))), "AA")
            self.assertEqual(ack_code(sender.ask(corpus("02"))), "AA")
        self.assertEqual(sorted(engine.rows("select listener, processing_status from hl7_message_log where processing_status <> 'duplicate'"))[-1][0], "ward")
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: " reload-unchanged " in engine.log(), 20, "an unchanged one")


on_both(Pausing)

if __name__ == "__main__":
    import unittest
    unittest.main()
