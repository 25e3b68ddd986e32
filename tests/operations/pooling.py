"""Pooling over windows of one size."""

import torch
import torch.nn.functional as F

from golden import INF, NAN, distinct, normal

# name: x, kernel, stride (the kernel size if None), padding, dilation, ceil_mode
MAXIMA = {
    "max_pool1d": {
        "tiles": ((2, 2, 6), 2, None, 0, 1, False),
        "everything": ((2, 3, 9), 3, 2, 1, 2, True),
        "padded_ceil": ((2, 1, 6), 3, 2, 1, 1, True),
        "unbatched": ((2, 5), 2, 1, 0, 1, False),
        "empty": ((0, 2, 5), 2, None, 0, 1, False),
    },
    "max_pool2d": {
        "tiles": ((2, 2, 4, 6), (2, 3), None, 0, 1, False),
        "overlap": ((1, 2, 6, 5), (3, 2), (1, 2), 0, 1, False),
        "gaps": ((1, 2, 5, 7), (2, 1), (3, 2), 0, 1, False),
        "padded": ((1, 2, 5, 6), 3, 2, 1, 1, False),
        "ceil": ((1, 2, 6, 7), (3, 2), 2, 0, 1, True),
        "padded_ceil": ((1, 2, 6, 7), (2, 3), None, 1, 1, True),
        "dilated": ((1, 2, 7, 8), (2, 3), (1, 2), (1, 0), (3, 2), False),
        "wide": ((1, 17, 3, 4), 2, 1, 1, 1, False),
        "unbatched": ((2, 3, 5), 2, 1, 0, 1, False),
        "empty": ((0, 2, 3, 4), 2, None, 0, 1, False),
    },
    "max_pool3d": {
        "tiles": ((1, 2, 4, 2, 6), (2, 1, 3), None, 0, 1, False),
        "strided": ((1, 2, 4, 3, 6), (2, 2, 3), (2, 1, 2), 0, 1, False),
        "padded_ceil": ((2, 1, 5, 4, 6), (3, 2, 3), (2, 2, 3), (1, 1, 0), 1, True),
        "dilated": ((1, 1, 6, 5, 4), (2, 3, 2), (1, 2, 1), 1, (3, 2, 1), False),
        "unbatched": ((2, 2, 3, 3), 2, 1, 0, 1, False),
        "empty": ((0, 2, 2, 3, 2), 2, None, 0, 1, False),
    },
}
# name: x, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override
MEANS = {
    "avg_pool1d": {
        "tiles": ((2, 2, 6), 2, None, 0, False, True),
        "padded_ceil": ((2, 3, 9), 3, 2, 1, True, True),
        "uncounted": ((2, 3, 9), 4, 3, 2, True, False),
        "unbatched": ((2, 5), 2, 1, 0, False, True),
        "empty": ((0, 2, 5), 2, None, 0, False, True),
    },
    "avg_pool2d": {
        "tiles": ((2, 2, 4, 6), (2, 3), None, 0, False, True),
        "overlap": ((1, 2, 6, 5), (3, 2), (1, 2), 0, False, True),
        "gaps": ((1, 2, 5, 7), (2, 1), (3, 2), 0, False, True),
        "padded": ((1, 2, 5, 6), 3, 2, 1, False, True),
        "padded_uncounted": ((1, 2, 5, 6), 3, 2, 1, False, False),
        "ceil": ((1, 2, 6, 7), (3, 2), 2, 0, True, True),
        "padded_ceil": ((1, 2, 6, 7), (2, 3), None, 1, True, True),
        "padded_ceil_uncounted": ((1, 2, 6, 8), 3, 2, 1, True, False),
        "divisor": ((1, 2, 6, 7), (2, 3), None, 1, True, True, 5),
        "negative_divisor": ((1, 2, 4, 5), (2, 3), 2, 1, False, True, -5),
        "wide": ((1, 17, 3, 4), 2, 1, 1, False, True),
        "unbatched": ((2, 3, 5), 2, 1, 0, False, True),
        "empty": ((0, 2, 3, 4), 2, None, 0, False, True),
    },
    "avg_pool3d": {
        "tiles": ((1, 2, 4, 2, 6), (2, 1, 3), None, 0, False, True),
        "padded_ceil": ((1, 2, 4, 5, 6), (2, 2, 3), (2, 1, 2), (1, 0, 1), True, True),
        "uncounted": ((2, 1, 5, 4, 6), (3, 2, 3), (2, 2, 3), 1, True, False),
        "divisor": ((1, 2, 5, 4, 6), (3, 2, 2), (2, 2, 3), (1, 0, 1), False, False, -3),
        "unbatched": ((2, 2, 3, 3), 2, 1, 0, False, True),
        "empty": ((0, 2, 2, 3, 2), 2, None, 0, False, True),
    },
}
# Equal values, infinities and NaN: which of them wins.
SPECIAL = torch.tensor([[[[1, 1, -INF, -INF, NAN, 3, 1, NAN], [1, 1, -INF, -INF, 2, 1, 4, 5]]]])


def add_to(family):
    for operation, cases in MAXIMA.items():
        function = getattr(F, operation)
        for name, (shape, *options) in cases.items():
            family.add(operation, {name: distinct(*shape)},
                       lambda x, f=function, o=options: f(x, *o, return_indices=True))
    family.add("max_pool2d", {"special": SPECIAL}, lambda x: F.max_pool2d(x, 2, return_indices=True))
    for operation, cases in MEANS.items():
        for name, (shape, *options) in cases.items():
            family.add(operation, {name: normal(*shape)}, lambda x, f=getattr(F, operation), o=options: f(x, *o))
