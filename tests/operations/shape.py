"""Other shapes, layouts and types of the same values."""

import torch

from golden import INF, NAN, bools, integers, normal


def add_to(family):
    views(family)
    for name in ("contiguous", "clone"):
        function = getattr(torch.Tensor, name)
        family.add(name, {"matrix": normal(3, 4), "number": normal(), "empty": normal(2, 0), "integers": integers(2, 3),
                          "bools": bools(2, 2), "bytes": integers(3, low=0).byte(),
                          "special": torch.tensor([NAN, -INF])},
                   function)
        family.add(name, {"transposed": normal(2, 1, 3)}, lambda x: function(x.mT))
    conversions(family)


def views(family):
    shapes = {"pairs": ((3, 4), (2, -1)), "split": ((2, 6), (2, 3, 2)), "ones": ((3, 1, 2), (1, 3, 2, 1)),
              "number": ((), (1, 1)),
              "to_number": ((1, 1), ()), "empty": ((0, 3), (3, 0, 7)), "flat_empty": ((2, 0), (-1,))}
    for name in ("reshape", "view"):
        for key, (shape, to) in shapes.items():
            family.add(name, {key: normal(*shape)}, lambda x: x.reshape(to))
        family.add(name, {"pairs_integers": integers(3, 4), "pairs_bools": bools(3, 4)}, lambda x: x.reshape(2, -1))
    family.add("reshape", {"transposed": normal(3, 4)}, lambda x: x.t().reshape(2, 6))
    family.add("view", {"ones_transposed": normal(2, 3)}, lambda x: x.t().view(3, 1, 2))
    family.add("flatten", {"all": normal(2, 1, 3), "all_number": normal(), "all_empty": normal(2, 0),
                           "all_integers": integers(2, 3)}, torch.flatten)
    family.add("flatten", {"inner": normal(2, 3, 2), "inner_empty": normal(0, 3, 2)}, lambda x: x.flatten(1))
    family.add("flatten", {"outer": normal(2, 3, 2)}, lambda x: x.flatten(-3, 1))
    family.add("flatten", {"one": normal(2, 3)}, lambda x: x.flatten(1, 1))
    family.add("permute", {"cycle": normal(2, 3, 4), "cycle_empty": normal(2, 0, 1), "cycle_bools": bools(2, 1, 2)},
               lambda x: x.permute(2, 0, 1))
    family.add("permute", {"negative": normal(2, 3, 4)}, lambda x: x.permute(-1, 0, -2))
    family.add("permute", {"number": normal()}, lambda x: x.permute(()))
    family.add("transpose", {"outer": normal(2, 3, 4), "outer_empty": normal(0, 2, 3), "outer_integers": integers(2, 3),
                             "outer_number": normal()}, lambda x: x.transpose(0, -1))
    family.add("transpose", {"itself": normal(2, 3)}, lambda x: x.transpose(1, 1))
    family.add("t", {"matrix": normal(2, 3), "vector": normal(3), "number": normal(), "empty": normal(0, 2),
                     "integers": integers(1, 3)}, torch.t)
    family.add("squeeze", {"all": normal(1, 3, 1), "all_number": normal(), "all_one": normal(1),
                           "all_empty": normal(1, 0),
                           "all_integers": integers(1, 2)}, torch.squeeze)
    family.add("squeeze", {"last": normal(1, 3, 1), "last_kept": normal(1, 3), "last_number": normal(),
                           "last_empty": normal(0, 1)}, lambda x: x.squeeze(-1))
    family.add("squeeze", {"first": normal(1, 3, 1)}, lambda x: x.squeeze(0))
    family.add("unsqueeze", {"last": normal(3, 2), "last_number": normal(), "last_empty": normal(0, 2),
                             "last_bools": bools(2)}, lambda x: x.unsqueeze(-1))
    family.add("unsqueeze", {"middle": normal(3, 2)}, lambda x: x.unsqueeze(1))
    family.add("unsqueeze", {"first": normal(3, 2)}, lambda x: x.unsqueeze(-3))
    family.add("expand", {"kept": normal(3, 1), "kept_integers": integers(3, 1)}, lambda x: x.expand(2, -1, 4))
    family.add("expand", {"number": normal(), "row": normal(3), "same": normal(2, 3)}, lambda x: x.expand(2, 3))
    family.add("expand", {"none": normal(2, 1), "none_empty": normal(2, 0)}, lambda x: x.expand(2, 0))
    family.add("expand", {"nothing": normal(0, 1)}, lambda x: x.expand(0, 3))


def conversions(family):
    numbers = torch.tensor([[0, 1], [2, 300]])
    for name, dtype in {"long": torch.int64, "int": torch.int32, "byte": torch.uint8, "bool": torch.bool,
                        "float": torch.float32, "double": torch.float64}.items():
        from_integers = {"integers": numbers, "ints": numbers.int(), "bytes": numbers.byte(), "bools": numbers > 0,
                         "empty_integers": numbers[:0]}
        if name != "byte":
            from_integers["negative"] = -numbers
        family.add("to", {f"{name}_{key}": x for key, x in from_integers.items()}, lambda x: x.to(dtype))
    # Into floats themselves, which follow the inputs in the table: of inputs that need no gradient.
    family.add("to", {"long_special_floats": torch.tensor([1.9, -1.9, 0.5, 0.0]), "long_empty": normal(0, 3)},
               lambda x: x.to(torch.int64))
    family.add("to", {"bool_special_floats": torch.tensor([0.5, 0.0, -0.0, NAN, INF])}, lambda x: x.to(torch.bool))
    family.inputs("to", {"double_floats": normal(2, 3), "double_number": normal()})
