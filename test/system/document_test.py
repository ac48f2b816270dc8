"""Documents through a socket: filed with what is attached, replaced, withdrawn, asked for, kill and repeat; on both databases."""
import base64
import signal
import unittest

from fhir_support import Judged
from review_test import Desk
from support import SHARED, Sender, ack_code, on_both, until

GIORGOS = "M-0001^^^MAIN^MR||PAPADOPOULOS^GEORGIOS||19580412|M"
CORPUS = SHARED / "corpus/hl7"
PDF = b"%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n"

POINTER = "OBX|1|TX|T^Text||Words||||||F\rOBX|2|RP|IMG^Images||http://pacs.example/1^PACS^image^jpeg||||||F\r"


def mdm(event, control, minute, number, parent="", body="OBX|1|TX|T^Text||Words||||||F\r", pid=GIORGOS):
    return (f"MSH|^~\\&|DOCS|HOSP|OPENHEART|MAIN|20261120{minute}||MDM^{event}^MDM_T02|{control}|P|2.5.1|||||CYP|UNICODE UTF-8\r"
            f"EVN||20261120{minute}\rPID|1||{pid}\rPV1|1|O\r"
            f"TXA|1|DS|TX|20261119113000|||||L-5^Georgiou^Anna|||{number}|{parent}||||AU|U|AV\r{body}").encode()


def attached(content, kind="application^pdf"):
    return f"OBX|1|ED|PDF^Report||^{kind}^Base64^{base64.b64encode(content).decode()}||||||F\r"


