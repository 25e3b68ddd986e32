"""Normalisations."""

import torch
import torch.nn.functional as F

from golden import Fixed, named, normal, positive


def off_centre(*shape):
    """So that a variance computed carelessly shows."""
    return normal(*shape) * 2 + 5


def statistics(channels):
    return Fixed(normal(channels) + 4), Fixed(positive(channels) + 2.5)


def affine(*shape):
    return positive(*shape), normal(*shape)


def batch_norms(family):
    def train(x, mean, variance, weight=None, bias=None):
        return F.batch_norm(x, mean, variance, weight, bias, True, 0.3, 1e-3)

    def evaluate(x, mean, variance, weight=None, bias=None):
        return F.batch_norm(x, mean, variance, weight, bias, False, 0.3, 1e-3)

    def batch(x, weight=None, bias=None):
        return F.batch_norm(x, None, None, weight, bias, True, 0.3, 1e-3)

    def inputs(*shape):
        return (off_centre(*shape), *statistics(shape[1]), *affine(shape[1]))

    family.add("batch_norm", {"train_images": inputs(3, 2, 2, 3), "train_vectors": inputs(5, 3),
                              "train_wide": inputs(2, 17, 2), "train_plain": inputs(3, 2, 2, 3)[:3],
                              "train_empty": inputs(0, 2, 3), "train_no_channels": inputs(2, 0, 3)[:3]}, train)
    # What is written to the statistics is a function of x too, but has no gradient.
    written = {"images": inputs(3, 2, 2, 3), "vectors": inputs(5, 3), "wide": inputs(2, 17, 2),
               "empty": inputs(0, 2, 3), "no_pixels": inputs(2, 3, 0)}
    family.add("batch_norm", named("special", written), lambda x, m, v, w, b: (train(x, m, v, w, b), m, v))
    family.add("batch_norm", {"eval_images": inputs(3, 2, 2, 3), "eval_plain": inputs(3, 2, 2, 3)[:3],
                              "eval_vector": inputs(1, 3), "eval_wide": inputs(2, 17, 2),
                              "eval_empty": inputs(0, 2, 3)}, evaluate)
    family.add("batch_norm", {"batch_images": (off_centre(3, 2, 3, 1), *affine(2)), "batch_plain": off_centre(3, 2, 2),
                              "batch_weight": (off_centre(3, 2, 2), positive(2)),
                              "batch_no_pixels": (off_centre(2, 3, 0), *affine(3))}, batch)
    family.add("batch_norm", {"bias_sounds": (off_centre(2, 3, 2), normal(3))}, lambda x, b: batch(x, None, b))
    # In evaluation without statistics the batch's own are used.
    family.add("batch_norm", {"eval_by_the_batch": (off_centre(3, 2, 2, 3), *affine(2))}, batch)


