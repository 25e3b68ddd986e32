#!/usr/bin/env python3
"""Installs lucid into a temporary folder, then builds and runs a program with that alone.

usage: install_test.py MESON BUILD CONSUMER -- COMPILER...
"""

import os
import pathlib
import shlex
import sys
import tempfile

from toolchain import run, with_library_path


def only(found, what):
    """The single element of `found`."""
    found = list(found)
    if len(found) != 1:
        raise SystemExit(f"expected one {what} in the installed tree, found {found}")
    return found[0]


def pkg_config(tree, *arguments):
    """What pkg-config says of the lucid installed under `tree`, as words of a command line."""
    description = only(tree.rglob("lucid.pc"), "lucid.pc")
    # The file names its final place, below which nothing is yet: the system root bridges that.
    # The system's own folders stay in the search, for the packages that lucid's file names.
    environment = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": str(tree),
                   "PKG_CONFIG_PATH": str(description.parent)}
    command = [os.environ.get("PKG_CONFIG", "pkg-config"), *arguments, "lucid"]
    return shlex.split(run(command, env=environment))


def check_no_strays(tree):
    """All headers lie below one versioned folder, where a bare nn/ collides with nobody."""
    folder = only(tree.rglob("lucid-*"), "versioned header folder")
    strays = [str(header) for header in tree.rglob("*.h") if folder not in header.parents]
    if strays:
        raise SystemExit(f"headers installed outside {folder.name}/: {strays}")
    return folder


def every_header(folder):
    """A source that includes each installed header, but the one that needs xtensor."""
    headers = sorted(header.relative_to(folder).as_posix() for header in folder.rglob("*.h"))
    print(f"{len(headers)} headers installed")
    return "".join(f"#include <{header}>\n" for header in headers if header != "lucid/xtensor.h")


def main():
    split = sys.argv.index("--")
    meson, build, consumer = sys.argv[1:split]
    compiler = sys.argv[split + 1:]
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        run([meson, "install", "-C", build, "--destdir", tree, "--no-rebuild"])
        headers = check_no_strays(tree)
        strict = [*compiler, "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
        cflags = pkg_config(tree, "--cflags")

        source = pathlib.Path(folder) / "every_header.cpp"
        source.write_text(every_header(headers), encoding="utf-8")
        run([*strict, "-fsyntax-only", *cflags, source], cwd=folder)

        program = pathlib.Path(folder) / "program"
        libs = pkg_config(tree, "--libs")
        run([*strict, "-O1", *cflags, consumer, "-o", program, *libs], cwd=folder)
        library = only({path.parent for path in tree.rglob("liblucid*")}, "library folder")
        print(run([program], env=with_library_path(library), cwd=folder), end="")


if __name__ == "__main__":
    main()
