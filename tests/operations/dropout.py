"""Dropout. PyTorch draws other random numbers: values are compared where nothing is drawn, or all
is dropped."""

import torch
import torch.nn.functional as F

from golden import bools, integers, named, normal, unary_samples

CHANNELS = {"dropout1d": {"batch": (2, 3, 4), "unbatched": (3, 4), "empty": (0, 3, 2), "no_channels": (2, 0, 3)},
            "dropout2d": {"batch": (2, 3, 2, 2), "sounds": (2, 3, 4), "empty": (0, 3, 2, 1)},
            "dropout3d": {"batch": (2, 3, 2, 1, 2), "unbatched": (3, 2, 1, 2), "empty": (0, 3, 2, 1, 2)}}


def all_modes(family, operation, samples):
    function = getattr(F, operation)
    family.add(operation, named("evaluation", samples()), lambda x: function(x, 0.4, False))
    family.add(operation, named("nothing", samples()), lambda x: function(x, 0.0, True))
    family.add(operation, named("all", samples()), lambda x: function(x, 1.0, True))
    family.inputs(operation, named("some", {n: x for n, x in samples().items() if x.is_floating_point() and x.numel()}))


def add_to(family):
    for operation in ("dropout", "alpha_dropout"):
        all_modes(family, operation, lambda: unary_samples() | {"integers": integers(2, 3), "bools": bools(3)})
    for operation, shapes in CHANNELS.items():
        all_modes(family, operation, lambda s=shapes: {name: normal(*shape) for name, shape in s.items()})
    family.add("dropout", {"all_special": torch.tensor([float("nan"), float("inf"), 1.0])}, lambda x: F.dropout(x, 1.0, True))
