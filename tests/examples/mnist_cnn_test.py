#!/usr/bin/env python3
"""Runs examples/mnist_cnn on small sets of digits: what it prints, saves, reads back and refuses.

usage: mnist_cnn_test.py PROGRAM
"""

import fcntl
import json
import os
import pty
import re
import shutil
import struct
import termios

import programs

SMALL = ["--train-size", "320", "--test-size", "100", "--epochs", "1", "--batch-size", "32"]


def safetensors(tensors):
    """A file of float32 zeros from names and shapes."""
    header, end = {}, 0
    for name, shape in tensors.items():
        begin, size = end, 4
        for dimension in shape:
            size *= dimension
        end += size
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(end)


class TerminalTest(programs.ProgramTest):
    def on_terminal(self, columns, *arguments):
        """Runs the program on a terminal and returns what it printed."""
        try:
            master, slave = pty.openpty()
        except OSError as error:  # as in a container without /dev/pts
            self.skipTest(f"skipped: there are no pseudo-terminals here: {error}")
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        with self.start(*arguments, stdout=slave) as process:
            os.close(slave)
            chunks = []
            try:
                while chunk := os.read(master, 65536):
                    chunks.append(chunk)
            except OSError:
                pass  # how Linux says that the other end is closed
            self.assertEqual((process.stderr.read(), process.wait()), ("", 0))
        os.close(master)
        return b"".join(chunks).decode("utf-8")


class WorkTest(TerminalTest):
    def test_help(self):
        out = self.run_well("--help")
        for text in ("Data:", "Training:", "Stop and continue:", "Prediction:", "General:", "Examples:",
                     "--predict FILE", "--resume"):
            self.assertIn(text, out)
        self.assertLessEqual(max(map(len, out.splitlines())), 100)

    def test_training_and_reading(self):
        out = self.run_well("--train-size", 2000, "--test-size", 200, "--epochs", 2, "--output", "w")
        self.assertNotRegex(out, "[\r\x1b]")
        self.assertRegex(out, r"\ALayer +Output shape +Parameters +Multiply-adds\n")
        self.assertRegex(out, r"LazyConv2d +\[64, 32, 28, 28\] +320 +[\d,]+\n")
        self.assertRegex(out, r"\nParameters: [\d,]+, [\d.]+ MiB\nMultiply-adds: [\d,]+\n")
        for epoch in (1, 2):
            for percent in (" 25", " 50", " 75", "100"):
                self.assertRegex(out, rf"epoch {epoch}/2 {percent[:2]}\d%  \d+ img/s  loss [\d.]+  "
                                 r"accuracy [\d.]+%  ETA \d+:\d\d\n")
            self.assertRegex(out, rf"epoch {epoch}/2 in \d+:\d\d  .* test accuracy [\d.]+%\n")
        rows = re.findall(r"^ +(\d)((?: +[\d.]+){10}) +[\d.]+%$", out, re.MULTILINE)
        self.assertEqual([row[0] for row in rows], list("0123456789"))
        cells = [int(cell) for row in rows for cell in row[1].replace(".", "0").split()]
        self.assertEqual(sum(cells), 200)
        right = sum(cells[::11])
        self.assertGreaterEqual(right, 120)
        self.assertIn(f"test accuracy {right / 2:.2f}%: {right} of 200 right\nweights saved in w\n", out)

        out = self.run_well("--predict", "w", "--test-size", 200, "--show", 3)
        self.assertIn(f"\n{right} of 200 test digits drawn by lucid read right: {right / 2:.2f}%\n", out)
        self.assertEqual(len(re.findall(r"read as \d  [\d.]+%", out)), 3)
        self.assertEqual(len(re.findall("right$|WRONG: it is a", out, re.MULTILINE)), 3)
        self.assertRegex(out, "[█▀▄]")
        self.assertNotIn("\x1b", out)

        out = self.run_well("--predict", "w", "--test-size", 200, "--show", 5, "--mistakes")
        self.assertEqual(out.count("WRONG: it is a"), min(5, 200 - right))

    def test_equal_options_give_equal_weights(self):
        for name, options in (("one", ["--threads", 1]), ("two", ["--threads", 2]),
                              ("other", ["--seed", 1])):
            self.run_well(*SMALL, "--output", name, *options)
        one, two, other = ((self.folder / name).read_bytes() for name in ("one", "two", "other"))
        self.assertEqual(one, two)
        self.assertNotEqual(one, other)

    def test_every_optimizer(self):
        for name in ("adam", "adamw"):
            self.run_well(*SMALL, "--optimizer", name, "--output", name)
        self.assertNotEqual(*((self.folder / name).read_bytes() for name in ("adam", "adamw")))

    def test_files_of_mnist(self):
        programs.write_mnist(self.folder / "bars", 400)
        out = self.run_well("--data", "bars", "--test-size", 50, "--epochs", 2, "--output", "w")
        self.assertIn("400 digits to learn from, 50 to test with, of MNIST in bars\n", out)
        self.assertIn("test digits of MNIST in bars read right",
                      self.run_well("--data", "bars", "--predict", "w", "--show", 0))

    def test_a_terminal_gets_a_bar_and_colours(self):
        out = self.on_terminal(100, *SMALL, "--output", "w")
        self.assertRegex(out, "\r\x1b\\[Kepoch 1/1 █+░* .*ETA")
        self.assertRegex(out, "\r\x1b\\[Kepoch 1/1 in .* test accuracy")
        out = self.on_terminal(100, "--predict", "w", "--test-size", 20, "--show", 1)
        self.assertRegex(out, "\x1b\\[38;5;\\d+;48;5;\\d+m▀")

    def test_the_bar_fits_a_narrow_terminal(self):
        out = self.on_terminal(30, *SMALL, "--output", "w")
        drawn = re.findall("\x1b\\[K(epoch 1/1 (?!in)[^\r\n]*)", out)
        self.assertTrue(drawn)
        self.assertEqual(max(map(len, drawn)), 29)

    def test_weights_are_not_lost_when_their_folder_is(self):
        folder, refuge = self.folder / "folder", self.folder / "refuge"
        folder.mkdir()
        refuge.mkdir()
        programs.ENVIRONMENT["TMPDIR"] = str(refuge)
        self.addCleanup(programs.ENVIRONMENT.pop, "TMPDIR")
        with self.start(*SMALL, "--output", "folder/w") as process:
            while not process.stdout.readline().startswith("epoch"):
                pass
            shutil.rmtree(folder)
            _, err = process.communicate()
        self.assertEqual(process.returncode, 2)
        self.assertRegex(err, r'\Amnist_cnn: .*"folder/w".*; the weights are in "[^"]+" instead\n\Z')
        self.run_well("--predict", re.search('in "([^"]+)" instead', err)[1], "--test-size", 10)


