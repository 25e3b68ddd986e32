"""Golden files of convolutions of any rank, padding and normalisations. make_golden.py runs this."""

import torch
import torch.nn.functional as F

from golden_case import Case, save


def convolution():
    """One and three dimensions, and transposed in all: what conv2d() leaves."""
    out = {}
    # name: x, weight, bias, stride, padding, dilation, groups
    cases = {
        "conv1d_plain": ((2, 3, 9), (4, 3, 3), True, (1,), (0,), (1,), 1),
        "conv1d_strided": ((2, 2, 10), (3, 2, 4), False, (3,), (2,), (1,), 1),
        "conv1d_same": ((1, 2, 9), (3, 2, 4), True, (1,), "same", (2,), 1),
        "conv1d_everything": ((2, 4, 15), (6, 2, 3), True, (2,), (3,), (3,), 2),
        "conv3d_plain": ((1, 2, 4, 5, 3), (3, 2, 2, 3, 2), True, (1, 1, 1), (0, 0, 0), (1, 1, 1), 1),
        "conv3d_strided": ((1, 2, 5, 6, 7), (2, 2, 3, 2, 3), False, (2, 1, 3), (1, 0, 2), (1, 1, 1), 1),
        "conv3d_same": ((1, 2, 4, 3, 4), (2, 2, 2, 3, 1), True, (1, 1, 1), "same", (2, 1, 1), 1),
        "conv3d_depthwise": ((2, 3, 3, 4, 5), (6, 1, 3, 3, 3), True, (1, 2, 1), (1, 1, 1), (1, 1, 1), 3),
        "conv3d_everything": ((1, 4, 6, 5, 7), (2, 2, 2, 3, 2), True, (2, 1, 2), (2, 1, 1), (3, 1, 2), 2),
    }
    for name, (xs, ws, has_bias, stride, padding, dilation, groups) in cases.items():
        case = Case(out, name)
        same = padding == "same"
        case.options(*stride, *((0,) * len(stride) if same else padding), *dilation, groups, int(same))
        leaves = {"x": case.input("x", torch.randn(xs)), "weight": case.input("weight", torch.randn(ws))}
        if has_bias:
            leaves["bias"] = case.input("bias", torch.randn(ws[0]))
        function = getattr(F, name.split("_")[0])
        y = function(leaves["x"], leaves["weight"], leaves.get("bias"), stride, padding, dilation, groups)
        case.gradients(y, **leaves)
    # name: x, weight, bias, stride, padding, output_padding, groups, dilation
    cases = {
        "transpose1d_plain": ((2, 3, 5), (3, 2, 3), True, (1,), (0,), (0,), 1, (1,)),
        "transpose1d_strided": ((2, 4, 5), (4, 3, 4), False, (3,), (2,), (1,), 2, (1,)),
        "transpose1d_dilated": ((1, 2, 4), (2, 3, 2), True, (1,), (1,), (3,), 1, (4,)),
        "transpose2d_plain": ((1, 3, 4, 3), (3, 2, 2, 3), True, (1, 1), (0, 0), (0, 0), 1, (1, 1)),
        "transpose2d_strided": ((2, 2, 3, 4), (2, 3, 3, 4), True, (2, 3), (1, 2), (1, 0), 1, (1, 1)),
        "transpose2d_unseen": ((1, 2, 3, 4), (2, 2, 2, 3), False, (3, 2), (0, 0), (2, 1), 1, (1, 1)),
        "transpose2d_everything": ((2, 4, 3, 2), (4, 1, 3, 2), True, (2, 1), (1, 2), (1, 2), 4, (2, 3)),
        "transpose3d_plain": ((1, 2, 2, 3, 3), (2, 3, 2, 1, 3), True, (1, 1, 1), (0, 0, 0), (0, 0, 0), 1, (1, 1, 1)),
        "transpose3d_strided": ((1, 3, 3, 2, 3), (3, 2, 3, 3, 2), False, (2, 2, 3), (1, 0, 1), (1, 0, 2), 1, (1, 1, 1)),
        "transpose3d_everything": ((2, 4, 2, 3, 2), (4, 2, 2, 2, 3), True, (3, 1, 2), (1, 0, 2), (2, 1, 1), 2, (1, 2, 2)),
    }
    for name, (xs, ws, has_bias, stride, padding, extra, groups, dilation) in cases.items():
        case = Case(out, name)
        case.options(*stride, *padding, *extra, *dilation, groups)
        leaves = {"x": case.input("x", torch.randn(xs)), "weight": case.input("weight", torch.randn(ws))}
        if has_bias:
            leaves["bias"] = case.input("bias", torch.randn(ws[1] * groups))
        function = getattr(F, "conv_" + name.split("_")[0])
        y = function(leaves["x"], leaves["weight"], leaves.get("bias"), stride, padding, extra, groups, dilation)
        case.gradients(y, **leaves)
    save("convolution", out)


