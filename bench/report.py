"""What the benchmarks print and write: tables, the machine, JSON."""

import itertools
import json
import os
import pathlib
import platform
import statistics

import peers
from rounds import geometric_mean

# unit -> what a row's work and seconds make of it
UNITS = {
    "GF/s": lambda work, seconds: work / seconds / 1e9,
    "images/s": lambda work, seconds: work / seconds,
    "ms": lambda work, seconds: 1e3 * seconds,
    "us": lambda work, seconds: 1e6 * seconds,
    "us/op": lambda work, seconds: 1e6 * seconds / work,
    "GB/s": lambda work, seconds: work / seconds / 1e9,
}


def processor():
    """What the machine calls its processor, and what it was held to."""
    arch = os.environ.get("LUCID_ARCH", "")
    return processor_name() + f" held to {arch}" * bool(arch)


def processor_name():
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    names = [line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def plural(threads):
    return f"{threads} thread{'s' * (threads > 1)}"


def print_header(title, rounds):
    load = os.getloadavg()[0]
    waiting = "".join(f", {name}={value}" for name, value in peers.waiting().items())
    print(f"{title}; {processor()}, {os.cpu_count()} processors, load {load:.1f} at the start{waiting}; "
          f"median of {rounds} interleaved rounds")


def print_peak(rows):
    for threads in sorted({row.threads for row in rows}):
        peaks = [peak / 1e9 for row in rows if row.threads == threads for peak in row.peak]
        if peaks:
            print(f"FMA peak, {plural(threads)}: {statistics.median(peaks):.0f} GF/s "
                  f"({min(peaks):.0f}-{max(peaks):.0f})")


def print_table(title, rows, names, unit, means=()):
    """One line a row: the first peer's figure, and the others' with how much faster the first is.

    means: pairs of a name and rows, whose ratios' geometric means end the table.
    """
    if not rows:
        return
    first, others = names[0], names[1:]
    with_peak = bool(rows[0].peak) and unit == "GF/s"
    width = max(len(name) for name in [title, *(row.case for row in rows), *(name for name, _ in means)])
    digits = 3 if unit == "us/op" else 1
    print(f"\n{title:{width}}{first:>10}" + "  peak" * with_peak + "".join(f"{name:>17}" for name in others))
    for row in rows:
        line = f"{row.case:{width}}{UNITS[unit](row.work, row.median(first)):>10.{digits}f}"
        if with_peak:
            line += f"{100 * row.share_of_peak(first):>5.0f}%"
        for name in others:
            line += f"{UNITS[unit](row.work, row.median(name)):>10.{digits}f}{row.ratio(name, first):>6.2f}x"
        print(line)
    for mean, of in means if others else ():
        print(f"{mean:{width}}{'':>10}" + "      " * with_peak +
              "".join(f"{geometric_mean(row.ratio(name, first) for row in of):>16.2f}x" for name in others))


def print_against_first(rows, peer, units):
    """Figures of one peer in several units, and how many times as long as the first case each takes."""
    width = max(len(row.case) for row in rows)
    print(f"\n{'':{width}}" + "".join(f"{unit:>10}" for unit in units) + "     ratio")
    for row in rows:
        ratio = statistics.median(a / b for a, b in zip(row.seconds[peer], rows[0].seconds[peer]))
        print(f"{row.case:{width}}" + "".join(f"{UNITS[unit](row.work, row.median(peer)):>10.2f}" for unit in units) +
              f"{ratio:>10.3f}")


def print_scaling(rows, names, threads):
    """How many times as fast as with the first number of threads each peer is with the others.

    Under it what the processors can do at best: two of a virtual machine may share one core.
    """
    cases = list(dict.fromkeys(row.case for row in rows))
    by_key = {(row.case, row.threads): row for row in rows}
    width = max(map(len, cases + ["0 threads / 0"]))
    for count in threads[1:]:
        title = f"{count} threads / {threads[0]}"
        print(f"\n{title:{width}}" + "".join(f"{name:>16}" for name in names))
        for case in cases:
            one, more = by_key[case, threads[0]], by_key[case, count]
            line = f"{case:{width}}"
            for name in names:
                speedup = statistics.median(a / b for a, b in zip(one.seconds[name], more.seconds[name]))
                line += f"{speedup:>15.2f}x"
            print(line)
        peaks = [[row.peak for row in rows if row.threads == number] for number in (threads[0], count)]
        if peaks[0] and peaks[0][0]:
            one, more = (statistics.median(itertools.chain(*peak)) for peak in peaks)
            print(f"{'FMA peak':{width}}{more / one:>15.2f}x")


def write_json(arguments, figures):
    """Writes the figures, a dictionary, beside what describes the machine and how they came about."""
    options = {key: value for key, value in vars(arguments).items() if key not in ("build", "json", "benchmark")}
    report = {"benchmark": arguments.benchmark, "options": options, "processor": processor(),
              "processors": os.cpu_count(), "load": os.getloadavg(), "environment": peers.waiting(), **figures}
    pathlib.Path(arguments.json).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
