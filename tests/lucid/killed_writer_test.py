#!/usr/bin/env python3
"""Kills a process that saves a file over and over: the file must be whole at every moment.

usage: killed_writer_test.py FILE_TOOL
"""

import json
import pathlib
import random
import signal
import struct
import subprocess
import sys
import tempfile
import zipfile

ROUNDS = 40
ELEMENTS = 500_000
ENDINGS = (".safetensors", ".npz")


def values_of(path):
    """The numbers in the two tensors of a file of lucid's, after checking that they are all there."""
    raw = path.read_bytes()
    if path.suffix == ".npz":
        # The archive has its directory at the end, so a part of one has none.
        with zipfile.ZipFile(path) as archive:
            return set().union(*(struct.unpack(f"<{ELEMENTS}i", archive.read(name)[-4 * ELEMENTS:])
                                 for name in ("a.npy", "b.npy")))
    (length,) = struct.unpack_from("<Q", raw)
    assert set(json.loads(raw[8:8 + length])) == {"a", "b"}
    assert len(raw) == 8 + length + 8 * ELEMENTS
    return set(struct.unpack(f"<{2 * ELEMENTS}i", raw[8 + length:]))


def run_until_killed(tool, path, seconds):
    """Starts saving to the path and kills the process after so many seconds of it."""
    writer = subprocess.Popen([tool, "loop", path, str(ELEMENTS)], stdout=subprocess.PIPE)
    writer.stdout.readline()
    try:
        writer.wait(seconds)
    except subprocess.TimeoutExpired:
        pass
    writer.send_signal(signal.SIGKILL)
    writer.stdout.close()
    assert writer.wait() == -signal.SIGKILL, f"the writer ended by itself with {writer.returncode}"


def main():
    tool = sys.argv[1]
    moments = random.Random(0)
    left = 0
    for ending in ENDINGS:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / f"state{ending}"
            for _ in range(ROUNDS):
                run_until_killed(tool, path, moments.uniform(0, 0.02))
                assert len(values_of(path)) == 1, "a file of two rounds"
                others = [each for each in path.parent.iterdir() if each != path]
                # The next writer removes what the last one left, so they do not add up.
                assert len(others) <= 1, others
                left += len(others)
    print(f"{ROUNDS * len(ENDINGS)} kills, {left} in the middle of a write, every file whole")
    # Otherwise the moments say nothing about writing.
    return 0 if left > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
