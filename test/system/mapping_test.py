"""A code that nobody knows: suggested, mapped by a person, and what waited for it run again; on both databases."""
import signal
import time
import concurrent.futures
import json
import re
import signal
import time
import unittest
import urllib.parse
import urllib.request

from review_test import Desk, message, unknown_unit
from support import Sender, WithStore, ack_code, on_both, until

MARIA = dict(ids="745210^^^CYP^NI", name="CONSTANTINOU^MARIA", born="19660917", sex="F")
GLUCOSE = "GLYC^Γλυκόζη^L||5,2|mmol/L|3,9-6,1|N"


@on_both
class Mapping(WithStore):
    def start(self, **how):
        engine = self.engine(**how)
        self.anna = Desk(engine, "anna", "anna@clinic.example")
        self.bob = Desk(engine, "bob", "bob@clinic.example")
        self.tool = Desk(engine, "tool")
        return engine

    def send(self, engine, count, obx=GLUCOSE, prefix="G"):
        with Sender(engine.port) as lab:
            for n in range(count):
                reply = lab.ask(message(f"{prefix}-{n}", order=f"F-{prefix}{n}", obx=obx, **MARIA))
                self.assertEqual(ack_code(reply), "AA")

    def ended(self, run, key=None):
        def look():
            shown = self.anna.get(f"/api/reprocess/{run}")
            return shown if shown["state"] != "running" else None
        return until(look, 60, "the end of the run")

    def reload(self, engine):
        before = engine.log().count(" reloaded ")
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: engine.log().count(" reloaded ") > before, 10, "the reload")

    def profile(self, engine):
        return engine.folder / "conf/labs/bioanalytica.toml"

    def test_a_code_is_suggested_mapped_and_what_waited_is_run_again(self):
        engine = self.start()
        self.send(engine, 20)
        self.send(engine, 1, obx="ZZZ^Nobody knows^L||1|mmol/L||", prefix="Z")
        items = {i["code"]: i for i in self.anna.get("/api/unmapped")["items"]}
        glyc = items["GLYC"]
        self.assertEqual((glyc["count"], glyc["profile"], glyc["mapped_to"]), (20, "bioanalytica", None))
        self.assertEqual(len(glyc["examples"]), 5)
        self.assertEqual({(e["value"], e["unit"], e["range"]) for e in glyc["examples"]}, {("5,2", "mmol/L", "3,9-6,1")})
        best = glyc["suggestions"][0]
        self.assertEqual((best["loinc"], best["unit"], best["contradictions"]), ("2345-7", "mg/dL", []))
        self.assertIn("'mmol/L' is a unit of it", best["evidence"])
        self.assertEqual(items["ZZZ"]["suggestions"], [])

        before = self.profile(engine).read_text()
        wish = dict(lab="bioanalytica", code="GLYC", loinc=best["loinc"])
        self.assertEqual(self.tool.post("/api/unmapped/map", **wish)[0], 403)
        status, would = self.anna.post("/api/unmapped/map?dry_run=true", **wish)
        self.assertEqual((status, would["messages"], would["reprocess"]), (200, 20, None))
        self.assertTrue(would["text"].startswith('GLYC = "2345-7"  # '), would)
        self.assertEqual(self.profile(engine).read_text(), before)

        status, done = self.anna.post("/api/unmapped/map", reason="read on the analyser", **wish)
        self.assertEqual((status, done["messages"], done["line"]), (202, 20, would["line"]))
        after = self.profile(engine).read_text().splitlines()
        self.assertEqual(after[done["line"] - 1], done["text"])
        self.assertEqual([line for line in after if line != done["text"]], before.splitlines())
        self.assertIn("anna@clinic.example", done["text"])
        shown = self.ended(done["reprocess"])
        self.assertEqual((shown["state"], shown["messages"], shown["done"], shown["verdicts"]), ("done", 20, 20, {"changed": 20}))
        self.assertEqual(shown["results_changed"], 20)
        self.assertEqual({(i["verdict"], i["results"]) for i in shown["items"]}, {("changed", 1)})
        rows = engine.rows("SELECT loinc_code, unit, value_text, version, result_status FROM lab_results WHERE test_code = 'GLYC'")
        self.assertEqual({tuple(str(c) for c in row) for row in rows}, {("2345-7", "mg/dL", "93.7", "2", "final")})  # the laboratory corrected nothing
        self.assertEqual([i["code"] for i in self.anna.get("/api/unmapped")["items"]], ["ZZZ"])
        # The next one comes mapped, and nothing is run twice.
        self.send(engine, 1, prefix="N")
        self.assertEqual(engine.count("lab_results", "test_code = 'GLYC' AND loinc_code = '2345-7'"), 21)
        # From the line to its values, and from a value to its line.
        rule = "/api/rules/bioanalytica:GLYC/results"
        first = self.anna.get(f"{rule}?limit=15")
        rest = self.anna.get(f"{rule}?limit=15&cursor={first['next']}")
        both_pages = first["items"] + rest["items"]
        self.assertEqual((len(first["items"]), len(rest["items"]), rest["next"], {each["loinc_code"] for each in both_pages}), (15, 6, None, {"2345-7"}))
        self.assertEqual(len({each["id"] for each in both_pages}), 21)
        self.assertEqual(self.anna.get(f"/api/results/{both_pages[0]['id']}/why")["row"]["rule"], "bioanalytica:GLYC")
        self.assertEqual(self.anna.get(f"{rule}?from=2030-01-01T00:00:00Z")["items"], [])
        for status, path in ((404, "/api/rules/nobody:K/results"), (404, "/api/rules/x/results"), (400, f"{rule}?from=yesterday"), (400, f"{rule}?since=x")):
            self.assertEqual(engine.get(path, key=self.anna.key)[0], status, path)
        status, again = self.anna.post("/api/reprocess", lab="bioanalytica", code="GLYC")
        shown = self.ended(again["reprocess"])
        self.assertEqual((status, shown["verdicts"], shown["results_changed"]), (202, {"unchanged": 21}, 0))

    def test_a_wish_that_cannot_be_is_refused_and_changes_nothing(self):
        engine = self.start()
        self.send(engine, 1)
        before = self.profile(engine).read_text()
        ask = lambda **body: self.anna.post("/api/unmapped/map", **body)
        for status, code, body in ((400, "bad-body", dict(lab="bioanalytica")),
                                   (400, "bad-body", dict(code="GLYC", loinc="2345-7")),
                                   (400, "bad-body", dict(lab="bioanalytica", code="GLYC")),
                                   (400, "bad-body", dict(lab="bioanalytica", code="GLYC", loinc="2345-7", ucum="mg/dL")),
                                   (400, "bad-body", dict(lab="bioanalytica", unit="pieces", loinc="2345-7", ucum="mg/dL")),
                                   (400, "bad-body", dict(lab="bioanalytica", code="GLYC", loinc="2345-7", colour="red")),
                                   (404, "not-found", dict(lab="nobody", code="GLYC", loinc="2345-7")),
                                   (404, "not-found", dict(lab="../aorta", code="GLYC", loinc="2345-7")),
                                   (422, "not-mapped", dict(lab="bioanalytica", code="GLYC", loinc="2345-8")),
                                   (422, "not-mapped", dict(lab="bioanalytica", code="GLYC", loinc="2345-7", unit="nonsense")),
                                   (422, "not-mapped", dict(lab="bioanalytica", unit="pieces", ucum="pieces")),
                                   (409, "mapped-before", dict(lab="bioanalytica", code="K", loinc="2823-3"))):
            answer = ask(**body)
            self.assertEqual((answer[0], answer[1]["error"]["code"]), (status, code), (body, answer))
        self.assertIn("line ", answer[1]["error"]["details"]["where"])
        self.assertEqual(self.profile(engine).read_text(), before)
        self.assertEqual(self.anna.get("/api/reprocess")["items"], [])
        for status, body in ((400, {}), (400, dict(code="GLYC")), (400, dict(status="received")), (404, dict(lab="nobody")),
                             (400, dict(lab="bioanalytica", since="2026-01-01")), (400, dict(lab="bioanalytica", **{"from": "yesterday"}))):
            self.assertEqual(self.anna.post("/api/reprocess", **body)[0], status, body)
        self.assertEqual(self.tool.post("/api/reprocess", lab="bioanalytica")[0], 403)
        self.assertEqual(self.anna.post("/api/reprocess?dryrun=true", lab="bioanalytica")[0], 400)
        # What else is wrong with the configuration keeps the line out too: the engine runs on as it did.
        route = engine.folder / "conf/routes/broken.toml"
        route.write_text("[route]\nnme = 'x'\n")
        answer = ask(lab="bioanalytica", code="GLYC", loinc="2345-7")
        self.assertEqual((answer[0], answer[1]["error"]["code"]), (422, "not-mapped"))
        self.assertIn("broken.toml", answer[1]["error"]["details"]["where"])
        self.assertEqual(self.profile(engine).read_text(), before)
        route.unlink()
        # A person's own change of the files is theirs to publish.
        other = engine.folder / "conf/labs/yiannoukas.toml"
        other.write_text(other.read_text() + "\n# mine\n")
        answer = ask(lab="bioanalytica", code="GLYC", loinc="2345-7")
        self.assertEqual((answer[0], answer[1]["error"]["code"]), (422, "not-mapped"))
        self.assertIn("SIGHUP", answer[1]["error"]["message"])
        self.assertEqual(self.profile(engine).read_text(), before)
        self.reload(engine)
        self.assertEqual(ask(lab="bioanalytica", code="GLYC", loinc="2345-7")[0], 202)

    def test_of_two_people_the_first_counts(self):
        engine = self.start()
        self.send(engine, 3)
        wish = dict(lab="bioanalytica", code="GLYC", loinc="2345-7")
        self.send(engine, 1, prefix="B")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda who: who.post("/api/unmapped/map", **wish), [self.anna, self.bob] * 2))
        self.assertEqual(sorted(a[0] for a in answers), [202, 409, 409, 409], answers)
        self.assertEqual(self.profile(engine).read_text().count("GLYC"), 1)

    def test_a_unit_is_mapped_and_its_review_settles(self):
        engine = self.start()
        with Sender(engine.port) as lab:
            self.assertEqual(ack_code(lab.ask(unknown_unit())), "AA")
        review = self.anna.get("/api/review")["items"][0]
        self.assertEqual(review["kind"], "unknown-unit")
        wish = dict(lab="bioanalytica", unit="pieces", ucum="mg/dL")
        self.assertEqual(self.anna.post("/api/unmapped/map?dry_run=true", **wish)[1]["messages"], 1)
        status, done = self.anna.post("/api/unmapped/map", **wish)
        self.assertEqual(status, 202, done)
        self.assertEqual(self.ended(done["reprocess"])["verdicts"], {"changed": 1})
        self.assertEqual(self.anna.get("/api/review")["items"], [])
        self.assertEqual(self.anna.get(f"/api/review/{review['id']}")["state"], "resolved")

    def test_many_are_rehearsed_first_and_then_run(self):
        engine = self.start()
        self.send(engine, 30)
        self.send(engine, 2, obx="K^Potassium^L||4.4|mmol/L|3.5-5.1|N", prefix="K")
        lab = self.profile(engine)
        lab.write_text(lab.read_text().replace('K = "2823-3"', 'GLYC = "2345-7"\nK = "6298-4"'))
        self.reload(engine)
        # By a program, since it changes nothing.
        status, asked = self.tool.post("/api/reprocess?dry_run=true", lab="bioanalytica")
        would = self.ended(asked["reprocess"])
        self.assertEqual((status, would["dry_run"], would["verdicts"], would["results_would_change"]), (202, True, {"changed": 32}, 32))
        self.assertEqual(engine.count("lab_results", "version > 1"), 0)
        status, asked = self.anna.post("/api/reprocess", lab="bioanalytica", code="K", reason="whole blood")
        self.assertEqual(self.ended(asked["reprocess"])["verdicts"], {"changed": 2})
        self.assertEqual(engine.count("lab_results", "version > 1 AND loinc_code = '6298-4'"), 2)
        self.assertEqual(engine.count("lab_result_versions"), 2)
        status, asked = self.anna.post("/api/reprocess", route="lab-results", status="processed")
        self.assertEqual(self.ended(asked["reprocess"])["verdicts"], {"changed": 30, "unchanged": 2})
        status, asked = self.anna.post("/api/reprocess", lab="bioanalytica", **{"from": "2100-01-01T00:00:00Z"})
        self.assertEqual((self.ended(asked["reprocess"])["messages"], engine.count("lab_result_versions")), (0, 32))
        self.assertEqual(len(self.anna.get("/api/reprocess")["items"]), 4)
        self.assertEqual(engine.get(f"/api/jobs/{asked['reprocess']}")[1]["kind"], "reprocess")

    def test_what_is_run_again_without_a_difference_stays_as_it_is(self):
        engine = self.start()
        self.send(engine, 1, obx="K^Potassium^L||6.9|mmol/L|3.5-5.1|HH", prefix="C")
        later = message("L-1", order="F-C0", obx="K^Potassium^L||4.4|mmol/L|3.5-5.1|N", **MARIA).replace(b"20261120083000", b"20261120093000")
        with Sender(engine.port) as lab:
            self.assertEqual(ack_code(lab.ask(later)), "AA")
        engine.execute("UPDATE lab_results SET verified_by = 1, verified_at = '2026-11-20 10:00:00Z'")
        tables = ("lab_results", "lab_result_versions", "event_outbox", "review_queue", "critical_alert")
        before = {t: engine.count(t) for t in tables}
        self.assertEqual(before["lab_result_versions"], 1)
        for _ in range(2):
            for each in engine.messages():
                self.assertEqual(engine.get(f"/api/messages/{each['id']}/reprocess", method="POST", body=b"")[0], 200)
        self.assertEqual({t: engine.count(t) for t in tables}, before)
        self.assertEqual(engine.count("lab_results", "version = 2 AND verified_by = 1 AND verified_at IS NOT NULL"), 1)

    def test_who_goes_back_to_an_earlier_reading_gets_it(self):
        engine = self.start()
        self.send(engine, 1, obx="K^Potassium^L||4.4|mmol/L|3.5-5.1|N", prefix="K")
        lab = self.profile(engine)
        for code, version in (("6298-4", 2), ("2823-3", 3)):
            lab.write_text(re.sub('\nK = "[^"]*"', f'\nK = "{code}"', lab.read_text()))
            self.reload(engine)
            asked = self.anna.post("/api/reprocess", lab="bioanalytica", code="K")[1]
            self.assertEqual(self.ended(asked["reprocess"])["verdicts"], {"changed": 1})
            self.assertEqual(engine.count("lab_results", f"loinc_code = '{code}' AND version = {version}"), 1)

    def test_of_two_reports_of_one_time_the_later_one_stands(self):
        engine = self.start()
        tie = lambda control, value: message(control, order="F-T", obx=f"GLYC^Glucose^L||{value}|mmol/L||N", **MARIA)
        with Sender(engine.port) as lab:
            self.assertEqual(ack_code(lab.ask(tie("T-1", "5,2"))), "AA")
            self.assertEqual(ack_code(lab.ask(tie("T-2", "6,2"))), "AA")
        first = [m for m in engine.messages() if m["control_id"] == "T-1"][0]
        before = engine.rows("SELECT value_text FROM lab_results")
        self.anna.post("/api/unmapped/map", lab="bioanalytica", code="GLYC", loinc="2345-7")
        until(lambda: self.anna.get("/api/reprocess")["items"][0]["state"] == "done", 30, "the run")
        self.assertEqual(engine.get(f"/api/messages/{first['id']}/reprocess", method="POST", body=b"")[0], 200)
        after = engine.rows("SELECT value_text, loinc_code FROM lab_results")
        self.assertEqual((before[0][0], after[0][1]), ("6,2", "2345-7"))
        self.assertTrue(str(after[0][0]).startswith("111"), after)  # 6.2 mmol/L

    def test_a_profile_of_several_clinics_is_for_a_key_of_all_of_them(self):
        engine = self.engine()
        self.assertEqual(engine.stop(), 0)
        with (engine.folder / "conf/aorta.toml").open("a") as conf:
            conf.write('[clinic.OTHER]\nname = "Another one"\n[listener.other]\nlisten = "127.0.0.1:0"\n')
        (engine.folder / "conf/routes/other.toml").write_text("""[route]
name = "other"
clinic = "OTHER"
from = ["other"]
accept = ["ORU^R01"]
chain = ["parse", "map-lab", "match-patient", "persist", "ack"]
labs = ["bioanalytica"]
""")
        engine.start()
        self.anna = Desk(engine, "anna", "anna@clinic.example")
        self.send(engine, 1)
        key = engine.command("key", "create", "--name", "own", "--scope", "write", "--scope", "read", "--clinic", "MAIN", "--user", "own@clinic.example").split()[-1]
        wish = json.dumps(dict(lab="bioanalytica", code="GLYC", loinc="2345-7")).encode()
        status, answer = engine.get("/api/unmapped/map", key=key, method="POST", body=wish)
        self.assertEqual((status, answer["error"]["code"]), (403, "shared-profile"))
        status, answer = engine.get("/api/unmapped/map?clinic=MAIN", key=self.anna.key, method="POST", body=wish)
        self.assertEqual(status, 202, answer)
        self.assertEqual(self.ended(answer["reprocess"])["verdicts"], {"changed": 1})
        self.assertEqual(len(self.anna.get("/api/reprocess?clinic=OTHER")["items"]), 1)

    def test_why_tells_the_bytes_the_rules_and_the_people(self):
        engine = self.start()
        data = message("W-1", order="F-W", obx="CREAT^Κρεατινίνη^L||88,4|umol/L|60-110|N", **MARIA)
        with Sender(engine.port) as lab:
            self.assertEqual(ack_code(lab.ask(data)), "AA")
        row = engine.rows("SELECT id FROM lab_results")[0][0]
        why = self.anna.get(f"/api/results/{row}/why")
        self.assertEqual((why["segment"], why["result"]["loinc_code"], why["message"]["control_id"]), ("OBX[1]", "2160-0", "W-1"))
        for each in why["bytes"]:
            self.assertEqual(data[each["offset"]:each["offset"] + each["length"]].decode(), each["text"], each)
        said = {each["where"]: each["text"] for each in why["bytes"]}
        self.assertEqual((said["OBX[1]-5"], said["OBX[1]-6"], said["OBR[1]-3"]), ("88,4", "umol/L", "F-W"))
        rules = {(each["where"], each["rule"]) for each in why["rules"]}
        self.assertIn(("OBX[1]-3", "code"), rules)
        line = self.profile(engine).read_text().splitlines()[why["row"]["line"] - 1]
        self.assertTrue(line.startswith('CREAT = "2160-0"'), line)
        self.assertEqual((why["row"]["file"], why["row"]["loinc"]), ("labs/bioanalytica.toml", "2160-0"))
        self.assertEqual(why["patient"]["rule"], "cyprus-id")
        self.assertEqual([(v["version"], v["current"]) for v in why["versions"]], [(1, True)])
        self.assertEqual(engine.get("/api/results/00000000-0000-7000-8000-000000000000/why", key=self.anna.key)[0], 404)
        self.assertEqual(engine.get("/api/results/x/why", key=self.anna.key)[0], 404)
        # Names and numbers of the patient are in none of it but the bytes of the result.
        self.assertNotIn("745210", str(why))

    def test_a_run_that_is_killed_goes_on(self):
        engine = self.start()
        with Sender(engine.port) as lab:
            for n in range(400):
                lab.write(message(f"G-{n}", order=f"F-G{n}", obx=GLUCOSE, **MARIA))
            for n in range(400):
                self.assertEqual(ack_code(lab.read()), "AA")
        status, done = self.anna.post("/api/unmapped/map", lab="bioanalytica", code="GLYC", loinc="2345-7")
        self.assertEqual(status, 202, done)
        for _ in range(2):
            time.sleep(0.4)
            engine.kill()
            engine.start()
        shown = self.ended(done["reprocess"])
        self.assertEqual((shown["messages"], shown["done"]), (400, 400))
        self.assertEqual(engine.count("lab_results", "loinc_code = '2345-7' AND version = 2"), 400)
        self.assertEqual(engine.count("lab_result_versions"), 400)
        items, cursor = [], ""
        while cursor is not None:
            page = self.anna.get(f"/api/reprocess/{done['reprocess']}?cursor={cursor}" if cursor else f"/api/reprocess/{done['reprocess']}")
            items += page["items"]
            cursor = page["next"]
        self.assertEqual(len({i["message_id"] for i in items}), 400)

    def test_profiles_are_read_changed_and_their_history_is_kept(self):
        engine = self.start()
        boss = Desk(engine, "boss", "boss@clinic.example", scope="admin")
        put = lambda desk, lab, query="", **body: engine.get(f"/api/labs/{lab}{query}", key=desk.key, method="PUT", body=json.dumps(body).encode())
        labs = {each["lab"]: each for each in self.anna.get("/api/labs")["items"]}
        self.assertEqual((labs["bioanalytica"]["code"], labs["bioanalytica"]["changed_by"]), ("BIO", None))
        shown = self.anna.get("/api/labs/bioanalytica")
        before = self.profile(engine).read_text()
        self.assertEqual((shown["text"], {each["by"] for each in shown["versions"]} - {None}), (before, set()))
        text = before.replace('K = "2823-3"', 'K = "6298-4"')
        self.assertEqual(put(self.anna, "bioanalytica", text=text, **{"if": shown["hash"]})[0], 403)
        status, answer = put(boss, "bioanalytica", text=text.replace("6298-4", "6298-5"), **{"if": shown["hash"]})
        self.assertEqual((status, answer["error"]["code"], answer["diagnostics"][0]["level"]), (422, "not-valid", "error"))
        status, told = put(boss, "bioanalytica", "?dry_run=true", text=text.replace("6298-4", "6298-5"), **{"if": shown["hash"]})
        self.assertEqual((status, told["diagnostics"]), (200, answer["diagnostics"]))
        line = text.splitlines()[answer["diagnostics"][0]["line"] - 1]
        self.assertTrue(line.startswith('K = '), line)
        self.assertEqual(put(boss, "bioanalytica", text=text)[0], 409)
        status, answer = put(boss, "bioanalytica", "?dry_run=true", text=text, **{"if": shown["hash"]})
        self.assertEqual((status, answer["dry_run"], self.profile(engine).read_text()), (200, True, before))
        status, answer = put(boss, "bioanalytica", text=text, reason="whole blood", **{"if": shown["hash"]})
        self.assertEqual((status, answer["dry_run"], self.profile(engine).read_text()), (200, False, text))
        self.send(engine, 1, obx="K^Potassium^L||4.4|mmol/L|3.5-5.1|N", prefix="K")
        self.assertEqual(engine.count("lab_results", "loinc_code = '6298-4'"), 1)
        self.assertEqual(self.anna.post("/api/unmapped/map", lab="bioanalytica", code="GLYC", loinc="2345-7")[0], 202)
        shown = self.anna.get("/api/labs/bioanalytica")
        self.assertEqual([(each["by"], each["current"]) for each in shown["versions"]],
                         [("anna@clinic.example", True), ("boss@clinic.example", False), (None, False)])
        old = self.anna.get(f"/api/labs/bioanalytica?version={shown['versions'][2]['hash']}")
        self.assertEqual(old["text"], before)
        self.assertEqual(put(boss, "bioanalytica", text=old["text"], **{"if": shown["hash"]})[0], 200)
        self.assertEqual(self.profile(engine).read_text(), before)
        # One that no route names is made and deleted; one that a route names stays.
        new = '[lab]\nname = "New"\ncode = "NEW"\n'
        self.assertEqual(put(boss, "../aorta", text=new)[0], 404)
        self.assertEqual(put(boss, "New", text=new)[0], 400)
        status, made = put(boss, "new-lab", text=new)
        self.assertEqual((status, (engine.folder / "conf/labs/new-lab.toml").read_text()), (200, new))
        drop = lambda lab, of: engine.get(f"/api/labs/{lab}?if={of}", key=boss.key, method="DELETE")[0]
        self.assertEqual((drop("new-lab", "x"), drop("new-lab", made["hash"])), (409, 204))
        self.assertFalse((engine.folder / "conf/labs/new-lab.toml").exists())
        self.assertEqual(drop("bioanalytica", self.anna.get("/api/labs/bioanalytica")["hash"]), 422)

    def test_keys_are_made_and_revoked_and_nobody_makes_anothers(self):
        engine = self.start()
        boss = Desk(engine, "boss", "boss@clinic.example", scope="admin")
        ask = lambda method, path, **body: engine.get(path, key=boss.key, method=method, body=json.dumps(body).encode() if body else None)
        status, made = ask("POST", "/api/keys", name="reader", scopes=["read"])
        self.assertEqual(status, 201, made)
        self.assertEqual(engine.get("/api/messages", key=made["secret"])[0], 200)
        self.assertEqual(engine.get("/api/keys", key=made["secret"])[0], 403)
        self.assertEqual(ask("POST", "/api/keys", name="reader", scopes=["read"])[0], 409)
        self.assertEqual(ask("POST", "/api/keys", name="other", scopes=["all"])[0], 400)
        self.assertEqual(ask("POST", "/api/keys", name="as-anna", scopes=["write"], user="anna@clinic.example")[0], 403)
        self.assertEqual(ask("POST", "/api/keys", name="mine", scopes=["write"], user="boss@clinic.example")[0], 201)
        listed = {each["name"]: each for each in ask("GET", "/api/keys")[1]["items"]}
        self.assertEqual((listed["mine"]["user"], listed["reader"]["scopes"]), ("boss@clinic.example", ["read"]))
        self.assertNotIn(made["secret"], str(listed))
        self.assertEqual(ask("DELETE", f"/api/keys/{made['id']}")[0], 204)
        self.assertEqual(ask("DELETE", f"/api/keys/{made['id']}")[0], 409)
        until(lambda: engine.get("/api/messages", key=made["secret"])[0] == 401, 5, "that the key is revoked")
        # Of a clinic's own key nothing of others is seen, and none is made for them.
        own = engine.command("key", "create", "--name", "own", "--scope", "admin", "--clinic", "MAIN").split()[-1]
        names = {each["name"] for each in engine.get("/api/keys", key=own)[1]["items"]}
        self.assertEqual(names, {"own"})
        status, bound = engine.get("/api/keys", key=own, method="POST", body=json.dumps(dict(name="bound", scopes=["admin"])).encode())
        self.assertEqual((status, engine.count("api_keys", "name = 'bound' AND clinic_id IS NOT NULL")), (201, 1))
        self.assertEqual(engine.get(f"/api/keys/{listed['mine']['id']}", key=own, method="DELETE")[0], 404)

    def test_a_key_ends_at_its_time_and_shows_when_it_was_used(self):
        engine = self.start()
        far, further = "2099-01-01T00:00:00Z", "2099-01-02T00:00:00Z"
        short = engine.command("key", "create", "short", "--scope", "admin", "--expires", far).split()[-1]
        for wrong in ("2020-01-01T00:00:00Z", "soon"):
            with self.assertRaisesRegex(AssertionError, "--expires"):
                engine.command("key", "create", "wrong", "--scope", "read", "--expires", wrong)
        listed = lambda: {each["name"]: each for each in engine.get("/api/keys")[1]["items"]}
        self.assertEqual((listed()["short"]["expires_at"], listed()["short"]["last_used_at"]), (far, None))
        self.assertIn(f"valid until {far}\tunused\n", engine.command("key", "list"))
        self.assertEqual(engine.get("/api/messages", key=short)[0], 200)
        self.assertEqual(engine.get("/fhir/r4/Patient?_count=1", key=short)[0], 200)
        self.assertGreater(listed()["short"]["last_used_at"], listed()["short"]["created_at"])
        self.assertIn("\tused 20", engine.command("key", "list"))
        make = lambda **body: engine.get("/api/keys", key=short, method="POST", body=json.dumps(dict(scopes=["read"], **body)).encode())
        self.assertEqual([make(name=name, expires_at=at)[0] for name, at in (("a", far), ("b", further), ("c", "2020-01-01"), ("d", "soon"))], [201, 403, 400, 400])
        status, heir = make(name="heir")
        self.assertEqual((status, listed()["heir"]["expires_at"], listed()["a"]["expires_at"]), (201, far, far))
        session = urllib.request.Request(f"http://127.0.0.1:{engine.http}/api/session", json.dumps(dict(key=short)).encode(), {"X-Aorta": "console"})
        with urllib.request.urlopen(session, timeout=60) as answer:
            cookie = answer.headers["Set-Cookie"].split(";")[0]

        def signed_in():
            who = urllib.request.Request(f"http://127.0.0.1:{engine.http}/api/session", headers={"Cookie": cookie, "X-Aorta": "console"})
            with urllib.request.urlopen(who, timeout=60) as answer:
                return json.loads(answer.read())["name"]

        self.assertEqual(signed_in(), "short")
        engine.execute("update api_keys set expires_at = created_at where name in ('short', 'heir')")  # its time has come
        until(lambda: engine.get("/api/messages", key=short)[0] == 401, 10, "that the key has ended")
        until(lambda: engine.get("/fhir/r4/Patient?_count=1", key=short)[0] == 401, 10, "that it has ended for FHIR too")
        until(lambda: engine.get("/api/messages", key=heir["secret"])[0] == 401, 10, "that its heir has ended")
        until(lambda: signed_in() is None, 10, "that its session has ended")
        self.assertRegex(engine.command("key", "list"), r"\tshort\tadmin\t.*\texpired 20")

    def test_messages_are_found_by_what_their_route_declares(self):
        declared = '\n[[index]]\nname = "accession"\npath = "OBR-18"\n\n[[index]]\nname = "visit"\npath = "PV1-19.1"\n'
        engine = self.start(route=declared)
        with_keys = lambda control, accession, visit, ids: (
            f"MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|{control}|P|2.5.1|||||CYP|UNICODE UTF-8|EL\r"
            f"PID|1||{ids}||CONSTANTINOU^MARIA||19660917|F\rPV1|1|O|||||||||||||||||{visit}\r"
            f"OBR|1||F-{control}|K^K^L|||20261120080000|||||||||||{accession}||||20261120083000||CH|F\r"
            f"OBX|1|NM|K^Potassium^L||4.4|mmol/L|3.5-5.1|N|||F\r").encode()
        with Sender(engine.port) as lab:
            for args in (("A-1", "acc-17", "V-9", "745210^^^CYP^NI"), ("A-2", "ACC-18~Acc-19", "V-9", "745210^^^CYP^NI"), ("A-3", "", "ACC-17", "999998^^^CYP^NI")):
                self.assertEqual(ack_code(lab.ask(with_keys(*args))), "AA")
            self.assertEqual(ack_code(lab.ask(with_keys("A-1", "acc-17", "V-9", "745210^^^CYP^NI"))), "AA")  # a repeat
        found = lambda q: [each["control_id"] for each in self.anna.get("/api/messages?" + urllib.parse.urlencode(dict(q=q)))["items"]]
        for q, ids in (("ACC-17", ["A-3", "A-1"]), ("accession:acc-17", ["A-1"]), ("visit:acc-17", ["A-3"]), ("Acc-19", ["A-2"]), ("v-9", ["A-2", "A-1"]),
                       ("accession:V-9", []), ("accession:", []), ("ACC", []), ("nothing:acc-17", [])):
            self.assertEqual(found(q), ids, q)
        # Of the values themselves nothing stands there, and a message that is run again has its keys once.
        self.assertEqual(engine.count("message_search_keys"), 6)
        self.assertEqual(engine.get(f"/api/messages/{engine.messages()[-1]['id']}/reprocess", method="POST", body=b'{"reason": "t"}')[0], 200)
        self.assertEqual(engine.count("message_search_keys"), 6)
        # What the route declares otherwise by now holds for what is run again.
        file = engine.folder / "conf/routes/lab-results.toml"
        file.write_text(file.read_text().replace('path = "OBR-18"', 'path = "OBR-3"'))
        until(lambda: engine.get("/api/config")[1]["nodes"], 10, "that the node has told what it runs")
        engine.command("reload")
        last = engine.messages()[-1]
        self.assertEqual(engine.get(f"/api/messages/{last['id']}/reprocess", method="POST", body=b'{"reason": "t"}')[0], 200)
        self.assertEqual((found("accession:acc-17"), found(f"accession:F-{last['control_id']}")), ([], [last["control_id"]]))
        for word in ("acc-17", "ACC-17"):
            self.assertNotIn(word, str(engine.rows("select * from message_search_keys")))

    def test_messages_are_found_by_what_people_know_of_them(self):
        engine = self.start()
        self.send(engine, 2, obx="K^Potassium^L||4.4|mmol/L|3.5-5.1|N")
        with Sender(engine.port) as lab:
            self.assertEqual(ack_code(lab.ask(message("O-1", order="F-OTHER", ids="812345^^^CYP^NI", name="ΠΑΠΑΔΟΠΟΥΛΟΣ^ΓΕΩΡΓΙΟΣ", born="19580412", sex="M"))), "AA")
            self.assertEqual(ack_code(lab.ask(message("U-1", order="F-U", ids="999998^^^CYP^NI", name="NOBODY^KNOWN", born="19580412", sex="M"))), "AA")
        found = lambda q, **more: [each["control_id"] for each in self.anna.get("/api/messages?" + urllib.parse.urlencode(dict(q=q, **more)))["items"]]
        both = ["G-1", "G-0"]
        for q, ids in (("G-1", ["G-1"]), ("F-G0", ["G-0"]), ("745210", both), ("0745210", both), (" 745210 ", both), ("M-0007", both),
                       ("Constantinou", both), ("maria const", both), ("ΚΩΝΣΤΑΝΤΙΝΟΥ", both), ("Μαρία", both), ("Κωνσταντίνου Μαρία", both),
                       ("παπαδ", ["O-1"]), ("Georgios", ["O-1"]), ("F-OTHER", ["O-1"]), ("Georgios Const", []), ("nobody", []), ("F-NONE", [])):
            self.assertEqual(found(q), ids, q)
        self.assertEqual(found("745210", limit=1), ["G-1"])
        page = self.anna.get("/api/messages?q=745210&limit=1")
        self.assertEqual([each["control_id"] for each in self.anna.get(f"/api/messages?q=745210&limit=1&cursor={page['next']}")["items"]], ["G-0"])
        self.assertEqual(found("", reviews="open"), ["U-1"])
        self.assertEqual(len(found("", route="lab-results", listener="lab", sender="BIO")), 4)
        self.assertEqual((found("", sender="OTHER"), found("", error="segment_missing")), ([], []))
        self.assertEqual(engine.get("/api/messages?reviews=all", key=self.anna.key)[0], 400)


if __name__ == "__main__":
    unittest.main(verbosity=1)
