#!/usr/bin/env python3
"""Tests ./run against a machine of stand-ins: which programs it calls, with what, and what it says.

usage: run_test.py PATH-OF-RUN
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SCRIPT = ""

# What the script may use of the real machine.
REAL = ("bash env cat dirname realpath awk grep sort head tail rm printf id nproc find xargs "
        "mkdir touch basename ln chmod cp mktemp").split()

# Stand-ins write down how they were called; what they do besides is below.
STAND_IN = '#!/bin/bash\necho "$(basename "$0") $*" >> "$CALLS"\n'

# Knows the packages that a file lists, which the stand-in for apt-get adds to.
DPKG_QUERY = '''
shift 2
for package in "$@"; do
  grep -qxF "$package" "$INSTALLED" && echo "installed $package"
done
'''

APT_GET = '''
case "$*" in
  *install*) printf '%s\\n' "$@" >> "$INSTALLED"; for tool in $TOOLS; do ln -sf "$tool" "$BIN"; done ;;
esac
'''

MESON = '''
case $1 in
  --version) echo "${MESON_VERSION:-1.0.1}" ;;
  setup) mkdir -p "$3/meson-logs" && touch "$3/build.ninja" ;;
  test) [ -z "$LOG" ] || { printf '%s\\n' "$LOG" > "$3/meson-logs/testlog.txt"; exit "$STATUS"; } ;;
esac
'''

NINJA = '''
mkdir -p "$2/examples"
printf '#!/bin/bash\\necho "trained $* in $PWD"\\n' > "$2/examples/mnist_cnn"
chmod +x "$2/examples/mnist_cnn"
mkdir -p "$2/tests/fuzz"
for name in safetensors npy npz idx; do
  printf '#!/bin/bash\necho "fuzz_'$name' $*" >> "$CALLS"\nexit ${FUZZ_STATUS:-0}\n' > "$2/tests/fuzz/fuzz_$name"
  chmod +x "$2/tests/fuzz/fuzz_$name"
done
mkdir -p "$2/tests/threads" "$2/tests/kernels"
printf '#!/bin/bash\n[ $# = 0 ] && exit ${FALSE_RACE:-0} || exit ${TRUE_RACE:-66}\n' > "$2/tests/threads/race"
for name in test_threads kernels/test_kernels test_data test_nn test_autograd test_lucid; do
  printf '#!/bin/bash\necho "'$name' $OMP_NUM_THREADS $OMP_TOOL_LIBRARIES $*" >> "$CALLS"\n' > "$2/tests/$name"
  printf '[ '$name' != "$RACE_IN" ] || exit 66\n' >> "$2/tests/$name"
done
chmod +x "$2/tests/threads/race" "$2"/tests/test_* "$2/tests/kernels/test_kernels"
exit "${NINJA_STATUS:-0}"
'''

LOG = """==================================== 1/9 ====================================
Ok:                 77
==============================================================================

