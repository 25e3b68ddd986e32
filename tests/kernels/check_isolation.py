#!/usr/bin/env python3
"""Checks that a translation unit compiled for an instruction set shares no code with the others.

A function that is emitted under a name without the instruction set in it (an inline function of the
standard library, say) may be the copy that the linker keeps for the whole program, and then crash on
processors without these instructions. So every symbol that other objects can see must either name
the arch type or be the table itself.
"""

import argparse
import re
import subprocess
import sys

ARCH_TYPES = {
    "sse2": "xsimd::sse2",
    "avx2": "xsimd::fma3<xsimd::avx2>",
    "avx512": "xsimd::avx512bw",
    "neon": "xsimd::neon64",
}
# How nm names the type inside of a symbol that it cannot demangle: lambdas in lambdas with packs.
MANGLED_TYPES = {
    "sse2": r"5xsimd4sse2E",
    "avx2": r"5xsimd4fma3INS\w?_4avx2EE",
    "avx512": r"5xsimd8avx512bwE",
    "neon": r"5xsimd6neon64E",
}
LOCAL_KINDS = set("tdrbnap")  # lower case is local to the object ...
SHARED_LOWER = set("uvwi")  # ... except for these, which are weak or unique or indirect
UNDEFINED = set("Uw")
SANITIZER_PREFIXES = ("__asan_", "__odr_asan", "__ubsan_", "__tsan_", "__gcov", "__llvm_", "__profc_",
                      "__profd_", "__sancov", "DW.ref.")


def violations(nm_output, arch):
    """Yields the lines of `nm -C` that define what they must not."""
    arch_type = ARCH_TYPES[arch]
    table = f"lucid::kernels::{arch}_tables"
    for line in nm_output.splitlines():
        parts = line.split(maxsplit=2)
        if len(parts) < 3 or len(parts[1]) != 1:
            continue  # undefined symbols have no address, file names no kind
        kind, name = parts[1], parts[2]
        if kind in UNDEFINED or (kind in LOCAL_KINDS and kind not in SHARED_LOWER):
            continue
        if arch_type in name or name == table or name.startswith(SANITIZER_PREFIXES):
            continue
        if name.startswith("_Z") and re.search(MANGLED_TYPES[arch], name):
            continue
        yield line


def self_check():
    good = "\n".join([
        "avx2.cpp.o:",
        "                 U cosf",
        "                 w __cxa_finalize",
        "0000000000000000 D lucid::kernels::avx2_tables",
        "0000000000000000 W void lucid::kernels::generic::sum<xsimd::fma3<xsimd::avx2>, float>(int)",
        "0000000000000000 V lucid::kernels::Packed<xsimd::fma3<xsimd::avx2>, float>::table",
        "0000000000000000 t lucid::kernels::(anonymous namespace)::helper(int)",
        "0000000000000000 W _ZN5lucid3mapIN5xsimd4fma3INS1_4avx2EEEdZNS_1fEvEUlT_E_EEvS5_",
    ])
    bad = [
        "0000000000000000 W float const& std::min<float>(float const&, float const&)",
        "0000000000000000 T lucid::kernels::helper(int)",
        "0000000000000000 u lucid::kernels::table",
        "0000000000000000 V std::__detail::some_constant",
        "0000000000000000 W void lucid::kernels::generic::sum<xsimd::sse2, float>(int)",
        "0000000000000000 D lucid::kernels::avx512_tables",
        "0000000000000000 W _ZN5lucid3mapIN5xsimd4sse2EdZNS_1fEvEUlT_E_EEvS5_",
    ]
    assert not list(violations(good, "avx2")), "rejects what is allowed"
    for line in bad:
        assert list(violations(good + "\n" + line, "avx2")) == [line], f"accepts: {line}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--self-check", action="store_true")
    parser.add_argument("--nm", default="nm")
    parser.add_argument("--arch", help="name of the instruction set, or of a library ending in it")
    parser.add_argument("archive", nargs="?")
    options = parser.parse_args()
    if options.self_check:
        self_check()
        return 0
    arch = options.arch.rsplit("_", 1)[-1]
    output = subprocess.run([options.nm, "-C", options.archive], check=True, capture_output=True,
                            text=True).stdout
    if f"lucid::kernels::{arch}_tables" not in output:
        print(f"{options.archive}: the table of {arch} is not in it", file=sys.stderr)
        return 1
    found = list(violations(output, arch))
    for line in found:
        print(f"{options.archive}: shared with other objects: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
