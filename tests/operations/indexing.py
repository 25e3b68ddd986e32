"""Reading and adding at positions given by tensors."""

import itertools

import torch
import torch.nn.functional as F

from golden import NAN, bools, integers, normal

ROWS = torch.tensor([2, 0, 2, 3])  # position 1 never, 2 twice
UNIQUE = torch.tensor([3, 0])
TABLE = torch.tensor([[2, 0, 2], [1, 3, 0]])
REPEATED = torch.tensor([[2, 0, 2], [2, 1, 1]])
NONE = torch.zeros(0, dtype=torch.int64)
ONE = torch.tensor([0])
NUMBER = torch.tensor(0)
BYTES = torch.tensor([200, 100, 7, 9], dtype=torch.uint8)


def add_to(family):
    slices(family)
    added_slices(family)
    copied_slices(family)
    elements(family)
    added_elements(family)
    written_elements(family)
    along(family)
    masks(family)
    tables(family)


def slices(family):
    def add(prefix, dim, samples):
        family.add("index_select", {f"{prefix}_{name}": inputs for name, inputs in samples.items()},
                   lambda x, index: x.index_select(dim, index))

    add("first", 0, {"matrix": (normal(4, 3), ROWS), "vector": (normal(5), ROWS), "one": (normal(3, 1, 2), NUMBER),
                     "integers": (integers(4, 3), ROWS), "bools": (bools(4), ROWS), "bytes": (BYTES, ROWS),
                     "empty": (normal(4, 3), NONE), "no_rows": (normal(0, 3), NONE), "number": (normal(), ONE)})
    add("last", -1, {"stack": (normal(2, 3, 4), ROWS), "empty": (normal(0, 4), ROWS)})


def added_slices(family):
    def add(prefix, shape, dim, samples):
        family.add("index_add", {f"{prefix}_{name}": inputs for name, inputs in samples.items()},
                   lambda index, source: torch.zeros(shape, dtype=source.dtype).index_add(dim, index, source))

    add("rows", (5, 3), 0, {"repeated": (ROWS, normal(4, 3)), "empty": (NONE, normal(0, 3)),
                            "integers": (ROWS, integers(4, 3)), "bools": (ROWS, bools(4, 3))})
    add("columns", (2, 5), -1, {"repeated": (ROWS, normal(2, 4))})
    add("scalar", (), 0, {"number": (ONE, normal())})
    family.add("index_add", {"to_matrix": (normal(4, 3), ROWS, normal(4, 3)), "to_number": (normal(), ONE, normal()),
                             "to_empty": (normal(0, 3), NONE, normal(0, 3)),
                             "to_bytes": (BYTES, ROWS, BYTES), "to_bools": (bools(4), ROWS, bools(4))},
               lambda x, index, y: x.index_add(0, index, y))
    family.add("index_add", {"scaled_stack": (normal(2, 4, 3), ROWS, normal(2, 4, 3))},
               lambda x, index, y: x.index_add(1, index, y, alpha=-0.7))
    family.add("index_add", {"doubled_integers": (integers(2, 4, 3), ROWS, integers(2, 4, 3))},
               lambda x, index, y: x.index_add(1, index, y, alpha=2))


def copied_slices(family):
    def last(x, index, source):
        """The last one of several stays and gets the gradient; PyTorch gives it to all of them."""
        result = x.clone()
        for i, at in enumerate(index):
            result[:, at] = source[:, i]
        return result

    family.add("index_copy", {"rows": (normal(4, 3), UNIQUE, normal(2, 3)), "number": (normal(), ONE, normal()),
                              "one": (normal(4, 3), NUMBER, normal(1, 3)), "empty": (normal(4, 3), NONE, normal(0, 3)),
                              "no_rows": (normal(0, 3), NONE, normal(0, 3)),
                              "integers": (integers(4), ROWS, integers(4)), "bools": (bools(4), UNIQUE, bools(2))},
               lambda x, index, y: x.index_copy(0, index, y))
    family.add("index_copy", {"columns": (normal(3, 4), UNIQUE, normal(3, 2)),
                              "columns_repeated": (normal(2, 4), torch.tensor([2, 0, 2]), normal(2, 3))}, last)


def elements(family):
    def add(prefix, dim, samples):
        family.add("gather", {f"{prefix}_{name}": inputs for name, inputs in samples.items()},
                   lambda x, index: x.gather(dim, index))

    add("first", 0, {"matrix": (normal(4, 3), TABLE), "smaller": (normal(4, 3), TABLE[:, :2]),
                     "vector": (normal(5), ROWS), "integers": (integers(4, 3), TABLE), "bools": (bools(4, 3), TABLE),
                     "empty": (normal(4, 3), TABLE[:0]), "number": (normal(), NUMBER)})
    add("last", -1, {"matrix": (normal(2, 4), TABLE), "stack": (normal(2, 1, 4), TABLE.unsqueeze(1)),
                     "empty": (normal(0, 4), TABLE[:0])})


