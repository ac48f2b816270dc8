"""The container file and ops/compose.yml: read as far as no container engine is needed, and what they start runs without root on a read-only root."""
import json
import os
import re
import shutil
import subprocess
import unittest

try:
    import yaml
except ImportError:  # Debian's python3-yaml
    yaml = None

from init_test import BARE, Begun
from support import AORTA, PII_KEY, SOURCE, Engine, Sender, ack_code, corpus

FILE = SOURCE / "ops/Containerfile"
COMPOSE = SOURCE / "ops/compose.yml"
needs_yaml = unittest.skipUnless(yaml, "python3-yaml is not installed")
COMPOSER = next((words for words in (["docker", "compose"], ["podman-compose"]) if shutil.which(words[0]) and
                 subprocess.run([*words, "version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0), None)


def instructions():
    """(word, rest) of each stage."""
    text = re.sub(r"\\\n", " ", "\n".join(line for line in FILE.read_text().splitlines() if not line.startswith("#")))
    stages = []
    for line in filter(None, text.splitlines()):
        word, rest = line.split(None, 1)
        if word == "FROM":
            stages.append([])
        stages[-1].append((word, rest))
    return stages


def service():
    return yaml.safe_load(COMPOSE.read_text())["services"]["aorta"]


class Image(unittest.TestCase):
    def test_two_stages_of_which_the_last_is_slim_and_not_root(self):
        build, last = instructions()
        self.assertEqual([build[0][1], last[0][1]], ["docker.io/library/debian:12-slim AS build", "docker.io/library/debian:12-slim"])
        known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
        self.assertEqual({word for word, _ in build + last} - known, set())
        said = dict(last)
        self.assertEqual(said["USER"], "10001:10001")
        words = [word for word, _ in last]
        self.assertGreater(words.index("USER"), words.index("RUN"))
        self.assertEqual(words.count("RUN"), 1)  # what it deletes is in no layer
        self.assertRegex(said["RUN"], r"rm -rf [^&]*/etc/aorta/pii\.key")
        for word in ("ENTRYPOINT", "CMD", "VOLUME"):
            self.assertIsInstance(json.loads(said[word]), list)
        self.assertIsInstance(json.loads(said["HEALTHCHECK"].split("CMD ", 1)[1]), list)
        for _, rest in (each for each in build if each[0] == "COPY"):
            for path in rest.split()[:-1]:
                self.assertTrue((SOURCE / path).exists(), path)
        for name in ("pii.key", "var", "build"):
            self.assertIn(name, (SOURCE / ".dockerignore").read_text().split())

    def test_what_looks_after_it_tells_an_engine_that_serves_from_one_that_does_not(self):
        look = json.loads(dict(instructions()[1])["HEALTHCHECK"].split("CMD ", 1)[1])
        engine = Engine(roster=False)
        self.addCleanup(engine.end)
        engine.start()
        asked = [word.replace("8080", str(engine.http)) for word in look]
        self.assertEqual(subprocess.run(asked).returncode, 0)
        engine.kill()
        self.assertNotEqual(subprocess.run(asked, stderr=subprocess.DEVNULL).returncode, 0)


@needs_yaml
class Compose(unittest.TestCase):
    def test_it_runs_without_root_rights_and_writes_its_volumes_alone(self):
        of, whole = service(), yaml.safe_load(COMPOSE.read_text())
        self.assertEqual((of["user"], of["read_only"], of["cap_drop"], of["security_opt"]), ("10001:10001", True, ["ALL"], ["no-new-privileges:true"]))
        self.assertEqual({each.split(":")[0] for each in of["volumes"]}, set(whole["volumes"]))
        self.assertEqual({each["source"] for each in of["secrets"]}, set(whole["secrets"]))
        self.assertEqual((COMPOSE.parent / of["build"]["context"] / of["build"]["dockerfile"]).resolve(), FILE)
        self.assertNotIn("environment", of)  # no key in it
        self.assertTrue(all(each.startswith("127.0.0.1:") for each in of["ports"]))

    @unittest.skipUnless(COMPOSER, "neither docker compose nor podman-compose is installed")
    def test_a_composer_reads_it(self):
        done = subprocess.run([*COMPOSER, "-f", COMPOSE, "config"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(done.returncode, 0, done.stdout.decode())

    def test_what_it_starts_runs_without_root_on_a_read_only_root(self):
        """The process as the file says it, in name spaces of this machine: another user, no rights, and nothing can be written but the volumes."""
        made = Begun("unshare", None, "/")
        self.addCleanup(made.end)
        conf, store, key = made.folder / "conf", made.folder / "store", made.folder / "pii.key"
        shutil.copytree(SOURCE / "conf", conf)
        store.mkdir()
        text = (conf / "aorta.toml").read_text().replace("sqlite://var/aorta.db", "sqlite:///var/lib/aorta/aorta.db")
        (conf / "aorta.toml").write_text(text)
        key.write_text(PII_KEY + "\n")
        for path in (made.folder, *made.folder.rglob("*")):
            os.chown(path, 10001, 10001)
        paths = {"/etc/aorta": conf, "/var/lib/aorta": store, "/run/secrets/pii.key": key, ":8080": ":0", ":2575": ":0"}

        def placed(word):
            for here, there in paths.items():
                word = word.replace(here, str(there))
            return word

        (conf / "aorta.toml").write_text(placed(text))
        entry = [AORTA, *map(placed, json.loads(dict(instructions()[1])["ENTRYPOINT"])[1:])]
        command = [placed(word) for word in service()["command"]]
        inside = ("mount --make-rprivate / && mkdir -p /tmp && mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro / && mount -t tmpfs none /tmp && cd \"$0/store\" && "
                  "exec setpriv --reuid=10001 --regid=10001 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs \"$@\"")
        space = ["unshare", "--mount", "sh", "-c", inside, made.folder]
        probe = subprocess.run([*space, "sh", "-c", "id -u; touch /var/tmp/written"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if probe.stdout != b"10001\n":
            self.skipTest(f"no name spaces here: {probe.stderr.decode().strip()}")
        self.assertNotEqual(probe.returncode, 0, "the root is not read-only")
        made_key = subprocess.run([*space, *entry, *command[:-1], "key", "create", "first", "--scope", "admin"], env=BARE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        made.key = made_key.stdout.decode().split()[-1]
        made.start_as([*space, *entry, *command])
        with Sender(made.port) as sender:
            self.assertEqual(ack_code(sender.ask(corpus("02"))), "AA")
        self.assertEqual(made.messages()[0]["control_id"], "BIO-1002")
        self.assertEqual(made.stop(), 0)
        self.assertEqual({path.stat().st_uid for path in store.iterdir()}, {10001})


if __name__ == "__main__":
    unittest.main()