@on_both
class Document(Judged):
    def shown(self, engine, desk):
        patient = engine.rows("select patient_id from patients where mrn = 'M-0001'")[0][0]
        status, bundle, _ = engine.fhir("GET", f"/DocumentReference?patient={patient}", key=desk.key)
        self.assertEqual(status, 200)
        return [entry["resource"] for entry in bundle["entry"]]

    def test_a_document_from_its_original_to_its_cancellation(self):
        engine = self.engine(routes=["documents"])
        with Sender(engine.port) as sender:
            for letter in (mdm("T02", "D1", "0800", "DOC-1", body=attached(PDF)), mdm("T10", "D2", "0810", "DOC-2", "DOC-1", body=POINTER),
                           mdm("T11", "D3", "0820", "DOC-2", body="")):
                self.assertEqual(ack_code(sender.ask(letter)), "AA")
            reply = sender.ask(mdm("T03", "D4", "0830", "DOC-2"))
            self.assertEqual(ack_code(reply), "AR")
        desk = Desk(engine, "reader", scope="read")
        first, second = self.shown(engine, desk)
        self.assertEqual([(each["status"], each["docStatus"]) for each in (first, second)], [("superseded", "final"), ("entered-in-error", "entered-in-error")])
        self.assertEqual(second["relatesTo"], [{"code": "replaces", "target": {"reference": f"DocumentReference/{first['id']}"}}])
        self.assertEqual(first["masterIdentifier"]["value"], "DOC-1")
        self.assertEqual(base64.b64decode(first["content"][0]["attachment"]["data"]), PDF)
        self.assertEqual(first["content"][0]["attachment"]["contentType"], "application/pdf")
        status, one, _ = engine.fhir("GET", f"/DocumentReference/{first['id']}", key=desk.key)
        self.assertEqual((status, one["content"]), (200, first["content"]))
        _, found, _ = engine.fhir("GET", "/DocumentReference?identifier=DOC-2", key=desk.key)
        self.assertEqual([entry["resource"]["id"] for entry in found["entry"]], [second["id"]])

    def test_a_document_of_messages_is_not_changed_behind_their_back(self):
        engine = self.engine(routes=["documents"])
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(mdm("T02", "P1", "0800", "DOC-1"))), "AA")
        status, bundle, _ = engine.fhir("GET", "/DocumentReference?identifier=DOC-1")
        self.assertEqual(status, 200)
        before = bundle["entry"][0]["resource"]
        path = f"/DocumentReference/{before['id']}"
        self.assertEqual(engine.fhir("PUT", path, {**before, "status": "entered-in-error"})[0], 409)
        self.assertEqual(engine.fhir("DELETE", path)[0], 409)
        self.assertEqual(engine.fhir("GET", path)[1], before)

    def test_what_is_not_what_it_is_declared_to_be_waits_for_a_person(self):
        engine = self.engine(routes=["documents"])
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(mdm("T02", "W1", "0800", "DOC-1", body=attached(PDF, "image^jpeg")))), "AA")
        self.assertEqual(engine.rows("select count(*) from clinical_notes")[0][0], "0")
        self.assertEqual(engine.rows("select count(*) from document_contents")[0][0], "0")
        self.assertEqual([tuple(row) for row in engine.rows("select kind, state from review_queue")], [("bad-attachment", "open")])

    def test_a_report_becomes_a_document_by_the_routes_choice_and_its_correction_a_version(self):
        engine = self.engine(routes=["documents"])

        def oru(control, minute, state, text, service="CUS"):
            return (f"MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120{minute}||ORU^R01^ORU_R01|{control}|P|2.5.1|||||CYP|UNICODE UTF-8\rPID|1||{GIORGOS}\r"
                    f"OBR|1||E-7|ECHO^Echocardiogram^L|||20261120070000|||||||||||||||||{service}|{state}\r"
                    f"OBX|1|TX|GLU^Conclusion^L||{text}||||||{state}\r" + attached(PDF).replace("|1|", "|2|", 1)).encode()

        with Sender(engine.port) as sender:  # by default it is a laboratory's result
            self.assertEqual(ack_code(sender.ask(oru("E0", "0700", "F", "As ever"))), "AA")
        self.assertEqual((engine.count("clinical_notes"), engine.count("lab_results")), (0, 2))
        route = engine.folder / "conf/routes/documents.toml"
        text = route.read_text()
        listed = text[text.index("accept = ["):text.index("]", text.index("accept = ["))]
        text = text.replace(listed, listed + ', "ORU^R01"')
        route.write_text(text.replace("[route]", "[route]\nwhen = 'MSH-9.1 = \"MDM\" or OBR-24 = \"CUS\"'"))
        engine.process.send_signal(signal.SIGHUP)
        until(lambda: "reloaded" in engine.log() or "reload-refused" in engine.log())
        self.assertNotIn("reload-refused", engine.log())
        with Sender(engine.port) as sender:
            for letter in (oru("E1", "0800", "P", "Preliminary"), oru("E2", "0810", "F", "Final"), oru("E3", "0820", "C", "Corrected")):
                self.assertEqual(ack_code(sender.ask(letter)), "AA")
            self.assertEqual(ack_code(sender.ask(oru("E4", "0900", "F", "A value", "CH"))), "AA")
        self.assertEqual((engine.count("clinical_notes"), engine.count("lab_results")), (1, 2))
        self.assertEqual([row[0] for row in engine.rows("select content_text from note_versions order by version")], ["Preliminary", "Final", "Corrected"])
        one, = [each for each in self.shown(engine, Desk(engine, "reader", scope="read")) if each.get("masterIdentifier", {}).get("value") == "E-7/ECHO"]
        self.assertEqual((one["status"], one["docStatus"]), ("current", "final"))
        self.assertEqual([base64.b64decode(each["attachment"]["data"]) for each in one["content"]], [b"Corrected", PDF])

    @unittest.skipUnless(CORPUS.exists(), "no corpus here")
    def test_what_others_really_send_is_filed_or_refused_for_a_reason(self):
        engine = self.engine(routes=["documents"])
        status, _, _ = engine.fhir("POST", "/Patient", {"resourceType": "Patient", "name": [{"family": "PROSOLV", "given": ["SAMPLE"]}],
                                                        "birthDate": "1972-12-01", "gender": "male"})
        self.assertEqual(status, 201)
        with Sender(engine.port) as sender:
            replies = [sender.ask((CORPUS / f"MDM-T02-0{n}.hl7").read_bytes().replace(b"\n", b"\r")) for n in (2, 3)]
        self.assertEqual([ack_code(reply) for reply in replies], ["AA", "CR"])
        self.assertIn("202&Unsupported processing id", replies[1].decode())  # MSH-11 is T, and MSH-15 AL
        self.assertEqual([tuple(row) for row in engine.rows("select document_type, note_type, completion_status, placer_order_number from clinical_notes")],
                         [("DI", "diagnostic_imaging", "AU", "00012345")])
        _, found, _ = engine.fhir("GET", "/DocumentReference?_count=5")
        content = found["entry"][0]["resource"]["content"][0]["attachment"]
        self.assertEqual(base64.b64decode(content["data"]).decode(),
                         "Toilet cylinder crackers model step-mother visor opening communication\n"
                         "Columnist draft inn brown income ikebana circulation prince")
        # The other one has the same control id, and an attachment without data.
        first = (CORPUS / "MDM-T02-01.hl7").read_bytes().replace(b"\n", b"\r")
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(first)), "AA")
        self.assertEqual([tuple(row) for row in engine.rows("select kind from review_queue")], [("bad-attachment",)])

    def test_a_repeat_and_a_kill_file_nothing_twice(self):
        engine = self.engine(routes=["documents"])
        letter = mdm("T02", "K1", "0800", "DOC-1", body=attached(PDF))
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(letter)), "AA")
        engine.process.send_signal(signal.SIGKILL)
        engine.process.wait()
        engine.start()
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(letter)), "AA")
        for table in ("clinical_notes", "note_versions", "document_contents"):
            self.assertEqual(engine.rows(f"select count(*) from {table}")[0][0], "1", table)
        self.assertEqual(engine.rows("select count(*) from event_outbox where event_type = 'document_created'")[0][0], "1")


if __name__ == "__main__":
    unittest.main()
