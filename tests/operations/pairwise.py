"""Functions of two or three operands, element by element."""

import torch

from golden import (INF, NAN, SPECIAL, Fixed, binary_samples, bools, distinct, integers, named, normal, pairs, positive,
                    unary_samples)

EDGES = pairs(0.0, INF, -INF, NAN, 1, -2, 0.5, 3)


def nonzero(*shape):
    values = integers(*shape, low=1, high=6)
    return values * (integers(*shape, low=0, high=2) * 2 - 1)


def add_to(family):
    powers(family)
    family.add("atan2", binary_samples(distinct, normal), torch.atan2)
    family.add("atan2", {"special": EDGES, "special_zeros": pairs(0.0, -0.0, 1.0),
                         "integers": (integers(3, 4), integers(4)), "bools": (bools(3), bools(3)),
                         "mixed": (integers(3, 4, low=1), normal(4))}, torch.atan2)
    remainders(family)
    clamps(family)
    fills(family)
    lerps(family)
    for name in ("logical_and", "logical_or", "logical_xor"):
        function = getattr(torch, name)
        family.add(name, binary_samples(bools, bools), function)
        family.add(name, {"special": (torch.tensor([0.0, 1.0, NAN, -0.0]), torch.tensor([0.5, 0.0, INF, 0.0])),
                          "integers": (integers(3, 4, low=0, high=3), integers(4, low=0, high=2))}, function)
        # What is written to a tensor of numbers are zeros and ones, without a gradient.
        family.add(name, {"written_bools": (bools(3, 4), bools(4)), "written_empty": (bools(0, 3), bools(1)),
                          "written_special": (Fixed(torch.tensor([0.0, 2.0, NAN, -0.0])), bools(4)),
                          "written_integers": (integers(3, 4, low=0, high=3), bools(4))},
                   lambda a, b, name=name: getattr(a.clone(), name + "_")(b))


def powers(family):
    family.add("pow", named("tensors", binary_samples(positive, normal)), torch.pow)
    family.add("pow", {"special": EDGES, "integers": (integers(3, 4), integers(4, low=-3, high=4)),
                       "bools_left": (bools(3, 4), integers(4, low=0, high=4)),
                       "bools_right": (integers(3, 4), bools(4)),
                       "mixed_right": (positive(3, 4), integers(4))}, torch.pow)
    # PyTorch itself takes the logarithm of integers in float32, whatever the type of the exponent.
    family.add("pow", {"mixed_left": (integers(3, 4, low=1), normal(4))}, lambda x, e: torch.pow(x.double(), e))
    exponents = {"cube": (distinct, 3), "square": (distinct, 2.0), "first": (distinct, 1), "root": (positive, 0.5),
                 "fraction": (positive, -1.7), "inverse_square": (distinct, -2), "zero": (distinct, 0)}
    for name, (values, exponent) in exponents.items():
        family.add("pow", named(name, unary_samples(values)), lambda x, e=exponent: x.pow(e))
    family.add("pow", {"root_special": torch.tensor([0.25, 4, INF, 0, -1])}, lambda x: x.pow(0.5))
    family.add("pow", {"cube_integers": integers(3, 4), "cube_bools": torch.tensor([True, False])}, lambda x: x.pow(3))
    family.add("pow", {"root_integers": integers(4, low=0)}, lambda x: x.pow(0.5))
    family.add("pow", named("of_number", unary_samples()), lambda x: torch.pow(2.5, x))
    family.add("pow", {"of_two_integers": integers(4, low=0), "of_two_bools": bools(4)}, lambda x: torch.pow(2, x))
    family.add("pow", {"of_zero_special": torch.tensor([0.0, 1, 2.5, NAN])}, lambda x: torch.pow(0.0, x))


