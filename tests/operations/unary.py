"""Functions of one tensor, element by element: math.h."""

import torch

from golden import SPECIAL, distinct, integers, normal, positive, unary_samples


def fraction(*shape):
    """Values within the domain of asin, and far from the poles of tan."""
    return distinct(*shape) * 0.9


def add_to(family):
    values = {"neg": normal, "abs": distinct, "sign": distinct, "square": normal, "sqrt": positive, "rsqrt": positive,
              "reciprocal": distinct, "exp": normal, "expm1": normal, "log": positive, "log1p": positive,
              "log2": positive, "log10": positive, "sin": normal, "cos": normal, "tan": fraction, "asin": fraction,
              "acos": fraction, "atan": normal, "sinh": normal, "cosh": normal, "tanh": normal, "erf": normal,
              "erfc": normal, "floor": distinct, "ceil": distinct, "round": distinct, "isnan": normal, "isinf": normal,
              "isfinite": normal}
    for name, make in values.items():
        function = getattr(torch, name)
        family.add(name, unary_samples(make), function)
        family.add(name, {"special": SPECIAL, "integers": integers(3, 4)}, function)
        if name not in ("neg", "abs", "floor", "ceil", "round"):
            family.add(name, {"bools": torch.tensor([True, False])}, function)
    for name in ("neg", "abs", "sign", "square"):
        family.add(name, {"bytes": torch.tensor([0, 1, 3, 200, 255], dtype=torch.uint8)}, getattr(torch, name))
