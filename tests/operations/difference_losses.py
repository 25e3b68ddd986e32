"""Losses of the difference of two tensors."""

import warnings

import torch
import torch.nn.functional as F

from golden import INF, NAN, Fixed, binary_samples, distinct, integers, normal


def beside(*shape):
    """No difference to distinct() is 0, or one of the numbers that the losses are called with."""
    return distinct(*shape) + 0.03


def some(a, b):
    """What is enough for the second reduction of a loss."""
    return {"same": (a(3, 5), b(3, 5)), "row": (a(3, 5), b(5)), "empty": (a(0, 3), b(1, 3))}


def add_to(family):
    # PyTorch warns of shapes that differ.
    warnings.simplefilter("ignore")
    for reduction in ("none", "mean", "sum"):
        differences(family, reduction)


def adder(family, operation, reduction, function):
    """add(what, samples): one operation with one reduction."""
    def add(what, samples, **options):
        def loss(*inputs):
            return function(*inputs, reduction=reduction, **options)
        family.add(operation, {f"{reduction}_{what}_{name}": inputs for name, inputs in samples.items()}, loss)
    return add


def differences(family, reduction):
    calls = {"mse_loss": (F.mse_loss, {"plain": {}}), "l1_loss": (F.l1_loss, {"plain": {}}),
             "smooth_l1_loss": (F.smooth_l1_loss, {"plain": {}, "steep": dict(beta=0.31), "lines": dict(beta=0.0)}),
             "huber_loss": (F.huber_loss, {"plain": {}, "steep": dict(delta=0.31)})}
    for operation, (function, cases) in calls.items():
        add = adder(family, operation, reduction, function)
        for what, options in cases.items():
            full = reduction == "none" and what == "plain"
            add(what, binary_samples(distinct, beside) if full else some(distinct, beside), **options)
            if full:
                # PyTorch has no gradient beside an integer target.
                add(what, {"special": (torch.tensor([INF, -INF, NAN, 0.5]), torch.tensor([0.0, 0.0, 0.0, 0.5])),
                           "integers": (Fixed(normal(3, 4)), integers(4))}, **options)
