"""Convolution of any geometry and its two gradients."""

import torch
import torch.nn.functional as F

from golden import normal

# name: x, weight, stride, padding before and after by dimension, dilation, groups: what conv.py
# cannot say, and one of each kind.
CASES = {
    "1d": ((2, 3, 5), (2, 3, 3), 1, [(0, 0)], 1, 1),
    "1d_asymmetric": ((2, 2, 6), (3, 2, 3), 3, [(2, 1)], 1, 1),
    "1d_unseen": ((1, 2, 9), (3, 2, 2), 1, [(1, -3)], 3, 1),
    "1d_depthwise": ((1, 3, 5), (6, 1, 3), 2, [(1, 1)], 1, 3),
    "2d": ((2, 2, 4, 3), (3, 2, 3, 2), 1, [(0, 0), (0, 0)], 1, 1),
    "2d_pointwise": ((2, 3, 2, 3), (2, 3, 1, 1), 1, [(0, 0), (0, 0)], 1, 1),
    "2d_asymmetric": ((1, 2, 4, 3), (2, 2, 2, 4), 1, [(0, 1), (1, 2)], 1, 1),
    "2d_unseen": ((1, 2, 6, 5), (3, 2, 2, 3), 1, [(1, -3), (0, -2)], 1, 1),
    "2d_grouped": ((1, 4, 3, 3), (4, 2, 2, 3), 1, [(0, 0), (1, 1)], 1, 2),
    "2d_depthwise": ((1, 2, 4, 3), (4, 1, 2, 3), (1, 2), [(1, 0), (1, 1)], 1, 2),
    "2d_everything": ((1, 2, 7, 6), (2, 1, 3, 2), (2, 1), [(2, 1), (0, 1)], (2, 3), 2),
    "2d_empty": ((0, 2, 3, 2), (3, 2, 2, 2), 1, [(0, 0), (0, 0)], 1, 1),
    "3d": ((1, 2, 3, 2, 2), (2, 2, 2, 1, 2), 1, [(0, 0), (0, 0), (0, 0)], 1, 1),
    "3d_asymmetric": ((1, 2, 3, 2, 1), (2, 2, 3, 2, 2), 1, [(2, 1), (1, 0), (0, 2)], 1, 1),
    "3d_unseen": ((1, 2, 5, 3, 4), (1, 2, 2, 2, 1), (3, 1, 2), [(1, -3), (0, -1), (0, -2)], 1, 1),
    "3d_grouped": ((1, 4, 2, 2, 2), (2, 2, 2, 1, 2), 1, [(1, 1), (0, 0), (0, 0)], (1, 2, 1), 2),
    "3d_depths_without_input": ((1, 2, 2, 1, 2), (2, 2, 3, 1, 2), 1, [(4, 4), (0, 0), (0, 0)], (3, 1, 1), 1),
}


def padded_conv(x, weight, bias, stride, padding, dilation, groups):
    before_and_after = [size for pair in reversed(padding) for size in pair]
    convolve = (F.conv1d, F.conv2d, F.conv3d)[x.dim() - 3]
    return convolve(F.pad(x, before_and_after), weight, bias, stride, 0, dilation, groups)


def input_gradient(grad, weight, like, options):
    x = torch.zeros(like.shape, dtype=grad.dtype, requires_grad=True)
    return torch.autograd.grad(padded_conv(x, weight, None, *options), x, grad, create_graph=True)[0]


def weight_gradient(grad, x, like, options):
    weight = torch.zeros(like.shape, dtype=grad.dtype, requires_grad=True)
    return torch.autograd.grad(padded_conv(x, weight, None, *options), weight, grad, create_graph=True)[0]


def add_to(family):
    for name, (x_shape, weight_shape, *options) in CASES.items():
        x, weight, bias = normal(*x_shape), normal(*weight_shape), normal(weight_shape[0])
        family.add("conv", {name: (x, weight, bias)}, lambda x, w, b, o=options: padded_conv(x, w, b, *o))
        grad = torch.randn_like(padded_conv(x, weight, bias, *options))
        # The third says what shape the gradient has.
        family.add("conv_input_gradient", {name: (grad, weight, torch.zeros(x_shape, dtype=torch.bool))},
                   lambda g, w, like, o=options: input_gradient(g, w, like, o))
        family.add("conv_weight_gradient", {name: (grad, x, torch.zeros(weight_shape, dtype=torch.bool))},
                   lambda g, x, like, o=options: weight_gradient(g, x, like, o))
    x_shape, weight_shape, *options = CASES["2d"]
    family.add("conv", {"no_bias": (normal(*x_shape), normal(*weight_shape))},
               lambda x, w: padded_conv(x, w, None, *options))
