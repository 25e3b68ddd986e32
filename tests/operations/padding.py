"""F.pad."""

import torch
import torch.nn.functional as F

from golden import bools, integers, normal

MODES = ("constant", "reflect", "replicate", "circular")


def add_to(family):
    # Before and after, from the last dimension on.
    cases = {"line": ((2, 3, 4), (2, 1)), "plane": ((1, 2, 5, 4), (1, 2, 0, 3)),
             "volume": ((1, 1, 3, 4, 3), (1, 0, 2, 1, 1, 2)), "line_cut": ((1, 2, 5), (1, -2)),
             "plane_cut": ((1, 2, 4, 5), (-1, 2, 1, -2)), "line_empty": ((0, 2, 4), (2, 1))}
    for mode in MODES:
        for name, (shape, sizes) in cases.items():
            family.add("pad", {f"{mode}_{name}": normal(*shape)}, lambda x, m=mode, s=sizes: F.pad(x, s, m))
    for mode in MODES[1:3]:
        family.add("pad", {f"{mode}_unbatched": normal(2, 3, 4)}, lambda x, m=mode: F.pad(x, (1, 2, 0, 2), m))
    # Less than what mirrors itself remains.
    family.add("pad", {"reflect_mostly_cut": normal(1, 1, 5)}, lambda x: F.pad(x, (2, -4), "reflect"))
    family.add("pad", {"value_stack": normal(2, 2, 3), "value_cut_away": normal(1, 2, 3), "value_empty": normal(2, 3, 0),
                       "value_integers": integers(2, 2, 3)}, lambda x: F.pad(x, (1, -1, -1, 2), value=3)
               if x.shape[-1] else F.pad(x, (1, 2, 0, 1), value=3))
    family.add("pad", {"infinite_special": normal(2, 3)}, lambda x: F.pad(x, (1, 0), value=-float("inf")))
    family.add("pad", {"none_at_all": normal(2, 3)}, lambda x: F.pad(x, (0, 0)))
    for name, values in (("integers", integers(1, 2, 4)), ("bytes", integers(1, 2, 4).to(torch.uint8)),
                         ("bools", bools(1, 2, 4))):
        family.add("pad", {f"constant_line_{name}": values}, lambda x: F.pad(x, (2, 1)))
        family.add("pad", {f"circular_line_{name}": values}, lambda x: F.pad(x, (2, 1), "circular"))
