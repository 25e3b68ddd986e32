"""Losses that draw things together or push them apart."""

import torch
import torch.nn.functional as F

from difference_losses import adder
from golden import INF, Fixed, distinct, normal

SIGNS = torch.tensor([1, -1, 1, -1, -1])


def add_to(family):
    for reduction in ("none", "mean", "sum"):
        hinges(family, reduction)
        rankings(family, reduction)
        cosines(family, reduction)
        triplets(family, reduction)


def hinges(family, reduction):
    add = adder(family, "hinge_embedding_loss", reduction, F.hinge_embedding_loss)
    add("plain", {"vector": (distinct(5), SIGNS), "column": (distinct(5, 3), SIGNS.unsqueeze(1)),
                  "number": (distinct(), SIGNS[1]), "empty": (distinct(0, 3), SIGNS[:3]),
                  "float_signs": (distinct(5), Fixed(SIGNS.float()))})
    # A target that is neither counts as both; at the margin itself the gradient is 1.
    add("plain", {"special_zero": (torch.tensor([0.3, 2.0, 1.0]), torch.tensor([0, 0, -1]))})
    add("wide", {"vector": (distinct(5), SIGNS)}, margin=1.43)


def rankings(family, reduction):
    add = adder(family, "margin_ranking_loss", reduction, F.margin_ranking_loss)
    add("plain", {"vector": (distinct(5), distinct(5) + 0.03, SIGNS),
                  "wide": (distinct(5, 1), distinct(1, 3) + 0.03, SIGNS.unsqueeze(1)),
                  "number": (distinct(), distinct() + 0.03, SIGNS[1]),
                  "empty": (distinct(0, 3), distinct(0, 3), SIGNS[:3].unsqueeze(0))})
    add("plain", {"special_equal": (torch.ones(2), torch.ones(2), SIGNS[:2])})
    add("margin", {"vector": (distinct(5), distinct(5) + 0.03, SIGNS)}, margin=0.44)


def cosines(family, reduction):
    add = adder(family, "cosine_embedding_loss", reduction, F.cosine_embedding_loss)
    add("plain", {"rows": (normal(5, 3), normal(5, 3), SIGNS), "vector": (normal(4), normal(4), SIGNS[1]),
                  "alike": (normal(4), normal(4), SIGNS[0]), "empty": (normal(0, 3), normal(0, 3), SIGNS[:0])})
    add("plain", {"special_zeros": (torch.zeros(2, 3), torch.ones(2, 3), SIGNS[:2])})
    add("margin", {"rows": (normal(5, 3), normal(5, 3), SIGNS)}, margin=0.4)


def triplets(family, reduction):
    add = adder(family, "triplet_margin_loss", reduction, F.triplet_margin_loss)

    def three(*shape):
        return normal(*shape), normal(*shape), normal(*shape)

    add("plain", {"rows": three(4, 3), "vector": three(5), "stack": three(2, 1, 3), "empty": three(0, 3),
                  "wide": (normal(4, 3), normal(1, 3), normal(4, 1))})
    add("swap", {"rows": three(4, 3)}, margin=2.0, swap=True)
    add("three", {"rows": three(4, 3)}, margin=0.7, p=3.0)
    add("one", {"vector": three(5)}, margin=3.0, p=1.0, swap=True)
    add("greatest", {"rows": three(4, 3)}, p=INF, eps=0.1)
