"""Several messages in one frame, batches, and reports on several patients: each part by itself, once, whatever else is in the frame."""
import json
import os
import random
import signal
import subprocess
import threading
import unittest

from support import AORTA_SANITIZED, AORTA, CLIENTS, Sender, WithStore, ack_code, on_both, until

KILLS = int(os.environ.get("AORTA_KILLS", "30"))
# National numbers of M-0001, M-0002, M-0003, M-0006, M-0007, M-0008.
NUMBERS = ["812345", "934567", "512340", "1034567", "745210", "1123456"]
BHS = "BHS|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||||B-77\r"


def header(control_id, facility="BIO"):
    return f"MSH|^~\\&|LIS|{facility}|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|{control_id}|P|2.5.1|||||CYP|UNICODE UTF-8\r"


def group(number, order, value="4.2"):
    return (f"PID|1||{number}^^^CYP^NI\rOBR|1||{order}|P^Panel^L|||20261120080000|||||||||||||||20261120082500||CH|F\r"
            f"OBX|1|NM|K^Potassium^L||{value}|mmol/L|3.5-5.1|N|||F\r")


def message(control_id, number=NUMBERS[0], **more):
    return header(control_id, **more) + group(number, f"F-{control_id}")


def segments(reply, name):
    return [line.split("|") for line in reply.decode().split("\r") if line[:3] == name]


def answers(reply):
    """(MSA-1, MSA-2) of each acknowledgement in it."""
    return [(msa[1], msa[2]) for msa in segments(reply, "MSA")]


