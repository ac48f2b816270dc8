"""The golden cases' folders (test/golden/README.md says what is in them), for whatever sends them through sockets."""
import json

from support import SHARED, SOURCE

FOLDER = SOURCE / "test/golden"
SHOWN = json.loads((FOLDER / "shown.json").read_text())
CAME = ("in.hl7", "in.raw", "lab.toml")


def cases():
    return sorted(path for path in (FOLDER / "oru").iterdir() if path.is_dir())


def steps(case):
    """What comes, in order."""
    return sorted(path for path in case.iterdir() if path.name.endswith(CAME))


def messages(largest):
    """(name, bytes) of every message of the golden cases, and of the foreign corpora where they are."""
    for case in cases():
        for step in steps(case):
            if step.suffix == ".hl7":
                yield f"{case.name}/{step.name}", step.read_bytes()
    for path in sorted((SHARED / "corpus/hl7").rglob("*")):
        if path.is_file() and path.stat().st_size < largest:
            yield str(path.relative_to(SHARED)), path.read_bytes()


def shown_members(of, which):
    return {name: of[name] for name in SHOWN[which] if of.get(name) is not None and of[name] is not False and of[name] != ""}


def shown_result(row):
    out = shown_members(row, "result")
    if not row["current"]:
        out["current"] = False
    if row["attachments"]:
        out["attachments"] = len(row["attachments"])
    return {**out, "sent": shown_members(row["sent"], "sent")}


def shown_message(detail):
    """What rows.json and trace.json show of a message as GET /api/messages/{id} tells it."""
    shown = {**shown_members(detail, "message"), "reviews": sorted(review["kind"] for review in detail["reviews"]),
             "results": [shown_result(each) for each in detail["results"]]}
    return shown, {**detail["trace"], "stages": []}  # their times differ
