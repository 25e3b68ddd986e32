"""The golden file of whole layers and small networks. make_golden.py runs this."""

import torch
import torch.nn.functional as F
from torch import nn

from golden_case import Case, save


def randomize(module):
    """Values that float32 holds exactly and that are nobody's first ones."""
    for key, value in module.state_dict().items():
        if key.endswith("num_batches_tracked"):
            value.fill_(3)
        elif key.endswith("running_var") or value.dim() == 1 and key.endswith("weight"):
            value.copy_(torch.rand(value.shape) + 0.5)
        else:
            value.copy_(torch.randn(value.shape) * 0.5)


def record(out, name, module, shape):
    """State, text, and what a pass in training and one in evaluation give."""
    randomize(module)
    case = Case(out, name)
    for key, value in module.state_dict().items():
        case.result(f"state.{key}", value)
    case.result("repr", torch.tensor(list(repr(module).encode()), dtype=torch.uint8))
    module.double()
    # Off centre, so that a variance computed carelessly shows.
    x = case.input("x", torch.randn(shape) + 1)
    case.gradients(module(x), x=x, **dict(module.named_parameters()))
    for key, buffer in module.named_buffers():
        case.result(f"buffer.{key}", buffer)
    case.result("evaluated", module.eval()(x.detach()))
    return case, x.detach()


