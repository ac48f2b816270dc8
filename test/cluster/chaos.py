"""Traffic, faults by a seed, and a judge who looks at what is left."""
import collections
import json
import pathlib
import random
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
from support import ack_code, segment, until  # noqa: E402

PATIENTS = ["812345", "934567", "512340", "1034567", "745210", "1123456"]  # of test/golden/patients.csv
TESTS = 3


def message(control_id, order, patient, version):
    """Three values of one order; each later version of it is a correction with other values."""
    at = f"202611200{version // 60 % 10}{version % 60:02}00"
    status = "F" if version == 0 else "C"
    lines = [f"MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|{at}||ORU^R01^ORU_R01|{control_id}|P|2.5.1|||||CYP|UNICODE UTF-8",
             f"PID|1||{patient}^^^CYP^NI", f"OBR|1||{order}|P^Panel^L|||20261120000000|||||||||||||||{at}||CH|{status}"]
    lines += [f"OBX|{n}|NM|K^Potassium^L|{n}|{value(version, n)}|mmol/L|3.5-5.1|N|||{status}|||{at}" for n in range(1, TESTS + 1)]
    return ("\r".join(lines) + "\r").encode()


def value(version, n):
    return f"4.{version % 90 + 10}{n}"


class Laboratory:
    """One sender of one patient: what has no positive answer is sent again, the same bytes, by a new connection."""

    def __init__(self, number, patient, to, chance, patience=8):
        self.number, self.patient, self.to, self.chance, self.patience = number, patient, to, chance, patience
        self.acknowledged = []  # (control id, order, version), in the order of their answers
        self.refused = collections.Counter()
        self.ending = threading.Event()
        self.fault = None
        self.repeats = 0

    def work(self):
        try:
            self.send()
        except Exception as fault:  # whatever it is, the run has failed
            self.fault = repr(fault)

    def messages(self):
        order = 0
        while True:
            for version in range(self.chance.choice([1, 1, 2, 4])):
                yield f"S{self.number}-{order}-{version}", f"F{self.number}-{order}", version
            order += 1

    def send(self):
        connection, rest = None, b""
        for control_id, order, version in self.messages():
            if self.ending.is_set():
                return
            body = b"\x0b" + message(control_id, order, self.patient, version) + b"\x1c\r"
            while True:
                try:
                    if connection is None:
                        connection, rest = socket.create_connection(self.to, timeout=self.patience), b""
                    connection.sendall(body)
                    while b"\x1c\r" not in rest:
                        piece = connection.recv(65536)
                        if not piece:
                            raise ConnectionError("closed")
                        rest += piece
                    reply, rest = rest.split(b"\x1c\r", 1)
                    code, about = ack_code(reply), segment(reply, b"MSA")[2].decode()
                    if about != control_id:
                        raise AssertionError(f"{control_id} was answered as {about}")
                    if code == "AA":
                        self.acknowledged.append((control_id, order, version))
                        time.sleep(self.chance.uniform(0, 0.04))  # so that it is not about processor time
                        break
                    self.refused[code] += 1
                    if code == "AR":
                        raise AssertionError(f"{control_id} was refused: {reply!r}")
                    time.sleep(0.2)
                except OSError:
                    if connection is not None:
                        connection.close()
                    connection = None
                    time.sleep(0.1)
                self.repeats += 1


class Radiology:
    """Who is told: an MLLP receiver that sometimes says nothing, asks again, or hangs up."""

    def __init__(self, address, chance):
        self.chance, self.lock = chance, threading.Lock()
        self.address = address
        self.got = []  # (control id as sent to us, order, version, patient)
        self.fails = True

    def work(self):
        listening = socket.create_server((self.address, 2575))
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        rest = b""
        try:
            while True:
                while b"\x1c\r" not in rest:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    rest += piece
                body, rest = rest.split(b"\x1c\r", 1)
                body = body[1:]
                control_id = segment(body, b"MSH")[9].decode()
                if body[:3] != b"MSH":
                    raise AssertionError(body)
                order, about = segment(body, b"OBR")[3].decode(), segment(body, b"OBX")[5].decode()
                with self.lock:
                    mood = self.chance.random() if self.fails else 1.0
                    if mood >= 0.02:  # else it was never read
                        self.got.append((control_id, order, about, segment(body, b"PID")[3].split(b"^")[0].decode()))
                if mood < 0.04:  # before it was taken, or after: we cannot know
                    return connection.close()
                code = b"AE" if mood < 0.05 else b"AA"
                connection.sendall(b"\x0bMSH|^~\\&|RIS|R|AORTA|A|20261120083000||ACK^R01^ACK|1|P|2.5.1\rMSA|" + code + b"|" + control_id.encode() + b"\r\x1c\r")
        except OSError:
            pass
        finally:
            connection.close()


