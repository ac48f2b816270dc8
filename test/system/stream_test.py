"""What goes on while somebody looks: the stream of how things stand, messages that are tried, work that a person ends; on both databases."""
import http.client
import json
import time
import unittest

from files_test import DEMO, ELENI, FILES, encoded, row
from review_test import Desk, message
from support import Sender, WithStore, ack_code, on_both, until

MARIA = dict(ids="745210^^^CYP^NI", name="CONSTANTINOU^MARIA", born="19660917", sex="F")


class Stream:
    """Server-sent events, as a browser reads them."""

    def __init__(self, engine, key, path="/api/stream"):
        self.connection = http.client.HTTPConnection("127.0.0.1", engine.http, timeout=30)
        self.connection.request("GET", path, headers={"Authorization": f"Bearer {key}", "Accept": "text/event-stream"})
        self.answer = self.connection.getresponse()

    def next(self):
        """The next event's data; None where the stream has ended."""
        kind = data = None
        while True:
            line = self.answer.readline()
            if not line:
                return None
            line = line.decode().rstrip("\n")
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                data = json.loads(line[6:])
            elif not line and kind == "state":
                return data

    def until(self, good):
        for _ in range(60):
            state = self.next()
            assert state is not None, "the stream has ended"
            if good(state):
                return state
        raise AssertionError("it never came")

    def close(self):
        self.answer.close()
        self.connection.close()


@on_both
class Live(WithStore):
    def test_who_looks_on_is_told_what_changes(self):
        engine = self.engine()
        viewer = Desk(engine, "viewer", scope="read")
        stream = Stream(engine, viewer.key)
        self.addCleanup(stream.close)
        self.assertEqual((stream.answer.status, stream.answer.headers["Content-Type"], stream.answer.headers["Content-Length"]), (200, "text/event-stream", None))
        first = stream.next()
        self.assertEqual(first["ready"]["status"], "ready")
        self.assertEqual(first["open"], {"critical": 0, "reviews": 0, "unmapped": 0, "parked": 0})
        self.assertEqual([each["listener"] for each in first["listeners"]], ["lab"])
        self.assertEqual((first["listeners"][0]["ack_ms"], first["certificates"]), (None, []))
        [route] = [each for each in first["routes"] if each["name"] == "lab-results"]
        self.assertEqual(route["counts"]["received"], 0)
        with Sender(engine.port) as lab:
            self.assertEqual(ack_code(lab.ask(message("A-1", order="F-1", **MARIA))), "AA")
            self.assertEqual(ack_code(lab.ask(message("A-2", order="F-2", ids="", name="NOBODY^KNOWN"))), "AA")
            told = stream.until(lambda state: state["open"]["reviews"] == 1 and state["listeners"][0]["ack_ms"] is not None)
            self.assertEqual(told["listeners"][0]["connections"], 1)
        self.assertGreater(told["listeners"][0]["per_second"], 0)
        self.assertGreater(told["listeners"][0]["ack_ms"]["p99"], 0)
        self.assertIsNotNone(told["listeners"][0]["last_at"])
        stream.until(lambda state: state["listeners"][0]["connections"] == 0 and state["listeners"][0]["per_second"] == 0)
        # It tells nothing but counts and names of the configuration.
        self.assertNotIn("NOBODY", json.dumps(told))
        # The figures of INTERFACES that tell the same.
        scraped = engine.get("/metrics")[1]
        self.assertIn('aorta_last_message_timestamp_seconds{listener="lab",sender="BIO"}', scraped)
        self.assertIn('aorta_oldest_unanswered_seconds{route="lab-results"} 0', scraped)
        # A key that is revoked ends it, and so does the engine's end.
        other = Stream(engine, engine.key)
        self.addCleanup(other.close)
        self.assertIsNotNone(other.next())
        engine.command("key", "revoke", "viewer")
        until(lambda: stream.next() is None, what="the end of a revoked key's stream")
        self.assertEqual(engine.stop(), 0)
        until(lambda: other.next() is None, what="the end of a stream")

    def test_only_so_many_look_on_and_who_leaves_makes_room(self):
        engine = self.engine()
        self.assertEqual(engine.get("/api/stream?nonsense=1")[0], 400)
        self.assertEqual(engine.get("/api/stream", key="nobody")[0], 401)
        self.assertEqual(Stream(engine, Desk(engine, "other", scope="read").key).answer.status, 200)
        all_of_them = [Stream(engine, engine.key) for _ in range(16)]  # of one key
        for each in all_of_them:
            self.addCleanup(each.close)
            self.assertIsNotNone(each.next())
        status, told = engine.get("/api/stream")
        self.assertEqual((status, told["error"]["code"]), (503, "busy"))
        all_of_them.pop().close()

        def room():
            one = Stream(engine, engine.key)
            self.addCleanup(one.close)
            return one.answer.status == 200
        until(room, what="room for one more")
        self.assertEqual(engine.get("/ready")[0], 200)


