"""Receivers that fail as they are told, and engines that pass messages on to them."""
import collections
import http.server
import socket
import threading
import time

from support import Engine, Sender, WithStore, ack_code, segment, until

NUMBERS = ["812345", "934567", "745210", "1034567", "1123456"]


def result(n, patient=None, value=None):
    """A result of its own, of one of five patients."""
    patient = patient or NUMBERS[n % len(NUMBERS)]
    return "\r".join([f"MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|M-{n}|P|2.5.1|||||CYP|UNICODE UTF-8",
                      f"PID|1||{patient}^^^CYP^NI", f"OBR|1||F-{n}|K^Potassium^L|||20261120090000|||||||||||||||20261120091000||CH|F",
                      f"OBX|1|NM|K^Potassium^L||{value or 4 + n % 10 / 10}|mmol/L|3.5-5.1||||F|||20261120091000", ""]).encode()


def number_of(message):
    """Which of ours it is, by the order's number: MSH-10 is the engine's own."""
    return int(segment(message, b"OBR")[3].decode().split("-")[1])


def patient_of(message):
    return segment(message, b"PID")[3].split(b"^")[0].decode()


def acknowledgement(message, code="AA", control_id=None):
    msh = segment(message, b"MSH")
    return b"MSH|^~\\&|RIS|R|AORTA|A|20261120083000||ACK^R01^ACK|1|P|2.5.1\rMSA|" + code.encode() + b"|" + (control_id or msh[9]) + b"\r"


class Receiver:
    """An MLLP receiver. `behave(message)` says what it does: an MSA-1, None (says nothing), 'hang-up', 'other', or a number of seconds to wait first."""

    def __init__(self, behave=lambda message: "AA", port=0):
        self.behave, self.got, self.lock = behave, [], threading.Lock()
        self.open, self.connections = [], 0
        self.listen(port)

    def listen(self, port):
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, args=(self.socket,), daemon=True).start()

    def accept(self, listening):
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self.connections += 1
            self.open.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        rest = b""
        try:
            while True:
                while b"\x1c\x0d" not in rest:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    rest += piece
                message, rest = rest.split(b"\x1c\x0d", 1)
                message = message[1:]
                with self.lock:
                    self.got.append((time.monotonic(), message))
                answer = self.behave(message)
                if isinstance(answer, float):
                    time.sleep(answer)
                    answer = "AA"
                if answer == "hang-up":
                    return connection.close()
                if answer == "other":
                    connection.sendall(b"\x0b" + acknowledgement(message, "AA", b"SOMEBODY-ELSES") + b"\x1c\x0d")
                elif answer:
                    connection.sendall(b"\x0b" + acknowledgement(message, answer) + b"\x1c\x0d")
        except OSError:
            pass

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)  # else whoever accepts at this moment accepts one more
        except OSError:
            pass
        self.socket.close()
        for each in self.open:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()
        self.open = []

    def numbers(self):
        with self.lock:
            return [number_of(message) for _, message in self.got]


class Web:
    """Answers POST with what `behave(body)` says: a status, or (status, headers)."""

    def __init__(self, behave=lambda body: 200):
        self.got, outer = [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # the head and the body of an answer are two writes: 40 ms between them otherwise

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((time.monotonic(), {name.lower(): value for name, value in self.headers.items()}, body))
                answer = behave(body)
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in {"Content-Length": "2", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hl7?token=t0p"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def numbers(self):
        return [number_of(body) for _, _, body in self.got]


class WithReceivers(WithStore):
    def forwarding(self, to, keys="", name="ris", start=True, lanes=1):
        made = Engine(self.postgres)
        self.addCleanup(made.end)
        route = made.folder / "conf/routes/lab-results.toml"
        text = route.read_text().replace('"match-patient", "persist"', '"match-patient", "forward", "persist"')
        route.write_text(text + f'\nsend = ["{name}"]\nlanes = {lanes}\n')
        (made.folder / "conf/destinations").mkdir()
        self.destination(made, to, keys, name)
        return made.start() if start else made

    def destination(self, engine, to, keys="", name="ris"):
        where = f"127.0.0.1:{to.port}" if isinstance(to, Receiver) else to
        (engine.folder / f"conf/destinations/{name}.toml").write_text(
            f'[destination]\nname = "{name}"\nkind = "mllp"\nto = "{where}"\nretry_seconds = [1, 1, 2]\n{keys}\n')

    def receiver(self, *args, **how):
        made = Receiver(*args, **how)
        self.addCleanup(made.close)
        return made

    def states(self, engine):
        return dict(collections.Counter(state for (state,) in engine.rows("select state from delivery")))

    def settled(self, engine, count, seconds=60):
        until(lambda: self.states(engine).get("sent", 0) == count, seconds, f"{count} sent deliveries of {self.states(engine)}")

    def send(self, engine, numbers, patient=None):
        with Sender(engine.port) as sender:
            for n in numbers:
                self.assertEqual(ack_code(sender.ask(result(n, patient))), "AA")

    def perhaps(self, engine):
        return {int(text.split("-")[1]) for (text,) in engine.rows(
            "select l.message_control_id from delivery d join hl7_message_log l on l.id = d.message_id where d.perhaps")}

    def in_order(self, receiver):
        """The first copies of each patient's messages come in the order in which they were filed."""
        last = {}
        seen = set()
        for _, message in receiver.got:
            n, patient = number_of(message), patient_of(message)
            if n not in seen:
                self.assertGreater(n, last.get(patient, -1), f"{patient}: {receiver.numbers()}")
                last[patient] = n
            seen.add(n)
