"""Reading and writing by NumPy-style subscripts."""

import torch

from golden import bools, integers, normal

ROWS = torch.tensor([2, 0, 2, 3])
BACK = torch.tensor([[-1], [1], [0]])
MASK = torch.tensor([[True, False, True, True], [False, False, True, False], [True, False, False, False]])
ENDS = torch.tensor([True, False, True])
NONE = torch.zeros(0, dtype=torch.int64)
ALL = slice(None)

# name: subscripts, shape of x. subscript.cpp has the same in C++.
PLACES = {
    "all": ((...,), (2, 3)),
    "number": ((1, -1), (3, 2)),
    "numbers_and_rest": ((-1, ..., 0), (2, 3, 4)),
    "slices": ((slice(-3, 9, 2), None, ..., 1), (4, 2, 3)),
    "clipped": ((slice(-99, 99, 3), slice(3, 1)), (4, 5)),
    "open": ((slice(None, -1), slice(1, None, 2)), (3, 6)),
    "new": ((None, 0, None, ..., None), (2, 3)),
    "new_of_scalar": ((None, ...), ()),
    "zero_dim_index": ((torch.tensor(-1), torch.tensor(1)), (3, 2)),
    "rows": ((ROWS,), (4, 3)),
    "inner": ((ALL, ROWS), (2, 4, 3)),
    "pairs": ((BACK, ROWS), (3, 4, 2)),
    "apart": ((BACK, ALL, ROWS), (3, 2, 4)),
    "apart_by_new": ((BACK, None, ROWS), (3, 4)),
    "number_and_rows": ((1, ALL, ROWS), (2, 3, 4)),
    "behind": ((..., BACK, ROWS), (2, 3, 4)),
    "no_rows": ((NONE,), (4, 3)),
    "mask": ((MASK,), (3, 4, 2)),
    "mask_of_nothing": ((MASK & False,), (3, 4)),
    "mask_inner": ((ALL, ENDS, 1), (2, 3, 2)),
    "mask_and_rows": ((ENDS, slice(1, None), ROWS[:2]), (3, 2, 4)),
    "mask_behind": ((..., ENDS), (2, 3)),
    "whole": ((True, 1), (3, 2)),
    "nothing": ((False,), (3, 2)),
    "whole_as_tensor": ((torch.tensor(True),), (2,)),
    "empty": ((ALL, torch.tensor([1, 0])), (0, 2)),
    "empty_mask": ((torch.zeros(0, 2).bool(),), (0, 2, 3)),
}
# Those that one number is written to.
FILLED = ("all", "number", "numbers_and_rest", "slices", "new", "zero_dim_index", "rows", "apart", "no_rows", "mask",
          "mask_and_rows", "whole", "nothing", "empty")


def add_to(family):
    for name, (places, shape) in PLACES.items():
        family.add("index", {f"{name}": normal(*shape)}, lambda x, p=places: x[p])
    for name in ("slices", "apart", "mask"):
        places, shape = PLACES[name]
        family.add("index", {f"{name}_integers": integers(*shape), f"{name}_bools": bools(*shape)},
                   lambda x, p=places: x[p])
    # The index as an operand, so that it comes with strides and as a shape alone, too.
    family.add("index", {"by_rows": (normal(4, 3), ROWS.reshape(2, 2)), "by_back": (normal(2, 3), BACK),
                         "by_no_rows_empty": (normal(4, 3), NONE)}, lambda x, i: x[i])
    written(family)
    elements(family)


def put(places):
    def function(x, values):
        result = x.clone()
        result[places] = values
        return result
    return function


def added(places):
    def function(x, values):
        """index_put of PyTorch takes tensors alone: through the numbers of the elements."""
        at = torch.arange(x.numel()).reshape(x.shape)[places]
        values = values.expand(at.shape).reshape(-1)
        return x.reshape(-1).index_add(0, at.reshape(-1), values).reshape(x.shape)
    return function


def last_of(places):
    def function(x, values):
        """The last value stays and gets the gradient; PyTorch gives it to all."""
        at = torch.arange(x.numel()).reshape(x.shape)[places]
        result = x.clone().reshape(-1)
        for place, value in zip(at.reshape(-1), values.expand(at.shape).reshape(-1)):
            result[place] = value
        return result.reshape(x.shape)
    return function


def written(family):
    def writes(name):
        """Where one place is written twice PyTorch gives both values the gradient."""
        places, shape = PLACES[name]
        at = torch.arange(torch.Size(shape).numel()).reshape(shape)[places]
        return put(places) if at.unique().numel() == at.numel() else last_of(places)

    for name, (places, shape) in PLACES.items():
        x = normal(*shape)
        family.add("index_put", {f"put_{name}": (x, normal(*x[places].shape))}, writes(name))
    # Values that broadcast, and leading ones that are dropped.
    for name, sizes in {"slices": (1,), "rows": (), "pairs": (3, 1, 2), "apart": (4, 1), "mask": (2,),
                        "open": (1, 1, 1, 3), "empty": (1,)}.items():
        family.add("index_put", {f"put_{name}_wide": (normal(*PLACES[name][1]), normal(*sizes))}, writes(name))
    for name in FILLED:
        places, shape = PLACES[name]
        family.add("index_put", {f"fill_{name}": normal(*shape)}, lambda x, p=places: put(p)(x, 2.5))
    for name, sizes in {"slices": (2, 1, 2), "rows": (4, 3), "inner": (3,), "pairs": (), "mask_and_rows": (2, 1),
                        "nothing": (), "empty": (1,)}.items():
        places, shape = PLACES[name]
        family.add("index_put", {f"add_{name}": (normal(*shape), normal(*sizes))}, added(places))
    places, shape = PLACES["rows"]
    family.add("index_put", {"add_rows_integers": (integers(*shape), integers(4, 3)),
                             "add_rows_bytes": (integers(*shape, low=0, high=255).byte(), integers(3, low=0).byte()),
                             "add_rows_bools": (bools(*shape), bools(4, 3))}, added(places))
    places, shape = PLACES["slices"]
    family.add("index_put", {"put_slices_integers": (integers(*shape), integers(2)),
                             "put_slices_bools": (bools(*shape), bools(2)),
                             "put_slices_mixed": (integers(*shape), normal(2))}, put(places))
    family.add("index_put", {"fill_slices_integers": integers(*shape)}, lambda x: put(places)(x, 2.5))
    overwritten(family)


def overwritten(family):
    """What was computed was used before and is used after it is written over."""
    def around(write):
        def function(x):
            y = x * 1.5
            after = write(y, x)
            return after * after + y + x
        return function

    family.add("index_put", {"over_columns": normal(3, 4)},
               around(lambda y, x: put((ALL, torch.tensor([0, 2])))(y, (x * x)[:, :2])))
    family.add("index_put", {"over_itself": normal(3, 4)}, around(lambda y, x: put((0,))(y, y[1])))
    family.add("index_put", {"over_added": normal(3, 4)},
               around(lambda y, x: added((torch.tensor([1, 1]),))(y, x[1:])))
    family.add("index_put", {"over_number": normal(3, 4)}, around(lambda y, x: put((1, slice(0, 3, 2)))(y, 3.5)))
    family.add("set", {"over": normal(3, 4)}, around(lambda y, x: put((1, -1))(y, 3.5)))


def elements(family):
    family.add("set", {"matrix": normal(3, 4), "integers": integers(3, 4), "bools": bools(3, 4)},
               lambda x: put((1, -1))(x, 3))
    family.add("set", {"number": normal()}, lambda x: put(())(x, 3))