def padding():
    out = {}
    cases = {"1d": ((2, 3, 4), (2, 1)), "2d": ((1, 2, 5, 4), (1, 2, 0, 3)),
             "3d": ((1, 2, 3, 4, 3), (1, 0, 2, 1, 1, 2))}
    for index, mode in enumerate(("constant", "reflect", "replicate", "circular")):
        for name, (xs, pads) in cases.items():
            case = Case(out, f"{mode}_{name}")
            case.result("sizes", torch.tensor(pads))
            case.options(index)
            x = case.input("x", torch.randn(xs))
            case.gradients(F.pad(x, pads, mode), x=x)
    save("padding", out)


def normalization():
    out = {}

    def affine(case, xs, shape, has_affine):
        # Off centre, so that a variance computed carelessly shows.
        leaves = {"x": case.input("x", torch.randn(xs) * 2 + 5)}
        if has_affine:
            leaves["weight"] = case.input("weight", torch.rand(shape) + 0.5)
            leaves["bias"] = case.input("bias", torch.randn(shape))
        return leaves

    for name, xs, shape, has_affine in (("rows", (4, 5), (5,), True), ("planes", (2, 3, 4, 2), (4, 2), True),
                                        ("all", (3, 4), (3, 4), True), ("plain", (2, 3, 6), (6,), False)):
        case = Case(out, f"layer_{name}")
        case.options(*shape)
        leaves = affine(case, xs, shape, has_affine)
        y = F.layer_norm(leaves["x"], shape, leaves.get("weight"), leaves.get("bias"), 1e-3)
        case.gradients(y, **leaves)
    for name, xs, groups, has_affine in (("images", (2, 6, 3, 2), 3, True), ("vectors", (3, 4), 2, True),
                                         ("one", (2, 3, 4), 1, True), ("plain", (2, 4, 2, 1, 3), 4, False)):
        case = Case(out, f"group_{name}")
        case.options(groups)
        leaves = affine(case, xs, (xs[1],), has_affine)
        y = F.group_norm(leaves["x"], groups, leaves.get("weight"), leaves.get("bias"), 1e-3)
        case.gradients(y, **leaves)
    # name: x, affine, running statistics, use_input_stats
    cases = {"images": ((2, 3, 4, 2), True, True, True), "sounds": ((3, 2, 5), True, True, True),
             "volumes": ((1, 2, 2, 3, 2), False, True, True), "untracked": ((2, 3, 3, 2), True, False, True),
             "eval": ((2, 3, 4, 2), True, True, False), "eval_plain": ((2, 3, 4), False, True, False)}
    for name, (xs, has_affine, running, input_stats) in cases.items():
        case = Case(out, f"instance_{name}")
        case.options(int(input_stats))
        leaves = affine(case, xs, (xs[1],), has_affine)
        mean = variance = None
        if running:
            mean = case.input("running_mean", torch.randn(xs[1]) + 4).detach()
            variance = case.input("running_var", torch.rand(xs[1]) + 3).detach()
        y = F.instance_norm(leaves["x"], mean, variance, leaves.get("weight"), leaves.get("bias"),
                            input_stats, 0.3, 1e-3)
        case.gradients(y, **leaves)
        if running:
            case.result("running_mean_after", mean)
            case.result("running_var_after", variance)
    save("normalization", out)
