"""The programs that are measured: what they are called, how they are started, and how they are asked."""

import dataclasses
import os
import pathlib
import subprocess


@dataclasses.dataclass(frozen=True)
class Peer:
    """One contestant: a program of the build with arguments and environment of its own."""
    program: str
    arguments: tuple = ()
    environment: tuple = ()
    package: str = ""  # of Debian, where the program may be missing for want of one


# glibc's allocator told to take everything from one heap that never shrinks, with huge pages: what is
# used again has been touched before, as with lucid's allocator.
TUNED = (("GLIBC_TUNABLES", "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=0x7fffffffffff"
                            ":glibc.malloc.top_pad=0x4000000:glibc.malloc.hugetlb=1"),)

# What holds all programs to an instruction set that the processor has besides a wider one.
ARCHES = {
    "avx2": {"LUCID_ARCH": "avx2", "ATEN_CPU_CAPABILITY": "avx2", "DNNL_MAX_CPU_ISA": "AVX2",
             "OPENBLAS_CORETYPE": "Haswell"},
}

# The first one of a benchmark is what the others are compared with.
PEERS = {
    "lucid": Peer("lucid_bench"),
    "lucid-strict": Peer("lucid_bench", ("--strict",)),
    "lucid-optimised": Peer("lucid_bench", ("--optimised",)),
    "libtorch": Peer("torch_bench", package="libtorch-dev"),
    "libtorch-tuned": Peer("torch_bench", environment=TUNED, package="libtorch-dev"),
    "onednn": Peer("dnnl_bench", package="libdnnl-dev"),
    "openblas": Peer("blas_bench", package="libopenblas-dev"),
    "limit": Peer("limit_bench"),
    "peak": Peer("peak"),
}


def available(build, names):
    """Those of the names whose programs were built; a line is printed for each that was not."""
    found = []
    for name in names:
        if (pathlib.Path(build) / "bench" / PEERS[name].program).exists():
            found.append(name)
        elif PEERS[name].package:
            print(f"{name} is not here to compare with; Debian has it as {PEERS[name].package}")
        elif name not in ("peak", "limit"):
            raise SystemExit(f"{build}/bench/{PEERS[name].program} is not there: './run bench' builds it")
    return found


def waiting():
    """How threads wait for work, for all programs alike: as the user says, else not long."""
    wishes = {name: os.environ[name] for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT") if name in os.environ}
    # Some 30 microseconds: a program that has had its turn must not take processors from the next.
    return wishes or {"GOMP_SPINCOUNT": "10000"}


class Process:
    """A program that answers orders, see server.h. To be used in a 'with' statement."""

    def __init__(self, build, peer, benchmark, threads, arguments=()):
        program = pathlib.Path(build).resolve() / "bench" / PEERS[peer].program
        self.threads = threads
        self._command = [str(program), benchmark, "--threads", str(threads), *PEERS[peer].arguments, *arguments]
        # All libraries read these as well; inherited values would contradict the argument.
        environment = {**os.environ, **waiting(), "OMP_NUM_THREADS": str(threads),
                       "OPENBLAS_NUM_THREADS": str(threads), **dict(PEERS[peer].environment)}
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                         env=environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def ask(self, *order):
        """The answer to an order, a line."""
        try:
            self._process.stdin.write(" ".join(map(str, order)) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer.endswith("\n"):
            raise SystemExit(f"{' '.join(self._command)} ended at '{' '.join(map(str, order))}' with status "
                             f"{self._process.wait()}")
        return answer.strip()

    def cases(self):
        """name -> work."""
        pairs = (word.rsplit("=", 1) for word in self.ask("list").split())
        return {name: float(work) for name, work in pairs}

    def measure(self, case, seconds):
        """The seconds of one call, averaged over calls that take about as long as given."""
        return float(self.ask("measure", case, seconds))

    def warm(self, case, seconds):
        """Has the program do it for at least so long."""
        self.ask("warm", case, seconds)

    def value(self, case):
        return float(self.ask("value", case))

    def check(self, case):
        """Ends everything if what was computed makes no sense."""
        self.ask("check", case)

    def memory(self):
        """The most that the process has had so far, in megabytes."""
        return float(self.ask("memory"))

    def drop(self):
        self.ask("drop")
