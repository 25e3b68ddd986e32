#!/usr/bin/env python3
"""Runs examples/gradient_penalty on small sets of digits: what the penalty changes, and what is refused.

usage: gradient_penalty_test.py PROGRAM
"""

import re

import programs

SMALL = ["--train-size", 640, "--test-size", 200, "--batch-size", 32]
EPOCH = re.compile(r"^  epoch (\d)/(\d) in [\d.]+ s  loss ([\d.]+)  accuracy [\d.]+%  "
                   r"gradient norm ([\d.]+)$", re.MULTILINE)


def without_times(out):
    return re.sub(r" in [\d.]+ s ", " ", out)


class PenaltyTest(programs.ProgramTest):
    def rows(self, out, penalty=3):
        """The last two lines as numbers: three accuracies in percent and the gradient's norm."""
        numbers = r" +([\d.]+)% +([\d.]+)% +([\d.]+)% +([\d.]+)\n"
        match = re.search(rf"\nwithout penalty{numbers}with penalty {penalty}{numbers}\Z", out)
        self.assertTrue(match, out)
        found = [float(text) for text in match.groups()]
        return found[:4], found[4:]

    def test_help(self):
        out = self.run_well("--help")
        for text in ("Data:", "Training:", "Comparison:", "General:", "Examples:", "--penalty LAMBDA"):
            self.assertIn(text, out)

    def test_a_penalty_lowers_the_gradient_and_protects(self):
        out = self.run_well(*SMALL)
        self.assertIn("640 digits to learn from, 200 to test with, drawn by lucid\n", out)
        self.assertIn("attack 0.05", out)
        epochs = EPOCH.findall(out)
        self.assertEqual([epoch[:2] for epoch in epochs], [(n, "3") for n in "123123"])
        losses, norms = ([float(epoch[i]) for epoch in epochs] for i in (2, 3))
        self.assertLess(losses[2], losses[0] / 2)
        self.assertLess(losses[5], losses[3] / 2)
        for plain, penalized in zip(norms[:3], norms[3:]):
            self.assertLess(penalized, plain)
        plain, penalized = self.rows(out)
        # Both learn; the gradient of the one is much smaller, and so it is harder to mislead.
        self.assertGreater(min(plain[0], penalized[0]), 85)
        self.assertLess(penalized[3], 0.8 * plain[3])
        self.assertGreater(penalized[1], plain[1] + 5)
        self.assertGreater(penalized[2], plain[2] + 5)
        self.assertLess(plain[1], plain[0])

    def test_a_penalty_of_next_to_nothing_changes_next_to_nothing(self):
        plain, penalized = self.rows(self.run_well(*SMALL, "--epochs", 1, "--penalty", "1e-9"), "1e-09")
        for one, other in zip(plain, penalized):
            self.assertAlmostEqual(one, other, delta=0.05 * one)

    def test_an_attack_of_nothing_changes_nothing(self):
        plain, penalized = self.rows(self.run_well(*SMALL, "--epochs", 1, "--attack", 0, "--noise", 0))
        for row in (plain, penalized):
            self.assertEqual(row[0], row[1])
            self.assertEqual(row[0], row[2])

    def test_equal_options_give_equal_results(self):
        small = ["--train-size", 100, "--test-size", 50, "--epochs", 2, "--batch-size", 20]
        one, two = (without_times(self.run_well(*small, "--threads", n)) for n in (1, 2))
        self.assertEqual(one, two)
        self.assertNotEqual(one, without_times(self.run_well(*small, "--seed", 1)))

    def test_files_of_mnist(self):
        programs.write_mnist(self.folder / "bars", 200)
        out = self.run_well("--data", "bars", "--train-size", 200, "--test-size", 50, "--epochs", 1)
        self.assertIn("200 digits to learn from, 50 to test with, of MNIST in bars\n", out)
        self.rows(out)

    def test_refusals(self):
        for arguments, text in (
                (["--nonsense"], "--nonsense"),
                (["--penalty"], "--penalty takes one value"),
                (["--penalty", "0"], 'above 0, at most 1000, got "0"'),
                (["--attack", "1.5"], 'from 0 to 1, got "1.5"'),
                (["--noise", "nan"], 'got "nan"'),
                (["--epochs", "0"], 'got "0"'),
                (["--data", "nowhere"], "nowhere")):
            with self.subTest(arguments=arguments):
                self.assertIn(text, self.refuse(*arguments))


if __name__ == "__main__":
    programs.main()
