"""Parts of a tensor."""

import torch

from golden import bools, integers, normal


def add_to(family):
    family.add("split", {"threes": normal(7, 2), "threes_even": normal(3, 2), "threes_empty": normal(0, 2),
                         "threes_columns": normal(4, 0), "threes_integers": integers(4), "threes_bools": bools(4)},
               lambda x: x.split(3))
    family.add("split", {"last": normal(2, 5)}, lambda x: x.split(2, -1))
    family.add("split", {"zeros_empty": normal(0, 2)}, lambda x: x.split(0))
    family.add("split", {"sizes": normal(2, 7), "sizes_empty": normal(0, 7), "sizes_integers": integers(1, 7)},
               lambda x: x.split([4, 0, 3], -1))
    family.add("split", {"one_used": normal(7, 2)}, lambda x: x.split(3)[1])
    family.add("split", {"product": normal(5, 2)}, lambda x: x.split(2)[0] * x.split(2)[1])
    family.add("chunk", {"three": normal(2, 7), "three_fewer": normal(1, 4), "three_even": normal(1, 3),
                         "three_empty": normal(2, 0), "three_integers": integers(1, 4)}, lambda x: x.chunk(3, 1))
    family.add("chunk", {"many": normal(3, 2), "many_empty": normal(1, 0)}, lambda x: x.chunk(9))
    family.add("unbind", {"middle": normal(2, 3, 2), "middle_empty": normal(0, 2), "middle_integers": integers(1, 2)},
               lambda x: x.unbind(1))
    family.add("unbind", {"first": normal(2, 3), "first_vector": normal(3), "first_empty": normal(2, 0),
                          "first_bools": bools(2, 1)}, torch.unbind)
    family.add("unbind", {"last": normal(2, 3)}, lambda x: x.unbind(-1))
    windows(family)
    family.add("diagonal", {"main": normal(3, 4), "main_tall": normal(3, 2), "main_stack": normal(2, 2, 2),
                            "main_empty": normal(0, 3), "main_no_columns": normal(2, 0),
                            "main_integers": integers(2, 3),
                            "main_bools": bools(2, 2)}, torch.diagonal)
    for name, (offset, shape) in {"above": (1, (3, 4)), "below": (-2, (3, 4)),
                                  "corner": (3, (3, 4)), "outside": (4, (3, 4)),
                                  "outside_empty": (-9, (2, 0))}.items():
        family.add("diagonal", {name: normal(*shape)}, lambda x: x.diagonal(offset))
    family.add("diagonal", {"of_stack": normal(3, 2, 4)}, lambda x: x.diagonal(-1, -1, 0))
    family.add("diagonal", {"crossed": normal(2, 3, 2)}, lambda x: x.diagonal(0, 0, -1))


def windows(family):
    family.add("unfold", {"overlapping": normal(2, 7), "overlapping_empty": normal(0, 3),
                          "overlapping_integers": integers(1, 5)},
               lambda x: x.unfold(1, 3, 2))
    family.add("unfold", {"gaps": normal(7, 2)}, lambda x: x.unfold(0, 2, 3))
    family.add("unfold", {"middle": normal(2, 3, 2)}, lambda x: x.unfold(-2, 2, 1))
    family.add("unfold", {"whole": normal(1, 3)}, lambda x: x.unfold(1, 3, 9))
    family.add("unfold", {"nothing": normal(2, 3)}, lambda x: x.unfold(1, 0, 2))
    family.add("unfold", {"number": normal()}, lambda x: x.unfold(0, 1, 1))
    family.add("unfold", {"twice": normal(3, 4)}, lambda x: x.unfold(0, 2, 1).unfold(1, 3, 1))
