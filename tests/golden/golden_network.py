"""Golden files of pooling, further normalisations, and images. make_golden.py runs this."""

import torch
import torch.nn.functional as F

from golden_case import Case, save


def pools():
    """One and three dimensions, divisors, and adaptive maxima: what pooling() leaves."""
    out = {}
    # name: x, kernel, stride, padding, dilation, ceil_mode
    maxima = {
        "max1d": ((2, 3, 9), (3,), (2,), (1,), (2,), True),
        "max3d": ((1, 2, 4, 5, 6), (2, 2, 3), (2, 1, 2), (0, 0, 0), (1, 1, 1), False),
        "max3d_padded": ((2, 2, 5, 4, 6), (3, 2, 3), (2, 2, 3), (1, 1, 0), (1, 1, 1), True),
        "max3d_dilated": ((1, 2, 6, 5, 7), (2, 3, 2), (1, 2, 1), (1, 1, 1), (3, 2, 1), False),
    }
    for name, (xs, kernel, stride, padding, dilation, ceil_mode) in maxima.items():
        case = Case(out, name)
        case.options(*kernel, *stride, *padding, *dilation, int(ceil_mode))
        x = case.input("x", torch.randn(xs))
        function = F.max_pool1d if len(kernel) == 1 else F.max_pool3d
        y, indices = function(x, kernel, stride, padding, dilation, ceil_mode, True)
        case.result("indices", indices)
        case.gradients(y, x=x)
    # name: x, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override
    means = {
        "avg1d": ((2, 3, 9), (3,), (2,), (1,), True, True, None),
        "avg1d_uncounted": ((2, 3, 9), (4,), (3,), (2,), True, False, None),
        "avg2d_divisor": ((1, 2, 6, 7), (2, 3), (2, 3), (1, 1), True, True, 5),
        "avg3d": ((1, 2, 4, 5, 6), (2, 2, 3), (2, 1, 2), (1, 0, 1), True, True, None),
        "avg3d_uncounted": ((2, 1, 5, 4, 6), (3, 2, 3), (2, 2, 3), (1, 1, 1), True, False, None),
        "avg3d_divisor": ((1, 2, 5, 4, 6), (3, 2, 2), (2, 2, 3), (1, 0, 1), False, False, -3),
    }
    for name, (xs, kernel, stride, padding, ceil_mode, counted, divisor) in means.items():
        case = Case(out, name)
        case.options(*kernel, *stride, *padding, int(ceil_mode), int(counted), divisor or 0)
        x = case.input("x", torch.randn(xs))
        function = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[len(kernel) - 1]
        arguments = (kernel, stride, padding, ceil_mode, counted) + ((divisor,) if len(kernel) > 1 else ())
        case.gradients(function(x, *arguments), x=x)
    # name: x, size
    adaptive = {"1d": ((2, 3, 7), (3,)), "1d_larger": ((1, 2, 3), (5,)), "2d": ((1, 2, 5, 7), (3, 4)),
                "2d_larger": ((2, 2, 2, 3), (3, 5)), "3d": ((1, 2, 5, 4, 7), (3, 2, 4)),
                "3d_larger": ((2, 1, 2, 3, 2), (3, 2, 5))}
    for name, (xs, size) in adaptive.items():
        rank = len(size)
        case = Case(out, f"adaptive_avg{name}")
        case.options(*size)
        x = case.input("x", torch.randn(xs))
        case.gradients((F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d)[rank - 1](x, size), x=x)
        case = Case(out, f"adaptive_max{name}")
        case.options(*size)
        x = case.input("x", torch.randn(xs))
        function = (F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d)[rank - 1]
        y, indices = function(x, size, True)
        case.result("indices", indices)
        case.gradients(y, x=x)
    modules = {"MaxPool1d": ((3,), dict(stride=2, padding=1)), "MaxPool3d": ((3,), dict(dilation=(1, 2, 1))),
               "AvgPool1d": ((2,), {}), "AvgPool2d": (((2, 3),), {}), "AvgPool3d": ((2,), dict(padding=(1, 0, 1))),
               "AdaptiveAvgPool1d": ((5,), {}), "AdaptiveAvgPool3d": (((5, 2, 3),), {}),
               "AdaptiveMaxPool1d": ((5,), {}), "AdaptiveMaxPool2d": (((5, 2),), {}), "AdaptiveMaxPool3d": ((4,), {})}
    for name, (arguments, options) in modules.items():
        text = repr(getattr(torch.nn, name)(*arguments, **options))
        out[f"repr_{name}.text"] = torch.tensor(list(text.encode()), dtype=torch.uint8)
    save("pools", out)