@on_both
class Frames(WithStore):
    def send(self, engine, frame, replies=1):
        with Sender(engine.port) as sender:
            sender.write(frame.encode())
            out = [sender.read() for _ in range(replies)]
            sender.socket.settimeout(0.3)
            with self.assertRaises(TimeoutError):
                sender.read()
        return out if replies != 1 else out[0]

    def filed(self, engine):
        """What is filed: order number -> patient's MRN."""
        return {order: mrn for order, mrn in engine.rows(
            "select r.filler_order_number, p.mrn from lab_results r join patients p on p.patient_id = r.patient_id")}

    def parts(self, engine, frame):
        return sorted(engine.messages(f"&frame={frame}"), key=lambda row: row["part"]["number"])

    # Several patients in one report.

    def test_each_patients_group_is_filed_under_its_patient_with_one_answer(self):
        engine = self.engine()
        report = header("G1") + group(NUMBERS[0], "F-1") + group(NUMBERS[1], "F-2") + group(NUMBERS[0], "F-3")
        for _ in range(2):
            reply = self.send(engine, report)
            self.assertEqual(answers(reply), [("AA", "G1")])
            self.assertEqual(segments(reply, "ERR"), [])
        self.assertEqual(self.filed(engine), {"F-1": "M-0001", "F-2": "M-0002", "F-3": "M-0001"})
        rows = engine.messages()
        self.assertEqual([row["status"] for row in rows], ["duplicate"] * 3 + ["processed"] * 3)
        frames = {row["part"]["frame"] for row in rows}
        self.assertEqual(len(frames), 2)
        self.assertEqual([row["part"]["number"] for row in self.parts(engine, rows[-1]["part"]["frame"])], [1, 2, 3])
        _, one = engine.get(f"/api/messages/{self.parts(engine, rows[-1]['part']['frame'])[1]['id']}")
        self.assertEqual(one["raw"], header("G1") + group(NUMBERS[1], "F-2"))
        self.assertNotIn("control-id-reused", engine.log())

    def test_a_group_that_waits_and_one_that_is_refused_hold_back_no_other(self):
        engine = self.engine()
        stranger = "PID|1||||NOBODY^KNOWN||19010101|F\rOBR|1||F-2|P^Panel^L|||20261120080000\rOBX|1|NM|K^K^L||4.0|mmol/L|3.5-5.1|N|||F\r"
        nothing = f"PID|1||{NUMBERS[2]}^^^CYP^NI\r"  # neither order nor result
        report = header("G2") + group(NUMBERS[0], "F-1") + stranger + nothing + group(NUMBERS[1], "F-4")
        reply = self.send(engine, report)
        self.assertEqual(answers(reply), [("AE", "G2")])
        told = [(err[2], err[4], err[8]) for err in segments(reply, "ERR")]
        self.assertEqual(told, [("PID^3", "E", "patient 3 of 4: a report without orders and results"), ("PID^1", "I", "patient 1 of 4: taken"),
                                ("PID^2", "I", "patient 2 of 4: taken"), ("PID^4", "I", "patient 4 of 4: taken")])
        self.assertEqual(self.filed(engine), {"F-1": "M-0001", "F-4": "M-0002"})
        self.assertEqual([row["status"] for row in reversed(engine.messages())], ["processed", "unmatched", "failed", "processed"])
        self.assertEqual(answers(self.send(engine, report)), [("AE", "G2")])  # and the same again
        self.assertEqual(self.filed(engine), {"F-1": "M-0001", "F-4": "M-0002"})

    def test_a_place_in_a_later_group_is_told_as_in_the_whole_message(self):
        engine = self.engine()
        many = group(NUMBERS[1], "F-2").replace("|4.2|", "|" + "~".join(["1"] * 1001) + "|")
        reply = self.send(engine, header("G3") + group(NUMBERS[0], "F-1") + many)
        self.assertEqual([err[2] for err in segments(reply, "ERR")], ["OBX^2^5", "PID^1"])

    def test_parts_are_linked_unlinked_and_run_again_by_themselves(self):
        engine = self.engine()
        stranger = group("", "F-2").replace("PID|1||^^^CYP^NI", "PID|1||||NOBODY^KNOWN||19010101|F")
        self.send(engine, header("G4") + group(NUMBERS[0], "F-1") + stranger)
        waiting = next(row for row in engine.messages() if row["status"] == "unmatched")
        patient = engine.rows("select patient_id from patients where mrn = 'M-0005'")[0][0]
        post = lambda path, **body: engine.get(f"/api/messages/{waiting['id']}/{path}", method="POST", body=json.dumps(body).encode())
        self.assertEqual(post("link", patient_id=patient)[0], 200)
        self.assertEqual(self.filed(engine), {"F-1": "M-0001", "F-2": "M-0005"})
        self.assertEqual(post("reprocess")[0], 200)
        self.assertEqual(self.filed(engine), {"F-1": "M-0001", "F-2": "M-0005"})
        self.assertEqual(post("unlink")[0], 200)
        now = {row["id"]: row for row in engine.messages()}[waiting["id"]]
        self.assertEqual((now["status"], now["part"]), ("unmatched", waiting["part"]))
        self.assertEqual(len(engine.messages()), 2)

    # Batches, and messages without one.

    def test_a_batch_is_answered_by_a_batch_and_each_message_filed(self):
        engine = self.engine()
        frame = "FHS|^~\\&|LIS|BIO\r" + BHS + message("1") + message("2", NUMBERS[1], facility="NOBODY") + message("3", NUMBERS[2]) + "BTS|3\rFTS|1\r"
        reply = self.send(engine, frame)
        self.assertEqual([line[:3] for line in reply.decode().split("\r")],
                         ["BHS", "MSH", "MSA", "MSH", "MSA", "ERR", "MSH", "MSA", "BTS", ""])
        self.assertEqual(answers(reply), [("AA", "1"), ("AE", "2"), ("AA", "3")])
        begin, end = segments(reply, "BHS")[0], segments(reply, "BTS")[0]
        self.assertEqual((begin[2:6], begin[11], end[1]), (["OPENHEART", "MAIN", "LIS", "BIO"], "B-77", "3"))
        self.assertEqual(self.filed(engine), {"F-1": "M-0001", "F-3": "M-0003"})
        rows = self.parts(engine, engine.messages()[0]["part"]["frame"])
        self.assertEqual([(r["part"]["number"], r["message_type"], r["control_id"], r["status"]) for r in rows],
                         [(0, "FHS", "", "processed"), (1, "ORU^R01", "1", "processed"), (2, "ORU^R01", "2", "failed"), (3, "ORU^R01", "3", "processed")])
        _, lines = engine.get(f"/api/messages/{rows[0]['id']}")
        self.assertEqual(lines["raw"], "FHS|^~\\&|LIS|BIO\r" + BHS + "BTS|3\rFTS|1\r")
        self.assertEqual(rows[0]["id"], rows[0]["part"]["frame"])

    def test_messages_of_a_frame_without_a_batch_are_answered_one_by_one(self):
        engine = self.engine()
        replies = self.send(engine, message("1") + message("2", NUMBERS[1]), replies=2)
        self.assertEqual([answers(reply) for reply in replies], [[("AA", "1")], [("AA", "2")]])
        self.assertEqual(self.filed(engine), {"F-1": "M-0001", "F-2": "M-0002"})

    def test_a_listener_may_answer_each_or_all_at_once(self):
        engine = self.engine(listener='batch_answer = "each"')
        batch = BHS + message("1") + message("2", NUMBERS[1]) + "BTS|2\r"
        self.assertEqual([answers(reply) for reply in self.send(engine, batch, replies=2)], [[("AA", "1")], [("AA", "2")]])
        # The batch itself answers under its own id when it is at fault.
        short = BHS + message("3") + "BTS|2\r"
        self.assertEqual([answers(reply) for reply in self.send(engine, short, replies=2)], [[("AA", "3")], [("AE", "B-77")]])
        settings = engine.folder / "conf/aorta.toml"
        settings.write_text(settings.read_text().replace('"each"', '"one"'))
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: "reloaded" in engine.log(), 10, "the reload")
        self.assertEqual(answers(self.send(engine, batch)), [("AA", "B-77")])
        reply = self.send(engine, BHS + message("4") + message("5", facility="NOBODY") + "BTS|2\r")
        self.assertEqual(answers(reply), [("AE", "B-77")])
        self.assertEqual([(err[2], err[4]) for err in segments(reply, "ERR")], [("MSH^2", "E"), ("MSH^1", "I")])
        self.assertEqual(answers(self.send(engine, message("6") + message("7"))), [("AA", "6")])

    def test_counts_that_do_not_agree_are_told_and_nothing_whole_is_lost(self):
        engine = self.engine()
        for n, (trailer, where) in enumerate([("BTS|3\r", "BTS^1^1"), ("BTS|two\r", "BTS^1^1"), ("BTS|1\rFTS|7\r", "FTS^1^1")]):
            reply = self.send(engine, BHS + message(f"C{n}", NUMBERS[n]) + trailer)
            self.assertEqual(answers(reply), [("AA", f"C{n}"), ("AE", "B-77")])
            self.assertEqual(segments(reply, "ERR")[0][2], where)
            self.assertEqual([m["status"] for m in self.parts(engine, engine.messages()[0]["part"]["frame"])], ["failed", "processed"])
        self.assertEqual(self.filed(engine), {"F-C0": "M-0001", "F-C1": "M-0002", "F-C2": "M-0003"})
        self.assertEqual(engine.count("review_queue"), 0)  # nothing of them waits for a person

    def test_nonsense_is_answered_and_kept(self):
        engine = self.engine()
        # The end of a batch that never began.
        self.assertEqual(answers(self.send(engine, message("1") + "BTS|1\r")), [("AA", "1")])
        # Nothing between its lines.
        reply = self.send(engine, BHS + "BTS|0\r")
        self.assertEqual((answers(reply), segments(reply, "BTS")[0][1]), ([], "0"))
        self.assertEqual(answers(self.send(engine, BHS + "BTS|1\r")), [("AE", "B-77")])
        self.assertEqual(answers(self.send(engine, "BTS|0\r"))[0][0], "AR")
        # A batch that breaks off in its last message.
        reply = self.send(engine, BHS + message("2", NUMBERS[1]) + message("3", NUMBERS[2])[:-20])
        self.assertEqual(answers(reply), [("AA", "2"), ("AE", "3")])
        self.assertEqual(answers(self.send(engine, BHS + message("2", NUMBERS[1]) + message("3", NUMBERS[2]) + "BTS|2\r")), [("AA", "2"), ("AA", "3")])
        # Its lines in the middle of a message.
        self.assertEqual(answers(self.send(engine, message("4") + "BTS|1\rOBX|2|NM|K^K^L||9.9|mmol/L|||||F\r")), [("AE", "4")])
        # Text that is no message, then a batch.
        self.assertEqual(answers(self.send(engine, "hello\r" + BHS + message("5") + "BTS|1\r"))[0][0], "AR")
        self.assertEqual(self.filed(engine), {"F-1": "M-0001", "F-2": "M-0002", "F-3": "M-0003"})

    def test_a_batch_of_ten_thousand(self):
        engine = self.engine()
        frame = BHS + "".join(header(f"N{n}", "NOBODY") for n in range(9_990)) + \
            "".join(message(f"M{n}", NUMBERS[n % 6]) for n in range(10)) + "BTS|10000\r"
        with Sender(engine.port, timeout=240) as sender:
            sender.write(frame.encode())
            sender.write(message("BEHIND").encode())  # waits for its turn
            reply = sender.read()
            self.assertEqual(answers(sender.read()), [("AA", "BEHIND")])
        codes = answers(reply)
        self.assertEqual([about for _, about in codes], [f"N{n}" for n in range(9_990)] + [f"M{n}" for n in range(10)])
        self.assertEqual([code for code, _ in codes[9_990:]], ["AA"] * 10)
        self.assertEqual(segments(reply, "BTS")[0][1], "10000")
        self.assertEqual(engine.count("lab_results"), 11)
        if not AORTA_SANITIZED:  # which keeps what was freed
            self.assertLess(engine.rss(), 600)

    def test_a_sender_that_hangs_up_has_its_batch_filed(self):
        engine = self.engine()
        count = 600
        sender = Sender(engine.port)
        sender.write((BHS + "".join(message(f"H{n}", NUMBERS[n % 6]) for n in range(count)) + f"BTS|{count}\r").encode())
        until(lambda: engine.messages(), 30, "the first messages")
        sender.close()
        until(lambda: engine.count("lab_results") == count, 60, "all of them")

    # Crashes.

    def test_kill_9_in_the_middle_of_a_batch_and_its_repetition(self):
        engine = self.engine()
        chance = random.Random(5)
        count = 120
        groups = "".join(group(NUMBERS[n % 6], f"F-G{n}") for n in range(12))
        frame = (BHS + "".join(message(f"K{n}", NUMBERS[n % 6]) for n in range(count)) + header("GROUPS") + groups + f"BTS|{count + 1}\r").encode()
        answered = []

        def send():
            try:
                with Sender(engine.port, timeout=60) as sender:
                    if (reply := sender.ask(frame)) is not None:
                        answered.append(reply)
            except OSError:
                pass

        seen = set()
        for _ in range(max(4, KILLS // 5)):
            thread = threading.Thread(target=send)
            thread.start()
            threading.Event().wait(chance.uniform(0.01, 0.25))
            engine.kill()
            thread.join()
            engine.start()
            seen.add(engine.count("lab_results"))
        send()
        self.assertEqual(answers(answered[-1]), [("AA", f"K{n}") for n in range(count)] + [("AA", "GROUPS")])
        per_order = engine.rows("select filler_order_number, count(*) from lab_results group by filler_order_number")
        self.assertEqual({order: int(n) for order, n in per_order},
                         {**{f"F-K{n}": 1 for n in range(count)}, **{f"F-G{n}": 1 for n in range(12)}})
        self.assertEqual(engine.count("lab_result_versions"), 0)
        self.assertEqual(engine.count("hl7_message_log", "processing_status = 'processed' and frame_part > 0"), count + 12)

    def test_an_orderly_stop_in_the_middle_of_a_batch_loses_nothing(self):
        engine = self.engine()
        count = 2_000
        frame = (BHS + "".join(message(f"S{n}", NUMBERS[n % 6]) for n in range(count)) + f"BTS|{count}\r").encode()
        with Sender(engine.port, timeout=60) as sender:
            sender.write(frame)
            until(lambda: engine.count("lab_results") > 0, 30, "the first of them")
            self.assertEqual(engine.stop(), 0)
        engine.start()
        with Sender(engine.port, timeout=120) as sender:
            self.assertEqual([code for code, _ in answers(sender.ask(frame))], ["AA"] * count)
        self.assertEqual(engine.count("lab_results"), count)


class Files(WithStore, unittest.TestCase):
    make_postgres = staticmethod(lambda: None)

    def run_command(self, engine, *args):
        return subprocess.run([AORTA, "-c", str(engine.folder / "conf"), *args], env=engine.environment, cwd=engine.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)

    def test_try_shows_each_part_of_a_batch_and_what_its_count_says(self):
        engine = self.engine()
        file = engine.folder / "day.hl7"
        file.write_bytes(("FHS|^~\\&|LIS|BIO\r" + BHS + message("1") + header("2") + group(NUMBERS[1], "F-2") + group(NUMBERS[2], "F-3") +
                          "BTS|2\rFTS|1\r").encode())
        done = self.run_command(engine, "try", str(file))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual([line for line in done.stdout.splitlines() if line.startswith(str(file))], [str(file), f"{file}#2", f"{file}#3"])
        file.write_bytes((BHS + message("1") + "BTS|2\r").encode())
        done = self.run_command(engine, "try", str(file))
        self.assertEqual(done.returncode, 1)
        self.assertIn("BTS-1 tells of 2 messages, and 1 came", done.stderr)

    def test_send_takes_the_messages_out_of_a_batch(self):
        engine = self.engine()
        file = engine.folder / "day.hl7"
        file.write_bytes((BHS + message("1") + header("2") + group(NUMBERS[1], "F-2") + group(NUMBERS[2], "F-3") + "BTS|2\r").encode())
        done = self.run_command(engine, "send", f"127.0.0.1:{engine.port}", str(file))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(engine.count("lab_results"), 3)
        self.assertEqual(done.stdout.count("MSA|AA|"), 2)

    def test_a_client_of_another_maker_sends_a_batch(self):
        engine = self.engine()
        done = subprocess.run(["node", CLIENTS / "mllp.mjs", str(engine.port)], input=json.dumps([message("1"), message("2", NUMBERS[1])]),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)
        said = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(sorted(line.split("MSA|")[1].split("\r")[0] for line in said), ["AA|1", "AA|2"])
        self.assertEqual(engine.count("lab_results"), 2)


if __name__ == "__main__":
    unittest.main()
