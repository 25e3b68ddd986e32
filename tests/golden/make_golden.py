#!/usr/bin/env python3
"""Writes the golden files next to this script, with PyTorch (Debian: apt install python3-torch).

    /usr/bin/python3 tests/golden/make_golden.py [NAME]...

With names, only those files: convolutions in float64 differ in their last bits between processors.
Inputs are stored as float32, so that lucid can take exactly the same values in float32 and in
float64; results are computed and stored in float64.
"""

import sys

import torch
import torch.nn.functional as F

from golden_case import Case, save
from golden_layers import convolution, normalization, padding
from golden_modules import layers
from golden_network import images, norms, pools


def conv2d():
    out = {}
    # name: x, weight, bias, stride, padding, dilation, groups
    cases = {
        "plain": ((2, 2, 5, 4), (3, 2, 3, 2), True, (1, 1), (0, 0), (1, 1), 1),
        "strided": ((1, 3, 7, 6), (2, 3, 3, 2), True, (2, 3), (0, 0), (1, 1), 1),
        "padded": ((1, 2, 5, 4), (3, 2, 3, 5), True, (1, 1), (1, 2), (1, 1), 1),
        "padded_strided": ((1, 2, 7, 5), (3, 2, 5, 3), False, (2, 2), (2, 1), (1, 1), 1),
        "same_odd": ((1, 2, 5, 4), (2, 2, 3, 5), True, (1, 1), "same", (1, 1), 1),
        "same_even": ((1, 2, 5, 6), (2, 2, 4, 2), True, (1, 1), "same", (1, 1), 1),
        "same_even_dilated": ((1, 2, 6, 7), (2, 2, 2, 4), True, (1, 1), "same", (3, 2), 1),
        "valid": ((1, 2, 4, 4), (2, 2, 3, 3), True, (1, 1), "valid", (1, 1), 1),
        "dilated": ((1, 2, 8, 7), (2, 2, 3, 3), True, (1, 1), (1, 0), (2, 3), 1),
        "grouped": ((1, 4, 5, 4), (6, 2, 3, 3), True, (1, 1), (1, 1), (1, 1), 2),
        "depthwise": ((2, 3, 6, 5), (3, 1, 3, 3), True, (2, 1), (1, 1), (1, 1), 3),
        "pointwise": ((2, 5, 3, 4), (6, 5, 1, 1), True, (1, 1), (0, 0), (1, 1), 1),
        "everything": ((2, 4, 9, 8), (4, 2, 3, 2), True, (2, 3), (2, 1), (2, 2), 2),
        "wide": ((1, 16, 5, 6), (18, 16, 3, 3), True, (1, 1), (1, 1), (1, 1), 1),
    }
    for name, (xs, ws, has_bias, stride, padding, dilation, groups) in cases.items():
        case = Case(out, name)
        mode = {"same": 1, "valid": 2}.get(padding, 0)
        case.options(*stride, *(padding if mode == 0 else (0, 0)), *dilation, groups, mode)
        leaves = {"x": case.input("x", torch.randn(xs)), "weight": case.input("weight", torch.randn(ws))}
        if has_bias:
            leaves["bias"] = case.input("bias", torch.randn(ws[0]))
        y = F.conv2d(leaves["x"], leaves["weight"], leaves.get("bias"), stride, padding, dilation, groups)
        case.gradients(y, **leaves)
    save("conv2d", out)