def row_norms(family):
    def layer(x, weight=None, bias=None, shape=None):
        return F.layer_norm(x, shape or x.shape[-1:], weight, bias, 1e-3)

    family.add("layer_norm", {"last_matrix": (off_centre(3, 5), *affine(5)), "last_wide": (off_centre(2, 18), *affine(18)),
                              "last_plain": off_centre(2, 3, 4), "last_weight": (off_centre(2, 4), positive(4)),
                              "last_empty": (off_centre(0, 3), *affine(3)), "last_nothing": (off_centre(2, 0), *affine(0))},
               layer)
    family.add("layer_norm", {"planes": (off_centre(2, 3, 2, 3), *affine(2, 3))}, lambda x, w, b: layer(x, w, b, (2, 3)))
    family.add("layer_norm", {"all": (off_centre(2, 4), *affine(2, 4))}, lambda x, w, b: layer(x, w, b, (2, 4)))
    family.add("layer_norm", {"bias": (off_centre(3, 4), normal(4))}, lambda x, b: layer(x, None, b))

    def group(count, samples):
        family.add("group_norm", samples, lambda x, w=None, b=None: F.group_norm(x, count, w, b, 1e-3))

    group(3, {"three_images": (off_centre(2, 6, 2, 3), *affine(6))})
    group(2, {"two_vectors": (off_centre(2, 6), *affine(6)), "two_channels_each_alone": (off_centre(2, 2, 4), *affine(2)),
              "two_empty": (off_centre(0, 4, 3), *affine(4)), "two_no_channels": (off_centre(2, 0, 3), *affine(0))})
    # PyTorch leaves the gradients of the affine values unwritten.
    family.add("group_norm", {"two_no_pixels": (off_centre(2, 4, 0), *affine(4))},
               lambda x, w, b: x * w.unsqueeze(1) + b.unsqueeze(1))
    group(1, {"one_sounds": (off_centre(2, 3, 2), *affine(3)), "one_plain": off_centre(2, 3, 2),
              "one_weight": (off_centre(2, 3, 2), positive(3))})
    group(4, {"four_volumes": off_centre(2, 4, 2, 1, 3)})

    # torch.nn.functional.rms_norm came with PyTorch 2.4: this is its definition.
    def rms(x, weight=None, shape=None, eps=1e-3):
        y = x * torch.rsqrt(x.pow(2).mean(tuple(range(-len(shape or x.shape[-1:]), 0)), keepdim=True) + eps)
        return y if weight is None else y * weight

    family.add("rms_norm", {"last_matrix": (off_centre(3, 5), positive(5)), "last_plain": off_centre(2, 3, 4),
                            "last_empty": (off_centre(0, 3), positive(3)), "last_nothing": (off_centre(2, 0), positive(0))},
               rms)
    family.add("rms_norm", {"planes": (off_centre(3, 2, 4), positive(2, 4))}, lambda x, w: rms(x, w, (2, 4), 0.1))
    family.add("rms_norm", {"default_eps": (normal(3, 4), positive(4))},
               lambda x, w: rms(x, w, eps=torch.finfo(torch.float64).eps))


def responses(family):
    for name, size, numbers in (("one", 1, (0.5, 0.75, 1.5)), ("two", 2, (0.5, 0.6, 2.0)), ("three", 3, (0.5, 0.75, 1.5)),
                                ("seven", 7, (1.0, 1.5, 0.5))):
        family.add("local_response_norm", {f"{name}_sounds": normal(2, 4, 3) * 2},
                   lambda x, s=size, n=numbers: F.local_response_norm(x, s, *n))
    samples = {"images": normal(2, 7, 1, 2) * 2, "volumes": normal(1, 3, 1, 2, 2), "empty": normal(0, 3, 2),
               "no_channels": normal(2, 0, 3)}
    family.add("local_response_norm", {f"default_{name}": x for name, x in samples.items()},
               lambda x: F.local_response_norm(x, 5))


def instance_norms(family):
    def tracked(x, mean, variance, weight=None, bias=None):
        return F.instance_norm(x, mean, variance, weight, bias, True, 0.3, 1e-3)

    def evaluate(x, mean, variance, weight=None, bias=None):
        return F.instance_norm(x, mean, variance, weight, bias, False, 0.3, 1e-3)

    def plain(x, weight=None, bias=None):
        return F.instance_norm(x, None, None, weight, bias, True, 0.3, 1e-3)

    def inputs(*shape):
        return (off_centre(*shape), *statistics(shape[1]), *affine(shape[1]))

    family.add("instance_norm", {"tracked_images": inputs(2, 3, 3, 2), "tracked_sounds": inputs(3, 2, 4),
                                 "tracked_plain": inputs(1, 2, 2, 2, 2)[:3], "tracked_empty": inputs(0, 2, 3)[:3]}, tracked)
    written = {"images": inputs(2, 3, 3, 2), "sounds": inputs(3, 2, 4), "volumes": inputs(1, 2, 2, 2, 2)}
    family.add("instance_norm", named("special", written), lambda x, m, v, w, b: (tracked(x, m, v, w, b), m, v))
    family.add("instance_norm", {"eval_images": inputs(2, 3, 2, 2), "eval_plain": inputs(2, 3, 4)[:3],
                                 "eval_single": inputs(2, 3, 1)[:3], "eval_empty": inputs(0, 2, 3)[:3]}, evaluate)
    family.add("instance_norm", {"untracked_images": (off_centre(2, 3, 3, 1), *affine(3)),
                                 "untracked_plain": off_centre(2, 2, 3), "untracked_empty": off_centre(0, 2, 3),
                                 "untracked_no_channels": off_centre(2, 0, 3)}, plain)


def add_to(family):
    batch_norms(family)
    row_norms(family)
    responses(family)
    instance_norms(family)