class ResumeTest(TerminalTest):
    """Runs of 20 steps that stop and go on; kill_test.py stops them in harder ways."""

    RUN = [*SMALL[:4], "--epochs", 2, "--batch-size", 32, "--seed", 3]
    KEPT = ["--checkpoint", "kept", "--checkpoint-every", 1, "--resume"]

    def stop(self, *arguments):
        """Runs the program, and kills it when it says how far it is: after a quarter of an epoch."""
        with self.start(*arguments) as process:
            while not (line := process.stdout.readline()).startswith("epoch"):
                self.assertTrue(line, "the run ended too early")
            process.kill()

    def read(self, name):
        return (self.folder / name).read_bytes()

    def test_a_run_that_was_stopped_ends_with_the_same_weights(self):
        for optimizer in ("sgd", "adam", "adamw"):
            with self.subTest(optimizer=optimizer):
                run = [*self.RUN, "--optimizer", optimizer]
                self.run_well(*run, "--output", "whole")
                self.stop(*run, *self.KEPT, "--output", "w", "--threads", 1)
                out = self.run_well(*run, *self.KEPT, "--output", "w", "--threads", 2)
                self.assertRegex(out, r"\Acontinuing the run in kept in epoch 1 after \d of 20 steps")
                self.assertEqual(self.read("w"), self.read("whole"))
                (self.folder / "kept").unlink()

    def test_an_epoch_that_goes_on_counts_what_was_done_before(self):
        whole = self.run_well(*self.RUN, "--output", "w")
        self.stop(*self.RUN, *self.KEPT, "--output", "w")
        parts = self.run_well(*self.RUN, *self.KEPT, "--output", "w")
        measures = r"epoch 1/2 in .*(loss [\d.]+  accuracy [\d.]+%  test accuracy [\d.]+%)"
        self.assertEqual(re.search(measures, parts)[1], re.search(measures, whole)[1])

    def test_one_command_begins_and_goes_on_and_is_done(self):
        command = [*self.RUN, *self.KEPT, "--output", "w"]
        out = self.run_well(*command)
        self.assertTrue(out.startswith("there is no kept yet: starting from the beginning\n"), out)
        weights, kept = self.read("w"), self.read("kept")
        (self.folder / "w").unlink()
        again = self.run_well(*command)
        self.assertTrue(again.startswith("the run in kept is finished after 20 steps\n"), again)
        self.assertNotIn("epoch", again)
        ending = re.compile(r"\n +read as\n.*\Z", re.S)
        self.assertEqual(ending.search(again)[0], ending.search(out)[0])
        self.assertEqual((self.read("w"), self.read("kept")), (weights, kept))
        self.assertEqual(sorted(os.listdir(self.folder)), ["kept", "w"])

    def test_a_checkpoint_is_written_after_epochs_whatever_its_steps(self):
        out = self.run_well(*SMALL, "--checkpoint", "kept", "--output", "w")
        self.assertNotIn("kept", out)
        out = self.run_well(*SMALL, "--checkpoint", "kept", "--output", "w", "--resume")
        self.assertIn("the run in kept is finished after 10 steps\n", out)

    def test_files_of_mnist_and_a_terminal(self):
        programs.write_mnist(self.folder / "bars", 320)
        run = [*self.RUN[4:], "--data", "bars", "--test-size", 50, *self.KEPT, "--output", "w"]
        self.stop(*run)
        self.assertRegex(self.on_terminal(100, *run), "\r\x1b\\[Kepoch 1/2 █+░* .*ETA")

    def test_what_does_not_continue_that_run_is_refused(self):
        run = [*self.RUN, *self.KEPT, "--output", "w"]
        self.stop(*run)
        kept = self.read("kept")
        for option, value, saved in (
                ("--seed", 4, "3"), ("--batch-size", 16, "32"), ("--epochs", 3, "2"),
                ("--optimizer", "adam", "sgd"), ("--train-size", 100, "320"), ("--lr", 0.01, "0.05"),
                ("--momentum", 0.5, "0.9"), ("--weight-decay", 0, "0.0005")):
            with self.subTest(option=option):
                other = [*run]
                if option in other:
                    other[other.index(option) + 1] = value
                else:
                    other += [option, value]
                self.assertIn(f'{option} is {value}, but the run in "kept" has {saved}\n',
                              self.refuse(*other))
        programs.write_mnist(self.folder / "bars", 320)
        self.assertIn('--data is files of MNIST, but the run in "kept" has digits drawn by lucid',
                      self.refuse(*run, "--data", "bars"))
        self.assertIn('--checkpoint: "kept" exists already; add --resume',
                      self.refuse(*[argument for argument in run if argument != "--resume"]))
        for damaged in (b"", b"not a run", kept[:-1], safetensors({"0.weight": [1]})):
            (self.folder / "kept").write_bytes(damaged)
            self.assertIn('"kept"', self.refuse(*run))
        self.assertEqual(self.read("kept"), damaged)

    def test_a_checkpoint_of_something_else_is_refused(self):
        self.run_well(*SMALL, "--output", "w")
        text = json.dumps({"__metadata__": {"lucid.checkpoint": "1"}}).encode()
        (self.folder / "kept").write_bytes(struct.pack("<Q", len(text)) + text)
        self.assertIn('"kept" is no checkpoint of this program',
                      self.refuse(*self.RUN, *self.KEPT, "--output", "v"))

    def test_where_it_cannot_be_written(self):
        (self.folder / "folder").mkdir()
        for path in ("folder", "/dev/null", "nowhere/kept", "x" * 300):
            err = self.refuse(*SMALL, "--checkpoint", path, "--output", "w")
            self.assertIn(f'--checkpoint: cannot write "{path}": ', err)
        for path in ("w", "./w", "folder/../w"):
            self.assertIn("--checkpoint and --output name the same file",
                          self.refuse(*SMALL, "--checkpoint", path, "--output", "w"))
        self.assertEqual(os.listdir(self.folder), ["folder"])


