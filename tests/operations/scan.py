"""Running sums and products, and products over dimensions."""

import torch

from golden import INF, NAN, Fixed, bools, integers, normal
from reduction import ANY_DIMS, NOTHING, one_by_one, reductions, special

# Rows with no zero, one, two in a row, two apart, and nothing else: gradients divide by nothing.
ZEROS = torch.tensor([[1.5, -0.5, 2.0, 0.7], [1.5, 0.0, 2.0, 0.7], [1.5, 0.0, 0.0, 0.7], [0.0, -0.5, 2.0, 0.0],
                      [0.0, 0.0, 0.0, 0.0]])
NO_NUMBERS = torch.tensor([[2, INF, 0, 1], [1, NAN, 2, 0], [INF, 1, -INF, 3]])


def add_to(family):
    for name in ("cumsum", "cumprod"):
        function = getattr(torch, name)
        family.add(name, {"first": normal(3, 4), "first_number": normal(), "first_nothing": normal(0, 2)},
                   lambda x: function(x, 0))
        family.add(name, {"middle": normal(2, 3, 2)}, lambda x: function(x, -2))
        family.add(name, {"last": ZEROS, "last_one": normal(3, 1), "last_empty": normal(0, 3),
                          "last_special": Fixed(NO_NUMBERS), "last_integers": integers(2, 3), "last_bools": bools(2, 5),
                          "last_bytes": torch.tensor([200, 100]).byte(), "last_ints": integers(3).int(),
                          "last_number_integers": integers()}, lambda x: function(x, -1))
    product = one_by_one(torch.prod)
    reductions(family, "prod", product, {**ANY_DIMS, **NOTHING})
    special(family, "prod", product, {"zeros": ZEROS, "special": Fixed(NO_NUMBERS), "integers": integers(2, 3),
                                      "bools": bools(2, 3), "bytes": torch.tensor([[20, 100]]).byte(),
                                      "ints": integers(2, 3).int()})
    family.add("prod", {"all_integers": integers(2, 3), "all_bools": bools(3)}, torch.prod)
    recurrences(family)


def recurrences(family):
    """PyTorch has nothing of the kind."""
    def recurrence(factors, terms, dim, reverse):
        if terms.dim() == 0:
            return terms + 0 * factors
        steps = list(zip(factors.unbind(dim), terms.unbind(dim)))
        y, results = 0, []
        for factor, term in reversed(steps) if reverse else steps:
            y = factor * y + term
            results.append(y)
        return torch.stack(results[::-1] if reverse else results, dim) if steps else factors * terms
    samples = {"last": (ZEROS, normal(5, 4)), "last_one": (normal(2, 1), normal(2, 1)),
               "last_number": (normal(), normal()),
               "last_empty": (normal(0, 3), normal(0, 3)), "last_nothing": (normal(2, 0), normal(2, 0))}
    for direction in ("forward", "reverse"):
        reverse = direction == "reverse"
        family.add("linear_recurrence", {f"{direction}_{k}": v for k, v in samples.items()},
                   lambda a, b: recurrence(a, b, -1, reverse))
        family.add("linear_recurrence", {f"{direction}_middle": (normal(2, 3, 2), normal(2, 3, 2))},
                   lambda a, b: recurrence(a, b, 1, reverse))
