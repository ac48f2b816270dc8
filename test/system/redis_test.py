"""Events and messages at a real Redis: streams, channels, and that its absence loses nothing."""
import json
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from delivery_support import WithReceivers, result
from support import AORTA, Engine, Sender, ack_code, free_port, on_both, until


class Redis:
    """redis-server on a port of its own, and a client of few words."""

    def __init__(self, *arguments):
        self.port, self.arguments = free_port(), arguments
        self.folder = tempfile.mkdtemp(prefix="aorta-redis-")
        self.start()

    def start(self):
        self.process = subprocess.Popen(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder, *self.arguments],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(lambda: self.answers(), 10, "redis-server")

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self):
        return Client(self.port)

    def entries(self, stream, *before):
        """The entries of a stream, each as a dictionary."""
        with self.client() as client:
            for each in before:
                client.ask(*each)
            return [dict(zip(fields[::2], fields[1::2])) for _, fields in client.ask("XRANGE", stream, "-", "+")]


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, *words):
        self.socket.sendall(f"*{len(words)}\r\n".encode() + b"".join(f"${len(w.encode())}\r\n{w}\r\n".encode() for w in words))
        return self.read()

    def read(self):
        line = self.file.readline()[:-2]
        kind, rest = line[:1], line[1:]
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        if kind == b"-":
            raise AssertionError(rest.decode())
        return int(rest) if kind == b":" else rest.decode()


@unittest.skipUnless(shutil.which("redis-server"), "redis-server is not installed")
class AtRedis(WithReceivers):
    def redis(self, *arguments):
        made = Redis(*arguments)
        self.addCleanup(made.end)
        return made

    def told(self, url, **how):
        made = Engine(self.postgres, extra=f'[redis]\nurl = "{url}"\nmost_entries = 100\n', **how)
        self.addCleanup(made.end)
        return made

    def critical(self, engine, *numbers):
        with Sender(engine.port) as sender:
            for n in numbers:
                self.assertEqual(ack_code(sender.ask(result(n, None, "6.9"))), "AA")

    def test_each_event_is_in_the_stream_and_on_its_channel(self):
        redis = self.redis()
        engine = self.told(f"redis://127.0.0.1:{redis.port}").start()
        with redis.client() as listener:
            listener.ask("SUBSCRIBE", "clinical_events:lab_result_critical")
            self.critical(engine, 0)
            _, channel, text = listener.read()
        said = json.loads(text)
        self.assertEqual((channel, said["event_type"], said["data"]["severity"]), ("clinical_events:lab_result_critical", "lab_result_critical", "critical"))
        entries = until(lambda: len(redis.entries("clinical_events")) == 2 and redis.entries("clinical_events"), 10, "both events")
        self.assertEqual({each["type"] for each in entries}, {"lab_result_filed", "lab_result_critical"})
        self.assertIn(text, [each["body"] for each in entries])
        self.assertNotIn("6.9", str(entries))
        until(lambda: engine.count("event_outbox", "delivered_at is null") == 0, 10, "delivered_at")
        self.assertEqual(engine.get("/api/destinations")[1]["items"][0]["name"], "redis:events")

    def test_its_absence_loses_nothing_and_is_seen(self):
        redis = self.redis()
        engine = self.told(f"redis://127.0.0.1:{redis.port}").start()
        self.critical(engine, 0)
        until(lambda: len(redis.entries("clinical_events")) == 2, 10, "the first events")
        redis.stop()
        self.critical(engine, *range(1, 11))
        gauge = 'aorta_circuit_open{destination="redis:events"}'
        until(lambda: any(line.startswith(gauge) and not line.endswith(" 0") for line in engine.get("/metrics")[1].splitlines()), 60, "its absence in the metrics")
        self.assertIn("destination-away", engine.log())
        redis.start()
        until(lambda: len(redis.entries("clinical_events")) == 20, 90, "what had waited")
        self.assertEqual(self.states(engine), {"sent": 22})

    def test_a_stream_keeps_about_so_many_and_a_refusal_is_no_loss(self):
        redis = self.redis("--requirepass", "s3cret", "--stream-node-max-entries", "10")
        engine = self.told(f"redis://:wrong@127.0.0.1:{redis.port}/1").start()
        self.critical(engine, 0)
        until(lambda: {code for (code,) in engine.rows("select last_code from delivery")} == {"redis-WRONGPASS"}, 20, "the refusal")
        engine.stop()
        engine.environment["AORTA_REDIS_URL"] = f"redis://:s3cret@127.0.0.1:{redis.port}/1"
        engine.start()
        self.critical(engine, *range(1, 100))
        until(lambda: self.states(engine) == {"sent": 200}, 60, "200 sent deliveries")
        kept = len(redis.entries("clinical_events", ("AUTH", "s3cret"), ("SELECT", "1")))
        self.assertTrue(100 <= kept <= 120, kept)
        self.assertNotIn("s3cret", engine.log())

    def test_a_route_passes_messages_on_into_a_stream(self):
        redis = self.redis()
        engine = self.told(f"redis://127.0.0.1:{redis.port}")
        route = engine.folder / "conf/routes/lab-results.toml"
        route.write_text(route.read_text().replace('"match-patient", "persist"', '"match-patient", "forward", "persist"') + '\nsend = ["stream"]\n')
        (engine.folder / "conf/destinations").mkdir()
        (engine.folder / "conf/destinations/stream.toml").write_text('[destination]\nname = "stream"\nkind = "redis"\nto = "results"\ncontrol_id = "keep"\n')
        engine.start()
        self.send(engine, [0])
        entry, = until(lambda: redis.entries("results"), 10, "the message")
        self.assertEqual((entry["body"].encode(), entry["type"], entry["content_type"]), (result(0), "ORU^R01", "application/hl7-v2"))

    def test_a_server_beyond_this_machine_must_be_meant(self):
        for text, expected in (('url = "redis://10.1.2.3:6379"', "plaintext = true"), ('url = "rediss://127.0.0.1"', "names no Redis"), ("plaintext = true", "needs 'url'")):
            engine = Engine(None, roster=False)
            self.addCleanup(engine.end)
            with open(engine.folder / "conf/aorta.toml", "a") as file:
                file.write(f"[redis]\n{text}\n")
            done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "check"], env=engine.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertIn(expected, done.stdout.decode())


on_both(AtRedis)

if __name__ == "__main__":
    unittest.main()
