"""The configuration over HTTP: drafts, publishing to all nodes or none, versions, going back; on both databases."""
import json
import random
import shutil
import signal
import subprocess
import time
import unittest

from review_test import Desk, message
from support import AORTA, SOURCE, Sender, WithStore, ack_code, on_both, second_engine, until

MARIA = dict(ids="745210^^^CYP^NI", name="CONSTANTINOU^MARIA", born="19660917", sex="F")
ROUTE = "routes/lab-results.toml"
EDIT = '\n[[edit]]\nset = "PV1-2"\nto = "O"\n'


@on_both
class Publishing(WithStore):
    def start(self, **how):
        engine = self.engine(**how)
        self.boss = Desk(engine, "boss", "boss@clinic.example", scope="admin")
        self.chief = Desk(engine, "chief", "chief@clinic.example", scope="admin")
        return engine

    def ask(self, engine, method, path, desk=None, **body):
        return engine.get(path, key=(desk or self.boss).key, method=method, body=json.dumps(body).encode() if body or method == "POST" else None)

    def config(self, engine, desk=None):
        status, shown = self.ask(engine, "GET", "/api/config", desk)
        self.assertEqual(status, 200, shown)
        return shown

    def draft(self, engine, file, text, desk=None):
        status, now = self.ask(engine, "GET", f"/api/config/{file}", desk)
        body = {"text": text}
        if status == 200 and now["draft_hash"]:
            body["if"] = now["draft_hash"]
        return self.ask(engine, "PUT", f"/api/config/{file}", desk, **body)

    def publish(self, engine, desk=None, reason="a test", act="publish", **body):
        published = self.config(engine, desk)["published"]
        if published:
            body.setdefault("if", published["id"])
        return self.ask(engine, "POST", f"/api/config/{act}", desk, reason=reason, **body)

    def with_edit(self, engine, edit=EDIT):
        text = (engine.folder / "conf" / ROUTE).read_text()
        return (text.replace('chain = ["parse", ', 'chain = ["parse", "edit", ', 1) if '"edit"' not in text else text) + edit

    def files(self, engine):
        conf = engine.folder / "conf"
        return {str(each.relative_to(conf)): each.read_text() for each in sorted(conf.rglob("*.toml")) if each.name != "aorta.toml" and "cases" not in each.parts}

    def test_a_draft_is_checked_published_and_taken_back(self):
        engine = self.start()
        before = self.files(engine)
        shown = self.config(engine)
        self.assertEqual((shown["published"], shown["draft"], shown["differs"]), (None, None, False))
        self.assertEqual({each["file"] for each in shown["files"]}, set(before))
        # A draft with a fault is kept, told with its place, and not published.
        status, told = self.draft(engine, ROUTE, before[ROUTE] + "\nsned = []\n")
        self.assertEqual(status, 200, told)
        [fault] = [each for each in told["diagnostics"] if each["level"] == "error"]
        self.assertEqual((fault["file"], fault["line"]), (ROUTE, len(before[ROUTE].splitlines()) + 2))
        status, refused = self.publish(engine)
        self.assertEqual((status, refused["error"]["code"]), (422, "not-valid"))
        self.assertEqual(refused["diagnostics"], told["diagnostics"])
        self.assertEqual(self.files(engine), before)
        status, told = self.draft(engine, ROUTE, self.with_edit(engine))
        self.assertEqual((status, told["diagnostics"]), (200, []))
        self.assertEqual([each["change"] for each in self.config(engine)["files"] if each["change"]], ["edited"])
        status, checked = self.ask(engine, "POST", "/api/config/check")
        self.assertEqual((status, checked["ok"], checked["changes"]["live"]), (200, True, [ROUTE]))
        self.assertEqual(self.files(engine), before)
        status, made = self.publish(engine, reason="outpatients")
        self.assertEqual((status, made["state"], made["version"]["by"], made["version"]["reason"]), (200, "published", "boss@clinic.example", "outpatients"))
        self.assertIn('to = "O"', (engine.folder / "conf" / ROUTE).read_text())
        shown = self.config(engine)
        self.assertEqual((shown["published"]["id"], shown["draft"], shown["differs"]), (made["version"]["id"], None, False))
        self.assertEqual([(node["runs_published"], node["fault"]) for node in shown["nodes"]], [(True, None)])
        # It runs: what comes is edited.
        with Sender(engine.port) as lab:
            self.assertEqual(ack_code(lab.ask(message("E-1", order="F-1", **MARIA))), "AA")
        stages = engine.get(f"/api/messages/{engine.messages()[0]['id']}")[1]["trace"]["stages"]
        self.assertIn("edit", [each["stage"] for each in stages])
        # What ran before is there, and comes back.
        versions = self.ask(engine, "GET", "/api/config/versions")[1]["items"]
        self.assertEqual([each["state"] for each in versions if each["state"] == "published"], ["published"] * 2)
        first = [each for each in versions if each["state"] == "published"][-1]
        status, old = self.ask(engine, "GET", f"/api/config/versions/{first['id']}")
        [difference] = old["differences"]
        self.assertEqual((difference["file"], difference["after"]), (ROUTE, before[ROUTE]))
        status, back = self.publish(engine, act="rollback", version=first["id"], reason="it was wrong")
        self.assertEqual((status, back["version"]["rollback_of"], back["version"]["hash"]), (200, first["id"], first["hash"]))
        self.assertEqual(self.files(engine), before)
        self.assertEqual(self.publish(engine, act="rollback", version=first["id"], reason="again")[1]["error"]["code"], "nothing-changed")
        # A start changes nothing of it.
        self.assertEqual(engine.stop(), 0)
        engine.start()
        shown = until(lambda: self.config(engine) if self.config(engine)["nodes"] else None, 10, "the node")
        self.assertEqual((shown["published"]["id"], shown["differs"]), (back["version"]["id"], False))
        self.assertEqual(len(self.ask(engine, "GET", "/api/config/versions")[1]["items"]), len(versions) + 1)

    def test_files_are_made_and_deleted_and_what_cannot_be_is_refused(self):
        engine = self.start()
        new = '[lab]\nname = "New"\ncode = "NEW"\n'
        for file in ("aorta.toml", "routes/../aorta.toml", "routes/.x.toml", "routes/x.csv", "cases/x.toml", "x", "labs/" + "x" * 200 + ".toml"):
            self.assertIn(self.ask(engine, "PUT", f"/api/config/{file.replace('..', '%2e%2e')}", text=new)[0], (400, 404, 405), file)
        self.assertEqual(self.ask(engine, "GET", "/api/config/labs/nobody.toml")[0], 404)
        self.assertEqual(self.draft(engine, "labs/new.toml", new)[0], 200)
        self.assertEqual(self.draft(engine, "tables/ward.csv", "from,to\nA,B\n")[0], 200)
        self.assertEqual(self.ask(engine, "PUT", "/api/config/labs/new.toml", text=new)[0], 409)  # it is in the draft already
        self.assertEqual(self.publish(engine)[0], 200)
        self.assertEqual((engine.folder / "conf/labs/new.toml").read_text(), new)
        self.assertTrue((engine.folder / "conf/tables/ward.csv").exists())
        self.assertEqual(self.draft(engine, "labs/new.toml", None)[0], 200)
        self.assertEqual(self.config(engine)["draft"]["stale"], False)
        self.assertEqual(self.publish(engine)[0], 200)
        self.assertFalse((engine.folder / "conf/labs/new.toml").exists())
        self.assertEqual(self.publish(engine)[1]["error"]["code"], "nothing-changed")
        # Who may not, and what is no wish.
        tool = Desk(engine, "tool", scope="admin")
        anna = Desk(engine, "anna", "anna@clinic.example")
        key = engine.command("key", "create", "--name", "main", "--scope", "admin", "--clinic", "MAIN", "--user", "main@clinic.example").split()[-1]
        self.assertEqual(engine.get("/api/config", key=key)[1]["error"]["code"], "all-clinics")
        self.assertEqual(self.draft(engine, "labs/new.toml", new, tool)[0], 403)
        self.assertEqual(engine.get("/api/config", key=anna.key)[0], 403)
        # Nobody has this machine's secrets sent to himself.
        spy = '[destination]\nname = "spy"\nkind = "http"\nto = "https://spy.example.org/"\n[destination.headers]\nX-A = "env:AORTA_PII_KEY"\n'
        for text in (spy, spy.replace("env:AORTA_PII_KEY", "file:/etc/hostname"), spy.replace('"env:', '"\\u0065nv:')):
            status, told = self.ask(engine, "POST", "/api/config/check", file="destinations/spy.toml", text=text)
            self.assertEqual((status, told["ok"]), (200, False))
            self.assertIn("is no secret that a destination may name", json.dumps(told["diagnostics"]))
        for body in ({}, {"reason": ""}, {"reason": "x", "version": "y"}, {"reason": "x", "other": "y"}):
            self.assertEqual(self.ask(engine, "POST", "/api/config/publish", **body)[0], 400, body)
        self.assertEqual(self.ask(engine, "POST", "/api/config/rollback", reason="x", version="00000000-0000-7000-8000-000000000000")[0], 404)

    def test_two_persons_do_not_lose_each_others_changes(self):
        engine = self.start()
        route, labs = self.files(engine)[ROUTE], self.files(engine)["labs/nipd_genetics.toml"]
        seen = self.config(engine, self.chief)["published"]
        self.assertIsNone(seen)
        self.assertEqual(self.draft(engine, ROUTE, route + "\n# boss\n")[0], 200)
        self.assertEqual(self.draft(engine, ROUTE, route + "\n# chief\n", self.chief)[0], 200)
        self.assertEqual(self.draft(engine, "labs/nipd_genetics.toml", labs + "\n# chief\n", self.chief)[0], 200)
        status, made = self.publish(engine)
        self.assertEqual(status, 200, made)
        status, late = self.ask(engine, "POST", "/api/config/publish", self.chief, reason="late")
        self.assertEqual((status, late["error"]["code"]), (409, "published-before"))
        self.assertEqual(self.publish(engine, self.chief)[1]["error"]["code"], "changed-before")
        self.assertTrue(self.config(engine, self.chief)["draft"]["stale"])
        status, shown = self.ask(engine, "GET", f"/api/config/{ROUTE}", self.chief)
        self.assertTrue(shown["stale"])
        # He looks at what runs now, and says his word again.
        status, told = self.ask(engine, "PUT", f"/api/config/{ROUTE}", self.chief, text=shown["running"] + "# chief\n", running=shown["running_hash"], **{"if": shown["draft_hash"]})
        self.assertEqual(status, 200, told)
        status, late = self.ask(engine, "POST", "/api/config/publish", self.chief, reason="late")
        self.assertEqual((status, late["error"]["code"]), (409, "published-before"))
        hash_seen = self.config(engine, self.chief)["draft"]["hash"]
        self.assertEqual(self.publish(engine, self.chief, draft="0" * 16)[1]["error"]["code"], "changed-before")
        self.assertEqual(self.publish(engine, self.chief, draft=hash_seen)[0], 200)
        text = (engine.folder / "conf" / ROUTE).read_text()
        self.assertTrue("# boss" in text and "# chief" in text, text[-80:])
        # A line that is mapped meanwhile is a publication like others.
        self.assertEqual(self.draft(engine, "labs/bioanalytica.toml", self.files(engine)["labs/bioanalytica.toml"] + "\n# boss\n")[0], 200)
        self.assertEqual(self.chief.post("/api/unmapped/map", lab="bioanalytica", code="GLYC", loinc="2345-7", reason="seen")[0], 202)
        self.assertEqual(self.config(engine)["published"]["by"], "chief@clinic.example")
        self.assertEqual(self.publish(engine)[1]["error"]["code"], "changed-before")
        self.assertEqual(self.ask(engine, "DELETE", "/api/config/draft")[0], 204)
        self.assertIsNone(self.config(engine)["draft"])
        # A file that somebody deletes meanwhile can be said again upon nothing.
        self.draft(engine, "labs/new.toml", '[lab]\nname = "New"\ncode = "NEW"\n')
        self.assertEqual(self.publish(engine)[0], 200)
        self.draft(engine, "labs/new.toml", '[lab]\nname = "Newer"\ncode = "NEW"\n', self.chief)
        self.draft(engine, "labs/new.toml", None)
        self.assertEqual(self.publish(engine)[0], 200)
        self.assertEqual(self.publish(engine, self.chief)[1]["error"]["code"], "changed-before")
        status, shown = self.ask(engine, "GET", "/api/config/labs/new.toml", self.chief)
        self.assertEqual((shown["running"], shown["stale"]), (None, True))
        self.assertEqual(self.ask(engine, "PUT", "/api/config/labs/new.toml", self.chief, text=shown["draft"], running=None, **{"if": shown["draft_hash"]})[0], 200)
        self.assertEqual(self.publish(engine, self.chief)[0], 200)

    def test_failing_cases_hold_it_up_unless_a_person_says_why(self):
        engine = self.start(routes=("admissions", "orders", "queries", "documents", "appointments"))
        shutil.copytree(SOURCE / "conf/cases", engine.folder / "conf/cases")
        wrong = self.files(engine)["labs/bioanalytica.toml"].replace('K = "2823-3"', 'K = "6298-4"')
        self.assertEqual(self.draft(engine, "labs/bioanalytica.toml", wrong)[0], 200)
        status, told = self.ask(engine, "POST", "/api/config/check", cases=True)
        self.assertEqual((status, told["ok"], told["diagnostics"]), (200, False, []))
        broken = {each["case"] for each in told["cases"]["failed"]}
        self.assertIn("bioanalytica-panel", broken)
        status, refused = self.publish(engine)
        self.assertEqual((status, refused["error"]["code"], {each["case"] for each in refused["cases"]["failed"]}), (422, "cases-failed", broken))
        self.assertTrue(all(each["differences"] for each in refused["cases"]["failed"]))
        status, made = self.publish(engine, despite_cases="the panel was changed")
        self.assertEqual((status, made["version"]["despite_cases"]), (200, "the panel was changed"))

    def test_where_two_persons_publish_a_second_one_approves(self):
        engine = self.start(extra="[security]\napprovals = 2\n")
        before = self.files(engine)
        self.assertEqual(self.draft(engine, ROUTE, self.with_edit(engine))[0], 200)
        status, made = self.publish(engine, reason="outpatients")
        self.assertEqual((status, made["state"]), (202, "proposed"))
        self.assertEqual(self.files(engine), before)
        [waits] = self.config(engine, self.chief)["proposed"]
        self.assertEqual((waits["by"], waits["reason"]), ("boss@clinic.example", "outpatients"))
        approve = lambda desk: self.publish(engine, desk, version=waits["id"])
        other = Desk(engine, "boss-too", "boss@clinic.example", scope="admin")
        for own in (self.boss, other):  # two keys of one person are one person
            self.assertEqual(approve(own)[1]["error"]["code"], "same-person")
        status, mapped = self.boss.post("/api/unmapped/map", lab="bioanalytica", code="GLYC", loinc="2345-7")
        self.assertEqual((status, mapped["error"]["code"]), (422, "not-mapped"))
        status, made = approve(self.chief)
        self.assertEqual((status, made["state"], made["version"]["by"], made["version"]["approved_by"]), (200, "published", "boss@clinic.example", "chief@clinic.example"))
        self.assertNotEqual(self.files(engine), before)
        self.assertEqual(approve(self.chief)[1]["error"]["code"], "not-proposed")
        self.assertEqual(self.config(engine)["proposed"], [])

    def test_a_kill_leaves_the_files_whole_and_what_was_published_is_there(self):
        engine = self.start()
        whole, finished = [self.files(engine)], 0
        rng = random.Random(7)
        route, lab = whole[0][ROUTE], whole[0]["labs/nipd_genetics.toml"]
        for n in range(8):
            self.draft(engine, ROUTE, route + f"\n# {n}\n")
            self.draft(engine, "labs/nipd_genetics.toml", lab + f"\n# {n}\n")
            self.draft(engine, f"labs/new{n}.toml", f'[lab]\nname = "New"\ncode = "N{n}"\n')
            shown = self.config(engine)
            would = dict(self.files(engine))
            would.update({ROUTE: route + f"\n# {n}\n", "labs/nipd_genetics.toml": lab + f"\n# {n}\n", f"labs/new{n}.toml": f'[lab]\nname = "New"\ncode = "N{n}"\n'})
            body = json.dumps({"reason": "x", **({"if": shown["published"]["id"]} if shown["published"] else {})})
            act = subprocess.Popen(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", "-H", f"Authorization: Bearer {self.boss.key}", "-d", body,
                                    f"http://127.0.0.1:{engine.http}/api/config/publish"], stdout=subprocess.PIPE)
            time.sleep(rng.random() * 0.5 if n < 7 else 5)
            engine.kill()
            done = act.communicate()[0] == b"200"
            stood = self.files(engine)
            engine.start()
            until(lambda: self.config(engine)["nodes"], 20, "the node")
            until(lambda: not self.config(engine)["differs"], 20, "what is published")
            now = self.files(engine)
            self.assertIn(now, [whole[-1], would], stood)
            if done:
                self.assertEqual(now, would)
                finished += 1
            whole.append(now)
            self.assertFalse((engine.folder / "conf/.publishing").exists())
            self.ask(engine, "DELETE", "/api/config/draft")
        self.assertGreater(finished, 0)

    def test_files_changed_by_hand_stay_the_truth(self):
        engine = self.start()
        file = engine.folder / "conf" / ROUTE
        first = file.read_text()
        until(lambda: self.config(engine)["nodes"], 10, "the node")
        file.write_text(first + "\n# by hand\n")
        self.assertEqual(self.draft(engine, "labs/new.toml", '[lab]\nname = "New"\ncode = "NEW"\n')[0], 200)
        status, refused = self.publish(engine)  # what the engine has not read is not written over
        self.assertEqual((status, refused["error"]["code"], refused["error"]["details"]["where"]), (409, "files-changed", ROUTE))
        self.assertIn("# by hand", file.read_text())
        self.assertIn("configuration=", engine.command("reload"))
        self.assertEqual(self.publish(engine)[0], 200)
        self.assertIn("# by hand", file.read_text())
        # A node that is alone publishes what a person wrote into its files.
        file.write_text(first + "\n# by hand, once more\n")
        shown = engine.command("diff", check=False)
        self.assertIn("+ # by hand, once more", shown)
        self.assertIn("- # by hand", shown)
        engine.command("reload")
        until(lambda: not self.config(engine)["differs"] and self.config(engine)["published"]["by"] is None, 10, "the hand's version")
        self.assertEqual(engine.command("diff").strip(), "0 files differ")
        self.assertIn("once more", file.read_text())
        file.write_text("nonsense")
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "reload"], env=engine.environment, cwd=engine.folder, capture_output=True)
        self.assertEqual(done.returncode, 1)
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: "aorta_config_last_reload_success 0" in engine.get("/metrics")[1], 10, "the figure of a refused reload")
        [info] = [line for line in engine.get("/metrics")[1].splitlines() if line.startswith("aorta_config_info{")]
        self.assertEqual(info, f'aorta_config_info{{version="{self.config(engine)["configuration"]}"}} 1')
        file.write_text(first + "\n# by hand, once more\n")
        # Back, by the command line.
        versions = self.ask(engine, "GET", "/api/config/versions")[1]["items"]
        old = [each for each in versions if each["state"] in ("read", "published")][-1]
        self.assertIn("there is no user", self.fails(engine, "rollback", old["hash"], "--user", "nobody@clinic.example", "--reason", "x"))
        self.assertIn("no such version", self.fails(engine, "rollback", "0123456789abcdef", "--user", "boss@clinic.example", "--reason", "x"))
        self.assertIn("1 engines run", engine.command("rollback", old["hash"], "--user", "boss@clinic.example", "--reason", "by hand was wrong"))
        self.assertEqual(file.read_text(), first)

    def test_a_draft_reads_live_messages_beside_what_runs_without_effect(self):
        engine = self.start()
        self.assertEqual(self.ask(engine, "GET", "/api/config/shadow")[0], 404)
        self.assertEqual(self.ask(engine, "POST", "/api/config/shadow", minutes=0)[0], 400)
        self.draft(engine, "labs/bioanalytica.toml", self.files(engine)["labs/bioanalytica.toml"].replace('K = "2823-3"', 'K = "6298-4"'))
        status, begun = self.ask(engine, "POST", "/api/config/shadow", minutes=5)
        self.assertEqual((status, begun["messages"], begun["running"]), (202, 0, True), begun)
        with Sender(engine.port) as lab:
            for n in range(30):
                self.assertEqual(ack_code(lab.ask(message(f"R-{n}", order=f"R-{n}", **MARIA))), "AA")
        shown = until(lambda: (lambda told: told if told["messages"] == 30 else None)(self.ask(engine, "GET", "/api/config/shadow")[1]), 20, "what it read")
        [difference] = [each for each in shown["differences"] if each["what"] == "loinc_code"]
        self.assertEqual((shown["differ"], shown["left_out"], difference["before"], difference["after"], difference["messages"]), (30, 0, "2823-3", "6298-4", 30))
        known = {each["id"] for each in engine.messages()}
        self.assertLessEqual(set(difference["examples"]), known)
        self.assertEqual(engine.count("lab_results", "loinc_code = '2823-3'"), 30)
        self.assertEqual(engine.count("hl7_message_log"), 30)
        self.assertEqual(self.ask(engine, "DELETE", "/api/config/shadow")[0], 204)
        self.assertEqual(self.ask(engine, "GET", "/api/config/shadow")[0], 404)
        # The same of logged messages, of a route and a time.
        for body in (dict(to="2026-01-01T00:00:00Z"), dict(**{"from": "yesterday"}), dict(**{"from": "2026-01-01T00:00:00Z", "minutes": 5})):
            self.assertEqual(self.ask(engine, "POST", "/api/config/shadow", **body)[0], 400, body)
        read_log = lambda **more: self.ask(engine, "POST", "/api/config/shadow", **{"from": "2026-01-01T00:00:00Z", **more})
        self.assertEqual(read_log()[0], 202)
        shown = until(lambda: (lambda told: told if not told["running"] else None)(self.ask(engine, "GET", "/api/config/shadow")[1]), 20, "the log")
        [difference] = [each for each in shown["differences"] if each["what"] == "loinc_code"]
        self.assertEqual((shown["messages"], shown["replays"]["found"], shown["differ"], difference["messages"], shown["fault"]), (30, 30, 30, 30, None))
        self.assertEqual(read_log(route="none-of-them")[0], 202)
        shown = until(lambda: (lambda told: told if not told["running"] else None)(self.ask(engine, "GET", "/api/config/shadow")[1]), 20, "the log")
        self.assertEqual((shown["messages"], shown["replays"]["found"], shown["replays"]["route"]), (0, 0, "none-of-them"))
        self.assertEqual(engine.count("hl7_message_log"), 30)
        # It holds up neither a publication nor the end.
        self.assertEqual(self.ask(engine, "POST", "/api/config/shadow")[0], 202)
        self.assertEqual(self.publish(engine)[0], 200)
        self.assertEqual(engine.stop(), 0)

    def test_a_replay_tells_what_another_configuration_would_read_otherwise(self):
        engine = self.start()
        with Sender(engine.port) as lab:
            for n in range(40):
                self.assertEqual(ack_code(lab.ask(message(f"R-{n}", order=f"R-{n}", **MARIA))), "AA")
                self.assertEqual(ack_code(lab.ask(message(f"S-{n}", order=f"S-{n}", obx="GLYC^Glucose^L||5,2|mmol/L|3,9-6,1|N", **MARIA))), "AA")
        until(lambda: self.config(engine)["nodes"], 10, "the node")
        replay = lambda *args: subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "replay", "--from", "2026-01-01T00:00:00Z", *args], env=engine.environment, cwd=engine.folder, capture_output=True)
        same = replay()
        self.assertEqual((same.returncode, same.stdout.decode().strip()), (0, "80 messages, 0 differ"), same.stderr)
        kept = engine.rows("select id, loinc_code, unit from lab_results order by id")
        other = engine.folder / "other"
        shutil.copytree(engine.folder / "conf", other)
        profile = other / "labs/bioanalytica.toml"
        profile.write_text(profile.read_text().replace('K = "2823-3"', 'GLYC = "2345-7"\nK = "6298-4"'))
        (other / ROUTE).write_text(self.with_edit(engine, '\n[[edit]]\nset = "OBR-24"\nto = "HM"\n'))
        told = replay("--against", str(other), "--json")
        self.assertEqual(told.returncode, 1, told.stderr)
        told = json.loads(told.stdout)
        self.assertEqual((told["messages"], told["differ"]), (80, 80))
        by = {(each["what"], each["where"]): each for each in told["differences"]}
        potassium = by["loinc_code", "BIO K"]
        self.assertEqual((potassium["before"], potassium["after"], potassium["messages"], potassium["rule"]), ("2823-3", "6298-4", 40, "code K -> 6298-4"))
        self.assertEqual(by["loinc_code", "BIO GLYC"]["messages"], 40)
        self.assertEqual((by["unit", "BIO GLYC"]["before"], by["unit", "BIO GLYC"]["after"]), ("mmol/L", "mg/dL"))
        self.assertEqual(by["edit", "lab-results OBR-24"]["messages"], 80)
        self.assertEqual(len(potassium["examples"]), 5)
        text = replay("--against", str(other)).stdout.decode()
        self.assertIn("80 messages, 80 differ", text)
        for secret in ("CONSTANTINOU", "745210", "4.4", "5,2"):
            self.assertNotIn(secret, text + json.dumps(told))
        self.assertEqual(engine.rows("select id, loinc_code, unit from lab_results order by id"), kept)
        # What is kept for a person and what is refused are two things.
        (other / "tables").mkdir()
        (other / "tables/sexes.csv").write_text("from,to\nM,M\n")
        for word, what, after in (("hold", "held", "yes"), ("reject", "error", "rejected")):
            (other / ROUTE).write_text(self.with_edit(engine, f'\n[[edit]]\nmap = "PID-8"\ntable = "sexes"\nelse = "{word}"\n'))
            found = json.loads(replay("--against", str(other), "--json").stdout)["differences"]
            self.assertEqual([each["after"] for each in found if each["what"] == what], [after], found)
        # It is applied once the engine runs it.
        self.assertIn("publish it first", replay("--against", str(other), "--apply", "--user", "boss@clinic.example").stderr.decode())
        self.draft(engine, "labs/bioanalytica.toml", profile.read_text())
        self.assertEqual(self.publish(engine)[0], 200)
        self.assertIn("a person's act", replay("--apply", "--user", "nobody@clinic.example").stderr.decode())
        done = replay("--apply", "--user", "boss@clinic.example")
        self.assertEqual(done.returncode, 0, done.stderr)
        until(lambda: engine.count("lab_results", "loinc_code = '6298-4'") == 40, 30, "the results by the new code")
        self.assertEqual(engine.count("lab_results", "loinc_code = '2345-7'"), 40)

    def fails(self, engine, *args):
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), *args], env=engine.environment, cwd=engine.folder, capture_output=True)
        self.assertEqual(done.returncode, 1)
        return done.stderr.decode()

    def test_all_nodes_run_it_or_none(self):
        if not self.postgres:
            self.skipTest("one node has the file")
        engine = self.start(extra='[security]\nsecrets = ["env:RIS_SECRET"]\n', environment={"RIS_SECRET": "whsec_" + "QUJD" * 11})
        other = second_engine(self, engine)
        until(lambda: len(self.config(engine)["nodes"]) == 2, 10, "both nodes")
        self.draft(engine, ROUTE, self.with_edit(engine))
        status, made = self.publish(engine)
        self.assertEqual((status, made["state"], [node["runs_published"] for node in made["nodes"]]), (200, "published", [True, True]), made)
        self.assertEqual(self.files(other), self.files(engine))
        # A mapped code reaches both, and what waited is run again by either.
        with Sender(other.port) as lab:
            self.assertEqual(ack_code(lab.ask(message("G-1", order="F-9", obx="GLYC^Γλυκόζη^L||5,2|mmol/L|3,9-6,1|N", **MARIA))), "AA")
        self.assertEqual(self.chief.post("/api/unmapped/map", lab="bioanalytica", code="GLYC", loinc="2345-7")[0], 202)
        until(lambda: engine.count("lab_results", "loinc_code = '2345-7'") == 1, 30, "the result with its code")
        self.assertEqual(self.files(other), self.files(engine))
        # What the other one cannot run, nobody runs: its environment lacks the secret.
        before = self.files(engine)
        self.draft(engine, "destinations/ris.toml", '[destination]\nname = "ris"\nkind = "http"\nto = "https://ris.example.org/hl7"\nsecret = "env:RIS_SECRET"\n')
        status, refused = self.publish(engine)
        self.assertEqual((status, refused["error"]["code"]), (409, "not-taken"), refused)
        self.assertIn("RIS_SECRET", refused["error"]["message"])
        self.assertEqual(self.files(engine), before)
        until(lambda: self.files(other) == before and all(node["fault"] is None for node in self.config(engine)["nodes"]), 20, "both as before")
        self.ask(engine, "DELETE", "/api/config/draft")
        # Who was away takes it at the start; who was changed by hand says so, and holds others up.
        self.assertEqual(other.stop(), 0)
        self.draft(engine, ROUTE, self.files(engine)[ROUTE] + "\n# while it was away\n")
        self.assertEqual(self.publish(engine)[1]["state"], "published")
        other.start()
        until(lambda: self.files(other) == self.files(engine), 20, "the other's files")
        hand = other.folder / "conf" / ROUTE
        hand.write_text(hand.read_text() + "\n# by hand\n")
        other.process.send_signal(signal.SIGHUP)
        until(lambda: "by hand" in (other.get("/ready")[1].get("warnings") or [""])[-1], 20, "the warning")
        self.draft(engine, "labs/new.toml", '[lab]\nname = "New"\ncode = "NEW"\n')
        status, refused = self.publish(engine)
        self.assertEqual((status, refused["error"]["code"]), (409, "not-taken"), refused)
        self.assertIn("by hand", hand.read_text())
        # It does not spread its own under the name of who maps a code there, and a restart of the others does not make it theirs.
        self.assertEqual(other.get("/api/unmapped/map", key=self.chief.key, method="POST", body=json.dumps(dict(lab="bioanalytica", code="GLYK", loinc="2345-7")).encode())[0], 422)
        head = self.config(engine)["published"]["id"]
        self.assertEqual(engine.stop(), 0)
        time.sleep(12)  # longer than it waits between two looks
        engine.start()
        self.assertEqual(self.config(engine)["published"]["id"], head)
        self.assertIn("by hand", hand.read_text())
        # Where it is published as it stands there, all run it.
        self.ask(other, "DELETE", "/api/config/draft")
        status, made = self.publish(other, reason="it was right")
        self.assertEqual((status, made["state"]), (200, "published"), made)
        until(lambda: self.files(engine) == self.files(other), 10, "the other's files")
        self.assertIn("by hand", (engine.folder / "conf" / ROUTE).read_text())


if __name__ == "__main__":
    unittest.main()
