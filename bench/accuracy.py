"""Whether the modes of convolutions, fast and strict, learn equally well."""

import os
import pathlib
import statistics
import subprocess

import report
import rounds

MODES = ("fast", "strict")


class Accuracy:
    """Trains networks on digits in both modes, from the same first weights and with the same batches."""

    name = "accuracy"
    what = "share of test digits that are read right after training"
    peers = seconds = None
    threads = (2,)
    rounds = 1

    def add_options(self, parser):
        given = os.environ.get("LUCID_DATA")
        data = given and os.path.join(given, "mnist")
        parser.add_argument("--data", metavar="FOLDER", default=data,
                            help="with the files of MNIST (default: mnist/ in LUCID_DATA, or else digits that lucid draws)")
        parser.add_argument("--models", nargs="+", choices=("lenet", "vgg", "resnet18"), default=["lenet", "vgg"])
        parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
        parser.add_argument("--epochs", type=int, default=2)
        parser.add_argument("--train-size", type=int, default=60000)
        parser.add_argument("--test-size", type=int, default=10000)

    def run(self, arguments):
        report.print_header(self.what, arguments.rounds)
        source = f"MNIST in {arguments.data}" if arguments.data else "digits that lucid draws"
        print(f"{source}, {arguments.train_size} to learn from, {arguments.epochs} epochs")
        rows = []
        for model in arguments.models:
            rows += [{"model": model, "seed": seed, **self._train(arguments, model, seed)} for seed in arguments.seeds]
        rounds.progress("")
        self._print(rows, arguments.models)
        if arguments.json:
            report.write_json(arguments, {"rows": rows})

    def _train(self, arguments, model, seed):
        """mode -> accuracy"""
        figures = {}
        for mode in MODES:
            rounds.progress(f"{model}, seed {seed}, {mode}")
            program = pathlib.Path(arguments.build) / "bench" / "accuracy"
            command = [program, model, mode, seed, arguments.epochs, arguments.threads[0], arguments.train_size,
                       arguments.test_size, *([arguments.data] if arguments.data else [])]
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise SystemExit(done.stderr.strip() or f"{program} ended with status {done.returncode}")
            figures[mode] = float(done.stdout)
        return figures

    @staticmethod
    def _print(rows, models):
        print(f"\n{'model':10}{'seed':>6}" + "".join(f"{mode:>10}" for mode in MODES))
        for model in models:
            of_model = [row for row in rows if row["model"] == model]
            for row in of_model:
                print(f"{model:10}{row['seed']:>6}" + "".join(f"{row[mode]:>10.2%}" for mode in MODES))
            means = (statistics.mean(row[mode] for row in of_model) for mode in MODES)
            print(f"{model:10}{'mean':>6}" + "".join(f"{mean:>10.2%}" for mean in means))
