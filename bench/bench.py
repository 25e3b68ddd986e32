#!/usr/bin/env python3
"""Measures lucid side by side with other libraries, where those are installed."""

import argparse
import os
import sys

import benchmarks
import peers


def parse_arguments():
    parser = argparse.ArgumentParser(prog="run bench", description=__doc__)
    parser.add_argument("--build", default="build", help=argparse.SUPPRESS)
    names = parser.add_subparsers(dest="benchmark", metavar="BENCHMARK", required=True)
    for name, benchmark in benchmarks.BENCHMARKS.items():
        sub = names.add_parser(name, help=benchmark.what, description=benchmark.what)
        sub.add_argument("--json", metavar="FILE", help="also write every figure to this file")
        sub.add_argument("--rounds", type=int, default=benchmark.rounds, help="default: %(default)s")
        if benchmark.peers:
            sub.add_argument("--only", nargs="+", metavar="PEER", choices=benchmark.peers, default=None,
                             help=f"of {', '.join(benchmark.peers)}; the first one is the measure of the others")
            sub.add_argument("--cases", "--shapes", nargs="+", metavar="CASE", default=None,
                             help="only these; * stands for anything")
            sub.add_argument("--arch", choices=peers.ARCHES, default=None,
                             help="use no wider instructions than these, in all libraries")
        if benchmark.threads:
            default = " ".join(map(str, benchmark.threads))
            sub.add_argument("--threads", type=int, nargs="+", default=benchmark.threads,
                             help=f"numbers of threads (default: {default})")
        if benchmark.seconds:
            sub.add_argument("--seconds", type=float, default=benchmark.seconds,
                             help="of one timing (default: %(default)s)")
        benchmark.add_options(sub)
    arguments = parser.parse_args()
    if arguments.rounds < 1 or min(getattr(arguments, "threads", None) or [1]) < 1:
        parser.error("--rounds and --threads: at least 1")
    if arguments.rounds < min(7, benchmarks.BENCHMARKS[arguments.benchmark].rounds):
        print("few rounds say little about a shared machine", file=sys.stderr)
    return arguments


def main():
    arguments = parse_arguments()
    benchmark = benchmarks.BENCHMARKS[arguments.benchmark]
    if benchmark.peers:
        names = [name for name in benchmark.peers if arguments.only is None or name in arguments.only]
        arguments.peers = peers.available(arguments.build, names)
        if not arguments.peers:
            raise SystemExit("nothing is left to measure")
        if arguments.arch:
            os.environ.update(peers.ARCHES[arguments.arch])
    benchmark.run(arguments)


if __name__ == "__main__":
    main()
