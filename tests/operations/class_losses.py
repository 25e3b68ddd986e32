"""Losses of classes."""

import torch
import torch.nn.functional as F

from golden import NAN, Fixed, integers, normal, positive

REDUCTIONS = ("none", "mean", "sum")


def scores(*shape):
    return normal(*shape) * 2


def classes(*shape, count, ignored=(), dtype=torch.int64):
    """As many targets of -7 as there are places in `ignored`."""
    target = integers(*shape, low=0, high=count)
    for place in ignored:
        target.view(-1)[place] = -7
    return target.to(dtype)


def add_to(family):
    for reduction in REDUCTIONS:
        of_classes(family, reduction)
        of_probabilities(family, reduction)
    # Weights that want a gradient, which PyTorch has not.
    for name in ("nll_loss", "cross_entropy"):
        target = classes(2, 2, count=3, ignored=(2,))
        family.inputs(name, {"mean_weighted_leaf": (normal(2, 3, 2), target, positive(3))})
    family.inputs("cross_entropy", {"mean_evenly_weighted_leaf": (normal(3, 4), classes(3, count=4), positive(4)),
                                    "mean_probable_smooth_leaf": (normal(2, 3), normal(2, 3).softmax(1), positive(3))})


def of_classes(family, reduction):
    def add(operation, what, samples, function, **options):
        def loss(x, target, weight=None):
            return function(x, target, weight, reduction=reduction, **options)
        family.add(operation, {f"{reduction}_{what}_{name}": inputs for name, inputs in samples.items()}, loss)

    def plain():
        return {"matrix": (scores(5, 4), classes(5, count=4)),
                "images": (scores(2, 3, 2, 1), classes(2, 2, 1, count=3)),
                "vector": (scores(4), classes(count=4)), "empty": (scores(0, 3), classes(0, count=3)),
                "no_pixels_empty": (scores(2, 3, 0), classes(2, 0, count=3))}

    def weighted():
        return {"matrix": (scores(4, 3), classes(4, count=3, ignored=(1,)), Fixed(positive(3))),
                "images": (scores(2, 3, 2), classes(2, 2, count=3, ignored=(0, 3)), Fixed(positive(3))),
                "vector": (scores(4), classes(count=4), Fixed(positive(4))),
                "special_nothing": (scores(3, 4), classes(3, count=4, ignored=(0, 1, 2)), Fixed(positive(4))),
                "special_weightless": (scores(3, 4), classes(3, count=4), Fixed(torch.zeros(4)))}

    for name, function in (("nll_loss", F.nll_loss), ("cross_entropy", F.cross_entropy)):
        add(name, "plain", plain(), function)
        add(name, "weighted", weighted(), function, ignore_index=-7)
        add(name, "ignored", {"matrix": (scores(4, 3), torch.tensor([1, 0, 2, 1]))}, function, ignore_index=1)
    no_classes = torch.full((3,), -7)
    for name, function in (("nll_loss", F.nll_loss), ("cross_entropy", F.cross_entropy)):
        add(name, "weighted", {"no_classes_empty": (normal(3, 0), no_classes, Fixed(positive(0)))}, function,
            ignore_index=-7)
    add("nll_loss", "plain", {"bytes": (scores(3, 4), classes(3, count=4, dtype=torch.uint8))}, F.nll_loss)
    nans = torch.tensor([[NAN, NAN], [-1.0, -2.0]])
    add("nll_loss", "ignored", {"special_nans": (nans, torch.tensor([1, 0]))}, F.nll_loss, ignore_index=1)
    add("cross_entropy", "smooth", plain(), F.cross_entropy, label_smoothing=0.3)
    add("cross_entropy", "all_smooth", {"matrix": (scores(3, 4), classes(3, count=4))}, F.cross_entropy,
        label_smoothing=1)
    add("cross_entropy", "evenly_weighted", weighted(), F.cross_entropy, ignore_index=-7, label_smoothing=0.2)
    # Scores so large that exp() of them overflows in float32.
    add("cross_entropy", "plain", {"large": (scores(3, 4) + 100, classes(3, count=4))}, F.cross_entropy)


def of_probabilities(family, reduction):
    def probabilities(*shape):
        return normal(*shape).softmax(0 if len(shape) == 1 else 1)

    def add(what, samples, **options):
        def loss(x, target, weight=None):
            return F.cross_entropy(x, target, weight, reduction=reduction, **options)
        family.add("cross_entropy",
                   {f"{reduction}_probable_{what}_{name}": inputs for name, inputs in samples.items()}, loss)

    add("plain", {"matrix": (scores(4, 3), probabilities(4, 3)), "vector": (scores(4), probabilities(4)),
                  "images": (scores(2, 3, 2, 1), probabilities(2, 3, 2, 1)),
                  "empty": (scores(0, 3), probabilities(0, 3))})
    add("smooth", {"images": (scores(2, 3, 2), probabilities(2, 3, 2), Fixed(positive(3))),
                   "vector": (scores(4), probabilities(4), Fixed(positive(4)))}, label_smoothing=0.2)
