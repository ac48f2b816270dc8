"""Golden cases (test/golden/README.md) through a real socket, an engine of its own each, on both databases: the steps that test_golden runs and serve
do the same. Here are the numbered ones, those of a connection's bytes (`in.raw`), which only a socket can have, and a sample of the others."""
import concurrent.futures
import contextlib
import difflib
import json
import os
import pathlib
import shutil
import signal
import socket
import tempfile
import threading
import unittest

from golden_cases import cases, shown_message, steps
from support import AORTA_SANITIZED, SOURCE, Engine, WithStore, on_both, until

SAMPLE = ("A20-removed-as-x", "B25-two-patients", "B30-versions", "B27-id-of-one-name-of-other", "C06-resend-after-repair")


def needs_a_socket(case):
    return any(step.suffix == ".raw" for step in steps(case))


CASES = [case for case in cases() if case.name[0].isdigit() or case.name in SAMPLE or needs_a_socket(case)]
BLESS = os.environ.get("BLESS") == "1"
ONLY = os.environ.get("CASE", "")


class Prepared(Engine):
    """An engine on a copy of a store that has its schema, its patients and its key."""

    def __init__(self, original):
        self.__dict__.update(original.__dict__)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-"))
        shutil.copytree(original.folder, self.folder, dirs_exist_ok=True)
        self.url = f"sqlite://{self.folder}/aorta.db"
        main = self.folder / "conf/aorta.toml"
        main.write_text(main.read_text().replace(original.url, self.url))


def exchange(engine, data, wanted):
    """What is answered to these bytes: `wanted` replies, or what comes before the engine is silent."""
    out = b""
    with socket.create_connection(("127.0.0.1", engine.port), timeout=10) as to:
        to.sendall(data)
        try:
            while wanted is None or out.count(b"\x1c\r") < wanted:
                if wanted is None:
                    to.settimeout(1.5 if out else 5)
                piece = to.recv(65536)
                if not piece:
                    break
                out += piece
        except TimeoutError:
            pass
    return [reply.split(b"\x0b", 1)[-1] for reply in out.split(b"\x1c\r") if reply.strip()]


def without_time_and_id(reply):
    def masked(segment):
        if segment[:3] not in ("MSH", "BHS"):
            return segment
        fields = segment.split(segment[3])
        fields[6], fields[9 if segment.startswith("MSH") else 10] = "TIME", "ID"
        return segment[3].join(fields)

    return "\n".join(masked(segment) for segment in reply.decode("utf-8", "replace").strip("\r").split("\r"))


def what_comes_of(folder, engine):
    try:
        engine.start()
        replies = []
        for step in steps(folder):
            if step.suffix == ".toml":
                name, text = step.read_text().split("\n", 1)
                profile = engine.folder / name.split()[3].rstrip(",")
                profile.write_text(profile.read_text().replace("[lab]\n", "[lab]\n" + text, 1))
                seen = engine.log().count("reload")
                engine.process.send_signal(signal.SIGHUP)
                until(lambda: engine.log().count("reload") > seen, 30, "the reload")
            elif step.suffix == ".raw":
                replies += exchange(engine, step.read_bytes(), None)
            else:
                replies += exchange(engine, b"\x0b" + step.read_bytes() + b"\x1c\r", 1)
        wanted = json.loads((folder / "rows.json").read_text()) if (folder / "rows.json").exists() else []
        with contextlib.suppress(AssertionError):  # what is not answered has its row a moment later; whether it came is for the comparison to say
            until(lambda: len(engine.messages()) >= len(wanted), 3)
        acks = "\n\n".join(without_time_and_id(reply) for reply in replies) + "\n"
        messages = [shown_message(engine.get("/api/messages/" + row["id"])[1]) for row in sorted(engine.messages(), key=lambda row: row["id"])]
        rows, traces = (json.dumps([message[i] for message in messages], ensure_ascii=False, indent=1) + "\n" for i in (0, 1))
        return {"ack.hl7": acks, "rows.json": rows, "trace.json": traces}
    finally:
        engine.end()


def differences(folder, engine, bless):
    told = []
    for name, now in what_comes_of(folder, engine).items():
        file = folder / name
        if bless:
            file.write_text(now)
        before = file.read_text() if file.exists() else ""
        told += difflib.unified_diff(before.splitlines(), now.splitlines(), str(file.relative_to(SOURCE)), "now", lineterm="")
    return "\n".join(told)


@on_both
class Golden(WithStore):
    def test_every_case_is_answered_and_filed_as_it_was_judged_right(self):
        chosen = [case for case in CASES if case.name.startswith(ONLY)]
        self.assertTrue(chosen)
        original = None if self.postgres else Engine()
        if original:
            self.addCleanup(original.end)
        making = threading.Lock()

        def run(case):
            with making:
                engine = Prepared(original) if original else Engine(self.postgres)
            return differences(case, engine, BLESS and original)

        with concurrent.futures.ThreadPoolExecutor(1 if AORTA_SANITIZED else 3) as workers:
            for case, told in zip(chosen, workers.map(run, chosen)):
                with self.subTest(case.name):
                    self.assertEqual(told, "", f"{(case / 'case.txt').read_text()}\n{told}")


if __name__ == "__main__":
    unittest.main()