def norms():
    """torch.nn.functional.rms_norm came with PyTorch 2.4: these are its definition."""
    out = {}
    for name, xs, shape, eps, affine in (("rows", (4, 5), (5,), 1e-3, True), ("planes", (2, 3, 4, 2), (4, 2), 0.1, True),
                                         ("plain", (2, 3, 6), (6,), 1e-3, False)):
        case = Case(out, f"rms_{name}")
        case.options(*shape)
        case.result("eps", torch.tensor([eps], dtype=torch.float64))
        leaves = {"x": case.input("x", torch.randn(xs) * 2 + 1)}
        if affine:
            leaves["weight"] = case.input("weight", torch.rand(shape) + 0.5)
        x = leaves["x"]
        dims = tuple(range(-len(shape), 0))
        y = x * torch.rsqrt(x.pow(2).mean(dims, keepdim=True) + eps)
        case.gradients(y * leaves["weight"] if affine else y, **leaves)
    for name, xs, size, numbers in (("images", (2, 7, 3, 2), 5, (1e-4, 0.75, 1.0)), ("sounds", (2, 4, 5), 2, (0.5, 0.6, 2.0)),
                                    ("volumes", (1, 3, 2, 2, 3), 7, (1.0, 1.5, 0.5))):
        case = Case(out, f"response_{name}")
        case.options(size)
        case.result("numbers", torch.tensor(numbers, dtype=torch.float64))
        x = case.input("x", torch.randn(xs) * 2)
        case.gradients(F.local_response_norm(x, size, *numbers), x=x)
    save("norms", out)


MODES = ("nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "area")


def images():
    out = {}
    shapes = {"linear": (1, 2, 5), "trilinear": (1, 2, 3, 4, 2)}
    for index, mode in enumerate(MODES):
        xs = shapes.get(mode, (1, 2, 5, 4))
        rank = len(xs) - 2
        aligns = mode.endswith("linear") or mode == "bicubic"
        larger, smaller = [2 * s + i for i, s in enumerate(xs[2:])], [max(s - 2 + i, 1) for i, s in enumerate(xs[2:])]
        factors = [1.7, 0.6, 2.3][:rank]
        cases = [("larger", larger, None, False, False), ("smaller", smaller, None, False, False),
                 ("one", [1] * rank, None, False, False), ("factors", None, factors, False, False),
                 ("recomputed", None, factors, False, True)]
        if aligns:
            cases += [("larger_aligned", larger, None, True, False), ("factors_aligned", None, factors, True, False),
                      ("one_aligned", [1] * rank, None, True, False)]
        for name, size, factor, align, recompute in cases:
            case = Case(out, f"{mode}_{name}")
            case.options(index, int(align), int(recompute), *(size or ()))
            if factor:
                case.result("factors", torch.tensor(factor, dtype=torch.float64))
            x = case.input("x", torch.randn(xs))
            y = F.interpolate(x, size, factor, mode, align if aligns else None, recompute or None)
            case.gradients(y, x=x)
    # name: x, kernel, dilation, padding, stride
    cases = {"plain": ((2, 3, 4, 5), (2, 3), (1, 1), (0, 0), (1, 1)),
             "everything": ((1, 2, 7, 6), (3, 2), (2, 1), (1, 2), (2, 3))}
    for name, (xs, kernel, dilation, padding, stride) in cases.items():
        numbers = (*kernel, *dilation, *padding, *stride)
        case = Case(out, f"unfold_{name}")
        case.options(*numbers)
        x = case.input("x", torch.randn(xs))
        y = F.unfold(x, kernel, dilation, padding, stride)
        case.gradients(y, x=x)
        case = Case(out, f"fold_{name}")
        case.options(*numbers, *xs[2:])
        x = case.input("x", torch.randn(y.shape))
        case.gradients(F.fold(x, xs[2:], kernel, dilation, padding, stride), x=x)
    for name, xs, factor in (("two", (2, 8, 3, 2), 2), ("three", (9, 2, 1), 3)):
        case = Case(out, f"shuffle_{name}")
        case.options(factor)
        x = case.input("x", torch.randn(xs))
        y = F.pixel_shuffle(x, factor)
        case.gradients(y, x=x)
        case = Case(out, f"unshuffle_{name}")
        case.options(factor)
        x = case.input("x", torch.randn(y.shape))
        case.gradients(F.pixel_unshuffle(x, factor), x=x)
    for name, xs, sizes in (("grow", (2, 3), (1, 2)), ("cut", (2, 4, 5), (-1, 2, 1, -2)), ("all", (3, 4), (-1, -1, -1, 0))):
        case = Case(out, f"pad_{name}")
        case.options(*sizes)
        x = case.input("x", torch.randn(xs))
        case.gradients(F.pad(x, sizes, value=1.5), x=x)
    save("images", out)
