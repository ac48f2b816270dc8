"""`aorta init`: from an empty folder to a filed message, and nothing that is there is touched."""
import os
import pathlib
import re
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import unittest
from contextlib import closing

from support import AORTA, Engine, Sender, ack_code, corpus, until

BARE = {name: value for name, value in os.environ.items() if not name.startswith("AORTA_")}


class Begun(Engine):
    """An engine on what `aorta init` made; `environment` knows no key and no store."""

    def __init__(self, binary, conf, where, key="", extra=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-"))
        self.binary, self.conf, self.where, self.key, self.extra = binary, conf, where, key, extra
        self.postgres = self.process = None
        self.runs = 0

    def start(self):
        return self.start_as([self.binary, "-c", self.conf, "--set", "http.listen=127.0.0.1:0", "--set", "listener.lab.listen=127.0.0.1:0", *self.extra, "serve"])

    def start_as(self, command):
        self.runs += 1
        self.log_path = self.folder / f"log{self.runs}"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command, env=BARE, stdout=log, stderr=log, cwd=self.where)
        until(lambda: self.process.poll() is not None or " ready " in self.log(), 60, "the engine")
        if self.process.poll() is not None:
            raise AssertionError(self.log())
        self.port, self.http = self._port("mllp="), self._port("http=")
        return self


def run(*args, where, binary=AORTA, environment=BARE):
    done = subprocess.run([str(binary), *map(str, args)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=where)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Init(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-init-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def everything(self, below):
        return {str(path.relative_to(below)): (path.read_bytes() if path.is_file() else None, path.stat().st_mode) for path in sorted(below.rglob("*"))}

    def test_from_nothing_to_a_filed_message_from_any_folder(self):
        code, said, _ = run("init", "clinic", "--user", "maria@clinic.example", where=self.folder)
        self.assertEqual(code, 0)
        conf = self.folder / "clinic"
        key = said.split()[-1]
        self.assertRegex(key, r"^aorta_[0-9a-f]{64}$")
        self.assertEqual(said.count(key), 1)
        for name in ("var/pii.key", "var/aorta.db"):
            self.assertEqual(stat.S_IMODE((conf / name).stat().st_mode), 0o600, name)
        self.assertEqual(stat.S_IMODE((conf / "var").stat().st_mode), 0o700)
        everywhere = b"".join(content or b"" for content, _ in self.everything(conf).values())
        self.assertNotIn(key.encode(), everywhere)
        pii = (conf / "var/pii.key").read_text()
        self.assertRegex(pii, r"^[A-Za-z0-9_-]{43}=\n$")
        code, checked, _ = run("-c", conf, "check", where="/")
        self.assertEqual(code, 0, checked)
        self.assertNotIn("error", checked)
        self.assertEqual(len(re.findall(r"^  aorta -c \S+ (?:check|patients load FILE.csv|serve)$", said, re.M)), 3, said)
        engine = Begun(AORTA, conf, "/", key)
        self.addCleanup(engine.end)
        engine.start()
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(corpus("02"))), "AA")
        with closing(sqlite3.connect(f"file:{conf}/var/aorta.db?mode=ro", uri=True)) as db:
            self.assertEqual(db.execute("select count(*) from hl7_message_log").fetchone()[0], 1)
        status, session = engine.get("/api/session")
        self.assertEqual((status, session["user"], session["scopes"]), (200, "maria@clinic.example", ["admin"]))
        self.assertEqual(engine.stop(), 0)
        _, again, _ = run("init", "elsewhere", where=self.folder)
        self.assertNotIn((self.folder / "elsewhere/var/pii.key").read_text(), pii)
        self.assertIn("key create NAME --scope admin --user EMAIL", again)

    def test_without_a_folder_it_is_that_of_c(self):
        self.assertEqual(run("init", where=self.folder)[0], 0)
        self.assertEqual(run("check", where=self.folder)[0], 0)
        self.assertEqual(run("-c", "other/aorta.toml", "init", where=self.folder)[0], 0)
        self.assertEqual(run("-c", "other", "check", where=self.folder)[0], 0)

    def test_nothing_that_is_there_is_touched(self):
        self.assertEqual(run("init", "conf", where=self.folder)[0], 0)
        for left in (None, "aorta.toml", "var/pii.key", "var/aorta.db", "routes/orders.toml", "labs/yiannoukas.toml"):
            with self.subTest(left=left):
                if left:  # all else is gone: this alone stands in the way
                    kept = (self.folder / "conf" / left).read_bytes()
                    shutil.rmtree(self.folder / "conf")
                    (self.folder / "conf" / left).parent.mkdir(parents=True)
                    (self.folder / "conf" / left).write_bytes(kept)
                before = self.everything(self.folder)
                code, said, why = run("init", "conf", where=self.folder)
                self.assertEqual((code, said), (1, ""))
                self.assertIn("exists already: nothing was changed", why)
                if left:
                    self.assertIn(left, why)
                self.assertEqual(self.everything(self.folder), before)
                if left:
                    shutil.rmtree(self.folder / "conf")
                    self.assertEqual(run("init", "conf", where=self.folder)[0], 0)

    def test_what_it_would_not_obey_is_refused(self):
        for args, environment, why in ((("init", "a", "--user", "maria"), {}, "e-mail address"),
                                       (("init", "a"), {"AORTA_PII_KEY": "x" * 44}, "AORTA_PII_KEY is set"),
                                       (("init", "a"), {"AORTA_STORE_URL": "sqlite://b.db"}, "AORTA_STORE_URL is set"),
                                       (("--set", "log.level=debug", "init", "a"), {}, "--set changes nothing"),
                                       (("init", 'a"b'), {}, "quotes"),
                                       (("init", "/proc/a"), {}, "cannot make /proc/a/routes")):
            with self.subTest(args=args):
                code, said, told = run(*args, where=self.folder, environment={**BARE, **environment})
                self.assertEqual((code, said), (1, ""))
                self.assertIn(why, told)
                self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
