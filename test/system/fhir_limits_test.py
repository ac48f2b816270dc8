"""Nonsense, size and bad manners at the FHIR endpoint: the process stays, others are served, nothing of a refused request is kept."""
import copy
import gzip
import json
import socket
import threading
import time
import unittest
import uuid

from support import AORTA_SANITIZED, WithStore, on_both, until
from fhir_support import bundle, observation, patient, post


@on_both
class Nonsense(WithStore):
    def alive(self, engine):
        self.assertEqual(engine.get("/health")[0], 200)
        self.assertEqual(engine.fhir("GET", "/Patient?_count=1")[0], 200)

    def test_json_cut_at_each_byte_is_refused_with_its_place(self):
        engine = self.engine(roster=False)
        text = json.dumps(patient(1), ensure_ascii=False).encode()
        for end in range(len(text)):
            status, outcome, _ = engine.fhir("POST", "/Patient", text[:end])
            self.assertEqual((status, outcome["resourceType"]), (400, "OperationOutcome"), end)
        self.assertEqual(engine.count("patients"), 0)

    def test_flipped_bytes_never_harm_the_process(self):
        engine = self.engine(roster=False)
        text = json.dumps(patient(2), ensure_ascii=False).encode()
        for at in range(len(text)):
            status = engine.fhir("POST", "/Patient", text[:at] + bytes([text[at] ^ 0x15]) + text[at + 1:])[0]
            self.assertIn(status, (200, 201, 400, 404, 409, 422), at)
        self.alive(engine)

    def test_wrong_types_everywhere_are_named(self):
        engine = self.engine(roster=False)
        subject = "Patient/" + engine.fhir("POST", "/Patient", patient(3))[1]["id"]
        whole = json.loads(observation(subject, "4.4", note=[{"text": "x"}], referenceRange=[{"low": {"value": 1}}]))
        wrong = (None, 1, "", "x", True, [], {}, [None], [[]], [{}], {"a": 1}, 1e300, -1, "\u0000", "Patient/1")

        def places(node, way=()):
            for key, value in (node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()):
                yield way + (key,)
                yield from places(value, way + (key,))

        before = engine.count("lab_results")
        taken = 0
        for way in places(whole):
            for value in wrong:
                broken = copy.deepcopy(whole)
                node = broken
                for key in way[:-1]:
                    node = node[key]
                if node[way[-1]] == value:
                    continue
                node[way[-1]] = value
                status, outcome, _ = engine.fhir("POST", "/Observation", broken)
                self.assertIn(status, (201, 400, 404, 422), (way, value, outcome))
                taken += status == 201
                if status != 201:
                    self.assertEqual(outcome["resourceType"], "OperationOutcome")
                    self.assertNotIn("x\u0000", json.dumps(outcome))
        self.assertLessEqual(engine.count("lab_results") - before, taken)
        self.alive(engine)

    def test_depth_and_numbers_have_their_ends(self):
        engine = self.engine(roster=False)
        for text in (b"[" * 200_000, b'{"a":' * 100_000, b'{"resourceType":"Patient","extension":' + b'[{"extension":' * 5000):
            self.assertEqual(engine.fhir("POST", "/Patient", text)[0], 400)
        subject = "Patient/" + engine.fhir("POST", "/Patient", patient(4))[1]["id"]
        for value in ("1e400", "-1e-400", "9" * 400, "0." + "1" * 400, "1e999999999"):
            self.assertIn(engine.fhir("POST", "/Observation", observation(subject, value))[0], (201, 400, 422), value[:20])
        for path in ("/Observation?value-quantity=1e400", "/Observation?value-quantity=" + "9" * 300, "/Patient?_count=99999999999999999999",
                     "/Patient/99999999999999999999999", "/Patient/%00", "/Patient/..%2f..", "/Observation?date=99999-01-01", "/Patient?_id=" + "1," * 3000):
            self.assertIn(engine.fhir("GET", path)[0], (200, 400, 404, 414, 431), path[:60])
        self.alive(engine)

    @unittest.skipIf(AORTA_SANITIZED, "sanitizers take longer than a call may")
    def test_large_bundles_are_taken_up_to_the_limit_and_refused_past_it(self):
        engine = self.engine(roster=False)
        subject = "Patient/" + engine.fhir("POST", "/Patient", patient(5))[1]["id"]
        entries = [post(observation(subject, f"{n % 7}.{n % 100:02}")) for n in range(10_000)]
        begin = time.monotonic()
        for _ in range(3):  # 503 is an answer, too, where others keep the machine busy: nothing of it is there, and it is sent again
            status, answer, _ = engine.fhir("POST", "", bundle("transaction", *entries), X_Judge="no")
            if status != 503:
                break
            self.assertEqual(engine.count("lab_results"), 0)
            begin = time.monotonic()
        self.assertEqual((status, len(answer.get("entry", []))), (200, 10_000), str(answer)[:500])
        self.assertEqual(engine.count("lab_results"), 10_000)
        self.assertLess(time.monotonic() - begin, 120)
        self.assertEqual(engine.fhir("POST", "", bundle("transaction", *(entries + entries[:1])), X_Judge="no")[0], 413)
        self.assertEqual(engine.count("lab_results"), 10_000)
        large = b'{"resourceType":"Bundle","type":"collection","entry":[' + b" " * (50 << 20) + b"]}"
        self.assertIn(engine.fhir("POST", "/Bundle", large)[0], (200, 422))
        self.assertEqual(self.refused_by_size(engine, 80 << 20), 413)
        self.alive(engine)

    def refused_by_size(self, engine, size):
        with socket.create_connection(("127.0.0.1", engine.http), timeout=30) as link:
            link.sendall(f"POST /fhir/r4/Bundle HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {engine.key}\r\nContent-Length: {size}\r\n\r\n".encode())
            return int(link.recv(1000).split()[1])

    def test_a_packed_body_that_unpacks_too_large_is_refused(self):
        engine = self.engine(roster=False)
        bomb = gzip.compress(b" " * (100 << 20))
        self.assertEqual(engine.fhir("POST", "/Patient", bomb, Content_Encoding="gzip")[0], 400)
        self.assertEqual(engine.fhir("POST", "/Patient", gzip.compress(json.dumps(patient(6)).encode()), Content_Encoding="gzip")[0], 201)
        self.assertEqual(engine.fhir("POST", "/Patient", b"x", Content_Encoding="br")[0], 415)
        self.assertEqual(engine.fhir("POST", "/Patient", gzip.compress(b"{}")[:-4], Content_Encoding="gzip")[0], 400)
        if not AORTA_SANITIZED:
            self.assertLess(engine.rss(), 300)

    def test_many_large_bodies_at_once_are_bounded(self):
        engine = self.engine(roster=False)
        links = []
        for _ in range(12):
            link = socket.create_connection(("127.0.0.1", engine.http), timeout=30)
            link.sendall(f"POST /fhir/r4/Bundle HTTP/1.1\r\nHost: x\r\nContent-Length: {60 << 20}\r\n\r\n".encode())
            links.append(link)

        def feed(link):
            try:
                for _ in range(50):
                    link.sendall(b" " * (1 << 20))
            except OSError:
                pass  # refused, which is what some of them are for

        feeders = [threading.Thread(target=feed, args=(link,)) for link in links]
        for each in feeders:
            each.start()
        for each in feeders:
            each.join(60)
        if not AORTA_SANITIZED:
            self.assertLess(engine.rss(), 600)
        self.alive(engine)
        for link in links:
            link.close()

    def test_two_readers_could_not_understand_a_request_differently(self):
        engine = self.engine(roster=False)
        auth = f"Authorization: Bearer {engine.key}\r\n"
        inner = f"GET /fhir/r4/Patient HTTP/1.1\r\nHost: x\r\n{auth}\r\n"
        for head in (f"POST /fhir/r4/Patient HTTP/1.1\r\nHost: x\r\n{auth}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
                     f"POST /fhir/r4/Patient HTTP/1.1\r\nHost: x\r\n{auth}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{inner}",
                     f"POST /fhir/r4/Patient HTTP/1.1\r\nHost: x\r\n{auth}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{inner}",
                     f"GET /fhir/r4/Patient HTTP/1.1\r\nHost: x\r\nHost: y\r\n{auth}\r\n",
                     f"GET /fhir/r4/Patient HTTP/1.1\r\nHost: x\"><b\r\n{auth}\r\n",
                     f"GET /fhir/r4/Patient HTTP/1.1\r\nHost: x\r\n{auth}X: a\r\n b\r\n\r\n",
                     f"GET /fhir/r4/Patient\tHTTP/1.1\r\nHost: x\r\n{auth}\r\n"):
            with socket.create_connection(("127.0.0.1", engine.http), timeout=30) as link:
                link.sendall(head.encode())
                answer = b""
                while piece := link.recv(65536):
                    answer += piece
                    if b"\r\n\r\n" in answer and b"Connection: close" not in answer:
                        break
                self.assertIn(int(answer.split()[1]), (400, 421), head)  # 421: no name of ours
                self.assertEqual(answer.count(b"HTTP/1.1 "), 1, head)
        with socket.create_connection(("127.0.0.1", engine.http), timeout=30) as link:
            link.sendall(b"GET /fhir/r4/Patient HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 200_000 + b"\r\n\r\n")
            self.assertEqual(int(link.recv(100).split()[1]), 431)
        self.alive(engine)

    def test_slow_clients_keep_nobody_waiting(self):
        engine = self.engine(roster=False)
        links = [socket.create_connection(("127.0.0.1", engine.http), timeout=30) for _ in range(200)]
        for n, link in enumerate(links):
            link.sendall(b"POST /fhir/r4/Patient HTTP/1.1\r\nHost: x\r\n" + (b"Content-Length: 1000\r\n\r\n{" if n % 2 else b"X: "))
        begin = time.monotonic()
        for n in range(20):
            self.assertEqual(engine.fhir("POST", "/Patient", patient(700_000 + n))[0], 201)
        self.assertLess(time.monotonic() - begin, 20)
        for link in links:
            link.close()
        self.alive(engine)

    @unittest.skipIf(AORTA_SANITIZED, "sanitizers take longer than a call may")
    def test_batches_that_only_read_keep_no_write_waiting(self):
        engine = self.engine()  # with its roster
        look = {"request": {"method": "GET", "url": "Patient?name:contains=a&_sort=family&_count=100"}}
        reads = bundle("batch", *[copy.deepcopy(look) for _ in range(300)])
        answers = []
        readers = [threading.Thread(target=lambda: answers.append(engine.fhir("POST", "", reads, X_Judge="no"))) for _ in range(4)]
        idle = engine.seconds_of_work()
        for reader in readers:
            reader.start()
        until(lambda: engine.seconds_of_work() > idle + 0.2, what="reading that takes long")
        slowest = 0
        for n in range(10):
            begin = time.monotonic()
            self.assertEqual(engine.fhir("POST", "/Patient", patient(710_000 + n))[0], 201)
            slowest = max(slowest, time.monotonic() - begin)
        for reader in readers:
            reader.join()
        self.assertLess(slowest, 5)
        for status, answer, _ in answers:
            self.assertEqual((status, answer["type"], len(answer["entry"])), (200, "batch-response", 300))
            self.assertEqual(answer["entry"][0]["response"]["status"], "200 OK")
        self.alive(engine)

    def test_clients_that_leave_before_their_answer_lose_nothing_for_others(self):
        engine = self.engine(roster=False)
        text = json.dumps(bundle("transaction", post(patient(7), "urn:uuid:" + str(uuid.uuid4())))).encode()
        for _ in range(20):
            link = socket.create_connection(("127.0.0.1", engine.http), timeout=30)
            link.sendall(f"POST /fhir/r4 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {engine.key}\r\nContent-Type: application/fhir+json\r\n"
                         f"Content-Length: {len(text)}\r\n\r\n".encode() + text)
            link.close()
        self.alive(engine)
        self.assertLessEqual(engine.count("patients"), 1)


if __name__ == "__main__":
    unittest.main()