def remainders(family):
    # Quotients that are well off an integer, of all signs.
    def divisor(*shape):
        return torch.tensor([0.53, -0.31, 0.73, -0.97]).repeat(64)[:torch.Size(shape).numel()].reshape(shape)

    for name, function in (("fmod", torch.fmod), ("remainder", torch.remainder)):
        family.add(name, named("tensors", binary_samples(distinct, divisor)), function)
        family.add(name, {"special": EDGES, "integers": (integers(3, 4), nonzero(4)),
                          "mixed": (integers(3, 4), divisor(4))}, function)
        family.add(name, named("by_number", unary_samples(distinct)), lambda x, f=function: f(x, -0.53))
        family.add(name, {"by_number_integers": integers(3, 4)}, lambda x, f=function: f(x, -3))
    # PyTorch has no gradient of this form.
    family.add("remainder", named("of_number", unary_samples(divisor)), lambda x: 2 - x * torch.floor(2 / x))
    family.add("remainder", {"of_number_integers": nonzero(4)}, lambda x: torch.remainder(2, x))


def clamps(family):
    family.add("clamp", named("both", unary_samples(distinct)), lambda x: x.clamp(-0.4, 0.3))
    family.add("clamp", named("min", unary_samples(distinct)), lambda x: x.clamp(min=0))
    family.add("clamp", named("max", unary_samples(distinct)), lambda x: x.clamp(max=0.3))
    family.add("clamp", {"wide_special": SPECIAL}, lambda x: x.clamp(-1, 1.5))
    family.add("clamp", {"min_special": SPECIAL}, lambda x: x.clamp(min=0))
    family.add("clamp", {"max_integers": integers(5)}, lambda x: x.clamp(max=0.3))
    family.add("clamp", {"whole_integers": integers(3, 4), "whole_bools": bools(3)}, lambda x: x.clamp(-2, 1))
    family.add("clamp", {"crossed": distinct(3, 4), "crossed_special": SPECIAL}, lambda x: x.clamp(0.5, -0.5))
    family.add("clamp", {"unknown_special": SPECIAL}, lambda x: x.clamp(NAN, 1))
    family.add("clamp", {"tensor_min_special": pairs(1.0, 2, INF, -INF, NAN)}, lambda x, low: x.clamp(min=low))
    family.add("clamp", {"tensor_max_special": pairs(1.0, 2, INF, -INF, NAN),
                         "tensor_max_mixed": (integers(3, 4), distinct(4))}, lambda x, high: x.clamp(max=high))
    family.add("clamp", {"tensors_integers": (integers(3, 4), integers(4, high=0), integers(4, low=0)),
                         "tensors": (distinct(4, 6), distinct(6) - 1.03, distinct(4, 1) + 1.01),
                         "tensors_empty": (normal(0, 3), normal(3), normal(1))}, torch.clamp)
    family.add("clamp", {"tensor_min": (distinct(4, 6), distinct(6) + 0.02)}, lambda x, low: x.clamp(min=low))
    family.add("clamp", {"tensor_max": (distinct(4, 6), distinct(4, 1) + 0.03)}, lambda x, high: x.clamp(max=high))


def fills(family):
    mask = torch.tensor([[True, False, True], [False, False, True]])
    samples = {"plain": (normal(2, 3), mask), "row": (normal(4, 1, 3), mask), "number": (normal(), mask[0, 0]),
               "empty": (normal(0, 3), mask[0]), "integers": (integers(2, 3), mask), "bools": (bools(2, 3), mask)}
    family.add("masked_fill", samples, lambda x, m: x.masked_fill(m, 2))
    family.add("masked_fill", {"tensor_plain": (normal(2, 3), mask, normal()),
                               "tensor_row": (normal(4, 1, 3), mask, normal()),
                               "tensor_integers": (integers(2, 3), mask, integers()),
                               "tensor_empty": (normal(0, 3), mask[0], normal())},
               lambda x, m, value: x.masked_fill(m, value))


def lerps(family):
    family.add("lerp", named("near", binary_samples()), lambda a, b: torch.lerp(a, b, 0.3))
    for name, weight in (("half", 0.5), ("far", -1.5)):
        family.add("lerp", {name: (normal(3, 5), normal(5))}, lambda a, b, w=weight: torch.lerp(a, b, w))
    family.add("lerp", {"tensors": (normal(3, 5), normal(5), normal(2, 3, 1)),
                        "tensors_same": (normal(3), normal(1), normal(3)),
                        "tensors_empty": (normal(0, 3), normal(3), normal(1, 1))}, torch.lerp)
