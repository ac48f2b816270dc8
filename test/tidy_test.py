"""clang-tidy finds nothing in most rooms (`.clang-tidy` says what it looks for, and why not for the rest). A room is added to ROOMS when it is clean.

  tidy_test.py [--seconds N] BUILD_FOLDER [BEGINNING_OF_A_PATH...]

A unit is looked at again when its text, that of any header of ours below it, its command, `.clang-tidy` or the tool has changed; what was found is
kept in ~/.cache/aorta-tidy. The build folder must have been built: some headers are generated. With a limit of seconds what was committed last comes first,
and how many there was no time for is told: they are looked at next time."""
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
ROOMS = tuple(f"engine/{room}/" for room in ("base", "model", "identity", "hl7", "csv", "lab", "fhir", "config", "ports", "telemetry", "records", "http", "gesy", "pipeline", "net", "api", "gateway")) + ("actors/", "routes/")
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "aorta-tidy"
KEPT_DAYS = 30
INCLUDE = re.compile(rb'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
FINDING = re.compile(r"^(/.*?):(\d+):(\d+): (?:warning|error): ", re.MULTILINE)


def arguments_of(command):
    """What clang understands of the compiler's command: places and definitions. Precompiled headers, warnings and code generation are g++'s; assertions are
    looked at too."""
    words, kept = iter(shlex.split(command)), []
    for word in words:
        if word.startswith(("-D", "-I", "-std=")) and word != "-DNDEBUG":
            kept.append(word)
        elif word == "-isystem":
            kept += [word, next(words)]
    return kept


def sources_of(file):
    """A room that is compiled as one unit includes its sources."""
    return [pathlib.Path(name.decode()) for name in INCLUDE.findall(file.read_bytes())] if file.name.startswith("unity_") else [file]


def units(build, parts):
    """(source, arguments) of each."""
    wanted = parts or ROOMS
    for entry in json.loads((build / "compile_commands.json").read_text()):
        for source in sources_of(pathlib.Path(entry["file"])):
            if source.is_relative_to(ROOT) and any(str(source.relative_to(ROOT)).startswith(part) for part in wanted):
                yield source, arguments_of(entry["command"])


@functools.cache
def text_and_includes(path):
    text = path.read_bytes()
    return hashlib.sha256(text).hexdigest(), [name.decode() for name in INCLUDE.findall(text)]


def texts_below(source, folders):
    """Digests of a unit's own text and of all our headers that it reads, by their paths in the project."""
    found, waiting = {}, [source]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path], names = text_and_includes(path)
        for name in names:
            waiting += [folder / name for folder in (path.parent, *folders) if (folder / name).is_file()][:1]
    return sorted((path.name, digest) for path, digest in found.items())


def key_of(source, arguments, tool, build):
    folders = [pathlib.Path(word[2:]) for word in arguments if word.startswith("-I")]
    where = [word.replace(str(build), "BUILD").replace(str(ROOT), "") for word in arguments]  # one for all checkouts and presets
    said = [str(source.relative_to(ROOT)), where, texts_below(source, folders), (ROOT / ".clang-tidy").read_text(), tool]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def findings_of(source, arguments, tidy):
    done = subprocess.run([tidy, "--quiet", str(source), "--", *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0 and not FINDING.search(done.stdout):
        return f"{source}: {done.stderr}"
    return done.stdout.replace(str(ROOT) + "/", "")


def looked_at(unit, tidy, tool, build, until):
    """(what was found, whether it had to be looked for); None: there was no time."""
    kept = CACHE / key_of(*unit, tool, build)
    if kept.exists():
        kept.touch()
        return kept.read_text(), False
    if time.monotonic() > until:
        return None
    found = findings_of(*unit, tidy)
    part = kept.with_suffix(f".{os.getpid()}.{unit[0].stem}")
    part.write_text(found)
    part.rename(kept)
    return found, True


def newest_first(all_units):
    done = subprocess.run(["git", "log", "-n", "200", "--name-only", "--format="], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    places = {}
    for name in done.stdout.split():
        places.setdefault(ROOT / name, len(places))
    return sorted(all_units, key=lambda unit: places.get(unit[0], len(places)))


def forget_old():
    for path in CACHE.iterdir():
        if path.stat().st_mtime < time.time() - KEPT_DAYS * 86_400:
            path.unlink(missing_ok=True)


def main():
    tidy = shutil.which("clang-tidy-14") or shutil.which("clang-tidy")
    if tidy is None:
        sys.exit("clang-tidy is not there: ./ops/install test")
    tool = subprocess.run([tidy, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    CACHE.mkdir(parents=True, exist_ok=True)
    words = sys.argv[1:]
    limit = float(words[1]) if words[0] == "--seconds" else float("inf")
    build, *parts = words[2:] if words[0] == "--seconds" else words
    build = pathlib.Path(build).resolve()
    began, all_units = time.monotonic(), newest_first(units(build, parts))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        done = list(workers.map(lambda unit: looked_at(unit, tidy, tool, build, began + limit), all_units))
    skipped = done.count(None)
    done = [each for each in done if each is not None]
    forget_old()
    told = {found for found, _ in done if found.strip()}
    print("\n".join(sorted(told)))
    if skipped:
        print(f"no time for {skipped} units that were committed longest ago: {sys.argv[0]} without --seconds looks at them")
    print(f"{len(all_units)} units, {sum(anew for _, anew in done)} of them looked at in {time.monotonic() - began:.0f} s, {len(told)} with findings")
    return 1 if told or not all_units else 0


if __name__ == "__main__":
    sys.exit(main())
