"""Every source stands as clang-format writes it (`.clang-format`). `--write` formats what does not."""
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
FOLDERS = ("actors", "bench", "engine", "routes", "test", "cmake")


def sources():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.[ch]pp")):
            yield str(path)


def main():
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    if tool is None:
        sys.exit("clang-format is not there: ./ops/install test")
    how = ["-i"] if "--write" in sys.argv[1:] else ["--dry-run", "--Werror"]
    return subprocess.run([tool, "--style=file", *how, *sources()], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
