"""Figures of what passes beside results: admissions, and what is passed on. See RESULTS.md for the method.

    python3 bench/hospital.py [sqlite] [postgresql] [--seconds 6]

Starts its own engines, databases and receivers on loopback and ends them. Prints one JSON object a line; each figure stands beside results
of the same run, since the machine's speed drifts.
"""
import argparse
import concurrent.futures
import multiprocessing
import pathlib
import selectors
import signal
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test/system"))
from load import PATIENTS, cpu_seconds, prepare, send, show  # noqa: E402
from support import Engine, Postgres, until  # noqa: E402

END = b"\x1c\x0d"


def admissions(folder, rounds):
    """A change of each patient's telephone number a round."""
    out = []
    for turn in range(rounds):
        at = f"20261120{9 + turn // 60:02}{turn % 60:02}00"
        files = []
        for n in range(PATIENTS):
            path = folder / f"a{turn}-{n}.hl7"
            path.write_text(f"MSH|^~\\&|HIS|HOSP|OPENHEART|MAIN|{at}||ADT^A08^ADT_A01|A{turn}-{n}|P|2.5.1|||||CYP|UNICODE UTF-8\r"
                            f"EVN||{at}\rPID|1||{200000 + n}^^^CYP^NI~M-{n}^^^MAIN^MR||FAMILY{n}^GIVEN{n}||19580412|M|||||+357{turn:02}{n:06}\r")
            files.append(str(path))
        out.append(files)
    return out


def answer_all(listening, got):
    """A receiver that answers at once, a process of its own; `got` counts."""
    listening.setblocking(False)
    ready = selectors.DefaultSelector()
    ready.register(listening, selectors.EVENT_READ)
    rest = {}
    while True:
        for key, _ in ready.select():
            if key.fileobj is listening:
                connection, _ = listening.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                ready.register(connection, selectors.EVENT_READ)
                rest[connection] = b""
                continue
            connection = key.fileobj
            try:
                piece = connection.recv(1 << 16)
            except ConnectionResetError:
                piece = b""
            if not piece:
                ready.unregister(connection)
                connection.close()
                continue
            *messages, rest[connection] = (rest[connection] + piece).split(END)
            for message in messages:
                control = message[1:400].split(b"|", 10)[9]
                connection.sendall(b"\x0bMSH|^~\\&|R|R|A|A|20261120083000||ACK|1|P|2.5.1\rMSA|AA|" + control + b"\r" + END)
            got.value += len(messages)


class Receiver:
    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.got = multiprocessing.Value("q", 0)
        self.process = None

    def begin(self):
        self.process = multiprocessing.get_context("fork").Process(target=answer_all, args=(self.socket, self.got), daemon=True)
        self.process.start()
        return self

    def end(self):
        if self.process:
            self.process.kill()
            self.process.join()
        self.socket.close()


def forwarding(postgres, port, partitions=1):
    engine = Engine(postgres, roster=False)
    route = engine.folder / "conf/routes/lab-results.toml"
    route.write_text(route.read_text().replace('"match-patient", "persist"', '"match-patient", "forward", "persist"') + '\nsend = ["ris"]\n')
    (engine.folder / "conf/destinations").mkdir()
    (engine.folder / "conf/destinations/ris.toml").write_text(
        f'[destination]\nname = "ris"\nkind = "mllp"\nto = "127.0.0.1:{port}"\npartitions = {partitions}\nretry_seconds = [1]\n')
    return engine


def rounds_for(seconds, guess):
    return max(1, round(guess * seconds / PATIENTS))


def measure_admissions(kind, postgres, seconds):
    engine = Engine(postgres, roster=False, routes=["admissions"])
    try:
        files = prepare(engine)
        engine.start()
        send(engine, files[:500], 32)
        changes = admissions(engine.folder / "load", rounds_for(seconds, 1500) * 3)
        for turn in range(3):
            show(store=kind, what="results, 32 connections", **send(engine, files, 32, rounds_for(seconds, 2500)))
            mine, before, begin, sent = changes[turn::3], cpu_seconds(engine), time.monotonic(), 0
            for each in mine:
                got = send(engine, each, 32)
                sent += got["sent"]
            took = time.monotonic() - begin
            show(store=kind, what="ADT^A08 that change a row, 32 connections", per_second=round(sent / took),
                 engine_cpu_us_per_message=round((cpu_seconds(engine) - before) / sent * 1e6), last=got)
    finally:
        engine.end()