class Chaos:
    """One run: `seconds` of faults, then quiet, then the judge. Everything that is random comes of `seed`."""

    def __init__(self, cluster, seed, seconds=40, laboratories=6, say=print):
        self.cluster, self.seconds, self.say = cluster, seconds, say
        self.chance = random.Random(seed)
        self.run = seed
        front = (cluster.front.address, 2575)
        self.labs = [Laboratory(f"{seed}x{n}", PATIENTS[n % len(PATIENTS)], front, random.Random(f"{seed}-{n}")) for n in range(laboratories)]
        self.ris = cluster.radiology
        self.ris.fails = True
        self.happened = []

    # Each fault: begins, lasts, ends. What has no end in it is over at once.

    def faults(self, node):
        cluster = self.cluster
        database = cluster.database.hosts[cluster.database.primary]
        return {
            "kill": (lambda: node.kill(), lambda: node.start()),
            "term": (lambda: (node.signal(signal.SIGTERM), node.process.wait(60)), lambda: node.start()),
            "stop": (lambda: node.signal(signal.SIGSTOP), lambda: node.signal(signal.SIGCONT)),
            "cut": (node.host.cut, node.host.join),
            "slow": (node.host.slow, node.host.quicken),
            "deaf-to-database": (lambda: node.host.deafen(database), lambda: node.host.hear(database)),
            "database-deaf-to-node": (lambda: database.deafen(node.host), lambda: database.hear(node.host)),
            "deaf-to-receiver": (lambda: node.host.deafen(cluster.ris), lambda: node.host.hear(cluster.ris)),
            "cut-database": (database.cut, database.join),
            "slow-database": (lambda: database.slow("2mbit"), database.quicken),
            "restart-database": (cluster.database.restart, lambda: None),
            "fail-over": (cluster.database.fail_over, cluster.database.add_standby),
            "cut-receiver": (cluster.ris.cut, cluster.ris.join),
            "kill-redis": (lambda: (cluster.redis.kill(), cluster.redis.wait()), cluster.start_redis),
        }

    def play(self):
        for lab in self.labs:
            lab.thread = self.cluster.lab.thread(lab.work)
        end = time.monotonic() + self.seconds
        weights = {"kill": 4, "term": 2, "stop": 3, "cut": 3, "slow": 2, "deaf-to-database": 2, "database-deaf-to-node": 2, "deaf-to-receiver": 1,
                   "cut-database": 1, "slow-database": 1, "restart-database": 1, "fail-over": 1, "cut-receiver": 1, "kill-redis": 1}
        while time.monotonic() < end:
            time.sleep(self.chance.uniform(0.2, 2))
            # One fault or two at a time; the second is a node's own, of another node.
            first, second = self.chance.sample(self.cluster.nodes, 2)
            some = [(self.chance.choices(list(weights), list(weights.values()))[0], first)]
            if self.chance.random() < 0.4:
                some.append((self.chance.choice(["kill", "term", "stop", "cut", "slow"]), second))
            lasts = self.chance.uniform(0.5, 8)
            self.happened += [f"{name} {node.name}" for name, node in some]
            self.say("  " + ", ".join(f"{name} {node.name}" for name, node in some) + f", {lasts:.1f} s")
            ends = []
            try:
                for name, node in some:
                    begin, finish = self.faults(node)[name]
                    ends.append(finish)
                    begin()
                time.sleep(lasts)
            finally:
                for finish in ends:
                    finish()
        self.ris.fails = False
        for lab in self.labs:
            lab.ending.set()
        for lab in self.labs:
            lab.thread.join(180)
        return self.judge()

    def judge(self):
        """What is wrong; empty when nothing is. First all has to come to rest."""
        wrong = []
        for lab in self.labs:
            if lab.thread.is_alive():
                wrong.append(f"laboratory {lab.number} still waits for an answer: the service did not come back")
            if lab.fault:
                wrong.append(f"laboratory {lab.number}: {lab.fault}")
        if wrong:
            return wrong
        database = self.cluster.database
        mine = f"message_control_id like 'S{self.run}x%'"
        until(lambda: database.sql("select count(*) from delivery where state in ('waiting', 'inflight')", "aorta") == "0", 180, "the deliveries")
        filed = collections.Counter(row[0] for row in database.rows(
            f"select message_control_id from hl7_message_log where {mine} and processing_status = 'processed'"))
        acknowledged = [each for lab in self.labs for each in lab.acknowledged]
        wrong += [f"{control_id} was acknowledged and is not filed" for control_id, *_ in acknowledged if control_id not in filed]
        wrong += [f"{control_id} is filed {count} times" for control_id, count in filed.items() if count > 1]
        latest, versions = {}, collections.Counter()
        for _, order, version in acknowledged:
            latest[order] = version
            versions[order] += 1
        orders = f"filler_order_number like 'F{self.run}x%'"
        rows = collections.defaultdict(list)
        for order, given in database.rows(f"select filler_order_number, value_numeric::text from lab_results where {orders}"):
            rows[order].append(given.rstrip("0"))
        for order, version in latest.items():
            wanted = sorted(value(version, n).rstrip("0") for n in range(1, TESTS + 1))
            if sorted(rows[order]) != wanted:
                wrong.append(f"{order} should stand at version {version}, {wanted}, and is {sorted(rows[order])}")
        wrong += [f"rows of {order}, of which nothing was acknowledged" for order in rows if order not in latest]
        kept = dict(database.rows(f"select filler_order_number, count(*) from lab_result_versions where {orders} group by 1"))
        for order, count in versions.items():
            if int(kept.get(order, 0)) != (count - 1) * TESTS:
                wrong.append(f"{order} has {kept.get(order, 0)} earlier versions, and {count} messages were acknowledged")
        wrong += self.judge_deliveries(acknowledged)
        return wrong

    def judge_deliveries(self, acknowledged):
        wrong = []
        database = self.cluster.database
        rows = database.rows("select l.message_control_id, d.destination, d.state, d.control_id, d.perhaps, d.refusals, d.attempts, d.id from delivery d "
                             f"join hl7_message_log l on l.id = d.message_id where l.message_control_id like 'S{self.run}x%'")
        by = {(row[0], row[1]): row[2:] for row in rows}
        if len(by) != len(rows):
            wrong.append(f"{len(rows) - len(by)} deliveries of one message to one destination too many")
        with self.ris.lock:
            got = list(self.ris.got)
        times = collections.Counter(each[0] for each in got)
        stream = self.streamed()
        for control_id, order, version in acknowledged:
            for destination in ("ris", "stream"):
                if (control_id, destination) not in by or by[control_id, destination][0] != "sent":
                    wrong.append(f"{control_id} was acknowledged and for {destination} is {by.get((control_id, destination), 'not there')}")
            if (control_id, "ris") not in by or (control_id, "stream") not in by:
                continue
            _, ours, perhaps, refusals, attempts, _ = by[control_id, "ris"]
            if times[ours] == 0:
                wrong.append(f"{control_id} is said to be sent, and the receiver has not had it")
            if times[ours] > 1 and perhaps == "f" and refusals == "0":
                wrong.append(f"{control_id} came {times[ours]} times, and nothing says that it perhaps did ({attempts} attempts)")
            if by[control_id, "stream"][-1] not in stream:
                wrong.append(f"{control_id} is said to be sent, and is not in the stream")
        # Each patient's messages came in the order in which they were answered: the first time that each came counts.
        expected = {order + "/" + value(version, 1): n for lab in self.labs for n, (_, order, version) in enumerate(lab.acknowledged)}
        seen, last = set(), collections.Counter()
        for _, order, about, _ in got:
            name = order + "/" + about
            if name in seen or name not in expected:
                continue
            seen.add(name)
            whose = order.split("-")[0]
            if expected[name] < last[whose]:
                wrong.append(f"{name} came to the receiver after what was filed later")
            last[whose] = max(last[whose], expected[name])
        return wrong

    def streamed(self):
        """The ids in the stream."""
        text = self.cluster.redis_host.run("redis-cli", "-h", self.cluster.redis_host.address, "--json", "xrange", "results", "-", "+")
        found = set()
        for _, fields in json.loads(text):
            found.add(fields["id"] if isinstance(fields, dict) else dict(zip(fields[::2], fields[1::2]))["id"])
        return found
