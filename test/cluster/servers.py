"""What stands in the cluster: PostgreSQL with a standby, Redis, HAProxy, nodes."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from balancer import Balancer  # noqa: E402
from support import AORTA, GOLDEN, PII_KEY, SOURCE, until  # noqa: E402

PG_BIN = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


class Database:
    """Two PostgreSQL, of which one is the primary and waits with each commit for the other."""

    def __init__(self, fabric, folder):
        self.folder = folder / "pg"
        self.folder.mkdir()
        shutil.chown(self.folder, "postgres", "postgres")
        self.hosts = {name: fabric.host(name) for name in ("pg1", "pg2")}
        self.running = {}
        self.primary, self.standby = "pg1", "pg2"
        subprocess.run([*AS_POSTGRES, PG_BIN / "initdb", "-D", self.data("pg1"), "-A", "trust", "-U", "postgres", "--no-sync"], check=True, cwd="/",
                       stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        with open(self.data("pg1") / "pg_hba.conf", "a") as hba:
            hba.write("host all all 10.77.0.0/24 trust\nhost replication all 10.77.0.0/24 trust\n")
        self.start("pg1")
        self.sql("create role aorta login")
        self.sql("create database aorta owner aorta")
        self.add_standby()

    def data(self, name):
        return self.folder / name

    def start(self, name):
        """After a kill the server's own processes may still hold its memory for a moment: then it ends again, and is started again."""
        def up():
            process = self.running.get(name)
            if process is None or process.poll() is not None:
                self.begin(name)
            return "accepting" in self.hosts[name].run(PG_BIN / "pg_isready", "-h", "127.0.0.1", "-p", self.port(name), check=False)
        until(up, 60, f"PostgreSQL {name}")

    def begin(self, name):
        log = open(self.folder / f"{name}.log", "ab")
        self.running[name] = self.hosts[name].start(
            *AS_POSTGRES, PG_BIN / "postgres", "-D", self.data(name), "-c", "listen_addresses=*", "-c", f"unix_socket_directories={self.folder}",
            "-c", f"port={5432 if name == 'pg1' else 5433}", "-c", "max_connections=100", "-c", "wal_keep_size=256MB", "-c", "tcp_user_timeout=5000",
            "-c", "tcp_keepalives_idle=5", "-c", "idle_in_transaction_session_timeout=20s", "-c", "wal_sender_timeout=5s",
            "-c", f"primary_conninfo=host={self.hosts[self.other(name)].address} port={5433 if name == 'pg1' else 5432} user=postgres application_name={name}",
            stdout=log, stderr=log, cwd="/")
        log.close()

    @staticmethod
    def other(name):
        return "pg2" if name == "pg1" else "pg1"

    @staticmethod
    def port(name):
        return 5432 if name == "pg1" else 5433

    def sql(self, text, database="postgres", name=None):
        name = name or self.primary
        return self.hosts[name].run(PG_BIN / "psql", "-h", "127.0.0.1", "-p", self.port(name), "-U", "postgres", "-d", database, "-XAtqc", text).strip()

    def rows(self, text):
        return [tuple(line.split("|")) for line in self.sql(text, "aorta").splitlines()]

    def add_standby(self):
        shutil.rmtree(self.data(self.standby), ignore_errors=True)
        primary = self.hosts[self.primary]
        self.hosts[self.standby].run(*AS_POSTGRES, PG_BIN / "pg_basebackup", "-h", primary.address, "-p", self.port(self.primary), "-U", "postgres",
                                     "-D", self.data(self.standby), "-R", "-c", "fast", "--no-sync")
        self.start(self.standby)
        self.sql("alter system set synchronous_standby_names = '*'")
        self.sql("select pg_reload_conf()")
        until(lambda: self.sql("select count(*) from pg_stat_replication where sync_state = 'sync'") == "1", 60, "a standby that is waited for")

    def kill(self, name):
        process = self.running[name]
        process.kill()
        process.wait()
        until(lambda: not (self.hosts[name].run("ss", "-Hltn", f"sport = :{self.port(name)}").strip()), 30, f"the end of {name}")

    def restart(self):
        self.kill(self.primary)
        self.start(self.primary)

    def fail_over(self):
        """The primary dies, its standby becomes the primary, and a new standby is made of what was the primary."""
        self.kill(self.primary)
        self.primary, self.standby = self.standby, self.primary
        self.sql("alter system set synchronous_standby_names = ''")
        self.sql("select pg_promote()")
        until(lambda: self.sql("select pg_is_in_recovery()") == "f", 60, "the promotion")
        self.sql("select pg_reload_conf()")

    def url(self):
        both = ",".join(f"{self.hosts[name].address}:{self.port(name)}" for name in ("pg1", "pg2"))
        return (f"postgresql://aorta@{both}/aorta?target_session_attrs=read-write&connect_timeout=3&tcp_user_timeout=5000"
                "&keepalives_idle=5&keepalives_interval=2&keepalives_count=3")


