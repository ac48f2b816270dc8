"""PostgreSQL as docs/operate.md sets it up: one role owns and migrates, the other one serves and owns nothing; and behind a PgBouncer."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from admission_test import adt
from bulk_test import begin, manifest, resources
from fhir_support import bundle, patient, post
from review_test import Desk, message
from support import AORTA, GOLDEN, SOURCE, Engine, Postgres, Sender, ack_code, corpus, free_port, until

GUIDE = (SOURCE / "docs/operate.md").read_text()
COMMANDS = re.findall(r"```sh\n(.*?)```", GUIDE[GUIDE.index("**Two roles.**"):GUIDE.index("**PgBouncer**")], re.S)
GIORGOS = "M-0001^^^MAIN^MR||PAPADOPOULOS^GEORGIOS||19580412|M"


def guided(postgres, engine):
    """Runs what the guide tells, on this server and this engine's configuration; what was said."""
    tools = engine.folder / "tools"
    tools.mkdir()
    (tools / "aorta").symlink_to(AORTA)
    (tools / "psql").symlink_to(postgres.bin / "psql")
    environment = {**engine.environment, "PATH": f"{tools}:{os.environ['PATH']}", "PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGUSER": "postgres"}
    said = ""
    for block in COMMANDS:
        block = block.replace("db.example:5432", f"127.0.0.1:{postgres.port}").replace("/etc/aorta", str(engine.folder / "conf"))
        done = subprocess.run(["bash", "-ec", block], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=engine.folder)
        said += done.stdout.decode()
        if done.returncode != 0:
            raise AssertionError(said)
    return said


def served_by(engine, postgres, url):
    """From now on the engine's store is this one; its keys and people are made there."""
    conf = engine.folder / "conf/aorta.toml"
    conf.write_text(re.sub(r'\[store\]\nurl = ".*"', f'[store]\nurl = "{url}"\nmigrate = false', conf.read_text()))
    engine.postgres, engine.database, engine.url = postgres, "aorta", url
    engine.command("patients", "load", str(GOLDEN / "patients.csv"))
    engine.key = engine.command("key", "create", "--name", "test", "--scope", "admin", "--user", "tester@clinic.example").split()[-1]


class WithRoles(unittest.TestCase):
    def setUp(self):
        self.postgres = Postgres()
        self.addCleanup(self.postgres.end)
        self.engine = Engine(routes=["admissions"])
        self.addCleanup(self.engine.end)
        self.said = guided(self.postgres, self.engine)

    def url(self, port):
        return f"postgresql://aorta_server:SERVER-SECRET@127.0.0.1:{port}/aorta"


