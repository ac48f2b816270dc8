"""The work list over HTTP: links that are kept, decisions that teach, corrections, and two people at once; on both databases."""
import concurrent.futures
import json
import signal
import unittest

from support import WithStore, Sender, ack_code, corpus, on_both, until, with_cr


def message(control, ids="", name="", born="", sex="", obx="", order="F-1", facility="BIO", taken="20261120080000"):
    return (f"MSH|^~\\&|LIS|{facility}|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|{control}|P|2.5.1|||||CYP|UNICODE UTF-8|EL\r"
            f"PID|1||{ids}||{name}||{born}|{sex}\r"
            f"OBR|1||{order}|K^K^L|||{taken}|||||||||||||||20261120083000||CH|F\r"
            f"OBX|1|NM|{obx or 'K^Potassium^L||4.4|mmol/L|3.5-5.1|N'}|||F\r").encode()


def urine_potassium():
    return with_cr("MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01|U1|P|2.5.1|||||CY|UNICODE UTF-8\n"
                   "PID|1||812345^^^CYP^NI~M-0001^^^MAIN^MR||PAPADOPOULOS^GEORGIOS||19580412|M\n"
                   "OBR|1|PO-U|F-U|P^Panel^L|||20261120080000||||||||UR^Urine|||||||20261120082500||CH|F\n"
                   "OBX|1|NM|K^K^L||64|mmol/L|25-125|N|||F\n".encode())


def unknown_unit():
    """Two results of M-0001: a test that nobody mapped, and a creatinine in a unit that nobody knows."""
    return corpus("08").replace(b"|mg%|", b"|pieces|")


class Desk:
    """One person's or program's way in."""

    def __init__(self, engine, name, user=None, scope="write"):
        self.engine = engine
        args = ["key", "create", "--name", name, "--scope", scope, "--scope", "read"] + (["--user", user] if user else [])
        self.key = engine.command(*args).split()[-1]

    def get(self, path):
        status, answer = self.engine.get(path, key=self.key)
        assert status == 200, (status, answer)
        return answer

    def post(self, path, **body):
        return self.engine.get(path, key=self.key, method="POST", body=json.dumps(body).encode())

    def link(self, message, patient, query="", **more):
        return self.post(f"/api/messages/{message}/link{query}", patient_id=patient, **more)

    def resolve(self, review, action, **more):
        return self.post(f"/api/review/{review}/resolve", action=action, **more)


