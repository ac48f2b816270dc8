"""Backup and restore: what was acknowledged before a backup began is there once; nothing else is taken for a backup."""
import contextlib
import fcntl
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import threading
import time
import unittest

from review_test import Desk
from power_test import RESULTS, Load, message
from support import AORTA, Postgres, Sender, WithStore, ack_code, until


def run(engine, *args, **environment):
    """(exit code, what was said)"""
    done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), *map(str, args)], env={**engine.environment, **environment},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=engine.folder)
    return done.returncode, done.stdout.decode()


def results_by_order(engine):
    return {order: int(n) for order, n in engine.rows("select filler_order_number, count(*) from lab_results group by filler_order_number")}


class OnSqlite(WithStore, unittest.TestCase):
    make_postgres = staticmethod(lambda: None)

    def filled(self, messages=20, **how):
        engine = self.engine(**how)
        with Sender(engine.port) as sender:
            for n in range(messages):
                self.assertEqual(ack_code(sender.ask(message(f"M-{n}", n))), "AA")
        return engine

    def drop_store(self, engine):
        for file in engine.folder.glob("aorta.db*"):
            file.unlink()

    def beside(self, engine):
        """What the commands left in the store's folder."""
        return sorted(f.name for f in engine.folder.glob("*") if re.search(r"-backup|-restore|\.part$", f.name))

    def test_what_was_acknowledged_before_a_backup_began_is_there_once_after_a_restore(self):
        engine = self.filled(30)
        loads = [Load(n, lambda: engine.port) for n in range(4)]
        for load in loads:
            load.start()
        for turn in range(3):  # the log is copied into the file at some time, and messages come in all the while
            before = sum(len(load.accepted) for load in loads)
            until(lambda: sum(len(load.accepted) for load in loads) > before + 20, 60, "progress")
            acknowledged = {c for load in loads for c in list(load.accepted)}
            code, said = run(engine, "backup", f"backup-{turn}")
            self.assertEqual(code, 0, said)
        meanwhile = {c for load in loads for c in list(load.accepted)} - acknowledged
        self.assertTrue(meanwhile, "nobody was acknowledged while it was backed up")
        for load in loads:
            load.stop_asked.set()
        engine.kill()
        self.drop_store(engine)
        code, said = run(engine, "restore", "backup-2")
        self.assertEqual(code, 0, said)
        self.assertEqual((engine.folder / "aorta.db").stat().st_mode & 0o777, 0o600)
        engine.start()
        for load in loads:
            load.join(60)  # what had no answer is sent again
            self.assertIsNone(load.fault)
        there = results_by_order(engine)
        self.assertLessEqual({f"M-{n}" for n in range(30)} | acknowledged, set(there))
        self.assertEqual(set(there.values()), {RESULTS})
        with Sender(engine.port) as sender:  # a repeat of what was filed before the backup is a repeat
            self.assertEqual(ack_code(sender.ask(message("M-3", 3))), "AA")
        self.assertEqual(results_by_order(engine), there)
        self.assertEqual(engine.rows("pragma integrity_check"), [("ok",)])
        self.assertEqual(self.beside(engine), [])

    def test_a_backup_holds_nothing_that_can_be_read_and_only_its_owner_reads_it(self):
        engine = self.filled(3)
        self.assertEqual(run(engine, "backup", "whole")[0], 0)
        file = engine.folder / "whole"
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        text = file.read_bytes()
        for word in (b"Potassium", b"SQLite format", b"lab_results"):  # longer than what base64 happens to hold
            self.assertIn(word, (engine.folder / "aorta.db").read_bytes() + (engine.folder / "aorta.db-wal").read_bytes())
            self.assertNotIn(word, text)

    def test_another_key_a_cut_file_and_a_changed_one_are_refused_and_leave_nothing(self):
        engine = self.filled(3)
        self.assertEqual(run(engine, "backup", "whole")[0], 0)
        self.assertEqual(run(engine, "backup", "other")[0], 0)
        self.assertEqual(engine.stop(), 0)
        self.drop_store(engine)
        whole = (engine.folder / "whole").read_bytes()
        lines = whole.splitlines(keepends=True)
        self.assertGreater(len(lines), 3)  # name, head, data, end
        others = (engine.folder / "other").read_bytes().splitlines(keepends=True)
        changed = bytearray(whole)
        changed[len(lines[0]) + len(lines[1]) + len(lines[2]) // 2] ^= 1
        wrong = {
            "is cut off in piece": [whole[:-1], whole[:-200], b"".join(lines[:-1]), b"".join(lines[:2]), lines[0], whole[:20]],
            "is changed in piece": [bytes(changed), b"".join(lines[:2] + lines[3:]), b"".join([*lines[:2], others[2], *lines[3:]]),
                                    b"".join([*lines[:2], lines[2], *lines[2:]])],
            "is changed: there is more after its end": [whole + b"\n", whole + lines[-1]],
            "made with another key": [whole.replace(lines[0][-10:-1], b"0" * 9, 1)],
            "is no backup": [b"", b"SQLite format 3\0", os.urandom(5000)],
        }
        for why, files in wrong.items():
            for number, content in enumerate(files):
                with self.subTest(why=why, number=number):
                    (engine.folder / "wrong").write_bytes(content)
                    code, said = run(engine, "restore", "wrong")
                    self.assertEqual(code, 1)
                    self.assertIn(why, said)
                    self.assertFalse((engine.folder / "aorta.db").exists())
        code, said = run(engine, "restore", "whole", AORTA_PII_KEY="another key that is at least 32 bytes long")
        self.assertEqual(code, 1)
        self.assertIn("was made with another key", said)
        self.assertEqual(self.beside(engine), [])
        self.assertEqual(run(engine, "restore", "nothing-here")[0], 1)
        self.assertEqual(run(engine, "restore", "whole")[0], 0)
        self.assertEqual(len(results_by_order(engine)), 3)

    def test_a_store_that_is_there_is_replaced_only_by_its_name_and_never_while_it_is_served(self):
        engine = self.filled(3)
        store = engine.folder / "aorta.db"
        self.assertEqual(run(engine, "backup", "early")[0], 0)
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(message("LATE", 1))), "AA")
        code, said = run(engine, "restore", "early", "--replace", store)
        self.assertEqual(code, 1)
        self.assertIn("is open: stop the engine", said)
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(message("LATER", 1))), "AA")
        engine.kill()  # its log stays
        code, said = run(engine, "restore", "early")
        self.assertEqual(code, 1)
        self.assertIn(f"name it with --replace {store}", said)
        self.assertEqual(run(engine, "restore", "early", "--replace", "another.db")[0], 1)
        self.assertEqual(len(results_by_order(engine)), 5)
        code, said = run(engine, "restore", "early", "--replace", store)
        self.assertEqual(code, 0, said)
        self.assertIn("aorta.db.replaced", said)
        self.assertEqual(len(results_by_order(engine)), 3)
        with contextlib.closing(sqlite3.connect(engine.folder / "aorta.db.replaced")) as former:
            self.assertEqual(former.execute("select count(distinct filler_order_number) from lab_results").fetchone()[0], 5)
        code, said = run(engine, "restore", "early", "--replace", store)
        self.assertEqual(code, 1)
        self.assertIn("from an earlier restore", said)
        engine.start()
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(message("LATE", 1))), "AA")
        self.assertEqual(len(results_by_order(engine)), 4)

    def test_the_engine_tells_when_the_last_backup_was_made(self):
        engine = self.filled(1)

        def told():
            found = re.search(r"^aorta_last_backup_timestamp_seconds (\S+)$", engine.get("/metrics")[1], re.M)
            return found and (float(found[1]),)

        self.assertEqual(until(told, 30, "the figure"), (0,))
        before = time.time()
        self.assertEqual(run(engine, "backup", "whole")[0], 0)
        (at,) = until(lambda: told() != (0,) and told(), 30, "the backup's time")
        self.assertGreaterEqual(at, before - 1)
        self.assertLessEqual(at, time.time() + 1)
        self.assertEqual(run(engine, "backup", "whole")[0], 1)  # there is one of this name
        self.assertEqual(told(), (at,))

    def test_a_damaged_store_is_not_backed_up_and_can_be_replaced(self):
        engine = self.filled(5)
        self.assertEqual(run(engine, "backup", "early")[0], 0)
        self.assertEqual(engine.stop(), 0)
        store = engine.folder / "aorta.db"
        with contextlib.closing(sqlite3.connect(store)) as db:
            page = db.execute("select rootpage from sqlite_master where name = 'lab_results'").fetchone()[0]
            size = db.execute("pragma page_size").fetchone()[0]
        with open(store, "r+b") as file:
            file.seek((page - 1) * size)
            file.write(b"\xff" * 100)
        code, said = run(engine, "backup", "late")
        self.assertEqual(code, 1)
        self.assertIn("damaged", said)
        self.assertFalse((engine.folder / "late").exists())
        code, said = run(engine, "restore", "early", "--replace", store)
        self.assertEqual(code, 0, said)
        self.assertEqual(len(results_by_order(engine)), 5)
        store.write_bytes(b"no database at all" * 1000)
        (engine.folder / "aorta.db.replaced").unlink()
        self.assertEqual(run(engine, "restore", "early", "--replace", store)[0], 0)
        self.assertEqual(len(results_by_order(engine)), 5)

    def test_nothing_is_overwritten_and_no_store_is_made_to_be_backed_up(self):
        engine = self.filled(1)
        self.assertEqual(run(engine, "backup", "whole")[0], 0)
        before = (engine.folder / "whole").read_bytes()
        code, said = run(engine, "backup", "whole")
        self.assertEqual((code, (engine.folder / "whole").read_bytes()), (1, before))
        self.assertIn("exists already", said)
        (engine.folder / "next.part").write_bytes(b"what a kill left" * 100_000)
        self.assertEqual(run(engine, "backup", "next")[0], 0)
        with open(engine.folder / "held.part", "wb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            code, said = run(engine, "backup", "held")
            self.assertEqual(code, 1)
            self.assertIn("by another backup", said)
            self.assertTrue((engine.folder / "held.part").exists())
        self.assertEqual(engine.stop(), 0)
        self.drop_store(engine)
        code, said = run(engine, "backup", "none")
        self.assertEqual(code, 1)
        self.assertIn("there is no store", said)
        self.assertEqual(list(engine.folder.glob("aorta.db*")), [])
        (engine.folder / "aorta.db-wal").write_bytes(b"of another store")
        code, said = run(engine, "restore", "whole")
        self.assertEqual(code, 1)
        self.assertIn("without its store", said)

    def test_a_full_disk_leaves_no_backup_and_no_store(self):
        engine = self.filled(3)
        mounted = ["unshare", "--mount", "--map-root-user", "sh", "-c", 'mount -t tmpfs -o size=20k none "$0" && shift 0 && exec "$@"']
        small = engine.folder / "small"
        small.mkdir()
        if subprocess.run([*mounted, small, "true"], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("no file system may be mounted here")
        done = subprocess.run([*mounted, small, "sh", "-c", '"$0" -c conf backup small/whole; code=$?; ls -A small; exit $code', AORTA],
                              env=engine.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=engine.folder)
        self.assertEqual((done.returncode, done.stdout.decode()), (1, "aorta: small/whole.part cannot be written (No space left on device)\n"))
        self.assertEqual(self.beside(engine), [])
        self.assertEqual(run(engine, "backup", "whole")[0], 0)
        done = subprocess.run([*mounted, small, "sh", "-c", '"$0" -c conf --set "store.url=sqlite://small/aorta.db" restore whole; code=$?; ls -A small; exit $code', AORTA],
                              env=engine.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=engine.folder)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stdout.decode(), r"^aorta: small/aorta.db-restore-\w+ cannot be written \(No space left on device\)\n$")

    def test_kills_leave_the_old_state_or_the_new_one(self):
        engine = self.filled(10)
        self.assertEqual(run(engine, "backup", "early")[0], 0)
        store = engine.folder / "aorta.db"
        for turn in range(8):
            making = subprocess.Popen([AORTA, "-c", "conf", "backup", f"b{turn}"], env=engine.environment, cwd=engine.folder, stdout=subprocess.DEVNULL)
            threading.Event().wait(0.1 * turn)
            making.send_signal(signal.SIGKILL)
            making.wait()
            if not (engine.folder / f"b{turn}").exists():
                self.assertEqual(run(engine, "backup", f"b{turn}")[0], 0)
        self.assertEqual(engine.stop(), 0)
        for turn in range(8):
            making = subprocess.Popen([AORTA, "-c", "conf", "restore", f"b{turn}", "--replace", str(store)], env=engine.environment, cwd=engine.folder,
                                      stdout=subprocess.DEVNULL)
            threading.Event().wait(0.1 * turn)
            making.send_signal(signal.SIGKILL)
            making.wait()
            self.assertEqual(len(results_by_order(engine)), 10, "the old store or the restored one")
            for name in ("aorta.db.replaced", "aorta.db.replaced-wal"):
                (engine.folder / name).unlink(missing_ok=True)


    def test_who_was_erased_after_a_backup_is_erased_again_after_each_restore_of_it(self):
        engine = self.filled(12)
        anna, nikos = (Desk(engine, name, f"{name}@clinic.example", "admin") for name in ("anna", "nikos"))
        (who,), = engine.rows("select patient_id from patients where mrn = 'M-0001'")
        self.assertEqual(run(engine, "backup", "before")[0], 0)
        self.assertEqual(anna.post(f"/api/patients/{who}/erase", reason="by letter of 20 November")[0], 202)
        status, said = nikos.post(f"/api/patients/{who}/erase", reason="by letter of 20 November")
        self.assertEqual((status, said.get("list")), (200, None))
        gone = dict(engine.rows(f"select mrn, status from patients where patient_id = {who}"))
        others = engine.rows(f"select mrn from patients where patient_id <> {who} order by 1")
        self.assertEqual(gone, {f"erased-{who}": "inactive"})
        listed = engine.folder / "aorta.db.erasures"
        self.assertEqual(listed.stat().st_mode & 0o777, 0o600)
        self.assertNotIn(str(who), listed.read_text().replace("\n", " ").split())  # sealed
        for how in ("replaced", "lost"):
            self.assertEqual(engine.stop(), 0)
            if how == "lost":
                for file in engine.folder.glob("aorta.db*"):
                    if file != listed:
                        file.unlink()
            code, said = run(engine, "restore", "before", *(["--replace", engine.folder / "aorta.db"] if how == "replaced" else []))
            self.assertEqual(code, 0, said)
            self.assertIn("1 of its patients were erased", said)
            self.assertEqual(engine.rows(f"select mrn from patients where patient_id = {who}"), [("M-0001",)])  # it is in the backup
            engine.start()
            until(lambda: dict(engine.rows(f"select mrn, status from patients where patient_id = {who}")) == gone, 30, "the erasure")
            self.assertEqual(engine.count("patient_blind_index", f"patient_id = {who}"), 0)
            self.assertEqual(engine.rows(f"select mrn from patients where patient_id <> {who} order by 1"), others)
            until(lambda: "erased-again" in engine.log(), 10, "the log line")
            self.assertEqual(engine.count("event_outbox", "event_type = 'patient_erased'"), 1)
        made = engine.fhir("POST", "/Patient", {"resourceType": "Patient", "name": [{"family": "Νέα"}], "birthDate": "1990-01-01"})[1]
        self.assertGreater(int(made["id"]), 100_000)  # no number that somebody may have had who is not in the backup
        self.assertEqual(engine.stop(), 0)
        engine.start()  # once is enough
        until(lambda: engine.get("/ready", key="")[0] == 200, 10, "ready")
        self.assertEqual(engine.count("erasures", "done_at is not null"), 1)
        old = engine.environment["AORTA_PII_KEY"]
        engine.environment["AORTA_PII_KEY"] = "bmV3LWtleS1mb3ItdGhlLXRlc3RzLWFsb25lLTAwMDA=\n" + old
        self.assertEqual(engine.stop(), 0)
        engine.start()
        until(lambda: run(engine, "rotate-keys")[0] == 0, 30, "that the engine tells its new key")
        self.assertEqual(engine.stop(), 0)
        engine.environment["AORTA_PII_KEY"] = "bmV3LWtleS1mb3ItdGhlLXRlc3RzLWFsb25lLTAwMDA="
        engine.start()  # the list is under the new key, too
        until(lambda: engine.get("/ready", key="")[0] == 200, 10, "ready")
        self.assertNotIn("erasures-delayed", engine.log())
        self.assertEqual(engine.stop(), 0)
        self.drop_store(engine)
        listed.write_text("gAAAAABnothing\n")  # of another key: nothing is restored that would bring somebody back
        code, said = run(engine, "restore", "before")
        self.assertEqual(code, 1)
        self.assertIn("aorta.db.erasures", said)
        self.assertFalse((engine.folder / "aorta.db").exists())


class OnPostgres(WithStore, unittest.TestCase):
    make_postgres = Postgres

    def told(self, engine, *args):
        """The command that is told, as words."""
        code, said = run(engine, *args)
        self.assertEqual(code, 2, said)
        self.assertNotIn("aorta@", said)
        return shlex.split(next(line for line in said.splitlines() if line.startswith("  pg_")))

    def test_the_commands_that_are_told_back_up_and_restore(self):
        engine = self.engine()
        with Sender(engine.port) as sender:
            for n in range(10):
                self.assertEqual(ack_code(sender.ask(message(f"M-{n}", n))), "AA")
        tools, environment = engine.postgres.bin, {**os.environ, "PGPASSWORD": "aorta"}
        engine.postgres.sql("create role keeper login bypassrls in role pg_read_all_data password 'aorta'", "postgres")
        dump = [word.replace("FILE", str(engine.folder / "dump")).replace("ROLE", "keeper") for word in self.told(engine, "backup", "x")]
        subprocess.run([str(tools / dump[0]), *dump[1:]], env=environment, check=True)
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(message("LATE", 1))), "AA")
        before, _ = {**results_by_order(engine)}, engine.stop()
        del before["LATE"]
        empty = engine.postgres.new_database()
        load = [word.replace("OWNER", "aorta") for word in self.told(engine, "restore", "x")]
        load = [word.replace(f"/{engine.database}", f"/{empty}") if word.startswith("--dbname") else str(engine.folder / "dump") if word == "FILE" else word for word in load]
        subprocess.run([str(tools / load[0]), *load[1:]], env=environment, check=True)
        page = engine.folder / "conf/aorta.toml"
        page.write_text(page.read_text().replace(f"/{engine.database}\"", f"/{empty}\""))
        engine.database = empty
        code, said = run(engine, "check", "--online")
        self.assertEqual(code, 0, said)
        engine.start()
        self.assertEqual(results_by_order(engine), before)
        with Sender(engine.port) as sender:
            for control_id in ("M-3", "LATE"):
                self.assertEqual(ack_code(sender.ask(message(control_id, 1))), "AA")
        self.assertEqual(set(results_by_order(engine)), {*before, "LATE"})


if __name__ == "__main__":
    unittest.main()
