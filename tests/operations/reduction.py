"""Sums, extremes and statistics over dimensions."""

import torch

from golden import INF, NAN, Fixed, bools, distinct, integers, normal

# name: shape, dims, keepdim. A name that begins with "first", "last" and so on says how reduction.cpp calls it.
ONE_DIM = {"first": ((3, 4), (0,), False), "first_number": ((), (0,), False),
           "middle_kept": ((2, 3, 2), (1,), True), "last": ((3, 5), (-1,), False), "last_empty": ((0, 3), (-1,), False)}
OF_ALL = {"all": ((2, 1, 3), (), False), "all_number": ((), (), False)}
ANY_DIMS = {**ONE_DIM, **OF_ALL, "kept_all": ((2, 3), (), True), "two": ((2, 3, 2), (2, 0), False)}
NOTHING = {"all_nothing": ((0, 3), (), False), "last_nothing": ((2, 0), (-1,), False)}


def reductions(family, operation, function, ways, values=normal):
    """function(x, dims, keepdim), dims never empty."""
    for name, (shape, dims, keepdim) in ways.items():
        every = tuple(range(len(shape))) or (0,)
        family.add(operation, {name: values(*shape)}, lambda x: function(x, dims or every, keepdim))


def special(family, operation, function, samples):
    """samples that are reduced over the last dimension."""
    family.add(operation, {f"last_{name}": x for name, x in samples.items()}, lambda x: function(x, (-1,), False))


def one_by_one(function):
    """The same over several dimensions, of which PyTorch's takes one."""
    def reduced(x, dims, keepdim):
        for dim in sorted((d % max(x.dim(), 1) for d in dims), reverse=True):
            x = function(x, dim, keepdim)
        return x
    return reduced


def sizes(*shape):
    """Values of both signs whose sizes are all different."""
    count = torch.Size(shape).numel()
    return (torch.randperm(count) * 0.1 + 0.1).reshape(shape) * (bools(*shape) * 2.0 - 1)


TIES = torch.tensor([[1.0, 3, 3], [-3, -3, -3], [0, 0, 0]])
NO_NUMBERS = torch.tensor([[1, NAN, 3], [INF, -INF, 0], [-INF, 2, INF]])


def add_to(family):
    sums(family)
    statistics(family)
    norms(family)
    logarithms(family)
    for name, of_all in {"amax": torch.max, "amin": torch.min}.items():
        # amax divides the gradient of a NaN by the number of elements that equal it, which is none; max does not.
        extremes(family, name, getattr(torch, name), ANY_DIMS, lambda x, *_: torch.stack([of_all(row) for row in x]))
    for name in ("max", "min"):
        function = getattr(torch, name)
        extremes(family, name, lambda x, dims, keepdim: function(x, dims[0], keepdim), ONE_DIM)
        family.add(name, {"whole": distinct(2, 1, 3), "whole_number": distinct(), "whole_special": TIES,
                          "whole_special_numbers": NO_NUMBERS, "whole_integers": integers(2, 3),
                          "whole_bools": bools(4)}, function)
    positions(family)
    for name in ("all", "any"):
        truths(family, name)


def sums(family):
    function = torch.sum
    reductions(family, "sum", function, {**ANY_DIMS, **NOTHING})
    special(family, "sum", function, {"special": NO_NUMBERS, "integers": integers(2, 3), "bools": bools(2, 3),
                                      "bytes": torch.tensor([[200, 100]]).byte(), "ints": integers(2, 3).int()})
    family.add("sum", {"all_integers": integers(2, 3), "all_bools": bools(5)}, torch.sum)
    reductions(family, "mean", torch.mean, {**ANY_DIMS, **NOTHING})
    special(family, "mean", torch.mean, {"special": NO_NUMBERS})


