"""Products of vectors, matrices and tensors."""

import torch
import torch.nn.functional as F

from golden import INF, NAN, Fixed, bools, integers, normal

# equation: shapes. A sample is called as its equation, and by what follows a colon if there are several.
EQUATIONS = {
    "ij,jk->ik": ((3, 4), (4, 2)), "ij,jk->ik:broadcast": ((3, 1), (4, 2)), "ij,jk->ik:nothing": ((2, 0), (0, 3)),
    "ij,jk->ik:empty": ((0, 2), (2, 3)), "ij,jk": ((3, 4), (4, 2)), "bij,bjk->bki": ((2, 3, 4), (2, 4, 2)),
    "ii->i": ((3, 3),), "ii": ((3, 3),), "iji->j": ((3, 2, 3),), "iii->i": ((2, 2, 2),), "ij->ji": ((2, 3),),
    "ba": ((2, 3),), "ij->": ((2, 3),), "...->": ((2, 3),), "i,j->ij": ((3,), (2,)), "i,i->": ((4,), (4,)),
    "ij,ij->j": ((3, 2), (3, 2)), "ij,kl->il": ((2, 3), (4, 2)), "...ij,...jk->...ik": ((2, 1, 3, 4), (5, 4, 2)),
    "...i,i->...": ((2, 3, 4), (4,)), "...ii->...": ((2, 3, 3),), "i...,j->...ij": ((2, 3), (2,)),
    "b...->...": ((2, 3, 2),), "ij,jk,kl->il": ((2, 3), (3, 4), (4, 2)), "bn,anm,bm->ba": ((2, 3), (4, 3, 2), (2, 2)),
    "ij,j->ij": ((1, 3), (3,)), "aab,bc->ac": ((2, 2, 3), (3, 2)), "...ij->ij": ((2, 3, 2),),
    "i,,j->ji": ((2,), (), (3,)),
    "...ij,jk": ((2, 2, 3), (3, 2)), "ij,jk,ik->i": ((2, 3), (3, 2), (2, 2)), "ij,ij->ij": ((1, 3), (2, 3)),
    "ij,k->k": ((2, 3), (2,)), "Zz,zZ": ((2, 3), (3, 2)), "->": ((),), ",->": ((), ()), "ij->i:nothing": ((2, 0),)}


def add_to(family):
    matmul(family)
    family.add("mm", {"plain": (normal(3, 4), normal(4, 2)), "nothing": (normal(2, 0), normal(0, 3)),
                      "empty": (normal(0, 2), normal(2, 3)), "integers": (integers(2, 3), integers(3, 2)),
                      "special": (torch.tensor([[NAN, 1], [INF, 0]]), normal(2, 2))}, torch.mm)
    family.add("bmm", {"plain": (normal(2, 3, 4), normal(2, 4, 2)), "nothing": (normal(2, 2, 0), normal(2, 0, 3)),
                       "empty": (normal(0, 2, 3), normal(0, 3, 2)),
                       "integers": (integers(2, 1, 3), integers(2, 3, 2))}, torch.bmm)
    addmm(family)
    family.add("outer", {"plain": (normal(3), normal(4)), "one": (normal(2), normal(1)),
                         "empty": (normal(0), normal(3)),
                         "integers": (integers(2), integers(3)), "bools": (bools(2), bools(3)),
                         "mixed": (integers(3), normal(2))}, torch.outer)
    family.add("dot", {"plain": (normal(5), normal(5)), "empty": (normal(0), normal(0)),
                       "integers": (integers(4), integers(4)), "ints": (integers(4).int(), integers(4).int()),
                       "bytes": (torch.tensor([16, 1]).byte(), torch.tensor([17, 2]).byte())}, torch.dot)
    for name, shapes in EQUATIONS.items():
        family.add("einsum", {name: tuple(normal(*shape) for shape in shapes)},
                   lambda *x: torch.einsum(name.split(":")[0], *x))
    for name, shapes in {"ij,jk:integers": ((2, 2), (2, 2)), "ii->i:integers": ((2, 2),)}.items():
        family.add("einsum", {name: tuple(integers(*shape) for shape in shapes)},
                   lambda *x: torch.einsum(name.split(":")[0], *x))
    family.add("einsum", {"i,j->ij:bools": (bools(2), bools(3))}, lambda *x: torch.einsum("i,j->ij", *x))
    linear(family)