class RefusalTest(TerminalTest):
    def test_options(self):
        for arguments, text in (
                (["--nonsense"], "--nonsense"),
                (["stray"], "stray"),
                (["--epochs"], "--epochs takes one value"),
                (["--epochs", "1", "--epochs", "2"], "--epochs takes one value"),
                (["--epochs", "0"], 'from 1 to 10000, got "0"'),
                (["--batch-size", "0"], 'from 1 to 4096, got "0"'),
                (["--batch-size", "-1"], 'got "-1"'),
                (["--batch-size", "3.5"], 'got "3.5"'),
                (["--batch-size", "0x10"], 'got "0x10"'),
                (["--seed", "99999999999999999999"], 'got "99999999999999999999"'),
                (["--threads", "0"], 'got "0"'),
                (["--lr", "0"], 'above 0, at most 100, got "0"'),
                (["--lr", "nan"], 'got "nan"'),
                (["--lr", "fast"], 'got "fast"'),
                (["--momentum", "1"], 'from 0 to below 1, got "1"'),
                (["--momentum", "0.5", "--optimizer", "adam"], "sgd alone"),
                (["--optimizer", "best"], 'sgd, adam or adamw, got "best"'),
                (["--data", ""], "--data: the path is empty"),
                (["--show", "3"], "--show needs --predict"),
                (["--resume"], "--resume needs --checkpoint"),
                (["--checkpoint-every", "5"], "--checkpoint-every needs --checkpoint"),
                (["--checkpoint", "c", "--checkpoint-every", "0"], 'got "0"'),
                (["--checkpoint", ""], "--checkpoint: the path is empty"),
                (["--predict", "w", "--resume"], "--resume has no meaning with --predict"),
                (["--predict", "w", "--checkpoint", "c"], "--checkpoint has no meaning with"),
                (["--predict", "w", "--epochs", "3"], "--epochs has no meaning with --predict")):
            with self.subTest(arguments=arguments):
                self.assertIn(text, self.refuse(*arguments))

    def test_data(self):
        self.assertIn('"nowhere/train-images-idx3-ubyte"', self.refuse("--data", "nowhere"))
        self.assertIn("t10k-images-idx3-ubyte",
                      self.refuse("--data", "nowhere", "--predict", self.weights()))
        folder = self.folder / "bars"
        programs.write_mnist(folder, 20)
        self.assertIn("--train-size asks for 21 digits, but there are 20",
                      self.refuse("--data", "bars", "--train-size", 21))
        images = folder / "train-images-idx3-ubyte"
        whole = images.read_bytes()
        for damaged in (whole[:-1], whole[:9], b"", whole[:4] + b"\xff" * 12 + whole[16:]):
            images.write_bytes(damaged)
            self.assertIn("bars/train-images-idx3-ubyte", self.refuse("--data", "bars"))

    def test_output(self):
        (self.folder / "folder").mkdir()
        for path, why in (("folder", "it is not a regular file"), ("nowhere/w", "No such file"),
                          ("/dev/null", "it is not a regular file"), ("x" * 300, "name too long")):
            self.assertIn(f'--output: cannot write "{path}": ', self.refuse("--output", path))
            self.assertIn(why, self.refuse("--output", path))
        self.assertEqual(os.listdir(self.folder), ["folder"])

    def test_output_through_a_link(self):
        (self.folder / "runs").mkdir()
        (self.folder / "latest").symlink_to("runs/real")
        (self.folder / "lost").symlink_to("nowhere/real")
        self.assertIn('--output: cannot write "lost": No such file', self.refuse("--output", "lost"))
        self.assertIn("--checkpoint and --output name the same file",
                      self.refuse("--checkpoint", "latest", "--output", "runs/real"))
        self.run_well("--train-size", 1, "--test-size", 1, "--epochs", 1, "--output", "latest")
        self.assertEqual(os.listdir(self.folder / "runs"), ["real"])
        self.assertTrue((self.folder / "latest").is_symlink())

    def weights(self):
        """Writes weights after hardly any training, and returns their path."""
        self.run_well("--train-size", 1, "--test-size", 1, "--epochs", 1, "--output", "good")
        return self.folder / "good"

    def test_weights(self):
        self.assertIn('"nowhere"', self.refuse("--predict", "nowhere"))
        good = self.weights().read_bytes()
        bad = self.folder / "bad"
        for damaged in (b"", b"not weights", good[:-1], good[:100]):
            bad.write_bytes(damaged)
            self.assertIn('"bad"', self.refuse("--predict", "bad"))
        bad.write_bytes(safetensors({"0.weight": [8, 1, 3, 3], "0.bias": [8], "extra": [1]}))
        err = self.refuse("--predict", "bad")
        for text in ("0.weight", "3.weight: missing", "extra: unexpected"):
            self.assertIn(text, err)


if __name__ == "__main__":
    programs.main()
