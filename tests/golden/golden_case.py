"""What the makers of golden files share."""

import json
import pathlib
import struct

import torch

FOLDER = pathlib.Path(__file__).resolve().parent
DTYPES = {torch.float64: ("F64", "d"), torch.float32: ("F32", "f"), torch.int64: ("I64", "q"),
          torch.int32: ("I32", "i"), torch.uint8: ("U8", "B"), torch.bool: ("BOOL", "?")}


def save(name, tensors, folder=FOLDER):
    """A safetensors file: the length of the header, the header as JSON, the values row by row."""
    header, blobs, offset = {}, [], 0
    # Wide types first, so that every tensor starts at a multiple of its element's size.
    for key, value in sorted(tensors.items(), key=lambda kv: (-kv[1].element_size(), kv[0])):
        label, code = DTYPES[value.dtype]
        flat = value.detach().contiguous().reshape(-1).tolist()
        blob = struct.pack(f"<{len(flat)}{code}", *flat)
        header[key] = {"dtype": label, "shape": list(value.shape),
                       "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = struct.pack("<Q", len(text)) + text + b"".join(blobs)
    (folder / f"{name}.safetensors").write_bytes(data)
    print(f"{name}.safetensors: {len(data)} bytes, {len(header)} tensors")


class Case:
    """Collects the tensors of one case under its name."""

    def __init__(self, out, name):
        self.out, self.name = out, name

    def input(self, key, value):
        """Stores float32 values, and returns them as a float64 leaf."""
        value = value.detach().float()
        self.out[f"{self.name}.{key}"] = value
        return value.double().requires_grad_()

    def result(self, key, value):
        self.out[f"{self.name}.{key}"] = value.detach().clone()

    def options(self, *values):
        self.out[f"{self.name}.options"] = torch.tensor(values, dtype=torch.int64)

    def gradients(self, y, **leaves):
        """Stores y, a weight for it, and the gradients that follow."""
        weight = self.input("grad_y", torch.randn(y.shape))
        self.result("y", y)
        for key, grad in zip(leaves, torch.autograd.grad(y, list(leaves.values()), weight.detach())):
            self.result(f"grad_{key}", grad)
