"""Measuring in turn: every round has each program do the case once, one right after the other.

A machine that is slower for a while is then slower for all. Figures are medians over the rounds, ratios
the medians of the rounds' ratios.
"""

import contextlib
import fnmatch
import math
import statistics
import sys
import time

import peers

# How much results of libraries may differ, relative to the first; Winograd's filtering is inexact.
TOLERANCE = 1e-3

# Libraries whose idle threads spin, such as OpenBLAS, do so for some milliseconds after their turn.
PAUSE = 0.03

# Threads that have slept begin on one processor, and are spread out only after some 30 milliseconds.
SPREAD = 0.06


class Row:
    """What was measured of one case, or several together, with one number of threads.

    seconds: peer -> seconds of a call in each round; peak: flops per second in each round, or nothing.
    """

    def __init__(self, case, threads, work, seconds, peak=()):
        self.case, self.threads, self.work, self.seconds, self.peak = case, threads, work, seconds, list(peak)

    def median(self, peer):
        return statistics.median(self.seconds[peer])

    def ratio(self, peer, to):
        """How many times as long as `to` the peer takes."""
        return statistics.median(a / b for a, b in zip(self.seconds[peer], self.seconds[to]))

    def share_of_peak(self, peer):
        return statistics.median(self.work / seconds / peak for seconds, peak in zip(self.seconds[peer], self.peak))

    def as_json(self):
        return {"case": self.case, "threads": self.threads, "work": self.work, "seconds": self.seconds,
                "median_seconds": {peer: self.median(peer) for peer in self.seconds}, "peak_flops": self.peak}


def together(name, rows):
    """One row for several: the sums of their times and of their work."""
    first = rows[0]
    seconds = {peer: [sum(times) for times in zip(*(row.seconds[peer] for row in rows))] for peer in first.seconds}
    peak = [statistics.fmean(peaks) for peaks in zip(*(row.peak for row in rows))]
    return Row(name, first.threads, sum(row.work for row in rows), seconds, peak)


def named(case, patterns):
    """Whether a pattern fits the name, or what is before its last '/'."""
    return patterns is None or any(fnmatch.fnmatch(case, pattern) or fnmatch.fnmatch(case.rpartition("/")[0], pattern)
                                   for pattern in patterns)


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


class Contest:
    """All processes of a benchmark: each peer with each number of threads."""

    def __init__(self, build, benchmark, names, threads, arguments=()):
        self._stack = contextlib.ExitStack()
        self._with_peak = "peak" in names
        self.names = [name for name in names if name != "peak"]
        self.threads = threads
        self._processes = {
            (name, count): self._stack.enter_context(peers.Process(
                build, name, "peak" if name == "peak" else benchmark, count, () if name == "peak" else arguments))
            for count in threads for name in names}

    def __enter__(self):
        return self

    def __exit__(self, *details):
        return self._stack.__exit__(*details)

    def cases(self):
        """name -> work, of the first peer."""
        return self._processes[self.names[0], self.threads[0]].cases()

    def measure(self, case, work, rounds, seconds, compare=True):
        """One row for each number of threads. What programs do at first is not counted."""
        for key in self._contestants():
            # As often as an allocator needs to have all the memory that it will.
            for at_least in (0, 0, seconds):
                self._processes[key].measure(case, at_least)
        if compare:
            self._compare(case)
        times = {key: [] for key in self._processes}
        for _ in range(rounds):
            for key in times:
                times[key].append(self._turn(key, case, seconds))
        for key in self._contestants():
            self._processes[key].check(case)
            self._processes[key].drop()
        return [self._row(case, work, times, count) for count in self.threads]

    def measure_together(self, cases, rounds, seconds):
        """The same for all cases in each round, which then share what the program keeps for them."""
        times = {case: {key: [] for key in self._processes} for case in cases}
        for _ in range(rounds):
            for case, by_key in times.items():
                for key, seconds_of in by_key.items():
                    seconds_of.append(self._turn(key, case, seconds))
        return [self._row(case, work, times[case], count) for count in self.threads for case, work in cases.items()]

    def _contestants(self):
        return [key for key in self._processes if key[0] != "peak"]

    def _turn(self, key, case, seconds):
        name, threads = key
        if threads > 1:
            self._processes[key].warm("peak" if name == "peak" else case, SPREAD)
        if name == "peak":
            return self._peak_flops(threads) / self._processes[key].measure("peak", 0.01)
        result = self._processes[key].measure(case, seconds)
        if threads > 1:
            time.sleep(PAUSE)
        return result

    def _peak_flops(self, threads):
        return self._processes["peak", threads].cases()["peak"]

    def _compare(self, case):
        values = {key: self._processes[key].value(case) for key in self._contestants()}
        numbers = {key: value for key, value in values.items() if not math.isnan(value)}
        if not numbers:
            return
        first = next(iter(numbers.values()))
        for (name, threads), value in numbers.items():
            if not abs(value - first) <= TOLERANCE * abs(first):
                raise SystemExit(f"{case}: {name} with {threads} threads computes {value}, {self.names[0]} {first}")

    def _row(self, case, work, times, threads):
        peak = times["peak", threads] if self._with_peak else []
        return Row(case, threads, work, {name: times[name, threads] for name in self.names}, peak)


def progress(text):
    """Shows what is being measured, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
