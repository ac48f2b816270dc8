"""The service manager: it hears when the engine is ready, lives, reloads and ends, and what its unit lets the engine do is little."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

from support import SOURCE, Engine, Sender, ack_code, corpus, until

UNIT = SOURCE / "ops/package/aorta.service"
MOST_EXPOSURE = 11  # tenths, as `systemd-analyze security` counts: what is left is the network, which it is for
analyzer = unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")


class Manager:
    """A socket as systemd makes one, and what came to it."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.heard = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                text = self.socket.recv(4096).decode()
            except OSError:
                return
            if not text:
                return
            self.heard.append(text)

    def count(self, state):
        return sum(text.splitlines()[0] == state for text in self.heard)

    def end(self):
        if self.socket.fileno() >= 0:
            self.socket.shutdown(socket.SHUT_RDWR)
            self.socket.close()


class Notified(unittest.TestCase):
    def manager(self, path):
        made = Manager(path)
        self.addCleanup(made.end)
        return made

    def engine(self, path, **environment):
        made = Engine(environment={"NOTIFY_SOCKET": path.replace("\0", "@"), **environment})
        self.addCleanup(made.end)
        return made

    def test_ready_watchdog_reload_and_end(self):
        folder = tempfile.mkdtemp(prefix="aorta-notify-")
        self.addCleanup(shutil.rmtree, folder)
        for path in (folder + "/notify", f"\0aorta-test-{os.getpid()}"):
            with self.subTest(path=path):
                manager = self.manager(path)
                engine = self.engine(path, WATCHDOG_USEC="1000000")
                self.assertEqual(manager.heard, [])  # commands of the command line tell nothing
                engine.start()
                until(lambda: manager.count("READY=1") == 1, 30, "READY=1")
                until(lambda: manager.count("WATCHDOG=1") >= 3, 30, "three signs of life")
                with Sender(engine.port) as sender:
                    self.assertEqual(ack_code(sender.ask(corpus("02"))), "AA")
                engine.process.send_signal(signal.SIGHUP)
                until(lambda: manager.count("READY=1") == 2, 30, "the end of the reload")
                begin = manager.heard.index(next(text for text in manager.heard if text.startswith("RELOADING=1")))
                self.assertRegex(manager.heard[begin], r"^RELOADING=1\nMONOTONIC_USEC=\d+$")
                self.assertLess(begin, len(manager.heard) - 1 - manager.heard[::-1].index("READY=1"))
                (engine.folder / "conf/routes/lab-results.toml").write_text("nonsense")  # a reload that is refused has ended too
                engine.process.send_signal(signal.SIGHUP)
                until(lambda: manager.count("READY=1") == 3, 30, "the end of the refused reload")
                self.assertEqual(engine.stop(), 0)
                until(lambda: manager.count("STOPPING=1") == 1, 30, "STOPPING=1")
                self.assertEqual(manager.heard[0], "READY=1")
                self.assertNotIn("READY=1", manager.heard[manager.heard.index("STOPPING=1"):])

    def test_a_process_that_stands_still_gives_no_sign_of_life(self):
        path = f"\0aorta-still-{os.getpid()}"
        manager = self.manager(path)
        engine = self.engine(path, WATCHDOG_USEC="200000").start()
        until(lambda: manager.count("WATCHDOG=1") >= 3, 30, "three signs of life")
        engine.process.send_signal(signal.SIGSTOP)
        until(lambda: (pathlib.Path(f"/proc/{engine.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]) == "T", 30, "its stop")
        threading.Event().wait(0.2)  # what was under way has come
        before = manager.count("WATCHDOG=1")
        threading.Event().wait(1)
        self.assertEqual(manager.count("WATCHDOG=1"), before)
        engine.process.send_signal(signal.SIGCONT)
        until(lambda: manager.count("WATCHDOG=1") > before, 30, "a sign of life")
        self.assertEqual(engine.stop(), 0)

    def test_nobody_is_told_where_nobody_asks_and_a_dead_socket_hurts_nobody(self):
        path = f"\0aorta-nobody-{os.getpid()}"
        manager = self.manager(path)
        engine = self.engine(path, WATCHDOG_USEC="200000", WATCHDOG_PID="1").start()
        until(lambda: manager.count("READY=1") == 1, 30, "READY=1")
        threading.Event().wait(0.5)
        self.assertEqual(manager.count("WATCHDOG=1"), 0)
        manager.end()
        self.assertEqual(engine.stop(), 0)
        lonely = self.engine("/nowhere/notify").start()
        self.assertEqual(lonely.stop(), 0)


class Unit(unittest.TestCase):
    def unit(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-unit-"))
        self.addCleanup(shutil.rmtree, folder)
        (folder / "aorta.service").write_text(UNIT.read_text().replace("/usr/bin/aorta", "/usr/bin/true"))  # the program need not be installed here
        return folder / "aorta.service"

    @analyzer
    def test_systemd_understands_each_line_of_the_unit(self):
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", self.unit()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((done.returncode, done.stdout.decode()), (0, ""))

    @analyzer
    def test_what_the_unit_leaves_open_does_not_grow(self):
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", self.unit()],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout.decode())

    def test_the_key_comes_as_a_credential_and_the_engine_ends_before_it_is_killed(self):
        text = UNIT.read_text()
        self.assertIn("\nLoadCredential=pii.key:/etc/aorta/pii.key\n", text)
        self.assertIn("--set security.pii_key_file=%d/pii.key serve", text)
        self.assertNotIn("AORTA_PII_KEY", text)


if __name__ == "__main__":
    unittest.main()
