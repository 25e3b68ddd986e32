"""Non-linearities, element by element or along a dimension: activation.h."""

import torch
import torch.nn.functional as F

from golden import INF, NAN, SPECIAL, distinct, integers, named, normal, unary_samples

# Where the pieces of the piecewise functions meet, and where exp() overflows.
EDGES = torch.cat([SPECIAL, torch.tensor([3.0, -3, 6, 2, 2.75, 25, -25, 100, -100, 1e4, -1e4])])


def across(*shape):
    """Values of both signs that stay 0.05 away from where pieces of functions meet."""
    return distinct(*shape) * 3


def add_to(family):
    pieces = {"relu": F.relu, "relu6": F.relu6, "hardtanh": F.hardtanh,
              "hardtanh/asymmetric": lambda x: F.hardtanh(x, -0.5, 1.5),
              "threshold": lambda x: F.threshold(x, 0.5, -2.0), "leaky_relu": F.leaky_relu,
              "leaky_relu/steep": lambda x: F.leaky_relu(x, 0.3),
              "leaky_relu/negative": lambda x: F.leaky_relu(x, -0.4),
              # PyTorch's own hardsigmoid knows 1 / 6 as a float32, whatever the type, and celu 1 / alpha.
              "hardsigmoid": lambda x: F.relu6(x + 3) / 6, "hardswish": F.hardswish}
    smooth = {"elu": F.elu, "elu/scaled": lambda x: F.elu(x, 0.7), "selu": F.selu, "celu": F.celu,
              "celu/scaled": lambda x: F.celu(x, 0.5), "gelu": F.gelu,
              "gelu/tanh": lambda x: F.gelu(x, approximate="tanh"), "silu": F.silu, "mish": F.mish,
              "sigmoid": torch.sigmoid, "logsigmoid": F.logsigmoid,
              "softplus": F.softplus, "softplus/sharp": lambda x: F.softplus(x, 2, 0.8), "softsign": F.softsign}
    for key, f in {**pieces, **smooth}.items():
        name, _, variant = key.partition("/")
        special = EDGES
        # lucid gives no gradient to a NaN in relu, and to infinities the limit where PyTorch has NaN.
        if name == "relu":
            special = EDGES[~EDGES.isnan()]
        elif key in ("softsign", "gelu/tanh"):
            special = EDGES[~EDGES.isinf()]
        elif name == "hardswish":
            # At its joints PyTorch's vectorised and scalar gradients disagree.
            special = EDGES[EDGES.abs() != 3]
        wide = {"relu6": 4, "hardsigmoid": 2, "hardswish": 2}.get(name, 1)
        samples = {**unary_samples(lambda *shape: across(*shape) * wide), "special": special}
        family.add(name, named(variant, samples) if variant else samples, f)
    integral(family)
    slopes(family)
    along(family)


def integral(family):
    whole = {"integers": integers(3, 4), "octets": torch.tensor([0, 1, 7, 200], dtype=torch.uint8)}
    family.add("relu", whole, F.relu)
    family.add("relu6", whole, F.relu6)
    family.add("hardtanh", {"integers": integers(3, 4)}, F.hardtanh)
    family.add("hardtanh", {"asymmetric_integers": integers(3, 4)}, lambda x: F.hardtanh(x, -0.5, 1.5))
    family.add("threshold", whole, lambda x: F.threshold(x, 0.5, 2.7))
    family.add("softsign", whole, F.softsign)
    family.add("sigmoid", {**whole, "bools": torch.tensor([True, False])}, torch.sigmoid)


def slopes(family):
    family.add("prelu", {"one": (distinct(3, 5), normal(1)), "channels": (distinct(2, 3, 4), normal(3)),
                         "vector": (distinct(5), normal(1)), "empty": (normal(0, 4), normal(4)),
                         "special": (torch.tensor([[0.0, INF, -INF, NAN]]), normal(4))}, F.prelu)
    # PyTorch 1.13 has no weight without dimensions.
    family.add("prelu", {"numbers": (distinct(), normal())}, lambda x, w: torch.where(x > 0, x, w * x))


def along(family):
    extreme = torch.tensor([[1e4, 0, -1e4], [1e3, 1e3, 1e3], [0, -INF, 1], [-1e3, -1e3, -2e3]])
    lost = torch.tensor([[-INF, -INF, -INF], [1, NAN, 2], [0, INF, 1]])
    for name, f in {"softmax": F.softmax, "log_softmax": F.log_softmax, "softmin": F.softmin}.items():
        for where, dim in {"first": 0, "middle": -2, "last": -1}.items():
            family.add(name, named(where, {"stack": normal(2, 3, 4), "empty": normal(0, 3), "empty_dim": normal(3, 0)}),
                       lambda x, dim=dim: f(x, dim))
        family.add(name, {"first_vector": normal(7), "first_number": normal()}, lambda x: f(x, 0))
        family.add(name, {"last_special": extreme * (-1 if name == "softmin" else 1), "last_special_lost": lost},
                   lambda x: f(x, -1))
    family.add("glu", {"last": normal(3, 6), "last_empty": normal(0, 4), "last_empty_dim": normal(3, 0),
                       "last_special": torch.tensor([[1.0, INF, NAN, 1e4], [-INF, 1, 0, -1e4]])}, F.glu)
    family.add("glu", {"middle": normal(2, 4, 3), "middle_empty": normal(2, 0)}, lambda x: F.glu(x, -2))
