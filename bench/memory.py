"""How much memory training takes, above what a program has when it has started."""

import statistics

import peers
import report
import rounds


class Memory:
    """Every model in a process of its own."""

    name = "memory"
    what = "peak memory of training above that of the start"
    peers = ("lucid", "libtorch", "libtorch-tuned")
    threads = (1, 2)
    rounds = 3  # which differ little
    seconds = None
    STEPS = 4

    def add_options(self, parser):
        parser.add_argument("--steps", type=int, default=self.STEPS, help="of training (default: %(default)s)")

    def run(self, arguments):
        report.print_header(self.what, arguments.rounds)
        figures = []
        for threads in arguments.threads:
            with peers.Process(arguments.build, arguments.peers[0], "train", threads) as process:
                models = [case for case in process.cases() if rounds.named(case, arguments.cases)]
            table = {model: self._megabytes(arguments, model, threads) for model in models}
            self._print(table, arguments.peers, threads)
            figures += [{"case": model, "threads": threads, "megabytes": by_peer} for model, by_peer in table.items()]
        if arguments.json:
            report.write_json(arguments, {"rows": figures})

    def _megabytes(self, arguments, model, threads):
        """peer -> (start, peak above it) in each round."""
        by_peer = {peer: [] for peer in arguments.peers}
        for number in range(arguments.rounds):
            for peer, figures in by_peer.items():
                rounds.progress(f"{model}, {peer}, round {number + 1} of {arguments.rounds}")
                figures.append(self._train(arguments, peer, model, threads))
        rounds.progress("")
        return by_peer

    @staticmethod
    def _train(arguments, peer, model, threads):
        with peers.Process(arguments.build, peer, "train", threads) as process:
            process.cases()
            start = process.memory()
            for _ in range(arguments.steps):
                process.measure(model, 0)
            return start, process.memory() - start

    @staticmethod
    def _print(table, names, threads):
        title = f"MB, {threads} thread{'s' * (threads > 1)}"
        width = max(map(len, [title, *table]))
        print(f"\n{title:{width}}" + "".join(f"{name:>18}" for name in names) + "   (start)")
        for model, by_peer in table.items():
            line = f"{model:{width}}"
            for figures in by_peer.values():
                start, above = (statistics.median(column) for column in zip(*figures))
                line += f"{above:>10.0f} ({start:>5.0f})"
            print(line)
