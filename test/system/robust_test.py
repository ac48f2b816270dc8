"""What the field sends: tolerances, nonsense, vanished and slow senders. The process stays, others are served, every frame is answered."""
import os
import pathlib
import random
import socket
import threading
import unittest

from support import GOLDEN, SHARED, Sender, WithStore, ack_code, corpus, foreign, on_both, segment, until, with_cr

# AddressSanitizer keeps freed memory for a while: there, only the engine's staying is tested.
SLACK = 10_000 if os.environ.get("AORTA_SANITIZED") else 0
FILES = sorted((SHARED / "corpus/hl7").glob("*.hl7"))


class Robust(WithStore, unittest.TestCase):
    make_postgres = staticmethod(lambda: None)

    @classmethod
    def setUpClass(cls):
        from support import Engine
        super().setUpClass()
        cls.shared = Engine().start()

    @classmethod
    def tearDownClass(cls):
        cls.shared.end()
        super().tearDownClass()

    def setUp(self):
        self.port = self.shared.port

    def tearDown(self):
        """Whatever was sent, the engine still serves others."""
        self.assertIsNone(self.shared.process.poll(), self.shared.log()[-3000:])
        with Sender(self.port) as sender:
            self.assertEqual(ack_code(sender.ask(corpus("02"))), "AA")

    @foreign
    def test_every_message_of_the_corpus_is_answered_as_it_asks(self):
        for path in FILES:
            message = with_cr(path.read_bytes())
            sent = message.lstrip(b"\xef\xbb\xbf").split(b"\r")[0].split(b"|") + [b""] * 20
            asked = (sent[14], sent[15])  # MSH-15 and MSH-16
            replies = self.replies_to(message, asked)
            self.assertEqual(not replies, asked == (b"NE", b"NE"), path.name)
            for reply in replies:
                self.assertIn(ack_code(reply), ("AA", "AE", "AR") if not any(asked) else ("AA", "AE", "AR", "CA", "CE", "CR"), path.name)
                header, msa = segment(reply, b"MSH"), segment(reply, b"MSA")
                self.assertEqual(msa[2], sent[9], path.name)
                self.assertEqual((header[2], header[4]), (sent[4] or b"AORTA", sent[2]), path.name)

    def replies_to(self, message, asked):
        """One in original mode; else what comes within a moment."""
        with Sender(self.port) as sender:
            if not any(asked):
                return [sender.ask(message)]
            sender.write(message)
            sender.socket.settimeout(1)
            replies = []
            try:
                while True:
                    replies.append(sender.read())
            except TimeoutError:
                return replies

    def test_two_messages_in_one_write_are_answered_in_order(self):
        one, two = corpus("02").replace(b"BIO-1002", b"ORDER-1"), corpus("09").replace(b"BIO-1009", b"ORDER-2")
        with Sender(self.port) as sender:
            sender.raw(b"\x0b" + one + b"\x1c\r\x0b" + two + b"\x1c\r")
            self.assertEqual([segment(sender.read(), b"MSA")[2] for _ in range(2)], [b"ORDER-1", b"ORDER-2"])

    def test_a_hundred_messages_in_one_write_are_answered_in_order(self):
        wanted = [b"BULK-%d" % n for n in range(100)]
        with Sender(self.port) as sender:
            sender.raw(b"".join(b"\x0b" + corpus("02").replace(b"BIO-1002", n) + b"\x1c\r" for n in wanted))
            self.assertEqual([segment(sender.read(), b"MSA")[2] for _ in wanted], wanted)

    def test_a_frame_without_its_last_byte_is_answered(self):
        with Sender(self.port) as sender:
            sender.raw(b"\x0b" + corpus("02").replace(b"BIO-1002", b"NOCR-1") + b"\x1c")
            self.assertEqual(ack_code(sender.read()), "AA")
            self.assertEqual(ack_code(sender.ask(corpus("02").replace(b"BIO-1002", b"NOCR-2"))), "AA")

    def test_noise_in_front_is_skipped(self):
        with Sender(self.port) as sender:
            sender.raw(b"\r\n\0\0PING\n\x0b" + corpus("02") + b"\x1c\r")
            self.assertEqual(ack_code(sender.read()), "AA")

    def test_a_sender_that_closes_its_writing_side_gets_its_reply(self):
        with Sender(self.port) as sender:
            sender.write(corpus("02"))
            sender.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(ack_code(sender.read()), "AA")
            self.assertIsNone(sender.read())

    def test_an_empty_control_id_is_refused_with_its_place(self):
        with Sender(self.port) as sender:
            reply = sender.ask(corpus("02").replace(b"BIO-1002", b""))
            self.assertEqual(ack_code(reply), "AR")
            fault = segment(reply, b"ERR")
            self.assertEqual((fault[2], fault[3].split(b"^")[0]), (b"MSH^1^10", b"101"))

    def test_a_number_that_is_none_is_kept_and_marked(self):
        message = corpus("02").replace(b"BIO-1002", b"NAN-1").replace(b"|6.8|", b"|haemolysed|").replace(b"F-9002", b"F-NAN").replace(b"|HH|", b"||")
        with Sender(self.port) as sender:
            self.assertEqual(ack_code(sender.ask(message)), "AA")
        log = self.shared.messages("&control_id=NAN-1")[0]
        _, detail = self.shared.get("/api/messages/" + log["id"])
        row = detail["results"][0]
        self.assertEqual((row["value_text"], row["value_numeric"], row["needs_review"]), ("haemolysed", None, True))

    def test_one_control_id_with_other_content_is_filed(self):
        first = corpus("02").replace(b"BIO-1002", b"SAME-1").replace(b"F-9002", b"F-S1")
        second = first.replace(b"F-S1", b"F-S2")
        with Sender(self.port) as sender:
            self.assertEqual([ack_code(sender.ask(m)) for m in (first, second, first, second)], ["AA"] * 4)
        status = sorted(row["status"] for row in self.shared.messages("&control_id=SAME-1"))
        self.assertEqual(status, ["duplicate", "duplicate", "processed", "processed"])

    def test_every_cut_of_a_message_is_answered(self):
        for name in ("02", "13", "15"):
            message = corpus(name)
            with Sender(self.port) as sender:
                for end in range(len(message)):
                    self.assertIn(ack_code(sender.ask(message[:end] or b" ")), ("AA", "AE", "AR"))

    def test_every_flipped_byte_is_answered(self):
        message = corpus("02")
        with Sender(self.port) as sender:
            for at in range(len(message)):
                for flip in (0x01, 0x20, 0x80):
                    wrong = bytearray(message)
                    wrong[at] ^= flip
                    if wrong[at] in (0x0b, 0x1c):
                        continue
                    reply = sender.ask(bytes(wrong))
                    self.assertIsNotNone(reply)
                    self.assertEqual(reply[:3], b"MSH")
                    self.assertIn(b"\rMSA", reply)

    def test_a_frame_split_at_every_point(self):
        frame = b"\x0b" + corpus("02") + b"\x1c\x0d"
        with Sender(self.port) as sender:
            for at in range(1, len(frame)):
                sender.raw(frame[:at])
                sender.raw(frame[at:])
                self.assertEqual(ack_code(sender.read()), "AA")

    def test_random_bytes_in_frames(self):
        chance = random.Random(7)
        with Sender(self.port) as sender:
            for _ in range(300):
                junk = bytes(b for b in chance.randbytes(chance.randrange(1, 400)) if b not in (0x0b, 0x1c))
                if chance.random() < 0.5:
                    junk = b"MSH" + junk
                reply = sender.ask(junk or b"x")
                self.assertEqual(reply[:3], b"MSH")
                self.assertTrue(all(line[:3] in (b"MSH", b"MSA", b"ERR") for line in reply.split(b"\r") if line), reply)

    def test_senders_that_vanish_before_their_answer(self):
        for n in range(200):
            sender = Sender(self.port)
            sender.write(corpus("02").replace(b"BIO-1002", b"GONE-%d" % n).replace(b"F-9002", b"F-GONE-%d" % n))
            sender.close()
        until(lambda: len([1 for m in self.shared.messages("&facility=BIO") if m["control_id"].startswith("GONE-")]) == 200, 30,
              "every complete frame in the log")

    def test_a_broken_frame_is_kept(self):
        sender = Sender(self.port)
        sender.raw(b"\x0b" + corpus("02").replace(b"BIO-1002", b"BROKEN-1")[:-20])
        sender.close()
        until(lambda: [m for m in self.shared.messages("&control_id=BROKEN-1") if m["status"] == "failed"], 10, "the broken frame in the log")
        whole = corpus("02").replace(b"BIO-1002", b"BROKEN-2").replace(b"F-9002", b"F-BROKEN")
        sender = Sender(self.port)
        sender.raw(b"\x0b" + whole)  # all of it, but for its end
        sender.close()
        until(lambda: self.shared.messages("&control_id=BROKEN-2"), 10, "the broken frame in the log")
        with Sender(self.port) as again:
            self.assertEqual(ack_code(again.ask(whole)), "AA")
        self.assertIn("processed", [m["status"] for m in self.shared.messages("&control_id=BROKEN-2")])

    def test_an_end_mark_amid_a_message_cuts_nothing_off(self):
        message = corpus("06").replace(b"BIO-1006", b"MARK-1").replace(b"F-9006", b"F-MARK").replace(b"Line one", b"Line\x1cone")
        with Sender(self.port) as sender:
            self.assertEqual(ack_code(sender.ask(message)), "AA")
        self.assertEqual(self.shared.messages("&control_id=MARK-1")[0]["results_created"], 8)

    def test_two_messages_in_one_frame_are_not_filed_as_one(self):
        with Sender(self.port) as sender:
            sender.write(corpus("02").replace(b"BIO-1002", b"TWO-1").replace(b"F-9002", b"F-TWO") + corpus("09").replace(b"BIO-1009", b"TWO-2"))
            self.assertEqual([(ack_code(reply), segment(reply, b"MSA")[2]) for reply in (sender.read(), sender.read())], [("AA", b"TWO-1"), ("AA", b"TWO-2")])
        self.assertEqual([self.shared.messages(f"&control_id={each}")[0]["status"] for each in ("TWO-1", "TWO-2")], ["processed", "unmatched"])

    def test_a_sender_that_does_not_read_its_answers_is_not_read_further(self):
        before = self.shared.rss()
        with Sender(self.port, timeout=3) as sender:
            try:
                for _ in range(40):
                    sender.raw(b"\x0bx\x1c\r" * 20_000)
            except (TimeoutError, ConnectionError):  # TCP told it to wait, or it was closed for never reading
                pass
            self.assertLess(self.shared.rss(), before + 60 + SLACK)

    def test_slow_senders_hold_nobody_up(self):
        slow = [Sender(self.port) for _ in range(50)]
        for sender in slow:
            sender.raw(b"\x0bMSH|^~")
        with Sender(self.port) as quick:
            self.assertEqual(ack_code(quick.ask(corpus("02"))), "AA")
        for sender in slow:
            sender.close()

    def test_large_frames_and_memory_afterwards(self):
        engine = self.shared
        before = engine.rss()
        filler = b"A" * (60 << 20)
        big = corpus("02").replace(b"BIO-1002", b"BIG-1").replace(b"F-9002", b"F-BIG") + b"ZZZ|1|" + filler + b"\r"
        with Sender(self.port, timeout=120) as sender:
            self.assertEqual(ack_code(sender.ask(big)), "AA")
            self.assertEqual(ack_code(sender.ask(big)), "AA")
        with Sender(self.port, timeout=120) as sender:
            try:
                sender.raw(b"\x0b" + corpus("02").replace(b"BIO-1002", b"BIG-2") + b"ZZZ|1|" + b"A" * (65 << 20) + b"\x1c\r")
            except (ConnectionResetError, BrokenPipeError):
                pass
            else:
                reply = sender.read()
                self.assertEqual(ack_code(reply), "AR")
        until(lambda: [m for m in engine.messages("&control_id=BIG-2") if m["status"] == "failed"], 20, "the refused frame in the log")
        until(lambda: engine.rss() < before + 60 + SLACK, 20, f"memory after large frames (now {engine.rss():.0f} MB, before {before:.0f} MB)")

    def test_ten_thousand_silent_connections(self):
        import resource
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        count = min(10_000, hard - 500)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20_000), hard))
        self.until_nobody_is_connected()  # who left within a frame is kept for a moment, and would take a place
        before = self.shared.rss()
        silent = []
        try:
            for n in range(count):
                made = socket.socket()
                made.bind((f"127.0.0.{2 + n // 5000}", 0))
                made.connect(("127.0.0.1", self.port))
                silent.append(made)
            until(lambda: f"aorta_connections{{listener=\"lab\"}} {count}" in self.shared.get("/metrics")[1] or count < 10_000, 30, "connections")
            with Sender(self.port) as refused:  # the limit: one more is closed at once
                if count == 10_000:
                    self.assertIsNone(refused.read())
            self.assertLess(self.shared.rss(), before + 220 + SLACK)
        finally:
            for each in silent:
                each.close()
        self.until_nobody_is_connected()

    def until_nobody_is_connected(self):
        until(lambda: "aorta_connections{listener=\"lab\"} 0\n" in self.shared.get("/metrics")[1], 30, "connections to end")


