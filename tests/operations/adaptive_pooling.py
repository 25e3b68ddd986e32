"""Pooling over windows that divide the input."""

import torch.nn.functional as F

from golden import distinct, normal
from pooling import SPECIAL

# name: x, output_size
ADAPTIVE = {
    "1d": {"fewer": ((2, 3, 7), 3), "larger": ((1, 2, 3), 5), "same": ((1, 2, 3), 3), "unbatched": ((2, 5), 2),
           "empty": ((0, 2, 5), 2)},
    "2d": {"one": ((2, 2, 5, 7), 1), "divides": ((1, 2, 6, 4), (3, 2)), "overlap": ((1, 2, 5, 7), (3, 4)),
           "larger": ((2, 2, 2, 3), (3, 5)), "wide": ((1, 17, 3, 2), (2, 1)), "unbatched": ((2, 3, 4), 2),
           "empty": ((0, 2, 3, 4), 2)},
    "3d": {"overlap": ((1, 2, 5, 4, 7), (3, 2, 4)), "larger": ((2, 1, 2, 3, 2), (3, 2, 5)),
           "unbatched": ((2, 2, 3, 3), 2), "empty": ((0, 2, 2, 3, 3), 2)},
}

def add_to(family):
    for rank, cases in ADAPTIVE.items():
        for name, (shape, size) in cases.items():
            family.add(f"adaptive_avg_pool{rank}", {name: normal(*shape)},
                       lambda x, f=getattr(F, f"adaptive_avg_pool{rank}"), s=size: f(x, s))
            function = getattr(F, f"adaptive_max_pool{rank}")
            family.add(f"adaptive_max_pool{rank}", {name: distinct(*shape)},
                       lambda x, f=function, s=size: f(x, s, return_indices=True))
    family.add("adaptive_max_pool2d", {"special": SPECIAL}, lambda x: F.adaptive_max_pool2d(x, (1, 4), return_indices=True))
