"""Enhanced mode against original mode: the same results acknowledged when filed (AA), and first by their receipt (CA) and filed afterwards. See RESULTS.md.

    python3 bench/enhanced.py [sqlite] [postgresql] [--seconds 6]

Starts its own engines and databases on loopback and ends them. Prints one JSON object a line. Both modes go in turn through one engine; of enhanced mode the
rate is that of the filing, from the first message sent to the last one filed.
"""
import argparse
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test/system"))
from load import cpu_seconds, prepare, send, show  # noqa: E402
from support import Engine, Postgres, until  # noqa: E402


def asking(files):
    """The same messages, which ask for an acknowledgement of their receipt and for no other."""
    out = []
    for name in files:
        path = pathlib.Path(name)
        made = path.with_name("e" + path.name)
        made.write_bytes(path.read_bytes().replace(b"|2.5.1|||||CYP", b"|2.5.1|||AL|NE|CYP", 1))
        out.append(str(made))
    return out


def waiting(engine):
    return engine.count("accepted_messages")


def measure(kind, postgres, seconds, connections=32):
    engine = Engine(postgres, roster=False)
    try:
        files = prepare(engine)
        asked = asking(files)
        engine.start()
        for each in (files, asked):
            send(engine, each[:500], connections)
        until(lambda: waiting(engine) == 0, 60, "the end of what was accepted")
        repeat = max(1, round(2000 * seconds / len(files)))
        rates = {"original": [], "enhanced": []}
        for _ in range(3):
            for mode, which in (("original", files), ("enhanced", asked)):
                before, begin = cpu_seconds(engine), time.monotonic()
                got = send(engine, which, connections, repeat)
                acknowledged, left = time.monotonic() - begin, waiting(engine)
                until(lambda: waiting(engine) == 0, 600, "the end of what was accepted")
                took = time.monotonic() - begin
                rates[mode].append(got["sent"] / took)
                show(store=kind, what=f"{mode} mode, {connections} connections", sent=got["sent"], filed_per_second=round(got["sent"] / took),
                     acknowledged_per_second=round(got["sent"] / acknowledged), left_when_acknowledged=left,
                     engine_cpu_us_per_message=round((cpu_seconds(engine) - before) / got["sent"] * 1e6))
        show(store=kind, what="enhanced against original mode", ratio=round(statistics.median(rates["enhanced"]) / statistics.median(rates["original"]), 2))
    finally:
        engine.end()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("stores", nargs="*", default=["sqlite", "postgresql"])
    arguments.add_argument("--seconds", type=float, default=6)
    how = arguments.parse_args()
    for store in how.stores:
        server = Postgres() if store == "postgresql" else None
        try:
            measure(store, server, how.seconds)
        finally:
            if server:
                server.end()