def train(case, module, x):
    """The losses of three steps, and what the trained network says in evaluation."""
    target = torch.arange(x.shape[0]) % 3
    case.result("target", target)
    optimizer = torch.optim.SGD(module.train().parameters(), lr=0.1, momentum=0.9)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = F.cross_entropy(module(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    case.result("losses", torch.stack(losses))
    case.result("trained", module.eval()(x))


def layers():
    out = {}
    # name: module, x
    cases = {
        "conv1d": (nn.Conv1d(4, 6, 3), (2, 4, 7)),
        "conv1d_everything": (nn.Conv1d(4, 6, 3, 2, 3, 2, 2, False, "circular"), (2, 4, 9)),
        "conv1d_same": (nn.Conv1d(2, 3, 4, padding="same", padding_mode="replicate"), (2, 7)),
        "conv2d": (nn.Conv2d(3, 4, (3, 2)), (2, 3, 5, 4)),
        "conv2d_everything": (nn.Conv2d(4, 2, (3, 2), (1, 2), (2, 1), (2, 1), 2, True, "reflect"), (2, 4, 5, 4)),
        "conv2d_same": (nn.Conv2d(2, 3, (2, 4), padding="same", dilation=(1, 2), padding_mode="circular"), (1, 2, 6, 7)),
        "conv2d_valid": (nn.Conv2d(3, 3, 3, 2, "valid", groups=3, bias=False), (2, 3, 5, 6)),
        "conv3d": (nn.Conv3d(2, 3, (2, 1, 3)), (1, 2, 3, 2, 4)),
        "conv3d_everything": (nn.Conv3d(4, 2, 2, (1, 2, 1), (1, 0, 1), (2, 1, 1), 2, True, "replicate"), (1, 4, 3, 3, 3)),
        "conv3d_same": (nn.Conv3d(2, 2, (2, 3, 1), padding="same"), (2, 3, 4, 2)),
        "conv_transpose1d": (nn.ConvTranspose1d(4, 6, 3), (2, 4, 4)),
        "conv_transpose1d_everything": (nn.ConvTranspose1d(4, 6, 3, 3, 2, 2, 2, False, 2), (2, 4, 5)),
        "conv_transpose2d": (nn.ConvTranspose2d(3, 4, (2, 3)), (2, 3, 3, 2)),
        "conv_transpose2d_everything": (nn.ConvTranspose2d(4, 2, (3, 2), (2, 1), (1, 0), (1, 1), 2, True, (1, 2)),
                                        (2, 4, 2, 3)),
        "conv_transpose3d": (nn.ConvTranspose3d(2, 3, 2), (2, 2, 3, 2)),
        "conv_transpose3d_everything": (nn.ConvTranspose3d(4, 2, 2, (1, 2, 2), (0, 1, 1), (0, 1, 0), 2, True,
                                                           (2, 1, 1)), (1, 4, 2, 2, 2)),
        "linear": (nn.Linear(5, 4), (3, 5)),
        "linear_plain": (nn.Linear(5, 4, bias=False), (2, 3, 5)),
        "batch_norm1d": (nn.BatchNorm1d(3), (4, 3, 5)),
        "batch_norm1d_vectors": (nn.BatchNorm1d(4, 1e-3, None), (5, 4)),
        "batch_norm2d": (nn.BatchNorm2d(3, momentum=0.3), (3, 3, 2, 4)),
        "batch_norm2d_untracked": (nn.BatchNorm2d(3, track_running_stats=False), (3, 3, 2, 4)),
        "batch_norm3d": (nn.BatchNorm3d(2), (2, 2, 2, 3, 2)),
        "batch_norm3d_plain": (nn.BatchNorm3d(2, affine=False), (2, 2, 2, 3, 2)),
        # The lazy layers of PyTorch are affine and have statistics unless told otherwise.
        "instance_norm1d": (nn.InstanceNorm1d(3, affine=True, track_running_stats=True), (2, 3, 6)),
        "instance_norm2d": (nn.InstanceNorm2d(3, 1e-3, 0.3, True, True), (2, 3, 4, 2)),
        "instance_norm2d_plain": (nn.InstanceNorm2d(3), (2, 3, 4, 2)),
        "instance_norm3d": (nn.InstanceNorm3d(2, affine=True, track_running_stats=True), (2, 2, 2, 3, 2)),
        "group_norm": (nn.GroupNorm(2, 6, eps=1e-3), (2, 6, 3, 2)),
        "group_norm_plain": (nn.GroupNorm(3, 6, affine=False), (2, 6, 4)),
        "layer_norm": (nn.LayerNorm(6), (3, 2, 6)),
        "layer_norm_planes": (nn.LayerNorm((3, 4), eps=1e-3), (2, 3, 4)),
        "layer_norm_plain": (nn.LayerNorm((4,), elementwise_affine=False), (3, 4)),
    }
    for name, (module, shape) in cases.items():
        record(out, name, module, shape)
    networks = {
        "network1d": (nn.Sequential(
            nn.Conv1d(2, 4, 3, padding=1, bias=False), nn.BatchNorm1d(4), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(4, 6, 4, padding="same", groups=2, bias=False), nn.InstanceNorm1d(6, affine=True), nn.ReLU(),
            nn.Flatten(), nn.Linear(24, 3)), (4, 2, 8)),
        "network3d": (nn.Sequential(
            nn.Conv3d(2, 3, 3, stride=(1, 2, 2), padding=1, bias=False), nn.BatchNorm3d(3), nn.ReLU(),
            nn.ConvTranspose3d(3, 2, 2, stride=2, output_padding=(0, 1, 0), bias=False), nn.GroupNorm(1, 2), nn.ReLU(),
            nn.MaxPool3d(2), nn.Flatten(), nn.Linear(24, 3)), (4, 2, 2, 5, 4)),
    }
    for name, (module, shape) in networks.items():
        case, x = record(out, name, module, shape)
        train(case, module, x)
    save("layers", out)


def printed():
    """The texts of layers that have nothing else to store."""
    modules = {"MaxPool1d": ((3,), dict(stride=2, padding=1)), "MaxPool3d": ((3,), dict(dilation=(1, 2, 1))),
               "AvgPool1d": ((2,), {}), "AvgPool2d": (((2, 3),), {}), "AvgPool3d": ((2,), dict(padding=(1, 0, 1))),
               "AdaptiveAvgPool1d": ((5,), {}), "AdaptiveAvgPool3d": (((5, 2, 3),), {}),
               "AdaptiveMaxPool1d": ((5,), {}), "AdaptiveMaxPool2d": (((5, 2),), {}), "AdaptiveMaxPool3d": ((4,), {})}
    out = {}
    for name, (arguments, options) in modules.items():
        text = repr(getattr(torch.nn, name)(*arguments, **options))
        out[f"{name}.repr"] = torch.tensor(list(text.encode()), dtype=torch.uint8)
    save("printed", out)