class OtherListeners(WithStore, unittest.TestCase):
    make_postgres = staticmethod(lambda: None)

    def test_a_frame_without_a_start_byte_where_allowed(self):
        engine = self.engine(listener="missing_start_block = true")
        with Sender(engine.port) as sender:
            sender.raw(corpus("02") + b"\x1c\r")
            self.assertEqual(ack_code(sender.read()), "AA")

    def test_the_allow_list(self):
        engine = self.engine(listener='allow = ["10.1.0.0/16"]')
        with Sender(engine.port) as sender:
            try:
                self.assertIsNone(sender.read())
            except ConnectionResetError:
                pass
        self.assertEqual(engine.count("hl7_message_log"), 0)

    def test_tls_with_client_certificates(self):
        import ssl
        import subprocess
        import tempfile
        folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-tls-"))
        made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run([*made, "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, stderr=subprocess.DEVNULL)
        engine = self.engine(listener=f'tls.cert = "{folder}/cert.pem"\ntls.key = "{folder}/key.pem"\ntls.client_ca = "{folder}/cert.pem"')
        case = str(GOLDEN / "oru/02-critical-potassium/in.hl7")
        target = f"127.0.0.1:{engine.port}"
        good = ["--tls", "--tls-ca", f"{folder}/cert.pem", "--tls-cert", f"{folder}/cert.pem", "--tls-key", f"{folder}/key.pem"]
        self.assertIn("MSA|AA", engine.command("send", target, case, *good))
        self.assertNotIn("MSA|AA", engine.command("send", target, case, "--tls", check=False))
        self.assertNotIn("MSA|AA", engine.command("send", target, case, check=False))


if __name__ == "__main__":
    unittest.main(verbosity=1)
