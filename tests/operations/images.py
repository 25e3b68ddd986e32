"""Images: taken apart, put together, blocks of channels for blocks of pixels."""

import torch
import torch.nn.functional as F

from golden import bools, integers, normal

# name: x, kernel, dilation, padding, stride
PATCHES = {"plain": ((2, 2, 3, 4), (2, 3), 1, 0, 1), "everything": ((1, 2, 7, 6), (3, 2), (2, 1), (1, 2), (2, 3)),
           "unseen": ((1, 1, 5, 5), (2, 1), 1, 0, (3, 2)), "wide": ((1, 17, 2, 3), (1, 2), 1, 0, 1),
           "unbatched": ((2, 3, 3), 2, 1, 0, 1), "empty": ((0, 2, 3, 4), 2, 1, 0, 1)}


# PyTorch's own functions have wrong gradients of tensors without elements.
def shuffle(x, r):
    *batch, channels, height, width = x.shape
    blocks = x.reshape(*batch, channels // r ** 2, r, r, height, width)
    return torch.einsum("...abhw->...hawb", blocks).reshape(*batch, channels // r ** 2, height * r, width * r)


def unshuffle(x, r):
    *batch, channels, height, width = x.shape
    blocks = x.reshape(*batch, channels, height // r, r, width // r, r)
    return torch.einsum("...hawb->...abhw", blocks).reshape(*batch, channels * r ** 2, height // r, width // r)


def add_to(family):
    for name, (shape, *options) in PATCHES.items():
        x = normal(*shape)
        family.add("im2col", {name: x}, lambda x, o=options: F.unfold(x, *o))
        columns = torch.randn_like(F.unfold(x, *options))
        family.add("col2im", {name: columns}, lambda c, s=shape[-2:], o=options: F.fold(c, s, *o))
    family.add("pixel_shuffle", {"two_images": normal(2, 8, 3, 2), "two_stack": normal(2, 1, 4, 1, 3),
                                 "two_integers": integers(4, 2, 1), "two_bools": bools(4, 1, 2)},
               lambda x: F.pixel_shuffle(x, 2))
    family.add("pixel_shuffle", {"three": normal(9, 2, 1)}, lambda x: F.pixel_shuffle(x, 3))
    family.add("pixel_shuffle", {"one": normal(1, 2, 3)}, lambda x: F.pixel_shuffle(x, 1))
    family.add("pixel_shuffle", {"two_empty": normal(0, 4, 1, 2), "two_no_channels": normal(1, 0, 2, 2),
                                 "two_no_pixels": normal(2, 4, 0, 2)}, lambda x: shuffle(x, 2))
    family.add("pixel_unshuffle", {"two_images": normal(2, 1, 6, 2), "two_stack": normal(2, 1, 1, 2, 4),
                                   "two_integers": integers(2, 2, 4), "two_bools": bools(1, 4, 2)},
               lambda x: F.pixel_unshuffle(x, 2))
    family.add("pixel_unshuffle", {"three": normal(2, 6, 3)}, lambda x: F.pixel_unshuffle(x, 3))
    family.add("pixel_unshuffle", {"two_empty": normal(0, 1, 2, 4), "two_no_channels": normal(1, 0, 2, 2),
                                   "two_no_pixels": normal(2, 1, 0, 2)}, lambda x: unshuffle(x, 2))