{}Ok:                 4   
Expected Fail:      1   
Fail:               {}   
Unexpected Pass:    0   
Skipped:            3   
Timeout:            {}   
"""


class Machine:
    """A temporary machine with only stand-ins and a few real programs in its PATH."""

    def __init__(self, folder, debian=True, tools=False, root=True):
        self.folder = pathlib.Path(folder)
        self.bin, self.store = self.folder / "bin", self.folder / "store"
        for each in (self.bin, self.store, self.folder / "house", self.folder / "elsewhere"):
            each.mkdir()
        self.calls_file, self.installed = self.folder / "calls", self.folder / "installed"
        self.installed.touch()
        shutil.copy(SCRIPT, self.folder / "house" / "run")
        for name in REAL:
            real = shutil.which(name)
            if real is None:
                raise unittest.SkipTest(f"skipped: {name} is not here")
            (self.bin / name).symlink_to(real)
        for name, body in (("meson", MESON), ("ninja", NINJA), ("c++", ""), ("pkg-config", "")):
            self.stand_in(self.bin if tools else self.store, name, body)
        if debian:
            self.stand_in(self.bin, "dpkg-query", DPKG_QUERY)
            self.stand_in(self.bin, "apt-get", APT_GET)
        (self.bin / "id").unlink()
        self.stand_in(self.bin, "id", f"echo {0 if root else 1000}\n")

    @staticmethod
    def stand_in(folder, name, body):
        """Writes one stand-in."""
        (folder / name).write_text(STAND_IN + body, encoding="utf-8")
        (folder / name).chmod(0o755)

    def run(self, *arguments, **environment):
        """Runs the script; returns status, stdout, stderr and the calls it made."""
        self.calls_file.write_text("")
        tools = " ".join(str(tool) for tool in self.store.iterdir())
        done = subprocess.run(
            [self.folder / "house" / "run", *arguments], capture_output=True, text=True,
            cwd=self.folder / "elsewhere", check=False, stdin=subprocess.DEVNULL,
            env={"PATH": str(self.bin), "CALLS": str(self.calls_file), "BIN": str(self.bin),
                 "INSTALLED": str(self.installed), "TOOLS": tools, "LOG": "", **environment})
        calls = [line for line in self.calls_file.read_text().splitlines()
                 if line.split()[0] not in ("id", "dpkg-query", "c++", "pkg-config")]
        return done.returncode, done.stdout, done.stderr, calls


class RunTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_alone_it_explains_itself_and_does_nothing(self):
        status, out, _, calls = Machine(self.folder).run()
        self.assertEqual((status, calls), (0, []))
        for command in ("train", "test", "bench", "fuzz", "tsan", "neon", "build", "setup", "format", "lint"):
            self.assertIn(f"\n  {command} ", out)

    def test_an_unknown_command_is_named(self):
        status, out, err, calls = Machine(self.folder).run("trian")
        self.assertEqual((status, out, calls), (1, "", []))
        self.assertIn("'trian'", err)

    def test_a_fresh_machine_is_set_up_once(self):
        machine = Machine(self.folder)
        status, out, _, calls = machine.run("train", "--data", "here")
        self.assertEqual(status, 0)
        self.assertEqual(out, f"trained --data here in {self.folder}/elsewhere\n")
        names = [" ".join(call.split()[:2]) for call in calls]
        self.assertEqual(names, ["apt-get -q", "apt-get -q", "meson --version",
                                 "meson setup", "ninja -C"])
        self.assertIn("update", calls[0])
        for package in ("g++", "meson", "libxtensor-dev", "libcli11-dev"):
            self.assertIn(f" {package}", calls[1])
        status, _, _, calls = machine.run("train")
        self.assertEqual((status, [call.split()[0] for call in calls]), (0, ["ninja"]))

    def test_a_package_that_comes_later_reconfigures(self):
        machine = Machine(self.folder)
        machine.run("setup")
        machine.installed.write_text(machine.installed.read_text().replace("doctest-dev\n", ""))
        machine.stand_in(machine.bin, "c++", "exit 1\n")
        _, _, _, calls = machine.run("setup")
        self.assertTrue(calls[1].endswith("recommends doctest-dev"), calls)
        self.assertIn("--reconfigure", calls[-1])

    def test_without_root_and_sudo_it_gives_the_command(self):
        status, _, err, calls = Machine(self.folder, root=False).run("setup")
        self.assertEqual((status, calls), (1, []))
        self.assertIn("apt-get install g++ pkg-config meson", err)

    def test_without_root_it_takes_sudo(self):
        machine = Machine(self.folder, root=False)
        machine.stand_in(machine.bin, "sudo", '"$@"\n')
        status, _, _, calls = machine.run("setup")
        self.assertEqual((status, calls[0].split()[:2]), (0, ["sudo", "env"]))

    def test_elsewhere_than_on_debian_it_names_what_is_missing(self):
        status, _, err, _ = Machine(self.folder, debian=False).run("setup")
        self.assertEqual(status, 1)
        self.assertIn("libxtensor-dev", err)
        self.assertIn("meson is needed", err)

    def test_elsewhere_than_on_debian_it_goes_on_with_what_is_there(self):
        status, _, err, calls = Machine(self.folder, debian=False, tools=True).run("setup")
        self.assertEqual(status, 0)
        self.assertNotIn("Debian", err)
        self.assertEqual([call.split()[1] for call in calls], ["--version", "setup"])

    def test_an_old_meson_is_refused(self):
        status, _, err, calls = Machine(self.folder, tools=True).run("setup", MESON_VERSION="0.61.2")
        self.assertEqual((status, calls[-1]), (1, "meson --version"))
        self.assertIn("0.61.2 is too old", err)

    def test_a_failing_build_ends_it(self):
        status, out, err, _ = Machine(self.folder, tools=True).run("train", NINJA_STATUS="1")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("the build failed", err)

    def test_tests_are_counted_on_the_last_line(self):
        log = LOG.format("", 0, 0)
        machine = Machine(self.folder, tools=True)
        status, out, _, calls = machine.run("test", "conv", LOG=log, STATUS="0")
        self.assertEqual((status, out), (0, "5 passed, 0 failed, 3 skipped\n"))
        self.assertTrue(calls[-1].endswith("--print-errorlogs conv"), calls)

    def test_failures_and_timeouts_fail(self):
        log = LOG.format("Summary of Failures:\n\n1/9 conv FAIL\n\n", 2, 1)
        machine = Machine(self.folder, tools=True)
        status, out, _, _ = machine.run("test", LOG=log, STATUS="3")
        self.assertEqual((status, out), (3, "5 passed, 3 failed, 3 skipped\n"))

    def fuzzing(self):
        """A machine with something to fuzz."""
        machine = Machine(self.folder, tools=True)
        machine.stand_in(machine.bin, "clang++", '[[ $* != *-fsanitize=fuzzer* ]]\n')
        for name in ("safetensors", "npy", "npz", "idx"):
            corpus = machine.folder / "house" / "tests" / "fuzz" / "corpus" / name
            corpus.mkdir(parents=True)
            (corpus / "seed").touch()
        return machine

    def test_fuzzing_has_a_build_of_its_own_and_a_copy_of_the_corpus(self):
        machine = self.fuzzing()
        status, _, err, calls = machine.run("fuzz", "7")
        self.assertEqual(status, 0, err)
        self.assertIn(" libclang-rt-14-dev", "".join(call for call in calls if " install " in call))
        build = machine.folder / "house" / "build-fuzz"
        self.assertTrue(any("meson setup" in call and f" {build} " in call and "-Dfuzz=true" in call
                            for call in calls), calls)
        runs = [call for call in calls if call.startswith("fuzz_")]
        self.assertEqual([run.split()[0] for run in runs],
                         ["fuzz_safetensors", "fuzz_npy", "fuzz_npz", "fuzz_idx"])
        for run, name in zip(runs, ("safetensors", "npy", "npz", "idx")):
            self.assertIn("-max_total_time=7", run)
            self.assertEqual(run.split()[-1], str(build / "corpus" / name))
            self.assertTrue((build / "corpus" / name / "seed").exists())

    def test_one_fuzzer_that_finds_something_fails(self):
        status, _, err, calls = self.fuzzing().run("fuzz", "1", "npz", FUZZ_STATUS="77")
        self.assertEqual(status, 1)
        self.assertIn("the fuzzer of npz found something", err)
        self.assertEqual(len([call for call in calls if call.startswith("fuzz_")]), 1)

    def test_fuzzing_refuses_what_it_does_not_know(self):
        machine = self.fuzzing()
        for arguments in (("0",), ("npz",), ("5", "png")):
            status, _, err, calls = machine.run("fuzz", *arguments)
            self.assertEqual((status, calls), (1, []))
            self.assertIn(f"'{arguments[-1]}'", err)

    def racing(self):
        """A machine with something to look for races in."""
        machine = Machine(self.folder, tools=True)
        machine.stand_in(machine.bin, "clang++",
                         f'[ "$1" != -print-resource-dir ] || echo {self.folder}/llvm/clang/14\n')
        (machine.folder / "llvm" / "clang" / "14").mkdir(parents=True)
        self.archer = machine.folder / "llvm" / "libarcher.so"
        self.archer.touch()
        return machine

    def test_races_are_looked_for_in_a_build_of_its_own(self):
        machine = self.racing()
        status, _, err, calls = machine.run("tsan")
        self.assertEqual(status, 0, err)
        build = machine.folder / "house" / "build-tsan"
        self.assertTrue(any("meson setup" in call and f" {build} " in call
                            and "-Db_sanitize=thread" in call for call in calls), calls)
        runs = [call.split() for call in calls if call.split()[0].split("/")[-1].startswith("test_")]
        self.assertEqual({run[0] for run in runs},
                         {"test_threads", "kernels/test_kernels", "test_data", "test_nn",
                          "test_autograd", "test_lucid"})
        self.assertEqual({run[2] for run in runs}, {str(self.archer)})
        self.assertEqual({run[1] for run in runs if run[0] == "test_threads"}, {"1", "2", "3"})

    def test_races_are_looked_for_in_the_tests_of_threads_alone(self):
        _, _, err, calls = self.racing().run("tsan", "threads")
        self.assertIn("no races were found", err)
        self.assertFalse([call for call in calls if call.startswith("test_nn")])
        self.assertFalse([call for call in calls if call.startswith("ninja") and "test_nn" in call])

    def test_a_race_fails_and_is_located(self):
        status, _, err, calls = self.racing().run("tsan", RACE_IN="test_data")
        self.assertEqual(status, 1)
        self.assertIn("tests/test_data failed", err)
        self.assertFalse([call for call in calls if call.startswith("test_nn")])

    def test_no_race_is_believed_that_the_tools_cannot_tell(self):
        machine = self.racing()
        status, _, err, _ = machine.run("tsan", FALSE_RACE="66")
        self.assertEqual(status, 1)
        self.assertIn("does not hear from Archer", err)
        status, _, err, _ = machine.run("tsan", TRUE_RACE="0")
        self.assertEqual(status, 1)
        self.assertIn("does not see a race", err)
        self.archer.unlink()
        status, _, err, _ = machine.run("tsan")
        self.assertEqual(status, 1)
        self.assertIn("libarcher.so", err)

    def test_looking_for_races_refuses_what_it_does_not_know(self):
        for arguments in (("nn",), ("threads", "7")):
            with tempfile.TemporaryDirectory() as folder:
                status, _, err, calls = Machine(folder, tools=True).run("tsan", *arguments)
            self.assertEqual((status, calls), (1, []))
            self.assertIn(arguments[-1], err)

    def emulating(self):
        """A machine that can compile for ARM and run what comes of it."""
        machine = Machine(self.folder, tools=True)
        for name in ("aarch64-linux-gnu-g++", "qemu-aarch64"):
            machine.stand_in(machine.bin, name, "")
        return machine

    def test_kernels_of_arm_have_a_build_of_their_own(self):
        status, _, err, calls = self.emulating().run("neon", STATUS="0", LOG=LOG)
        self.assertEqual(status, 0, err)
        build = f"{self.folder}/house/build-neon"
        self.assertTrue(any(call.startswith("meson setup") and f" {build} " in call
                            and f"--cross-file {self.folder}/house/tests/tools/aarch64.ini" in call
                            for call in calls), calls)
        self.assertTrue(any(call.startswith(f"ninja -C {build} ")
                            and call.endswith(" tests/kernels/test_kernels") for call in calls), calls)
        self.assertTrue(calls[-1].startswith(f"meson test -C {build} --no-rebuild"), calls)

    def test_kernels_of_arm_that_fail_are_a_failure(self):
        machine = self.emulating()
        self.assertEqual(machine.run("neon", STATUS="1", LOG=LOG)[0], 1)
        status, _, err, calls = machine.run("neon", NINJA_STATUS="1")
        self.assertEqual(status, 1)
        self.assertIn("do not build", err)
        self.assertFalse([call for call in calls if call.startswith("meson test")])
        status, _, err, _ = machine.run("neon", "fast")
        self.assertEqual(status, 1)
        self.assertIn("'fast'", err)

    def test_optional_packages_come_where_they_are_asked_for(self):
        machine = Machine(self.folder)
        machine.run("setup")
        self.assertNotIn("python3-numpy", machine.installed.read_text())
        machine.run("setup", LUCID_OPTIONAL="yes")
        self.assertIn("python3-numpy", machine.installed.read_text())

    def test_the_build_folder_can_be_elsewhere(self):
        machine = Machine(self.folder, tools=True)
        _, out, _, calls = machine.run("train", LUCID_BUILD_DIR="mine")
        self.assertIn(f" {self.folder}/elsewhere/mine ", calls[-1])
        self.assertTrue(out.startswith("trained"))


if __name__ == "__main__":
    SCRIPT = os.path.abspath(sys.argv.pop(1))
    unittest.main()
