"""Load figures of the whole engine: filed and acknowledged messages a second, ACK times, memory. See RESULTS.md for the method.

    python3 bench/load.py [sqlite] [postgresql] [--seconds 8]           # everything but the next
    python3 bench/load.py [sqlite] [postgresql] --rows 5000000          # a full store against an empty one

Starts its own engines and databases on loopback and ends them. Prints one JSON object a line.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test/system"))
from support import AORTA, Engine, Postgres, until  # noqa: E402

PATIENTS = 2000
TESTS = [("CREAT", "Creatinine", "97", "umol/L", "62-106"), ("CHOL_T", "Cholesterol total", "5.9", "mmol/L", "<5.0"),
         ("HDL", "HDL cholesterol", "1.2", "mmol/L", ">1.0"), ("TG", "Triglycerides", "2.1", "mmol/L", "<1.7"),
         ("K", "Potassium", "4.4", "mmol/L", "3.5-5.1"), ("NA", "Sodium", "141", "mmol/L", "136-145"), ("GLU", "Glucose", "5.4", "mmol/L", "3.9-5.6"),
         ("CRP", "CRP", "3.1", "mg/L", "<5.0"), ("INR", "INR", "1.1", "", "0.9-1.2"), ("TROP_I", "Troponin I", "0.01", "ng/mL", "<0.04"),
         ("NTBNP", "NT-proBNP", "80", "pg/mL", "<125"), ("LDL", "LDL cholesterol", "2.9", "mmol/L", "<3.0")]


def message(n):
    lines = [f"MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|L{n}|P|2.5.1|||||CYP|UNICODE UTF-8|EL",
             f"PID|1||{200000 + n}^^^CYP^NI~M-{n}^^^MAIN^MR||FAMILY{n}^GIVEN{n}||19580412|M",
             "PV1|1|O", f"ORC|RE|P{n}|F{n}", f"OBR|1|P{n}|F{n}|PANEL^Panel^L|||20261120070500|||||||||||||||20261120082500||CH|F"]
    lines += [f"OBX|{i}|NM|{c}^{name}^L||{v}|{u}|{r}|N|||F|||20261120082000" for i, (c, name, v, u, r) in enumerate(TESTS, 1)]
    return ("\r".join(lines) + "\r").encode()


def prepare(engine):
    folder = engine.folder / "load"
    folder.mkdir()
    rows = ["mrn,first_name,last_name,birth_date,gender,cyprus_id,arc_number,gesy_beneficiary_id,phone,email,city"]
    files = []
    for n in range(PATIENTS):
        rows.append(f"M-{n},GIVEN{n},FAMILY{n},1958-04-12,male,{200000 + n},,,,,")
        path = folder / f"{n}.hl7"
        path.write_bytes(message(n))
        files.append(str(path))
    (folder / "roster.csv").write_text("\n".join(rows) + "\n")
    engine.command("patients", "load", str(folder / "roster.csv"))
    return files


def send(engine, files, connections, repeat=1, rate=0):
    done = subprocess.run([AORTA, "send", f"127.0.0.1:{engine.port}", *files, "--renumber", "--json", "--connections", str(connections),
                           "--repeat", str(repeat), *(["--rate", str(rate)] if rate else [])], stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout)


def cpu_seconds(engine):
    fields = pathlib.Path(f"/proc/{engine.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def show(**figures):
    print(json.dumps(figures), flush=True)


def measure_full(kind, postgres, seconds, rows):
    """A store with many rows beside an empty one, in turn: the machine's speed drifts."""
    full, empty = Engine(postgres, roster=False), Engine(postgres, roster=False)
    try:
        files = {engine: prepare(engine) for engine in (full, empty)}
        for engine in (full, empty):
            engine.start()
        while full.count("lab_results") < rows:
            send(full, files[full], 32, 20)
        for _ in range(3):
            for engine in (full, empty):
                got = send(engine, files[engine], 32, max(1, round(2500 * seconds / PATIENTS)))
                show(store=kind, what=f"32 connections, {engine.count('lab_results')} rows there after", **got)
    finally:
        full.end()
        empty.end()


def measure(kind, postgres, seconds):
    engine = Engine(postgres, roster=False)
    try:
        files = prepare(engine)
        engine.start()
        show(store=kind, what="idle memory", mb=round(engine.rss(), 1))
        send(engine, files[:500], 32)  # warm
        for connections, guess in ((32, 2500), (8, 2000), (1, 700)):
            repeat = max(1, round(guess * seconds / len(files)))
            before = cpu_seconds(engine)
            got = send(engine, files, connections, repeat)
            show(store=kind, what=f"{connections} connections", engine_cpu_us_per_message=round((cpu_seconds(engine) - before) / got["sent"] * 1e6), **got)
        got = send(engine, files, 32, max(1, round(1000 * seconds / len(files))), 1000)
        show(store=kind, what="steady 1,000 a second", **got)
        show(store=kind, what="memory under load", mb=round(engine.rss(), 1))
        engine.stop()
        begin = time.monotonic()
        engine.start()
        until(lambda: engine.get("/ready", key="")[0] == 200, 10, "ready")
        show(store=kind, what="start until ready", seconds=round(time.monotonic() - begin, 3))
    finally:
        engine.end()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("stores", nargs="*", default=["sqlite", "postgresql"])
    arguments.add_argument("--seconds", type=float, default=8)
    arguments.add_argument("--rows", type=int, default=0)
    how = arguments.parse_args()
    for store in how.stores:
        server = Postgres() if store == "postgresql" else None
        try:
            if how.rows:
                measure_full(store, server, how.seconds, how.rows)
            else:
                measure(store, server, how.seconds)
        finally:
            if server:
                server.end()
