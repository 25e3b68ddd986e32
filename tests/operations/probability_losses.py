"""Losses of probabilities, their logarithms and counts."""

import warnings

import torch
import torch.nn.functional as F

from difference_losses import adder, some
from golden import Fixed, binary_samples, integers, normal, positive

# Where the logarithms of the loss are limited to -100.
EDGES = torch.tensor([0.0, 1.0, 0.0, 1.0, 0.5])
TARGETS = torch.tensor([1.0, 0.0, 0.0, 1.0, 0.3])


def inside(*shape):
    """Probabilities away from 0 and 1."""
    return positive(*shape) / 2 - 0.12


def counts(*shape):
    return torch.tensor([0.3, 2.7, 1.6, 0.8, 3.9]).repeat(13)[:torch.Size(shape).numel()].reshape(shape)


def add_to(family):
    # PyTorch warns of 'mean' in kl_div.
    warnings.simplefilter("ignore")
    for reduction in ("none", "mean", "sum"):
        binary(family, reduction)
        divergences(family, reduction)
        counted(family, reduction)
    divergences(family, "batchmean")
    family.add("binary_cross_entropy", {
        "element_same": (inside(3, 5), inside(3, 5)), "element_number": (inside(), inside()),
        "element_empty": (inside(0, 3), inside(0, 3)), "element_special": (EDGES, Fixed(TARGETS))},
        lambda x, target: F.binary_cross_entropy(x, target, reduction="none"))
    # PyTorch's gradient of the target is infinite there, though the loss is limited.
    family.add("binary_cross_entropy", {"element_special_target": (Fixed(EDGES), TARGETS)},
               lambda x, target: -target * x.log().clamp(min=-100) - (1 - target) * (1 - x).log().clamp(min=-100))


def binary(family, reduction):
    def weighted(x, target, weight, reduction):
        return F.binary_cross_entropy(x, target, weight, reduction=reduction)

    add = adder(family, "binary_cross_entropy", reduction, F.binary_cross_entropy)
    add("plain", {"same": (inside(3, 5), inside(3, 5)), "number": (inside(), inside()),
                  "special": (EDGES, Fixed(TARGETS)), "empty": (inside(0, 3), inside(0, 3))})
    add = adder(family, "binary_cross_entropy", reduction, weighted)
    add("weighted", {"row": (inside(3, 4), inside(3, 4), Fixed(positive(4))),
                     "column": (inside(2, 3, 2), inside(2, 3, 2), Fixed(positive(3, 1)))})
    if reduction == "mean":
        family.inputs("binary_cross_entropy", {"mean_weighted_leaf": (inside(2, 3), inside(2, 3), positive(3))})

    def of_logits(x, target, weight=None, pos_weight=None, reduction=None):
        return F.binary_cross_entropy_with_logits(x, target, weight, None, None, reduction, pos_weight)

    name = "binary_cross_entropy_with_logits"
    add = adder(family, name, reduction, of_logits)
    # Far out, where exp() overflows.
    far = (torch.tensor([200.0, -200.0, 0.0, 1000.0, -1000.0]), torch.tensor([0.3, 0.6, 0.5, 1.0, 1.0]))
    add("plain", {"same": (normal(3, 5) * 3, inside(3, 5)), "number": (normal(), inside()), "special_far": far,
                  "empty": (normal(0, 3), inside(0, 3))})
    add("weighted", {"row": (normal(3, 4), inside(3, 4), Fixed(positive(4)), Fixed(positive(4))),
                     "column": (normal(2, 3, 2), inside(2, 3, 2), Fixed(positive(3, 1)), Fixed(positive(2)))})
    if reduction == "mean":
        family.inputs(name, {"mean_weighted_leaf": (normal(2, 3), inside(2, 3), positive(3), positive(2, 1))})


def divergences(family, reduction):
    add = adder(family, "kl_div", reduction, F.kl_div)
    every = binary_samples if reduction == "none" else some
    samples = every(normal, positive)
    if reduction == "batchmean":
        del samples["empty"]
    add("plain", samples)
    add("plain", {"special_zeros": (normal(4), Fixed(torch.tensor([0.0, 1.0, 0.5, 0.0])))})
    add("log", {"same": (normal(3, 5), normal(3, 5)), "row": (normal(3, 5), normal(5))}, log_target=True)


def counted(family, reduction):
    add = adder(family, "poisson_nll_loss", reduction, F.poisson_nll_loss)
    every = binary_samples if reduction == "none" else some
    add("plain", every(normal, counts))
    add("plain", {"integers": (normal(3, 4), integers(4, low=0))})
    add("full", {"same": (normal(3, 5), counts(3, 5)), "row": (normal(3, 5), counts(5))}, full=True)
    add("rate", {"same": (positive(3, 5), counts(3, 5)), "row": (positive(3, 5), counts(5))}, log_input=False,
        full=True, eps=0.01)
