"""F.interpolate, and the weighted sums it is made of."""

import torch
import torch.nn.functional as F

from golden import integers, normal

# x by mode
SHAPES = {"nearest": (1, 2, 5, 4), "nearest-exact": (1, 2, 5, 4), "linear": (1, 2, 5), "bilinear": (1, 2, 5, 4),
          "trilinear": (1, 1, 3, 4, 2), "bicubic": (1, 2, 5, 4), "area": (1, 2, 5, 4)}
FACTORS = [1.7, 0.6, 2.3]


def interpolations(family):
    for mode, shape in SHAPES.items():
        def add(name, size=None, factors=None, align=None, recompute=None, x=shape):
            family.add("interpolate", {f"{mode.replace('-', '_')}_{name}": normal(*x)},
                       lambda x: F.interpolate(x, size, factors, mode, align, recompute))

        sizes, factors = shape[2:], FACTORS[:len(shape) - 2]
        larger, smaller = [2 * s + i for i, s in enumerate(sizes)], [max(s - 2 + i, 1) for i, s in enumerate(sizes)]
        add("larger", larger)
        add("smaller", smaller)
        add("one", 1)
        add("factors", factors=factors)
        add("recomputed", factors=factors, recompute=True)
        add("empty", 3, x=(0, 2) + sizes)
        if mode.endswith("linear") or mode == "bicubic":
            add("larger_aligned", larger, align=True)
            add("factors_aligned", factors=factors, align=True)
            add("one_aligned", 1, align=True)
    for mode in ("nearest", "nearest-exact", "area"):
        for rank, shape in (("line", (1, 2, 5)), ("volume", (1, 1, 2, 3, 2))):
            family.add("interpolate", {f"{mode.replace('-', '_')}_{rank}": normal(*shape)},
                       lambda x: F.interpolate(x, scale_factor=1.6, mode=mode))
    for mode in ("nearest", "nearest-exact"):
        family.add("interpolate", {f"{mode.replace('-', '_')}_bytes": integers(1, 2, 2, 3, low=0, high=256).to(torch.uint8)},
                   lambda x: F.interpolate(x, scale_factor=(1.5, 2), mode=mode))


def add_to(family):
    interpolations(family)
    # One input is read twice by an output, one by none.
    matrix = torch.tensor([[0, 0.5 + 1.5, 0, 0], [-2, 0, 0, 1], [0, 3, 0, 0]], dtype=torch.float64)
    for name, dim, before, after in (("first", 0, (), (3, 2)), ("middle", 1, (2,), (2,)), ("last", -1, (2, 3), ()),
                                     ("empty", 1, (2,), (0,))):
        family.add("resample", {name: normal(*before, 4, *after)},
                   lambda x, d=dim: torch.tensordot(matrix, x, ([1], [d])).movedim(0, d))
        family.add("resample_adjoint", {name: normal(*before, 3, *after)},
                   lambda x, d=dim: torch.tensordot(matrix, x, ([0], [d])).movedim(0, d))
