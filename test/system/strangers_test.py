"""Who has not said who they are gets little memory, disk and time, and shuts nobody out."""
import gzip
import socket
import unittest
import urllib.error
import urllib.request

from support import Engine, Sender, ack_code, corpus, until


class Strangers(unittest.TestCase):
    def engine(self, **how):
        made = Engine(**how)
        self.addCleanup(made.end)
        return made.start()

    def post(self, engine, path, body, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{engine.http}{path}", method="POST", data=body,
                                         headers={name.replace("_", "-"): value for name, value in headers.items()})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code

    def head_only(self, engine, path, *headers):
        """The status for a request of which only the head is sent."""
        with socket.create_connection(("127.0.0.1", engine.http), timeout=10) as caller:
            caller.sendall("\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode() + b"0123456789")
            return int(caller.recv(4096).split()[1])

    def test_a_large_body_is_not_read_before_its_sender_is_known(self):
        engine = self.engine(roster=False)
        length = "Content-Length: 50000000"
        self.assertEqual(self.head_only(engine, "/fhir/r4", length), 401)
        self.assertEqual(self.head_only(engine, "/fhir/r4", length, "Authorization: Bearer nonsense"), 401)
        self.assertEqual(self.head_only(engine, "/fhir/r4", "Transfer-Encoding: chunked", "Authorization: Bearer nonsense"), 401)
        self.assertEqual(self.head_only(engine, "/api/messages", length), 401)
        self.assertEqual(self.head_only(engine, "/auth/token", length), 413)
        with socket.create_connection(("127.0.0.1", engine.http), timeout=10) as caller:
            caller.sendall(f"POST /fhir/r4 HTTP/1.1\r\nHost: localhost\r\n{length}\r\nExpect: 100-continue\r\nAuthorization: Bearer {engine.key}\r\n\r\n".encode())
            self.assertEqual(caller.recv(4096).split()[1], b"100")

    def test_a_large_body_of_a_known_sender_is_read(self):
        engine = self.engine(roster=False)
        bundle = b'{"resourceType":"Bundle","type":"batch","entry":[]' + b" " * 300_000 + b"}"
        known = {"Authorization": f"Bearer {engine.key}", "Content_Type": "application/fhir+json"}
        self.assertEqual(self.post(engine, "/fhir/r4", bundle, **known), 200)
        self.assertEqual(self.post(engine, "/fhir/r4", gzip.compress(bundle), Content_Encoding="gzip", **known), 200)

    def test_a_bomb_is_not_unpacked(self):
        engine = self.engine(roster=False)
        bomb = gzip.compress(bytes(512 << 20), 9)  # half a megabyte
        before = engine.rss()
        self.assertEqual(self.post(engine, "/fhir/r4", bomb, Content_Encoding="gzip"), 401)
        self.assertEqual(self.post(engine, "/fhir/r4", bomb, Content_Encoding="gzip", Authorization="Bearer nonsense"), 401)
        self.assertEqual(self.post(engine, "/fhir/r4", bomb, Content_Encoding="gzip", Authorization=f"Bearer {engine.key}",
                                   Content_Type="application/fhir+json"), 400)
        self.assertLess(engine.rss(), before + 120)

    def test_wrong_keys_leave_one_row_a_minute_and_peer(self):
        engine = self.engine(roster=False)
        before = engine.count("security_audit")
        for n in range(25):
            self.assertEqual(engine.get("/api/messages", key=f"wrong-{n}")[0], 401)
            self.assertEqual(engine.fhir("GET", "/Patient", key=f"wrong-{n}")[0], 401)
        self.assertEqual(engine.count("security_audit"), before + 1)
        self.assertEqual(engine.get("/api/messages")[0], 200)
        self.assertEqual(engine.count("security_audit"), before + 2)

    def test_frames_that_are_no_messages_are_answered_and_counted(self):
        engine = self.engine(roster=False)
        with Sender(engine.port) as sender:
            for _ in range(10):
                sender.raw(b"\x0bx\x1c\r" * 20)
                self.assertEqual({ack_code(sender.read()) for _ in range(20)}, {"AR"})
        self.assertEqual(engine.count("hl7_message_log"), 60)

    def test_silent_connections_do_not_shut_out_health(self):
        engine = self.engine(roster=False)
        conf = engine.folder / "conf/aorta.toml"
        engine.stop()
        conf.write_text(conf.read_text().replace("[http]\n", "[http]\nmax_connections = 20\n"))
        engine.start()
        silent = [socket.create_connection(("127.0.0.1", engine.http)) for _ in range(60)]
        for each in silent:
            self.addCleanup(each.close)
        for _ in range(3):
            self.assertEqual(engine.get("/health", key="")[0], 200)

    def test_frames_that_never_end_hold_little_memory(self):
        engine = self.engine()
        before = engine.rss()
        with Sender(engine.port) as known:
            self.assertEqual(ack_code(known.ask(corpus("02"))), "AA")
            piece = b"x" * (1 << 20)
            for _ in range(16):
                stranger = Sender(engine.port)
                self.addCleanup(stranger.close)
                stranger.raw(b"\x0bMSH|")
                for _ in range(25):
                    stranger.raw(piece)
            until(lambda: "frames-too-many" in engine.log(), 10, "the refusal")
            self.assertLess(engine.rss(), before + 450)  # a string that grows may hold twice its size
            self.assertEqual(ack_code(known.ask(corpus("02"))), "AA")


if __name__ == "__main__":
    unittest.main(verbosity=1)
