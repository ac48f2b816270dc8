"""Holds the direction of includes (ARCHITECTURE.md): dependencies point down, pure rooms know nothing of the outside."""
import pathlib
import re
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[1]
PURE = {"base", "critical", "delivery", "gesy", "hl7", "csv", "edit", "fhir", "lab", "pseudonym", "identity", "model", "config", "ports", "pipeline", "query", "http"}
MAY_USE = {
    "base": set(),
    "hl7": {"base"},
    "csv": {"base"},
    "edit": {"hl7", "csv", "base"},
    "delivery": {"base"},
    "gesy": {"delivery", "base"},
    "model": {"base"},
    "identity": {"model", "base"},
    "fhir": {"identity", "model", "base"},
    "lab": {"hl7", "csv", "identity", "model", "base"},
    "pseudonym": {"edit", "lab", "hl7", "identity", "model", "base"},
    "critical": {"lab", "model", "base"},
    "config": {"gesy", "critical", "edit", "delivery", "lab", "hl7", "identity", "model", "base"},
    "ports": {"critical", "delivery", "lab", "identity", "model", "base"},
    "store": {"critical", "delivery", "ports", "lab", "identity", "model", "hl7", "base"},
    "net": {"ports", "config", "hl7", "base", "telemetry"},
    "telemetry": {"base"},
    "records": {"ports", "fhir", "identity", "model", "base"},
    "admission": {"records", "fhir", "ports", "hl7", "lab", "identity", "model", "base"},
    "appointment": {"records", "ports", "hl7", "lab", "identity", "model", "base"},
    "document": {"records", "fhir", "ports", "hl7", "lab", "identity", "model", "base"},
    "order": {"records", "ports", "hl7", "lab", "identity", "model", "base"},
    "query": {"hl7", "lab", "identity", "model", "base"},
    "rest": {"http", "records", "fhir", "ports", "lab", "identity", "model", "base"},
    "http": {"ports", "hl7", "model", "base"},
    "export": {"rest", "http", "records", "fhir", "ports", "lab", "identity", "model", "base"},
    "api": {"gesy", "critical", "edit", "delivery", "export", "rest", "http", "fhir", "records", "ports", "hl7", "lab", "identity", "model", "base"},
    "pipeline": {"admission", "order", "appointment", "document", "query", "edit", "delivery", "rest", "records", "fhir", "ports", "config", "hl7", "lab", "identity", "model", "base"},
    "actors": {"delivery", "pipeline", "rest", "fhir", "ports", "config", "telemetry", "hl7", "lab", "identity", "model", "base"},
    "routes": {"edit", "delivery", "pipeline", "actors", "fhir", "ports", "config", "telemetry", "hl7", "lab", "identity", "model", "base"},
    "gateway": {"gesy", "critical", "delivery", "routes", "actors", "pipeline", "http", "api", "export", "rest", "fhir", "net", "config", "telemetry", "ports", "hl7", "lab", "identity", "model", "base"},
    "cli": {"gesy", "critical", "edit", "pseudonym", "delivery", "gateway", "routes", "actors", "pipeline", "http", "api", "rest", "fhir", "store", "net", "config", "csv", "telemetry", "ports", "hl7", "lab", "identity", "model", "base"},
}
OUTSIDE = re.compile(r'#include\s*[<"](caf/|uv\.h|soci/|hiredis|spdlog/|sqlite3\.h|libpq|CLI/|boost/beast|prometheus/|curl/)')
CLOCK = re.compile(r"\b(system_clock::now|steady_clock::now|getenv|std::time\(|gettimeofday)")
OURS = re.compile(r'#include\s*"(?:engine/)?([a-z0-9]+)/')
ONLY_HERE = {"CLI/": "engine/cli/main", "soci/": "engine/store", "sqlite3.h": "engine/store", "uv.h": "engine/net", "curl/": "engine/net", "hiredis": "engine/gateway/carriers", "cairo": "engine/export/sheets.cpp", "pango/": "engine/export/sheets.cpp", "caf/": ("actors", "routes", "engine/gateway")}


def rooms():
    for path in sorted(SOURCE.glob("engine/*/**/*.[ch]pp")):
        yield path.relative_to(SOURCE).parts[1], path
    for room in ("actors", "routes"):
        for path in sorted(SOURCE.glob(f"{room}/*.[ch]pp")):
            yield room, path


class Includes(unittest.TestCase):
    def test_every_room_uses_only_what_is_below_it(self):
        wrong = []
        for room, path in rooms():
            for number, line in enumerate(path.read_text().splitlines(), 1):
                used = OURS.match(line)
                if used and used[1] != room and used[1] not in MAY_USE[room]:
                    wrong.append(f"{path.relative_to(SOURCE)}:{number}: {room} includes {used[1]}")
        self.assertEqual(wrong, [])

    def test_pure_rooms_know_no_outside(self):
        wrong = []
        for room, path in rooms():
            if room not in PURE:
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                named_clock = path.name == "clock.cpp" and room == "base"  # the one clock that is handed in
                if OUTSIDE.search(line) or (CLOCK.search(line) and not named_clock):
                    wrong.append(f"{path.relative_to(SOURCE)}:{number}: {line.strip()}")
        self.assertEqual(wrong, [])

    def test_each_library_stays_in_its_room(self):
        wrong = []
        for _, path in rooms():
            text = path.read_text()
            for library, places in ONLY_HERE.items():
                if re.search(rf'#include\s*[<"]{re.escape(library)}', text) and not str(path.relative_to(SOURCE)).startswith(places):
                    wrong.append(f"{path.relative_to(SOURCE)} includes {library}")
        self.assertEqual(wrong, [])

    def test_every_header_is_used(self):
        texts = [p.read_text() for p in SOURCE.rglob("*.[ch]pp") if "build" not in p.relative_to(SOURCE).parts]
        unused = [str(path.relative_to(SOURCE)) for _, path in rooms()
                  if path.suffix == ".hpp" and not any(f'"{path.relative_to(SOURCE)}"' in t for t in texts)]
        self.assertEqual(unused, [])


if __name__ == "__main__":
    unittest.main()
