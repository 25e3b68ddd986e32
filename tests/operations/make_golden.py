#!/usr/bin/env python3
"""Writes the golden files of the table of operations, with PyTorch (Debian: apt install python3-torch).

    /usr/bin/python3 tests/operations/make_golden.py [FAMILY]...

With names, only those files: convolutions in float64 differ in their last bits between processors.
"""

import importlib
import pathlib
import sys

from golden import Family

FOLDER = pathlib.Path(__file__).resolve().parent


def main():
    families = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in ("golden", "make_golden"))
    for name in sys.argv[1:] or families:
        family = Family(name)
        importlib.import_module(name).add_to(family)
        family.save()


if __name__ == "__main__":
    main()
