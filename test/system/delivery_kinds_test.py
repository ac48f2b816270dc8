"""Destinations over HTTP and in folders: what they get, what their answers lead to, and that requests are ours by another maker's library."""
import base64
import json
import pathlib
import random
import signal
import subprocess
import time
import unittest

from delivery_support import Web, WithReceivers, number_of, result
from support import CLIENTS, on_both, segment, until

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_" + base64.b64encode(bytes(range(40))).decode()
PRIVATE_KEY = "whsk_" + base64.b64encode(bytes(range(32))).decode()
PUBLIC_KEY = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="  # of it, by openssl pkey


class Kinds(WithReceivers):
    def web(self, *args):
        made = Web(*args)
        self.addCleanup(made.close)
        return made

    def destination(self, engine, to, keys="", name="ris"):
        if isinstance(to, Web):
            keys = f'kind = "http"\nplaintext = true\nallow = ["127.0.0.0/8"]\n{keys}'
            to = to.url
        elif isinstance(to, pathlib.Path):
            keys = f'kind = "file"\n{keys}'
        (engine.folder / f"conf/destinations/{name}.toml").write_text(
            f'[destination]\nname = "{name}"\nto = "{to}"\nretry_seconds = [1, 1, 2]\n{keys}\n')

    def reload(self, engine):
        before = engine.log().count(" reloaded ")
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: engine.log().count(" reloaded ") > before, 10, "the reload")

    def delivery(self, engine):
        return engine.get("/api/deliveries")[1]["items"][0]

    def test_a_message_is_posted_under_an_id_that_stays_and_retry_after_is_obeyed(self):
        web = self.web(lambda body: (503, {"Retry-After": "3"}) if len(web.got) == 1 else 200)
        engine = self.forwarding(web, '[destination.headers]\nX-Site = "main"')
        self.send(engine, [0])
        self.settled(engine, 1)
        (first, one, body), (second, two, again) = web.got
        self.assertGreater(second - first, 2.9)
        self.assertEqual((body, one["webhook-id"]), (again, two["webhook-id"]))
        self.assertLess(int(one["webhook-timestamp"]), int(two["webhook-timestamp"]))
        self.assertEqual((one["content-type"], one["x-site"]), ("application/hl7-v2", "main"))
        self.assertNotIn("webhook-signature", one)
        shown = self.delivery(engine)
        self.assertEqual((shown["attempts"], shown["perhaps_sent"], shown["id"]), (2, False, one["webhook-id"]))
        self.assertEqual(body.replace(shown["control_id"].encode(), b"M-0", 1), result(0))
        where = engine.get("/api/destinations")[1]["items"][0]
        self.assertEqual((where["kind"], where["partitions"]), ("http", 4))
        self.assertNotIn("t0p", json.dumps(where))

    def test_each_patients_messages_keep_their_order_on_four_connections(self):
        web = self.web()
        engine = self.forwarding(web, lanes=2)
        self.send(engine, range(40))
        self.settled(engine, 40)
        for person in range(5):
            mine = [n for n in web.numbers() if n % 5 == person]
            self.assertEqual(mine, list(range(person, 40, 5)))

    def test_requests_are_genuine_by_the_makers_library_also_while_the_secret_changes(self):
        if not (CLIENTS / "node_modules/standardwebhooks").exists():
            self.skipTest("npm's clients are not installed")
        web = self.web()
        engine = self.forwarding(web, start=False)
        secret = engine.folder / "secret"
        engine.environment.update(OLD=OLD_SECRET, SIGNING=PRIVATE_KEY)
        sent = 0

        def genuine(signatures, *keys):
            """The next request has so many signatures, and is genuine by each of these keys."""
            nonlocal sent
            self.send(engine, [sent])
            sent += 1
            self.settled(engine, sent)
            _, headers, body = web.got[-1]
            self.assertEqual(len(headers["webhook-signature"].split()), signatures)
            asked = json.dumps([{"headers": headers, "body": body.decode(), **key} for key in keys])
            done = subprocess.run(["node", CLIENTS / "webhooks.mjs"], input=asked.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(done.returncode, 0, done.stdout.decode())

        def use(keys):
            self.destination(engine, web, f'content = "json"\n{keys}')
            self.reload(engine)

        secret.write_text(OLD_SECRET + "\n")
        self.destination(engine, web, f'content = "json"\nsecret = "file:{secret}"')
        engine.start()
        genuine(1, {"secret": OLD_SECRET})
        secret.write_text(SECRET)
        use(f'secret = "file:{secret}"\nold_secret = "env:OLD"\nold_secret_until = "2999-01-01T00:00:00Z"')
        genuine(2, {"secret": SECRET}, {"secret": OLD_SECRET})
        secret.write_text(PRIVATE_KEY)  # the file alone
        self.reload(engine)
        genuine(2, {"public_key": PUBLIC_KEY}, {"secret": OLD_SECRET})
        use('secret = "env:SIGNING"\nold_secret = "env:OLD"\nold_secret_until = "2020-01-01T00:00:00Z"')
        genuine(1, {"public_key": PUBLIC_KEY})
        for hidden in (SECRET, OLD_SECRET, PRIVATE_KEY, "t0p"):
            self.assertNotIn(hidden, engine.log())

    def test_what_is_refused_is_parked_and_a_receiver_that_is_gone_stops_until_it_is_resumed(self):
        gone = {1}
        web = self.web(lambda body: 422 if number_of(body) == 0 else 410 if number_of(body) in gone else 200)
        engine = self.forwarding(web, "partitions = 1")
        self.send(engine, range(3), "812345")
        until(lambda: self.states(engine) == {"parked": 2, "waiting": 1}, 30, "what waits for a person")
        where = engine.get("/api/destinations")[1]["items"][0]
        self.assertEqual((where["state"], where["counts"]["waiting"]), ("gone", 1))
        self.assertIn("destination-gone", engine.log())
        self.send(engine, [3])
        time.sleep(1)
        self.assertEqual(web.numbers(), [0, 1])
        gone.clear()
        self.assertEqual(engine.get("/api/destinations/ris/resume", method="POST")[1]["state"], "running")
        until(lambda: self.states(engine) == {"parked": 2, "sent": 2}, 30, "what had waited")
        codes = {row["last_code"] for row in engine.get("/api/deliveries?state=parked")[1]["items"]}
        self.assertEqual(codes, {"422", "410"})

    def test_no_redirect_is_followed_and_no_address_reached_that_is_not_allowed(self):
        inside = self.web()
        web = self.web(lambda body: (307, {"Location": inside.url}))
        engine = self.forwarding(web, "attempts = 1")
        self.send(engine, [0])
        until(lambda: self.states(engine) == {"parked": 1}, 30, "the parked one")
        self.assertEqual((inside.got, self.delivery(engine)["last_code"]), ([], "307"))
        (engine.folder / "conf/destinations/ris.toml").write_text(
            f'[destination]\nname = "ris"\nkind = "http"\nplaintext = true\nto = "{inside.url.replace("127.0.0.1", "localhost")}"\nretry_seconds = [1]\n'
            'allow = ["10.0.0.0/8"]\n')
        self.reload(engine)
        self.send(engine, [1])
        until(lambda: self.delivery(engine)["last_code"] == "address-refused", 10, "the refusal")
        self.assertEqual((inside.got, self.delivery(engine)["perhaps_sent"]), ([], False))

    def test_a_tree_and_an_event_are_made_of_a_message(self):
        web = self.web()
        engine = self.forwarding(web, 'content = "json"')
        self.send(engine, [0])
        self.settled(engine, 1)
        tree = json.loads(web.got[0][2])
        pid = next(each for each in tree["segments"] if each["name"] == "PID")
        self.assertEqual(pid["fields"][2], [[["812345"], [""], [""], ["CYP"], ["NI"]]])
        self.assertEqual(tree["segments"][0]["fields"][9], [[[self.delivery(engine)["control_id"]]]])
        self.destination(engine, web, 'content = "event"')
        self.reload(engine)
        self.send(engine, [1])
        self.settled(engine, 2)
        event = json.loads(web.got[1][2])
        message = engine.messages()[0]
        self.assertEqual((event["event_type"], event["data"]["message_id"], event["data"]["message_type"]), ("message_filed", message["id"], "ORU^R01"))
        self.assertEqual(event["patient_id"], message["patient_id"])
        self.assertNotIn("934567", web.got[1][2].decode())

    def test_files_are_whole_once_each_and_in_nobodys_place(self):
        engine = self.forwarding(pathlib.Path("/nowhere"), start=False)
        folder = engine.folder / "drop"
        self.destination(engine, folder, 'file_name = "{date}-{type}-{control_id}.hl7"')
        self.assertIn(f"destination 'ris': there is no folder {folder}: make it", engine.command("check"))
        engine.start()
        self.send(engine, [0])
        until(lambda: self.delivery(engine)["last_code"] == "no-folder", 10, "the folder that is not there")
        folder.mkdir()
        sent = 1
        for _ in range(4):
            self.send(engine, range(sent, sent + 20))
            sent += 20
            time.sleep(random.random() * 0.2)
            engine.kill()
            engine.start()
        self.settled(engine, sent, 90)
        files = sorted(folder.glob("*"))
        self.assertEqual(sorted(number_of(each.read_bytes()) for each in files), list(range(sent)))
        for each in files:
            message = each.read_bytes()
            self.assertTrue(each.name.endswith(f"-ORU_R01-{segment(message, b'MSH')[9].decode()}.hl7"), each.name)
            self.assertTrue(message.endswith(b"\r"))
        self.assertEqual([each for each in folder.iterdir() if each.name.startswith(".")], [])


on_both(Kinds)

if __name__ == "__main__":
    unittest.main()
