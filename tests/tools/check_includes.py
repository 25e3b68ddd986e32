#!/usr/bin/env python3
"""Checks that #include directives follow the layers of the house.

Data flows down the list of layers: a file may include its own layer and those that its row names.
Headers that are installed must also stay thin, and must not need one that is not installed.

usage: check_includes.py ROOT [--installed meson-info/intro-installed.json]
       check_includes.py --self-test
"""

import argparse
import json
import pathlib
import re
import sys
import tempfile

# Layer: (what it holds, what else it may include), told apart by the longest matching path.
LAYERS = {
    "lucid/kernels/": set(),
    "lucid/": {"lucid/kernels/"},
    "lucid/ops/": {"lucid/", "lucid/kernels/"},
    "autograd/": {"lucid/", "lucid/ops/"},
    "nn/": {"lucid/", "lucid/ops/", "autograd/"},
    "optim/": {"lucid/", "lucid/ops/", "autograd/"},
    "data/": {"lucid/", "lucid/ops/", "autograd/"},
}

# Single headers that a layer may include besides.
EXCEPTIONS = {
    "lucid/kernels/": {"lucid/float_control.h", "lucid/parallel.h"},
    "optim/": {"nn/parameter.h"},
}

FRONT_DOOR = "lucid/lucid.h"

# Foreign headers that a layer has no use for.
FOREIGN = {"lucid/kernels/": re.compile(r"^(xtensor/|nlohmann/|zlib\.h$|stdexcept$)")}

# Headers that a user's compiler must not pay for, as they are written in an #include.
HEAVY = re.compile(r"^(xtensor/|xtl/|xsimd/|nlohmann/|fmt/|omp\.h$|zlib\.h$|immintrin\.h$"
                   r"|(iostream|regex|filesystem|thread|future)$)")

# The headers that a user includes on purpose to have one of those.
HEAVY_ALLOWED = {"lucid/xtensor.h": re.compile(r"^xtensor/")}

NOTHING = re.compile("$.")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def layer_of(path):
    """The layer that a path belongs to, or None outside the library."""
    fitting = [layer for layer in LAYERS if path.startswith(layer)]
    return max(fitting, key=len) if fitting else None


def includes_of(file):
    """Yields (line number, is quoted, path) for each #include outside comments."""
    text = file.read_text(encoding="utf-8")
    blank = lambda match: re.sub(r"[^\n]", " ", match.group())
    text = re.sub(r"/\*.*?\*/", blank, text, flags=re.S)
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def check_direction(path, target):
    """What is wrong with the file at `path` including the file at `target`, or None."""
    here, there = layer_of(path), layer_of(target)
    if path == FRONT_DOOR or here == there and target != FRONT_DOOR:
        return None
    if target == FRONT_DOOR:
        return "the front door is for users; include what is needed"
    if there in LAYERS[here] or target in EXCEPTIONS.get(here, ()):
        return None
    return f"{here} may not include {there}"


def check_public(path, target, ours, installed):
    """What is wrong with an installed header at `path` including `target`, or None."""
    if ours:
        return None if target in installed else "an installed header needs one that is not installed"
    if HEAVY.match(target) and not HEAVY_ALLOWED.get(path, NOTHING).match(target):
        return "too heavy for an installed header"
    return None


def check_file(root, path, installed):
    """Yields what is wrong with one file, each a line for people."""
    for number, quoted, target in includes_of(root / path):
        ours = quoted or layer_of(target) is not None
        wrong = None
        if ours and not (root / target).is_file():
            wrong = "no such file; write the path from the root of the repository"
        elif ours and layer_of(target) is None:
            wrong = "the library may not include what is no part of it"
        elif ours:
            wrong = check_direction(path, target)
        elif FOREIGN.get(layer_of(path), NOTHING).match(target):
            wrong = f"{layer_of(path)} has no use for it"
        if not wrong and path in installed:
            wrong = check_public(path, target, ours, installed)
        if wrong:
            yield f"{path}:{number}: {target}: {wrong}"


def check_tree(root, installed):
    """Yields what is wrong with the library under `root`."""
    for folder in sorted({layer.split("/")[0] for layer in LAYERS}):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in (".h", ".cpp", ".inc"):
                yield from check_file(root, file.relative_to(root).as_posix(), installed)


def installed_headers(root, introspection):
    """The headers, relative to root, that `meson install` would copy."""
    files = json.loads(pathlib.Path(introspection).read_text(encoding="utf-8"))
    sources = (pathlib.Path(file) for file in files if file.endswith(".h"))
    return {source.relative_to(root).as_posix() for source in sources if root in source.parents}