@on_both
class Review(WithStore):
    def start(self):
        engine = self.engine()
        self.anna = Desk(engine, "anna", "anna@clinic.example")
        self.bob = Desk(engine, "bob", "bob@clinic.example")
        return engine

    def send(self, engine, data):
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(data)), "AA")
        return engine.messages()[0]

    def patient(self, engine, mrn):
        return engine.rows(f"select patient_id from patients where mrn = '{mrn}'")[0][0]

    def current(self, engine, patient):
        return [r for r in engine.results(patient) if r["result_status"] != "cancelled"]

    def test_a_link_is_kept_by_reprocess_and_reload(self):
        engine = self.start()
        log = self.send(engine, corpus("09"))
        patient = self.patient(engine, "M-0002")
        self.assertEqual(self.anna.link(log["id"], patient)[0], 200)
        for how in ("reprocess", "reload", "restart"):
            if how == "reload":
                engine.process.send_signal(signal.SIGHUP)
                until(lambda: "reload" in engine.log(), 10, "the reload")
            if how == "restart":
                self.assertEqual(engine.stop(), 0)
                engine.start()
            status, again = engine.get(f"/api/messages/{log['id']}/reprocess", method="POST", body=b"")
            self.assertEqual((status, again["status"], again["patient_id"]), (200, "processed", patient), again)
            self.assertEqual([(r["test_code"], r["result_status"]) for r in engine.results(patient)], [("NA", "final")])
        self.assertEqual(again["links"][0]["by"], "anna@clinic.example")
        self.assertEqual(again["links"][0]["until"], None)
        self.assertIn("a person named", " ".join(again["trace"]["patient"]["evidence"]))

    def test_acts_of_persons_need_a_key_of_a_person(self):
        engine = self.start()
        log = self.send(engine, corpus("09"))
        review = self.anna.get("/api/review")["items"][0]["id"]
        program = Desk(engine, "program")
        for status, answer in (program.link(log["id"], "1"), program.post(f"/api/messages/{log['id']}/unlink"), program.resolve(review, "accept"),
                               engine.get(f"/api/decisions/{log['id']}", key=program.key, method="DELETE")):
            self.assertEqual(status, 403, answer)
            self.assertIn("--user", answer["error"]["message"])
        self.assertEqual(engine.count("lab_results"), 0)
        self.assertIn("anna@clinic.example", engine.command("key", "list"))

    def test_a_rehearsal_tells_the_difference_and_moves_nothing(self):
        engine = self.start()
        log = self.send(engine, corpus("09"))
        patient = self.patient(engine, "M-0002")
        status, told = self.anna.link(log["id"], patient, "?dry_run=true")
        self.assertEqual((status, told["before"]["status"], told["after"]["status"], told["after"]["patient_id"]), (200, "unmatched", "processed", patient), told)
        self.assertEqual([r["after"]["test_code"] for r in told["results_added"]], ["NA"])
        self.assertEqual([r["kind"] for r in told["reviews_closed"]], ["unmatched"])
        for table in ("lab_results", "lab_result_versions", "message_links", "patient_decisions"):
            self.assertEqual(engine.count(table), 0, table)
        self.assertEqual(engine.rows("select event_type from event_outbox"), [("message_unmatched",)])
        self.assertEqual(engine.count("review_queue", "state = 'open'"), 1)
        self.assertEqual(engine.messages()[0]["status"], "unmatched")
        self.anna.link(log["id"], patient)
        status, told = engine.get(f"/api/messages/{log['id']}/reprocess?dry_run=true", method="POST", body=b"")
        self.assertEqual((status, told["results_added"], told["results_changed"], told["results_withdrawn"], told["reviews_opened"]), (200, [], [], [], []), told)
        other = self.patient(engine, "M-0005")
        status, told = self.anna.link(log["id"], other, "?dry_run=true")
        self.assertEqual([r["after"]["patient_id"] for r in told["results_added"]], [other], told)
        self.assertEqual([r["before"]["patient_id"] for r in told["results_withdrawn"]], [patient])
        self.assertEqual(len(self.current(engine, patient)), 1)
        self.assertEqual(self.anna.link(log["id"], other, "?dryrun=true")[0], 400)

    def test_a_wrong_link_is_put_right_by_one_call(self):
        engine = self.start()
        log = self.send(engine, corpus("09"))
        wrong, right = self.patient(engine, "M-0002"), self.patient(engine, "M-0005")
        self.assertEqual(self.anna.link(log["id"], wrong)[0], 200)
        status, late = self.bob.link(log["id"], right)
        self.assertEqual((status, late["error"]["details"]["by"], late["error"]["details"]["patient_id"]), (409, "anna@clinic.example", wrong), late)
        self.assertEqual(self.bob.link(log["id"], right, instead_of=right)[0], 409)
        status, moved = self.bob.link(log["id"], right, instead_of=wrong)
        self.assertEqual((status, moved["patient_id"]), (200, right), moved)
        self.assertEqual(self.current(engine, wrong), [])
        self.assertEqual([r["value_numeric"] for r in self.current(engine, right)], [141])
        self.assertEqual([(each["patient_id"], each["by"]) for each in moved["links"]], [(right, "bob@clinic.example"), (wrong, "anna@clinic.example")])
        self.assertEqual(self.bob.link(log["id"], wrong)[0], 200)  # one's own word needs nothing more
        self.assertEqual([r["value_numeric"] for r in self.current(engine, wrong)], [141])

    def test_a_message_that_is_unlinked_waits_and_does_not_come_back_by_itself(self):
        engine = self.start()
        log = self.send(engine, corpus("02"))  # certain: by its number
        patient = self.patient(engine, "M-0007")
        status, apart = self.anna.post(f"/api/messages/{log['id']}/unlink")
        self.assertEqual((status, apart["status"], apart["patient_id"]), (200, "unmatched", None), apart)
        self.assertEqual(self.current(engine, patient), [])
        status, again = engine.get(f"/api/messages/{log['id']}/reprocess", method="POST", body=b"")
        self.assertEqual((status, again["status"]), (200, "unmatched"), again)
        self.assertEqual(len(self.anna.get("/api/review?kind=unmatched")["items"]), 1)
        self.assertEqual(self.anna.post(f"/api/messages/{log['id']}/unlink")[0], 409)
        self.assertEqual(self.anna.link(log["id"], patient)[0], 200)
        self.assertEqual(len(self.current(engine, patient)), 1)

    def test_the_same_doubt_is_not_raised_twice(self):
        engine = self.start()
        claims = dict(ids="LAB777^^^BIO^PI", name="CHARALAMBOUS^ANDREAS", born="19490228", sex="M")
        log = self.send(engine, message("T-1", order="F-1", **claims))
        patient = self.patient(engine, "M-0003")
        self.assertEqual(log["status"], "unmatched")
        self.assertEqual(self.anna.link(log["id"], patient)[0], 200)
        taught = self.anna.get("/api/decisions")["items"]
        self.assertEqual([(d["patient_id"], d["made_by"], d["message_id"], d["withdrawn_at"]) for d in taught], [(patient, "anna@clinic.example", log["id"], None)])
        same = self.send(engine, message("T-2", order="F-2", **claims))
        self.assertEqual((same["status"], same["patient_id"]), ("processed", patient))
        detail = self.anna.get(f"/api/messages/{same['id']}")
        self.assertEqual(detail["trace"]["patient"]["rule"], "decided-by-person")
        self.assertIn(taught[0]["id"], " ".join(detail["trace"]["patient"]["evidence"]))
        # Another sender, another number, another sex: nobody has decided about those.
        for control, other in (("T-3", dict(facility="YML")), ("T-4", dict(ids="LAB778^^^BIO^PI")), ("T-5", dict(sex="F"))):
            self.assertEqual(self.send(engine, message(control, order=control, **{**claims, **other}))["status"], "unmatched", control)
        # Withdrawn, it teaches no more, and what was filed because of it is shown.
        status, _ = engine.get(f"/api/decisions/{taught[0]['id']}", key=self.bob.key, method="DELETE")
        self.assertEqual(status, 204)
        self.assertEqual(engine.get(f"/api/decisions/{taught[0]['id']}", key=self.bob.key, method="DELETE")[0], 409)
        self.assertEqual(self.anna.get("/api/decisions")["items"][0]["withdrawn_by"], "bob@clinic.example")
        shown = self.anna.get("/api/review?kind=decision-withdrawn")["items"]
        self.assertEqual([r["message_id"] for r in shown], [same["id"]])
        self.assertEqual(self.send(engine, message("T-6", order="F-6", **claims))["status"], "unmatched")

    def test_one_moved_message_moves_no_other(self):
        engine = self.start()
        claims = dict(ids="812345^^^CYP^NI~M-0001^^^MAIN^MR", name="PAPADOPOULOS^GEORGIOS", born="19580412", sex="M")
        right, other = self.patient(engine, "M-0001"), self.patient(engine, "M-0002")
        moved, old = self.send(engine, message("C-1", order="F-1", **claims)), self.send(engine, message("C-2", order="F-2", **claims))
        self.assertEqual([moved["patient_id"], old["patient_id"]], [right, right])
        self.assertEqual(self.anna.link(moved["id"], other, instead_of=right)[0], 200)  # tubes that were mixed up
        self.assertEqual(self.anna.get("/api/decisions")["items"], [])
        new = self.send(engine, message("C-3", order="F-3", obx="K^Potassium^L||7.2|mmol/L|3.5-5.1|HH", **claims))
        self.assertEqual((new["status"], new["patient_id"]), ("processed", right))
        for log, patient in ((old, right), (new, right), (moved, other)):
            status, again = engine.get(f"/api/messages/{log['id']}/reprocess", method="POST", body=b"")
            self.assertEqual((status, again["status"], again["patient_id"]), (200, "processed", patient), again)
        self.assertEqual(sorted(r["value_numeric"] for r in self.current(engine, right)), [4.4, 7.2])
        self.assertEqual([r["value_numeric"] for r in self.current(engine, other)], [4.4])

    def test_a_later_version_of_an_order_that_a_person_moved_is_shown_to_a_person(self):
        engine = self.start()
        claims = dict(ids="812345^^^CYP^NI~M-0001^^^MAIN^MR", name="PAPADOPOULOS^GEORGIOS", born="19580412", sex="M")
        named, moved_to = self.patient(engine, "M-0001"), self.patient(engine, "M-0002")
        first = self.send(engine, message("O-1", **claims))
        self.assertEqual(self.anna.link(first["id"], moved_to, instead_of=named)[0], 200)
        # The laboratory repeats its error, with the same specimen time or another: neither patient gets it by itself.
        for control, taken in (("O-2", "20261120080000"), ("O-3", "20261120081500")):
            later = self.send(engine, message(control, taken=taken, obx="K^Potassium^L||7.2|mmol/L|3.5-5.1|HH", **claims))
            self.assertEqual((later["status"], later["patient_id"]), ("unmatched", None), control)
            shown = self.anna.get(f"/api/review?kind=unmatched")["items"][0]
            self.assertEqual(shown["message_id"], later["id"])
            self.assertEqual([c["patient_id"] for c in self.anna.get(f"/api/review/{shown['id']}")["held"]], [named, moved_to])
            self.assertIn(f"a person put the order of OBR[1] to patient {moved_to} in an earlier message", json.dumps(shown))
        self.assertEqual(self.current(engine, named), [])
        second = self.anna.get("/api/messages?control_id=O-2")["items"][0]
        self.assertEqual(self.anna.link(second["id"], moved_to)[0], 200)
        self.assertEqual([r["value_numeric"] for r in self.current(engine, moved_to)], [7.2])  # a version, not a second result
        # Its number again for another specimen of somebody else is another order.
        again = self.send(engine, message("O-4", taken="20261201080000", ids="745210^^^CYP^NI", name="CONSTANTINOU^MARIA", born="19660917", sex="F"))
        self.assertEqual((again["status"], again["patient_id"]), ("processed", self.patient(engine, "M-0007")))
        # What stands already is not taken away by running it again, and what a person put there neither.
        for log, patient in ((again, again["patient_id"]), (second, moved_to)):
            status, same = engine.get(f"/api/messages/{log['id']}/reprocess", method="POST", body=b"")
            self.assertEqual((status, same["status"], same["patient_id"]), (200, "processed", patient))
        # Taken away again, the message speaks for nobody.
        for log in (first, second):
            self.assertEqual(self.anna.post(f"/api/messages/{log['id']}/unlink")[0], 200)
        last = self.send(engine, message("O-5", **claims))
        self.assertEqual((last["status"], last["patient_id"]), ("processed", named))

    def test_an_order_that_was_moved_is_known_by_each_of_its_times_and_a_number_alone_is_not_enough(self):
        engine = self.start()
        claims = dict(ids="812345^^^CYP^NI~M-0001^^^MAIN^MR", name="PAPADOPOULOS^GEORGIOS", born="19580412", sex="M")
        named, moved_to = self.patient(engine, "M-0001"), self.patient(engine, "M-0002")
        two = message("S-1", taken="20261120080000", **claims) + message("S-1", taken="20261120100000", **claims).split(b"\r", 2)[2]
        self.assertEqual(self.anna.link(self.send(engine, two)["id"], moved_to, instead_of=named)[0], 200)
        fewer = dict(claims, ids="812345^^^CYP^NI")  # said otherwise, and still certain
        for control, taken in (("S-2", "20261120080000"), ("S-3", "20261120100012")):
            later = self.send(engine, message(control, taken=taken, obx="K^Potassium^L||7.9|mmol/L|3.5-5.1|HH", **fewer))
            self.assertEqual(later["status"], "unmatched", control)
            self.assertIn("a result of this message is critical", json.dumps(self.anna.get("/api/review?kind=unmatched")["items"][0]))
        # Without a time: the patient from whom it was moved is doubted, others use the number again.
        self.assertEqual(self.send(engine, message("S-4", taken="", **fewer))["status"], "unmatched")
        other = dict(ids="745210^^^CYP^NI", name="CONSTANTINOU^MARIA", born="19660917", sex="F")
        self.assertEqual(self.send(engine, message("S-5", taken="", **other))["status"], "processed")

    def test_a_decision_ends_where_the_patients_own_data_have_changed(self):
        engine = self.start()
        claims = dict(ids="LAB777^^^BIO^PI", name="CHARALAMBOUS^ANDREAS", born="19490228", sex="M")
        patient = self.patient(engine, "M-0003")
        self.assertEqual(self.anna.link(self.send(engine, message("T-1", **claims))["id"], patient)[0], 200)
        roster = engine.folder / "changed.csv"
        head = "mrn,first_name,last_name,birth_date,gender,cyprus_id,arc_number,gesy_beneficiary_id,phone,email,city\n"
        roster.write_text(head + "M-0003,Andreas,Charalambous,1949-02-28,male,512340,,,+35799000999,,Larnaca\n")
        engine.command("patients", "load", str(roster))  # another telephone changes nothing
        self.assertEqual(self.send(engine, message("T-2", order="F-2", **claims))["status"], "processed")
        roster.write_text(head + "M-0003,Andreas,Charalambous,1949-02-27,male,512340,,,+35799000999,,Larnaca\n")
        engine.command("patients", "load", str(roster))
        log = self.send(engine, message("T-3", order="F-3", **claims))
        self.assertNotEqual(self.anna.get(f"/api/messages/{log['id']}")["trace"]["patient"].get("rule"), "decided-by-person")

    def test_a_name_of_two_namesakes_teaches_nothing(self):
        engine = self.start()
        claims = dict(name="CHARALAMBOUS^ANDREAS", born="19490228", sex="M")
        self.assertEqual(self.anna.link(self.send(engine, message("T-1", **claims))["id"], self.patient(engine, "M-0003"))[0], 200)
        self.assertEqual(self.anna.get("/api/decisions")["items"], [])
        self.assertEqual(self.send(engine, message("T-2", order="F-2", **claims))["status"], "unmatched")

    def test_the_list_shows_both_sides_and_one_call_resolves_it(self):
        engine = self.start()
        log = self.send(engine, corpus("10"))
        items = self.anna.get("/api/review?kind=unmatched&state=open")["items"]
        self.assertEqual([(i["kind"], i["state"], i["message_id"]) for i in items], [("unmatched", "open", log["id"])])
        item = self.anna.get(f"/api/review/{items[0]['id']}")
        self.assertEqual(item["sent"]["names"], [{"family": "ΠΑΠΑΔΟΠΟΥΛΟΣ", "given": "ΓΕΩΡΓΙΟΣ"}])
        held = {h["patient_id"]: h for h in item["held"]}
        maria, george = self.patient(engine, "M-0007"), self.patient(engine, "M-0001")
        self.assertEqual(set(held), {maria, george})
        self.assertIn("name", held[maria]["contradictions"])
        self.assertIn("cyprus-id", held[maria]["evidence"])
        self.assertIn("name and birth date", held[george]["evidence"])
        self.assertIn("cyprus-id", held[george]["contradictions"])
        status, done = self.anna.resolve(item["id"], "link", patient_id=george)
        self.assertEqual((status, done["state"], done["action"], done["resolved_by"], done["message"]["patient_id"]),
                         (200, "resolved", "link", "anna@clinic.example", george), done)
        status, late = self.bob.resolve(item["id"], "link", patient_id=maria)
        self.assertEqual((status, late["error"]["details"]["by"]), (409, "anna@clinic.example"), late)
        self.assertTrue(late["error"]["details"]["at"])
        self.assertEqual(self.anna.get("/api/review")["items"], [])
        self.assertEqual(len(self.anna.get("/api/review?state=resolved")["items"]), 1)
        audited = engine.rows("select actor from security_audit where resource like '%/resolve#link' and outcome = '200'")
        self.assertEqual(audited, [("key:anna user:anna@clinic.example",)])
        for bad in ("?colour=red", "?state=x", "?cursor=x", "?limit=0"):
            self.assertEqual(engine.get("/api/review" + bad, key=self.anna.key)[0], 400, bad)
        for body in ({"action": "guess"}, {"action": "link", "patient_id": []}, {"act": "link"}):
            self.assertEqual(self.anna.post(f"/api/review/{item['id']}/resolve", **body)[0], 400, body)

    def test_the_list_pages_without_skipping_or_repeating(self):
        engine = self.start()
        for n in range(7):
            self.send(engine, corpus("09").replace(b"BIO-1009", b"P-%d" % n))
        seen, cursor = [], ""
        while cursor is not None:
            page = self.anna.get(f"/api/review?limit=3&cursor={cursor}")
            seen += [i["message_id"] for i in page["items"]]
            cursor = page["next"]
        self.assertEqual(seen, [m["id"] for m in engine.messages()])

    def test_of_two_people_at_once_the_first_counts(self):
        engine = self.start()
        with concurrent.futures.ThreadPoolExecutor(2) as two:
            for n in range(5):
                log = self.send(engine, corpus("09").replace(b"BIO-1009", b"R-%d" % n).replace(b"F-9009", b"F-R-%d" % n))
                review = self.anna.get("/api/review")["items"][0]["id"]
                answers = list(two.map(lambda who: who[0].resolve(review, "link", patient_id=who[1])[0], ((self.anna, "3"), (self.bob, "4"))))
                self.assertEqual(sorted(answers), [200, 409])
                self.assertEqual(engine.count("lab_results", f"filler_order_number = 'F-R-{n}' and result_status <> 'cancelled'"), 1)
                self.assertEqual(engine.count("message_links", f"message_id = '{log['id']}'"), 1)

    def test_a_patient_is_made_of_what_was_sent(self):
        engine = self.start()
        log = self.send(engine, message("N-1", ids="9912345^^^CYP^NI", name="NEOCLEOUS^ELENI", born="19880314", sex="F"))
        review = self.anna.get("/api/review")["items"][0]["id"]
        self.assertEqual(self.anna.resolve(review, "create-patient")[0], 422)  # no number of this clinic
        self.assertEqual(self.anna.resolve(review, "create-patient", mrn="M-0001")[0], 409)
        status, done = self.anna.resolve(review, "create-patient", mrn="M-0900")
        self.assertEqual((status, done["action"], done["message"]["status"]), (200, "create-patient", "processed"), done)
        self.assertEqual(done["message"]["patient_id"], self.patient(engine, "M-0900"))
        self.assertEqual(self.send(engine, message("N-2", order="F-2", ids="9912345^^^CYP^NI", name="NEOCLEOUS^ELENI", born="19880314", sex="F"))["status"], "processed")
        self.assertEqual(log["status"], "unmatched")

    def test_accepted_as_sent_it_is_not_asked_again(self):
        engine = self.start()
        log = self.send(engine, unknown_unit())
        patient = self.patient(engine, "M-0001")
        item = self.anna.get("/api/review?kind=unknown-unit")["items"][0]
        self.assertEqual(len(item["result_ids"]), 1)
        self.assertEqual(self.anna.resolve(item["id"], "accept")[0], 200)
        self.assertEqual(self.bob.resolve(item["id"], "accept")[0], 409)
        self.assertEqual([r["needs_review"] for r in engine.results(patient)], [False, False])
        self.assertEqual(engine.get(f"/api/messages/{log['id']}/reprocess", method="POST", body=b"")[0], 200)
        self.assertEqual(self.anna.get("/api/review")["items"], [])
        self.assertEqual([r["needs_review"] for r in engine.results(patient)], [False, False])

    def test_a_specimen_that_contradicts_is_asked_of_its_result(self):
        engine = self.start()
        self.send(engine, urine_potassium())
        patient = self.patient(engine, "M-0001")
        item = self.anna.get("/api/review?kind=specimen-conflict")["items"][0]
        self.assertEqual(len(item["result_ids"]), 1)
        self.assertEqual(self.anna.resolve(item["id"], "accept")[0], 200)
        self.assertEqual([r["needs_review"] for r in engine.results(patient)], [False])

    def test_a_correction_is_a_version_of_its_own_and_stays(self):
        engine = self.start()
        log = self.send(engine, unknown_unit())
        patient = self.patient(engine, "M-0001")
        item = self.anna.get("/api/review?kind=unknown-unit")["items"][0]
        self.assertEqual(self.anna.resolve(item["id"], "correct", unit="umol/L")[0], 422)  # why?
        status, done = self.anna.resolve(item["id"], "correct", value="97", unit="umol/L", reason="read to us on the telephone")
        self.assertEqual((status, done["action"]), (200, "correct"), done)

        def check():
            row = [r for r in engine.results(patient) if r["test_code"] == "CREAT"][0]
            self.assertEqual((row["value_text"], row["unit"], row["result_status"], row["needs_review"]), ("1.10", "mg/dL", "corrected", False), row)
            self.assertEqual((row["sent"]["value"], row["sent"]["unit"]), ("1.1", "pieces"))
            self.assertIn("read to us on the telephone", row["comments"])
        check()
        self.assertIn(("1.1", "pieces"), [(r["value_text"], r["unit"]) for r in engine.results(patient, "?versions=all")])
        status, again = engine.get(f"/api/messages/{log['id']}/reprocess", method="POST", body=b"")
        self.assertEqual((status, again["corrections"][0]["by"]), (200, "anna@clinic.example"), again)
        check()
        self.assertEqual(self.anna.get("/api/review")["items"], [])

    def test_a_rejected_value_does_not_count_and_does_not_come_back(self):
        engine = self.start()
        log = self.send(engine, unknown_unit())
        patient = self.patient(engine, "M-0001")
        item = self.anna.get("/api/review?kind=unknown-unit")["items"][0]
        self.assertEqual(self.anna.resolve(item["id"], "reject", reason="not this patient's tube")[0], 200)
        for _ in range(2):
            self.assertEqual({r["test_code"]: r["result_status"] for r in engine.results(patient)}, {"GAL3": "final", "CREAT": "cancelled"})
            self.assertEqual(engine.get(f"/api/messages/{log['id']}/reprocess", method="POST", body=b"")[0], 200)
        self.assertIn("1.1", [r["value_text"] for r in engine.results(patient, "?versions=all")])
        self.assertEqual(self.anna.get("/api/review")["items"], [])

    def test_a_refused_message_that_names_a_patient_is_shown_until_it_was_taken(self):
        engine = self.start()
        unknown = corpus("02").replace(b"|BIO|", b"|NOBODY|").replace(b"|LIS|", b"|NOBODY|")
        with Sender(engine.port) as sender:
            for _ in range(3):
                self.assertNotEqual(ack_code(sender.ask(unknown)), "AA")
            sender.ask(corpus("14"))  # names nobody
            sender.ask(corpus("15"))  # carries no results
        shown = self.anna.get("/api/review")["items"]
        self.assertEqual([i["kind"] for i in shown], ["refused"])
        self.assertEqual(shown[0]["reasons"][0]["where"], "MSH-4")
        lab = engine.folder / "conf/labs/yiannoukas.toml"
        text = lab.read_text()
        at = text.index("senders = [") + len("senders = [")
        lab.write_text(text[:at] + '"NOBODY", ' + text[at:])
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: " reloaded " in engine.log(), 10, "the reload")
        self.assertEqual(engine.get(f"/api/messages/{shown[0]['message_id']}/reprocess", method="POST", body=b"")[0], 200)
        self.assertEqual(self.anna.get("/api/review")["items"], [])

    def test_unmapped_codes_events_and_figures(self):
        engine = self.start()
        self.send(engine, unknown_unit())
        self.send(engine, corpus("02"))
        self.send(engine, message("U-1", order="F-U", ids="745210^^^CYP^NI", name="CONSTANTINOU^MARIA", born="19660917", sex="F",
                                  obx="BIOT^Biot^L||12|ERU|>10|N"))
        items = {i["code"]: i for i in self.anna.get("/api/unmapped")["items"]}
        self.assertEqual(set(items), {"GAL3", "BIOT"})
        self.assertEqual((items["BIOT"]["lab"], items["BIOT"]["units"]), ("BIO", [{"unit": "ERU", "count": 1}]))
        self.assertEqual([i["kind"] for i in self.anna.get("/api/review")["items"]], ["unknown-unit"])
        events = self.anna.get("/api/events")["items"]
        self.assertEqual([e["type"] for e in events if "filed" not in e["type"]], ["lab_result_critical"])
        # Nobody takes them: none of them waits.
        until(lambda: self.anna.get("/api/events?delivered=false")["items"] == [], 10, "that they were given out")
        figures = lambda: engine.get("/metrics")[1]
        until(lambda: 'aorta_reviews_open{kind="unknown-unit"} 1' in figures(), 30, "the open reviews")
        until(lambda: 'aorta_unmapped_open{lab="BIO"} 2' in figures(), 30, "the unmapped codes")
        review = self.anna.get("/api/review")["items"][0]["id"]
        self.assertEqual(self.anna.resolve(review, "accept")[0], 200)
        until(lambda: 'aorta_reviews_open{kind="unknown-unit"} 0' in figures(), 30, "that none is open")

    def test_unmapped_codes_come_in_pages_however_many_there_are(self):
        engine = self.start()
        claims = dict(ids="745210^^^CYP^NI", name="CONSTANTINOU^MARIA", born="19660917", sex="F")
        lines = "".join(f"OBX|{n}|NM|Q{n:04}^Test {n}^L||12|unit {n}|>10||||F\r" for n in range(2, 2002)).encode()
        self.send(engine, message("Q-1", order="F-Q1", obx="Q0001^Test 1^L||12|ERU|>10|N", **claims) + lines)
        self.send(engine, message("Q-2", order="F-Q2", obx="Q1500^Test 1500^L||12|other|>10|N", **claims))
        seen, cursor = [], ""
        while cursor is not None:
            page = self.anna.get(f"/api/unmapped?limit=700&cursor={cursor}")
            self.assertLessEqual(len(page["items"]), 700)
            seen += page["items"]
            cursor = page["next"]
        self.assertEqual([i["code"] for i in seen], ["Q1500"] + [f"Q{n:04}" for n in range(1, 2002) if n != 1500])
        self.assertEqual((seen[0]["count"], {u["unit"] for u in seen[0]["units"]}), (2, {"unit 1500", "other"}))
        self.assertEqual(seen[2]["units"], [{"unit": "unit 2", "count": 1}])
        self.assertEqual(len(self.anna.get("/api/unmapped")["items"]), 50)
        for bad in ("?limit=0", "?limit=1001", "?cursor=x", "?cursor=3120", "?code=K"):
            self.assertEqual(engine.get("/api/unmapped" + bad, key=self.anna.key)[0], 400, bad)


if __name__ == "__main__":
    unittest.main(verbosity=1)
