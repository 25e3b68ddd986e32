#!/usr/bin/env python3
"""Compares what small operations (8 elements, one thread) cost in lucid and in libtorch.

Every round runs each program once, one right after the other. The figures are medians over the rounds, the
ratio is the median of the rounds' ratios.
"""

import argparse
import json
import os
import pathlib
import statistics

import peers

PROGRAMS = {"lucid": "overhead_lucid", "libtorch": "overhead_torch"}

CASES = {"add_forward": "add, not recorded", "add_recorded": "add, recorded and dropped",
         "add_relu_both": "add or relu, forward and backward",
         "mul_both": "mul with two gradients, forward and backward",
         "mlp_step": "16-16-16 MLP, forward and backward (whole step)"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build", help="the build folder (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=7, help="at least 7 (default: %(default)s)")
    parser.add_argument("--json", metavar="FILE", help="also write every figure to this file")
    arguments = parser.parse_args()
    if arguments.rounds < 7:
        parser.error("--rounds: fewer than 7 say little about a shared machine")
    programs = peers.programs(arguments.build, PROGRAMS)
    rounds = [{name: peers.run([program], 1) for name, program in programs.items()}
              for _ in range(arguments.rounds)]
    print(f"{peers.processor()}, {os.cpu_count()} processors; median of {arguments.rounds}, microseconds")
    print(f"{'':50}" + "".join(f"{name:>10}" for name in programs) + ("   ratio" if len(programs) == 2 else ""))
    for case, title in CASES.items():
        line = f"{title:50}"
        for name in programs:
            line += f"{statistics.median(each[name][case] for each in rounds) / 1000:>10.3f}"
        if len(programs) == 2:
            ratio = statistics.median(each["libtorch"][case] / each["lucid"][case] for each in rounds)
            line += f"{ratio:>7.1f}x"
        print(line)
    if arguments.json:
        report = {"processor": peers.processor(), "processors": os.cpu_count(), "rounds": rounds}
        pathlib.Path(arguments.json).write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