@on_both
class Trial(WithStore):
    def test_a_message_is_tried_by_what_runs_and_by_a_draft(self):
        engine = self.engine()
        boss = Desk(engine, "boss", "boss@clinic.example", scope="admin")
        text = message("T-1", order="F-1", **MARIA).decode()
        status, told = boss.post("/api/config/try", text=text)
        self.assertEqual(status, 200, told)
        [one] = told["items"]
        self.assertEqual((one["route"], one["status"]), ("lab-results", "processed"))
        self.assertEqual(len(engine.messages()), 0)
        # As `aorta try` tells it.
        file = engine.folder / "tried.hl7"
        file.write_text(text)
        alone = json.loads(engine.command("try", "--json", str(file)))
        for each in (alone, one):
            each.pop("ack")  # has its own time and id
        self.assertEqual(alone, one)
        route = "routes/lab-results.toml"
        now = boss.get(f"/api/config/{route}")
        changed = now["running"].replace('chain = ["parse", ', 'chain = ["parse", "edit", ', 1) + '\n[[edit]]\nset = "OBR-20"\nto = "tried"\n'
        put = lambda body: engine.get(f"/api/config/{route}", key=boss.key, method="PUT", body=json.dumps(body).encode())
        status, kept = put({"text": changed, "if": now["draft_hash"]})
        self.assertEqual((status, kept["diagnostics"]), (200, []))
        tried = boss.post("/api/config/try", text=text, draft=True)[1]["items"][0]
        self.assertIn("edit", tried["chain"])
        self.assertEqual(len(tried["edits"]), 1)
        self.assertNotIn("edit", boss.post("/api/config/try", text=text)[1]["items"][0]["chain"])
        # Two at once, nonsense, a draft with faults, and who may not.
        self.assertEqual(boss.post("/api/config/try", text=text + " " * (1 << 20))[0], 413)
        self.assertEqual(len(boss.post("/api/config/try", text=text + message("T-2", order="F-2", **MARIA).decode())[1]["items"]), 2)
        [bad] = boss.post("/api/config/try", text="what is this")[1]["items"]
        self.assertEqual(bad["status"], "failed")
        self.assertEqual(boss.post("/api/config/try")[0], 400)
        self.assertEqual(boss.post("/api/config/try", text=text, route="nowhere")[1]["items"][0]["status"], "failed")
        shown = boss.get(f"/api/config/{route}")
        self.assertEqual(put({"text": changed + "\nsned = 1\n", "if": shown["draft_hash"]})[0], 200)
        status, told = boss.post("/api/config/try", text=text, draft=True)
        self.assertEqual((status, told["error"]["code"]), (422, "not-valid"))
        anna = Desk(engine, "anna", "anna@clinic.example")
        self.assertEqual(anna.post("/api/config/try", text=text)[0], 403)
        self.assertEqual(len(engine.messages()), 0)
        for word in ("CONSTANTINOU", "745210"):
            self.assertNotIn(word, engine.log())


@on_both
class Ended(WithStore):
    def test_a_person_ends_an_import_and_what_it_filed_stays(self):
        engine = self.engine(routes=("lab-files",), extra=FILES, roster=False)
        engine.command("patients", "load", str(DEMO / "patients.csv"))
        boss = Desk(engine, "boss", "boss@clinic.example", scope="admin")
        self.assertEqual(engine.get("/api/routes/lab-files/pause", method="POST", body=b'{"reason": "test"}')[0], 200)
        rows = [row(ELENI, f"F-{n}", "K", "4,1") for n in range(20)]
        status, begun = engine.get("/api/labs/bioanalytica/import", method="POST", body=encoded(*rows))
        self.assertEqual(status, 202, begun)
        job = begun["import"]
        end = lambda key: engine.get(f"/api/jobs/{job}", key=key, method="DELETE")
        self.assertEqual(end(Desk(engine, "program", scope="admin").key)[0], 403)  # no person
        self.assertEqual(end(boss.key)[0], 204)
        self.assertEqual(end(boss.key)[0], 409)
        shown = boss.get(f"/api/imports/{job}")
        self.assertEqual((shown["state"], shown["fault"]), ("cancelled", "a person has ended it"))
        self.assertEqual(engine.get("/api/routes/lab-files/resume", method="POST", body=b'{"reason": "test"}')[0], 200)
        # The next one is taken in hand, and nothing of the one that was ended comes.
        status, begun = engine.get("/api/labs/bioanalytica/import", method="POST", body=encoded(row(ELENI, "G-1", "K", "4,2")))
        self.assertEqual(status, 202, begun)
        until(lambda: boss.get(f"/api/imports/{begun['import']}")["state"] == "done", what="the next import")
        time.sleep(1)  # whatever was still under way would be filed by now
        self.assertEqual(engine.rows("select value_text from lab_results"), [("4,2",)])
        self.assertEqual(end(boss.key)[0], 409)


if __name__ == "__main__":
    unittest.main()
