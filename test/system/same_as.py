"""Two builds do the same: `same_as.py OLD NEW` sends every message of the golden cases and of the corpora to both engines and compares replies,
log rows, results and traces; times, ids and ports aside. For changes that move things and must change nothing. Exit 1 when anything differs."""
import json
import os
import re
import sys

OLD, NEW = sys.argv[1], sys.argv[2]
os.environ.setdefault("AORTA_BINARY", NEW)
import support
from golden_cases import messages
from golden_test import exchange
from support import SHARED, Engine

LARGEST = 3_000_000
MASKS = [(re.compile(pattern), to) for pattern, to in (
    (r'"microseconds": ?[0-9.e-]+', ""), (r'"config_version": "[0-9a-f]+"', ""), (r"127\.0\.0\.1:\d+", "HOST"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID"), (r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "AT"),
    (r"[|#^][0-9a-f]{20}[|#^]", "|ID|"), (r"[|#]20\d{12}(\.\d+)?([+-]\d{4})?[|#]", "|AT|"))]


def masked(text):
    for pattern, to in MASKS:
        text = pattern.sub(to, text)
    return text


def inputs():
    yield from messages(LARGEST)
    for path in sorted((SHARED / "corpus/fhir").rglob("*.json")):
        if path.stat().st_size < LARGEST and b'"Bundle"' in path.read_bytes()[:3000]:
            yield str(path.relative_to(SHARED)), path.read_bytes()


def what_comes_of_all(binary):
    support.AORTA = binary
    engine = Engine()
    out = {}
    try:
        engine.start()
        for name, data in inputs():
            if name.endswith(".json"):
                status, body, _ = engine.fhir("POST", "/Bundle", data)
                out[name] = f"{status} " + masked(json.dumps(body, sort_keys=True))
            else:
                out[name] = "\n".join(masked(reply.decode("latin-1")) for reply in exchange(engine, b"\x0b" + data + b"\x1c\r", 1))
        cursor, rows = "", []
        while True:
            page = engine.get("/api/messages?limit=200" + (f"&cursor={cursor}" if cursor else ""))[1]
            rows += [masked(json.dumps(engine.get("/api/messages/" + row["id"])[1], sort_keys=True, ensure_ascii=False)) for row in page["items"]]
            cursor = page.get("next") or ""
            if not cursor:
                break
        out.update({f"row {number}": row for number, row in enumerate(reversed(rows))})
        return out
    finally:
        engine.end()


def main():
    before, after = what_comes_of_all(OLD), what_comes_of_all(NEW)
    different = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    for name in different[:20]:
        one, other = before.get(name) or "", after.get(name) or ""
        at = next((i for i, (left, right) in enumerate(zip(one, other)) if left != right), min(len(one), len(other)))
        print(f"{name}\n  - {one[max(0, at - 100):at + 200]}\n  + {other[max(0, at - 100):at + 200]}")
    print(f"{len(before)} compared, {len(different)} different")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
