#!/usr/bin/env python3
"""Compiles every C++ block of the given Markdown pages, so that no page shows what does not work.

A block that has a main() is a program, and is linked too. Any other is compiled as the body of a
function, or, where that fails, at namespace scope, after the usual #include and namespace alias. What a
block takes for granted stands in front of it in a comment that the reader does not see:

    <!-- setup
    nn::Linear model(2, 3);
    -->

usage: compile_snippets.py [--link ARGUMENT]... FILE-OR-FOLDER... -- COMPILER ARGUMENTS...
       compile_snippets.py --self-test -- COMPILER ARGUMENTS...
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PROLOGUE = "#include <lucid/lucid.h>\n#include <iostream>\nnamespace nn = lucid::nn;\n"

SETUP = re.compile(r"^<!-- setup\n(.*?)^-->\s*$", re.S | re.M)
FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+|~~~+) *(?P<language>[^\s`]*)[^\n]*\n"
                   r"(?P<code>.*?)^ *(?P=fence)`*~* *$", re.S | re.M)
LANGUAGES = {"cpp", "c++", "cxx", "cc"}
HOISTED = re.compile(r"^\s*#\s*include\b")


class Snippet:
    """One block: its code, its hidden setup, and where both stand."""

    def __init__(self, page, line, code, setup):
        self.page, self.line, self.code, self.setup = page, line, code, setup

    def name(self):
        return f"{self.page}:{self.line}"

    def is_program(self):
        return re.search(r"\bint\s+main\s*\(", self.code) is not None

    def sources(self):
        """The ways to read the block, best first."""
        # Errors then name the page and its line.
        def placed(line, text):
            return f'#line {line} "{self.page}"\n{text}\n'

        if self.is_program():
            return [placed(self.line, self.code)]
        setup_line, setup = self.setup or (1, "")
        includes, setup = hoist(setup)
        more, code = hoist(self.code)
        front = placed(self.line, more + "\n" + includes) + PROLOGUE
        setup, code = placed(setup_line, setup), placed(self.line, code)
        return [f"{front}void snippet() {{\n{setup}{code}}}\n", f"{front}{setup}{code}"]


def hoist(code):
    """Takes the #include lines out of a block; the rest keeps its line numbers."""
    lines = code.split("\n")
    includes = [line for line in lines if HOISTED.match(line)]
    return "\n".join(includes), "\n".join("" if HOISTED.match(line) else line for line in lines)


def snippets_of(page, text):
    """The C++ blocks of a page, in order."""
    line_at = lambda position: text.count("\n", 0, position) + 1
    setups = {match.end(): match for match in SETUP.finditer(text)}
    for match in FENCE.finditer(text):
        if match["language"].lower() not in LANGUAGES:
            continue
        code = re.sub(rf"^ {{0,{len(match['indent'])}}}", "", match["code"], flags=re.M)
        # A setup belongs to the block that follows it with nothing but space between.
        before = [end for end in setups if end <= match.start() and not text[end:match.start()].strip()]
        setup = setups[max(before)] if before else None
        yield Snippet(page, line_at(match.start("code")), code,
                      setup and (line_at(setup.start(1)), setup[1]))


def compile_snippet(snippet, compiler, link, folder):
    """The first complaint of the compiler, or None."""
    base = pathlib.Path(folder) / re.sub(r"\W", "_", snippet.name())
    complaint = None
    for source in snippet.sources():
        file = base.with_suffix(".cpp")
        file.write_text(source, encoding="utf-8")
        ending = ["-o", f"{base}.out", *link] if snippet.is_program() else ["-fsyntax-only"]
        done = subprocess.run([*compiler, "-O0", str(file), *ending], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode == 0:
            return None
        complaint = complaint or done.stdout or f"the compiler ended with status {done.returncode}"
    return complaint


def compile_all(snippets, compiler, link):
    """Compiles all, two or more at once; prints complaints and returns the names of bad ones."""
    bad = []
    with tempfile.TemporaryDirectory() as folder:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results = pool.map(lambda each: compile_snippet(each, compiler, link, folder), snippets)
            for snippet, complaint in zip(snippets, results):
                if complaint:
                    bad.append(snippet.name())
                    print(f"{snippet.name()}: this block does not compile:\n{complaint}\n")
    return bad


SELF_TEST = """
```cpp
struct Local { int x = 1; };
Local local;
nn::ReLU named_by_the_prologue;
```
```c++
#include <map>
template <class T> T at_namespace_scope(T x) { return x; }
std::map<int, int> hoisted;
```
<!-- setup
int given = 3;
-->

  ```cpp
  int taken = given;
  ```
```cpp
int main() { return 0; }
```
```sh
not C++ at all
```
```cpp
int another = given;
```
~~~cpp
lucid::no_such_function();
~~~
```cpp
int main() { return missing; }
```
"""


def self_test(compiler):
    """Three of the seven blocks are wrong, and those alone must be found; returns the status."""
    snippets = list(snippets_of("self_test.md", SELF_TEST))
    lines = SELF_TEST.split("\n")
    wrong = ("int another = given;", "lucid::no_such_function();", "int main() { return missing; }")
    expected = [f"self_test.md:{lines.index(text) + 1}" for text in wrong]
    bad = compile_all(snippets, compiler, [])
    if len(snippets) != 7 or bad != expected:
        print(f"expected 7 blocks and complaints about {expected}; got {len(snippets)} and {bad}")
        return 1
    return 0


def pages_of(paths):
    """The Markdown files among the paths and below those that are folders."""
    pages = []
    for path in paths:
        pages += sorted(path.rglob("*.md")) if path.is_dir() else [path]
    return pages


def main():
    split = sys.argv.index("--")
    arguments, compiler = sys.argv[1:split], sys.argv[split + 1:]
    if arguments == ["--self-test"]:
        return self_test(compiler)
    link = []
    while arguments and arguments[0] == "--link":
        link.append(arguments[1])
        del arguments[:2]
    pages = pages_of(pathlib.Path(argument) for argument in arguments)
    snippets = []
    for page in pages:
        snippets += snippets_of(os.path.relpath(page, pages[0].parent),
                                page.read_text(encoding="utf-8"))
    bad = compile_all(snippets, compiler, link)
    print(f"{len(snippets)} blocks in {len(pages)} pages, {len(bad)} do not compile")
    return 1 if bad or not snippets else 0


if __name__ == "__main__":
    sys.exit(main())
