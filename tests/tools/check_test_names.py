#!/usr/bin/env python3
"""Checks that pages which say what proves what name tests that exist.

The last column of every table holds references like these, of which each row needs one at least:

    `nn/some_test.cpp`: `name of a case`, `name of another`; `optim/other_test.cpp`: `a third`

usage: check_test_names.py TESTS-FOLDER PAGE...
       check_test_names.py --self-test
"""

import pathlib
import re
import sys
import tempfile

CASE = re.compile(r'^TEST_CASE\("((?:[^"\\]|\\.)*)"\)', re.M)
REFERENCE = re.compile(r"`([^`]+\.cpp)`: (`[^`]+`(?:, `[^`]+`)*)")


def cases_of(file):
    """The names of the test cases in a file."""
    text = file.read_text(encoding="utf-8")
    # A long name may stand on a line of its own, or in two pieces.
    text = re.sub(r'^TEST_CASE\(\s+"', 'TEST_CASE("', text, flags=re.M)
    text = re.sub(r'"\s*\n\s*"', "", text)
    return {re.sub(r"\\(.)", r"\1", name) for name in CASE.findall(text)}


def rows_of(page):
    """The number and the last column of every row below the head of a table."""
    lines = page.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, 1):
        head = number < len(lines) and lines[number].startswith("|--")
        if line.startswith("|") and not head and not line.startswith("|--"):
            yield number, line.strip().strip("|").split("|")[-1].strip()


def check_row(tests, references):
    """Yields what is wrong with the last column of one row."""
    if REFERENCE.sub("", references).replace(";", "").strip() or not references:
        yield f"expected `FILE.cpp`: `NAME`, `NAME`; ..., got '{references}'"
    for file, names in REFERENCE.findall(references):
        if not (tests / file).is_file():
            yield f"there is no {file}"
            continue
        cases = cases_of(tests / file)
        for name in re.findall(r"`([^`]+)`", names):
            if name not in cases:
                yield f"{file} has no test case '{name}'"


def check_page(tests, page):
    """Yields what is wrong with one page."""
    rows = list(rows_of(page))
    if not rows:
        yield f"{page.name}: no table"
    for number, references in rows:
        for wrong in check_row(tests, references):
            yield f"{page.name}:{number}: {wrong}"


SELF_TEST_FILE = r'''
TEST_CASE("plain") {
TEST_CASE("with \"quotes\" in it") {
TEST_CASE(
    "on a line of its own") {
// TEST_CASE("commented out") {
'''
SELF_TEST_PAGE = """
| what | tests |
|---|---|
| good | `nn/a_test.cpp`: `plain`, `with "quotes" in it`; `nn/a_test.cpp`: `on a line of its own` |
| no such case | `nn/a_test.cpp`: `plain`, `gone` |
| commented out | `nn/a_test.cpp`: `commented out` |
| no such file | `nn/b_test.cpp`: `plain` |
| no test |  |
| no case | `nn/a_test.cpp` |
| untidy | `nn/a_test.cpp`: `plain` and `plain` |
"""


def self_test():
    """Every row but the first is wrong; returns the status."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "nn").mkdir()
        (root / "nn" / "a_test.cpp").write_text(SELF_TEST_FILE, encoding="utf-8")
        page, empty = root / "page.md", root / "empty.md"
        page.write_text(SELF_TEST_PAGE, encoding="utf-8")
        empty.write_text("no table here\n", encoding="utf-8")
        found = list(check_page(root, page))
        lines = [int(complaint.split(":")[1]) for complaint in found]
        if lines != [5, 6, 7, 8, 9, 10] or not list(check_page(root, empty)):
            print("expected one complaint for each of lines 5 to 10, got:", *found, sep="\n")
            return 1
    return 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    tests, *pages = map(pathlib.Path, sys.argv[1:])
    complaints = [wrong for page in pages for wrong in check_page(tests, page)]
    print("\n".join(complaints) or f"{len(pages)} page, all tests exist")
    return 1 if complaints or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
