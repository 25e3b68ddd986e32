"""Convolutions with PyTorch's arguments."""

import torch.nn.functional as F

from golden import normal

# name: x, weight, bias, stride, padding, dilation, groups. Odd and non-square throughout, so that no
# mix-up of two sizes goes unnoticed.
CASES = {
    "conv1d": {
        "plain": ((2, 3, 6), (4, 3, 3), True, 1, 0, 1, 1),
        "strided": ((2, 2, 8), (3, 2, 4), False, 3, 2, 1, 1),
        "same": ((1, 2, 7), (3, 2, 4), True, 1, "same", 2, 1),
        "valid": ((1, 2, 5), (2, 2, 2), True, 2, "valid", 1, 1),
        "everything": ((2, 4, 9), (6, 2, 3), True, 2, 3, 3, 2),
        "depthwise": ((1, 3, 7), (6, 1, 3), True, 2, 1, 1, 3),
        "wide": ((1, 17, 4), (16, 17, 2), True, 1, 1, 1, 1),
        "unbatched": ((2, 5), (3, 2, 2), True, 1, 0, 1, 1),
        "empty": ((0, 2, 5), (3, 2, 2), True, 1, 0, 1, 1),
    },
    "conv2d": {
        "plain": ((2, 2, 5, 4), (3, 2, 3, 2), True, 1, 0, 1, 1),
        "strided": ((1, 3, 7, 6), (2, 3, 3, 2), True, (2, 3), 0, 1, 1),
        "padded": ((1, 2, 4, 3), (2, 2, 3, 5), True, 1, (1, 2), 1, 1),
        "padded_strided": ((1, 2, 5, 4), (2, 2, 5, 3), False, 2, (2, 1), 1, 1),
        "same_odd": ((1, 2, 5, 4), (2, 2, 3, 5), True, 1, "same", 1, 1),
        "same_even": ((1, 2, 4, 5), (2, 2, 4, 2), True, 1, "same", 1, 1),
        "same_even_dilated": ((1, 2, 4, 5), (2, 2, 2, 4), True, 1, "same", (3, 2), 1),
        "valid": ((1, 2, 4, 4), (2, 2, 3, 3), True, 1, "valid", 1, 1),
        "dilated": ((1, 2, 8, 7), (2, 2, 3, 3), True, 1, (1, 0), (2, 3), 1),
        "grouped": ((1, 4, 5, 4), (6, 2, 3, 3), True, 1, 1, 1, 2),
        "depthwise": ((2, 3, 6, 5), (3, 1, 3, 3), True, (2, 1), 1, 1, 3),
        "depthwise_two_each": ((1, 2, 4, 5), (4, 1, 2, 3), True, (1, 2), 0, 1, 2),
        "pointwise": ((2, 5, 3, 4), (6, 5, 1, 1), True, 1, 0, 1, 1),
        "pointwise_strided": ((1, 2, 5, 4), (3, 2, 1, 1), True, (2, 3), 0, 1, 1),
        "everything": ((1, 4, 8, 7), (4, 2, 3, 2), True, (2, 3), (2, 1), 2, 2),
        "kernel_as_large": ((2, 2, 3, 4), (3, 2, 3, 4), True, 1, 0, 1, 1),
        "wide": ((1, 16, 3, 4), (17, 16, 2, 2), True, 1, 1, 1, 1),
        "unbatched": ((2, 4, 3), (2, 2, 2, 2), True, 1, 0, 1, 1),
        "empty": ((0, 2, 4, 3), (2, 2, 2, 2), True, 1, 0, 1, 1),
    },
    "conv3d": {
        "plain": ((1, 2, 3, 4, 3), (3, 2, 2, 3, 2), True, 1, 0, 1, 1),
        "strided": ((1, 2, 4, 4, 5), (2, 2, 3, 2, 3), False, (2, 1, 3), (1, 0, 2), 1, 1),
        "same": ((1, 2, 3, 3, 4), (2, 2, 2, 3, 1), True, 1, "same", (2, 1, 1), 1),
        "valid": ((1, 2, 3, 2, 3), (1, 2, 2, 1, 2), True, 1, "valid", 1, 1),
        "depthwise": ((2, 2, 3, 3, 4), (4, 1, 3, 3, 3), True, (1, 2, 1), 1, 1, 2),
        "everything": ((1, 4, 6, 3, 5), (2, 2, 2, 3, 2), True, (2, 1, 2), (2, 1, 1), (3, 1, 2), 2),
        "wide": ((1, 16, 2, 2, 3), (16, 16, 1, 1, 2), True, 1, 0, 1, 1),
        "unbatched": ((2, 2, 3, 3), (2, 2, 2, 2, 2), True, 1, 0, 1, 1),
        "empty": ((0, 2, 2, 3, 3), (2, 2, 2, 2, 2), True, 1, 0, 1, 1),
    },
}


def add_to(family):
    for operation, cases in CASES.items():
        for name, (x, weight, has_bias, *options) in cases.items():
            inputs = (normal(*x), normal(*weight)) + ((normal(weight[0]),) if has_bias else ())
            family.add(operation, {name: inputs}, lambda x, w, b=None, f=getattr(F, operation), o=options: f(x, w, b, *o))
