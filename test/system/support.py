"""Real servers for the system tests: an engine, a PostgreSQL, an MLLP sender, an HTTP reader. Standard library only."""
import contextlib
import gzip
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[2]
AORTA = os.environ.get("AORTA_BINARY", str(SOURCE / "build/release/aorta"))
SHARED = pathlib.Path(os.environ.get("AORTA_SHARED", SOURCE.parent / "shared"))
AORTA_SANITIZED = bool(os.environ.get("AORTA_SANITIZED"))
CLIENTS = pathlib.Path(os.environ.get("AORTA_CLIENTS", SOURCE / "build/clients"))
GOLDEN = SOURCE / "test/golden"
# Foreign corpora stay where they lie, outside the project: what reads them is skipped, by name, where they are missing.
foreign = unittest.skipUnless((SHARED / "corpus").exists(), "the foreign corpora are not beside this checkout")
END_OF_ANSWER = "\x02"
PII_KEY = "cGxlYXNlLWRvLW5vdC11c2UtdGhpcy1rZXktMDAwMDA="  # of the tests only


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, seconds=30, what="the condition"):
    """Waits for a condition that another process brings about."""
    end, pause = time.monotonic() + seconds, 0.02
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come about in {seconds} s")
        threading.Event().wait(pause)
        pause = min(pause * 1.2, 0.2)  # whoever asks all the time keeps the others from working


def drained(left, seconds=60, what="all of them"):
    """Waits until nothing is left, as long as it becomes less: how much there is to do depends on the run."""
    before = left()
    while before:
        (before,) = until(lambda: (now := left()) < before and (now,), seconds, f"{what} ({before} left)")


