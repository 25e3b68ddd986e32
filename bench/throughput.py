#!/usr/bin/env python3
"""Compares how many images per second lucid and libtorch train, side by side.

Every round runs each program once for each number of threads, one right after the other, so that a
machine that is slower for a while is slower for both. The figures are medians over the rounds, the ratio is
the median of the rounds' ratios.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys

import peers

PROGRAMS = {"lucid": "train_lucid", "libtorch": "train_torch"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build", help="the build folder (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=9, help="at least 7 (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=40,
                        help="training steps in a timing, of 64 images each (default: %(default)s)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2],
                        help="numbers of threads to compare (default: 1 2)")
    parser.add_argument("--json", metavar="FILE", help="also write every figure to this file")
    arguments = parser.parse_args()
    if arguments.rounds < 7:
        parser.error("--rounds: fewer than 7 say little about a shared machine")
    if min(arguments.threads) < 1 or arguments.steps < 1:
        parser.error("--threads and --steps: at least 1")
    return arguments


def measure(program, threads, steps):
    """One timing in a process of its own, as a dictionary of what the program prints."""
    command = [program, "--threads", threads, "--steps", steps]
    figures = peers.run(command, threads)
    if not figures["last_loss"] < 0.5 * figures["first_loss"]:
        raise SystemExit(f"{program} did not learn: {figures}")
    return figures


def compare(programs, arguments):
    """All timings: for each number of threads and each program, one dictionary per round."""
    results = {threads: {name: [] for name in programs} for threads in arguments.threads}
    for number in range(arguments.rounds):
        if sys.stderr.isatty():
            print(f"\rround {number + 1} of {arguments.rounds}\r", end="", file=sys.stderr, flush=True)
        for threads in arguments.threads:
            for name, program in programs.items():
                results[threads][name].append(measure(program, threads, arguments.steps))
    return results


def summarize(results):
    """One row per number of threads: medians, their spread, and the ratio."""
    rows = []
    for threads, by_name in results.items():
        rates = {name: [each["images_per_second"] for each in figures]
                 for name, figures in by_name.items()}
        row = {"threads": threads}
        for name, values in rates.items():
            row[name] = {"median": statistics.median(values), "least": min(values),
                         "most": max(values),
                         "peak_memory_mb": max(each["peak_memory_mb"] for each in by_name[name])}
        if len(rates) == 2:
            row["ratio"] = statistics.median(
                ours / theirs for ours, theirs in zip(rates["lucid"], rates["libtorch"]))
        rows.append(row)
    return rows


def print_table(rows, names):
    columns = "".join(f"{name + ' img/s':>18} {'(least-most)':>15} {'MB':>6}" for name in names)
    print(f"threads{columns}" + ("   ratio" if len(names) == 2 else ""))
    for row in rows:
        line = f"{row['threads']:>7}"
        for name in names:
            cell = row[name]
            span = f"({cell['least']:.0f}-{cell['most']:.0f})"
            line += f"{cell['median']:>18.0f} {span:>15} {cell['peak_memory_mb']:>6.0f}"
        print(line + (f"   {row['ratio']:.2f}x" if "ratio" in row else ""))


def main():
    arguments = parse_arguments()
    programs = peers.programs(arguments.build, PROGRAMS)
    print(f"conv 32, pool, conv 64, pool, linear 128, linear 10 on 64x1x28x28; {peers.processor()}, "
          f"{os.cpu_count()} processors; median of {arguments.rounds}")
    results = compare(programs, arguments)
    rows = summarize(results)
    print_table(rows, list(programs))
    if arguments.json:
        report = {"processor": peers.processor(), "processors": os.cpu_count(), "summary": rows,
                  "rounds": {str(threads): by_name for threads, by_name in results.items()}}
        pathlib.Path(arguments.json).write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
