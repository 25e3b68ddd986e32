"""Functions of two or three operands, element by element."""

import torch

from golden import INF, NAN, binary_samples, bools, distinct, integers, named, normal, positive, unary_samples


def nonzero(*shape):
    values = integers(*shape, low=1, high=6)
    return values * (integers(*shape, low=0, high=2) * 2 - 1)


def add_to(family):
    powers(family)
    family.add("atan2", binary_samples(distinct, normal), torch.atan2)
    family.add("atan2", {"special": (torch.tensor([0.0, -0.0, 0.0, INF, NAN, 1.0]),
                                     torch.tensor([1.0, -1.0, 0.0, -INF, 1.0, 0.0])),
                         "integers": (integers(3, 4), integers(4))}, torch.atan2)
    remainders(family)
    clamps(family)
    fills(family)
    lerps(family)
    for name in ("logical_and", "logical_or", "logical_xor"):
        function = getattr(torch, name)
        family.add(name, binary_samples(bools, bools), function)
        family.add(name, {"special": (torch.tensor([0.0, 1.0, NAN, -0.0]), torch.tensor([0.5, 0.0, INF, 0.0])),
                          "integers": (integers(3, 4, low=0, high=3), integers(4, low=0, high=2))}, function)


def powers(family):
    family.add("pow", named("tensors", binary_samples(positive, normal)), torch.pow)
    family.add("pow", {
        "special": (torch.tensor([0.0, 0.0, -2.0, -2.0, INF, NAN, 1.0, 0.0]),
                    torch.tensor([0.0, 2.0, 3.0, 0.5, -1.0, 0.0, NAN, -1.0])),
        "integers": (integers(3, 4), integers(4, low=0, high=4)),
        "mixed": (integers(3, 4, low=1), normal(4))}, torch.pow)
    exponents = {"cube": (distinct, 3), "square": (distinct, 2.0), "first": (distinct, 1), "root": (positive, 0.5),
                 "fraction": (positive, -1.7), "inverse_square": (distinct, -2), "zero": (distinct, 0)}
    for name, (values, exponent) in exponents.items():
        family.add("pow", named(name, unary_samples(values)), lambda x, e=exponent: x.pow(e))
    family.add("pow", {"root_special": torch.tensor([0.25, 4, INF, 0, -1])}, lambda x: x.pow(0.5))
    family.add("pow", {"cube_integers": integers(3, 4)}, lambda x: x.pow(3))
    family.add("pow", named("of_number", unary_samples()), lambda x: torch.pow(2.5, x))
    family.add("pow", {"of_zero_special": torch.tensor([0.0, 1, 2.5, NAN])}, lambda x: torch.pow(0.0, x))


def remainders(family):
    # Quotients that are well off an integer, of all signs.
    def divisor(*shape):
        return torch.tensor([0.53, -0.31, 0.73, -0.97]).repeat(64)[:torch.Size(shape).numel()].reshape(shape)

    for name, function in (("fmod", torch.fmod), ("remainder", torch.remainder)):
        family.add(name, named("tensors", binary_samples(distinct, divisor)), function)
        family.add(name, {"special": (torch.tensor([5.0, -5.0, INF, 1.0, NAN, 3.0]),
                                      torch.tensor([3.0, 3.0, 2.0, INF, 1.0, 0.0])),
                          "integers": (integers(3, 4), nonzero(4))}, function)
        family.add(name, named("by_number", unary_samples(distinct)), lambda x, f=function: f(x, -0.53))
        family.add(name, {"by_number_integers": integers(3, 4)}, lambda x, f=function: f(x, -3))
    # PyTorch has no gradient of this form.
    family.add("remainder", named("of_number", unary_samples(divisor)), lambda x: 2 - x * torch.floor(2 / x))


def clamps(family):
    family.add("clamp", named("both", unary_samples(distinct)), lambda x: x.clamp(-0.4, 0.3))
    family.add("clamp", named("min", unary_samples(distinct)), lambda x: x.clamp(min=0))
    family.add("clamp", named("max", unary_samples(distinct)), lambda x: x.clamp(max=0.3))
    family.add("clamp", {"special": torch.tensor([NAN, INF, -INF, -0.4, 0.3])}, lambda x: x.clamp(-0.4, 0.3))
    family.add("clamp", {"integers": integers(3, 4)}, lambda x: x.clamp(-2, 1))
    family.add("clamp", {"crossed": distinct(3, 4)}, lambda x: x.clamp(0.5, -0.5))
    family.add("clamp", {"tensors": (distinct(4, 6), distinct(6) - 1.03, distinct(4, 1) + 1.01),
                         "tensors_empty": (normal(0, 3), normal(3), normal(1))}, torch.clamp)
    family.add("clamp", {"tensor_min": (distinct(4, 6), distinct(6) + 0.02)}, lambda x, low: x.clamp(min=low))
    family.add("clamp", {"tensor_max": (distinct(4, 6), distinct(4, 1) + 0.03)}, lambda x, high: x.clamp(max=high))


def fills(family):
    mask = torch.tensor([[True, False, True], [False, False, True]])
    samples = {"plain": (normal(2, 3), mask), "row": (normal(4, 1, 3), mask), "number": (normal(), mask[0, 0]),
               "empty": (normal(0, 3), mask[0]), "integers": (integers(2, 3), mask)}
    family.add("masked_fill", samples, lambda x, m: x.masked_fill(m, 2))
    family.add("masked_fill", {"tensor_plain": (normal(2, 3), mask, normal()),
                               "tensor_row": (normal(4, 1, 3), mask, normal()),
                               "tensor_empty": (normal(0, 3), mask[0], normal())},
               lambda x, m, value: x.masked_fill(m, value))


def lerps(family):
    for name, weight in (("near", 0.3), ("half", 0.5), ("far", -1.5)):
        family.add("lerp", named(name, binary_samples()), lambda a, b, w=weight: torch.lerp(a, b, w))
    family.add("lerp", {"tensors": (normal(3, 5), normal(5), normal(2, 3, 1)),
                        "tensors_empty": (normal(0, 3), normal(3), normal(1, 1))}, torch.lerp)