def pooling():
    out = {}
    # name: x, kernel, stride, padding, dilation, ceil_mode
    maxima = {
        "max_tiles": ((2, 2, 4, 6), (2, 3), (2, 3), (0, 0), (1, 1), False),
        "max_overlap": ((1, 2, 6, 5), (3, 2), (1, 2), (0, 0), (1, 1), False),
        "max_padded": ((1, 2, 5, 6), (3, 3), (2, 2), (1, 1), (1, 1), False),
        "max_ceil": ((1, 2, 6, 7), (3, 2), (2, 2), (0, 0), (1, 1), True),
        "max_padded_ceil": ((1, 2, 6, 7), (2, 3), (2, 3), (1, 1), (1, 1), True),
        "max_dilated": ((1, 2, 7, 8), (2, 3), (1, 2), (1, 0), (3, 2), False),
    }
    for name, (xs, kernel, stride, padding, dilation, ceil_mode) in maxima.items():
        case = Case(out, name)
        case.options(*kernel, *stride, *padding, *dilation, int(ceil_mode))
        x = case.input("x", torch.randn(xs))
        y, indices = F.max_pool2d(x, kernel, stride, padding, dilation, ceil_mode, True)
        case.result("indices", indices)
        case.gradients(y, x=x)
    # Equal values, infinities and NaN: which of them wins.
    case = Case(out, "max_special")
    case.options(2, 2, 2, 2, 0, 0, 1, 1, 0)
    inf, nan = float("inf"), float("nan")
    x = case.input("x", torch.tensor([[[[1, 1, -inf, -inf, nan, 3, 1, nan], [1, 1, -inf, -inf, 2, 1, 4, 5]]]]))
    y, indices = F.max_pool2d(x, 2, 2, return_indices=True)
    case.result("indices", indices)
    case.gradients(y, x=x)
    # name: x, kernel, stride, padding, ceil_mode, count_include_pad
    means = {
        "avg_tiles": ((2, 2, 4, 6), (2, 3), (2, 3), (0, 0), False, True),
        "avg_overlap": ((1, 2, 6, 5), (3, 2), (1, 2), (0, 0), False, True),
        "avg_padded": ((1, 2, 5, 6), (3, 3), (2, 2), (1, 1), False, True),
        "avg_padded_uncounted": ((1, 2, 5, 6), (3, 3), (2, 2), (1, 1), False, False),
        "avg_ceil": ((1, 2, 6, 7), (3, 2), (2, 2), (0, 0), True, True),
        "avg_padded_ceil": ((1, 2, 6, 7), (2, 3), (2, 3), (1, 1), True, True),
        "avg_padded_ceil_uncounted": ((1, 2, 6, 8), (3, 3), (2, 2), (1, 1), True, False),
    }
    for name, (xs, kernel, stride, padding, ceil_mode, counted) in means.items():
        case = Case(out, name)
        case.options(*kernel, *stride, *padding, int(ceil_mode), int(counted))
        x = case.input("x", torch.randn(xs))
        case.gradients(F.avg_pool2d(x, kernel, stride, padding, ceil_mode, counted), x=x)
    for name, (xs, size) in {"adaptive_one": ((2, 2, 5, 7), (1, 1)),
                             "adaptive_divides": ((1, 2, 6, 4), (3, 2)),
                             "adaptive_overlap": ((1, 2, 5, 7), (3, 4)),
                             "adaptive_larger": ((1, 2, 2, 3), (3, 5))}.items():
        case = Case(out, name)
        case.options(*size)
        x = case.input("x", torch.randn(xs))
        case.gradients(F.adaptive_avg_pool2d(x, size), x=x)
    save("pooling", out)


def batch_norm():
    out = {}
    # name: x, affine, running statistics, training
    cases = {"train": ((3, 4, 3, 2), True, True, True), "train_plain": ((3, 2, 3, 3), False, True, True),
             "train_vectors": ((5, 3), True, True, True), "train_without_statistics": ((2, 3, 4), True, False, True),
             "eval": ((3, 4, 3, 2), True, True, False), "eval_plain": ((3, 2, 3, 3), False, True, False),
             "eval_without_statistics": ((3, 2, 3, 3), True, False, False)}
    for name, (xs, affine, running, training) in cases.items():
        case = Case(out, name)
        case.options(int(training))
        # Off centre, so that a variance computed carelessly shows.
        leaves = {"x": case.input("x", torch.randn(xs) * 2 + 5)}
        if affine:
            leaves["weight"] = case.input("weight", torch.rand(xs[1]) + 0.5)
            leaves["bias"] = case.input("bias", torch.randn(xs[1]))
        mean = variance = None
        if running:
            mean = case.input("running_mean", torch.randn(xs[1]) + 4).detach()
            variance = case.input("running_var", torch.rand(xs[1]) + 3).detach()
        training = training or not running
        y = F.batch_norm(leaves["x"], mean, variance, leaves.get("weight"), leaves.get("bias"),
                         training, 0.3, 1e-3)
        case.gradients(y, **leaves)
        if running:
            case.result("running_mean_after", mean)
            case.result("running_var_after", variance)
    save("batch_norm", out)


