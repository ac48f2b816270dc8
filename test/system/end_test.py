"""The end: SIGTERM comes to an end in time whatever stands still, what was acknowledged is in the store, and logging holds nobody up."""
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import unittest

from support import AORTA, Engine, Postgres, Sender, ack_code, corpus, until

GRACE = 2  # limits.stop_seconds in these tests
IN_TIME = GRACE + 2.5  # and the time to wind up


def message(name):
    return corpus("02").replace(b"BIO-1002", name.encode()).replace(b"F-9002", b"F-" + name.encode())


class Ends(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()

    @classmethod
    def tearDownClass(cls):
        cls.postgres.end()

    def engine(self, postgres=None, extra="", seconds=GRACE, **how):
        made = Engine(postgres, extra=f"[limits]\nstop_seconds = {seconds}\n{extra}", **how)
        self.addCleanup(made.end)
        return made.start()

    def ends_in_time(self, engine, seconds=IN_TIME):
        begin = time.monotonic()
        self.assertEqual(engine.stop(), 0)
        self.assertLess(time.monotonic() - begin, seconds, engine.log()[-2000:])

    def file_some(self, engine, count=5):
        with Sender(engine.port) as sender:
            for n in range(count):
                self.assertEqual(ack_code(sender.ask(message(f"KEPT-{n}"))), "AA")

    def kept(self, engine):
        return sorted(row[0] for row in engine.rows("select message_control_id from hl7_message_log where message_control_id like 'KEPT-%' "
                                                    "and processing_status = 'processed'"))

    def test_idle_it_ends_at_once(self):
        engine = self.engine()
        self.file_some(engine)
        self.ends_in_time(engine, 1.5)
        self.assertIn(" stopped", engine.log())

    def test_a_frozen_postgresql(self):
        engine = self.engine(self.postgres)
        self.file_some(engine)
        backends = [int(pid) for pid in self.postgres.sql(
            f"select pid from pg_stat_activity where datname = '{engine.database}' and pid <> pg_backend_pid()", "postgres").split()]
        frozen = [self.postgres.process.pid, *backends]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        try:
            with Sender(engine.port) as sender:
                sender.write(message("LOST-1"))
                caller = threading.Thread(target=self.ask_quietly, args=(engine, "/api/messages"))
                caller.start()
                threading.Event().wait(0.3)
                self.ends_in_time(engine)
                caller.join()
                self.assertIsNone(sender.read())
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        self.assertEqual(len(self.kept(engine)), 5)

    def ask_quietly(self, engine, path):
        try:
            engine.get(path)
        except OSError:
            return

    def test_a_locked_sqlite_file_with_queued_writes(self):
        engine = self.engine()
        self.file_some(engine)
        with sqlite3.connect(engine.folder / "aorta.db", isolation_level=None) as other:
            other.execute("begin immediate")
            senders = [Sender(engine.port) for _ in range(5)]
            for sender in senders:
                self.addCleanup(sender.close)
            for n, sender in enumerate(senders):
                sender.write(message(f"LOST-{n}"))
            callers = [threading.Thread(target=self.ask_quietly, args=(engine, "/api/routes")) for _ in range(3)]  # their audit rows wait
            for caller in callers:
                caller.start()
            threading.Event().wait(0.3)
            self.ends_in_time(engine)
            for caller in callers:
                caller.join()
            for sender in senders:
                self.assertIsNone(sender.read())
            other.execute("rollback")
        self.assertEqual(len(self.kept(engine)), 5)
        self.assertEqual(engine.count("hl7_message_log", "message_control_id like 'LOST-%'"), 0)

    def test_a_locked_table(self):
        engine = self.engine(self.postgres)
        self.file_some(engine)
        lock = subprocess.Popen([self.postgres.bin / "psql", "-h", "127.0.0.1", "-p", str(self.postgres.port), "-U", "postgres", "-d", engine.database,
                                 "-XAtq"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            lock.stdin.write(b"begin; lock table lab_results in access exclusive mode; select 'locked';\n")
            lock.stdin.flush()
            self.assertEqual(lock.stdout.readline(), b"locked\n")
            with Sender(engine.port) as sender:
                sender.write(message("LOST-1"))
                threading.Event().wait(0.3)
                self.ends_in_time(engine)
                self.assertIsNone(sender.read())
        finally:
            lock.stdin.close()
            lock.wait()
            lock.stdout.close()
        self.assertEqual(len(self.kept(engine)), 5)
        until(lambda: self.postgres.sql(f"select count(*) from pg_stat_activity where datname = '{engine.database}' and state = 'active'"
                                        " and pid <> pg_backend_pid()", engine.database) == "0", 5, "the end of the engine's work in the database")

    def locked(self, engine, *tables):
        """Somebody who holds these tables until the test lets go."""
        lock = subprocess.Popen([self.postgres.bin / "psql", "-h", "127.0.0.1", "-p", str(self.postgres.port), "-U", "postgres", "-d", engine.database,
                                 "-XAtq"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        lock.stdin.write(b"begin; lock table " + ", ".join(tables).encode() + b" in access exclusive mode; select 'locked';\n")
        lock.stdin.flush()
        self.assertEqual(lock.stdout.readline(), b"locked\n")

        def let_go():
            lock.stdin.close()
            lock.wait()
            lock.stdout.close()
        self.addCleanup(let_go)

    def at_work(self, engine):
        return self.postgres.sql(f"select count(*) from pg_stat_activity where datname = '{engine.database}' and application_name = 'aorta'"
                                 " and state = 'active'", engine.database)

    def test_work_in_postgresql_is_broken_off(self):
        """A lane and a search behind locks: half of the time is theirs, and nothing of it goes on in the server."""
        engine = self.engine(self.postgres, seconds=8)
        self.file_some(engine)
        self.locked(engine, "lab_results")
        answers = []
        caller = threading.Thread(target=lambda: answers.append(engine.get("/fhir/r4/Observation?_count=50")[0]))
        caller.start()
        with Sender(engine.port) as sender:
            sender.write(message("LOST-1"))
            until(lambda: self.at_work(engine) == "2", 5, "a lane and a search")
            self.ends_in_time(engine, 5.5)
            self.assertIsNone(sender.read())
        caller.join()
        self.assertEqual(answers, [503])
        until(lambda: self.at_work(engine) == "0", 2, "the end of the engine's work in the database")
        self.assertIn("stop-interrupts", engine.log())
        self.assertNotIn("cut_off", engine.log())
        self.assertEqual(len(self.kept(engine)), 5)
        self.assertEqual(engine.count("hl7_message_log", "message_control_id like 'LOST-%'"), 0)

    def test_calls_are_broken_off_once_the_routes_have_ended(self):
        engine = self.engine(self.postgres, seconds=8)
        self.file_some(engine)
        self.locked(engine, "lab_results")
        answers = []
        caller = threading.Thread(target=lambda: answers.append(engine.get("/fhir/r4/Observation?_count=50")[0]))
        caller.start()
        until(lambda: self.at_work(engine) == "1", 5, "a search")
        self.ends_in_time(engine, 2)
        caller.join()
        self.assertEqual(answers, [503])
        self.assertNotIn("cut_off", engine.log())

    def test_work_in_sqlite_is_broken_off(self):
        engine = self.engine(seconds=8)
        self.file_some(engine)
        with sqlite3.connect(engine.folder / "aorta.db", isolation_level=None) as other:
            other.execute("begin immediate")
            with Sender(engine.port) as first, Sender(engine.port) as second:
                first.write(message("LOST-1"))
                second.write(message("LOST-2"))
                threading.Event().wait(0.3)
                self.ends_in_time(engine, 5.5)
                self.assertIsNone(first.read())
            other.execute("rollback")
        self.assertNotIn("cut_off", engine.log())
        self.assertEqual(len(self.kept(engine)), 5)
        self.assertEqual(engine.count("hl7_message_log", "message_control_id like 'LOST-%'"), 0)

    def test_a_killed_engine_leaves_no_statement_behind(self):
        engine = self.engine(self.postgres)
        self.file_some(engine)
        self.locked(engine, "lab_results")
        with Sender(engine.port) as sender:
            sender.write(message("LOST-1"))
            until(lambda: self.at_work(engine) == "1", 5, "a lane")
            engine.process.kill()
            engine.process.wait()
        until(lambda: self.at_work(engine) == "0", 6, "the end of the engine's work in the database")

    def test_a_store_that_is_away(self):
        own = Postgres()
        self.addCleanup(own.end)
        engine = self.engine(own)
        self.file_some(engine)
        own.stop(signal.SIGQUIT)
        with Sender(engine.port) as sender:
            sender.write(message("LOST-1"))
            threading.Event().wait(0.3)
            self.ends_in_time(engine)
        own.start()
        self.assertEqual(len(self.kept(engine)), 5)

    def test_a_reload_while_it_ends(self):
        for _ in range(5):
            engine = self.engine(roster=False)
            route = engine.folder / "conf/routes/lab-results.toml"
            route.write_text(route.read_text() + "in_flight = 77\n")
            engine.process.send_signal(signal.SIGHUP)
            self.ends_in_time(engine, 3)

    def test_traffic_while_it_ends(self):
        """Senders, callers and reloads at work: no crash, and everything that was answered AA is there."""
        engine = self.engine()
        acknowledged, stop = [], threading.Event()

        def send(name):
            try:
                with Sender(engine.port, timeout=10) as sender:
                    for n in range(100_000):
                        reply = sender.ask(message(f"{name}-{n}"))
                        if reply is None or stop.is_set():
                            return
                        if ack_code(reply) == "AA":
                            acknowledged.append(f"{name}-{n}")
            except OSError:
                return

        def call():
            while not stop.is_set():
                self.ask_quietly(engine, "/fhir/r4/Observation?_count=50")
                self.ask_quietly(engine, "/api/messages")

        threads = [threading.Thread(target=send, args=(f"S{n}",)) for n in range(8)] + [threading.Thread(target=call) for _ in range(4)]
        for thread in threads:
            thread.start()
        until(lambda: len(acknowledged) > 50, 20, "traffic")
        self.ends_in_time(engine)
        stop.set()
        for thread in threads:
            thread.join()
        logged = {row[0] for row in engine.rows("select message_control_id from hl7_message_log where processing_status = 'processed'")}
        self.assertEqual([name for name in acknowledged if name not in logged], [])

    def test_a_second_sigterm_ends_it_at_once(self):
        engine = self.engine()
        with sqlite3.connect(engine.folder / "aorta.db", isolation_level=None) as other:
            other.execute("begin immediate")
            with Sender(engine.port) as sender:
                sender.write(message("LOST-1"))
                threading.Event().wait(0.2)
                engine.process.terminate()
                until(lambda: " stopping" in engine.log(), 5, "the first SIGTERM")
                begin = time.monotonic()
                engine.process.terminate()
                self.assertEqual(engine.process.wait(5), 1)
                self.assertLess(time.monotonic() - begin, 2)
            other.execute("rollback")

    def test_a_hang_up_while_it_starts_is_a_reload(self):
        engine = Engine(roster=False)
        self.addCleanup(engine.end)
        for milliseconds in (15, 20, 30, 50):
            with open(engine.folder / "early", "wb") as log:
                process = subprocess.Popen([AORTA, "-c", str(engine.folder / "conf"), "serve"], env=engine.environment, stdout=log, stderr=log, cwd=engine.folder)
                until(lambda: self.has_begun(process.pid) or " ready " in (engine.folder / "early").read_text(), 5, "main")
                threading.Event().wait(milliseconds / 1000)
                process.send_signal(signal.SIGHUP)
                until(lambda: " ready " in (engine.folder / "early").read_text() or process.poll() is not None, 10, "the engine")
                self.assertIsNone(process.poll(), (engine.folder / "early").read_text())
                until(lambda: " reload-unchanged " in (engine.folder / "early").read_text(), 10, "the reload")
                process.terminate()
                self.assertEqual(process.wait(10), 0)

    @staticmethod
    def has_begun(pid):
        """SIGHUP is blocked: the process is past the loader, which no program can help."""
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        blocked = next(line for line in status.splitlines() if line.startswith("SigBlk:"))
        return int(blocked.split()[1], 16) & (1 << (signal.SIGHUP - 1))

    def test_a_log_that_nobody_reads(self):
        engine = Engine(roster=False, extra="[limits]\nstop_seconds = 2\n")
        self.addCleanup(engine.end)
        conf = engine.folder / "conf/aorta.toml"
        ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        numbers = [each.getsockname()[1] for each in ports]
        for each in ports:
            each.close()
        text = conf.read_text().replace('[http]\nlisten = "127.0.0.1:0"', f'[http]\nlisten = "127.0.0.1:{numbers[0]}"')
        conf.write_text(text.replace('[listener.lab]\nlisten = "127.0.0.1:0"', f'[listener.lab]\nlisten = "127.0.0.1:{numbers[1]}"'))
        read, write = os.pipe()
        process = subprocess.Popen([AORTA, "-c", str(engine.folder / "conf"), "serve"], env=engine.environment, stdout=write, stderr=write, cwd=engine.folder)
        os.close(write)
        self.addCleanup(os.close, read)

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", numbers[1])) == 0

        try:
            until(listens, 10, "the engine")
            with Sender(numbers[1]) as sender:
                for n in range(1200):  # each leaves a line, and a pipe holds a few hundred
                    self.assertEqual(ack_code(sender.ask(b"MSH|^~\\&|L|F|||20260101||ADT^A01|NOBODY-%d|P|2.5.1\r" % n)), "AR")
            process.send_signal(signal.SIGHUP)  # its words go the same way
            begin = time.monotonic()
            process.terminate()
            self.assertEqual(process.wait(10), 0)
            self.assertLess(time.monotonic() - begin, IN_TIME)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


if __name__ == "__main__":
    unittest.main(verbosity=1)
