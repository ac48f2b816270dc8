"""SIGHUP says the truth: what changed is applied to the running engine, what needs a restart is named, and reloads leave nothing behind."""
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

from support import Engine, Postgres, Sender, ack_code, corpus, until


def certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "60", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, stderr=subprocess.DEVNULL)


def served_name(port):
    """The common name in the certificate that a TLS server shows."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=10)) as channel:
        shown = ssl.DER_cert_to_PEM_cert(channel.getpeercert(True))
    return subprocess.run(["openssl", "x509", "-noout", "-subject"], input=shown.encode(), stdout=subprocess.PIPE, check=True).stdout.decode()


class Reloads(unittest.TestCase):
    def engine(self, postgres=None, **how):
        made = Engine(postgres, **how)
        self.addCleanup(made.end)
        made.start()
        made.conf = made.folder / "conf/aorta.toml"
        return made

    def reload(self, engine, event="reloaded"):
        """SIGHUP; returns the line that answers it."""
        known = len(engine.log())
        engine.process.send_signal(signal.SIGHUP)
        answers = (" reloaded ", " reload-unchanged ", " reload-refused ", '"reloaded"', '"reload-refused"', '"reload-unchanged"')
        lines = until(lambda: [line for line in engine.log()[known:].splitlines() if any(word in line for word in answers)], 20, "the answer to SIGHUP")
        self.assertIn(event, lines[-1])
        return lines[-1]

    def change(self, engine, before, after, event="reloaded"):
        text = engine.conf.read_text()
        self.assertIn(before, text)
        engine.conf.write_text(text.replace(before, after, 1))
        return self.reload(engine, event)

    def test_an_unchanged_configuration_is_no_reload(self):
        engine = self.engine(roster=False)
        self.reload(engine, "reload-unchanged")
        self.assertNotIn(" reloaded ", engine.log())

    def test_the_allow_list_counts_for_open_connections_too(self):
        engine = self.engine(listener="idle_seconds = 0")
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(corpus("02"))), "AA")
            line = self.change(engine, "idle_seconds = 0", 'allow = ["10.1.0.0/16"]')
            self.assertIn("listener.lab.allow", line)
            self.assertIsNone(sender.read())
        with Sender(engine.port) as late:
            try:
                self.assertIsNone(late.read())
            except ConnectionResetError:
                pass
        self.change(engine, 'allow = ["10.1.0.0/16"]', 'allow = ["127.0.0.0/8"]')
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(corpus("02"))), "AA")

    def test_a_new_certificate_under_the_old_name(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-tls-"))
        certificate(folder, "first")
        files = f'tls.cert = "{folder}/cert.pem"\ntls.key = "{folder}/key.pem"'
        engine = self.engine(roster=False, listener=files)
        self.assertIn("first", served_name(engine.port))
        certificate(folder, "second")
        self.assertIn("listener.lab.tls.cert", self.reload(engine))
        self.assertIn("second", served_name(engine.port))
        (folder / "cert.pem").write_text("no certificate")
        self.reload(engine, "reload-refused")
        self.assertIn("second", served_name(engine.port))

    def test_limits_and_the_log_are_applied(self):
        engine = self.engine(listener="max_frame_bytes = 60000000\nidle_seconds = 0\nframe_seconds = 0", extra='[log]\nlevel = "info"\nformat = "text"\n[limits]\nkey_requests_per_second = 0\n')
        with Sender(engine.port) as open_before:
            line = self.change(engine, "max_frame_bytes = 60000000", "max_frame_bytes = 500")
            self.assertIn("changed=listener.lab.max_frame_bytes", line)
            self.assertEqual(ack_code(open_before.ask(corpus("02") + b"ZZZ|" + b"x" * 600 + b"\r")), "AR")
        self.change(engine, "max_frame_bytes = 500", "max_frame_bytes = 60000000")
        with Sender(engine.port) as open_before:
            self.change(engine, "missing_start_block = false" if "missing_start_block" in engine.conf.read_text() else "idle_seconds = 0",
                        "missing_start_block = true\nidle_seconds = 0")
            open_before.raw(corpus("02") + b"\x1c\r")
            self.assertEqual(ack_code(open_before.read()), "AA")
        with Sender(engine.port) as silent:
            self.change(engine, "idle_seconds = 0", "idle_seconds = 1")
            self.assertIsNone(silent.read())
        self.change(engine, "idle_seconds = 1", "idle_seconds = 0")
        with Sender(engine.port) as slow:
            slow.raw(b"\x0bMSH|")
            self.change(engine, "frame_seconds = 0", "frame_seconds = 1")
            self.assertIsNone(slow.read())
        self.change(engine, "frame_seconds = 1", "max_connections = 1")
        with Sender(engine.port) as first:
            self.assertEqual(ack_code(first.ask(corpus("02"))), "AA")
            with Sender(engine.port) as second:
                try:
                    self.assertIsNone(second.read())
                except ConnectionResetError:
                    pass
        self.change(engine, "key_requests_per_second = 0", "key_requests_per_second = 1")
        self.assertIn(429, [engine.fhir("GET", "/Patient?_count=1")[0] for _ in range(10)])
        self.change(engine, "key_requests_per_second = 1", "key_requests_per_second = 0")
        self.change(engine, '[http]\n', '[http]\nmax_body_bytes = 2000\n')
        self.assertEqual(engine.get("/api/messages", method="POST", body=b"x" * 3000)[0], 413)
        self.change(engine, 'level = "info"', 'level = "debug"')
        with Sender(engine.port) as sender:
            sender.raw(b"keep alive\r\n")
            sender.ask(corpus("02"))
        until(lambda: " debug " in engine.log(), 10, "a line at debug")
        self.change(engine, 'format = "text"', 'format = "json"', '"event":"reloaded"')

    def test_identifier_systems_and_the_base_url(self):
        engine = self.engine()
        _, before, _ = engine.fhir("GET", "/Patient?_count=1")
        self.assertNotIn("urn:x:mrn", str(before))
        with open(engine.conf, "a") as conf:
            conf.write('\n[fhir]\nmrn_system = "urn:x:mrn"\nbase_url = "https://clinic.example.org/fhir/r4"\n')
        self.assertIn("changed=fhir.base_url,fhir.mrn_system", self.reload(engine))
        _, after, _ = engine.fhir("GET", "/Patient?_count=1")
        self.assertIn("urn:x:mrn", str(after))
        self.assertIn("https://clinic.example.org/fhir/r4", str(after))

    def test_what_needs_a_restart_is_named_and_nothing_is_applied(self):
        engine = self.engine(roster=False, extra='[log]\nlevel = "info"\n')
        good = engine.conf.read_text()
        for before, after, key in (('[http]\nlisten = "127.0.0.1:0"', '[http]\nlisten = "127.0.0.1:1"', "http.listen"),
                                   ('[listener.lab]\nlisten = "127.0.0.1:0"', '[listener.lab]\nlisten = "127.0.0.1:1"', "listener.lab.listen"),
                                   ("[store]\n", "[store]\nmigrate = false\n", "store.migrate"),
                                   (f'url = "{engine.url}"', 'url = "sqlite://elsewhere.db"', "store.url")):
            engine.conf.write_text(good.replace('level = "info"', 'level = "debug"'))
            line = self.change(engine, before, after, "reload-refused")
            self.assertIn(f"settings={key}", line)
        engine.conf.write_text(good)
        self.reload(engine, "reload-unchanged")  # the level of the refused ones was not taken over
        line = self.change(engine, 'name = "', 'name = "Other ', "reload-unchanged")
        self.assertIn("without_effect=clinic.MAIN.name", line)

    def steady(self, figures):
        """The figures once they stay: what looks after alerts, events and deliveries opens its sessions within the first seconds."""
        last = [figures(), time.monotonic()]

        def stays():
            now = figures()
            if now != last[0]:
                last[:] = [now, time.monotonic()]
            return time.monotonic() - last[1] > 4
        until(stays, 40, "steady figures")
        return last[0]

    def test_forty_reloads_leave_nothing_behind(self):
        postgres = Postgres()
        self.addCleanup(postgres.end)
        engine = self.engine(postgres, route="in_flight = 1000")
        route = engine.folder / "conf/routes/lab-results.toml"
        process = pathlib.Path(f"/proc/{engine.process.pid}")
        stop, answers = threading.Event(), []

        def send():
            n = 0
            with Sender(engine.port) as sender:
                while not stop.is_set():
                    n += 1
                    answers.append(ack_code(sender.ask(corpus("02").replace(b"BIO-1002", b"R-%d" % n).replace(b"F-9002", b"F-R-%d" % n))))

        def figures():
            sessions = int(postgres.sql(f"select count(*) from pg_stat_activity where datname = '{engine.database}' and application_name = 'aorta'", "postgres"))
            return len(list((process / "task").iterdir())), len(list((process / "fd").iterdir())), sessions

        sender = threading.Thread(target=send)
        sender.start()
        until(lambda: len(answers) > 10, 20, "traffic")
        before = self.steady(figures)
        text = route.read_text()
        most = before
        for n in range(40):
            route.write_text(text.replace("in_flight = 1000", f"in_flight = {1001 + n}"))
            self.reload(engine)
            most = tuple(map(max, most, figures()))
        stop.set()
        sender.join()
        self.assertEqual(set(answers), {"AA"})
        for name, first, highest in zip(("threads", "descriptors", "sessions"), before, most):
            self.assertLess(highest, 3 * first, f"{name}: {first} before, {highest} at most")
        until(lambda: all(now <= first + 2 for now, first in zip(figures(), before)), 15, f"threads, descriptors and sessions as before {before}")
        self.assertEqual(engine.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
