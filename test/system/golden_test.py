"""Golden cases through a real socket, an engine of its own each: run (test/golden/golden_test.cpp, where the folders are explained) and serve do
the same. Here are those of a connection's bytes (`in.raw`), which only a socket can have, and a sample of the others. BLESS=1 writes what must come
of them anew."""
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
import unittest

from support import AORTA_SANITIZED, SOURCE, Engine, until

SAMPLE = ("A20-removed-as-x", "B25-two-patients", "B30-versions", "B27-id-of-one-name-of-other", "C06-resend-after-repair")
CASES = sorted({p.parent for p in (SOURCE / "test/golden/oru").glob("*/*in.raw")} | {SOURCE / "test/golden/oru" / name for name in SAMPLE})
BLESS = os.environ.get("BLESS") == "1"
ONLY = os.environ.get("CASE", "")
SHOWN = ("test_code", "sub_id", "loinc_code", "test_name", "value_kind", "value_text", "value_numeric", "comparator", "unit", "reference_range_low",
         "reference_range_high", "reference_range_text", "abnormal_flag", "critical_value", "result_status", "result_datetime", "comments",
         "needs_review", "patient_id", "placer_order_number", "filler_order_number", "performing_lab", "organism")


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
                    to.settimeout(1.5)
                piece = to.recv(65536)
                if not piece:
                    break
                out += piece
        except TimeoutError:
            pass
    return [reply.split(b"\x0b", 1)[-1] for reply in out.split(b"\x1c\r") if reply.strip()]


def without_time_and_id(reply):
    segments = reply.decode("utf-8", "replace").strip("\r").split("\r")
    header = segments[0].split("|")
    header[6], header[9] = "TIME", "ID"
    return "\n".join(["|".join(header), *segments[1:]])


def result_of(row):
    return {name: row[name] for name in SHOWN if row.get(name) is not None and row[name] is not False and row[name] != ""} | ({} if row.get("current", True) else {"current": False})


def message_of(engine, row):
    status, detail = engine.get("/api/messages/" + row["id"])
    assert status == 200, detail
    trace = {**detail["trace"], "stages": []}  # their times differ
    shown = {name: detail[name] for name in ("status", "error_code", "error_where", "ack_code") if detail.get(name)}
    shown["reviews"] = sorted(review["kind"] for review in detail["reviews"])
    shown["results"] = [result_of(each) for each in detail["results"]]
    return shown, trace


def what_comes_of(folder, original):
    engine = Prepared(original)
    try:
        engine.start()
        replies = []
        for step in sorted(folder.glob("*in.*")) + sorted(folder.glob("*lab.toml")) if len(list(folder.glob("*-*"))) == 0 else sorted(folder.glob("[0-9]*-*")):
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
        messages = [message_of(engine, row) for row in sorted(engine.messages(), key=lambda row: row["id"])]
        rows, traces = (json.dumps([message[i] for message in messages], ensure_ascii=False, indent=1) + "\n" for i in (0, 1))
        return {"ack.hl7": acks, "rows.json": rows, "trace.json": traces}
    finally:
        engine.end()


def differences(folder, original):
    told = []
    for name, now in what_comes_of(folder, original).items():
        file = folder / name
        if BLESS:
            file.write_text(now)
        before = file.read_text() if file.exists() else ""
        told += difflib.unified_diff(before.splitlines(), now.splitlines(), str(file.relative_to(SOURCE)), "now", lineterm="")
    return "\n".join(told)


class Golden(unittest.TestCase):
    def test_every_case_is_answered_and_filed_as_it_was_judged_right(self):
        original = Engine()
        self.addCleanup(original.end)
        cases = [folder for folder in CASES if folder.name.startswith(ONLY)]
        self.assertTrue(cases)
        with concurrent.futures.ThreadPoolExecutor(1 if AORTA_SANITIZED else 3) as workers:
            for folder, told in zip(cases, workers.map(lambda each: differences(each, original), cases)):
                with self.subTest(folder.name):
                    self.assertEqual(told, "", f"{(folder / 'case.txt').read_text()}\n{told}")


if __name__ == "__main__":
    unittest.main()
