"""Values in order."""

import torch

from golden import INF, NAN, bools, distinct, integers

TIES = torch.tensor([[1.0, 3.0, 1.0, 3.0, 2.0], [0.0, -0.0, 0.0, -0.0, 0.0]])
NANS = torch.tensor([[NAN, 1.0, INF, -INF, NAN], [INF, NAN, -0.0, 0.0, -INF]])
BYTES = torch.tensor([200, 3, 255, 0, 3], dtype=torch.uint8)
EXTREMES = torch.tensor([2**63 - 1, -2**63, 0, -1, 2**53 + 1, 2**53])


def add_to(family):
    samples = {"matrix": distinct(3, 5), "number": distinct(), "empty": distinct(0, 3), "no_columns": distinct(3, 0),
               "special_ties": TIES, "special_nans": NANS, "integers": integers(3, 7), "extremes": EXTREMES,
               "bytes": BYTES, "small": integers(7).int(), "bools": bools(7)}
    calls = {"last": (samples, -1, False), "last_descending": (samples, -1, True),
             "first": ({"matrix": distinct(4, 3), "empty": distinct(0, 3)}, 0, False),
             "middle_descending": ({"stack": distinct(2, 3, 2), "empty": distinct(2, 0, 3)}, -2, True)}
    for name, (values, dim, descending) in calls.items():
        values = {f"{name}_{key}": value for key, value in values.items()}
        # lucid is always stable.
        family.add("sort", values, lambda x, d=dim, down=descending: torch.sort(x, dim=d, descending=down, stable=True))
        family.add("argsort", values,
                   lambda x, d=dim, down=descending: torch.sort(x, dim=d, descending=down, stable=True)[1])
    greatest(family, samples)


def greatest(family, samples):
    def topk(k, dim=-1, largest=True):
        """Of equal values lucid takes the first ones, PyTorch any of them."""
        def function(x):
            values, indices = torch.sort(x, dim=dim, descending=largest, stable=True)
            return (values, indices) if x.dim() == 0 else (values.narrow(dim, 0, k), indices.narrow(dim, 0, k))
        return function

    some = {name: samples[name] for name in ("matrix", "special_ties", "special_nans", "integers", "extremes", "bytes",
                                             "bools")}
    family.add("topk", {f"two_{name}": x for name, x in some.items()}, topk(2))
    family.add("topk", {f"least_{name}": x for name, x in some.items()}, topk(3, largest=False))
    family.add("topk", {"first_matrix": distinct(4, 3), "first_stack": distinct(3, 1, 2)}, topk(3, 0))
    family.add("topk", {"one_number": distinct(), "one_matrix": distinct(3, 4)}, topk(1))
    family.add("topk", {"none_matrix": distinct(3, 4), "none_empty": distinct(2, 0)}, topk(0))
    family.add("topk", {"two_empty": distinct(0, 3)}, topk(2))
