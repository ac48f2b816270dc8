"""ops/cluster: four nodes in network namespaces are broken by a seed, and what is left is judged. It needs root and namespaces."""
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cluster"))
import fabric  # noqa: E402
from support import AORTA, SOURCE  # noqa: E402

RUNS = os.environ.get("AORTA_CHAOS_RUNS", "2")
SEED = os.environ.get("AORTA_CHAOS_SEED", "1")
MISSING = fabric.missing()


@unittest.skipIf(MISSING, MISSING)
class Chaos(unittest.TestCase):
    def test_whatever_breaks_what_was_acknowledged_is_there_once_and_told_once(self):
        done = subprocess.run([SOURCE / "ops/cluster", "chaos", "--seed", SEED, "--runs", RUNS, "--seconds", "30"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, env={**os.environ, "AORTA_BINARY": AORTA})
        self.assertEqual(done.returncode, 0, done.stdout[-6000:])
        print(done.stdout, flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=1)
