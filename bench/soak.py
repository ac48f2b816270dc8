"""A load that goes on for hours at a share of what the engine can do: memory, files, threads, the write-ahead log and ACK times have to stay flat.

    python3 bench/soak.py sqlite|postgresql [--minutes 120] [--share 0.8]

Starts its own engine and database on loopback and ends them. Prints one JSON object a minute, and in the end what has grown; exit 1 if
anything has: the median of the last third against that of the third before it.
"""
import argparse
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test/system"))
from load import prepare, send, show  # noqa: E402
from support import Engine, Postgres  # noqa: E402

# How much more is no growth: the machine's speed drifts, and so do its times.
ALLOWED = {"mb": 1.05, "files": 1.0, "threads": 1.0, "wal_mb": 1.25, "p99_ms": 1.5}


def state(engine):
    process = pathlib.Path(f"/proc/{engine.process.pid}")
    wal = pathlib.Path(f"{engine.folder}/aorta.db-wal")
    return {"mb": round(engine.rss(), 1), "files": len(list((process / "fd").iterdir())), "threads": len(list((process / "task").iterdir())),
            **({"wal_mb": round(wal.stat().st_size / 1e6, 1)} if wal.exists() else {})}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("store", choices=("sqlite", "postgresql"))
    arguments.add_argument("--minutes", type=float, default=120)
    arguments.add_argument("--share", type=float, default=0.8)
    how = arguments.parse_args()
    postgres = Postgres() if how.store == "postgresql" else None
    engine = Engine(postgres, roster=False)
    minutes = []
    try:
        files = prepare(engine)
        engine.start()
        send(engine, files, 32)  # warm
        most = send(engine, files, 32, 8)
        rate = max(1, int(most["messages_per_second"] * how.share))
        show(store=how.store, most=round(most["messages_per_second"]), rate=rate)
        end = time.monotonic() + how.minutes * 60
        while time.monotonic() < end:
            got = send(engine, files, 32, max(1, round(rate * 60 / len(files))), rate)
            minutes.append({**state(engine), "p99_ms": round(got["p99_ms"], 1)})
            show(minute=len(minutes), sent=got["sent"], accepted=got["accepted"], rows=engine.count("lab_results"), **minutes[-1])
            if got["accepted"] != got["sent"]:
                show(failed="not all were accepted")
                return 1
    finally:
        engine.end()
        if postgres:
            postgres.end()
    third = max(1, len(minutes) // 3)
    grown = {}
    for name, allowed in ALLOWED.items():
        before, after = ([each[name] for each in some if name in each] for some in (minutes[-2 * third:-third], minutes[-third:]))
        if before and after and statistics.median(after) > statistics.median(before) * allowed:
            grown[name] = (statistics.median(before), statistics.median(after))
    show(minutes=len(minutes), grown=grown)
    return 1 if grown or len(minutes) < 3 else 0


if __name__ == "__main__":
    sys.exit(main())
