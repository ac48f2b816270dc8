"""`aorta try` and `aorta serve` give one verdict: every message of the golden cases and of the corpora through both."""
import json
import re
import unittest

from golden_cases import messages
from golden_test import exchange
from support import Engine, until

LARGEST = 200_000  # bytes: what is larger tells nothing more here


def is_one(data):
    """Batches, several messages and a report's groups are tried, and logged, each by itself."""
    lines = re.split(rb"[\r\n]+", data)
    people = {line for line in lines if line.strip().startswith(b"PID")}
    return sum(line.strip()[:3] in (b"MSH", b"BHS", b"FHS") for line in lines) < 2 and len(people) < 2


def bare_messages():
    return [(name, data) for name, data in messages(LARGEST) if b"\x1c" not in data and b"\x0b" not in data and is_one(data)]


class Verdicts(unittest.TestCase):
    def test_try_says_what_serve_does(self):
        """What was sent before decides of a message, too; so every one is tried before any is sent."""
        engine = Engine()
        try:
            engine.start()
            all_messages = bare_messages()
            folder = engine.folder / "messages"
            folder.mkdir()
            for number, (_, data) in enumerate(all_messages):
                (folder / f"{number:04}").write_bytes(b"\x0b" + data + b"\x1c\r")
            tried = [json.loads(line) for line in engine.command("try", "--json", str(folder), check=False).splitlines()]
            self.assertEqual(len(tried), len(all_messages))
            seen, differ = set(), []
            in_original = {"CR": "AR", "CE": "AE"}  # try says it in the words of original mode
            for (name, data), told in zip(all_messages, tried):
                exchange(engine, b"\x0b" + data + b"\x1c\r", 1)
                newest = lambda: engine.get("/api/messages?limit=1")[1]["items"][0]  # noqa: E731
                row = until(lambda: newest()["status"] != "received" and newest(), 10, "what comes of an accepted message")
                if row["status"] == "duplicate" or data in seen:
                    continue  # of what was sent before
                seen.add(data)
                fault = told["error"] or {}
                ours, theirs = (told["status"], told["ack_code"], fault.get("code")), (row["status"], in_original.get(row["ack_code"], row["ack_code"]), row["error_code"])
                if ours != theirs:
                    differ.append(f"{name}: try {ours}, serve {theirs}")
            self.assertGreater(len(seen), 100)
            self.assertEqual(differ, [])
        finally:
            engine.end()


if __name__ == "__main__":
    unittest.main()