def matmul(family):
    shapes = {"matrices": ((3, 5), (5, 2)), "vectors": ((4,), (4,)), "matrix_vector": ((3, 4), (4,)),
              "vector_matrix": ((4,), (4, 3)), "stacks": ((2, 3, 4), (2, 4, 2)),
              "broadcast_stacks": ((2, 1, 3, 2), (3, 2, 2)), "stack_matrix": ((2, 3, 4), (4, 2)),
              "matrix_stack": ((3, 4), (2, 4, 2)), "stack_vector": ((2, 3, 4), (4,)), "vector_stack": ((3,), (2, 3, 4)),
              "number_of_rows": ((1, 1), (1, 3)), "nothing": ((2, 0), (0, 3)), "nothing_vectors": ((0,), (0,)),
              "nothing_stack": ((2, 2, 0), (0, 1)), "no_rows": ((0, 3), (3, 2)), "no_columns": ((2, 3), (3, 0)),
              "no_stack": ((0, 2, 3), (3, 4)), "no_broadcast_stack": ((1, 2, 3), (0, 3, 2))}
    family.add("matmul", {name: (normal(*a), normal(*b)) for name, (a, b) in shapes.items()}, torch.matmul)
    family.add("matmul", {
        "integers": (integers(2, 3), integers(3, 2)), "integers_stack": (integers(2, 2, 3), integers(3)),
        "integers_nothing": (integers(2, 0), integers(0, 1)), "ints": (integers(2, 3).int(), integers(3, 2).int()),
        "bytes": (integers(2, 3, low=0, high=100).byte(), integers(3, 2, low=0, high=100).byte()),
        "special": (torch.tensor([[NAN, 1], [INF, 0]]), normal(2, 2))}, torch.matmul)
    family.add("matmul", {"itself": normal(3, 3)}, lambda x: torch.matmul(x, x))


def addmm(family):
    def operands(values, shape=(3, 2)):
        return values(*shape), values(3, 4), values(4, 2)
    family.add("addmm", {"plain": operands(normal), "row": operands(normal, (2,)), "number": operands(normal, ()),
                         "nothing": (normal(2, 3), normal(2, 0), normal(0, 3)),
                         "empty": (normal(2), normal(0, 3), normal(3, 2)), "integers": operands(integers, (3, 1))},
               torch.addmm)
    family.add("addmm", {"scaled": operands(normal, (3, 1)), "scaled_row": operands(normal, (2,)),
                         "scaled_full": operands(normal)},
               lambda *x: torch.addmm(*x, beta=-0.5, alpha=3))
    family.add("addmm", {"times_integers": operands(integers, (2,))}, lambda *x: torch.addmm(*x, beta=-2, alpha=3))
    family.add("addmm", {"without": (Fixed(torch.tensor([NAN, INF])), normal(3, 4), normal(4, 2))},
               lambda *x: torch.addmm(*x, beta=0, alpha=2))


def linear(family):
    def operands(values, *shape):
        return values(*shape), values(3, 4), values(3)
    family.add("linear", {"rows": operands(normal, 5, 4), "vector": operands(normal, 4),
                          "stack": operands(normal, 2, 2, 4),
                          "integers": operands(integers, 2, 4), "integers_vector": operands(integers, 4),
                          "empty": operands(normal, 0, 4), "nothing": (normal(2, 0), normal(3, 0), normal(3)),
                          "no_outputs": (normal(2, 3), normal(0, 3), normal(0)),
                          "column_vector": (normal(4), normal(4), normal())},
               F.linear)
    # PyTorch's page has it, PyTorch only without a bias.
    family.add("linear", {"column": (normal(2, 4), normal(4), normal())}, lambda x, weight, bias: x @ weight + bias)
    family.add("linear", {"plain_rows": (normal(5, 4), normal(3, 4)), "plain_vector": (normal(4), normal(3, 4)),
                          "plain_integers": (integers(2, 4), integers(3, 4)),
                          "plain_empty": (normal(0, 4), normal(3, 4)),
                          "plain_column": (normal(2, 4), normal(4))}, F.linear)
