"""What the tests of the examples have in common: running one, and digits for it to read."""

import gzip
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

# Threads that wait without spinning: the tests may run beside others.
ENVIRONMENT = dict(os.environ, OMP_WAIT_POLICY="passive", TERM="xterm-256color")
ENVIRONMENT.pop("NO_COLOR", None)


def idx(dimensions, data):
    """The bytes of an IDX file of unsigned bytes."""
    return struct.pack(f">HBB{len(dimensions)}I", 0, 8, len(dimensions), *dimensions) + data


def write_mnist(folder, count):
    """Writes four files as MNIST has them: digits as bars, the height of which is their label."""
    folder.mkdir()
    labels = bytes(i % 10 for i in range(count))
    images = b"".join((b"\xff" * (28 * 2 * (label + 1))).ljust(28 * 28, b"\0") for label in labels)
    for prefix in ("train", "t10k"):
        (folder / f"{prefix}-images-idx3-ubyte").write_bytes(idx([count, 28, 28], images))
        (folder / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx([count], labels)))


class ProgramTest(unittest.TestCase):
    """A test with a folder of its own, in which the program runs."""

    program = ""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, *arguments, **options):
        """Starts the program in the test's folder."""
        return subprocess.Popen(
            [self.program, *map(str, arguments)], cwd=self.folder, env=ENVIRONMENT, text=True,
            encoding="utf-8", stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
            **{"stdout": subprocess.PIPE, **options})

    def run_well(self, *arguments):
        """Runs the program, which must succeed, and returns what it printed."""
        with self.start(*arguments) as process:
            out, err = process.communicate()
        self.assertEqual((process.returncode, err), (0, ""), out)
        return out

    def refuse(self, *arguments):
        """Runs the program, which must refuse with one line, and returns that."""
        with self.start(*arguments) as process:
            out, err = process.communicate()
        self.assertEqual((process.returncode, out), (2, ""), err)
        self.assertRegex(err, rf"\A{os.path.basename(self.program)}: [^\n]+\n\Z")
        return err


def main():
    """Runs the tests of the calling script on the program that its first argument names."""
    ProgramTest.program = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
