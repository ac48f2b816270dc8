"""What is done with goes after its time, bytes before rows, and what waits never does: killed in the middle, by two nodes, on both databases."""
import subprocess
import unittest

from delivery_support import WithReceivers, result
from support import AORTA, on_both, second_engine, until

# Ids begin with the time at which they were made.
AGED = {"hl7_message_log": "id", "hl7_message_keys": "message_id", "delivery": "message_id", "lab_results": "message_id", "lab_result_versions": "message_id",
        "lab_reports": "message_id", "review_queue": "message_id", "waiting_claims": "message_id", "message_search_keys": "message_id"}
NOBODY = "777777"


@on_both
class Retention(WithReceivers):
    def aged(self, engine):
        """As if all that has come had come a year ago."""
        like = "::text" if self.postgres else ""
        for table, column in AGED.items():
            made = f"'0190{'0' * 4}-0000' || substr({column}{like}, 14)"
            engine.execute(f"update {table} set {column} = " + (f"({made})::uuid" if self.postgres else made) + f" where {column} is not null")
        engine.execute("update hl7_message_log set created_at = '2024-06-10T02:35:18.400000Z'")
        engine.execute("update delivery set message_at = '2024-06-10T02:35:18.400000Z' where message_id is not null")

    def keep(self, engine, **days):
        conf = engine.folder / "conf/aorta.toml"
        text = conf.read_text().split("\n[retention]")[0]
        conf.write_text(text + "\n[retention]\n" + "".join(f"{key} = {value}\n" for key, value in days.items()))

    def bytes_left(self, engine):
        return engine.count("hl7_message_log", "raw_message <> ''")

    def filed(self):
        """An engine with ten results that are done with, three whose delivery waits, and one that waits for its patient too."""
        self.to = self.receiver()
        engine = self.forwarding(self.to)
        self.send(engine, range(10))
        self.settled(engine, 10)
        self.assertEqual(engine.get("/api/destinations/ris/pause", None, "POST", b"")[0], 200)
        self.send(engine, range(10, 13))
        self.send(engine, [13], NOBODY)
        self.assertEqual(self.states(engine), {"sent": 10, "waiting": 4})
        self.assertEqual(engine.stop(), 0)
        self.aged(engine)
        return engine

    def run_again(self, engine, path, body=b""):
        status, said = engine.get(path, None, "POST", body)
        return status, said["error"]["code"] if "error" in said else said

    def test_bytes_go_then_rows_and_what_waits_stays(self):
        engine = self.filed()
        results = engine.count("lab_results")
        self.keep(engine, raw_days=30)
        engine.start()
        until(lambda: self.bytes_left(engine) == 4, 60, "the end of ten messages' bytes")
        self.assertEqual(engine.count("hl7_message_log"), 14)
        rows = {row["control_id"]: row for row in engine.messages()}
        gone, waits = rows["M-3"]["id"], rows["M-11"]["id"]
        status, shown = engine.get(f"/api/messages/{gone}")
        self.assertEqual((status, shown["gone"], shown["raw"], shown["segments"]), (200, True, "", []))
        self.assertTrue(shown["trace"])
        self.assertFalse(engine.get(f"/api/messages/{waits}")[1]["gone"])
        self.assertEqual(self.run_again(engine, f"/api/messages/{gone}/reprocess"), (409, "gone"))
        self.assertEqual(self.run_again(engine, f"/api/messages/{gone}/unlink"), (409, "gone"))
        self.assertEqual(self.run_again(engine, f"/api/messages/{gone}/resend", b'{"destination": "ris"}'), (409, "gone"))
        [value] = shown["results"]
        status, why = engine.get(f"/api/results/{value['id']}/why")
        self.assertEqual((status, why["message"]["id"], why["gone"], why["bytes"]), (200, gone, True, []))
        said = self.command(engine, "case", "add", gone, "--name", "one")
        self.assertIn("is kept no more", said)
        said = self.command(engine, "replay", "--from", "2024-06-01T00:00:00Z")
        self.assertIn("4 messages, ", said)
        self.assertIn("what 10 messages said is kept no more", said)
        self.repeated(engine, 3, results)
        self.assertEqual(engine.stop(), 0)
        self.keep(engine, raw_days=30, messages_days=60)
        engine.start()
        until(lambda: engine.count("hl7_message_log", "message_control_id < 'M-2' and processing_status <> 'duplicate'") == 4 and
              engine.count("hl7_message_log", "processing_status <> 'duplicate'") == 4, 60, "the end of ten messages' rows")
        self.assertEqual(engine.get(f"/api/messages/{gone}")[0], 404)
        self.assertEqual(engine.get(f"/api/results/{value['id']}/why")[1]["message"], None)
        self.repeated(engine, 3, results)
        self.assertEqual(engine.get("/api/destinations/ris/resume", None, "POST", b"")[0], 200)
        until(lambda: set(self.to.numbers()) == set(range(14)), 60, "what waited")
        self.assertEqual(sorted(self.to.numbers()), list(range(14)))  # each once, as it came
        self.assertEqual(engine.get(f"/api/messages/{waits}")[1]["raw"].split("\r")[1:], result(11).decode().split("\r")[1:])

    def command(self, engine, *args):
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), *args], env=engine.environment, cwd=engine.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.stdout.decode()

    def repeated(self, engine, n, results):
        before = engine.count("hl7_message_log", "processing_status = 'duplicate'")
        self.send(engine, [n])
        self.assertEqual(engine.count("hl7_message_log", "processing_status = 'duplicate'"), before + 1)
        self.assertEqual((engine.count("lab_results"), engine.count("lab_result_versions")), (results, 0))

    def more(self, engine, times):
        """Each message that is done with as often again, as rows of the log alone."""
        columns = [name for (name,) in engine.rows(
            "select column_name from information_schema.columns where table_name = 'hl7_message_log' order by ordinal_position" if self.postgres else
            "select name from pragma_table_info('hl7_message_log')")]
        rest = ", ".join(c for c in columns if c != "id")
        made = "'01900000-0000-7' || substr({random}, 1, 3) || '-8' || substr({random}, 4, 3) || '-' || substr({random}, 7, 12)"
        made = made.format(random="md5(l.id::text || n)" if self.postgres else "r")
        if self.postgres:
            engine.execute(f"insert into hl7_message_log (id, {rest}) select ({made})::uuid, {rest} from hl7_message_log l, generate_series(1, {times}) n"
                           " where processing_status = 'processed'")
        else:
            engine.execute(f"with recursive s (n) as (select 1 union all select n + 1 from s where n < {times}) insert into hl7_message_log (id, {rest}) "
                           f"select {made}, {rest} from (select lower(hex(randomblob(10))) r, l.* from hl7_message_log l, s where processing_status = 'processed')")

    def test_kills_in_the_middle_lose_nothing_that_waits_and_it_ends(self):
        engine = self.filed()
        self.more(engine, 500)
        results, keys = engine.count("lab_results"), engine.count("hl7_message_keys")
        whole = engine.count("hl7_message_log")
        self.assertGreater(whole, 5000)
        self.keep(engine, raw_days=30, messages_days=30)
        left, kills = whole, 0
        while left > 4 and kills < 4:
            engine.start()
            before = left
            until(lambda: engine.count("hl7_message_log") < before, 60, "progress")
            engine.kill()
            kills += 1
            left = engine.count("hl7_message_log")
        engine.start()
        until(lambda: engine.count("hl7_message_log") == 4, 120, "the end of it")
        self.assertEqual((self.bytes_left(engine), engine.count("lab_results"), engine.count("hl7_message_keys")), (4, results, keys))
        self.assertEqual(engine.get("/api/destinations/ris/resume", None, "POST", b"")[0], 200)
        until(lambda: set(self.to.numbers()) == set(range(14)), 60, "what waited")
        self.repeated(engine, 3, results)

    def test_two_nodes_share_it_and_one_of_them_does_a_clinics(self):
        if not self.postgres:
            self.skipTest("SQLite has one node")
        engine = self.filed()
        self.more(engine, 200)
        self.keep(engine, raw_days=30, messages_days=30)
        engine.start()
        other = second_engine(self, engine)
        until(lambda: engine.count("hl7_message_log") == 4, 120, "the end of it")
        told = engine.log() + other.log()
        self.assertNotIn("retention-failed", told)
        self.assertEqual(engine.count("lease", "destination = 'the retention'"), 1)
        self.assertEqual(self.bytes_left(engine), 4)

    def test_nonsense_is_refused(self):
        engine = self.forwarding(self.receiver(), start=False)
        for said, days in {"longer than messages_days": {"raw_days": 31, "messages_days": 30}, "give raw_days, at most 30": {"messages_days": 30},
                           "retention.raw_days": {"raw_days": -1}, "at most 7": {"raw_days": 0, "messages_days": 7}}.items():
            with self.subTest(**days):
                self.keep(engine, **days)
                self.assertIn(said, self.command(engine, "check"))


if __name__ == "__main__":
    unittest.main()