class Node:
    """One engine."""

    def __init__(self, fabric, folder, name, configure):
        self.host, self.name = fabric.host(name), name
        self.folder = folder / name
        configure(self)
        self.environment = {**os.environ, "AORTA_PII_KEY": PII_KEY}
        self.process = None
        self.runs = 0

    def command(self, *args):
        return self.host.run("env", f"AORTA_PII_KEY={PII_KEY}", AORTA, "-c", self.folder / "conf", *args)

    def start(self):
        self.runs += 1
        self.log_path = self.folder / f"log{self.runs}"
        with open(self.log_path, "wb") as log:
            self.process = self.host.start(AORTA, "-c", self.folder / "conf", "serve", stdout=log, stderr=log, cwd=self.folder, env=self.environment)

    def log(self):
        return "".join((self.folder / f"log{n}").read_text(errors="replace") for n in range(1, self.runs + 1))

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()


class Cluster:
    """Everything, up and ready."""

    def __init__(self, fabric, folder, nodes=4, relays=""):
        self.fabric, self.folder = fabric, folder
        self.lab, self.ris, self.front = fabric.host("lab"), fabric.host("ris"), fabric.host("lb")
        self.database = Database(fabric, folder)
        self.redis_host = fabric.host("redis")
        self.start_redis()
        self.relays = relays
        self.nodes = [Node(fabric, folder, f"node{n}", self.configure) for n in range(1, nodes + 1)]
        first = self.nodes[0]
        first.command("migrate")
        first.command("patients", "load", GOLDEN / "patients.csv")
        self.key = first.command("key", "create", "--name", "chaos", "--scope", "admin", "--user", "chaos@clinic.example").split()[-1]
        for node in self.nodes:
            node.start()
        self.balancer = Balancer(folder / "haproxy", [(n.name, n.host.address, 2575, 8080) for n in self.nodes], self.front.address,
                                 enter=self.front.inside())
        for node in self.nodes:
            self.balancer.sees(node.name, "UP", 120)

    def start_redis(self):
        self.redis = self.redis_host.start("redis-server", "--bind", self.redis_host.address, "--protected-mode", "no", "--save", "", "--appendonly", "yes",
                                           "--appendfsync", "always", "--dir", str(self.folder), stdout=subprocess.DEVNULL)
        until(lambda: "PONG" in self.redis_host.run("redis-cli", "-h", self.redis_host.address, "ping", check=False), 20, "Redis")

    def configure(self, node):
        conf = node.folder / "conf"
        shutil.copytree(SOURCE / "conf/labs", conf / "labs")
        (conf / "routes").mkdir()
        (conf / "destinations").mkdir()
        route = (SOURCE / "conf/routes/lab-results.toml").read_text().replace('"match-patient", "persist"', '"match-patient", "forward", "persist"')
        (conf / "routes/lab-results.toml").write_text(route + 'send = ["ris", "stream"]\ndeadline_seconds = 5\n')
        bundle = (SOURCE / "conf/routes/fhir-bundle.toml").read_text()
        (conf / "routes/fhir-bundle.toml").write_text(bundle)
        (conf / "destinations/ris.toml").write_text(
            f'[destination]\nname = "ris"\nkind = "mllp"\nto = "{self.ris.address}:2575"\nretry_seconds = [1]\nattempts = 1000\ntimeout_seconds = 5\n')
        (conf / "destinations/stream.toml").write_text('[destination]\nname = "stream"\nkind = "redis"\nto = "results"\ncontent = "event"\nretry_seconds = [1]\ntimeout_seconds = 5\n')
        clinic = (SOURCE / "conf/aorta.toml").read_text()
        clinic = clinic[clinic.index("[clinic.MAIN]"):clinic.index("[listener.lab]")]
        (conf / "aorta.toml").write_text(f"""[http]
listen = "{node.host.address}:8080"
[store]
url = "{self.database.url()}"
[redis]
url = "redis://{self.redis_host.address}"
plaintext = true
[limits]
leave_seconds = 3
[listener.lab]
listen = "{node.host.address}:2575"
balancers = ["{self.front.address}"]
allow = ["{self.lab.address}"]
{clinic}
""")

    def ask(self, path):
        """By the balancer, from the laboratory's side: (status, text). Call it in a thread that lives there."""
        request = urllib.request.Request(f"http://{self.front.address}:8080{path}", headers={"Authorization": f"Bearer {self.key}"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def end(self):
        self.balancer.end()
        for node in self.nodes:
            if node.process.poll() is None:
                node.signal(signal.SIGCONT)
                node.kill()
        for process in self.database.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGQUIT)
                process.wait()
