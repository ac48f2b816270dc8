#!/usr/bin/env python3
"""How fast a laboratory's file is taken in: rows a second, once more, and memory.

    python3 bench/lab_files.py [sqlite|postgresql] [--rows 50000] [--rows-per-order 5]
"""
import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "test/system"))
from files_test import FILES, encoded, row  # noqa: E402
from support import Engine, Postgres  # noqa: E402

CODES = ["K", "NA", "CL", "GLU", "CREAT", "UREA", "CA", "MG", "ALB", "CRP", "ALT", "AST", "GGT", "ALP", "LDH", "CK", "FE", "FERR", "TSH", "HGB"]
PEOPLE = 500


def roster(folder):
    path = folder / "people.csv"
    path.write_text("mrn,first_name,last_name,birth_date,gender,cyprus_id\n" +
                    "".join(f"P-{n},Anna{chr(65 + n % 26)}{chr(65 + n // 26)},Test{n},19{50 + n % 50}-05-1{n % 10},female,{710000 + n * 7}\n" for n in range(PEOPLE)))
    return path


def content(rows, per_order):
    people = [f"{710000 + n * 7};;;1{n % 10}/05/19{50 + n % 50};F" for n in range(PEOPLE)]
    return encoded(*[row(people[n // per_order % PEOPLE], f"B-{n // per_order}", CODES[n % per_order], f"{4 + n % 10 / 10:.1f}".replace(".", ","), "") for n in range(rows)])


def take_in(engine, data):
    """Seconds, and the most memory meanwhile."""
    since, memory = time.monotonic(), 0
    job = engine.get("/api/labs/bioanalytica/import", method="POST", body=data)[1]["import"]
    while True:
        shown = engine.get(f"/api/imports/{job}")[1]
        memory = max(memory, engine.rss())
        if shown["state"] != "running":
            assert shown["state"] == "done", shown
            return time.monotonic() - since, memory, shown["verdicts"]
        time.sleep(0.05)


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("store", nargs="?", default="sqlite", choices=("sqlite", "postgresql"))
    asked.add_argument("--rows", type=int, default=50_000)
    asked.add_argument("--rows-per-order", type=int, default=5)
    how = asked.parse_args()
    postgres = Postgres() if how.store == "postgresql" else None
    engine = Engine(postgres, roster=False, routes=("lab-files",), extra=FILES)
    try:
        engine.command("patients", "load", str(roster(engine.folder)))
        engine.start()
        take_in(engine, content(1_000, how.rows_per_order))
        data = content(how.rows, how.rows_per_order).replace(b";B-", b";C-")
        took, memory, verdicts = take_in(engine, data)
        print(f"{how.store}: {how.rows} rows, {how.rows_per_order} an order: {how.rows / took:.0f} rows/s, {memory:.0f} MB, {verdicts}")
        took, memory, verdicts = take_in(engine, data)
        print(f"{how.store}: the same again: {how.rows / took:.0f} rows/s, {verdicts}")
    finally:
        engine.end()
        if postgres:
            postgres.end()


if __name__ == "__main__":
    main()
