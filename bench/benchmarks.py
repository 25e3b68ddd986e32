"""The benchmarks by name: who takes part, what is measured, and how it is printed."""

import peers
import report
import rounds
from accuracy import Accuracy
from footprint import Footprint
from memory import Memory

LIBRARIES = ("lucid", "libtorch", "libtorch-tuned")


class Benchmark:
    """Cases that programs have in common, measured one after the other, each in turn by all peers."""

    what = ""
    peers = LIBRARIES
    threads = (1, 2)
    rounds = 7
    seconds = 0.05
    with_peak = False
    unit = "ms"

    def __init__(self, name):
        self.name = name

    def add_options(self, parser):
        """Options that only this benchmark has."""

    def program_arguments(self, arguments):
        """What the programs are to be told."""
        del arguments
        return ()

    def cases(self, arguments, cases):
        """name -> work of those that are to be measured, of all that the first program has."""
        return {name: work for name, work in cases.items() if rounds.named(name, arguments.cases)}

    def run(self, arguments):
        report.print_header(self.what, arguments.rounds)
        names = arguments.peers + peers.available(arguments.build, ["peak"] * self.with_peak)
        with rounds.Contest(arguments.build, self.name, names, arguments.threads,
                            self.program_arguments(arguments)) as contest:
            cases = self.cases(arguments, contest.cases())
            if not cases:
                raise SystemExit(f"there are no such cases, only {', '.join(contest.cases())}")
            rows = self.measure(arguments, contest, cases)
            rounds.progress("")
        report.print_peak(rows)
        self.print(arguments, rows)
        if arguments.json:
            report.write_json(arguments, {"rows": [row.as_json() for row in rows]})

    def measure(self, arguments, contest, cases):
        rows = []
        for number, (case, work) in enumerate(cases.items()):
            rounds.progress(f"{case} ({number + 1} of {len(cases)})")
            rows += contest.measure(case, work, arguments.rounds, arguments.seconds, self.comparable(arguments))
        return rows

    def comparable(self, arguments):
        """Whether all programs must come to the same numbers."""
        del arguments
        return True

    def print(self, arguments, rows):
        for threads in arguments.threads:
            self.print_rows(arguments, [row for row in rows if row.threads == threads], threads)

    def print_rows(self, arguments, rows, threads):
        report.print_table(f"{self.unit}, {report.plural(threads)}", rows, arguments.peers, self.unit)


class Convolutions(Benchmark):
    """Three cases for each shape, and their sum."""

    what = "convolutions: result, input gradient and weight gradient"
    peers = ("lucid", "lucid-strict", "libtorch", "libtorch-tuned", "onednn", "limit")
    seconds = 0.03
    with_peak = True

    def add_options(self, parser):
        parser.add_argument("--more", action="store_true", help="ordinary layers of well-known networks instead")
        parser.add_argument("--denormal", action="store_true", help="with denormal numbers")

    def program_arguments(self, arguments):
        return ("--more",) * arguments.more + ("--denormal",) * arguments.denormal

    def comparable(self, arguments):
        return not arguments.denormal

    def print_rows(self, arguments, rows, threads):
        by_shape, lines, means = {}, [], {}
        for row in rows:
            by_shape.setdefault(row.case.split("/")[0], []).append(row)
        for shape, passes in by_shape.items():
            lines += passes
            if len(passes) > 1:
                lines.append(rounds.together(f"{shape}/all", passes))
        for row in lines:
            means.setdefault("mean of " + row.case.split("/")[1], []).append(row)
        report.print_table(f"GF/s, {report.plural(threads)}", lines, arguments.peers, "GF/s",
                           means.items() if len(by_shape) > 1 else ())


class Products(Benchmark):
    what = "products of matrices, m x n x k"
    peers = ("lucid", "libtorch", "openblas")
    unit = "GF/s"
    with_peak = True


class Operations(Benchmark):
    what = "operations on 1,048,576 elements"
    unit = "us"

    def print_rows(self, arguments, rows, threads):
        report.print_table(f"{self.unit}, {report.plural(threads)}", rows, arguments.peers, self.unit,
                           [("geometric mean", rows)])


class Training(Benchmark):
    what = "training steps: forward, cross entropy, backward, SGD with momentum"
    unit = "images/s"
    seconds = 0.5
    with_peak = True

    def print(self, arguments, rows):
        super().print(arguments, rows)
        report.print_scaling(rows, arguments.peers, arguments.threads)


class Inference(Benchmark):
    """Two cases for each model: a batch, of which the throughput counts, and one image, of which the latency."""

    what = "models in evaluation mode, without gradients"
    peers = ("lucid", "lucid-optimised", "libtorch", "libtorch-tuned")
    seconds = 0.3

    def print_rows(self, arguments, rows, threads):
        for ending, title, unit in (("/batch", "images/s", "images/s"), ("/single", "ms for one image", "ms")):
            report.print_table(f"{title}, {report.plural(threads)}", [row for row in rows if row.case.endswith(ending)],
                               arguments.peers, unit)


class Overhead(Benchmark):
    what = "small operations: 8 elements, one thread"
    peers = ("lucid", "libtorch")
    threads = (1,)
    unit = "us/op"
    seconds = 0.1


class Files(Benchmark):
    what = "a file of 500 MB of weights (TMPDIR says where), beside copying as many bytes in memory"
    peers = ("lucid",)
    threads = (1,)

    def measure(self, arguments, contest, cases):
        rounds.progress("writing, copying and reading")
        return contest.measure_together(cases, arguments.rounds, arguments.seconds)

    def print(self, arguments, rows):
        report.print_against_first(rows, arguments.peers[0], ("ms", "GB/s"))


BENCHMARKS = {benchmark.name: benchmark for benchmark in (
    Training("train"),
    Inference("infer"),
    Memory(),
    Convolutions("conv"),
    Products("gemm"),
    Operations("ops"),
    Overhead("overhead"),
    Files("files"),
    Footprint(),
    Accuracy(),
)}
