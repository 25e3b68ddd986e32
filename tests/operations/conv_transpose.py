"""Transposed convolutions with PyTorch's arguments."""

import torch.nn.functional as F

from golden import normal

# name: x, weight, bias, stride, padding, output_padding, groups, dilation
CASES = {
    "conv_transpose1d": {
        "plain": ((2, 3, 4), (3, 2, 3), True, 1, 0, 0, 1, 1),
        "strided": ((2, 4, 4), (4, 3, 4), False, 3, 2, 1, 2, 1),
        "dilated": ((1, 2, 4), (2, 3, 2), True, 1, 1, 3, 1, 4),
        "wide": ((1, 16, 3), (16, 17, 2), True, 1, 0, 0, 1, 1),
        "unbatched": ((2, 3), (2, 3, 2), True, 2, 0, 0, 1, 1),
        "empty": ((0, 2, 3), (2, 3, 2), True, 1, 0, 0, 1, 1),
    },
    "conv_transpose2d": {
        "plain": ((1, 3, 4, 3), (3, 2, 2, 3), True, 1, 0, 0, 1, 1),
        "strided": ((2, 2, 3, 4), (2, 3, 3, 4), True, (2, 3), (1, 2), (1, 0), 1, 1),
        "unseen": ((1, 2, 3, 4), (2, 2, 2, 3), False, (3, 2), 0, (2, 1), 1, 1),
        "everything": ((2, 4, 3, 2), (4, 1, 3, 2), True, (2, 1), (1, 2), (1, 2), 4, (2, 3)),
        "wide": ((1, 17, 2, 3), (17, 16, 2, 2), True, 2, 1, 0, 1, 1),
        "unbatched": ((2, 3, 2), (2, 2, 2, 3), True, 1, 1, 0, 1, 1),
        "empty": ((0, 2, 3, 2), (2, 2, 2, 3), True, 1, 0, 0, 1, 1),
    },
    "conv_transpose3d": {
        "plain": ((1, 2, 2, 3, 3), (2, 3, 2, 1, 3), True, 1, 0, 0, 1, 1),
        "strided": ((1, 3, 2, 2, 3), (3, 2, 3, 3, 2), False, (2, 2, 3), (1, 0, 1), (1, 0, 2), 1, 1),
        "everything": ((1, 4, 2, 2, 2), (4, 1, 2, 2, 3), True, (3, 1, 2), (1, 0, 2), (2, 1, 1), 2, (1, 2, 2)),
        "unbatched": ((2, 2, 1, 2), (2, 2, 2, 1, 2), True, 1, 0, 0, 1, 1),
        "empty": ((0, 2, 2, 1, 2), (2, 2, 2, 1, 2), True, 1, 0, 0, 1, 1),
    },
}


def add_to(family):
    for operation, cases in CASES.items():
        for name, (x, weight, has_bias, *options) in cases.items():
            groups = options[3]
            inputs = (normal(*x), normal(*weight)) + ((normal(weight[1] * groups),) if has_bias else ())
            family.add(operation, {name: inputs}, lambda x, w, b=None, f=getattr(F, operation), o=options: f(x, w, b, *o))
