"""Figures of a bulk export: resources a second alone, beside live results, and what it costs them. See RESULTS.md.

    python3 bench/bulk_export.py [sqlite] [postgresql] [--patients 5000] [--results 250000]

Starts its own engine and database on loopback and ends them. Prints one JSON object a line.
"""
import argparse
import concurrent.futures
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test/system"))
from load import prepare, send, show  # noqa: E402
from support import Engine, Postgres  # noqa: E402
from fhir_support import bundle, observation, patient, post  # noqa: E402

ENTRIES = 500


def fill(engine, patients, results):
    def transaction(entries):
        status, answer, _ = engine.fhir("POST", "", bundle("transaction", *entries), X_Judge="no", Prefer="return=minimal")
        assert status == 200, answer
        return [entry["response"]["location"].split("/")[-3] for entry in answer["entry"]]

    people = []
    for first in range(0, patients, ENTRIES):
        people += transaction([post(patient(n)) for n in range(first + 1, min(first + ENTRIES, patients) + 1)])
    for first in range(0, results, ENTRIES):
        transaction([post(observation("Patient/" + people[n % patients], f"4.{n % 100:02}", f"2026-11-{1 + n % 25:02}T09:{n % 60:02}:00Z"))
                     for n in range(first, min(first + ENTRIES, results))])


def export(engine):
    begun, most = time.monotonic(), 0
    status, job = engine.get("/api/export/bulk", method="POST", body=b'{"types": ["Patient", "Observation"]}')
    assert status == 202, job
    shown = {}
    while shown.get("state") not in ("done", "failed"):
        time.sleep(0.2)
        shown, most = engine.get(f"/api/export/bulk/{job['job']}")[1], max(most, engine.rss())
    took = time.monotonic() - begun
    engine.get(f"/api/export/bulk/{job['job']}", method="DELETE")
    return {"state": shown["state"], "resources": shown["resources"], "seconds": round(took, 1), "per_second": round(shown["resources"] / took), "rss_mb": round(most)}


def measure(kind, postgres, patients, results):
    engine = Engine(postgres, roster=False)
    try:
        files = prepare(engine)
        engine.start()
        fill(engine, patients, results)
        engine.stop()
        engine.start()  # memory of the filling is not the export's
        show(store=kind, what="export alone", **export(engine))
        send(engine, files[:500], 32)
        for _ in range(2):
            show(store=kind, what="results alone, 32 connections", **send(engine, files, 32, 6))
            with concurrent.futures.ThreadPoolExecutor() as beside:
                running = beside.submit(export, engine)
                time.sleep(1)
                show(store=kind, what="results beside an export", **send(engine, files, 32, 6))
                show(store=kind, what="export beside results", **running.result())
    finally:
        engine.end()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("stores", nargs="*", default=["sqlite", "postgresql"])
    arguments.add_argument("--patients", type=int, default=5000)
    arguments.add_argument("--results", type=int, default=250_000)
    how = arguments.parse_args()
    for store in how.stores:
        server = Postgres() if store == "postgresql" else None
        try:
            measure(store, server, how.patients, how.results)
        finally:
            if server:
                server.end()
