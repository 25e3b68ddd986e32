"""What a program costs before it computes anything, for lucid and for libtorch.

Compile time and compiler memory of the training program, time and memory of its start, and the size of
the libraries it loads besides the C++ runtime. Takes the commands from the build folder's own list, so
that the flags are those of the build.
"""

import json
import os
import pathlib
import re
import shlex
import statistics
import subprocess
import tempfile
import time

import report

PROGRAMS = {"lucid": "footprint_lucid", "libtorch": "footprint_torch"}

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


def compile_once(build, source):
    """(seconds, megabytes) of compiling one source."""
    command = compile_command(build, source)
    if command is None:
        raise SystemExit(f"{source} is not in {build}/compile_commands.json")
    with tempfile.TemporaryDirectory() as folder:
        command[command.index("-o") + 1] = os.path.join(folder, "object.o")
        return run_child(command, build)


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
        done = subprocess.run([program], capture_output=True, text=True, check=True)
        times.append(1000 * (time.perf_counter() - start))
        memory = float(done.stdout.split()[1])
    return statistics.median(times), memory


def library_megabytes(program):
    """The size of all shared libraries the program loads, the C++ runtime left out."""
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    paths = {os.path.realpath(path) for name, path in re.findall(r"(\S+) => (/\S+)", listing)
             if not RUNTIME.match(name)}
    return sum(os.path.getsize(path) for path in paths) / 1e6


class Footprint:
    """The benchmark of these."""

    name = "footprint"
    what = "compile time, start-up and libraries of a training program"
    peers = threads = seconds = None
    rounds = 3
    STARTS = 15

    def add_options(self, parser):
        """There are none."""

    def run(self, arguments):
        build = pathlib.Path(arguments.build).resolve()
        report.print_header(self.what, arguments.rounds)
        programs = {name: build / "bench" / file for name, file in PROGRAMS.items()}
        for name in [name for name, program in programs.items() if not program.exists()]:
            print(f"{name} is not here to compare with")
            del programs[name]
        if not programs:
            raise SystemExit(f"nothing to measure in {build}/bench: './run bench' builds it")
        compilations = {name: [] for name in programs}
        for _ in range(arguments.rounds):
            for name, tries in compilations.items():
                tries.append(compile_once(build, f"{PROGRAMS[name]}.cpp"))
        rows = {name: self._row(program, compilations[name]) for name, program in programs.items()}
        print(f"{'':10}{'compile s':>11}{'compiler MB':>13}{'start ms':>10}{'start MB':>10}{'libraries MB':>14}")
        for name, row in rows.items():
            print(f"{name:10}{row['compile_seconds']:11.2f}{row['compiler_memory_mb']:13.0f}"
                  f"{row['start_milliseconds']:10.1f}{row['start_memory_mb']:10.1f}{row['libraries_mb']:14.1f}")
        if arguments.json:
            report.write_json(arguments, {"rows": rows})

    def _row(self, program, compilations):
        milliseconds, memory = time_start(program, self.STARTS)
        return {"compile_seconds": statistics.median(seconds for seconds, _ in compilations),
                "compiler_memory_mb": max(megabytes for _, megabytes in compilations),
                "start_milliseconds": milliseconds, "start_memory_mb": memory,
                "libraries_mb": library_megabytes(program)}
