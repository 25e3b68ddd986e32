"""Golden files of functions element by element. make_golden.py runs this."""

import torch
import torch.nn.functional as F

from golden_case import Case, save

INF, NAN = float("inf"), float("nan")
# What functions treat in a way of their own: zeros, infinities, NaN, the edges of domains, halves.
SPECIAL = torch.tensor([0.0, -0.0, INF, -INF, NAN, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, 3.5, 12, -12])


def record(out, name, function, *operands):
    """Values and gradients of a function of tensors, which are named a, b, c."""
    case = Case(out, name)
    leaves = {key: case.input(key, value) for key, value in zip("abc", operands)}
    case.gradients(function(*leaves.values()), **leaves)


def pairs(values):
    """Every value beside every other."""
    n = len(values)
    return values.repeat(n), values.repeat_interleave(n)


def pointwise():
    out = {}
    everywhere = ["neg", "abs", "sign", "square", "exp", "expm1", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh",
                  "sigmoid", "erf", "erfc", "floor", "ceil", "round", "reciprocal"]
    above_zero = ["sqrt", "rsqrt", "log", "log1p", "log2", "log10"]
    for name in everywhere + above_zero + ["asin", "acos"]:
        x = torch.randn(3, 5) * 1.5
        if name in above_zero:
            x = x.abs() + 0.1
        elif name in ("asin", "acos"):
            x = torch.rand(3, 5) * 1.9 - 0.95
        record(out, name, getattr(torch, name), x)
        record(out, name + "_special", getattr(torch, name), SPECIAL)
    for name in ("pow", "atan2", "fmod", "remainder", "maximum", "minimum"):
        function = getattr(torch, name)
        a, b = torch.randn(2, 3, 5) * 3, torch.randn(3, 1)
        record(out, name, function, a.abs() if name == "pow" else a, b)
        record(out, name + "_special", function, *pairs(torch.tensor([0.0, INF, -INF, NAN, 1, -2, 0.5, 3])))
    record(out, "pow_of_number", lambda x: torch.pow(2.5, x), torch.randn(3, 5))
    record(out, "pow_of_zero", lambda x: torch.pow(0.0, x), torch.tensor([0.0, 1, 2.5, NAN]))
    record(out, "pow_cube", lambda x: x.pow(3), torch.randn(3, 5))
    record(out, "pow_root", lambda x: x.pow(0.5), torch.tensor([0.25, 4, INF, 0]))
    record(out, "fmod_number", lambda x: torch.fmod(x, -1.5), torch.randn(3, 5) * 4)
    record(out, "remainder_number", lambda x: torch.remainder(x, -1.5), torch.randn(3, 5) * 4)
    record(out, "remainder_of_number", lambda x: torch.remainder(torch.full_like(x, 7), x), torch.randn(3, 5))
    record(out, "clamp", lambda x: x.clamp(-1, 1.5), SPECIAL)
    record(out, "clamp_min", lambda x: x.clamp(min=0.5), SPECIAL)
    record(out, "clamp_max", lambda x: x.clamp(max=0.5), SPECIAL)
    record(out, "clamp_crossed", lambda x: x.clamp(1, -1), SPECIAL)
    record(out, "clamp_nan", lambda x: x.clamp(NAN, 1), SPECIAL)
    record(out, "clamp_tensors", torch.clamp, torch.randn(2, 3, 5), torch.randn(5) - 0.5, torch.randn(3, 1) + 0.5)
    record(out, "clamp_tensor_min", lambda x, low: x.clamp(min=low), *pairs(torch.tensor([1.0, 2, INF, -INF, NAN])))
    record(out, "clamp_tensor_max", lambda x, high: x.clamp(max=high), *pairs(torch.tensor([1.0, 2, INF, -INF, NAN])))
    mask = torch.tensor([[True, False, True], [False, False, True]])
    record(out, "masked_fill", lambda x: x.masked_fill(mask, 2.5), torch.randn(2, 3))
    record(out, "masked_fill_broadcast", lambda x: x.masked_fill(mask, -1), torch.randn(4, 1, 3))
    record(out, "masked_fill_tensor", lambda x, value: x.masked_fill(mask, value), torch.randn(2, 3), torch.randn(()))
    record(out, "lerp", lambda a, b: torch.lerp(a, b, 0.3), torch.randn(3, 5), torch.randn(5))
    record(out, "lerp_far", lambda a, b: torch.lerp(a, b, 1.7), torch.randn(3, 5), torch.randn(3, 1))
    record(out, "lerp_tensor", torch.lerp, torch.randn(3, 5), torch.randn(3, 1), torch.randn(2, 1, 5))
    save("pointwise", out)


def activations():
    out = {}
    cases = {
        "relu": F.relu, "relu6": F.relu6, "hardtanh": F.hardtanh, "hardtanh_asymmetric": lambda x: F.hardtanh(x, -0.5, 1.5),
        "threshold": lambda x: F.threshold(x, 0.5, -2.0), "leaky_relu": F.leaky_relu,
        "leaky_relu_steep": lambda x: F.leaky_relu(x, 0.3), "elu": F.elu, "elu_scaled": lambda x: F.elu(x, 0.7),
        "selu": F.selu, "celu": F.celu, "celu_scaled": lambda x: F.celu(x, 0.5), "gelu": F.gelu,
        "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "silu": F.silu, "mish": F.mish, "sigmoid": torch.sigmoid,
        "logsigmoid": F.logsigmoid, "softplus": F.softplus, "softplus_sharp": lambda x: F.softplus(x, 2, 5),
        "softsign": F.softsign,
        # PyTorch's own hardsigmoid knows 1 / 6 as a float32, whatever the type, and celu 1 / alpha.
        "hardsigmoid": lambda x: F.relu6(x + 3) / 6, "hardswish": F.hardswish,
    }
    # Where the pieces of the piecewise functions meet, and where exp() overflows.
    edges = torch.cat([SPECIAL, torch.tensor([3.0, -3, 6, 2, 2.75, 25, -25, 100, -100, 1e4, -1e4])])
    for name, function in cases.items():
        record(out, name, function, torch.randn(3, 5) * 3)
        special = edges
        # lucid gives no gradient to a NaN in relu, and to infinities the limit where PyTorch has NaN.
        if name == "relu":
            special = edges[~edges.isnan()]
        elif name in ("softsign", "gelu_tanh"):
            special = edges[~edges.isinf()]
        elif name == "hardswish":
            # At its joints PyTorch's vectorised and scalar gradients disagree.
            special = edges[edges.abs() != 3]
        record(out, name + "_special", function, special)
    record(out, "prelu_one", F.prelu, torch.randn(2, 3), torch.tensor([0.3]))
    record(out, "prelu", F.prelu, torch.randn(2, 3, 4), torch.randn(3))
    for dim in (0, 1, -1):
        record(out, f"softmin_{dim}", lambda x: F.softmin(x, dim), torch.randn(2, 4, 3))
    record(out, "glu", F.glu, torch.randn(3, 6))
    record(out, "glu_middle", lambda x: F.glu(x, 1), torch.randn(2, 4, 3))
    save("activations", out)