def statistics(family):
    for name in ("var", "std"):
        function = getattr(torch, name)

        def corrected(correction):
            return lambda x, dims, keepdim: function(x, dims, correction=correction, keepdim=keepdim)
        reductions(family, name, corrected(1), {k: v for k, v in {**ANY_DIMS, **NOTHING}.items() if "number" not in k})
        # Of too few values PyTorch has gradients of several kinds, or errors.
        family.add(name, {"first_number": Fixed(normal())}, lambda x: function(x, 0))
        family.add(name, {"all_number": Fixed(normal())}, function)
        special(family, name, corrected(1), {"special": TIES, "special_numbers": Fixed(NO_NUMBERS)})
        biased = {f"biased_{key}": way for key, way in ANY_DIMS.items()
                  if "number" not in key and key in ("all", "middle_kept", "last", "two")}
        reductions(family, name, corrected(0), biased)
        family.add(name, {"corrected_special": Fixed(normal(2, 3))},
                   lambda x: function(x, 1, correction=4, keepdim=False))
        family.add(name, {"immense_correction": Fixed(normal(2, 3))}, lambda x: (
            x - x.mean(1, True)).square().sum(1).div(2.0 ** 63).pow(1 if name == "var" else 0.5))


def norms(family):
    powers = {"2": 2, "1": 1, "3": 3, "1_5": 1.5, "0_5": 0.5, "minus_1": -1, "inf": INF, "minus_inf": -INF, "0": 0}
    for name, p in powers.items():
        def function(x, dims, keepdim):
            return torch.norm(x, p, dims, keepdim)
        every = {**ANY_DIMS, **NOTHING}
        if p != 2:
            some = ("all", "middle_kept", "last", "two") + (tuple(NOTHING) if p == 3 else ())
            every = {k: every[k] for k in some}
        reductions(family, "norm", function, {f"p_{name}_{k}": way for k, way in every.items()}, sizes)
        # Roots that have no derivative at ties of zeros are left out.
        if p not in (0.5, -1):
            family.add("norm", {f"p_{name}_last_special": TIES}, lambda x: function(x, (1,), False))
        family.add("norm", {f"p_{name}_last_special_numbers": Fixed(NO_NUMBERS)}, lambda x: function(x, (1,), False))


def logarithms(family):
    reductions(family, "logsumexp", torch.logsumexp, {**ANY_DIMS, **NOTHING})
    special(family, "logsumexp", torch.logsumexp, {
        "special": torch.tensor([[1e4, -1e4, 0], [1e4, 1e4, 1e4], [-INF, 2, 1], [NAN, 1, 2], [-1e4, -1e4, -1e4]]),
        "special_infinite": Fixed(torch.tensor([[INF, 1], [-INF, -INF], [INF, -INF]])),
        "integers": integers(2, 3), "bools": bools(2, 3)})


def extremes(family, name, function, ways, of_nan=None):
    reductions(family, name, function, ways, distinct)
    special(family, name, of_nan or function, {"special_numbers": NO_NUMBERS})
    special(family, name, function, {"special": TIES, "integers": integers(2, 3),
                                     "bools": bools(2, 3), "bytes": torch.tensor([[200, 100]]).byte(),
                                     "ints": integers(2, 3).int()})


def positions(family):
    for name in ("argmax", "argmin"):
        function = getattr(torch, name)
        along = {k: (distinct(*shape), dims[0], keepdim) for k, (shape, dims, keepdim) in ONE_DIM.items()}
        along.update({"last_special": (TIES, -1, False), "last_special_numbers": (NO_NUMBERS, -1, False),
                      "last_integers": (integers(2, 3), -1, False),
                      "last_bytes": (integers(2, 3, low=0).byte(), -1, False)})
        for key, (x, dim, keepdim) in along.items():
            family.add(name, {key: x}, lambda x: function(x, dim, keepdim))
        family.add(name, {"whole": distinct(2, 1, 3), "whole_number": distinct(), "whole_special": TIES,
                          "whole_special_numbers": NO_NUMBERS, "whole_integers": integers(2, 3)}, function)
        # PyTorch has none of bools.
        family.add(name, {"whole_bools": bools(5)}, lambda x: function(x.int()))
        family.add(name, {"last_bools": bools(2, 3)}, lambda x: function(x.int(), -1))


def truths(family, name):
    function = one_by_one(getattr(torch, name))

    def sparse(*shape):
        return normal(*shape) * bools(*shape)
    reductions(family, name, function, {**ANY_DIMS, **NOTHING}, sparse)
    special(family, name, function, {"special": torch.tensor([[0.0, NAN], [INF, 2], [0, -0.0]]), "bools": bools(3, 2),
                                     "integers": torch.tensor([[256, 0], [0, 0], [1, 3]])})