class Postgres:
    """A PostgreSQL of its own: data folder, port and end."""

    def __init__(self):
        self.bin = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-pg-"))
        self.user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self.port = free_port()
        self._run(self.bin / "initdb", "-D", self.folder / "data", "-A", "trust", "-U", "postgres", "--no-sync")
        self.process = self.asking = None
        self.asked = ""
        self.turn = threading.RLock()
        self.start()
        # An owner that is no superuser, so that row-level security holds for the engine too.
        self.sql("create role aorta login password 'aorta'", "postgres")
        self.databases = 0

    def _as_user(self, args):
        args = [str(a) for a in args]
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups", *args] if os.getuid() == 0 else args

    def _run(self, *args):
        done = subprocess.run(self._as_user(args), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/")
        if done.returncode != 0:
            raise AssertionError(done.stdout.decode())

    def start(self):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            self._as_user([self.bin / "postgres", "-D", self.folder / "data", "-p", self.port, "-c", "listen_addresses=127.0.0.1",
                           "-c", f"unix_socket_directories={self.folder}", "-c", "max_connections=100"]),
            stdout=self.log, stderr=self.log, cwd="/")
        until(lambda: subprocess.run([self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0, 30, "PostgreSQL")

    def stop(self, how=signal.SIGINT):
        self.ask_no_more()
        if self.process:
            self.process.send_signal(how)
            self.process.wait()
            self.log.close()
            self.process = None

    def sql(self, text, database):
        done = subprocess.run([self.bin / "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database, "-XAtqc", text],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise AssertionError(done.stderr.decode())
        return done.stdout.decode().strip()

    def ask(self, text, database):
        """Reads, in one session as long as the database stays the same: a new one costs ten questions."""
        with self.turn:
            if self.asked != database:
                self.ask_no_more()
                self.asked = database
                self.asking = subprocess.Popen(
                    [self.bin / "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database, "-XAtq", "-v", "ON_ERROR_STOP=1"],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            said = []
            try:
                self.asking.stdin.write(f"{text}\n;\n\\echo {END_OF_ANSWER}\n".encode())
                self.asking.stdin.flush()
            except BrokenPipeError:
                pass
            for line in self.asking.stdout:
                if line.decode().rstrip("\n") == END_OF_ANSWER:
                    return "".join(said).strip()
                said.append(line.decode())
            self.ask_no_more()
        return self.sql(text, database)  # the session is gone: what is wrong, or a server that is back

    def ask_no_more(self):
        with self.turn:
            if self.asking:
                for end in (self.asking.stdin, self.asking.stdout):
                    with contextlib.suppress(BrokenPipeError):
                        end.close()
                self.asking.wait()
            self.asked, self.asking = "", None

    def new_database(self, like="template1"):
        self.ask_no_more()  # nobody may use what is copied
        self.databases += 1
        name = f"aorta{self.databases}"
        self.sql(f"create database {name} owner aorta template {like}", "postgres")
        return name

    def end(self):
        if hasattr(self, "prepared"):
            self.prepared.end()
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)


def judge(folder):
    """What the independent check complains about in the resources of a folder; None when it is not installed."""
    if not (CLIENTS / "node_modules/fhirpath").exists() or not folder.exists():
        return None
    done = subprocess.run(["node", CLIENTS / "validate.mjs", folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return "" if done.returncode == 0 else done.stdout.decode()[-4000:]


def prepared_database(postgres):
    """The name of a database with schema and roster, made once a server: a copy takes a tenth of the time of a migration."""
    if not hasattr(postgres, "prepared"):
        postgres.prepared = Engine(postgres, copied=False)
    return postgres.prepared.database


class Engine:
    """`aorta serve` on a configuration of its own. `postgres` None: SQLite."""

    def __init__(self, postgres=None, roster=True, copied=True, listener="", route="", extra="", bundle_routes=("MAIN",), environment=None, routes=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-"))
        self.postgres = postgres
        conf = self.folder / "conf"
        shutil.copytree(SOURCE / "conf/labs", conf / "labs")
        (conf / "routes").mkdir()
        (conf / "routes/lab-results.toml").write_text((SOURCE / "conf/routes/lab-results.toml").read_text() + "\n" + route + "\n")
        for name in routes:
            shutil.copy(SOURCE / f"conf/routes/{name}.toml", conf / "routes")
        bundle_route = (SOURCE / "conf/routes/fhir-bundle.toml").read_text()
        for clinic in bundle_routes:
            (conf / f"routes/fhir-bundle-{clinic}.toml").write_text(bundle_route.replace("MAIN", clinic).replace("fhir-bundle", f"fhir-bundle-{clinic}"))
        if postgres:
            copied = roster and copied
            self.database = postgres.new_database(prepared_database(postgres)) if copied else postgres.new_database()
            self.url = f"postgresql://aorta:aorta@127.0.0.1:{postgres.port}/{self.database}"
        else:
            self.url = f"sqlite://{self.folder}/aorta.db"
        limits = (SOURCE / "conf/aorta.toml").read_text()
        clinic = limits[limits.index("[clinic.MAIN]"):]
        clinic = clinic[:clinic.index("[listener")] if "[listener" in clinic else clinic
        (conf / "aorta.toml").write_text(
            f'[http]\nlisten = "127.0.0.1:0"\n[store]\nurl = "{self.url}"\n[listener.lab]\nlisten = "127.0.0.1:0"\n{listener}\n{clinic}\n{extra}\n')
        self.environment = {**os.environ, "AORTA_PII_KEY": PII_KEY, **(environment or {})}
        self.process = None
        self.runs = self.answers = 0
        if roster and not (postgres and copied):
            self.command("patients", "load", str(GOLDEN / "patients.csv"))
            self._forget_news()
        if postgres and not copied and roster:
            return  # that of prepared_database
        self.key = self.command("key", "create", "--name", "test", "--scope", "admin", "--user", "tester@clinic.example").split()[-1]

    def command(self, *args, check=True):
        done = subprocess.run([AORTA, "-c", str(self.folder / "conf"), *args], env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=self.folder)
        if check and done.returncode != 0:
            raise AssertionError(f"aorta {args}: {done.stdout.decode()} {done.stderr.decode()}")
        return done.stdout.decode()

    def _forget_news(self):
        """Nobody has waited for the roster's patients: else a message that begins to wait within a minute of them is looked at twice."""
        self.execute("delete from match_news")

    def execute(self, sql):
        """As the clinic's own system would, past the engine."""
        if self.postgres:
            self.postgres.sql(sql, self.database)
            return
        with contextlib.closing(sqlite3.connect(self.folder / "aorta.db", timeout=30)) as db:
            db.execute(sql)
            db.commit()

    def start(self):
        self.runs += 1
        self.log_path = self.folder / f"log{self.runs}"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([AORTA, "-c", str(self.folder / "conf"), "serve"], env=self.environment, stdout=log, stderr=log,
                                            cwd=self.folder)
        until(lambda: self.process.poll() is not None or " ready " in self.log(), 30, "the engine")
        if self.process.poll() is not None:
            raise AssertionError(self.log())
        self.port = self._port("mllp=")
        self.http = self._port("http=")
        return self

    def _port(self, word):
        text = self.log()
        return int(text[text.index(word):].split()[0].rsplit(":", 1)[1].strip('"'))

    def log(self):
        return self.log_path.read_text(errors="replace")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM; returns the exit code. Whoever does not get 0 wants to know what the engine said last."""
        self.process.terminate()
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            code = "nothing after 60 s"
            for task in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*"):
                print(task.name, (task / "comm").read_text().strip(), (task / "wchan").read_text(), flush=True)
            self.kill()
        self.process = None
        if code != 0:
            print(f"aorta ended with {code}:\n{self.log()[-8000:]}", flush=True)
        return code

    def end(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def rss(self):
        """Resident memory in MB."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024

    def seconds_of_work(self):
        """Processor time of all its threads so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def get(self, path, key=None, method="GET", body=None):
        """(status, parsed JSON or text)"""
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", method=method, data=body)
        if key is None:
            key = self.key
        if key:
            request.add_header("Authorization", f"Bearer {key}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            status, text = refused.code, refused.read().decode()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text

    def fhir(self, method, path, body=None, key=None, **headers):
        """(status, parsed JSON or None, headers). `path` is below /fhir/r4. Header names with `_` for `-`. What was answered is kept for the judge."""
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body, ensure_ascii=False).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}/fhir/r4{path}", method=method, data=data)
        request.add_header("Authorization", f"Bearer {key or self.key}")
        if data is not None:
            request.add_header("Content-Type", "application/fhir+json")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            answer = urllib.request.urlopen(request, timeout=120)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            text = answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                text = gzip.decompress(text)
            known = {name.lower(): value for name, value in answer.headers.items()}
            parsed = json.loads(text) if text else None
            if parsed is not None and "resourceType" in parsed and not (headers.get("X_Judge") == "no"):
                (self.folder / "answers").mkdir(exist_ok=True)
                self.answers += 1
                (self.folder / f"answers/{self.answers:05}.json").write_bytes(text)
            return answer.status, parsed, known

    def messages(self, query=""):
        status, page = self.get("/api/messages?limit=1000" + query)
        assert status == 200, page
        return page["items"]

    def results(self, patient, query=""):
        status, page = self.get(f"/api/patients/{patient}/lab-results{query}")
        assert status == 200, page
        return page["items"]

    def rows(self, sql):
        """Rows of the store itself, past the engine."""
        if self.postgres:
            text = self.postgres.ask(sql, self.database)
            return [tuple(line.split("|")) for line in text.splitlines()]
        with contextlib.closing(sqlite3.connect(f"file:{self.folder}/aorta.db?mode=ro", uri=True, timeout=30)) as db:
            return [tuple(str(v) if v is not None else "" for v in row) for row in db.execute(sql)]

    def count(self, table, where="1=1"):
        return int(self.rows(f"select count(*) from {table} where {where}")[0][0])


def second_engine(test, first, change=lambda made: None):
    """Another engine on the store of the first, which is PostgreSQL."""
    made = Engine(first.postgres, roster=False)
    test.addCleanup(made.end)
    shutil.rmtree(made.folder / "conf")
    shutil.copytree(first.folder / "conf", made.folder / "conf")
    made.key, made.database, made.url = first.key, first.database, first.url
    change(made)
    return made.start()


class Sender:
    """One MLLP connection."""

    def __init__(self, port, timeout=30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def raw(self, data):
        self.socket.sendall(data)

    def write(self, message):
        self.raw(b"\x0b" + message + b"\x1c\x0d")

    def read(self):
        """The next reply's bytes, or None when the engine closed the connection."""
        while b"\x1c\x0d" not in self.rest:
            piece = self.socket.recv(65536)
            if not piece:
                return None
            self.rest += piece
        reply, self.rest = self.rest.split(b"\x1c\x0d", 1)
        assert reply[:1] == b"\x0b", reply
        return reply[1:]

    def ask(self, message):
        self.write(message)
        return self.read()

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def ack_code(reply):
    for segment in reply.split(b"\r"):
        if segment[:3] == b"MSA":
            return segment[4:6].decode()
    raise AssertionError(f"no MSA in {reply!r}")


def segment(reply, name):
    """The fields of the first segment with this name, or None. Index 1 is field 1 (but in MSH, field 2)."""
    for each in reply.split(b"\r"):
        if each[:3] == name:
            return each.split(each[3:4])
    return None


def corpus(name):
    """What a golden case sends, by the beginning of its name: `01`; where it sends several messages, `03/2`."""
    case, _, number = name.partition("/")
    return next((GOLDEN / "oru").glob(f"{case}-*/{number}*in.hl7")).read_bytes()


def with_cr(data):
    return data.replace(b"\r\n", b"\r").replace(b"\n", b"\r")


def on_both(case):
    """Class decorator: the test case once on SQLite and once on PostgreSQL, as two classes in the caller's module."""
    import sys
    module = sys.modules[case.__module__]

    class OnSqlite(case, unittest.TestCase):
        make_postgres = staticmethod(lambda: None)

    class OnPostgresql(case, unittest.TestCase):
        make_postgres = Postgres

    for made, name in ((OnSqlite, case.__name__ + "OnSqlite"), (OnPostgresql, case.__name__ + "OnPostgresql")):
        made.__name__ = made.__qualname__ = name
        setattr(module, name, made)
    return case


class WithStore:
    """Gives each class its PostgreSQL (or none)."""

    @classmethod
    def setUpClass(cls):
        cls.postgres = cls.make_postgres()

    @classmethod
    def tearDownClass(cls):
        if cls.postgres:
            cls.postgres.end()

    def engine(self, **how):
        made = Engine(self.postgres, **how)
        self.addCleanup(made.end)
        return made.start()