# The self-test's house: path, contents, and the mistakes that are to be found in it.
GOOD_TREE = {
    "lucid/parallel.h": "",
    "lucid/tensor.h": '#include <vector>\n#include "lucid/shape.h"\n',
    "lucid/shape.h": "/* #include <iostream> */ // #include <iostream>\n",
    "lucid/xtensor.h": '#include <xtensor/xadapt.hpp>\n#include "lucid/tensor.h"\n',
    "lucid/tensor.cpp": '#include <iostream>\n#include "lucid/kernels/table.h"\n',
    "lucid/kernels/table.h": '#include "lucid/parallel.h"\n',
    "lucid/ops/matmul.h": '#include "lucid/tensor.h"\n#include "lucid/kernels/table.h"\n',
    "autograd/engine.h": '#include "lucid/ops/matmul.h"\n',
    "nn/parameter.h": '#include "autograd/engine.h"\n',
    "nn/module.h": '#include "nn/parameter.h"\n',
    "optim/sgd.h": '#include "nn/parameter.h"\n',
    "data/loader.h": '#include <lucid/tensor.h>\n',
    "lucid/lucid.h": '#include "nn/module.h"\n#include "optim/sgd.h"\n#include "data/loader.h"\n',
    "tests/helper.h": "",
}

BAD_FILES = {
    "lucid/kernels/conv.h": ['#include "lucid/tensor.h"'],
    "lucid/kernels/foreign.cpp": ["#include <xtensor/xarray.hpp>", "#include <stdexcept>"],
    "lucid/kernels/up.cpp": ['#include "lucid/ops/matmul.h"'],
    "lucid/down.cpp": ['#include "autograd/engine.h"', '#include <nn/module.h>'],
    "lucid/ops/down.h": ['#include "autograd/engine.h"'],
    "lucid/to_ops.h": ['#include "lucid/ops/matmul.h"'],
    "autograd/down.h": ['#include "nn/module.h"'],
    "autograd/kernel.h": ['#include "lucid/kernels/table.h"'],
    "nn/sideways.h": ['  #  include "optim/sgd.h"', '#include "data/loader.h"'],
    "nn/everything.h": ['#include "lucid/lucid.h"'],
    "optim/sideways.h": ['#include "nn/module.h"', '#include "data/loader.h"'],
    "data/sideways.h": ['#include "nn/parameter.h"'],
    "data/relative.h": ['#include "loader.h"'],
    "data/outside.h": ['#include "tests/helper.h"'],
    "lucid/heavy.h": [f"#include <{name}>" for name in (
        "xtensor/xarray.hpp", "xsimd/xsimd.hpp", "nlohmann/json.hpp", "iostream", "regex")],
    "lucid/private_detail.h": ['#include "lucid/kernels/table.h"'],
}


def self_test():
    """Checks a house without mistakes, and then each mistake on its own; returns the status."""
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)

        def write(path, text):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")

        for path, text in GOOD_TREE.items():
            write(path, text)
        private = {"lucid/kernels/table.h", "lucid/ops/matmul.h", "autograd/engine.h"}
        public = {path for path in GOOD_TREE if path.endswith(".h")} - private
        public -= {"nn/parameter.h", "nn/module.h", "optim/sgd.h", "lucid/lucid.h"}
        failures += [f"a good line was rejected: {line}" for line in check_tree(root, public)]
        for path, lines in BAD_FILES.items():
            write(path, "// a comment, so that line numbers count\n" + "\n".join(lines) + "\n")
            found = list(check_tree(root, public | {path}))
            expected = [f"{path}:{number}:" for number in range(2, 2 + len(lines))]
            if [line.split(" ")[0] for line in found] != expected:
                failures.append(f"{path}: expected one complaint for each of {lines}, got {found}")
            (root / path).unlink()
    print("\n".join(failures) or f"{len(BAD_FILES)} bad files rejected, the good tree accepted")
    return 1 if failures else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("root", nargs="?", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--installed", help="Meson's list of installed files")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        return self_test()
    if arguments.root is None:
        parser.error("name the root of the repository")
    installed = set()
    if arguments.installed:
        installed = installed_headers(arguments.root, arguments.installed)
        if FRONT_DOOR not in installed:
            print(f"{FRONT_DOOR} is not among the installed files", file=sys.stderr)
            return 1
    complaints = list(check_tree(arguments.root, installed))
    print("\n".join(complaints) or f"all right, {len(installed)} of the headers are installed")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
