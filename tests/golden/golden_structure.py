"""Golden files of shapes, indexing and matrix products. make_golden.py runs this.

structure_golden_test.cpp has the same functions under the same names.
"""

import torch

from golden_case import Case, save


def make(file, cases):
    """name: the shapes of the inputs a, b, ..., and the function of them."""
    out = {}
    for name, (shapes, function) in cases.items():
        case = Case(out, name)
        leaves = {key: case.input(key, torch.randn(shape)) for key, shape in zip("abc", shapes)}
        case.gradients(function(*leaves.values()), **leaves)
    save(file, out)


def joined(parts):
    return torch.cat([part.reshape(-1) for part in parts])


def shapes():
    make("shapes", {
        "split": (((7, 3),), lambda a: joined(a.split(3))),
        "split_sizes": (((2, 7),), lambda a: joined(a.split([4, 0, 3], -1))),
        "split_one_used": (((7, 3),), lambda a: a.split(3)[1]),
        "chunk": (((3, 7),), lambda a: joined(a.chunk(3, 1))),
        "unbind": (((2, 3, 2),), lambda a: joined(a.unbind(1))),
        "unfold": (((3, 8),), lambda a: a.unfold(1, 3, 2)),
        "unfold_first": (((7, 2),), lambda a: a.unfold(0, 2, 3)),
        "diagonal": (((3, 4),), lambda a: a.diagonal()),
        "diagonal_of_stack": (((3, 2, 5),), lambda a: a.diagonal(-1, -1, 0)),
        "diagonal_outside": (((3, 4),), lambda a: joined([a.diagonal(4), a.diagonal(-2)])),
        "movedim": (((2, 3, 4),), lambda a: a.movedim(0, -1)),
        "movedim_two": (((2, 3, 4, 2),), lambda a: a.movedim((1, -1), (0, 1))),
        "broadcast_to": (((3, 1),), lambda a: torch.broadcast_to(a, (2, 3, 4))),
        "ravel": (((3, 4),), lambda a: a.t().ravel()),
        "unflatten": (((2, 6),), lambda a: a.unflatten(1, (3, -1))),
        "repeat": (((2, 3),), lambda a: a.repeat(2, 1, 3)),
        "tile": (((2, 1, 3),), lambda a: a.tile((3, 2))),
        "flip": (((2, 3, 4),), lambda a: a.flip(0, -1)),
        "roll": (((3, 4),), lambda a: a.roll((1, -6), (0, 1))),
        "roll_flat": (((3, 4),), lambda a: a.roll(5)),
        "tril": (((2, 3, 4),), lambda a: a.tril(-1)),
        "tril_above": (((4, 3),), lambda a: a.tril(1)),
        "triu": (((3, 4),), lambda a: a.t().triu()),
        "triu_below": (((2, 3, 4),), lambda a: a.triu(-1)),
    })
