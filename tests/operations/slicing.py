"""Parts of tensors, and tensors joined."""

import torch

from golden import bools, integers, normal


def add_to(family):
    parts(family)
    joins(family)


def parts(family):
    family.add("narrow", {"inner": normal(3, 5), "inner_empty": normal(0, 4), "inner_integers": integers(2, 4)},
               lambda x: x.narrow(1, 1, 3))
    family.add("narrow", {"from_end": normal(4, 2)}, lambda x: x.narrow(-2, -3, 2))
    family.add("narrow", {"nothing": normal(2, 3)}, lambda x: x.narrow(0, 2, 0))
    family.add("narrow", {"whole": normal(2, 3)}, lambda x: x.narrow(1, 0, 3))
    family.add("select", {"inner": normal(2, 4), "inner_stack": normal(2, 3, 2), "inner_empty": normal(0, 3),
                          "inner_integers": integers(2, 3), "inner_bools": bools(1, 3)}, lambda x: x.select(1, 2))
    family.add("select", {"last": normal(2, 4), "last_vector": normal(3)}, lambda x: x.select(-1, -2))
    family.add("operator[]", {"row": normal(3, 2), "row_vector": normal(2), "row_empty": normal(2, 0),
                              "row_integers": integers(2, 3)}, lambda x: x[1])
    family.add("operator[]", {"last": normal(3, 2, 2)}, lambda x: x[-1])
    family.add("slice", {"step": normal(2, 7), "step_empty": normal(0, 4), "step_integers": integers(2, 5)},
               lambda x: x[:, 1::3])
    family.add("slice", {"negative": normal(2, 7)}, lambda x: x[:, -5:-1:2])
    family.add("slice", {"clipped": normal(4, 2), "clipped_nothing": normal(0, 2)}, lambda x: x[-9:9:2])
    family.add("slice", {"none": normal(4, 2)}, lambda x: x[3:1])
    family.add("slice", {"whole": normal(4, 2)}, lambda x: x[:])
    family.add("slice", {"far": normal(4, 2)}, lambda x: x[0:4:100])


def joins(family):
    family.add("cat", {"last": (normal(2, 3), normal(2, 1), normal(2, 4)), "last_one": (normal(2, 3),),
                       "last_vectors": (normal(2), normal(1)), "last_some_empty": (normal(2, 0), normal(2, 3)),
                       "last_all_empty": (normal(0, 2), normal(0, 1)), "last_empty_vector": (normal(0), normal(2, 3)),
                       "last_empty_vectors": (normal(0), normal(0)), "last_integers": (integers(2, 1), integers(2, 2)),
                       "last_bools": (bools(2), bools(1)), "last_mixed": (integers(2, 1), normal(2, 2)),
                       "last_kinds": (bools(2), integers(1).int(), integers(2).byte())}, lambda *x: torch.cat(x, -1))
    family.add("cat", {"first": (normal(1, 2), normal(3, 2), normal(0)),
                       "first_stack": (normal(1, 1, 2), normal(2, 1, 2))},
               lambda *x: torch.cat(x))
    family.add("cat", {"twice": (normal(2, 2), normal(2, 1))}, lambda a, b: torch.cat([a, b, a], 1))
    family.add("stack", {"last": (normal(2, 3), normal(2, 3)), "last_numbers": (normal(), normal(), normal()),
                         "last_empty": (normal(2, 0), normal(2, 0)), "last_integers": (integers(3), integers(3)),
                         "last_bools": (bools(2), bools(2)), "last_mixed": (integers(2), normal(2))},
               lambda *x: torch.stack(x, -1))
    family.add("stack", {"first": (normal(2, 3), normal(2, 3)), "first_one": (normal(3),)}, lambda *x: torch.stack(x))
    family.add("stack", {"middle": (normal(2, 3), normal(2, 3))}, lambda *x: torch.stack(x, 1))
