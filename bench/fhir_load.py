"""Load figures of FHIR over HTTP: requests a second, times, memory. See RESULTS.md for the method. Needs wrk (Debian's package).

    python3 bench/fhir_load.py [sqlite] [postgresql] [--seconds 8]

Starts its own engine and database on loopback and ends them. Prints one JSON object a line. /health, answered without store, key and audit, is the
yardstick of the same run: what HTTP and wrk alone give on this machine.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test/system"))
from support import Engine, Postgres  # noqa: E402
from fhir_support import bundle, observation, patient, post  # noqa: E402

PATIENTS = 500
CODES = ["2823-3", "2951-2", "2160-0", "2093-3", "2085-9", "2571-8", "2345-7", "1988-5", "6301-6", "89579-7"]


def wrk(engine, connections, seconds, script):
    lua = engine.folder / "load.lua"
    lua.write_text(f'math.randomseed(os.time())\nwrk.headers["Authorization"] = "Bearer {engine.key}"\n'
                   'wrk.headers["Content-Type"] = "application/fhir+json"\n' + script)
    done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "20s", "-s", lua, f"http://127.0.0.1:{engine.http}"],
                          stdout=subprocess.PIPE, check=True)
    text = done.stdout.decode()
    scale = {"us": 0.001, "ms": 1, "s": 1000}
    figures = {"per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])}
    for share in ("50", "99"):
        number, unit = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", text).groups()
        figures[f"p{share}_ms"] = round(float(number) * scale[unit], 2)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    figures["refused"] = int(refused[1]) if refused else 0
    return figures


def prepare(engine):
    """Patients with 50 results each, by the same transactions that are measured later."""
    people = []
    for n in range(PATIENTS):
        urn = f"urn:uuid:00000000-0000-4000-8000-{n:012}"
        entries = [post(patient(300_000 + n), urn)]
        entries += [post(observation(urn, f"4.{k:02}", f"2026-10-{1 + k % 28:02}T08:{k:02}:00+02:00", CODES[k % len(CODES)])) for k in range(50)]
        status, answer, _ = engine.fhir("POST", "", bundle("transaction", *entries), X_Judge="no")
        assert status == 200, answer
        people.append(answer["entry"][0]["response"]["location"].split("Patient/")[1].split("/")[0])
    return people


def transaction_script():
    urn = "urn:uuid:00000000-0000-4000-8000-00000000beef"
    entries = [post(patient("IDENTITY"), urn)]
    entries += [post(observation(urn, f"4.{k:02}", f"2026-10-{1 + k % 28:02}T08:{k:02}:00+02:00", CODES[k % len(CODES)])) for k in range(50)]
    text = json.dumps(bundle("transaction", *entries), ensure_ascii=False)
    before, after = text.split("IDENTITY")
    return (f"local before = [==[{before}]==]\nlocal after = [==[{after}]==]\nlocal n = os.time() % 100000 * 10000\n"
            'request = function() n = n + 1; return wrk.format("POST", "/fhir/r4", nil, before .. n .. after) end\n')


def measure(name, postgres, seconds):
    engine = Engine(postgres, roster=False, extra="[limits]\nkey_requests_per_second = 0").start()
    try:
        people = prepare(engine)
        lua = "local people = {" + ",".join(f'"{p}"' for p in people) + "}\nlocal codes = {" + ",".join(f'"{c}"' for c in CODES) + "}\n"
        get = lua + 'request = function() return wrk.format("GET", "/fhir/r4/Patient/" .. people[math.random(#people)]) end\n'
        search = lua + ('request = function() return wrk.format("GET", "/fhir/r4/Observation?patient=" .. people[math.random(#people)] .. "&code="'
                        " .. codes[math.random(#codes)]) end\n")
        everything = lua + 'request = function() return wrk.format("GET", "/fhir/r4/Patient/" .. people[math.random(#people)] .. "/$everything") end\n'
        health = 'request = function() return wrk.format("GET", "/health") end\n'
        for what, connections, script in (("GET /health, 16 connections", 16, health), ("GET Patient/{id}, 16 connections", 16, get),
                                          ("GET Observation?patient=&code=, 16 connections", 16, search),
                                          ("$everything of 51 resources, one connection", 1, everything),
                                          ("transaction of 51 resources, 4 connections", 4, transaction_script())):
            wrk(engine, connections, 1, script)
            print(json.dumps({"store": name, "what": what, **wrk(engine, connections, seconds, script), "rss_mb": round(engine.rss())}), flush=True)
    finally:
        engine.end()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("stores", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--seconds", type=int, default=8)
    how = parser.parse_args()
    for name in how.stores:
        postgres = Postgres() if name == "postgresql" else None
        try:
            measure(name, postgres, how.seconds)
        finally:
            if postgres:
                postgres.end()


main()
