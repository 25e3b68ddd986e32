#!/usr/bin/env python3
"""Kills examples/mnist_cnn at random moments, also while it writes its checkpoint, and lets it go on.

However often that happens, no file is ever damaged, none but the two expected ones is left at the end,
and the weights are those of a run that nobody killed, bit for bit.

usage: kill_test.py PROGRAM [--runs N] [--seed N]
"""

import argparse
import json
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import time

STEPS = 24
TRAINING = ["--train-size", "96", "--test-size", "20", "--epochs", "2", "--batch-size", "8",
            "--threads", "1", "--output", "weights"]
KEPT = ["--checkpoint", "kept", "--checkpoint-every", "2", "--resume"]
WRITES = STEPS // 2 + 2 + 1  # in a run: between steps, after epochs, and the weights
EXPECTED = ["kept", "weights"]
ENVIRONMENT = dict(os.environ, OMP_WAIT_POLICY="passive")


class Failure(Exception):
    """What the test is there to find."""


def start(program, folder, *arguments):
    return subprocess.Popen([program, *arguments], cwd=folder, env=ENVIRONMENT, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(program, folder, *arguments):
    """Runs the program to its end, which must be a good one, and returns what it printed."""
    with start(program, folder, *arguments) as process:
        out, err = process.communicate()
    if process.returncode != 0 or err:
        raise Failure(f"the program ended with status {process.returncode}: {err}")
    return out


def strays(folder):
    return sorted(set(os.listdir(folder)) - set(EXPECTED))


def check_whole(path):
    """Raises unless the file, if there is one, is a safetensors file to its last byte."""
    if not path.exists():
        return
    data = path.read_bytes()
    try:
        length = struct.unpack_from("<Q", data)[0]
        header = json.loads(data[8:8 + length])
        end = max(entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__")
    except (struct.error, ValueError, KeyError) as error:
        raise Failure(f"{path.name} is damaged: {error}") from error
    if 8 + length + end != len(data):
        raise Failure(f"{path.name} has {len(data)} bytes, its header tells of {8 + length + end}")


def wait_for_write(process, folder, number):
    """Returns when the program writes a file for that many times, or has ended."""
    seen = set(strays(folder))
    while number and process.poll() is None:
        new = set(strays(folder)) - seen
        seen |= new
        number -= len(new)


def kill(program, folder, chance, duration):
    """Starts the program and kills it; returns whether it was still there, and what it said first."""
    before = strays(folder)
    with start(program, folder, *TRAINING, *KEPT) as process:
        if chance.random() < 0.5:
            time.sleep(chance.uniform(0, duration))
        else:
            wait_for_write(process, folder, chance.randint(1, WRITES))
            # From its first byte to just after it was renamed.
            time.sleep(chance.uniform(0, 0.5 * duration / WRITES))
        process.kill()
        out, err = process.communicate()
    if err:
        raise Failure(f"the program failed before it was killed: {err}")
    for name in EXPECTED:
        check_whole(folder / name)
    return process.returncode != 0, strays(folder) != before, out


class Count:
    """What the kills have met, so that a test that meets nothing is noticed."""

    def __init__(self):
        self.runs = self.kills = self.writes = self.inside = 0

    def add(self, killed, writing, out):
        self.kills += killed
        self.writes += killed and writing
        going_on = re.match(rf"continuing the run in kept in epoch \d after (\d+) of {STEPS} steps", out)
        self.inside += bool(going_on) and int(going_on[1]) % (STEPS // 2) != 0


def torture(program, folder, chance, duration, count):
    """One run that is killed, up to three times, and then finishes."""
    kills = count.kills
    for _ in range(chance.choice((1, 1, 2, 2, 3))):
        met = kill(program, folder, chance, duration)
        count.add(*met)
        if not met[0]:
            break
    count.add(False, False, finish(program, folder, *TRAINING, *KEPT))
    count.runs += count.kills > kills  # else it was too fast for the kill


def compare(folder, whole):
    """Yields what is wrong with the files of a run, given those of an uninterrupted one."""
    left = {path.name: path.read_bytes() for path in folder.iterdir()}
    extra, missing = set(left) - set(whole), set(whole) - set(left)
    if extra or missing:
        yield f"left over: {sorted(extra)}, missing: {sorted(missing)}"
    for name in sorted(set(whole) & set(left)):
        if left[name] != whole[name]:
            yield f"{name} differs from that of the uninterrupted run"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10 ** 6))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    chance, count, wrong = random.Random(arguments.seed), Count(), []
    with tempfile.TemporaryDirectory() as base:
        def folder(name):
            path = pathlib.Path(base) / str(name)
            path.mkdir()
            return path

        begin = time.monotonic()
        finish(arguments.program, folder("kept"), *TRAINING, *KEPT)
        duration = time.monotonic() - begin
        # The weights are those of a run that never heard of checkpoints.
        finish(arguments.program, folder("plain"), *TRAINING)
        whole = {"kept": (pathlib.Path(base) / "kept" / "kept").read_bytes(),
                 "weights": (pathlib.Path(base) / "plain" / "weights").read_bytes()}
        for run in range(5 * arguments.runs):
            here = folder(run)
            try:
                torture(arguments.program, here, chance, duration, count)
                wrong += [f"run {run}: {problem}" for problem in compare(here, whole)]
            except Failure as failure:
                wrong.append(f"run {run}: {failure}")
            if count.runs == arguments.runs:
                break
    print(f"{count.runs} runs of {duration:.2f} s: {count.kills} kills, {count.writes} of them in the "
          f"middle of writing; {count.inside} times it went on inside an epoch")
    if count.runs < arguments.runs or count.runs >= 20 and not (count.writes and count.inside):
        wrong.append("the kills did not meet what they were meant to")
    print("\n".join(wrong) or "all files whole, none left over, all weights equal")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
