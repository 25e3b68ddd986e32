"""The values of a tensor in other places."""

import torch

from golden import Fixed, INF, NAN, bools, integers, normal


def add_to(family):
    moves(family)
    grids(family)
    repeats(family)
    turns(family)
    for name, diagonals in {"tril": (0, -1, 1), "triu": (0, 1, -1)}.items():
        function = getattr(torch, name)
        family.add(name, {"main": normal(3, 4), "main_tall": normal(4, 2), "main_stack": normal(2, 2, 3),
                          "main_empty": normal(0, 3), "main_no_columns": normal(2, 0), "main_no_stack": normal(0, 2, 2),
                          "main_integers": integers(3, 3), "main_bools": torch.ones(2, 3).bool(),
                          "main_special": Fixed(torch.tensor([[NAN, INF], [INF, NAN]]))}, function)
        for key, diagonal in {"inside": diagonals[1], "outside": diagonals[2], "far": 9, "far_below": -9}.items():
            family.add(name, {key: normal(2, 3), f"{key}_stack": normal(2, 4, 3)} if "far" not in key else
                       {key: normal(2, 3)}, lambda x: function(x, diagonal))


def moves(family):
    family.add("movedim", {"one": normal(2, 3, 4), "one_empty": normal(0, 2), "one_integers": integers(2, 3),
                           "one_number": normal()}, lambda x: x.movedim(0, -1))
    family.add("movedim", {"two": normal(2, 3, 1, 2)}, lambda x: x.movedim((1, -1), (0, 1)))
    family.add("movedim", {"swapped": normal(2, 3, 4)}, lambda x: x.movedim((2, 0), (0, 1)))
    family.add("movedim", {"none": normal(2, 3)}, lambda x: x.movedim((), ()))
    family.add("broadcast_to", {"plain": normal(3, 1), "number": normal(), "integers": integers(3, 1)},
               lambda x: torch.broadcast_to(x, (2, 3, 4)))
    family.add("broadcast_to", {"kept": normal(3, 1), "none": normal(1, 1)}, lambda x: torch.broadcast_to(x, (-1, 0)))
    family.add("broadcast_to", {"empty": normal(0, 1)}, lambda x: torch.broadcast_to(x, (2, 0, 3)))
    family.add("ravel", {"matrix": normal(3, 4), "number": normal(), "empty": normal(2, 0), "bools": bools(2, 2)},
               torch.ravel)
    family.add("ravel", {"transposed": normal(2, 3, 2)}, lambda x: x.mT.ravel())
    family.add("unflatten", {"plain": normal(2, 6), "empty": normal(0, 6), "integers": integers(1, 6)},
               lambda x: x.unflatten(-1, (3, -1)))
    family.add("unflatten", {"first": normal(4, 2)}, lambda x: x.unflatten(0, (2, 1, 2)))
    family.add("unflatten", {"nothing": normal(2, 0)}, lambda x: x.reshape(2, 3, 0))


def grids(family):
    for indexing in ("ij", "xy"):
        family.add("meshgrid", {
            f"{indexing}_three": (normal(3), normal(2), normal(4)), f"{indexing}_two": (normal(2), normal(3)),
            f"{indexing}_one": (normal(3),), f"{indexing}_number": (normal(2), normal(3), normal()),
            f"{indexing}_empty": (normal(2), normal(0)), f"{indexing}_integers": (integers(2), integers(1))},
            lambda *x: torch.meshgrid(*x, indexing=indexing))


def repeats(family):
    family.add("repeat", {"more": normal(2, 3), "more_empty": normal(0, 1), "more_integers": integers(1, 2),
                          "more_vector": normal(2)}, lambda x: x.repeat(2, 1, 3))
    family.add("repeat", {"same": normal(2, 3)}, lambda x: x.repeat(3, 2))
    family.add("repeat", {"once": normal(2, 3), "once_bools": bools(1, 2)}, lambda x: x.repeat(1, 1))
    family.add("repeat", {"never": normal(2, 3)}, lambda x: x.repeat(2, 0))
    family.add("repeat", {"number": normal()}, lambda x: x.repeat(4))
    family.add("repeat", {"number_once": normal()}, lambda x: x.repeat(()))
    family.add("tile", {"fewer": normal(2, 1, 3), "fewer_empty": normal(2, 0), "fewer_integers": integers(1, 2),
                        "fewer_number": normal()}, lambda x: x.tile((3, 2)))
    family.add("tile", {"none": normal(2, 2)}, lambda x: x.tile(()))
    family.add("tile", {"more": normal(3)}, lambda x: x.tile((2, 1, 2)))


def turns(family):
    family.add("flip", {"ends": normal(2, 3, 2), "ends_empty": normal(2, 0), "ends_integers": integers(2, 3),
                        "ends_bools": bools(2, 3), "ends_bytes": integers(2, 2, low=0).byte()}, lambda x: x.flip(0, -1))
    family.add("flip", {"first": normal(3, 2), "first_vector": normal(3), "first_number": normal()},
               lambda x: x.flip(0))
    family.add("flip", {"none": normal(2, 2)}, lambda x: x.flip(()))
    family.add("roll", {"two": normal(3, 4), "two_empty": normal(0, 2), "two_integers": integers(2, 3),
                        "two_bools": bools(2, 3)}, lambda x: x.roll((1, -6), (0, 1)))
    family.add("roll", {"same": normal(4, 2)}, lambda x: x.roll((1, 2), (0, 0)))
    family.add("roll", {"flat": normal(3, 4), "flat_number": normal(), "flat_empty": normal(2, 0)}, lambda x: x.roll(5))
    family.add("roll", {"last": normal(2, 3), "last_vector": normal(4)}, lambda x: x.roll(-1, -1))
