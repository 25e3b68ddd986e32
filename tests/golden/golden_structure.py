"""Golden files of shapes and matrix products. make_golden.py runs this.

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
        "meshgrid": (((3,), (2,), (4,)), lambda *v: joined(torch.meshgrid(*v, indexing="ij"))),
        "meshgrid_xy": (((3,), (2,), (4,)), lambda *v: joined(torch.meshgrid(*v, indexing="xy"))),
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


def linear_algebra():
    make("linear_algebra", {
        "matmul": (((2, 1, 3, 4), (3, 4, 2)), torch.matmul),
        "matmul_vector": (((2, 3, 4), (4,)), torch.matmul),
        "mm": (((3, 5), (5, 2)), torch.mm),
        "bmm": (((2, 3, 4), (2, 4, 2)), torch.bmm),
        "addmm": (((3, 2), (3, 5), (5, 2)), torch.addmm),
        "addmm_scaled": (((2,), (3, 5), (5, 2)), lambda *v: torch.addmm(*v, beta=0.5, alpha=-2)),
        "outer": (((3,), (4,)), torch.outer),
        "dot": (((5,), (5,)), torch.dot),
        "einsum_0": (((3, 4), (4, 2),), lambda *v: torch.einsum("ij,jk->ik", *v)),
        "einsum_1": (((3, 4), (4, 2),), lambda *v: torch.einsum("ij,jk", *v)),
        "einsum_2": (((2, 3, 4), (2, 4, 2),), lambda *v: torch.einsum("bij,bjk->bki", *v)),
        "einsum_3": (((3, 3),), lambda *v: torch.einsum("ii->i", *v)),
        "einsum_4": (((3, 3),), lambda *v: torch.einsum("ii", *v)),
        "einsum_5": (((3, 2, 3),), lambda *v: torch.einsum("iji->j", *v)),
        "einsum_6": (((2, 3),), lambda *v: torch.einsum("ij->ji", *v)),
        "einsum_7": (((2, 3),), lambda *v: torch.einsum("ba", *v)),
        "einsum_8": (((2, 3),), lambda *v: torch.einsum("ij->", *v)),
        "einsum_9": (((3,), (2,),), lambda *v: torch.einsum("i,j->ij", *v)),
        "einsum_10": (((4,), (4,),), lambda *v: torch.einsum("i,i->", *v)),
        "einsum_11": (((3, 2), (3, 2),), lambda *v: torch.einsum("ij,ij->j", *v)),
        "einsum_12": (((2, 3), (4, 2),), lambda *v: torch.einsum("ij,kl->il", *v)),
        "einsum_13": (((2, 1, 3, 4), (5, 4, 2),), lambda *v: torch.einsum("...ij,...jk->...ik", *v)),
        "einsum_14": (((2, 3, 4), (4,),), lambda *v: torch.einsum("...i,i->...", *v)),
        "einsum_15": (((2, 3, 3),), lambda *v: torch.einsum("...ii->...", *v)),
        "einsum_16": (((2, 3), (2,),), lambda *v: torch.einsum("i...,j->...ij", *v)),
        "einsum_17": (((2, 3, 2),), lambda *v: torch.einsum("b...->...", *v)),
        "einsum_18": (((2, 3), (3, 4), (4, 2),), lambda *v: torch.einsum("ij,jk,kl->il", *v)),
        "einsum_19": (((2, 3), (4, 3, 2), (2, 2),), lambda *v: torch.einsum("bn,anm,bm->ba", *v)),
        "einsum_20": (((1, 3), (3,),), lambda *v: torch.einsum("ij,j->ij", *v)),
        "einsum_21": (((3, 1), (4, 2),), lambda *v: torch.einsum("ij,jk->ik", *v)),
        "einsum_22": (((2, 2, 3), (3, 2),), lambda *v: torch.einsum("aab,bc->ac", *v)),
        "einsum_23": (((2, 3, 2),), lambda *v: torch.einsum("...ij->ij", *v)),
        "einsum_24": (((2,), (), (3,),), lambda *v: torch.einsum("i,,j->ji", *v)),
    })