class Roles(WithRoles):
    def refusals(self):
        return [line for line in (self.postgres.folder / "log").read_text(errors="replace").splitlines()[self.logged:] if "permission denied" in line or "must be owner" in line]

    def test_the_engine_serves_under_a_role_that_owns_nothing(self):
        self.assertEqual(len(COMMANDS), 2)
        self.assertIn("run aorta migrate as its owner once a year", self.said)  # of the last check
        for table in ("pg_class where relowner", "pg_proc where proowner", "pg_namespace where nspowner", "pg_database where datdba"):
            self.assertEqual(self.postgres.sql(f"select count(*) from {table} = 'aorta_server'::regrole", "aorta"), "0")
        self.logged = len((self.postgres.folder / "log").read_text(errors="replace").splitlines())
        engine = self.engine
        served_by(engine, self.postgres, self.url(self.postgres.port))
        drop = engine.folder / "drop"
        drop.mkdir()
        (engine.folder / "conf/destinations").mkdir()
        (engine.folder / "conf/destinations/archive.toml").write_text(f'[destination]\nname = "archive"\nkind = "file"\nto = "{drop}"\n')
        route = engine.folder / "conf/routes/lab-results.toml"
        route.write_text(route.read_text().replace('"persist"', '"forward", "persist"', 1) + '\nsend = ["archive"]\n')
        engine.start()
        anna, nikos = (Desk(engine, name, f"{name}@clinic.example", "admin") for name in ("anna", "nikos"))
        with Sender(engine.port) as sender:
            for number in ("01", "02", "08", "09"):  # results, a critical value, a code that nobody mapped, nobody's
                self.assertEqual(ack_code(sender.ask(corpus(number))), "AA")
            self.assertEqual(ack_code(sender.ask(corpus("02"))), "AA")  # a repeat
            for event, minute in (("A01", "0800"), ("A08", "0830"), ("A03", "0900"), ("A13", "0930")):
                self.assertEqual(ack_code(sender.ask(adt(event, event, minute, GIORGOS, "V-1"))), "AA")
            self.assertEqual(ack_code(sender.ask(message("WAITS", order="F-W", ids="999^^^X^MR", name="NOBODY^NEW", born="19990101", sex="M"))), "AA")
        twin = engine.fhir("POST", "/Patient", {"resourceType": "Patient", "name": [{"family": "Παπαδόπουλος", "given": ["Γεώργιος"]}], "gender": "male",
                                                "birthDate": "1958-04-12"})[1]["id"]
        (number,), = engine.rows(f"select mrn from patients where patient_id = {twin}")
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(adt("A40", "JOIN", "0932", GIORGOS, more=f"MRG|{number}^^^MAIN^MR\r"))), "AA")
        (survivor,), = engine.rows("select patient_id from patients where mrn = 'M-0001'")
        self.assertEqual(engine.count("patient_merges"), 1)
        self.assertEqual(anna.post(f"/api/patients/{survivor}/unmerge")[0], 200)
        (code,), = engine.rows("select code from unmapped_codes limit 1")
        status, mapped = anna.post("/api/unmapped/map", lab="bioanalytica", code=code, loinc="2345-7")
        self.assertEqual(status, 202, mapped)
        until(lambda: anna.get(f"/api/reprocess/{mapped['reprocess']}")["state"] == "done", 60, "the run")
        self.assertEqual(engine.count("unmapped_codes", f"code = '{code}'"), 0)
        self.assertEqual(engine.count("lab_results", "filler_order_number = 'F-9002'") > 0, True)
        until(lambda: len(list(drop.iterdir())) >= 4, 30, "the deliveries")

        made = engine.fhir("POST", "/Patient", patient(1))[1]["id"]
        allergy = {"resourceType": "AllergyIntolerance", "patient": {"reference": f"Patient/{made}"},
                   "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]}}
        status, answer, _ = engine.fhir("POST", "", bundle("transaction", post(allergy)))
        self.assertEqual(status, 200, answer)
        self.assertEqual(engine.fhir("GET", f"/Patient/{made}/$everything")[0], 200)
        self.assertEqual(engine.fhir("GET", f"/AllergyIntolerance?patient={made}")[1]["total"], 1)
        found = engine.fhir("GET", f"/AllergyIntolerance?patient={made}")[1]["entry"][0]["resource"]["id"]
        self.assertEqual(engine.fhir("DELETE", f"/AllergyIntolerance/{found}")[0], 204)
        self.assertEqual(engine.fhir("GET", "/Patient/_history")[0], 200)
        exported = resources(engine, manifest(engine, begin(engine))[0])
        self.assertIn("Patient", exported)

        waiting = next(each for each in engine.messages() if each["control_id"] == "WAITS")
        self.assertEqual(anna.link(waiting["id"], made)[0], 200)
        self.assertEqual(anna.post(f"/api/messages/{waiting['id']}/unlink")[0], 200)
        alert = anna.get("/api/critical")["items"][0]
        self.assertEqual(anna.post(f"/api/critical/{alert['id']}/acknowledge")[0], 200)
        self.assertEqual(anna.get("/api/messages?q=BIO-1002")["items"][0]["control_id"], "BIO-1002")
        other = engine.fhir("POST", "/Patient", patient(2))[1]["id"]
        self.assertEqual(anna.post(f"/api/patients/{other}/erase", reason="letter")[0], 202)
        status, erased = nikos.post(f"/api/patients/{other}/erase", reason="letter")
        self.assertEqual((status, erased.get("state")), (200, "erased"), erased)
        self.assertEqual(engine.get("/api/routes/lab-results/pause", method="POST", body=b"{}")[0] // 100, 2)
        self.assertEqual(engine.get("/api/routes/lab-results/resume", method="POST", body=b"{}")[0] // 100, 2)
        self.assertEqual(engine.command("reload").split("=")[0], "configuration")
        self.assertEqual(engine.get("/ready", key="")[0], 200)
        self.assertEqual(engine.stop(), 0)
        self.assertEqual(self.refusals(), [])

        # What it is for.
        def refused(sql):
            done = subprocess.run([self.postgres.bin / "psql", self.url(self.postgres.port), "-XAtqc", sql], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertNotEqual(done.returncode, 0, sql)
            self.assertRegex(done.stdout.decode(), "permission denied|must be owner", sql)

        for sql in ("drop table hl7_message_log", "alter table lab_results disable row level security", "delete from security_audit", "update security_audit set actor = 'x'",
                    "delete from critical_step", "truncate lab_results", "create table mine (a int)"):
            refused(sql)

    def test_each_statement_that_names_its_table_has_its_right(self):
        by_verb = {"INSERT": r"INSERT INTO (\w+)", "UPDATE": r'UPDATE (\w+) (?:(?:AS )?\w+ )?SET', "DELETE": r"DELETE FROM (\w+)"}
        of_the_owner = {("UPDATE", "aorta_meta"), ("DELETE", "aorta_meta")}  # migrate, rotate-keys
        source = re.sub(r'"\s*\n\s*"', "", "".join(path.read_text() for path in sorted((SOURCE / "engine/store").rglob("*.cpp"))))
        wanted = {(verb, table) for verb, pattern in by_verb.items() for table in re.findall(pattern, source)}
        self.assertGreater(len(wanted), 80)
        has = lambda verb, table: (f"has_table_privilege('aorta_server', to_regclass('{table}'), '{verb}')" if verb == "DELETE" else  # noqa: E731
                                   f"has_any_column_privilege('aorta_server', to_regclass('{table}'), '{verb}')")
        lacking = [(verb, table) for verb, table in sorted(wanted - of_the_owner)
                   if self.postgres.sql(f"select coalesce({has(verb, table)}, to_regclass('{table}') is null)", "aorta") == "f"]
        self.assertEqual(lacking, [])

    def test_a_newer_program_does_not_serve_on_what_the_owner_has_not_migrated(self):
        served_by(self.engine, self.postgres, self.url(self.postgres.port))
        self.postgres.sql("delete from aorta_meta where key = (select max(key) from aorta_meta where key like 'migration-%')", "aorta")
        done = subprocess.run([AORTA, "-c", "conf", "serve"], env=self.engine.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.engine.folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the store's schema is older than this program: run aorta migrate", done.stdout.decode())


@unittest.skipUnless(shutil.which("pgbouncer"), "pgbouncer is not installed")
class Pooled(WithRoles):
    def pool(self, mode):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-pool-"))
        self.addCleanup(shutil.rmtree, folder)
        port = free_port()
        (folder / "users").write_text('"aorta_server" "SERVER-SECRET"\n')
        (folder / "ini").write_text(
            f"[databases]\naorta = host=127.0.0.1 port={self.postgres.port} dbname=aorta\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = plain\nauth_file = {folder}/users\npool_mode = {mode}\ndefault_pool_size = 40\nlogfile = {folder}/log\n")
        folder.chmod(0o755)
        (folder / "log").touch()
        (folder / "log").chmod(0o666)
        process = subprocess.Popen(self.postgres._as_user([shutil.which("pgbouncer"), "-q", folder / "ini"]), cwd="/")
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        until(lambda: subprocess.run([self.postgres.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]).returncode == 0, 30, "PgBouncer")
        return port

    def test_session_mode_serves_and_comes_back_when_the_pool_was_away(self):
        port = self.pool("session")
        engine = self.engine
        served_by(engine, self.postgres, self.url(port))
        engine.start()
        with Sender(engine.port) as sender:
            for number in ("01", "02", "08"):
                self.assertEqual(ack_code(sender.ask(corpus(number))), "AA")
            self.assertEqual(ack_code(sender.ask(adt("A01", "A01", "0800", GIORGOS, "V-1"))), "AA")
        made = engine.fhir("POST", "/Patient", patient(1))[1]["id"]
        self.assertEqual(engine.fhir("GET", f"/Patient/{made}")[0], 200)
        self.assertIn("Patient", resources(engine, manifest(engine, begin(engine))[0]))
        sessions = int(self.postgres.sql("select count(*) from pg_stat_activity where usename = 'aorta_server'", "postgres"))
        self.assertGreater(sessions, 0)
        self.assertLess(sessions, 40)
        self.postgres.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'aorta_server'", "postgres")

        def filed():
            with Sender(engine.port) as sender:
                return ack_code(sender.ask(corpus("09"))) == "AA"

        until(filed, 30, "an AA after all sessions were cut")
        self.assertEqual(engine.stop(), 0)


if __name__ == "__main__":
    unittest.main()