def measure_forwarding(kind, postgres, seconds):
    receiver = Receiver().begin()
    plain, passing = Engine(postgres, roster=False), forwarding(postgres, receiver.port)
    try:
        files = {engine: prepare(engine) for engine in (plain, passing)}
        for engine in (plain, passing):
            engine.start()
            send(engine, files[engine][:500], 32)
        for _ in range(3):
            for engine, what in ((plain, "results filed"), (passing, "results filed and passed on to one receiver")):
                show(store=kind, what=what, **send(engine, files[engine], 32, rounds_for(seconds, 2000)))
        begin, before = time.monotonic(), receiver.got.value
        waiting = lambda: passing.count("delivery", "state in ('waiting', 'inflight')")  # noqa: E731
        left = waiting()
        until(lambda: waiting() == 0, 600, "the end of the backlog")
        took = time.monotonic() - begin
        show(store=kind, what="left in the backlog of one receiver, and its rate", rows=left, per_second=round((receiver.got.value - before) / took))
    finally:
        plain.end()
        passing.end()
        receiver.end()


def measure_backlog(kind, postgres, seconds):
    """Filed while the receiver is away, then delivered over four partitions while nothing else happens."""
    receiver = Receiver()
    engine = forwarding(postgres, receiver.port, 4)
    try:
        receiver.socket.close()
        files = prepare(engine)
        engine.start()
        show(store=kind, what="results filed while their receiver is away", **send(engine, files, 32, rounds_for(seconds, 5000)))
        show(store=kind, what="memory then", mb=round(engine.rss(), 1))
        rows = engine.count("delivery", "state <> 'sent'")
        receiver.socket = socket.create_server(("127.0.0.1", receiver.port))
        receiver.begin()
        until(lambda: receiver.got.value > 0, 60, "the first of them")
        begin = time.monotonic()
        until(lambda: receiver.got.value >= rows * 95 // 100, 600, "the backlog")
        show(store=kind, what="backlog over 4 partitions", rows=rows, per_second=round(receiver.got.value / (time.monotonic() - begin)))
    finally:
        engine.end()
        receiver.end()


def measure_reloads(kind, postgres, _):
    """Fifty routes, all of them changed, under load: from SIGHUP to the line that says that they are in force."""
    engine = Engine(postgres, roster=False)
    try:
        files = prepare(engine)
        routes = engine.folder / "conf/routes"
        first = (routes / "lab-results.toml").read_text()
        more = {routes / f"a-{n:02}.toml": first.replace('name = "lab-results"', f'name = "other-{n}"\nreceiving = ["OTHER{n}"]') for n in range(49)}
        for path, text in more.items():
            path.write_text(text)
        engine.start()
        with concurrent.futures.ThreadPoolExecutor() as beside:
            sending = beside.submit(send, engine, files, 8, 4)
            took = []
            for turn in range(8):
                for path, text in {routes / "lab-results.toml": first, **more}.items():
                    path.write_text(text.replace('clinic = "MAIN"', f'clinic = "MAIN"\nin_flight = {2000 + turn}', 1))
                begin, before = time.monotonic(), engine.log().count(" reloaded ")
                engine.process.send_signal(signal.SIGHUP)
                while engine.log().count(" reloaded ") == before:
                    time.sleep(0.002)
                took.append(round((time.monotonic() - begin) * 1000))
                time.sleep(0.3)
            got = sending.result()
        show(store=kind, what="reload of 50 changed routes under load, ms", median=sorted(took)[len(took) // 2], most=max(took), **got)
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
            for each in (measure_reloads, measure_admissions, measure_forwarding, measure_backlog):
                each(store, server, how.seconds)
        finally:
            if server:
                server.end()
