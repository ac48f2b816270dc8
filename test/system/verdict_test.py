"""`aorta try` and `aorta serve` give one verdict: every message of the golden cases and of the corpora through both."""
import json
import unittest

from golden_cases import messages
from golden_test import exchange
from support import Engine

LARGEST = 200_000  # bytes: what is larger tells nothing more here


def bare_messages():
    return [(name, data) for name, data in messages(LARGEST) if b"\x1c" not in data and b"\x0b" not in data]


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
            for (name, data), told in zip(all_messages, tried):
                exchange(engine, b"\x0b" + data + b"\x1c\r", 1)
                row = engine.get("/api/messages?limit=1")[1]["items"][0]
                if row["status"] == "duplicate" or data in seen:
                    continue  # of what was sent before
                seen.add(data)
                fault = told["error"] or {}
                ours, theirs = (told["status"], told["ack_code"], fault.get("code")), (row["status"], row["ack_code"], row["error_code"])
                if ours != theirs:
                    differ.append(f"{name}: try {ours}, serve {theirs}")
            self.assertGreater(len(seen), 100)
            self.assertEqual(differ, [])
        finally:
            engine.end()


if __name__ == "__main__":
    unittest.main()
