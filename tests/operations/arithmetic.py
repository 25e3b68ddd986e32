"""Arithmetic of two operands and of a number, choices, sums and writes: arithmetic.h."""

import torch

from golden import (INF, NAN, Fixed, binary_samples, bools, distinct, integers, named, normal, pairs, positive,
                    unary_samples)


def nonzero(*shape):
    return integers(*shape, low=1, high=6) * (integers(*shape, low=0, high=2) * 2 - 1)


def octets(*shape):
    return integers(*shape, low=1, high=256).to(torch.uint8)


def add_to(family):
    four_operations(family)
    extremes(family)
    choices(family)
    sums(family)
    writes(family)


def four_operations(family):
    functions = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div}
    for name, f in functions.items():
        family.add(name, named("two", binary_samples(normal, positive)), f)
        family.add(name, {"two_special": pairs(0.0, INF, -INF, NAN, -2),
                          "two_integers": (integers(3, 4), nonzero(4)), "two_octets": (octets(3, 4), octets(3, 4)),
                          "mixed": (integers(3, 4), positive(4))}, f)
        if name == "div":
            # Whose squares float32 does not hold.
            family.add(name, {"two_special_small": (torch.tensor([1e-30, -2e-30]), torch.tensor([1e-30, 3e-30])),
                              "two_special_large": (torch.tensor([1e30, -3e29]), torch.tensor([1e20, 2e20]))}, f)
        if name != "sub":
            family.add(name, {"bools": (bools(3, 4), bools(4))}, f)
        numbers = {"matrix": normal(3, 5), "number": normal(), "empty": normal(0, 3), "integers": integers(3, 4)}
        family.add(name, named("with", numbers), lambda x, f=f: f(x, 1.5))
        family.add(name, {"whole_integers": integers(3, 4), "whole_octets": octets(5)}, lambda x, f=f: f(x, -3))
        numbers = {"matrix": positive(3, 5), "number": positive(), "empty": normal(0, 3), "integers": nonzero(3, 4)}
        family.add(name, named("from", numbers), lambda x, f=f: f(torch.tensor(1.5).to(x.dtype if x.is_floating_point()
                                                                                      else torch.float32), x))
    for name in ("add", "sub"):
        family.add(name, {"scaled": (normal(3, 5), normal(5)), "scaled_empty": (normal(0, 3), normal(1, 3))},
                   lambda a, b, f=functions[name]: f(a, b, alpha=-0.7))
        family.add(name, {"doubled_integers": (integers(3, 4), integers(4))},
                   lambda a, b, f=functions[name]: f(a, b, alpha=2))
    family.add("add", {"doubled_bools": (bools(3, 4), bools(4))}, lambda a, b: torch.add(a, b, alpha=True))


def extremes(family):
    for name in ("maximum", "minimum"):
        f = getattr(torch, name)
        family.add(name, binary_samples(distinct, lambda *shape: distinct(*shape) + 0.03), f)
        family.add(name, {"special": pairs(0.0, INF, -INF, NAN, 1, -2, 0.5), "integers": (integers(3, 4), integers(4)),
                          "octets": (octets(5), octets(5)), "bools": (bools(3, 4), bools(4)),
                          "mixed": (integers(3, 4), distinct(4))}, f)


def choices(family):
    odd = torch.tensor([[True, False, True], [False, False, True]])
    family.add("where", {"two": (odd, normal(2, 3), normal(2, 3)), "two_broadcast": (odd, normal(4, 1, 1), normal(3)),
                         "two_numbers": (odd[0, 0], normal(), normal()), "two_empty": (odd[:0], normal(3), normal(1)),
                         "two_special": (odd[0], torch.tensor([1.0, NAN, INF]), torch.tensor([NAN, -INF, 2])),
                         "two_integers": (odd, integers(2, 3), integers(3)), "two_bools": (odd, bools(3), bools(2, 1)),
                         "two_mixed": (odd, integers(2, 3), normal(3))}, torch.where)
    family.add("where", {"or_number": (odd, normal(2, 3)), "or_number_empty": (odd[0], normal(0, 3)),
                         "or_number_integers": (odd, integers(3))}, lambda c, x: torch.where(c, x, 2))
    family.add("where", {"number_or": (odd, normal(3)), "number_or_empty": (odd[0], normal(0, 3)),
                         "number_or_integers": (odd, integers(3))}, lambda c, x: torch.where(c, 2, x))
    family.add("where", {"numbers": odd, "numbers_empty": odd[:, :0]}, lambda c: torch.where(c, 1, 0))


def sums(family):
    shapes = {"leading": [3, 5], "inner": [3, 1], "number": [], "same": [2, 3, 5]}
    for name, shape in shapes.items():
        family.add("sum_to_size", {name: normal(2, 3, 5), f"{name}_integers": integers(2, 3, 5)},
                   lambda x, shape=shape: x.sum_to_size(shape))
    family.add("sum_to_size", {"number_empty": normal(0, 3)}, lambda x: x.sum_to_size([]))
    family.add("sum_to_size", {"row_empty": normal(0, 3)}, lambda x: x.sum_to_size([1, 3]))


def writes(family):
    # PyTorch keeps what was written over on the tape, with gradients of zero.
    samples = {"matrix": Fixed(normal(3, 4)), "number": Fixed(normal()), "empty": Fixed(normal(0, 3)),
               "integers": integers(3, 4), "bools": bools(3)}
    family.add("fill_", samples, lambda x: x.clone().fill_(2.7))
    family.add("zero_", samples, lambda x: x.clone().zero_())
    places = {name: Fixed(normal(*shape)) for name, shape in
              {"matrix": (3, 4), "block": (2, 3, 4), "pair": (2,), "empty": (0, 3)}.items()}
    family.add("copy_", {"same": (places["matrix"], normal(3, 4)), "row": (places["matrix"], normal(4)),
                         "ones": (places["block"], normal(1, 3, 1)), "number": (places["pair"], normal()),
                         "empty": (places["empty"], normal(1, 3)), "from_integers": (places["matrix"], integers(4)),
                         "from_bools": (places["pair"], bools(2)), "to_bools": (bools(3), integers(3)),
                         "to_integers": (integers(3, 4), Fixed(normal(3, 4) * 3))}, lambda x, y: x.clone().copy_(y))
