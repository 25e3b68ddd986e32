"""Golden file of indexing. make_golden.py runs this.

structure_golden_test.cpp has the same functions under the same names.
"""

import torch

from golden_case import Case, save


def make(file, cases):
    """name: the shapes of the inputs a, b, ..., and the function of them."""
    out = {}
    for name, (shapes, function) in cases.items():
        case = Case(out, name)
        leaves = {key: case.input(key, torch.randn(shape)) for key, shape in zip("abc", shapes)}
        case.gradients(function(*leaves.values()), **leaves)
    save(file, out)


def indexing():
    rows = torch.tensor([2, 0, 2, 3])
    table = torch.tensor([[2, 0, 2], [1, 1, 0]])
    unique = torch.tensor([[3, 0, 2], [1, 2, 0]])
    back = torch.tensor([[-1], [1], [0]])
    mask = torch.tensor([[True, False, True, True], [False, False, True, False],
                         [True, False, False, False]])
    ends = torch.tensor([True, False, True])

    def put(subscripts, accumulate=False):
        def function(a, b):
            result = a.clone()
            if not accumulate:
                result[subscripts] = b
                return result
            return result.index_put(subscripts, b, accumulate=True)
        return function

    make("indexing", {
        "gather": (((3, 4),), lambda a: a.gather(0, table)),
        "scatter_add": (((3, 4), (2, 3)), lambda a, b: a.scatter_add(0, table, b)),
        "scatter": (((4, 3), (2, 3)), lambda a, b: a.scatter(0, unique, b)),
        "scatter_value": (((4, 3),), lambda a: a.scatter(0, unique, 2.5)),
        "index_copy": (((3, 4), (3, 2)), lambda a, b: a.index_copy(1, torch.tensor([3, 1]), b)),
        "take_along_dim": (((3, 4),), lambda a: torch.take_along_dim(a, torch.tensor([[3, 1]]), 1)),
        "take_along_flat": (((3, 4),), lambda a: torch.take_along_dim(a, table)),
        "masked_select": (((3, 4),), lambda a: a.masked_select(mask)),
        "masked_select_wide": (((3, 1),), lambda a: a.masked_select(mask)),
        "embedding": (((4, 3),), lambda a: torch.nn.functional.embedding(table, a)),
        "embedding_padding": (((3, 2),), lambda a: torch.nn.functional.embedding(table, a, -1)),
        "sort": (((3, 5),), lambda a: a.sort(0)[0]),
        "sort_descending": (((3, 5),), lambda a: a.sort(descending=True)[0]),
        "topk": (((3, 5),), lambda a: a.topk(2)[0]),
        "topk_least": (((5, 3),), lambda a: a.topk(3, 0, largest=False)[0]),
        "index_slices": (((4, 7),), lambda a: a[-3:9:2, None, ..., 1]),
        "index_rows": (((4, 3),), lambda a: a[rows]),
        "index_inner": (((2, 4, 3),), lambda a: a[:, rows]),
        "index_pairs": (((3, 4, 2),), lambda a: a[back, rows]),
        "index_apart": (((3, 2, 4),), lambda a: a[back, :, rows]),
        "index_behind": (((2, 3, 4),), lambda a: a[..., back, rows]),
        "index_mask": (((3, 4, 2),), lambda a: a[mask]),
        "index_mask_inner": (((2, 3, 2),), lambda a: a[:, ends, 1]),
        "index_mask_and_rows": (((3, 2, 4),), lambda a: a[ends, 1:, rows[:2]]),
        "index_whole": (((3, 2),), lambda a: a[True, 1]),
        "put_slice": (((3, 6), (2,)), put((slice(1, None), slice(None, None, 3)))),
        "put_rows": (((4, 3), (2, 3)), put((torch.tensor([2, 0]),))),
        "put_pairs": (((3, 4), (3, 1)), put((back, torch.tensor([3, 0])))),
        "put_mask": (((3, 4), ()), put((mask,))),
        "put_inner_mask": (((2, 3), (2, 2)), put((slice(None), ends))),
        "put_apart": (((3, 2, 4), (4, 1)), put((torch.tensor([2, 1, 0, 1]), slice(None), rows * 0 + torch.arange(4)))),
        "add_rows": (((4, 3), (4, 3)), put((rows,), True)),
        "add_pairs": (((3, 4), ()), put((back, rows), True)),
    })
