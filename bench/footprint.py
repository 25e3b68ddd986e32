#!/usr/bin/env python3
"""Measures what a program costs before it computes anything, for lucid and for libtorch.

Compile time and compiler memory of the training program, time and memory of its start, and the size of
the libraries it loads besides the C++ runtime. Takes the commands from the build folder's own list, so
that the flags are those of the build.
"""

import argparse
import json
import os
import pathlib
import re
import shlex
import statistics
import subprocess
import tempfile
import time

PROGRAMS = {"lucid": "train_lucid", "libtorch": "train_torch"}

# Every C++ program has these.
RUNTIME = re.compile(r"(libc|libm|libstdc\+\+|libgcc_s|libgomp|ld-linux.*|linux-vdso)\.so")


def compile_command(build, source):
    """The build's own command for a source, without the compiler cache in front."""
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    for entry in commands:
        if pathlib.Path(entry["file"]).name == source:
            words = shlex.split(entry["command"])
            return words[1:] if os.path.basename(words[0]) == "ccache" else words
    return None


def time_compilation(build, source, repeat):
    """(seconds, megabytes) of compiling one source, the best of some tries."""
    command = compile_command(build, source)
    if command is None:
        raise SystemExit(f"{source} is not in {build}/compile_commands.json")
    with tempfile.TemporaryDirectory() as folder:
        command[command.index("-o") + 1] = os.path.join(folder, "object.o")
        tries = [run_child(command, build) for _ in range(repeat)]
    return min(seconds for seconds, _ in tries), max(memory for _, memory in tries)


def run_child(command, folder):
    """(seconds, megabytes of the biggest process) of a command that must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{shlex.join(command)} ended with status {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def time_start(program, repeat):
    """(milliseconds, megabytes) of starting the program, making one tensor and leaving."""
    times, memory = [], 0.0
    for _ in range(repeat):
        start = time.perf_counter()
        done = subprocess.run([program, "--repetitions", "0"], capture_output=True, text=True, check=True)
        times.append(1000 * (time.perf_counter() - start))
        memory = float(re.search(r"peak_memory_mb (\S+)", done.stdout)[1])
    return statistics.median(times), memory


def library_megabytes(program):
    """The size of all shared libraries the program loads, the C++ runtime left out."""
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    paths = {os.path.realpath(path) for name, path in re.findall(r"(\S+) => (/\S+)", listing)
             if not RUNTIME.match(name)}
    return sum(os.path.getsize(path) for path in paths) / 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build", help="the build folder (default: %(default)s)")
    parser.add_argument("--json", metavar="FILE", help="also write the figures to this file")
    parser.add_argument("--repeat", type=int, default=3, help="compilations of each (default: 3)")
    arguments = parser.parse_args()
    build = pathlib.Path(arguments.build).resolve()
    report = {}
    print(f"{'':10}{'compile s':>11}{'compiler MB':>13}{'start ms':>10}{'start MB':>10}{'libraries MB':>14}")
    for name, file in PROGRAMS.items():
        program = build / "bench" / file
        if not program.exists():
            continue
        seconds, compiler_memory = time_compilation(build, f"{file}.cpp", arguments.repeat)
        milliseconds, memory = time_start(program, 15)
        report[name] = {"compile_seconds": seconds, "compiler_memory_mb": compiler_memory,
                        "start_milliseconds": milliseconds, "start_memory_mb": memory,
                        "libraries_mb": library_megabytes(program)}
        print(f"{name:10}{seconds:11.2f}{compiler_memory:13.0f}{milliseconds:10.1f}{memory:10.1f}"
              f"{report[name]['libraries_mb']:14.1f}")
    if not report:
        raise SystemExit(f"nothing to measure in {build}/bench: './run bench' builds it")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
