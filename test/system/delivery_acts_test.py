"""What persons do about deliveries over HTTP: a running engine acts on it at once."""
import json
import signal
import sqlite3
import time
import unittest

from delivery_support import WithReceivers, number_of, result
from support import on_both, segment, until


class Acts(WithReceivers):
    def post(self, engine, path, body=None, key=None, status=200):
        got, answer = engine.get(path, method="POST", key=key, body=json.dumps(body).encode() if body else None)
        self.assertEqual(got, status, answer)
        return answer

    def list(self, engine, query=""):
        status, page = engine.get("/api/deliveries" + query)
        self.assertEqual(status, 200, page)
        return page["items"]

    def shown(self, engine):
        status, page = engine.get("/api/destinations")
        self.assertEqual((status, len(page["items"])), (200, 1), page)
        return page["items"][0]

    def audited(self, engine):
        return engine.rows("select method, resource, outcome from security_audit where method = 'POST' order by resource")

    def test_a_paused_destination_gets_nothing_until_it_is_resumed(self):
        receiver = self.receiver()
        engine = self.forwarding(receiver)
        self.send(engine, range(2))
        self.settled(engine, 2)
        self.post(engine, "/api/destinations/ris/pause")
        time.sleep(0.5)
        self.send(engine, range(2, 6))
        engine.kill()
        engine.start()  # it stays paused
        time.sleep(1)
        self.assertEqual(receiver.numbers(), [0, 1])
        shown = self.shown(engine)
        self.assertEqual((shown["state"], shown["counts"]["waiting"], shown["kind"]), ("paused", 4, "mllp"))
        self.assertTrue(shown["stopped_by"] and shown["stopped_at"])
        begin = time.monotonic()
        self.assertEqual(self.post(engine, "/api/destinations/ris/resume")["state"], "running")
        self.settled(engine, 6)
        self.assertLess(time.monotonic() - begin, 15)  # the killed engine's lease
        self.assertEqual(receiver.numbers(), list(range(6)))
        self.assertEqual([row[:2] for row in self.audited(engine)],
                         [("POST", "/api/destinations/ris/pause"), ("POST", "/api/destinations/ris/resume")])
        self.post(engine, "/api/destinations/lis/pause", status=404)

    def test_a_pause_holds_back_what_has_not_left(self):
        receiver = self.receiver(lambda message: 0.4)
        engine = self.forwarding(receiver)
        self.send(engine, range(20))
        until(lambda: receiver.numbers(), 10, "the first")
        self.post(engine, "/api/destinations/ris/pause")
        until(lambda: not self.list(engine, "?state=inflight"), 10, "what was out")
        gone = len(receiver.numbers())
        self.assertLess(gone, 6)
        time.sleep(1)
        self.assertEqual(len(receiver.numbers()), gone)
        self.post(engine, "/api/destinations/ris/resume")
        self.settled(engine, 20)
        self.assertEqual(receiver.numbers(), list(range(20)))
        self.assertEqual(self.perhaps(engine), set())

    def test_a_parked_delivery_goes_again_at_once_or_never(self):
        refused = {1, 2}
        receiver = self.receiver(lambda message: "AR" if number_of(message) in refused else "AA")
        engine = self.forwarding(receiver, 'on_reject = "hold"')
        self.send(engine, range(1, 6), "812345")
        until(lambda: self.states(engine) == {"parked": 1, "waiting": 4}, 30, "what is held")
        first = self.list(engine, "?state=parked")
        self.assertEqual([(row["last_code"], row["holds"], row["attempts"]) for row in first], [("AR", "key", 1)])
        refused.discard(1)
        begin = time.monotonic()
        self.post(engine, f"/api/deliveries/{first[0]['id']}/retry")
        until(lambda: self.states(engine) == {"sent": 1, "parked": 1, "waiting": 3}, 30, "the next that is held")
        self.assertLess(time.monotonic() - begin, 3)  # not the five seconds of a look at everything
        second = self.list(engine, "?state=parked&destination=ris")[0]
        self.assertEqual(self.post(engine, f"/api/deliveries/{second['id']}/skip")["state"], "skipped")
        self.settled(engine, 4)
        self.assertEqual(receiver.numbers(), [1, 1, 2, 3, 4, 5])
        refusal = self.post(engine, f"/api/deliveries/{first[0]['id']}/retry", status=409)
        self.assertEqual(refusal["error"]["details"], {"state": "sent"})
        refused.clear()
        self.post(engine, f"/api/deliveries/{second['id']}/retry")  # a second thought
        self.settled(engine, 5)
        self.assertEqual(receiver.numbers()[-1], 2)

    def reviews(self, engine, state="open"):
        status, page = engine.get(f"/api/review?kind=delivery-parked&state={state}")
        self.assertEqual(status, 200, page)
        return page["items"]

    def test_a_person_is_asked_once_for_each_patient_whose_deliveries_are_parked(self):
        refused = {1, 2, 3, 11}
        receiver = self.receiver(lambda message: "AR" if number_of(message) in refused else "AA")
        engine = self.forwarding(receiver)
        self.send(engine, range(1, 5), "812345")
        self.send(engine, range(11, 13), "911111")
        until(lambda: self.states(engine) == {"parked": 4, "sent": 2}, 30, "what is refused")
        parked = {number: row for row in self.list(engine, "?state=parked") for number in [self.number_of_row(engine, row)]}
        asked = {each["message_id"]: each for each in self.reviews(engine)}
        self.assertEqual(set(asked), {parked[1]["message_id"], parked[11]["message_id"]})
        first, other = asked[parked[1]["message_id"]], asked[parked[11]["message_id"]]
        self.assertEqual(first["reasons"], [{"where": "ris", "rule": "delivery-parked", "detail":
                                             f"delivery {parked[1]['id']} is parked after 1 attempt, the last one answered AR: retry it, or skip it"}])
        # Whatever the message says when it is run again, its delivery is parked still.
        self.post(engine, f"/api/messages/{first['message_id']}/reprocess")
        self.assertEqual({each["id"] for each in self.reviews(engine)}, {first["id"], other["id"]})
        # Refused again, it is the same question.
        self.post(engine, f"/api/deliveries/{parked[1]['id']}/retry")
        until(lambda: self.states(engine) == {"parked": 4, "sent": 2} and self.list(engine, f"?message_id={first['message_id']}")[0]["attempts"] == 2, 30, "the refusal")
        self.assertEqual(len(self.reviews(engine)), 2)
        refused.clear()
        self.post(engine, f"/api/deliveries/{parked[11]['id']}/retry")
        until(lambda: len(self.reviews(engine)) == 1, 30, "the end of the other's question")
        self.assertEqual([(each["id"], each["action"], each["resolved_by"]) for each in self.reviews(engine, "resolved")], [(other["id"], "sent", None)])
        self.post(engine, f"/api/deliveries/{parked[1]['id']}/retry")
        self.settled(engine, 4)
        self.assertEqual(len(self.reviews(engine)), 1)  # two are parked still
        self.post(engine, f"/api/deliveries/{parked[2]['id']}/skip")
        self.assertEqual(len(self.reviews(engine)), 1)
        self.post(engine, f"/api/deliveries/{parked[3]['id']}/skip")
        self.assertEqual(self.reviews(engine), [])
        self.assertEqual({each["id"]: each["action"] for each in self.reviews(engine, "resolved")}, {first["id"]: "skipped", other["id"]: "sent"})
        self.assertEqual(engine.count("review_queue", "kind = 'delivery-parked'"), 2)

    def number_of_row(self, engine, row):
        _, shown = engine.get(f"/api/messages/{row['message_id']}")
        return number_of(shown["raw"].encode())

    def test_what_waits_for_its_time_goes_at_once(self):
        receiver = self.receiver(lambda message: "AE" if len(receiver.got) == 1 else "AA")
        engine = self.forwarding(receiver, start=False)
        path = engine.folder / "conf/destinations/ris.toml"
        path.write_text(path.read_text().replace("[1, 1, 2]", "[600]"))
        engine.start()
        self.send(engine, [1])
        until(lambda: self.list(engine)[0]["attempts"] == 1 and self.list(engine)[0]["next_at"], 30, "the first attempt")
        self.post(engine, f"/api/deliveries/{self.list(engine)[0]['id']}/retry")
        self.settled(engine, 1, 5)

    def test_a_receiver_that_is_away_is_tried_at_once_when_a_person_asks(self):
        receiver = self.receiver()
        port = receiver.port
        receiver.close()
        engine = self.forwarding(f"127.0.0.1:{port}", start=False)
        path = engine.folder / "conf/destinations/ris.toml"
        path.write_text(path.read_text().replace("[1, 1, 2]", "[1, 1, 1, 1, 600]"))
        engine.start()
        self.send(engine, [1])
        until(lambda: self.list(engine)[0]["attempts"] >= 5, 30, "the long pause")
        receiver.listen(port)
        self.post(engine, f"/api/deliveries/{self.list(engine)[0]['id']}/retry")
        self.settled(engine, 1, 5)

    def test_a_message_is_passed_on_once_more_as_its_route_writes_it_today(self):
        receiver = self.receiver()
        engine = self.forwarding(receiver)
        self.send(engine, [1])
        self.settled(engine, 1)
        message = engine.messages()[0]["id"]
        made = self.post(engine, f"/api/messages/{message}/resend", {"destination": "ris"})
        self.assertTrue(made["resent"])
        self.settled(engine, 2)
        self.assertEqual(receiver.numbers(), [1, 1])
        ids = [segment(sent, b"MSH")[9] for _, sent in receiver.got]
        self.assertNotEqual(ids[0], ids[1])
        self.assertEqual(ids[1].decode(), made["control_id"])
        route = engine.folder / "conf/routes/lab-results.toml"
        route.write_text(route.read_text().replace('"parse", "accept"', '"parse", "edit", "accept"') +
                         '\n[[edit]]\nset = "PID-8"\nto = "F"\n')
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: " reloaded " in engine.log(), 10, "the reload")
        self.post(engine, f"/api/messages/{message}/resend", {"destination": "ris"})
        self.settled(engine, 3)
        self.assertEqual(segment(receiver.got[2][1], b"PID")[8], b"F")
        self.assertEqual(engine.count("lab_results"), 1)
        self.assertEqual(engine.count("hl7_message_log"), 1)
        _, shown = engine.get(f"/api/messages/{message}")
        self.assertEqual(sorted(row["resent"] for row in shown["deliveries"]), [False, True, True])
        self.assertEqual({row["id"] for row in self.list(engine, f"?message_id={message}")}, {row["id"] for row in shown["deliveries"]})
        self.post(engine, f"/api/messages/{message}/resend", {"destination": "lis"}, status=404)
        self.post(engine, f"/api/messages/{message}/resend", {}, status=400)
        patients = engine.rows("select count(*) from security_audit where resource like '%/resend#ris' and patient_id is not null")
        self.assertEqual(patients, [("2",)])

    def test_a_key_of_another_clinic_sees_nothing_and_one_that_reads_changes_nothing(self):
        receiver = self.receiver(lambda message: "AR")
        engine = self.forwarding(receiver)
        self.send(engine, [1])
        until(lambda: self.states(engine) == {"parked": 1}, 30, "the parked one")
        row = self.list(engine)[0]
        text = (engine.folder / "conf/aorta.toml").read_text()
        (engine.folder / "conf/aorta.toml").write_text(text + '\n[clinic.SIDE]\nname = "Side"\n')
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: " reloaded " in engine.log(), 10, "the reload")
        side = engine.command("key", "create", "--name", "side", "--scope", "admin", "--clinic", "SIDE").split()[-1]
        reads = engine.command("key", "create", "--name", "reads", "--scope", "read").split()[-1]
        self.assertEqual(engine.get("/api/deliveries", key=side)[1]["items"], [])
        self.assertEqual(engine.get("/api/destinations", key=side)[1]["items"], [])
        self.post(engine, f"/api/deliveries/{row['id']}/skip", key=side, status=404)
        self.post(engine, "/api/destinations/ris/pause", key=side, status=404)
        self.post(engine, f"/api/messages/{row['message_id']}/resend", {"destination": "ris"}, key=side, status=404)
        self.post(engine, f"/api/deliveries/{row['id']}/skip", key=reads, status=403)
        self.assertEqual(self.list(engine)[0]["state"], "parked")

    def test_what_was_sent_goes_after_its_time_and_what_is_parked_stays(self):
        receiver = self.receiver(lambda message: "AR" if number_of(message) == 1 else "AA")
        engine = self.forwarding(receiver)
        self.send(engine, range(3))
        until(lambda: self.states(engine) == {"sent": 2, "parked": 1}, 30, "the outcomes")
        self.assertEqual(engine.stop(), 0)
        for n, (id,) in enumerate(engine.rows("select id from delivery where state <> 'waiting'")):
            self.change(engine, f"update delivery set id = '01890000-0000-7000-8000-00000000000{n}', changed_at = '2026-01-01T00:00:00.000000Z' where id = '{id}'")
        engine.start()
        time.sleep(1)
        self.assertEqual(self.states(engine), {"sent": 2, "parked": 1})  # nothing says for how long
        self.assertEqual(engine.stop(), 0)
        conf = engine.folder / "conf/aorta.toml"
        conf.write_text(conf.read_text() + "\n[retention]\ndeliveries_days = 30\n")
        engine.start()
        until(lambda: self.states(engine) == {"parked": 1}, 10, "the old rows' end")

    def change(self, engine, sql):
        if self.postgres:
            self.postgres.sql(sql, engine.database)
        else:
            with sqlite3.connect(engine.folder / "aorta.db", timeout=30) as db:
                db.execute(sql)

    def test_deliveries_come_in_pages_the_newest_first(self):
        receiver = self.receiver()
        engine = self.forwarding(receiver)
        self.send(engine, range(7))
        self.settled(engine, 7)
        seen, cursor = [], ""
        while True:
            status, page = engine.get(f"/api/deliveries?limit=3&cursor={cursor}")
            self.assertEqual(status, 200, page)
            seen += [row["id"] for row in page["items"]]
            cursor = page["next"]
            if not cursor:
                break
        self.assertEqual(len(seen), 7)
        self.assertEqual(seen, sorted(seen, reverse=True))


on_both(Acts)

if __name__ == "__main__":
    unittest.main()