def optimizers():
    out = {}
    cases = {
        "sgd": (torch.optim.SGD, dict(lr=0.1)),
        "sgd_decay": (torch.optim.SGD, dict(lr=0.1, weight_decay=0.05)),
        "sgd_momentum": (torch.optim.SGD, dict(lr=0.1, momentum=0.9)),
        "sgd_dampening": (torch.optim.SGD, dict(lr=0.1, momentum=0.8, dampening=0.3, weight_decay=0.01)),
        "sgd_nesterov": (torch.optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01)),
        "sgd_maximize": (torch.optim.SGD, dict(lr=0.1, momentum=0.9, weight_decay=0.05, maximize=True)),
        "adam": (torch.optim.Adam, dict(lr=0.05)),
        "adam_decay": (torch.optim.Adam, dict(lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)),
        "adam_amsgrad": (torch.optim.Adam, dict(lr=0.05, betas=(0.5, 0.6), amsgrad=True)),
        "adam_maximize": (torch.optim.Adam, dict(lr=0.05, weight_decay=0.1, maximize=True)),
        "adamw": (torch.optim.AdamW, dict(lr=0.05)),
        "adamw_decay": (torch.optim.AdamW, dict(lr=0.05, betas=(0.8, 0.95), weight_decay=0.2)),
        "adamw_amsgrad": (torch.optim.AdamW, dict(lr=0.05, betas=(0.5, 0.6), amsgrad=True)),
    }
    steps = 6
    for name, (kind, options) in cases.items():
        case = Case(out, name)
        start = case.input("start", torch.randn(9))
        # Growing and shrinking, so that amsgrad's greatest moment differs from the latest.
        scale = torch.tensor([1.0, 3.0, 0.3, 0.1, 2.0, 0.5]).unsqueeze(1)
        gradients = case.input("gradients", torch.randn(steps, 9) * scale).detach()
        parameter = start.detach().clone().requires_grad_()
        optimizer = kind([parameter], **options)
        trajectory = []
        for step in range(steps):
            parameter.grad = gradients[step].clone()
            optimizer.step()
            trajectory.append(parameter.detach().clone())
        case.result("trajectory", torch.stack(trajectory))
    save("optimizers", out)


def network():
    nn = torch.nn
    model = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
                          nn.Conv2d(4, 6, 3, padding="same", groups=2, bias=False), nn.BatchNorm2d(6),
                          nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 5))
    out = {}
    # Weights that float32 holds exactly, as all inputs.
    for key, value in model.state_dict().items():
        out[f"state.{key}"] = value.clone()
    model = model.double()
    case = Case(out, "first")
    x = case.input("x", torch.randn(4, 2, 8, 7))
    target = torch.tensor([3, 0, 4, 1])
    case.result("target", target)
    output = model(x)
    loss = F.cross_entropy(output, target)
    case.result("output", output)
    case.result("loss", loss)
    loss.backward()
    case.result("grad_x", x.grad)
    for key, parameter in model.named_parameters():
        case.result(f"grad.{key}", parameter.grad)
    for key, buffer in model.named_buffers():
        case.result(f"buffer.{key}", buffer)
    # Three steps of training, and what the trained model says in evaluation.
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x.detach()), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    case.result("losses", torch.stack(losses))
    case.result("evaluated", model.eval()(x.detach()))
    save("network", out)


def schedulers():
    out = {}
    kinds = torch.optim.lr_scheduler
    cases = {
        "lambda": (kinds.LambdaLR, dict(lr_lambda=lambda epoch: 0.95 ** epoch / (1 + epoch))),
        "step": (kinds.StepLR, dict(step_size=4)),
        "step_gamma": (kinds.StepLR, dict(step_size=7, gamma=0.6)),
        "multi_step": (kinds.MultiStepLR, dict(milestones=[3, 9, 9, 20])),
        "multi_step_gamma": (kinds.MultiStepLR, dict(milestones=[15, 5], gamma=0.5)),
        "exponential": (kinds.ExponentialLR, dict(gamma=0.9)),
        "linear": (kinds.LinearLR, dict()),
        "linear_down": (kinds.LinearLR, dict(start_factor=1.0, end_factor=0.25, total_iters=12)),
        "cosine": (kinds.CosineAnnealingLR, dict(T_max=29)),
        "cosine_up_again": (kinds.CosineAnnealingLR, dict(T_max=10, eta_min=0.01)),
    }
    for name, (kind, options) in cases.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
        scheduler = kind(optimizer, **options)
        rates = []
        for _ in range(30):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        out[name] = torch.tensor(rates, dtype=torch.float64)
    save("schedulers", out)


def main():
    for make in (conv2d, pooling, batch_norm, optimizers, network, convolution, padding,
                 normalization, schedulers, layers, pools, norms, images):
        if sys.argv[1:] and make.__name__ not in sys.argv[1:]:
            continue
        torch.manual_seed(20240229)
        make()


if __name__ == "__main__":
    main()
