"""Comparisons and what is true: arithmetic.h."""

import torch

from golden import INF, NAN, SPECIAL, Fixed, binary_samples, bools, integers, named, normal, pairs, positive


def whole(*shape):
    """So few values that many are equal."""
    return integers(*shape, low=-1, high=2).float()


def add_to(family):
    comparisons(family)
    truths(family)


def comparisons(family):
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        f = getattr(torch, name)
        octets = torch.tensor([0, 44, 255], dtype=torch.uint8)
        family.add(name, named("two", binary_samples(whole, whole)), f)
        family.add(name, {"two_special": pairs(*SPECIAL[:7].tolist()),
                          "two_integers": (integers(3, 4, low=0, high=3), integers(4, low=0, high=3)),
                          "two_bools": (bools(3, 4), bools(4)), "two_mixed": (integers(3, 4, low=-1, high=2), whole(4)),
                          "two_types": (octets, torch.tensor([256, 44, -1]))}, f)
        numbers = {"matrix": whole(3, 5) / 2, "number": whole(), "empty": whole(0, 3), "special": SPECIAL,
                   "integers": integers(3, 4, low=-1, high=2), "bools": bools(4)}
        family.add(name, named("with", numbers), lambda x, f=f: f(x, 0.5))
        # PyTorch lets such numbers wrap around: 256 equals the uint8 0.
        family.add(name, {"beyond_octets": octets}, lambda x, f=f: f(x.long(), 256))
        family.add(name, {"below_octets": octets}, lambda x, f=f: f(x.long(), -1))
        # A number on the left is not greater where the tensor is not less.
        mirrored = {"lt": torch.gt, "le": torch.ge, "gt": torch.lt, "ge": torch.le}.get(name, f)
        family.add(name, named("from", numbers), lambda x, f=mirrored: f(x, 0.5))


def truths(family):
    samples = {"matrix": integers(3, 4, low=0, high=2).float(), "special": torch.tensor([0.0, -0.0, NAN, INF, 0.5]),
               "number": normal(), "empty": normal(0, 3), "integers": integers(3, 4, low=0, high=2),
               "bools": bools(2, 3)}
    family.add("logical_not", samples, torch.logical_not)
    # What is written to a tensor of numbers are zeros and ones, without a gradient.
    samples = {name: Fixed(x) for name, x in samples.items()}
    family.add("logical_not", named("written", samples), lambda x: x.clone().logical_not_())
    samples = {"some": torch.tensor([[0.0, 2, 0], [0, 0, NAN]]), "none": torch.zeros(2, 3), "every": positive(2, 3),
               "number": normal(), "empty": normal(0, 3), "integers": torch.tensor([[0, 0], [0, 256]]),
               "bools": torch.tensor([True, True])}
    family.add("all_elements", samples, torch.all)
    family.add("any_elements", samples, torch.any)
    x = normal(3, 4)
    near = x * (1 + 2e-6)
    special = torch.tensor([NAN, INF, -INF, 1])
    samples = {"same": (x, x), "near": (x, near), "far": (x, x + 1), "special": (special, special),
               "infinite": (torch.tensor([1.0]), torch.tensor([INF])), "empty": (normal(0, 3), normal(0, 3)),
               "integers": (integers(3), integers(3)), "numbers": (x[0, 0], near[0, 0])}
    family.add("equal", samples, lambda a, b: torch.tensor(torch.equal(a, b)))
    family.add("allclose", samples, lambda a, b: torch.tensor(torch.allclose(a, b)))
    family.add("allclose", named("nan", samples), lambda a, b: torch.tensor(torch.allclose(a, b, equal_nan=True)))
    family.add("allclose", named("wide", {"far": samples["far"], "infinite": samples["infinite"]}),
               lambda a, b: torch.tensor(torch.allclose(a, b, 0, 1.5)))
