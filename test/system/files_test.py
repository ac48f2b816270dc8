"""Laboratories' files: by the command line, the API and a folder; twice, changed, bad, cut; a kill in the middle."""
import pathlib
import random
import signal
import subprocess
import time
import unittest

from support import AORTA, SOURCE, WithStore, on_both, until

FILES = '[files.bioanalytica]\nlab = "bioanalytica"\n'
HEADINGS = "ID Card;Surname;Name;Birth Date;Sex;Sample;Collected;Test;Description;Result;Unit;Range;Flag\r\n"
ELENI, CHARALAMBOS = "701122;ΑΝΤΩΝΙΟΥ;ΕΛΕΝΗ;21/05/1962;F", "615533;ΙΩΑΝΝΟΥ;ΧΑΡΑΛΑΜΠΟΣ;02/10/1954;M"
DEMO = SOURCE / "conf/demo"


def row(who, sample, test, value, unit="mmol/L", time="23/11/2026 07:15"):
    return f"{who};{sample};{time};{test};;{value};{unit};;\r\n"


def encoded(*rows):
    return (HEADINGS + "".join(rows)).encode("windows-1253")


@on_both
class Files(WithStore):
    def files(self, folder=False, **how):
        extra = FILES + ('folder = "inbox"\n' if folder else "")
        made = self.engine(routes=("lab-files",), extra=extra, roster=False, **how) if not how else self.engine(routes=("lab-files",), extra=extra, **how)
        made.command("patients", "load", str(DEMO / "patients.csv"))
        return made

    def post(self, engine, content, path="import", key=None):
        return engine.get(f"/api/labs/bioanalytica/{path}", method="POST", body=content, key=key)

    def taken_in(self, engine, content):
        """The import's page, once it has ended."""
        status, begun = self.post(engine, content)
        self.assertEqual(status, 202, begun)
        return self.ended(engine, begun["import"])

    def ended(self, engine, job, seconds=60):
        def look():
            status, shown = engine.get(f"/api/imports/{job}")
            self.assertEqual(status, 200, shown)
            return shown["state"] != "running" and shown

        return until(look, seconds, "the import")

    def test_the_demo_file(self):
        engine = self.files()
        shown = self.taken_in(engine, (DEMO / "results.csv").read_bytes())
        self.assertEqual((shown["state"], shown["verdicts"]), ("done", {"failed": 1, "filed": 5, "no-value": 1, "total": 1}))
        rows = engine.rows("select test_code, value_numeric, unit, filler_order_number from lab_results order by filler_order_number, test_code")
        self.assertEqual([(row[0], float(row[1]), row[2]) for row in rows if row[3] == "DEMO-F-2"],
                         [("CREAT", 1.0, "mg/dL"), ("K", 4.1, "mmol/L")])
        self.assertEqual(len(rows), 5)
        # The range with a blank in the middle is one, and the value above 6.0 is critical.
        self.assertEqual(engine.rows("select test_code from lab_results where critical_value"), [("K",)])
        self.assertEqual(engine.rows("select distinct entry_method from lab_results"), [("csv_import",)])
        self.assertEqual(engine.count("critical_alert"), 1)
        # What could not be read waits for a person, with the row's bytes.
        failed = engine.messages("&status=failed")
        self.assertEqual(len(failed), 1)
        status, detail = engine.get(f"/api/messages/{failed[0]['id']}")
        self.assertIn("31/02/1990", str(detail))
        bad = [line for line in shown["items"] if line["verdict"] == "failed"]
        self.assertEqual([(line["line"], line["code"], line["where"]) for line in bad], [(10, "data-type", "row 1, birth_date")])
        self.assertEqual(engine.count("review_queue"), 1)
        # Nothing that a person is called by is in the log.
        for word in ("ΑΝΤΩΝΙΟΥ", "701122", "ΑΓΝΩΣΤΟΥ"):
            self.assertNotIn(word, engine.log())

    def test_a_file_twice_changes_nothing_and_one_changed_row_changes_one(self):
        engine = self.files()
        rows = [row(ELENI, "F-1", "K", "4,1"), row(ELENI, "F-1", "NA", "140"), row(CHARALAMBOS, "F-2", "K", "4,4")]
        self.assertEqual(self.taken_in(engine, encoded(*rows))["verdicts"], {"filed": 3})
        before = engine.rows("select id, version from lab_results order by id")
        again = self.taken_in(engine, b"export of today\r\n" + encoded(*rows))
        self.assertEqual(again["verdicts"], {"known": 3})
        self.assertEqual(engine.rows("select id, version from lab_results order by id"), before)
        rows[0] = row(ELENI, "F-1", "K", "4,7")
        self.assertEqual(self.taken_in(engine, encoded(*rows))["verdicts"], {"filed": 2, "known": 1})
        after = engine.rows("select test_code, value_text, version from lab_results order by test_code, value_text")
        self.assertEqual([each[:2] for each in after], [("K", "4,4"), ("K", "4,7"), ("NA", "140")])
        self.assertEqual(engine.rows("select value_text, version from lab_result_versions"), [("4,1", "1")])

    def test_what_a_file_repeats_is_told_to_nobody_again(self):
        engine = self.files()
        rows = [row(ELENI, "F-1", "K", "6,9"), row(ELENI, "F-1", "NA", "140")]
        self.taken_in(engine, encoded(*rows))
        self.taken_in(engine, encoded(rows[0], row(ELENI, "F-1", "NA", "141")))
        self.assertEqual(engine.rows("select test_code, value_text from lab_result_versions"), [("NA", "140")])
        self.assertEqual(engine.count("critical_alert"), 1)

    def test_an_old_value_that_comes_again_is_a_persons(self):
        engine = self.files()
        for value in ("5,0", "4,0"):
            self.assertEqual(self.taken_in(engine, encoded(row(ELENI, "F-1", "K", value)))["verdicts"], {"filed": 1})
        again = self.taken_in(engine, encoded(row(ELENI, "F-1", "K", "5,0")))
        self.assertEqual(again["verdicts"], {"held": 1})
        self.assertEqual(engine.rows("select value_text from lab_results"), [("4,0",)])
        message = again["items"][0]["message"]
        status, done = engine.get(f"/api/messages/{message}/reprocess", method="POST", body=b'{"reason": "it counts"}')
        self.assertEqual(status, 200, done)
        self.assertEqual(engine.rows("select value_text from lab_results"), [("5,0",)])

    def test_old_values_are_asked_once_however_they_come(self):
        engine = self.files()
        files = [encoded(row(ELENI, "F-1", "K", "5,0")), encoded(row(ELENI, "F-1", "K", "5,0"), row(ELENI, "F-1", "NA", "140")),
                 encoded(row(ELENI, "F-1", "K", "4,5"))]
        jobs = [self.post(engine, each)[1]["import"] for each in (*files, files[1], files[0])]  # all of them wait together
        verdicts = [self.ended(engine, job)["verdicts"] for job in jobs]
        self.assertEqual(verdicts, [{"filed": 1}, {"filed": 2}, {"filed": 1}, {"held": 2}, {"held": 1}])
        self.assertEqual(sorted(engine.rows("select test_code, value_text from lab_results")), [("K", "4,5"), ("NA", "140")])
        for _ in range(2):
            self.assertEqual(self.taken_in(engine, files[1])["verdicts"], {"held": 2})
        self.assertEqual(engine.count("review_queue"), 2)

    def test_a_row_that_cannot_be_read_asks_once(self):
        engine = self.files()
        bad = row(ELENI, "F-1", "K", "4,1", time="31/02/2026 07:15")
        for _ in range(3):
            shown = self.taken_in(engine, encoded(row(CHARALAMBOS, "F-2", "K", "4,1"), bad))
            self.assertEqual(shown["verdicts"]["failed"], 1)
        self.assertEqual((len(engine.messages("&status=failed")), engine.count("review_queue")), (1, 1))

    def test_while_the_route_is_paused_files_wait_and_nobody_is_erased(self):
        engine = self.files()
        self.assertEqual(engine.get("/api/routes/lab-files/pause", method="POST", body=b'{"reason": "test"}')[0], 200)
        status, begun = self.post(engine, encoded(row(ELENI, "F-1", "K", "4,1")))
        self.assertEqual(status, 202)
        time.sleep(3)
        self.assertEqual((engine.get(f"/api/imports/{begun['import']}")[1]["state"], engine.count("hl7_message_log")), ("running", 0))
        patient = engine.rows("select min(patient_id) from patients")[0][0]
        status, refused = engine.get(f"/api/patients/{patient}/erase?dry_run=true", method="POST", body=b'{"reason": "asked"}')
        self.assertEqual(status, 409, refused)
        self.assertEqual(engine.get("/api/routes/lab-files/resume", method="POST", body=b'{"reason": "test"}')[0], 200)
        self.assertEqual(self.ended(engine, begun["import"])["verdicts"], {"filed": 1})

    def test_a_profile_that_changes_while_a_file_waits_divides_it_anew(self):
        engine = self.files()
        profile = engine.folder / "conf/labs/bioanalytica.toml"
        text = profile.read_text()
        profile.write_text(text.replace('[csv]\n', '[csv]\ndate = "yyyy-MM-dd"\ntime = "yyyy-MM-dd HH:mm"\n').replace('code = "BIO"', 'code = "BIO"\ncharset = "windows-1253"'))
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: "reloaded" in engine.log(), 20, "the reload")
        count = 6000
        status, begun = self.post(engine, encoded(*[row(ELENI, f"F-{n // 5}", ("K", "NA", "CA", "GLU", "CL")[n % 5], "4,1") for n in range(count)]))
        shown = f"/api/imports/{begun['import']}"
        until(lambda: engine.get(shown)[1]["done"] > 0, 60, "the first rows")
        self.assertEqual(engine.get("/api/routes/lab-files/pause", method="POST", body=b'{"reason": "test"}')[0], 200)
        self.assertEqual(engine.get(shown)[1]["state"], "running")
        profile.write_text(text)
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: engine.log().count("reloaded") == 2, 20, "the reload")
        self.assertEqual(engine.get("/api/routes/lab-files/resume", method="POST", body=b'{"reason": "test"}')[0], 200)
        done = self.ended(engine, begun["import"], 240)
        self.assertEqual(done["verdicts"], {"filed": count})
        self.assertEqual({line["verdict"] for line in done["items"]}, {"filed"})
        self.assertEqual(engine.count("lab_results"), count)

    def test_what_is_written_to_a_file_that_was_taken_is_read_too(self):
        engine = self.files(folder=True)
        inbox = pathlib.Path(engine.folder) / "inbox"
        until(inbox.exists, 20, "the folder")
        self.assertEqual(engine.get("/api/routes/lab-files/pause", method="POST", body=b'{"reason": "test"}')[0], 200)
        with open(inbox / "slow.csv", "wb") as file:
            file.write(encoded(row(ELENI, "F-1", "K", "4,1")))
            file.flush()
            until(lambda: not (inbox / "slow.csv").exists() and engine.count("jobs") == 1, 30, "the file to be taken")
            file.write(row(ELENI, "F-2", "K", "4,2").encode("windows-1253"))
        self.assertEqual(engine.get("/api/routes/lab-files/resume", method="POST", body=b'{"reason": "test"}')[0], 200)
        until(lambda: (inbox / "done/slow.csv").exists(), 60, "the file to be done")
        self.assertEqual(engine.count("lab_results"), 2)

    def test_files_that_cannot_be_read_file_nothing(self):
        engine = self.files()
        good = row(ELENI, "F-1", "K", "4,1")
        for content, why in ((b"", "empty"), ((HEADINGS.replace("Result", "Value") + good).encode("windows-1253"), "'Result'"),
                             (encoded(good) + b"701122;cut", "in the middle of a row"), ("\ufeff".encode("utf-16-le") + good.encode("utf-16-le"), "UTF-16"),
                             (encoded(good) + b"701122;\xd2;;;;;;;;;;;\r\n", "charset"), (encoded(good) + b'"701122;open\r\n', "never closed")):
            with self.subTest(why):
                status, refused = self.post(engine, content, "test")
                self.assertEqual((status, refused["error"]["code"]), (422, "unreadable-file"))
                shown = self.taken_in(engine, content)
                self.assertEqual(shown["state"], "failed")
                self.assertIn(why, shown["fault"])
        self.assertEqual((engine.count("lab_results"), engine.count("hl7_message_log")), (0, 0))
        status, refused = engine.get("/api/labs/nobody/import", method="POST", body=b"x")
        self.assertEqual(status, 404)

    def test_a_trial_stores_nothing_and_says_what_would_be(self):
        engine = self.files()
        status, tried = self.post(engine, (DEMO / "results.csv").read_bytes(), "test")
        self.assertEqual((status, tried["verdicts"]), (200, {"failed": 1, "filed": 5, "no-value": 1, "total": 1}))
        first = tried["items"][0]
        self.assertEqual((first["line"], first["to_line"], first["verdict"]), (4, 5, "filed"))
        self.assertIn("2160-0", str(first["would"]))
        self.assertEqual((engine.count("lab_results"), engine.count("hl7_message_log"), engine.count("jobs")), (0, 0, 0))
        told = engine.command("import", "bioanalytica", str(DEMO / "results.csv"), "--dry-run", check=False)
        self.assertIn("8 rows, nothing was filed", told)
        self.assertIn("2160-0", told)
        self.assertEqual(engine.count("jobs"), 0)

    def test_the_command_line(self):
        engine = self.files()
        told = engine.command("import", "bioanalytica", str(DEMO / "results.csv"), check=False)
        self.assertIn("8 rows:", told)
        self.assertIn("line 10: row 1, birth_date", told)
        self.assertEqual(engine.count("lab_results"), 5)
        done = subprocess.run([AORTA, "-c", str(engine.folder / "conf"), "import", "bioanalitica", str(DEMO / "results.csv")], env=engine.environment,
                              capture_output=True, cwd=engine.folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("did you mean 'bioanalytica'", done.stderr.decode())

    def test_a_watched_folder(self):
        engine = self.files(folder=True)
        inbox = pathlib.Path(engine.folder) / "inbox"
        until(inbox.exists, 20, "the folder")
        (inbox / "Αποτελέσματα 23.csv").write_bytes(encoded(row(ELENI, "F-1", "K", "4,1")))
        (inbox / "bad.csv").write_bytes(b"nothing of the kind\r\n1;2\r\n")
        (inbox / "notes.txt").write_bytes(b"no file of results")
        until(lambda: (inbox / "done/Αποτελέσματα 23.csv").exists() and (inbox / "failed/bad.csv").exists(), 30, "both to be put away")
        self.assertIn("headings", (inbox / "failed/bad.csv.reason.txt").read_text())
        self.assertEqual(engine.count("lab_results"), 1)
        self.assertTrue((inbox / "notes.txt").exists())
        # The same name again is another file; the first stays where it is.
        (inbox / "Αποτελέσματα 23.csv").write_bytes(encoded(row(ELENI, "F-1", "NA", "140")))
        until(lambda: len(list((inbox / "done").iterdir())) == 2, 30, "the second")
        self.assertEqual(engine.count("lab_results"), 2)

    def test_a_file_that_still_grows_is_left_alone(self):
        engine = self.files(folder=True)
        inbox = pathlib.Path(engine.folder) / "inbox"
        until(inbox.exists, 20, "the folder")
        with open(inbox / "growing.csv", "wb") as file:
            file.write(HEADINGS.encode())
            for n in range(12):
                file.write(row(ELENI, f"F-{n}", "K", "4,1").encode("windows-1253"))
                file.flush()
                time.sleep(0.4)
        until(lambda: (inbox / "done/growing.csv").exists(), 30, "the file to be taken")
        self.assertEqual(engine.count("lab_results"), 12)

    def test_kills_in_the_middle(self):
        engine = self.files(folder=True)
        inbox = pathlib.Path(engine.folder) / "inbox"
        until(inbox.exists, 20, "the folder")
        count = 3000
        (inbox / "large.csv").write_bytes(encoded(*[row(ELENI if n % 2 else CHARALAMBOS, f"F-{n}", "K", f"{3 + n % 20 / 10:.1f}".replace(".", ",")) for n in range(count)]))
        chance = random.Random(5)
        for _ in range(4):
            time.sleep(chance.uniform(0.3, 2.5))
            engine.process.send_signal(signal.SIGKILL)
            engine.process.wait()
            engine.start()
        until(lambda: (inbox / "done/large.csv").exists(), 120, "the file to be done")
        self.assertEqual(engine.count("lab_results"), count)
        self.assertEqual(engine.rows("select count(*) from (select 1 from lab_results group by filler_order_number having count(*) > 1) as twice"), [("0",)])
        status, all_of = engine.get("/api/imports")
        self.assertEqual([(each["state"], each["verdicts"]) for each in all_of["items"]], [("done", {"filed": count})])

    def test_rows_without_an_order_keep_their_places(self):
        engine = self.files()
        rows = [row(ELENI, "", "GLU", "5,1"), row(CHARALAMBOS, "", "GLU", "5,2"), row(ELENI, "", "GLU", "7,9")]
        self.assertEqual(self.taken_in(engine, encoded(*rows))["verdicts"], {"filed": 3})
        self.assertEqual(engine.count("lab_results"), 3)
        rows[2] = row(ELENI, "", "GLU", "8,0")
        self.assertEqual(self.taken_in(engine, encoded(*rows))["verdicts"], {"filed": 1, "known": 2})
        self.assertEqual(engine.count("lab_results"), 3)

    def test_who_may(self):
        engine = self.files()
        read = engine.command("key", "create", "--name", "reader", "--scope", "read").split()[-1]
        self.assertEqual(self.post(engine, b"x", key=read)[0], 403)
        self.assertEqual(self.post(engine, b"x", "test", key=read)[0], 403)
        self.assertEqual(engine.get("/api/imports", key=read)[0], 200)


if __name__ == "__main__":
    unittest.main()
