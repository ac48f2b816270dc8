#!/usr/bin/env python3
"""How long it takes until all results of a code that was mapped are reissued, and what is left meanwhile of the rate of others.

    python3 bench/reissue.py [sqlite|postgresql] [--messages 10000]
"""
import argparse
import json
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "test/system"))
from support import Engine, Postgres, Sender, ack_code  # noqa: E402

PEOPLE = 500


def message(control, person, code, unit="mmol/L"):
    return (f"MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|{control}|P|2.5.1|||||CYP|UNICODE UTF-8|EL\r"
            f"PID|1||{710000 + person * 7}^^^CYP^NI||TEST{person}^ANNA||19{50 + person % 50}051{person % 10}|F\r"
            f"OBR|1||F-{control}|P^P^L|||20261120080000|||||||||||||||20261120083000||CH|F\r"
            f"OBX|1|NM|{code}^Glucose^L||5,2|{unit}|3,9-6,1|N|||F\r").encode()


def send(engine, name, code, count, unit="mmol/L", stop=None):
    """How many were answered AA. A window of 32 on one connection."""
    done = 0
    with Sender(engine.port) as lab:
        while done < count and not (stop and stop.is_set()):
            some = min(32, count - done)
            for n in range(done, done + some):
                lab.write(message(f"{name}-{n}", n % PEOPLE, code, unit))
            for _ in range(some):
                assert ack_code(lab.read()) == "AA"
            done += some
    return done


def rate(engine, name, seconds):
    stop, since = threading.Event(), time.monotonic()
    threading.Timer(seconds, stop.set).start()
    return send(engine, name, "GLU", 10**9, stop=stop) / (time.monotonic() - since)


def ended(engine, run):
    while True:
        shown = engine.get(f"/api/reprocess/{run}")[1]
        if shown["state"] != "running":
            return shown
        time.sleep(0.2)


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("store", nargs="?", default="sqlite", choices=("sqlite", "postgresql"))
    asked.add_argument("--messages", type=int, default=10_000)
    how = asked.parse_args()
    postgres = Postgres() if how.store == "postgresql" else None
    engine = Engine(postgres, roster=False)
    try:
        roster = engine.folder / "people.csv"
        roster.write_text("mrn,first_name,last_name,birth_date,gender,cyprus_id\n" + "".join(
            f"P-{n},Anna,Test{n},19{50 + n % 50}-05-1{n % 10},female,{710000 + n * 7}\n" for n in range(PEOPLE)))
        engine.command("patients", "load", str(roster))
        engine.start()
        for code in ("QUIET", "BUSY"):
            send(engine, code, code, how.messages)
        ask = lambda code: engine.get("/api/unmapped/map", method="POST", body=json.dumps(dict(lab="bioanalytica", code=code, loinc="2345-7")).encode())[1]["reprocess"]
        since = time.monotonic()
        shown = ended(engine, ask("QUIET"))
        took = time.monotonic() - since
        print(f"{how.store}: {how.messages} results reissued in {took:.1f} s, nothing else going on: {shown['verdicts']}")
        before = rate(engine, "A", 8)
        run, since = ask("BUSY"), time.monotonic()
        beside = rate(engine, "B", 8)
        shown = ended(engine, run)
        print(f"{how.store}: beside others {time.monotonic() - since:.1f} s (the last of it alone); others {before:.0f}/s without, {beside:.0f}/s beside: {beside / before:.2f}; {engine.rss():.0f} MB")
    finally:
        engine.end()
        if postgres:
            postgres.end()


if __name__ == "__main__":
    main()