def added_elements(family):
    def add(prefix, shape, dim, samples):
        family.add("scatter_add", {f"{prefix}_{name}": inputs for name, inputs in samples.items()},
                   lambda index, source: torch.zeros(shape, dtype=source.dtype).scatter_add(dim, index, source))

    add("rows", (4, 3), 0, {"repeated": (TABLE, normal(2, 3)), "empty": (TABLE[:0], normal(0, 3)),
                            "integers": (TABLE, integers(2, 3)), "bools": (TABLE, bools(2, 3))})
    add("columns", (3, 4), -1, {"repeated": (TABLE, normal(2, 3))})
    add("scalar", (), 0, {"number": (NUMBER, normal())})
    samples = {"matrix": (normal(4, 3), TABLE, normal(2, 3)),
               "empty": (normal(4, 3), TABLE[:0], normal(0, 3)), "bytes": (BYTES, ROWS, BYTES),
               "number": (normal(), NUMBER, normal())}
    family.add("scatter_add", {f"to_{name}": inputs for name, inputs in samples.items()},
               lambda x, index, y: x.scatter_add(0, index, y))
    # PyTorch's gradient has the wrong shape where the source is larger than the index.
    family.add("scatter_add", {"to_some": (normal(4, 3), TABLE, normal(3, 5))},
               lambda x, index, y: x.scatter_add(0, index, y[:2, :3]))
    family.add("scatter_add", {"along_matrix": (normal(3, 4), TABLE, normal(2, 3))},
               lambda x, index, y: x.scatter_add(-1, index, y))


def written_elements(family):
    def last(x, index, source):
        """The last one of several stays and gets the gradient; PyTorch gives it to all of them."""
        result = x.clone()
        for i, j in itertools.product(*map(range, index.shape)):
            result[i, index[i, j]] = source[i, j]
        return result

    family.add("scatter", {"matrix": (normal(4, 3), TABLE, normal(2, 3)), "number": (normal(), NUMBER, normal()),
                           "empty": (normal(4, 3), TABLE[:0], normal(0, 3)), "bools": (bools(4), UNIQUE, bools(2)),
                           "integers": (integers(4), ROWS, integers(4))}, lambda x, index, y: x.scatter(0, index, y))
    family.add("scatter", {"last_repeated": (normal(2, 4), REPEATED, normal(2, 3)),
                           "last_larger_source": (normal(3, 4), REPEATED, normal(3, 5))}, last)
    family.add("scatter", {"value_matrix": (normal(2, 4), REPEATED), "value_empty": (normal(0, 4), REPEATED[:0]),
                           "value_integers": (integers(2, 4), REPEATED), "value_bools": (bools(2, 4), REPEATED),
                           "value_number": (normal(), NUMBER)}, lambda x, index: x.scatter(-1, index, 2.5))


def along(family):
    def add(prefix, dim, samples):
        family.add("take_along_dim", {f"{prefix}_{name}": inputs for name, inputs in samples.items()},
                   lambda x, index: torch.take_along_dim(x, index, dim))

    add("flat", None, {"matrix": (normal(3, 2), TABLE), "empty": (normal(3, 2), TABLE[:0]),
                       "number": (normal(), NUMBER), "integers": (integers(3, 2), ROWS)})
    add("second", 1, {"matrix": (normal(2, 4), TABLE), "wide_index": (normal(3, 4), torch.tensor([[3, 3, 0]])),
                      "bools": (bools(2, 4), TABLE)})
    add("last", -1, {"wide_x": (normal(1, 4), TABLE), "wide_both": (normal(2, 1, 4), TABLE.unsqueeze(0)),
                     "empty": (normal(0, 4), TABLE[:1])})


def masks(family):
    mask = torch.tensor([[True, False, True], [False, True, False]])
    family.add("masked_select", {
        "matrix": (normal(2, 3), mask), "wide_x": (normal(3), mask), "wide_mask": (normal(2, 3), mask[0]),
        "wide_both": (normal(2, 1), mask[0]), "number": (normal(), torch.tensor(True)),
        "nothing": (normal(2, 3), mask & False), "empty": (normal(0, 3), mask[0]),
        "integers": (integers(2, 3), mask), "bools": (bools(2, 3), mask)}, torch.masked_select)
    family.add("nonzero", {"special": torch.tensor([[0.0, 2.0, NAN], [-0.0, 0.0, -4.0]]), "bools": mask,
                           "integers": integers(2, 1, 3, low=0, high=2), "bytes": BYTES, "number": torch.tensor(2.0),
                           "zero": torch.tensor(0.0), "empty": normal(0, 3)}, torch.nonzero)


def tables(family):
    def add(prefix, padding, samples):
        family.add("embedding", {f"{prefix}_{name}": inputs for name, inputs in samples.items()},
                   lambda index, weight: F.embedding(index, weight, padding))

    samples = {"table": (TABLE, normal(4, 3)), "number": (torch.tensor(2), normal(4, 3)),
               "empty": (TABLE[:0], normal(4, 3)), "no_columns": (ROWS, normal(4, 0))}
    add("all", None, samples)
    # The row of the padding gets no gradient, whatever finite differences say.
    add("padded", -1, {"table_special": samples["table"]})
    add("padded_first", 0, {"table_special": samples["table"], "empty": samples["empty"]})
    # PyTorch takes matrices alone.
    family.add("embedding", {"all_vector": (TABLE, normal(4)), "all_stack": (ROWS, normal(4, 2, 1)),
                             "all_integers": (TABLE, integers(4, 2))}, lambda index, weight: weight[index])
    family.add("one_hot", {"table": TABLE, "number": torch.tensor(3), "empty": TABLE[:0]}, lambda i: F.one_hot(i, 5))
    family.add("one_hot_counted", {"table": TABLE, "number": torch.tensor(3)}, F.one_hot)

    def embed(x):
        result = torch.zeros(2, 8, dtype=x.dtype)
        result[:, 1:8:3] = x
        return result

    family.add("embed", {"matrix": normal(2, 3), "integers": integers(2, 3), "bools": bools(2, 3)}, embed)
    family.add("embed", {"nothing_empty": normal(0, 3)}, lambda x: torch.zeros(5, 3).double() + 0 * x.sum())
