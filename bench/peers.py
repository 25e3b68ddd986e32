"""What the comparisons of lucid with libtorch share: finding the programs, running them, naming the machine."""

import os
import pathlib
import platform
import subprocess


def programs(build, files):
    """name -> path of those that were built; lucid's must be there. files: name -> file."""
    folder = pathlib.Path(build) / "bench"
    found = {name: folder / file for name, file in files.items() if (folder / file).exists()}
    if "lucid" not in found:
        raise SystemExit(f"{folder / files['lucid']} is not there: './run bench' builds it")
    if "libtorch" not in found:
        print("libtorch is not here to compare with; Debian has it as libtorch-dev")
    return found


def run(command, threads):
    """What a program prints in lines of a name and a number, as a dictionary."""
    command = list(map(str, command))
    # Both libraries read this as well; an inherited value would contradict --threads.
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with status {done.returncode}: {done.stderr}")
    return {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}


def processor():
    """What the machine calls its processor."""
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    names = [line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()
