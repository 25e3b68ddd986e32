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
from golden_modules import layers, printed


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
    for make in (optimizers, network, schedulers, layers, printed):
        if sys.argv[1:] and make.__name__ not in sys.argv[1:]:
            continue
        torch.manual_seed(20240229)
        make()


if __name__ == "__main__":
    main()
