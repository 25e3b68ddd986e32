"""Lengths and angles."""

import torch
import torch.nn.functional as F

from golden import INF, Fixed, distinct, integers, named, normal, positive


def add_to(family):
    def similarity(**options):
        return lambda a, b: F.cosine_similarity(a, b, **options)

    family.add("cosine_similarity", {"plain_rows": (normal(4, 3), normal(4, 3)),
                                     "plain_wide": (normal(4, 3), normal(3)),
                                     "plain_stack": (normal(2, 3, 1), normal(3, 4)),
                                     "plain_empty": (normal(0, 3), normal(1, 3)),
                                     "plain_no_columns_empty": (normal(2, 0), normal(2, 0))}, similarity())
    family.add("cosine_similarity", {"middle_stack": (normal(2, 3, 4), normal(3, 1))}, similarity(dim=-2))
    family.add("cosine_similarity", {"first_vector": (normal(4), normal(4)),
                                     "first_matrix": (normal(3, 2), normal(3, 2)),
                                     "first_numbers": (Fixed(normal()), Fixed(normal()))}, similarity(dim=0))

    def limited(a, b, eps=0.7):
        """PyTorch's gradient does not see that lengths are limited."""
        directions = [x / x.norm(dim=1, keepdim=True).clamp(min=eps) for x in (a, b)]
        return (directions[0] * directions[1]).sum(1)

    family.add("cosine_similarity", {"eps_rows": (positive(3, 2) * 0.1, positive(3, 2))}, limited)
    family.add("cosine_similarity", {"eps_values": (Fixed(positive(3, 2) * 0.1), Fixed(positive(3, 2)))},
               similarity(dim=1, eps=0.7))
    family.add("cosine_similarity", {"plain_special_zeros": (torch.tensor([[0.0, 0.0], [3.0, 4.0]]),
                                                             torch.tensor([[1.0, 2.0], [1.0, -1.0]]))}, similarity())
    distances(family)
    lengths(family)


def distances(family):
    pairs = {"rows": (normal(4, 3), normal(4, 3)), "wide": (normal(4, 3), normal(3)), "vector": (normal(4), normal(4)),
             "stack": (normal(2, 1, 3), normal(4, 3)), "empty": (normal(0, 3), normal(1, 3)),
             "numbers": (normal(), normal())}
    family.add("pairwise_distance", named("plain", pairs), F.pairwise_distance)
    family.add("pairwise_distance", {"plain_mixed": (distinct(2, 3), integers(2, 3))}, F.pairwise_distance)
    for name, p in {"one": 1.0, "three": 3.0, "half": 0.5, "greatest": INF}.items():
        family.add("pairwise_distance", {f"{name}_rows": (distinct(3, 4), distinct(3, 4) + 0.03)},
                   lambda a, b, p=p: F.pairwise_distance(a, b, p))
    kept = {"rows": (normal(4, 3), normal(4, 3)), "vector": (normal(4), normal(4)), "empty": (normal(0, 3), normal(3))}
    family.add("pairwise_distance", named("kept", kept), lambda a, b: F.pairwise_distance(a, b, 1.5, 0.2, True))
    same = torch.tensor([1.0, 2.0])
    family.add("pairwise_distance", {"no_eps_special_same": (same, same)},
               lambda a, b: F.pairwise_distance(a, b, eps=0))


def lengths(family):
    samples = {"matrix": normal(4, 3), "stack": normal(2, 3, 1), "empty": normal(0, 3),
               "no_columns_empty": normal(2, 0)}
    family.add("normalize", named("plain", samples), F.normalize)
    family.add("normalize", {"plain_special_zeros": torch.tensor([[0.0, 0.0, 0.0], [0.0, 3.0, 4.0]])}, F.normalize)
    family.add("normalize", {"one_stack": distinct(2, 2, 3)}, lambda x: F.normalize(x, 1.0, -1))
    family.add("normalize", {"half_matrix": distinct(3, 4), "half_vector": distinct(3),
                             "half_number": Fixed(distinct())},
               lambda x: F.normalize(x, 0.5, 0))
    family.add("normalize", {"greatest_matrix": distinct(3, 4) + 0.03}, lambda x: F.normalize(x, INF, 1))
    family.add("normalize", {"eps_matrix": normal(3, 4) * 0.1}, lambda x: F.normalize(x, 2.0, 1, 3.0))
