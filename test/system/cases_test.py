"""Cases beside the configuration: `aorta test`."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from support import AORTA, PII_KEY, SOURCE


class Cases(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-cases-"))
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(SOURCE / "conf", self.folder / "conf")
        self.case = self.folder / "conf/cases/yiannoukas-greek-name"

    def run_cases(self, *args):
        done = subprocess.run([AORTA, "-c", str(self.folder / "conf"), "test", *args], env={**os.environ, "AORTA_PII_KEY": PII_KEY}, cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.decode()

    def change(self, change):
        expect = json.loads((self.case / "expect.json").read_text())
        change(expect)
        (self.case / "expect.json").write_text(json.dumps(expect))

    def test_the_shipped_configuration_passes_and_touches_no_store(self):
        code, said = self.run_cases()
        self.assertEqual(code, 0, said)
        self.assertIn("10 cases, 0 failed", said)
        self.assertFalse(list(self.folder.rglob("*.db")))
        _, said = self.run_cases("--coverage")
        for route in ("lab-results", "admissions", "orders", "appointments"):
            self.assertNotIn(f"route '{route}'", said)

    def test_a_difference_is_told_by_its_place(self):
        self.change(lambda expect: expect["messages"][0]["results"][0].update(unit="g/L"))
        code, said = self.run_cases(str(self.case))
        self.assertEqual(code, 1)
        self.assertIn('messages[0].results[0].unit: expected "g/L", is "mg/dL"', said)
        self.change(lambda expect: expect["messages"].append({}))
        self.assertIn("messages: expected 2 items, has 1", self.run_cases()[1])

    def test_a_changed_configuration_fails_the_case_that_is_about_it(self):
        lab = self.folder / "conf/labs/yiannoukas.toml"
        lab.write_text(lab.read_text().replace('GLU = "2345-7"', 'GLU = "2339-0"'))
        code, said = self.run_cases()
        self.assertEqual(code, 1)
        self.assertIn('messages[0].results[0].loinc_code: expected "2345-7"', said)
        self.assertIn("10 cases, 1 failed", said)

    def test_what_is_no_case_is_told(self):
        (self.case / "expect.json").unlink()
        code, said = self.run_cases(str(self.case))
        self.assertEqual(code, 1)
        self.assertIn("there is no expect.json; this is what comes of it now", said)
        for text, why in (("{", "no JSON at its byte 1"), ("[]", "must be an object"), ('{"mesages": []}', "no `mesages`"),
                          ('{"listener": "nowhere"}', "name the `listener`")):
            (self.case / "expect.json").write_text(text)
            self.assertIn(why, self.run_cases(str(self.case))[1])
        message = (self.case / "in.hl7").read_bytes()
        (self.case / "in.hl7").write_bytes(b"")
        (self.case / "expect.json").write_text("{}")
        self.assertIn("in.hl7: there is no message in it", self.run_cases(str(self.case))[1])
        (self.case / "in.hl7").write_bytes(message)
        (self.case / "in.hl7").unlink()
        (self.case / "expect.json").write_text("{}")
        self.assertIn("in.hl7", self.run_cases()[1])
        code, said = self.run_cases(str(self.folder))
        self.assertEqual(code, 1)

    def test_coverage_names_edits_and_codes_that_no_case_exercises(self):
        route = self.folder / "conf/routes/lab-results.toml"
        text = route.read_text().replace('"parse", "accept"', '"parse", "edit", "accept"')
        route.write_text(text + '\n[[edit]]\nset = "PV1-2"\nto = "O"\nwhen = \'MSH-4 = "NOBODY"\'\n')
        code, said = self.run_cases("--coverage")
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r"not exercised: routes/lab-results.toml:\d+: no case is changed by set PV1-2")
        self.assertRegex(said, r"not exercised: \S+labs/yiannoukas.toml: no case sends .*CHOL_T")
        (self.folder / "conf/tables").mkdir(exist_ok=True)
        (self.folder / "conf/tables/kind.csv").write_text("from,to\nO,A\nI,B\nW,C\nN,N\n")
        route.write_text(text + '\n[[edit]]\nmap = "PV1-2"\ntable = "kind"\nelse = "keep"\n')
        code, said = self.run_cases("--coverage")
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r"not exercised: \S+tables/kind.csv: no case comes to the rows I, W\n")

    def test_coverage_names_conditions_that_never_come_out_otherwise(self):
        route = self.folder / "conf/routes/lab-results.toml"
        text = route.read_text()
        other = text.replace('name = "lab-results"', 'name = "x-rays"').replace("[route]", "[route]\nwhen = 'OBR-24 = \"RAD\"'")
        (self.folder / "conf/routes/a-x-rays.toml").write_text(other)
        text = text.replace('"parse", "accept"', '"parse", "edit", "accept"')
        route.write_text(text.replace("[route]", "[route]\nwhen = 'OBR-24 != \"RAD\"'") + """
[[edit]]
when = 'MSH-3 = "LIS"'
set = "PV1-2"
to = "O"
[[edit]]
in = "OBX"
when = 'OBX-2 = "NM" or OBX-2 = "ST"'
set = "OBX-17"
to = "M"
[[edit]]
in = "SPM"
when = 'SPM-4.1 = "UR"'
set = "SPM-8"
to = "M"
""")
        code, said = self.run_cases("--coverage")
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r'not exercised: routes/a-x-rays.toml:\d+: never true in any case: OBR-24 = "RAD"\n')
        self.assertRegex(said, r'not exercised: routes/lab-results.toml:\d+: never false in any case: OBR-24 != "RAD"\n')
        # Of reports of two laboratories, one is LIS: both outcomes came.
        self.assertNotIn('MSH-3 = "LIS"', said)
        self.assertRegex(said, r'never false in any case: OBX-2 = "NM" or OBX-2 = "ST"\n')
        self.assertRegex(said, r'no case comes to the condition SPM-4.1 = "UR"\n')
        # A case of an X-ray exercises both routes' conditions.
        xray = self.folder / "conf/cases/x-ray"
        shutil.copytree(self.folder / "conf/cases/bioanalytica-panel", xray)
        (xray / "in.hl7").write_bytes((xray / "in.hl7").read_bytes().replace(b"||CH|F", b"||RAD|F"))
        (xray / "expect.json").write_text("{}")
        code, said = self.run_cases("--coverage")
        self.assertEqual(code, 0, said)
        self.assertNotIn("RAD", said)


if __name__ == "__main__":
    unittest.main()
