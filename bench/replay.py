#!/usr/bin/env python3
"""How long `aorta replay` takes to read logged messages by two configurations.

    python3 bench/replay.py [sqlite|postgresql] [--messages 10000]
"""
import argparse
import json
import shutil
import subprocess
import sys
import time

from reissue import PEOPLE, send
from support import AORTA, Engine, Postgres


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("store", nargs="?", default="sqlite", choices=("sqlite", "postgresql"))
    asked.add_argument("--messages", type=int, default=10_000)
    how = asked.parse_args()
    engine = Engine(Postgres() if how.store == "postgresql" else None, roster=False)
    try:
        roster = engine.folder / "people.csv"
        roster.write_text("mrn,first_name,last_name,birth_date,gender,cyprus_id\n" + "".join(
            f"P-{n},Anna,Test{n},19{50 + n % 50}-05-1{n % 10},female,{710000 + n * 7}\n" for n in range(PEOPLE)))
        engine.command("patients", "load", str(roster))
        engine.start()
        send(engine, "R", "GLU", how.messages)
        time.sleep(2)
        other = engine.folder / "other"
        shutil.copytree(engine.folder / "conf", other)
        profile = other / "labs/bioanalytica.toml"
        profile.write_text(profile.read_text().replace('GLU = "2345-7"', 'GLU = "1558-6"'))
        since = time.monotonic()
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "replay", "--from", "2026-01-01T00:00:00Z", "--against", str(other), "--json"],
                              env=engine.environment, cwd=engine.folder, stdout=subprocess.PIPE)
        took = time.monotonic() - since
        told = json.loads(done.stdout)
        assert told["messages"] == how.messages, told
        print(f"{how.store}: {how.messages} messages read twice in {took:.1f} s, {told['differ']} differ in {len(told['differences'])} ways")
    finally:
        engine.end()
        if engine.postgres:
            engine.postgres.end()


if __name__ == "__main__":
    main()
